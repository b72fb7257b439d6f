"""Leave (请假), and the deputy who does the work while it lasts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import case, insert, select, update

from storage.repository import Kept, Seen, given
from storage.tables import Id, leave

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """Somebody is away from a moment to another."""

    id: int
    person_id: int
    deputy_id: int | None
    since: datetime
    until: datetime
    entered_by: int
    created_at: datetime


_LEAVE = select(
    leave.c.id,
    leave.c.person_id,
    leave.c.deputy_id,
    leave.c.since,
    leave.c.until,
    leave.c.entered_by,
    leave.c.created_at,
)
_BY_ID = _LEAVE.where(leave.c.id == given("id"))
_OF_PERSON = _LEAVE.where(
    leave.c.person_id == given("person_id"), leave.c.until > given("now")
).order_by(leave.c.since, leave.c.id)
_AT = (
    _LEAVE.where(
        leave.c.person_id == given("person_id"),
        leave.c.since <= given("moment"),
        leave.c.until > given("moment"),
    )
    # Of two that overlap, the one with a deputy, and of these the newest.
    .order_by(leave.c.deputy_id.is_(None), leave.c.id.desc())
    .limit(1)
)
_ALL_AT = _LEAVE.where(leave.c.since <= given("moment"), leave.c.until > given("moment")).order_by(
    # As of one person: the last of these stands.
    leave.c.deputy_id.is_not(None),
    leave.c.id,
)
_FOR = _LEAVE.where(
    leave.c.deputy_id == given("person_id"),
    leave.c.since <= given("moment"),
    leave.c.until > given("moment"),
).order_by(leave.c.id)
_ADD = insert(leave)
_END = (
    update(leave)
    .where(leave.c.id == given("row"), leave.c.until > given("now"))
    .values(until=given("now"))
)

_STANDS_IN = (
    update(leave)
    .where(leave.c.deputy_id == given("was_deputy"), leave.c.until > given("now"))
    .values(
        # Nobody stands in for themselves: that they are away without a deputy is a gap.
        deputy_id=case((leave.c.person_id != given("now_deputy", Id), given("now_deputy", Id)))
    )
)


class DeputiesSeen(Seen):
    """Leave and deputies, to be looked at."""

    def of_person(self, person_id: int) -> tuple[Leave, ...]:
        """A person's leave that is not over, the nearest first."""
        return tuple(map(_leave, self._db.all(_OF_PERSON, person_id=person_id, now=self._now)))

    def away(self, person_id: int, at: datetime) -> Leave | None:
        """The leave that a person is on at a moment."""
        row = self._db.one(_AT, person_id=person_id, moment=at)
        return None if row is None else _leave(row)

    def deputy_of(self, person_id: int, at: datetime) -> int | None:
        """Who does a person's work at a moment, when it is not they."""
        away = self.away(person_id, at)
        return None if away is None else away.deputy_id

    def all_at(self, at: datetime) -> dict[int, int]:
        """Who does whose work at a moment: the deputy by the person who is away."""
        rows = map(_leave, self._db.all(_ALL_AT, moment=at))
        return {one.person_id: one.deputy_id for one in rows if one.deputy_id is not None}

    def acting_for(self, person_id: int, at: datetime) -> tuple[int, ...]:
        """For whom a person does the work at a moment."""
        rows = self._db.all(_FOR, person_id=person_id, moment=at)
        return tuple(dict.fromkeys(row[1] for row in rows))


class Deputies(DeputiesSeen, Kept):
    """Leave and deputies, to be entered."""

    def plan(
        self,
        person_id: int,
        deputy_id: int | None,
        since: datetime,
        until: datetime,
        *,
        by: int,
    ) -> int:
        """Enter leave; its id."""
        if until <= since:
            raise ValueError("leave ends after it begins")
        leave_id = self._work.new_id()
        self._db.run(
            _ADD,
            id=leave_id,
            person_id=person_id,
            deputy_id=deputy_id,
            since=since,
            until=until,
            entered_by=by,
            created_at=self._now,
        )
        self._work.audit.write(by, "leave-planned", "person", person_id, {"deputy": deputy_id})
        return leave_id

    def hand_over(self, person_id: int, to_person_id: int) -> int:
        """For whom a person stands in, another does from now on; how many leaves."""
        return self._db.run(
            _STANDS_IN, was_deputy=person_id, now_deputy=to_person_id, now=self._now
        )

    def end(self, leave_id: int, *, by: int) -> bool:
        """The person is back, or never went; False when that was so."""
        row = self._db.one(_BY_ID, id=leave_id)
        if row is None or not self._db.run(_END, row=leave_id, now=self._now):
            return False
        self._work.audit.write(by, "leave-ended", "person", _leave(row).person_id)
        return True


def _leave(row: Row) -> Leave:
    return Leave(
        id=row[0],
        person_id=row[1],
        deputy_id=row[2],
        since=row[3],
        until=row[4],
        entered_by=row[5],
        created_at=row[6],
    )
