"""Which rosters were imported, what stands in them, and whether they fit the register still."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select

from storage.children.roster import Roster, RosterRow, RowKind
from storage.repository import Seen, given, listed
from storage.tables import (
    child,
    responsibility,
    roster,
    roster_row,
)

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Row


_ROSTER = select(
    roster.c.id,
    roster.c.area_id,
    roster.c.file_name,
    roster.c.state,
    roster.c.staged_by,
    roster.c.staged_at,
    roster.c.applied_by,
    roster.c.applied_at,
    roster.c.undone_by,
    roster.c.undone_at,
)
BY_ID = _ROSTER.where(roster.c.id == given("id"))
_IN_AREAS = _ROSTER.where(roster.c.area_id.in_(listed("area_ids"))).order_by(roster.c.id.desc())
_ROWS = select(
    roster_row.c.id,
    roster_row.c.number,
    roster_row.c.kind,
    roster_row.c.child_id,
    roster_row.c.version,
    roster_row.c.content,
    roster_row.c.outcome,
).where(roster_row.c.roster_id == given("roster_id"))
_ROWS_OF = (
    _ROWS.where(roster_row.c.kind.in_(listed("kinds")), roster_row.c.number > given("after"))
    .order_by(roster_row.c.number)
    .limit(given("count"))
)
_COUNTS = (
    select(roster_row.c.kind, func.count())
    .where(roster_row.c.roster_id == given("roster_id"))
    .group_by(roster_row.c.kind)
)
_HANDS = (
    select(func.count())
    .select_from(responsibility)
    .join(child, child.c.id == responsibility.c.child_id)
    .where(
        responsibility.c.roster_id == given("roster_id"),
        responsibility.c.since.is_(None),
        child.c.status != "staged",
    )
)
_HOLDERS = (
    select(responsibility.c.person_id, func.min(child.c.area_id))
    .join_from(responsibility, child, child.c.id == responsibility.c.child_id)
    .where(responsibility.c.roster_id == given("roster_id"))
    .group_by(responsibility.c.person_id)
)
_NEW_AREAS = (
    select(child.c.area_id)
    .where(child.c.roster_id == given("roster_id"), child.c.status.in_(("staged", "active")))
    .group_by(child.c.area_id)
)
_CHANGED_AREAS = (
    select(roster_row.c.next_area_id)
    .where(roster_row.c.roster_id == given("roster_id"), roster_row.c.next_area_id.is_not(None))
    .group_by(roster_row.c.next_area_id)
)
_ROW = _ROWS.where(roster_row.c.id == given("id"))
_SETTLED = select(roster.c.id, roster.c.state).where(
    or_(roster.c.applied_at >= given("since"), roster.c.undone_at >= given("since"))
)


class RostersSeen(Seen):
    """Imports, to be looked at."""

    def get(self, roster_id: int) -> Roster | None:
        """One import."""
        row = self._db.one(BY_ID, id=roster_id)
        return None if row is None else self._roster(row)

    def in_areas(self, area_ids: Collection[int]) -> tuple[Roster, ...]:
        """The imports for these areas, newest first."""
        return tuple(map(self._roster, self._db.all(_IN_AREAS, area_ids=[*area_ids])))

    def counts(self, roster_id: int) -> Mapping[str, int]:
        """How many rows there are of each kind."""
        return {row[0]: row[1] for row in self._db.all(_COUNTS, roster_id=roster_id)}

    def rows(
        self, roster_id: int, kinds: Collection[RowKind], *, after: int = 0, count: int = 20
    ) -> tuple[RosterRow, ...]:
        """Rows of these kinds in the order of the file; ``after`` a row's number, to page on."""
        rows = self._db.all(
            _ROWS_OF, roster_id=roster_id, kinds=[*kinds], after=after, count=count
        )
        return tuple(map(self._row, rows))

    def row(self, roster_id: int, row_id: int) -> RosterRow | None:
        """One row of an import."""
        row = self._db.one(_ROW, roster_id=roster_id, id=row_id)
        return None if row is None else self._row(row)

    def hands(self, roster_id: int) -> int:
        """How many children of the register a staged import puts into other hands."""
        row = self._db.one(_HANDS, roster_id=roster_id)
        return 0 if row is None else int(row[0])

    def holders(self, roster_id: int) -> tuple[tuple[int, int], ...]:
        """Who answers for children by this import, each with the place of one of them."""
        return tuple((row[0], row[1]) for row in self._db.all(_HOLDERS, roster_id=roster_id))

    def areas(self, roster_id: int) -> frozenset[int]:
        """Where the children live whom the import brings or changes."""
        return frozenset(
            row[0]
            for statement in (_NEW_AREAS, _CHANGED_AREAS)
            for row in self._db.all(statement, roster_id=roster_id)
        )

    def settled_since(self, moment: datetime) -> tuple[tuple[int, str], ...]:
        """Imports that were applied or undone since then, each with its state."""
        return tuple((row[0], row[1]) for row in self._db.all(_SETTLED, since=moment))

    def _roster(self, row: Row) -> Roster:
        return Roster(
            id=row[0],
            area_id=row[1],
            file_name=self._open(roster, "file_name", row[0], row[2]),
            state=row[3],
            staged_by=row[4],
            staged_at=row[5],
            applied_by=row[6],
            applied_at=row[7],
            undone_by=row[8],
            undone_at=row[9],
        )

    def _row(self, row: Row) -> RosterRow:
        told = json.loads(self._open(roster_row, "content", row[0], row[5]))
        return RosterRow(
            id=row[0],
            number=row[1],
            kind=row[2],
            child_id=row[3],
            version=row[4],
            area_id=told["area"],
            values=told["values"],
            responsible_id=told["responsible"],
            faults=tuple(told["faults"]),
            outcome=row[6],
        )
