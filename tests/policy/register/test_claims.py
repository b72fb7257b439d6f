"""Another office's list beside a register that comes a page at a time."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from policy.register.claims import Claim, Comparison
from policy.register.comparing import Known
from policy.register.roster import RosterRow

HERE, THERE = 1, 2
#: The second and the third sound alike, the last is nobody's.
NAMES = ("王小明", "李晓红", "李小红", "张亮", "赵一")


def _known(number: int, name: str, area: int, school: str) -> Known:
    values = {"name": name, "birth_date": "2016-03-05", "school": school}
    return Known(id=number, area=area, household=number, version=1, values=values)


def _row(number: int, name: str, area: int | None) -> RosterRow:
    values = {"name": name, "birth_date": "2016-03-05", "school": "一小"}
    return RosterRow(row=number, values=values, area=area)


def _compared(rows: Sequence[RosterRow], pages: Sequence[Sequence[Known]]) -> list[Claim]:
    comparison = Comparison(
        rows=rows,
        source="school",
        holds=lambda area: area == HERE,
        headings={"name", "birth_date", "school"},
        town_of=lambda area: area,
    )
    ours = [one for page in pages for one in comparison.ours(page)]
    return sorted([*ours, *comparison.theirs()], key=lambda one: (one.row, one.child_id or 0))


REGISTER = st.lists(
    st.tuples(
        st.sampled_from(NAMES[:4]),
        st.sampled_from([HERE, THERE]),
        st.sampled_from(("一小", "二小", "")),
    ),
    max_size=8,
)
ROWS = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from([HERE, THERE, None])), max_size=6
)


@given(told=REGISTER, said=ROWS, size=st.integers(1, 9))
def test_pages_say_what_the_whole_register_says(
    told: list[tuple[str, int, str]], said: list[tuple[str, int | None]], size: int
) -> None:
    register = [_known(at, *one) for at, one in enumerate(told, 1)]
    rows = [_row(at, *one) for at, one in enumerate(said, 2)]
    pages = [register[at : at + size] for at in range(0, len(register), size)]
    whole = _compared(rows, [register])
    assert _compared(rows, pages) == whole
    # Every child of the place that such a list should have is in it, or missing; each once. A
    # list of one school says nothing of the other.
    schools = {"一小"} if rows else {"一小", "二小"}
    here = [one for one in register if one.area == HERE]
    expected = [one.id for one in here if one.values["school"] in schools]
    spoken_of = [one.child_id for one in whole]
    assert {*expected} <= {*spoken_of}
    missing = [one.child_id for one in whole if one.kind == "ours"]
    assert len(missing) == len({*missing})
    assert {*missing}.isdisjoint(one.child_id for one in whole if one.kind != "ours")


def test_no_more_of_the_register_is_kept_than_the_list_may_mean() -> None:
    comparison = Comparison(
        rows=[_row(2, "王小明", HERE)],
        source="school",
        holds=lambda area: True,
        headings={"name"},
        town_of=lambda area: area,
    )
    for start in range(0, 3000, 1000):
        page = [
            _known(at + 1, f"{chr(0x4E00 + at)}一", HERE, "") for at in range(start, start + 1000)
        ]
        comparison.ours([*page, _known(10_000 + start, "王小明", HERE, "一小")])
    assert [one.id for one in comparison.near] == [10_000, 11_000, 12_000]


def test_a_list_of_one_township_says_nothing_of_another() -> None:
    here, there = (_known(at, "张亮", at, "") for at in (HERE, THERE))
    comparison = Comparison(
        rows=[_row(2, "王小明", HERE)],
        source="household",
        holds=lambda area: True,
        headings={"name"},
        town_of=lambda area: area,
    )
    assert [one.child_id for one in comparison.ours([here, there])] == [here.id]
