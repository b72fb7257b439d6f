"""People ask for a child."""

import time
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.register.child_names.entry import ChildEntry
from policy.register.child_names.index import ChildNames
from tests.policy.register.invented import COUNTY, county, town_of, village_of

QUERIES = Path(__file__).parents[2] / "data" / "child_queries.tsv"

RIVER = (("三组",), ("河湾村", "老河湾"), ("青石镇",))
HILL = (("一组",), ("大坪村",), ("青石镇",))
MING = ChildEntry(
    id=1,
    name="王小明",
    nicknames=("狗娃",),
    sex="male",
    birth="2016-04-23",
    places=RIVER,
    school="青石中心小学",
    grade="三年级2班",
    father="王建国",
    mother="李梅",
    elders=(("祖父", "王德福"), ("祖母", "张桂芳")),
)
LIANG = replace(MING, id=2, name="王小亮", nicknames=("毛毛",), birth="2018-01-02", grade="一年级")
HONG = replace(MING, id=3, name="王小红", nicknames=(), sex="female", birth="2020-05-06", grade="")
NAMESAKE = ChildEntry(
    id=4, name="王小明", sex="male", birth="2014", places=HILL, father="王强", grade="五年级"
)
OUYANG = ChildEntry(
    id=5, name="欧阳娜", sex="female", places=HILL, elders=(("外祖母", "曾秀兰"),), mother="曾敏"
)
ALL = (MING, LIANG, HONG, NAMESAKE, OUYANG)


@pytest.fixture(scope="module")
def names() -> ChildNames:
    return ChildNames.build(ALL)


@pytest.mark.parametrize(
    ("said", "child"),
    [
        ("狗娃", 1),
        ("河湾村的王小明", 1),
        ("大坪的小明", 4),
        ("三年级的王小明", 1),
        ("三（2）班王小明", 1),
        ("青石小学的小明", 1),
        ("王小亮", 2),
        ("小亮", 2),
        ("wangxiaoliang", 2),
        ("Wang Xiao Liang", 2),
        ("wxl", 2),
        ("汪晓亮", 2),
        ("王小量今天没来上学", 2),
        ("老王家二小子", 2),
        ("王家老二", 2),
        ("河湾村王家老幺", 3),
        ("老王家的闺女", 3),
        ("王大爷家的孙女", 3),
        ("张奶奶的孙女", 3),
        ("王建国的大儿子", 1),
        ("三组王家的老二没来上学", 2),
        ("欧阳娜", 5),
        ("娜娜", 5),
        ("欧阳家的女儿", 5),
        ("曾婆婆家的外孙女", 5),
        ("oyn", 5),
        ("ouyang", 5),
    ],
)
def test_a_child_is_found_as_people_speak(names: ChildNames, said: str, child: int) -> None:
    assert names.search(said)[:1] == (child,)


def test_namesakes_are_both_shown(names: ChildNames) -> None:
    assert set(names.search("王小明")) == {1, 4}


def test_a_place_that_was_named_leaves_no_doubt(names: ChildNames) -> None:
    assert names.search("河湾村的王小明") == (1,)


def test_who_is_named_in_a_wrong_village_is_found_all_the_same(names: ChildNames) -> None:
    assert 2 in names.search("大坪村的王小亮")


def test_nobody_outside_the_scope_is_ever_shown(names: ChildNames) -> None:
    assert names.search("王小明", scope={4}) == (4,)
    assert names.search("王家老二", scope={1, 3}) in ((1, 3), (3, 1), (1,), (3,))
    assert names.search("狗娃", scope={2, 3, 4}) == ()
    assert names.search("王小明", scope=()) == ()


@pytest.mark.parametrize("said", ["", "的", "今天天气很好", "110", "zzzz", "😀", "|||"])
def test_where_no_child_is_named_none_is_found(names: ChildNames, said: str) -> None:
    assert names.search(said) == ()


def test_a_child_who_is_renamed_is_found_by_the_new_name_alone() -> None:
    names = ChildNames.build(ALL)
    names.add(replace(LIANG, name="王俊杰", nicknames=()))
    assert names.search("王俊杰") == (2,)
    assert 2 not in names.search("王小亮")
    assert names.search("毛毛") == ()
    assert len(names) == len(ALL)


def test_a_child_who_left_is_found_no_more() -> None:
    names = ChildNames.build(ALL)
    names.remove(2)
    names.remove(2)
    assert 2 not in names.search("王小亮")
    # The third is the second now.
    assert names.search("河湾村王家老二")[:1] == (3,)


def test_children_of_unknown_parents_are_no_brothers() -> None:
    alone = [replace(MING, id=at, father="", mother="", name=f"王{at}") for at in (1, 2)]
    assert len({entry.household for entry in alone}) == 2


def test_no_name_stands_in_a_repr() -> None:
    assert "王" not in repr(MING)


people = st.builds(
    replace,
    st.sampled_from(ALL),
    id=st.integers(1, 6),
    name=st.text("王李小明亮红娜zs·", min_size=1, max_size=5),
)


@settings(max_examples=60)
@given(entries=st.lists(people, max_size=8), gone=st.sets(st.integers(1, 6)))
def test_after_any_comings_and_goings_the_index_is_as_if_built_anew(
    entries: list[ChildEntry], gone: set[int]
) -> None:
    names = ChildNames.build(entries)
    for child in gone:
        names.remove(child)
    left = {entry.id: entry for entry in entries if entry.id not in gone}
    anew = ChildNames.build(left.values())
    assert len(names) == len(left)
    for said in ("王小明", "小明", "wxm", "王家老二", "河湾村的小亮", "娜娜"):
        assert set(names.search(said, limit=9)) == set(anew.search(said, limit=9))


@settings(max_examples=60)
@given(said=st.text("王家老二小子的孙张大爷河湾村三组年级班12wxm |明", max_size=80))
def test_no_text_is_too_strange(names: ChildNames, said: str) -> None:
    assert set(names.search(said, scope={1, 2})) <= {1, 2}


# -- three hundred ways to ask -----------------------------------------------------------------


@pytest.fixture(scope="module")
def whole_county() -> ChildNames:
    return ChildNames.build(county())


def asked() -> list[tuple[str, str, int, str]]:
    """Who asks, what, for which child, and its name."""
    lines = [line for line in QUERIES.read_text().splitlines() if not line.startswith("#")]
    rows = [line.split("\t") for line in lines[1:]]
    return [(asker, query, int(child), name) for asker, _, query, child, name in rows]


def scope_of(asker: str, child: int) -> Collection[int]:
    match asker:
        case "village":
            return village_of(child)
        case "town":
            return town_of(child)
        case _:
            return range(1, COUNTY + 1)


def test_the_three_hundred_are_about_the_children_of_the_invented_county() -> None:
    by_id = {entry.id: entry for entry in county()}
    assert len(by_id) == COUNTY
    assert len(asked()) == 300
    assert all(by_id[child].name == name for _, _, child, name in asked())


def test_the_right_child_is_among_the_first_three_and_mostly_the_first(
    whole_county: ChildNames,
) -> None:
    """98 and 90 of a hundred; where two fit equally well, which comes first is chance."""
    shown = [
        (child, whole_county.search(query, scope_of(asker, child)))
        for asker, query, child, _ in asked()
    ]
    first = sum(ids[:1] == (child,) for child, ids in shown)
    among_three = sum(child in ids for child, ids in shown)
    assert first >= 0.90 * len(shown)
    assert among_three >= 0.98 * len(shown)


def test_a_search_among_fifty_thousand_is_quick(whole_county: ChildNames) -> None:
    """The promise is 100 ms; the mean of all is a twentieth of it, here on shared cores."""
    queries = [query for asker, query, _, _ in asked() if asker == "county"]
    started = time.process_time()
    for query in queries:
        whole_county.search(query)
    assert (time.process_time() - started) / len(queries) < 0.1
