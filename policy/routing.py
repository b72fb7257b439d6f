"""Who is told of a report at once: posts and the areas where they sit."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol, TypeAlias

from policy.grading import GRADES
from policy.roles import Level, Role

#: The kind of area where a level sits.
_SEATS: Mapping[str, Level] = MappingProxyType(
    {"village": "village", "town": "township", "county": "county"}
)
Post: TypeAlias = tuple[str, int]


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
    told = list(routing.told[grade if grade in routing.told else GRADES[0]])
    for circumstance in circumstances:
        told += routing.also.get(circumstance, ())
    spared = routing.spare.get(suspect, ())
    posts = seated([role for role in told if role not in spared], area, tree, routing)
    return posts or last_resort(area, tree, routing)


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
