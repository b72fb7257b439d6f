"""Whom a table may mean is enough of the register: all rows are told as beside the whole of it."""

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from policy.register.comparing import Known, Nearness, compare
from policy.register.keepers import match_keepers, named_in
from policy.register.roster import RosterRow

#: Several sound alike, one may be read in two ways, one is nobody's.
NAMES = st.sampled_from(("王小明", "王晓明", "李晓红", "曾小红", "曾晓红", "张亮", ""))
BIRTHS = st.sampled_from(("", "2016", "2016-03", "2016-03-05", "2015-03-05", "2015-12"))
NUMBERS = st.sampled_from(("", "", "520599201603054880", "520599201503054888"))
PHONES = st.sampled_from(("", "13812345678", "13900000000"))
TOLD = st.fixed_dictionaries(
    {"name": NAMES, "birth_date": BIRTHS, "id_number": NUMBERS, "father_phone": PHONES}
)
PLACES = st.sampled_from((1, 2, 3))


def _known(number: int, told: Mapping[str, str], area: int) -> Known:
    values = {key: value for key, value in told.items() if value}
    return Known(id=number, area=area, household=number, version=1, values=values)


def _row(number: int, told: Mapping[str, str], area: int, keeper: str) -> RosterRow:
    values: dict[str, Any] = {**told, "responsible_name": keeper}
    if phone := values.pop("father_phone"):
        values["father_phone"] = (phone,)
    return RosterRow(row=number, values=values, area=area)


REGISTER = st.lists(st.tuples(TOLD, PLACES), max_size=12)
ROWS = st.lists(st.tuples(TOLD, PLACES, st.sampled_from(("赵主任", ""))), max_size=8)


@given(told=REGISTER, said=ROWS)
def test_a_roster_is_compared_with_whom_it_may_mean_as_with_all(
    told: list[tuple[dict[str, str], int]], said: list[tuple[dict[str, str], int, str]]
) -> None:
    register = [_known(at, *one) for at, one in enumerate(told, 1)]
    rows = [_row(at, *one) for at, one in enumerate(said, 2)]
    near = [*filter(Nearness(rows).may_mean, register)]
    assert compare(rows, near) == compare(rows, register)


@given(told=REGISTER, said=ROWS)
def test_a_list_of_who_answers_for_whom_is_compared_with_whom_it_may_mean_as_with_all(
    told: list[tuple[dict[str, str], int]], said: list[tuple[dict[str, str], int, str]]
) -> None:
    register = [_known(at, *one) for at, one in enumerate(told, 1)]
    rows = [_row(at, *one) for at, one in enumerate(said, 2)]
    near = [*filter(named_in(rows), register)]
    colleagues = {("赵主任", "13700000000"): 7}
    assert match_keepers(rows, near, lambda area: area, colleagues) == match_keepers(
        rows, register, lambda area: area, colleagues
    )


def test_of_a_large_register_no_more_is_kept_than_the_rows_may_mean() -> None:
    told = {"name": "王小明", "birth_date": "2016-03-05", "id_number": "520599201603054880"}
    rows = [_row(2, {**told, "father_phone": ""}, 1, "")]
    others = [
        _known(number, {"name": name, "birth_date": birth}, 1)
        for number, (name, birth) in enumerate(
            (("张亮", "2016-03-05"), ("王小明", "2012-03-05"), ("李晓红", "")), 100
        )
    ]
    meant = [
        _known(1, {"name": "王晓明", "birth_date": "2016"}, 9),
        _known(2, {"name": "崔思子", "id_number": told["id_number"]}, 9),
    ]
    assert [*filter(Nearness(rows).may_mean, [*others, *meant])] == meant
    assert [*filter(named_in(rows), [*others, *meant])] == [others[1], meant[1]]


def test_an_export_that_comes_back_changes_nothing() -> None:
    """It says 未采集 where nothing is kept."""
    told = {"name": "王小明", "id_number": "520599201603054880", "birth_date": "2016-03-05"}
    row = _row(2, {**told, "father_phone": "", "household_kind": "unknown"}, 1, "")
    (one,) = compare([row], [_known(7, told, 1)])
    assert one.outcome == "same"
    (one,) = compare([row], [_known(7, {**told, "household_kind": "rural"}, 1)])
    assert one.outcome == "changed"
