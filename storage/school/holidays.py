"""School holidays: which children a school hands to the villages, and who looks after each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, select, update

from storage.repository import Kept, Seen, given, insert
from storage.tables import child, holiday, holiday_child, pupil, school, school_class

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from storage.database import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday:
    """A holiday of one school."""

    id: int
    school_id: int
    first: date
    last: date
    #: asked, sent, over, back
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InHoliday:
    """A child in a holiday."""

    holiday_id: int
    pupil_id: int
    child_id: int
    area_id: int
    #: Who looks after the child; None while nobody was named.
    person_id: int | None
    taken_at: datetime | None


_HOLIDAY = select(
    holiday.c.id, holiday.c.school_id, holiday.c.first_day, holiday.c.last_day, holiday.c.state
)
_BY_ID = _HOLIDAY.where(holiday.c.id == given("id"))
_ENDED = _HOLIDAY.where(
    holiday.c.last_day < given("today"), holiday.c.state.in_(("asked", "sent"))
).order_by(holiday.c.id)
_UNASKED = (
    select(school.c.id)
    .outerjoin_from(
        school,
        holiday,
        and_(holiday.c.school_id == school.c.id, holiday.c.first_day == given("first")),
    )
    .where(holiday.c.id.is_(None))
    .order_by(school.c.id)
    .limit(given("limit"))
)
_REGISTERED = (
    select(pupil.c.id, child.c.id, child.c.area_id)
    .join_from(pupil, school_class, school_class.c.id == pupil.c.class_id)
    .join(child, child.c.id == pupil.c.child_id)
    .where(
        school_class.c.school_id == given("school_id"),
        pupil.c.until.is_(None),
        child.c.status == "active",
    )
    .order_by(child.c.area_id, pupil.c.id)
)
_CHILDREN = (
    select(
        holiday_child.c.holiday_id,
        holiday_child.c.pupil_id,
        holiday_child.c.child_id,
        holiday_child.c.area_id,
        holiday_child.c.person_id,
        holiday_child.c.taken_at,
    )
    .where(holiday_child.c.holiday_id == given("holiday_id"))
    .order_by(holiday_child.c.area_id, holiday_child.c.pupil_id)
)
_ADD = insert(holiday).on_conflict_do_nothing(
    index_elements=[holiday.c.school_id, holiday.c.first_day]
)
_ADD_CHILD = insert(holiday_child)
_TO = (
    update(holiday)
    .where(holiday.c.id == given("row"), holiday.c.state == given("was"))
    .values(state=given("now_state"))
)
_IS_ONE = (
    holiday_child.c.holiday_id == given("of"),
    holiday_child.c.pupil_id == given("who"),
    holiday_child.c.taken_at.is_(None),
)
_NAME = update(holiday_child).where(*_IS_ONE).values(person_id=given("person"))
_ELSEWHERE = update(holiday_child).where(*_IS_ONE).values(area_id=given("to_area"), person_id=None)
_TAKE = update(holiday_child).where(*_IS_ONE).values(taken_by=given("by"), taken_at=given("now"))
_HAND_OVER = (
    update(holiday_child)
    .where(
        holiday_child.c.person_id == given("was_person"),
        holiday_child.c.holiday_id.in_(select(holiday.c.id).where(holiday.c.state != "back")),
    )
    .values(person_id=given("now_person"))
)


class HolidaysSeen(Seen):
    """Holidays, to be looked at."""

    def get(self, holiday_id: int) -> Holiday | None:
        """One holiday of one school."""
        row = self._db.one(_BY_ID, id=holiday_id)
        return None if row is None else _holiday(row)

    def unasked(self, first: date, limit: int) -> tuple[int, ...]:
        """Schools that were not asked for the holiday that begins on a day."""
        return tuple(row[0] for row in self._db.all(_UNASKED, first=first, limit=limit))

    def ended(self, today: date) -> tuple[Holiday, ...]:
        """Those that are over, whose school was not asked yet who is back."""
        return tuple(map(_holiday, self._db.all(_ENDED, today=today)))

    def registered(self, school_id: int) -> tuple[tuple[int, int, int], ...]:
        """The pupils of a school who are in the register: pupil, child, and where they live."""
        rows = self._db.all(_REGISTERED, school_id=school_id)
        return tuple((row[0], row[1], row[2]) for row in rows)

    def children(self, holiday_id: int) -> tuple[InHoliday, ...]:
        """The children who were handed over, place by place."""
        return tuple(
            InHoliday(
                holiday_id=row[0],
                pupil_id=row[1],
                child_id=row[2],
                area_id=row[3],
                person_id=row[4],
                taken_at=row[5],
            )
            for row in self._db.all(_CHILDREN, holiday_id=holiday_id)
        )


class Holidays(HolidaysSeen, Kept):
    """Holidays, to be handed over."""

    def ask(self, school_id: int, first: date, last: date) -> int | None:
        """A school is asked for a holiday, once; the id, None when it was before."""
        row_id = self._work.new_id()
        added = self._db.run(
            _ADD,
            id=row_id,
            school_id=school_id,
            first_day=first,
            last_day=last,
            state="asked",
            asked_at=self._now,
        )
        return row_id if added else None

    def to_state(self, holiday_id: int, state: str, *, was: str) -> bool:
        """Move it on; False when it stood elsewhere already."""
        return self._db.run(_TO, row=holiday_id, now_state=state, was=was) == 1

    def add(self, holiday_id: int, rows: Iterable[tuple[int, int, int, int | None]]) -> None:
        """Pupil, child, village, and who answers for the child anyway."""
        added = [
            {
                "holiday_id": holiday_id,
                "pupil_id": pupil_id,
                "child_id": child_id,
                "area_id": area_id,
                "person_id": person_id,
                "taken_by": None,
                "taken_at": None,
            }
            for pupil_id, child_id, area_id, person_id in rows
        ]
        self._db.run_many(_ADD_CHILD, added)

    def name(self, one: InHoliday, person_id: int) -> bool:
        """Somebody looks after the child in the holiday; False once it is settled."""
        return self._db.run(_NAME, of=one.holiday_id, who=one.pupil_id, person=person_id) == 1

    def hand_over(self, person_id: int, to_person_id: int) -> int:
        """Whom a person looks after in a holiday, another does from now on; how many children."""
        return self._db.run(_HAND_OVER, was_person=person_id, now_person=to_person_id)

    def elsewhere(self, one: InHoliday, area_id: int) -> bool:
        """The child does not live there: another place is asked."""
        return self._db.run(_ELSEWHERE, of=one.holiday_id, who=one.pupil_id, to_area=area_id) == 1

    def take(self, one: InHoliday, *, by: int) -> bool:
        """The child is accepted; False when it was before."""
        return self._db.run(_TAKE, of=one.holiday_id, who=one.pupil_id, by=by, now=self._now) == 1


def _holiday(row: Row) -> Holiday:
    return Holiday(id=row[0], school_id=row[1], first=row[2], last=row[3], state=row[4])
