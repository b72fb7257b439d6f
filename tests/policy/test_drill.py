"""The drill: every village, circumstance, grade and hour, and where nobody would hear."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.drill import HOURS, Drill, samples
from policy.grading import GRADES
from policy.routing import Post, Told, who_hears_of
from tests.policy.test_routing import (
    CHINA,
    COUNTY,
    COUNTY_OFFICE,
    DIRECTOR,
    HEAD,
    POLICY,
    SUPERVISOR,
    TOWN,
    TREE,
    VILLAGE,
    People,
)

FRIDAY = datetime(2026, 11, 20, 10, tzinfo=CHINA)
POLICE: Post = ("police_station", TOWN)
ALL: Mapping[Post, Sequence[int]] = {
    DIRECTOR: [1],
    SUPERVISOR: [2],
    HEAD: [3],
    COUNTY_OFFICE: [4],
    POLICE: [5],
    ("police", COUNTY): [6],
    ("education", COUNTY): [7],
}


def drill(**people: Any) -> Drill:
    staff = People(**{"posts": ALL, **people})
    return Drill(
        tree=TREE,
        routing=POLICY.routing,
        levels=POLICY.duties.levels,
        calendar=POLICY.calendar,
        circumstances=tuple(POLICY.circumstances.lines),
        staff_at=lambda _: staff,
    )


def without(*posts: Post) -> dict[Post, Sequence[int]]:
    return {post: people for post, people in ALL.items() if post not in posts}


def test_one_hour_of_each_kind_lies_ahead() -> None:
    found = {one.name: (one.at, one.in_office) for one in samples(FRIDAY, POLICY.calendar)}
    assert found == {
        "office": (FRIDAY, True),
        "night": (datetime(2026, 11, 21, 2, tzinfo=CHINA), False),
        "weekend": (datetime(2026, 11, 21, 11, tzinfo=CHINA), False),
        # The calendar knows 2026, whose holidays are over.
        **({"holiday": found["holiday"]} if "holiday" in found else {}),
    }


@pytest.mark.parametrize("hours", range(0, 24 * 60, 7))
def test_each_hour_is_of_its_kind_whenever_one_asks(hours: int) -> None:
    now = datetime(2026, 8, 20, 0, 30, tzinfo=CHINA) + timedelta(hours=hours)
    calendar = POLICY.calendar
    found = {one.name: one for one in samples(now, calendar)}
    assert found.keys() >= {"office", "night", "weekend"}
    assert all(one.at >= now for one in found.values())
    assert all(one.in_office == calendar.is_open(one.at) for one in found.values())
    assert found["office"].in_office
    assert not found["night"].in_office
    assert not calendar.is_workday(found["weekend"].at.date())
    assert "holiday" not in found or found["holiday"].at.date() in calendar.holidays


def test_where_everybody_is_there_no_post_is_missing() -> None:
    assert drill().gaps([VILLAGE], FRIDAY) == ()
    assert all(line.hearers for line in drill().walk([VILLAGE], FRIDAY))


def test_a_post_that_nobody_holds_is_a_gap_at_every_hour_and_the_way_leads_around_it() -> None:
    empty = drill(posts=without(POLICE, DIRECTOR))
    found = {one.post: one for one in empty.gaps([VILLAGE], FRIDAY)}
    assert found.keys() == {POLICE, DIRECTOR}
    assert found[POLICE].grade == "red"
    hours = {one.name for one in samples(FRIDAY, POLICY.calendar)}
    assert set(found[DIRECTOR].hours) == hours <= set(HOURS)
    assert all(line.hearers for line in empty.walk([VILLAGE], FRIDAY))


def test_whoever_is_not_reached_is_a_gap_unless_a_deputy_or_the_duty_roster_helps() -> None:
    assert [one.post for one in drill(unreached=[5]).gaps([VILLAGE], FRIDAY)] == [POLICE]
    assert drill(unreached=[5], deputies={5: 9}).gaps([VILLAGE], FRIDAY) == ()
    (by_day,) = drill(unreached=[5], duty={POLICE: [8]}).gaps([VILLAGE], FRIDAY)
    assert by_day.hours == ("office",)


def test_without_anybody_every_line_is_empty_and_every_post_of_the_table_is_named() -> None:
    nobody = drill(posts={})
    assert not any(line.hearers for line in nobody.walk([VILLAGE], FRIDAY))
    named = {one.post[0] for one in nobody.gaps([VILLAGE], FRIDAY)}
    told = {role for grade in GRADES for role in POLICY.routing.told[grade]}
    assert named == told | {role for also in POLICY.routing.also.values() for role in also}


@given(
    posts=st.dictionaries(
        st.sampled_from([*ALL]), st.lists(st.integers(1, 9), max_size=2), max_size=7
    ),
    unreached=st.sets(st.integers(1, 9), max_size=5),
)
def test_the_walk_says_what_a_report_would_do_for_every_circumstance(
    posts: dict[Post, list[int]], unreached: set[int]
) -> None:
    people = People(posts=posts, unreached=unreached)
    lines = [*drill(posts=posts, unreached=unreached).walk([VILLAGE], FRIDAY)]
    said = {
        (line.grade, circumstance, line.hour): {one.person for one in line.hearers}
        for line in lines
        for circumstance in line.circumstances
    }
    hours = [one.name for one in samples(FRIDAY, POLICY.calendar)]
    assert len(said) == len(GRADES) * len(POLICY.circumstances.lines) * len(hours)
    for circumstance in POLICY.circumstances.lines:
        for grade in GRADES:
            real = who_hears_of(
                Told(grade=grade, circumstances=(circumstance,), area=VILLAGE),
                people,
                TREE,
                POLICY.routing,
                POLICY.duties.levels,
            )
            assert said[grade, circumstance, "office"] == {one.person for one in real}
