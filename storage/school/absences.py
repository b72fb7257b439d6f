"""Absences: who is missing from school since when, why, and what was learnt and done."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import insert as plain_insert
from sqlalchemy import literal_column, select, update

from storage.repository import BELOW, Kept, Seen, given, insert, listed
from storage.tables import absence, absence_entry

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from storage.database import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceIn:
    """An absence to be noted."""

    pupil_id: int
    class_id: int
    child_id: int | None
    area_id: int
    first_day: date
    reason: str
    excused: bool
    boards: bool
    by: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """An absence as it stands."""

    id: int
    pupil_id: int
    class_id: int
    child_id: int | None
    area_id: int
    first_day: date
    noted_at: datetime
    entered_by: int
    #: A reason of policy/absence_lines.toml; "" while nobody knows.
    reason: str
    excused: bool
    excused_until: date | None
    boards: bool
    cannot_be_found: bool
    case_id: int | None
    #: open, returned, gone, withdrawn
    state: str
    returned: date | None
    #: Where the pupil stood when they came back (policy/absence.py).
    stood: str
    #: When the latest notice to return was made out.
    noticed: date | None = None
    #: Steps of policy/absence.toml that were done.
    done: frozenset[str] = frozenset()

    @property
    def is_open(self) -> bool:
        """True while the pupil is missing."""
        return self.state == "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceEntry:
    """Something that was learnt or done."""

    act: str
    code: str
    person_id: int
    note: str = field(repr=False)
    entered_at: datetime


_open: ColumnElement[str] = literal_column("'open'")
_IS_OPEN = absence.c.state == _open
_ABSENCE = select(
    absence.c.id,
    absence.c.pupil_id,
    absence.c.class_id,
    absence.c.child_id,
    absence.c.area_id,
    absence.c.first_day,
    absence.c.noted_at,
    absence.c.entered_by,
    absence.c.reason,
    absence.c.excused,
    absence.c.excused_until,
    absence.c.boards,
    absence.c.cannot_be_found,
    absence.c.case_id,
    absence.c.state,
    absence.c.returned,
    absence.c.stood,
)
_BY_ID = _ABSENCE.where(absence.c.id == given("id"))
_OF_PUPIL = _ABSENCE.where(absence.c.pupil_id == given("pupil_id"), _IS_OPEN)
_OF_CLASS = _ABSENCE.where(absence.c.class_id == given("class_id"), _IS_OPEN).order_by(
    absence.c.first_day, absence.c.id
)
_OF_CHILD = _ABSENCE.where(
    absence.c.child_id == given("child_id"),
    absence.c.state != "withdrawn",
    (absence.c.first_day >= given("since")) | _IS_OPEN,
).order_by(absence.c.first_day, absence.c.id)
_IN_AREA = _ABSENCE.where(absence.c.area_id.in_(BELOW), _IS_OPEN).order_by(
    absence.c.first_day, absence.c.id
)
_RETURNED_IN = _ABSENCE.where(
    absence.c.area_id.in_(BELOW),
    absence.c.state == "returned",
    absence.c.returned >= given("since"),
).order_by(absence.c.returned, absence.c.id)
_DONE = select(absence_entry.c.absence_id, absence_entry.c.act, absence_entry.c.code).where(
    absence_entry.c.absence_id.in_(listed("ids")),
    absence_entry.c.act.in_((literal_column("'did'"), literal_column("'notice'"))),
)
_ENTRIES = (
    select(
        absence_entry.c.id,
        absence_entry.c.act,
        absence_entry.c.code,
        absence_entry.c.person_id,
        absence_entry.c.note,
        absence_entry.c.entered_at,
    )
    .where(absence_entry.c.absence_id == given("absence_id"))
    .order_by(absence_entry.c.entered_at, absence_entry.c.id)
)
# The partial index holds that a pupil is missing once, whoever of two teachers is quicker.
_NOTE = insert(absence).on_conflict_do_nothing(
    index_elements=[absence.c.pupil_id], index_where=_IS_OPEN
)
_LEARN = (
    update(absence)
    .where(absence.c.id == given("row"), _IS_OPEN)
    .values(
        reason=given("now_reason"),
        excused=given("now_excused"),
        excused_until=given("now_until"),
        first_day=given("now_first"),
    )
)
_LOST = (
    update(absence)
    .where(absence.c.id == given("row"), _IS_OPEN, absence.c.cannot_be_found.is_(False))
    .values(cannot_be_found=True, case_id=given("now_case"))
)
_CLOSE = (
    update(absence)
    .where(absence.c.id == given("row"), _IS_OPEN)
    .values(
        state=given("now_state"),
        returned=given("now_returned"),
        stood=given("now_stood"),
        closed_at=given("now"),
    )
)
_ADD_ENTRY = plain_insert(absence_entry)


class AbsencesSeen(Seen):
    """Absences, to be looked at."""

    def get(self, absence_id: int) -> Missed | None:
        """One absence, whatever became of it."""
        return next(iter(self._all(self._db.all(_BY_ID, id=absence_id))), None)

    def of_pupil(self, pupil_id: int) -> Missed | None:
        """The open absence of a pupil."""
        return next(iter(self._all(self._db.all(_OF_PUPIL, pupil_id=pupil_id))), None)

    def of_class(self, class_id: int) -> tuple[Missed, ...]:
        """Who of a class is missing, the longest first."""
        return self._all(self._db.all(_OF_CLASS, class_id=class_id))

    def of_child(self, child_id: int, since: date) -> tuple[Missed, ...]:
        """A child's absences that began since a day or last still: a weak signal for a case."""
        return self._all(self._db.all(_OF_CHILD, child_id=child_id, since=since))

    def below(self, area_id: int) -> tuple[Missed, ...]:
        """Who is missing at or below a place, the longest first."""
        return self._all(self._db.all(_IN_AREA, area_id=area_id))

    def returned_below(self, area_id: int, since: date) -> tuple[Missed, ...]:
        """Who came back since a day, at or below a place."""
        return self._all(self._db.all(_RETURNED_IN, area_id=area_id, since=since))

    def entries(self, absence_id: int) -> tuple[AbsenceEntry, ...]:
        """What was learnt and done, oldest first."""
        return tuple(
            AbsenceEntry(
                act=row[1],
                code=row[2],
                person_id=row[3],
                note=self._open_any(absence_entry, "note", row[0], row[4]),
                entered_at=row[5],
            )
            for row in self._db.all(_ENTRIES, absence_id=absence_id)
        )

    def _all(self, rows: Iterable[Row]) -> tuple[Missed, ...]:
        found = [*rows]
        told: dict[tuple[int, str], set[str]] = defaultdict(set)
        if found:
            for absence_id, act, code in self._db.all(_DONE, ids=[row[0] for row in found]):
                told[absence_id, act].add(code)
        return tuple(
            _missed(row, frozenset(told[row[0], "did"]), max(told[row[0], "notice"], default=""))
            for row in found
        )


class Absences(AbsencesSeen, Kept):
    """Absences, to be noted and closed."""

    def note(self, told: AbsenceIn) -> int | None:
        """The id of the new absence; None when the pupil is known to be missing."""
        absence_id = self._work.new_id()
        made = self._db.run(
            _NOTE,
            id=absence_id,
            pupil_id=told.pupil_id,
            class_id=told.class_id,
            child_id=told.child_id,
            area_id=told.area_id,
            first_day=told.first_day,
            noted_at=self._now,
            entered_by=told.by,
            reason=told.reason,
            excused=told.excused,
            excused_until=None,
            boards=told.boards,
            cannot_be_found=False,
            case_id=None,
            state="open",
            returned=None,
            stood="",
            closed_at=None,
            erased_at=None,
        )
        if not made:
            return None
        self.add_entry(absence_id, "noted", by=told.by, code=told.reason)
        self._stir(absence_id)
        return absence_id

    def learn(
        self,
        absence_id: int,
        *,
        reason: str,
        excused: bool,
        until: date | None,
        first_day: date,
        by: int,
    ) -> None:
        """Why, until when it is excused, and since when."""
        self._db.run(
            _LEARN,
            row=absence_id,
            now_reason=reason,
            now_excused=excused,
            now_until=until,
            now_first=first_day,
        )
        self.add_entry(absence_id, "reason", by=by, code=reason)
        self._stir(absence_id)

    def lost(self, absence_id: int, case_id: int, *, by: int) -> bool:
        """Nobody knows where the child is; False when that was known."""
        if not self._db.run(_LOST, row=absence_id, now_case=case_id):
            return False
        self.add_entry(absence_id, "missing", by=by)
        return True

    def close(
        self, absence_id: int, state: str, *, returned: date | None, stood: str, by: int
    ) -> bool:
        """returned, gone or withdrawn; False when it was closed."""
        closed = self._db.run(
            _CLOSE,
            row=absence_id,
            now_state=state,
            now_returned=returned,
            now_stood=stood,
            now=self._now,
        )
        if closed:
            self.add_entry(absence_id, state, by=by)
            self._stir(absence_id)
        return closed == 1

    def _stir(self, absence_id: int) -> None:
        """It weighs in the child's next visit."""
        found = self.get(absence_id)
        if found is not None and found.child_id is not None:
            self._work.visits.stir([found.child_id])

    def add_entry(
        self, absence_id: int, act: str, *, by: int, code: str = "", note: str = ""
    ) -> int:
        """Write down what was learnt or done; the entry's id."""
        entry_id = self._work.new_id()
        self._db.run(
            _ADD_ENTRY,
            id=entry_id,
            absence_id=absence_id,
            act=act,
            code=code,
            person_id=by,
            note=self._seal(absence_entry, "note", entry_id, note) if note else None,
            entered_at=self._now,
        )
        return entry_id


def _missed(row: Row, done: frozenset[str], noticed: str) -> Missed:
    return Missed(
        id=row[0],
        pupil_id=row[1],
        class_id=row[2],
        child_id=row[3],
        area_id=row[4],
        first_day=row[5],
        noted_at=row[6],
        entered_by=row[7],
        reason=row[8],
        excused=row[9],
        excused_until=row[10],
        boards=row[11],
        cannot_be_found=row[12],
        case_id=row[13],
        state=row[14],
        returned=row[15],
        stood=row[16],
        noticed=date.fromisoformat(noticed) if noticed else None,
        done=done,
    )
