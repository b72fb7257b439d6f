"""Who hears of a report."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import policy
from policy.areas import AreaRow, AreaTree
from policy.routing import Post, Told, hour_of, last_resort, who_hears_of, who_is_told
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
    for key, line in POLICY.circumstances.lines.items():
        assert (("police_station", TOWN) in told("yellow", key)) == line.police, key
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


# -- by the hour --------------------------------------------------------------------------------

CHINA = timezone(timedelta(hours=8))
FRIDAY_NIGHT = datetime(2026, 11, 20, 22, tzinfo=CHINA)


@dataclass(frozen=True, kw_only=True)
class People:
    """Who holds what, who is on duty, who is away, and who is not reached."""

    posts: Mapping[Post, Sequence[int]]
    duty: Mapping[Post, Sequence[int]] = field(default_factory=dict)
    deputies: Mapping[int, int] = field(default_factory=dict)
    unreached: Collection[int] = ()

    def on_duty(self, post: Post) -> Sequence[int]:
        return self.duty.get(post, ())

    def holding(self, post: Post) -> Sequence[int]:
        return self.posts.get(post, ())

    def deputy_of(self, person: int) -> int | None:
        return self.deputies.get(person)

    def is_reached(self, person: int) -> bool:
        return person not in self.unreached


DIRECTOR: Post = ("child_director", VILLAGE)
SUPERVISOR: Post = ("child_supervisor", TOWN)
HEAD: Post = ("township_head", TOWN)
COUNTY_OFFICE: Post = ("civil_affairs", COUNTY)
LEADER: Post = ("county_leader", COUNTY)


def hears(grade: str, people: People, *, suspect: str = "", **by_hour: object) -> list[int]:
    found = who_hears_of(
        Told(grade=grade, area=GROUP, suspect=suspect),
        people,
        TREE,
        POLICY.routing,
        POLICY.duties.levels,
        **by_hour,  # type: ignore[arg-type]
    )
    return [one.person for one in found]


def test_red_is_told_at_once_and_yellow_when_offices_open() -> None:
    for grade, at, in_office in (
        ("red", FRIDAY_NIGHT, False),
        ("unknown", FRIDAY_NIGHT, False),
        ("orange", FRIDAY_NIGHT, False),
        ("yellow", datetime(2026, 11, 23, 8, 30, tzinfo=CHINA), True),
    ):
        hour = hour_of(grade, FRIDAY_NIGHT, POLICY.routing, POLICY.calendar)
        assert (hour.at, hour.in_office) == (at, in_office)
        assert hour.waits == (at != FRIDAY_NIGHT)


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2026-11-20T03:00", "2026-11-20T08:30"),
        ("2026-11-20T17:30", "2026-11-23T08:30"),
        # 国庆: seven days off; and a Sunday that is worked for them.
        ("2026-09-30T18:00", "2026-10-08T08:30"),
        ("2026-09-19T18:00", "2026-09-20T08:30"),
    ],
)
def test_offices_open_next_on_a_day_that_is_worked(moment: str, opening: str) -> None:
    closed = datetime.fromisoformat(moment).replace(tzinfo=CHINA)
    opens = datetime.fromisoformat(opening).replace(tzinfo=CHINA)
    assert POLICY.calendar.next_opening(closed) == opens


def test_at_night_whoever_is_on_duty_hears_and_for_red_the_holder_too() -> None:
    people = People(posts={DIRECTOR: [1], SUPERVISOR: [2]}, duty={SUPERVISOR: [7]})
    assert hears("orange", people, in_office=False) == [1, 7]
    assert hears("orange", people) == [1, 2]
    assert hears("red", people, in_office=False) == [1, 7, 2]


def test_where_nobody_on_duty_is_reached_the_holder_hears_then_who_stands_in() -> None:
    posts, duty = {DIRECTOR: [1]}, {DIRECTOR: [7]}
    assert hears("blue", People(posts=posts, duty=duty, unreached=[7]), in_office=False) == [1]
    chain = {7: 8, 8: 9, 9: 10, 10: 11}
    away = People(posts=posts, duty=duty, deputies=chain, unreached=[7, 8, 9])
    assert hears("blue", away, in_office=False) == [10]
    too_far = People(posts=posts, duty=duty, deputies=chain, unreached=[7, 8, 9, 10])
    assert hears("blue", too_far, in_office=False) == [1]


def test_a_level_that_must_not_hear_is_passed_over_by_the_next() -> None:
    people = People(posts={DIRECTOR: [1], SUPERVISOR: [2], HEAD: [3], COUNTY_OFFICE: [4]})
    assert hears("blue", people) == [1]
    assert hears("blue", people, without=[1]) == [2]
    assert hears("blue", people, without=[1, 2]) == [3]
    assert hears("blue", people, without=[1, 2, 3]) == [4]
    assert hears("blue", people, suspect="village_staff") == [2]
    assert hears("yellow", people, without=[2, 3]) == [1, 4]


@given(
    grade=st.sampled_from(["red", "orange", "yellow", "blue"]),
    posts=st.dictionaries(
        st.sampled_from([DIRECTOR, SUPERVISOR, HEAD, COUNTY_OFFICE, LEADER]),
        st.lists(st.integers(1, 9), max_size=2),
    ),
    duty=st.dictionaries(st.sampled_from([DIRECTOR, SUPERVISOR]), st.lists(st.integers(1, 9))),
    deputies=st.dictionaries(st.integers(1, 9), st.integers(1, 9)),
    unreached=st.sets(st.integers(1, 9), max_size=4),
    without=st.sets(st.integers(1, 9), max_size=4),
    in_office=st.booleans(),
)
def test_whoever_must_not_hear_never_does_and_somebody_hears_where_the_county_is_there(
    grade: str,
    posts: dict[Post, list[int]],
    duty: dict[Post, list[int]],
    deputies: dict[int, int],
    unreached: set[int],
    without: set[int],
    in_office: bool,
) -> None:
    people = People(posts=posts, duty=duty, deputies=deputies, unreached=unreached)
    found = hears(grade, people, in_office=in_office, without=without)
    assert not set(found) & (without | unreached)
    assert len(set(found)) == len(found)
    if set(posts.get(COUNTY_OFFICE, ())) - without - unreached:
        assert found
