"""Who is told of a report, and when: posts and the areas where they sit, by the hour.

In office hours the posts hear; outside them whoever is on duty for a post (值班表), else its
holder, else who stands in. Red ignores the hour and is told to all. The walk over every village
asks the same functions as a report does, so that it says nothing but what would happen.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Literal, Protocol, TypeAlias

from policy.calendar import Calendar
from policy.grading import GRADES
from policy.roles import Level, Role

#: The kind of area where a level sits.
_SEATS: Mapping[str, Level] = MappingProxyType(
    {"village": "village", "town": "township", "county": "county"}
)
Post: TypeAlias = tuple[str, int]
#: Outside office hours: at once, or when offices open next.
Night: TypeAlias = Literal["at_once", "at_opening"]
#: The levels where posts sit, each with the level of duties.toml above it.
_ABOVE: tuple[tuple[Level, str], ...] = (
    ("village", "township"),
    ("township", "county"),
    ("county", "leader"),
)
#: Whoever stands in may be away, too: so many in a row are tried.
CHAIN = 3


class Area(Protocol):
    """The part of an area that routing needs."""

    @property
    def id(self) -> int: ...
    @property
    def kind(self) -> str: ...


class Tree(Protocol):
    """The part of an area tree that routing needs."""

    def path(self, area: int) -> tuple[Area, ...]:
        """From the county down to the area."""
        ...


class Staff(Protocol):
    """Who there is at the moment in question."""

    def on_duty(self, post: Post) -> Sequence[int]:
        """The people whom the duty roster names for a post."""
        ...

    def holding(self, post: Post) -> Sequence[int]:
        """The people who hold a post, reachable or not."""
        ...

    def deputy_of(self, person: int) -> int | None:
        """Who does a person's work while they are away."""
        ...

    def is_reached(self, person: int) -> bool:
        """True when some channel brings messages to them."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """When somebody is told, and whether offices are open then."""

    at: datetime
    in_office: bool
    #: True when it is later than now.
    waits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearer:
    """Somebody who is told, and the post for which."""

    person: int
    role: str
    area_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """Which posts are told, by grade and circumstance, and who is left out as the suspect."""

    #: The posts with their level, as roles.toml says.
    roles: Mapping[str, Role]
    #: Grade -> posts, in the order in which they are named to the reporter.
    told: Mapping[str, tuple[str, ...]]
    #: Circumstance -> posts that are told too, whatever the grade.
    also: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    #: Who may be the suspect -> posts that are not told, so that nobody judges himself.
    spare: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    #: Grade -> posts: the first of them who was told has the case until somebody accepts.
    owners: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    #: Posts that are told when nobody else is found.
    last: tuple[str, ...] = ()
    #: Grade -> when it is told outside office hours; at once unless it says otherwise.
    night: Mapping[str, Night] = field(default_factory=lambda: MappingProxyType({}))


def who_is_told(
    grade: str,
    circumstances: Iterable[str],
    area: int,
    tree: Tree,
    routing: Routing,
    *,
    suspect: str = "",
) -> tuple[Post, ...]:
    """Posts and their areas, as the table lists them; an unknown grade is the most urgent."""
    spared = routing.spare.get(suspect, ())
    roles = [role for role in _told(grade, circumstances, routing) if role not in spared]
    return seated(roles, area, tree, routing) or last_resort(area, tree, routing)


def _told(grade: str, circumstances: Iterable[str], routing: Routing) -> list[str]:
    told = list(routing.told[grade if grade in routing.told else GRADES[0]])
    for circumstance in circumstances:
        told += routing.also.get(circumstance, ())
    return told


def last_resort(area: int, tree: Tree, routing: Routing) -> tuple[Post, ...]:
    """Who is told when nobody holds the posts that the table names."""
    return seated(routing.last, area, tree, routing)


def seated(roles: Iterable[str], area: int, tree: Tree, routing: Routing) -> tuple[Post, ...]:
    """Each post once, at the place where its level sits; those without a seat are left out."""
    seats = {_SEATS[one.kind]: one.id for one in tree.path(area) if one.kind in _SEATS}
    return tuple(
        (role, seats[routing.roles[role].level])
        for role in dict.fromkeys(roles)
        if routing.roles[role].level in seats
    )


# -- by the hour --------------------------------------------------------------------------------


def hour_of(grade: str, now: datetime, routing: Routing, calendar: Calendar) -> Hour:
    """When something of this grade is told that happens now; ``now`` is in the county's zone."""
    if calendar.is_open(now):
        return Hour(at=now, in_office=True)
    if grade not in GRADES[1:] or routing.night.get(grade, "at_once") == "at_once":
        return Hour(at=now, in_office=False)
    return Hour(at=calendar.next_opening(now), in_office=True, waits=True)


def who_hears(
    posts: Iterable[Post],
    staff: Staff,
    *,
    in_office: bool = True,
    everybody: bool = False,
    without: Collection[int] = (),
) -> tuple[Hearer, ...]:
    """The people of these posts, each once, in the posts' order.

    In office hours the holders and who stands in for them; else for each post only whoever is on
    duty, where that is anybody; ``everybody`` is both.
    """
    found: dict[int, Hearer] = {}
    for post in posts:
        for crew in _crews(post, staff, in_office=in_office):
            reached = [person for person in crew if person not in without]
            for person in reached:
                found.setdefault(person, Hearer(person=person, role=post[0], area_id=post[1]))
            if reached and not everybody:
                break
    return tuple(found.values())


def _crews(post: Post, staff: Staff, *, in_office: bool) -> Iterator[list[int]]:
    if not in_office:
        yield _reached(staff.on_duty(post), staff)
    yield _reached(staff.holding(post), staff)


def _reached(people: Iterable[int], staff: Staff) -> list[int]:
    """Those who are reached, and behind each who is away those who stand in."""
    return [
        one for person in people for one in _with_deputies(person, staff) if staff.is_reached(one)
    ]


def _with_deputies(person: int, staff: Staff) -> Iterator[int]:
    yield person
    for _ in range(CHAIN):
        deputy = staff.deputy_of(person)
        if deputy is None:
            return
        yield deputy
        person = deputy


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a report says that decides who hears of it."""

    grade: str
    circumstances: Sequence[str] = ()
    suspect: str = ""
    area: int


def who_hears_of(
    told: Told,
    staff: Staff,
    tree: Tree,
    routing: Routing,
    levels: Mapping[str, Sequence[str]],
    *,
    in_office: bool = True,
    without: Collection[int] = (),
) -> tuple[Hearer, ...]:
    """Who hears of a report. Where a level that should has nobody left, the one above it hears.

    So the way leads around whoever must not hear of it, and above a level that is excluded whole.
    At least one of them can have the case, if there is anybody.
    """

    def hear(posts: Iterable[Post]) -> tuple[Hearer, ...]:
        return who_hears(
            posts, staff, in_office=in_office, everybody=told.grade == GRADES[0], without=without
        )

    spared = routing.spare.get(told.suspect, ())

    def seats(roles: Iterable[str]) -> tuple[Post, ...]:
        return seated([one for one in roles if one not in spared], told.area, tree, routing)

    def level_of(role: str) -> Level:
        return routing.roles[role].level

    wanted = _told(told.grade, told.circumstances, routing)
    able = {
        *routing.owners.get(told.grade, ()),
        *(role for one in levels.values() for role in one),
    }
    asked = {level_of(role) for role in wanted if role in able}
    found = {one.person: one for one in hear(seats(wanted))}
    is_missing = False
    for level, above in _ABOVE:
        is_there = any(one.role in able and level_of(one.role) == level for one in found.values())
        is_missing = not is_there and (is_missing or level in asked)
        for one in hear(seats(levels[above]))[:1] if is_missing else ():
            found.setdefault(one.person, one)
    return tuple(found.values()) or hear(last_resort(told.area, tree, routing))
