"""Finding a child by what people say, among those whom the asker may see."""

from datetime import UTC, datetime

import pytest

from handlers.children.roll import Roll
from policy.areas import AreaRow, AreaTree
from storage.children.child import Child

TREE = AreaTree.build(
    [
        AreaRow(id=1, parent_id=None, kind="county", name="云岭县"),
        AreaRow(id=2, parent_id=1, kind="town", name="青石镇"),
        AreaRow(id=10, parent_id=2, kind="village", name="河湾村"),
        AreaRow(id=11, parent_id=2, kind="village", name="大坪村"),
        AreaRow(id=20, parent_id=2, kind="village", name="白岩村"),
    ]
)
#: id, area, name, nickname
KNOWN = (
    (1, 10, "王小明", "明明"),
    (2, 10, "王晓明", ""),
    (3, 11, "赵雨涵", ""),
    (4, 20, "王小明", ""),
    (5, 11, "欧阳娜娜", "娜娜"),
)


@pytest.fixture
def roll() -> Roll:
    roll = Roll()
    for child_id, area, name, nickname in KNOWN:
        roll.note(child_of(child_id, area, name, nickname), TREE)
    return roll


def child_of(
    child_id: int, area: int, name: str, nickname: str = "", status: str = "active"
) -> Child:
    at = datetime(2026, 11, 20, tzinfo=UTC)
    return Child(
        id=child_id,
        area_id=area,
        household_id=child_id,
        status=status,
        values={"name": name, "nickname": nickname},
        version=1,
        created_at=at,
        updated_at=at,
    )


@pytest.mark.parametrize(
    ("said", "first"),
    [
        ("王小明", 1),
        ("王晓明", 2),
        ("小明", 1),
        ("明明", 1),
        ("zhaoyuhan", 3),
        ("zyh", 3),
        ("赵宇涵", 3),
        ("雨涵", 3),
        ("娜娜", 5),
        ("ouyangnana", 5),
    ],
)
def test_a_child_is_found_as_people_call_them(roll: Roll, said: str, first: int) -> None:
    assert roll.find(said, {10, 11}, ())[0] == first


def test_nobody_outside_the_asker_s_places_is_found(roll: Roll) -> None:
    assert 4 not in roll.find("王小明", {10, 11}, ())
    assert roll.find("王小明", (), ()) == ()


def test_one_s_own_child_is_found_wherever_they_live(roll: Roll) -> None:
    assert roll.find("王小明", (), {4}) == (4,)


def test_a_named_village_comes_first(roll: Roll) -> None:
    assert roll.find("白岩村的王小明", {10, 20}, ())[0] == 4


def test_who_left_is_not_found_any_more(roll: Roll) -> None:
    roll.note(child_of(3, 11, "赵雨涵", status="left"), TREE)
    assert roll.find("赵雨涵", {10, 11}, ()) == ()


@pytest.mark.parametrize("said", ["", "  ", "…", "李雷", "q"])
def test_what_names_nobody_finds_nobody(roll: Roll, said: str) -> None:
    assert roll.find(said, {10, 11}, ()) == ()
