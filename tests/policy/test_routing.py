"""Who hears of a report."""

from pathlib import Path

import pytest

import policy
from policy.areas import AreaRow, AreaTree
from policy.routing import last_resort, who_is_told
from policy.tables import load_policy

POLICY = load_policy(Path(policy.__file__).parent)
COUNTY, TOWN, VILLAGE, GROUP = 1, 2, 3, 4
TREE = AreaTree.build(
    [
        AreaRow(id=COUNTY, parent_id=None, kind="county", name="云岭县"),
        AreaRow(id=TOWN, parent_id=COUNTY, kind="town", name="青石镇"),
        AreaRow(id=VILLAGE, parent_id=TOWN, kind="village", name="河湾村"),
        AreaRow(id=GROUP, parent_id=VILLAGE, kind="group", name="三组"),
    ]
)


def told(grade: str, *circumstances: str, area: int = GROUP, suspect: str = "") -> set[object]:
    posts = who_is_told(grade, circumstances, area, TREE, POLICY.routing, suspect=suspect)
    assert len(set(posts)) == len(posts)
    return set(posts)


def test_a_red_report_reaches_village_township_county_and_the_police() -> None:
    assert told("red") == {
        ("child_director", VILLAGE),
        ("child_supervisor", TOWN),
        ("police_station", TOWN),
        ("township_head", TOWN),
        ("civil_affairs", COUNTY),
    }


def test_a_yellow_report_stays_with_village_and_township() -> None:
    assert told("yellow") == {("child_director", VILLAGE), ("child_supervisor", TOWN)}


def test_circumstances_of_the_law_reach_the_police_whatever_the_grade() -> None:
    assert ("police_station", TOWN) in told("yellow", "violence")
    assert ("police", COUNTY) in told("blue", "missing")
    assert ("education", COUNTY) in told("yellow", "out_of_school")


def test_a_place_told_in_words_reaches_the_county() -> None:
    assert told("yellow", area=COUNTY) == {("civil_affairs", COUNTY)}


def test_a_report_on_village_staff_goes_above_the_village() -> None:
    assert told("blue", suspect="village_staff") == {("civil_affairs", COUNTY)}
    assert told("yellow", suspect="village_staff") == {("child_supervisor", TOWN)}


def test_when_nobody_holds_the_posts_the_county_hears_of_it() -> None:
    assert last_resort(GROUP, TREE, POLICY.routing) == (("civil_affairs", COUNTY),)


def test_an_unknown_grade_is_the_most_urgent() -> None:
    assert told("purple") == told("red")


@pytest.mark.parametrize("grade", ["red", "orange", "yellow", "blue"])
@pytest.mark.parametrize("area", [COUNTY, TOWN, VILLAGE, GROUP])
@pytest.mark.parametrize("suspect", ["", "village_staff", "school_staff", "parent"])
def test_every_report_has_a_receiver_who_may_read_it(grade: str, area: int, suspect: str) -> None:
    for circumstance in POLICY.circumstances.lines:
        posts = who_is_told(grade, [circumstance], area, TREE, POLICY.routing, suspect=suspect)
        assert posts
        assert all(POLICY.roles[role].reads_reports for role, _ in posts)
        assert all(TREE.is_within(area, seat) for _, seat in posts)
