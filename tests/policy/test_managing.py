"""Nobody brings in people above their own level, or outside their own place."""

import pytest

from policy.areas import AreaRow, AreaTree
from policy.managing import managers, may_manage, seat
from policy.roles import Level, Role

TREE = AreaTree.build(
    [
        AreaRow(id=1, parent_id=None, kind="county", name="云岭县"),
        AreaRow(id=10, parent_id=1, kind="town", name="青石镇"),
        AreaRow(id=11, parent_id=10, kind="village", name="河湾村"),
        AreaRow(id=20, parent_id=1, kind="town", name="云峰乡"),
        AreaRow(id=21, parent_id=20, kind="village", name="石板村"),
    ]
)
ROLES = {
    "teacher": Role(name="教师", level="village"),
    "child_director": Role(name="儿童主任", level="village", reads_reports=True),
    "child_supervisor": Role(name="儿童督导员", level="township", manages=("village",)),
    "civil_affairs": Role(name="民政", level="county", manages=("village", "township")),
}
RANK: dict[Level, int] = {"village": 0, "township": 1, "county": 2}


@pytest.mark.parametrize("holder", ROLES)
@pytest.mark.parametrize("at", [1, 10, 11, 20, 21])
@pytest.mark.parametrize("wanted", ROLES)
@pytest.mark.parametrize("area", [1, 10, 11, 20, 21])
def test_only_lower_posts_at_or_below_ones_own_place_are_managed(
    holder: str, at: int, wanted: str, area: int
) -> None:
    allowed = may_manage([(holder, at)], ROLES[wanted], area, TREE, ROLES)
    lower = RANK[ROLES[wanted].level] < RANK[ROLES[holder].level]
    assert allowed == (lower and TREE.is_within(area, at))


def test_a_post_that_reads_reports_never_sits_above_its_level() -> None:
    seats = [seat(ROLES["child_director"], area, TREE) for area in (1, 10, 11)]
    assert seats == [None, None, 11]


def test_a_teacher_may_belong_to_the_school_of_a_township() -> None:
    assert [seat(ROLES["teacher"], area, TREE) for area in (1, 10, 11)] == [None, 10, 11]


def test_the_township_decides_first_and_the_county_when_it_climbed() -> None:
    post = ROLES["teacher"]
    assert managers(post, 11, TREE, ROLES) == (("child_supervisor", 10),)
    assert managers(post, 11, TREE, ROLES, climbed=True) == (("civil_affairs", 1),)
