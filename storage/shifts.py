"""Who is on duty outside office hours (值班表)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from storage.repository import Kept, Seen, given, listed
from storage.tables import shift

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Somebody is on duty for a post in its place, from and to."""

    id: int
    area_id: int
    role: str
    person_id: int
    since: datetime
    until: datetime


_SHIFTS = (
    select(
        shift.c.id, shift.c.area_id, shift.c.role, shift.c.person_id, shift.c.since, shift.c.until
    )
    .where(
        shift.c.area_id.in_(listed("area_ids")),
        shift.c.until > given("first"),
        shift.c.since < given("last"),
    )
    .order_by(shift.c.since, shift.c.id)
)
_ADD = insert(shift)
_END = (
    update(shift)
    .where(shift.c.id == given("row"), shift.c.until > given("now"))
    .values(until=given("now"))
)


class ShiftsSeen(Seen):
    """The duty roster, to be looked at."""

    def between(
        self, area_ids: Sequence[int], since: datetime, until: datetime
    ) -> tuple[Shift, ...]:
        """The shifts of some places that touch a span of time, in their order."""
        rows = self._db.all(_SHIFTS, area_ids=[*area_ids], first=since, last=until)
        return tuple(
            Shift(
                id=row[0],
                area_id=row[1],
                role=row[2],
                person_id=row[3],
                since=row[4],
                until=row[5],
            )
            for row in rows
        )

    def on_duty(self, role: str, area_ids: Sequence[int], at: datetime) -> tuple[int, ...]:
        """The people who are on duty for a post at a moment."""
        found = self.between(area_ids, at, at)
        return tuple(
            dict.fromkeys(
                one.person_id for one in found if one.role == role and one.since <= at < one.until
            )
        )


class Shifts(ShiftsSeen, Kept):
    """The duty roster, to be written."""

    def add(
        self,
        area_id: int,
        role: str,
        person_id: int,
        since: datetime,
        until: datetime,
        *,
        by: int,
    ) -> int:
        """Put somebody on duty; the shift's id."""
        row = self._work.new_id()
        self._db.run(
            _ADD,
            id=row,
            area_id=area_id,
            role=role,
            person_id=person_id,
            since=since,
            until=until,
            entered_by=by,
        )
        return row

    def end(self, shift_id: int) -> None:
        """Nobody is on duty by this shift any more."""
        self._db.run(_END, row=shift_id, now=self._now)
