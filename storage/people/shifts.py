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

    from storage.database import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Somebody is on duty for a post in its place, from and to."""

    id: int
    area_id: int
    role: str
    person_id: int
    since: datetime
    until: datetime


_SHIFT = select(
    shift.c.id, shift.c.area_id, shift.c.role, shift.c.person_id, shift.c.since, shift.c.until
)
_BY_ID = _SHIFT.where(shift.c.id == given("id"))
_SHIFTS = _SHIFT.where(
    shift.c.area_id.in_(listed("area_ids")),
    shift.c.until > given("first"),
    shift.c.since < given("last"),
    shift.c.since < shift.c.until,
).order_by(shift.c.since, shift.c.id)
_ADD = insert(shift)
_END = (
    update(shift)
    .where(shift.c.id == given("row"), shift.c.until > given("now"))
    .values(until=given("now"))
)
_HAND_OVER = (
    update(shift)
    .where(
        shift.c.person_id == given("was_person"),
        shift.c.until > given("now"),
        shift.c.since < shift.c.until,
    )
    .values(person_id=given("now_person"))
)
_ON_DUTY = (
    select(shift.c.person_id)
    .where(
        shift.c.role == given("role"),
        shift.c.area_id == given("area_id"),
        shift.c.since <= given("moment"),
        shift.c.until > given("moment"),
    )
    .order_by(shift.c.since, shift.c.id)
)
_ALL_ON_DUTY = (
    select(shift.c.role, shift.c.area_id, shift.c.person_id)
    .where(shift.c.since <= given("moment"), shift.c.until > given("moment"))
    .order_by(shift.c.since, shift.c.id)
)


class ShiftsSeen(Seen):
    """The duty roster, to be looked at."""

    def between(
        self, area_ids: Sequence[int], since: datetime, until: datetime
    ) -> tuple[Shift, ...]:
        """The shifts of some places that touch a span of time, in their order."""
        rows = self._db.all(_SHIFTS, area_ids=[*area_ids], first=since, last=until)
        return tuple(map(_shift, rows)) if area_ids else ()

    def get(self, shift_id: int) -> Shift | None:
        """One shift."""
        row = self._db.one(_BY_ID, id=shift_id)
        return None if row is None else _shift(row)

    def on_duty(self, role: str, area_id: int, at: datetime) -> tuple[int, ...]:
        """The people who are on duty for a post at a moment."""
        rows = self._db.all(_ON_DUTY, role=role, area_id=area_id, moment=at)
        return tuple(dict.fromkeys(row[0] for row in rows))

    def all_at(self, at: datetime) -> dict[tuple[str, int], tuple[int, ...]]:
        """Who is on duty at a moment, by post."""
        found: dict[tuple[str, int], dict[int, None]] = {}
        for role, area_id, person_id in self._db.all(_ALL_ON_DUTY, moment=at):
            found.setdefault((role, area_id), {})[person_id] = None
        return {post: tuple(people) for post, people in found.items()}


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
        detail = {"person": person_id, "role": role}
        self._work.audit.write(by, "shift-set", "area", area_id, detail)
        return row

    def hand_over(self, person_id: int, to_person_id: int) -> int:
        """What is not over of a person's shifts is another's; how many."""
        return self._db.run(
            _HAND_OVER, was_person=person_id, now_person=to_person_id, now=self._now
        )

    def end(self, shift_id: int, *, by: int) -> bool:
        """Nobody is on duty by this shift from now on; False when it was over."""
        if not self._db.run(_END, row=shift_id, now=self._now):
            return False
        self._work.audit.write(by, "shift-ended", "shift", shift_id)
        return True


def _shift(row: Row) -> Shift:
    return Shift(
        id=row[0], area_id=row[1], role=row[2], person_id=row[3], since=row[4], until=row[5]
    )
