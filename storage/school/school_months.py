"""What schools say of each month (一月一报告), and the county's check (一季度一复核)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import and_, select, update

from storage.repository import BELOW, Kept, Seen, given, insert, listed
from storage.tables import absence, pupil, school, school_check, school_class
from storage.tables import school_month as month_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from storage.database import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolMonth:
    """A school's numbers of a month."""

    id: int
    school_id: int
    month: date
    #: asked, said, back
    state: str
    counted: Mapping[str, int]
    #: Where the school says otherwise.
    said: Mapping[str, int]
    note: str = field(repr=False)
    asked_at: datetime
    said_by: int | None
    said_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A county's check of a quarter."""

    id: int
    area_id: int
    quarter: date
    state: str
    checked_by: int | None
    checked_at: datetime | None


_MONTH = select(
    month_table.c.id,
    month_table.c.school_id,
    month_table.c.month,
    month_table.c.state,
    month_table.c.counted,
    month_table.c.said,
    month_table.c.note,
    month_table.c.asked_at,
    month_table.c.said_by,
    month_table.c.said_at,
)
_BY_ID = _MONTH.where(month_table.c.id == given("id"))
_BELOW_IN = (
    _MONTH.join_from(month_table, school, school.c.id == month_table.c.school_id)
    .where(school.c.area_id.in_(BELOW), month_table.c.month.in_(listed("months")))
    .order_by(school.c.name, school.c.id, month_table.c.month)
)
_WAITING = (
    _MONTH.join_from(month_table, school, school.c.id == month_table.c.school_id)
    .where(school.c.id.in_(listed("schools")), month_table.c.state != "said")
    .order_by(month_table.c.month, month_table.c.id)
)
_UNASKED = (
    select(school.c.id)
    .outerjoin_from(
        school,
        month_table,
        and_(month_table.c.school_id == school.c.id, month_table.c.month == given("month")),
    )
    .where(month_table.c.id.is_(None), school.c.created_at < given("before"))
    .order_by(school.c.id)
    .limit(given("limit"))
)
_IN_SCHOOL = school_class.c.school_id == given("school_id")
_PUPILS = (
    select(pupil.c.child_id)
    .join_from(pupil, school_class, school_class.c.id == pupil.c.class_id)
    .where(_IN_SCHOOL, pupil.c.until.is_(None))
)
_ABSENCES = (
    select(absence.c.id)
    .join_from(absence, school_class, school_class.c.id == absence.c.class_id)
    .where(
        _IN_SCHOOL,
        absence.c.state != "withdrawn",
        absence.c.first_day <= given("last"),
        (absence.c.state == "open") | (absence.c.closed_at >= given("since")),
    )
    .order_by(absence.c.first_day, absence.c.id)
)
_ADD = insert(month_table).on_conflict_do_nothing(
    index_elements=[month_table.c.school_id, month_table.c.month]
)
_CORRECT = (
    update(month_table)
    .where(month_table.c.id == given("row"), month_table.c.state != "said")
    .values(said=given("now_said"), note=given("now_note"))
)
_SAY = (
    update(month_table)
    .where(month_table.c.id == given("row"), month_table.c.state != "said")
    .values(state="said", counted=given("now_counted"), said_by=given("by"), said_at=given("now"))
)
_BACK = (
    update(month_table)
    .where(month_table.c.id == given("row"), month_table.c.state == "said")
    .values(state="back", note=given("now_note"))
)
_CHECK = select(
    school_check.c.id,
    school_check.c.area_id,
    school_check.c.quarter,
    school_check.c.state,
    school_check.c.checked_by,
    school_check.c.checked_at,
)
_CHECK_BY_ID = _CHECK.where(school_check.c.id == given("id"))
_CHECK_OF = _CHECK.where(
    school_check.c.area_id == given("area_id"), school_check.c.quarter == given("quarter")
)
_OPEN_CHECKS = _CHECK.where(
    school_check.c.area_id.in_(listed("areas")), school_check.c.state == "open"
).order_by(school_check.c.quarter, school_check.c.id)
_ADD_CHECK = insert(school_check).on_conflict_do_nothing(
    index_elements=[school_check.c.area_id, school_check.c.quarter]
)
_CHECKED = (
    update(school_check)
    .where(school_check.c.id == given("row"), school_check.c.state == "open")
    .values(state="done", checked_by=given("by"), checked_at=given("now"))
)


class SchoolMonthsSeen(Seen):
    """The months of schools and the quarters of counties, to be looked at."""

    def get(self, month_id: int) -> SchoolMonth | None:
        """One school's month."""
        row = self._db.one(_BY_ID, id=month_id)
        return None if row is None else self._month(row)

    def below(self, area_id: int, months: Sequence[date]) -> tuple[SchoolMonth, ...]:
        """What was asked of the schools at or below a place, school by school."""
        rows = self._db.all(_BELOW_IN, area_id=area_id, months=[*months])
        return tuple(map(self._month, rows))

    def waiting(self, schools: Sequence[int]) -> tuple[SchoolMonth, ...]:
        """What these schools have not answered, the oldest first."""
        rows = self._db.all(_WAITING, schools=[*schools]) if schools else ()
        return tuple(map(self._month, rows))

    def unasked(self, month: date, before: datetime, limit: int) -> tuple[int, ...]:
        """Schools that were there before a moment and were not asked for a month."""
        rows = self._db.all(_UNASKED, month=month, before=before, limit=limit)
        return tuple(row[0] for row in rows)

    def pupils(self, school_id: int) -> tuple[int | None, ...]:
        """For each pupil of a school, whom of the register they are."""
        return tuple(row[0] for row in self._db.all(_PUPILS, school_id=school_id))

    def absences(self, school_id: int, since: datetime, last: date) -> tuple[int, ...]:
        """Absences that touch a month: begun by its last day, and not over before it."""
        rows = self._db.all(_ABSENCES, school_id=school_id, since=since, last=last)
        return tuple(row[0] for row in rows)

    def check(self, check_id: int) -> Check | None:
        """One county's quarter."""
        row = self._db.one(_CHECK_BY_ID, id=check_id)
        return None if row is None else _check(row)

    def check_of(self, area_id: int, quarter: date) -> Check | None:
        """The check of a place and a quarter; None while nobody was asked for it."""
        row = self._db.one(_CHECK_OF, area_id=area_id, quarter=quarter)
        return None if row is None else _check(row)

    def open_checks(self, areas: Sequence[int]) -> tuple[Check, ...]:
        """What is still to be checked in some places, the oldest first."""
        rows = self._db.all(_OPEN_CHECKS, areas=[*areas]) if areas else ()
        return tuple(map(_check, rows))

    def _month(self, row: Row) -> SchoolMonth:
        return SchoolMonth(
            id=row[0],
            school_id=row[1],
            month=row[2],
            state=row[3],
            counted=json.loads(row[4]),
            said=json.loads(row[5]),
            note=self._open_any(month_table, "note", row[0], row[6]),
            asked_at=row[7],
            said_by=row[8],
            said_at=row[9],
        )


class SchoolMonths(SchoolMonthsSeen, Kept):
    """The months of schools, to be asked for, said and checked."""

    def ask(self, school_id: int, month: date) -> int | None:
        """Ask a school for a month, once; the id, None when it was asked before."""
        row_id = self._work.new_id()
        added = self._db.run(
            _ADD,
            id=row_id,
            school_id=school_id,
            month=month,
            state="asked",
            counted="{}",
            said="{}",
            note=None,
            asked_at=self._now,
            said_by=None,
            said_at=None,
        )
        return row_id if added else None

    def correct(self, month_id: int, said: Mapping[str, int], note: str) -> bool:
        """The school says otherwise, and why; False once it was said."""
        sealed = self._seal(month_table, "note", month_id, note)
        return self._db.run(_CORRECT, row=month_id, now_said=_json(said), now_note=sealed) == 1

    def say(self, month_id: int, counted: Mapping[str, int], *, by: int) -> bool:
        """These are the school's numbers; False when they were said before."""
        return (
            self._db.run(_SAY, row=month_id, now_counted=_json(counted), by=by, now=self._now) == 1
        )

    def send_back(self, month_id: int, note: str) -> bool:
        """The school is asked again; False when it had not answered."""
        sealed = self._seal(month_table, "note", month_id, note)
        return self._db.run(_BACK, row=month_id, now_note=sealed) == 1

    def open_check(self, area_id: int, quarter: date) -> int | None:
        """A quarter is to be checked, once; the id, None when it was opened before."""
        row_id = self._work.new_id()
        added = self._db.run(
            _ADD_CHECK,
            id=row_id,
            area_id=area_id,
            quarter=quarter,
            state="open",
            asked_at=self._now,
            checked_by=None,
            checked_at=None,
        )
        return row_id if added else None

    def checked(self, check_id: int, *, by: int) -> bool:
        """The quarter is checked; False when it was before."""
        return self._db.run(_CHECKED, row=check_id, by=by, now=self._now) == 1


def _json(numbers: Mapping[str, int]) -> str:
    return json.dumps(dict(numbers), sort_keys=True)


def _check(row: Row) -> Check:
    return Check(
        id=row[0],
        area_id=row[1],
        quarter=row[2],
        state=row[3],
        checked_by=row[4],
        checked_at=row[5],
    )
