"""The places of a county: above, below, and what people call them."""

import time
from itertools import islice, permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.areas import AreaRow, AreaTree
from policy.areas_file import read_file

YUNLING = Path(__file__).parents[1] / "data" / "areas-yunling.xlsx"


def _yunling() -> AreaTree:
    rows = read_file(YUNLING.name, YUNLING.read_bytes(), county="云岭县")
    assert isinstance(rows, tuple)
    return AreaTree.build(rows)


TREE = _yunling()


def found(text: str, under: int | None = None) -> list[str]:
    return [TREE.full_name(area.id) for area in TREE.search(text, under)]


def the(name: str) -> int:
    return TREE.search(name)[0].id


def test_a_full_name_goes_from_the_township_down() -> None:
    group = TREE.children(the("河湾村"))[2]
    assert TREE.full_name(group.id) == "青石镇河湾村三组"
    assert TREE.full_name(TREE.roots()[0].id) == "云岭县"


def test_a_path_goes_from_the_county_down() -> None:
    assert [area.name for area in TREE.path(the("河湾村"))] == ["云岭县", "青石镇", "河湾村"]
    assert [area.name for area in TREE.ancestors(the("河湾村"))] == ["青石镇", "云岭县"]


def test_an_unknown_place_is_nowhere() -> None:
    assert TREE.get(999_999) is None
    assert TREE.path(999_999) == ()
    assert TREE.ancestors(999_999) == ()
    assert TREE.descendants(999_999) == ()
    assert not TREE.is_within(999_999, TREE.roots()[0].id)


def test_a_village_lies_within_its_township_and_not_within_its_neighbour() -> None:
    village = the("河湾村")
    assert TREE.is_within(village, village)
    assert TREE.is_within(village, the("青石镇"))
    assert not TREE.is_within(village, the("云峰乡"))
    assert not TREE.is_within(the("青石镇"), village)


def test_what_lies_below_a_village_is_the_village_and_its_groups() -> None:
    village = the("河湾村")
    below = {village, *(group.id for group in TREE.children(village))}
    assert set(TREE.descendants(village)) == below
    assert len(below) == 6


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("河湾村", ["青石镇河湾村"]),
        ("河湾", ["青石镇河湾村"]),
        ("河湾村委会", ["青石镇河湾村"]),
        ("青石河湾", ["青石镇河湾村"]),
        ("青石镇 河湾村", ["青石镇河湾村"]),
        ("云岭县青石镇河湾村", ["青石镇河湾村"]),
        ("老河湾", ["青石镇河湾村"]),
        ("老马家", ["云峰乡马家寨村"]),
        ("hewan", ["青石镇河湾村"]),
        ("He Wan Cun", ["青石镇河湾村"]),
        ("hw", ["青石镇河湾村"]),
        ("qshw", ["青石镇河湾村"]),
        ("qingshihewan", ["青石镇河湾村"]),
        ("hewa", ["青石镇河湾村"]),
        ("何弯", ["青石镇河湾村"]),
        ("河弯村", ["青石镇河湾村"]),
        ("大平村", ["青石镇大坪村"]),
        ("新乔", ["柳溪镇新桥村"]),
        ("sanshu", ["青石镇杉树村"]),
        ("niuxi", ["柳溪镇", "柳溪镇柳溪社区"]),
        ("马家", ["云峰乡马家寨村"]),
        ("云峰马家", ["云峰乡马家寨村"]),
        ("青石", ["青石镇", "青石镇青石村"]),
        ("青石镇", ["青石镇"]),
        ("青石村", ["青石镇青石村"]),
        ("云封", ["云峰乡", "云峰乡云峰村"]),
        ("我在河湾村三组", ["青石镇河湾村三组"]),
        ("河湾村第3组", ["青石镇河湾村三组"]),
        ("河湾３组", ["青石镇河湾村三组"]),
        ("青石镇，河湾村，五组。", ["青石镇河湾村五组"]),
        ("孩子在大坪那边的小学", ["青石镇大坪村"]),
        ("从河湾村跑到大坪村了", ["青石镇河湾村", "青石镇大坪村"]),
        ("云岭县", ["云岭县"]),
        ("三组张大爷家", []),
        ("不知道", []),
        ("村", []),
        ("", []),
        ("a", []),
        ("？！", []),
    ],
)
def test_people_find_the_place_that_they_mean(text: str, expected: list[str]) -> None:
    assert found(text) == expected


def test_within_a_village_its_groups_need_no_village() -> None:
    assert found("三组", the("河湾村")) == ["青石镇河湾村三组"]


def test_a_search_below_a_township_finds_nothing_beside_it() -> None:
    assert found("石板", the("青石镇")) == []
    assert found("石板", the("云峰乡")) == ["云峰乡石板村"]


def test_villages_of_one_name_are_all_offered_until_the_township_is_said() -> None:
    tree = AreaTree.build(
        [
            _area(1, None, "county", "某县"),
            _area(2, 1, "town", "东山镇"),
            _area(3, 1, "town", "西山镇"),
            _area(4, 2, "village", "新民村"),
            _area(5, 3, "village", "新民村"),
        ]
    )
    assert [area.id for area in tree.search("新民村")] == [4, 5]
    assert [area.id for area in tree.search("西山的新民")] == [5]


def test_an_area_whose_parent_is_missing_stands_at_the_top() -> None:
    tree = AreaTree.build([_area(7, 99, "village", "孤村")])
    assert [area.id for area in tree.roots()] == [7]
    assert tree.full_name(7) == "孤村"


def _area(area: int, parent: int | None, kind: str, name: str) -> AreaRow:
    return AreaRow(id=area, parent_id=parent, kind=kind, name=name, position=area)


@st.composite
def trees(draw: st.DrawFn) -> AreaTree:
    names = st.text(alphabet="青石河湾云峰新桥一二三村镇组", min_size=1, max_size=5)
    rows = [_area(1, None, "county", "某县")]
    for number in range(2, draw(st.integers(min_value=2, max_value=40))):
        parent = draw(st.integers(min_value=1, max_value=number - 1))
        depth = ["town", "village", "group", "group"]
        rows.append(_area(number, parent, depth[min(3, parent // 4)], draw(names)))
    return AreaTree.build(draw(st.permutations(rows)))


@given(tree=trees(), data=st.data())
def test_within_and_below_say_the_same(tree: AreaTree, data: st.DataObject) -> None:
    ids = st.integers(min_value=1, max_value=len(tree))
    area, scope = data.draw(ids), data.draw(ids)
    assert tree.is_within(area, scope) == (area in tree.descendants(scope))
    assert tree.is_within(area, scope) == (scope in [row.id for row in tree.path(area)])


@given(
    tree=trees(), text=st.text(max_size=30) | st.text(alphabet="青石河湾村三组qshw3 ", max_size=12)
)
def test_no_text_is_too_strange_to_be_searched(tree: AreaTree, text: str) -> None:
    results = tree.search(text, limit=5)
    assert len(results) <= 5
    assert len(set(results)) == len(results)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("河湾村有个娃好几天没人管了", ["青石镇河湾村"]),
        ("青石镇河湾村的娃，他爸去了马家寨村", ["青石镇河湾村", "云峰乡马家寨村"]),
        ("青石镇那边有个娃没人管", ["青石镇"]),
        ("云岭县的", ["云岭县"]),
        ("河湾那边，学校后面", []),
        ("有个娃没人管", []),
    ],
)
def test_a_place_is_spoken_of_by_its_whole_name(text: str, places: list[str]) -> None:
    assert [TREE.full_name(area.id) for area in TREE.spoken_of(text)] == places


@given(st.text(max_size=60))
def test_no_text_is_too_strange_to_speak_of_places(text: str) -> None:
    assert len(TREE.spoken_of(text)) <= len(text)


def test_a_place_is_found_by_its_own_full_name() -> None:
    everything = TREE.descendants(TREE.roots()[0].id)
    missed = [
        TREE.full_name(area)
        for area in everything
        if [row.id for row in TREE.search(TREE.full_name(area))][:1] != [area]
    ]
    assert missed == []


def _ten_thousand() -> AreaTree:
    names = (
        "".join(name)
        for name in islice(permutations("河湾坪杉白岩石板井枫桥潭马寨云", 4), 0, None, 3)
    )
    rows = [_area(1, None, "county", "某县")]
    for _ in range(20):
        town = len(rows) + 1
        rows.append(_area(town, 1, "town", next(names) + "镇"))
        for _ in range(25):
            village = len(rows) + 1
            rows.append(_area(village, town, "village", next(names) + "村"))
            rows += [_area(len(rows) + n, village, "group", f"{n}组") for n in range(1, 20)]
    return AreaTree.build(rows)


def test_ten_thousand_places_are_searched_within_five_milliseconds() -> None:
    tree = _ten_thousand()
    tree.prepare()
    texts = ["河湾", "hw", "hewan", "孩子在河湾坪杉村三组的那座桥边上，爸妈都不在家", "何弯坪"]
    assert len(tree) > 10_000
    assert min(_seconds(tree, texts) for _ in range(5)) < 0.005 * len(texts)


def _seconds(tree: AreaTree, texts: list[str]) -> float:
    began = time.perf_counter()
    for text in texts:
        tree.search(text)
    return time.perf_counter() - began
