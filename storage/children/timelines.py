"""What became of each child of the register, one change after the other, for those who count."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import select

from storage.repository import Seen, given, listed
from storage.tables import child, child_entry

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Row

#: When it was entered, and what stood there from then on, by key of a change.
Step: TypeAlias = "tuple[datetime, Mapping[str, str]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A child's row, without the record."""

    id: int
    area_id: int
    status: str
    left_reason: str
    version: int
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """A child as it is now, and all changes that led there, the oldest first."""

    child: Marked
    steps: tuple[Step, ...] = field(repr=False)


_MARKED = select(
    child.c.id,
    child.c.area_id,
    child.c.status,
    child.c.left_reason,
    child.c.version,
    child.c.updated_at,
).where(child.c.status != "staged")
_PAGE = _MARKED.where(child.c.id > given("after")).order_by(child.c.id).limit(given("count"))
# In no order: for one SQLite would walk all children by their ids.
_CHANGED = _MARKED.where(child.c.updated_at >= given("since"))
_ENTRIES = (
    select(
        child_entry.c.id, child_entry.c.child_id, child_entry.c.changes, child_entry.c.entered_at
    )
    .where(child_entry.c.child_id.in_(listed("ids")))
    .order_by(child_entry.c.entered_at, child_entry.c.id)
)


class TimelinesSeen(Seen):
    """Changes of the whole register, to be walked."""

    def page(self, after: int, count: int) -> tuple[Marked, ...]:
        """So many children whose id comes after another."""
        return tuple(map(_marked, self._db.all(_PAGE, after=after, count=count)))

    def changed(self, since: datetime) -> tuple[Marked, ...]:
        """The children whose rows were changed at that moment or later."""
        return tuple(map(_marked, self._db.all(_CHANGED, since=since)))

    def of(self, children: Collection[Marked]) -> tuple[Timeline, ...]:
        """What became of these children."""
        steps: dict[int, list[Step]] = {one.id: [] for one in children}
        for row in self._db.all(_ENTRIES, ids=[*steps]):
            told = json.loads(self._open(child_entry, "changes", row[0], row[2]))
            steps[row[1]].append((row[3], {key: after for key, (_, after) in told.items()}))
        return tuple(Timeline(child=one, steps=tuple(steps[one.id])) for one in children)


def _marked(row: Row) -> Marked:
    return Marked(
        id=row[0],
        area_id=row[1],
        status=row[2],
        left_reason=row[3] or "",
        version=row[4],
        updated_at=row[5],
    )
