"""That somebody answers for a child, and why nobody does in truth."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from datetime import datetime

    from storage.children.child import Child
    from storage.database import Row

#: The one who answers first; there is one at most. Others: teacher, mother, grid_worker.
PRIMARY = "primary"

#: Why nobody answers for a child in truth.
Cause: TypeAlias = Literal[
    "nobody", "unregistered", "left", "not_yet", "unreachable", "on_leave", "elsewhere", "too_many"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Responsibility:
    """Somebody answers for a child."""

    id: int
    child_id: int
    person_id: int
    kind: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """A child in the hands of a person."""

    kind: str
    since: datetime
    child: Child


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A child for whom nobody answers in truth."""

    cause: Cause
    child_id: int
    area_id: int
    #: Who should; None for nobody.
    person_id: int | None
    #: Of somebody who holds no post yet: when they will.
    begins: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Troubles:
    """Why people do not answer in truth for children of a place."""

    #: For any child at all.
    causes: Mapping[int, Cause]
    #: Where each holds posts: townships, or 0 for the whole county.
    towns: Mapping[int, Collection[int]]
    #: When whoever holds no post yet will hold one.
    begins: Mapping[int, datetime]
    many: frozenset[int]
    town_of: Callable[[int], int]

    def of(self, person: int, area: int) -> Cause | None:
        """The first that applies to a child who lives there; None where all is well."""
        if (cause := self.causes.get(person)) is not None:
            return cause
        posts = self.towns[person]
        if 0 not in posts and self.town_of(area) not in (0, *posts):
            return "elsewhere"
        return "too_many" if person in self.many else None


def responsibility_of(row: Row) -> Responsibility:
    """What a row of its columns, in the order of the fields, says."""
    return Responsibility(
        id=row[0],
        child_id=row[1],
        person_id=row[2],
        kind=row[3],
        since=row[4],
        until=row[5],
    )
