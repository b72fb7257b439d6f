"""Duties: what must happen, by when, whose it is, and each step that was taken when it did not.

A duty is a row that rings. Its key names its cause, so that one cause sets one duty; its level
says how many steps of its ladder are behind it, and a step is taken by whoever moves it on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from sqlalchemy import Boolean, literal_column, select, update
from sqlalchemy import insert as plain_insert

from storage.repository import BELOW, Kept, Seen, given, in_parts, insert, listed
from storage.tables import duty, duty_climb

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from storage.database import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyIn:
    """A duty to be set."""

    #: Names the cause.
    key: str
    kind: str
    #: case, child, absence ...
    subject: str
    subject_id: int
    area_id: int | None
    grade: str
    person_id: int | None
    role: str = ""
    what: str = field(default="", repr=False)
    due_at: datetime
    #: When the first step of its ladder is taken; None for one that never climbs.
    rings_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """What must happen, by when, and whose it is."""

    id: int
    kind: str
    subject: str
    subject_id: int
    area_id: int | None
    grade: str
    person_id: int | None
    role: str
    what: str = field(repr=False)
    set_at: datetime
    due_at: datetime
    #: What the time was before somebody moved it.
    first_due_at: datetime
    level: int
    rings_at: datetime | None
    #: open, done, cancelled
    state: str
    ended_at: datetime | None
    ended_by: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Climb:
    """One step of a duty's ladder, as it was taken."""

    level: int
    passed_at: datetime
    fired_at: datetime
    #: self, township, county, leader
    step: str
    person_id: int | None
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A step of a duty's ladder of which somebody hears in the morning."""

    duty: Duty
    level: int
    #: self, township, county, leader
    step: str


# Written out, not bound: only so do the partial indexes of what is open come into play.
_open: ColumnElement[str] = literal_column("'open'")
_IS_OPEN = duty.c.state == _open
_DUTY = select(
    duty.c.id,
    duty.c.kind,
    duty.c.subject,
    duty.c.subject_id,
    duty.c.area_id,
    duty.c.grade,
    duty.c.person_id,
    duty.c.role,
    duty.c.what,
    duty.c.set_at,
    duty.c.due_at,
    duty.c.first_due_at,
    duty.c.level,
    duty.c.rings_at,
    duty.c.state,
    duty.c.ended_at,
    duty.c.ended_by,
)
_BY_ID = _DUTY.where(duty.c.id == given("id"))
_PAGE = _DUTY.where(duty.c.id > given("after")).order_by(duty.c.id).limit(given("limit"))
_OF_SUBJECT = _DUTY.where(
    duty.c.subject == given("subject"), duty.c.subject_id == given("subject_id")
).order_by(duty.c.due_at, duty.c.id)
_OPEN_OF = _OF_SUBJECT.where(_IS_OPEN)
_OPEN_OF_MANY = _DUTY.where(
    duty.c.subject == given("subject"), duty.c.subject_id.in_(listed("ids")), _IS_OPEN
).order_by(duty.c.due_at, duty.c.id)
_RINGING = (
    select(duty.c.id, duty.c.level, duty.c.rings_at)
    .where(_IS_OPEN, duty.c.rings_at <= given("now"))
    .order_by(duty.c.rings_at, duty.c.id)
    .limit(given("limit"))
)
_OF_PERSONS = _DUTY.where(
    _IS_OPEN, duty.c.person_id.in_(listed("people")), duty.c.due_at <= given("until")
).order_by(duty.c.due_at, duty.c.id)
_IN_AREA = _DUTY.where(
    _IS_OPEN, duty.c.area_id.in_(BELOW), duty.c.due_at <= given("until")
).order_by(duty.c.due_at, duty.c.id)
_VISITS_OF = _DUTY.where(
    duty.c.kind == literal_column("'visit'"), _IS_OPEN, duty.c.subject_id.in_(listed("children"))
)
_CLIMBS = (
    select(
        duty_climb.c.level,
        duty_climb.c.passed_at,
        duty_climb.c.fired_at,
        duty_climb.c.step,
        duty_climb.c.person_id,
        duty_climb.c.role,
    )
    .where(duty_climb.c.duty_id == given("duty_id"))
    .order_by(duty_climb.c.level)
)
_SET = insert(duty).on_conflict_do_nothing(index_elements=[duty.c.key])
_STEP = (
    update(duty)
    .where(duty.c.id == given("row"), _IS_OPEN, duty.c.level == given("was"))
    .values(level=given("now_level"), rings_at=given("now_rings"))
)
_CLIMB = plain_insert(duty_climb)
_WAITS: ColumnElement[bool] = literal_column("duty_climb.waits", Boolean)
_WAITED_FOR = (
    select(duty_climb.c.person_id)
    .where(_WAITS, duty_climb.c.person_id.is_not(None), duty_climb.c.fired_at < given("before"))
    .distinct()
)
_WAITING = (
    _DUTY.add_columns(duty_climb.c.level, duty_climb.c.step)
    .join(duty_climb, duty_climb.c.duty_id == duty.c.id)
    .where(
        _WAITS, duty_climb.c.person_id == given("person"), duty_climb.c.fired_at < given("before")
    )
    .order_by(duty_climb.c.fired_at, duty.c.due_at, duty.c.id)
)
_WAIT = (
    update(duty_climb)
    .where(duty_climb.c.duty_id == given("row"), duty_climb.c.level == given("of_level"))
    .values(waits=given("now_waits"))
)
_END = (
    update(duty)
    .where(duty.c.id == given("row"), _IS_OPEN)
    .values(state=given("now_state"), ended_at=given("now"), ended_by=given("by"))
)
_ENDABLE = select(duty.c.id).where(
    duty.c.subject == given("subject"), duty.c.subject_id == given("subject_id"), _IS_OPEN
)
_ENDABLE_KINDS = _ENDABLE.where(duty.c.kind.in_(listed("kinds")))
_GIVE = (
    update(duty)
    .where(duty.c.id == given("row"), _IS_OPEN)
    .values(person_id=given("now_person"), role=given("now_role"))
)
_PLACE = (
    update(duty)
    .where(duty.c.subject == given("subject"), duty.c.subject_id == given("of_subject"), _IS_OPEN)
    .values(area_id=given("now_area"))
)
_BRING = update(duty).where(duty.c.id == given("row")).values(subject_id=given("now_subject"))
_PUT_BACK = (
    update(duty)
    .where(duty.c.id == given("row"))
    .values(
        subject_id=given("now_subject"),
        person_id=given("now_person"),
        role=given("now_role"),
        grade=given("now_grade"),
        due_at=given("now_due"),
        level=given("now_level"),
        rings_at=given("now_rings"),
        state=_open,
        ended_at=None,
        ended_by=None,
    )
)
_HAND_OVER = (
    update(duty)
    .where(duty.c.person_id == given("was_person"), _IS_OPEN)
    .values(person_id=given("now_person"))
)
_MOVE = (
    update(duty)
    .where(duty.c.id == given("row"), _IS_OPEN)
    .values(due_at=given("now_due"), level=given("now_level"), rings_at=given("now_rings"))
)
_REWRITE = (
    update(duty)
    .where(duty.c.id == given("row"), _IS_OPEN)
    .values(
        area_id=given("now_area"),
        grade=given("now_grade"),
        person_id=given("now_person"),
        role=given("now_role"),
        what=given("now_what"),
        due_at=given("now_due"),
        rings_at=given("now_rings"),
    )
)
_REGRADE = (
    update(duty)
    .where(duty.c.id == given("row"), _IS_OPEN)
    .values(
        grade=given("now_grade"),
        due_at=given("now_due"),
        rings_at=given("now_rings"),
    )
)


class DutiesSeen(Seen):
    """Duties, to be looked at."""

    def get(self, duty_id: int) -> Duty | None:
        """One duty, whatever became of it."""
        row = self._db.one(_BY_ID, id=duty_id)
        return None if row is None else self._duty(row)

    def page(self, after: int, count: int) -> tuple[Duty, ...]:
        """So many duties of the whole county whose id comes after another."""
        return tuple(map(self._duty, self._db.all(_PAGE, after=after, limit=count)))

    def of(self, subject: str, subject_id: int) -> tuple[Duty, ...]:
        """All duties of a case or a child, also those that ended, by their time."""
        rows = self._db.all(_OF_SUBJECT, subject=subject, subject_id=subject_id)
        return tuple(map(self._duty, rows))

    #: What a look has read ahead.
    _ahead: Mapping[tuple[str, int], Sequence[Duty]] = MappingProxyType({})

    def read_ahead(self, subject: str, ids: Collection[int]) -> None:
        """Read what is open about many at once, for a look; a turn may change what it has read."""
        if isinstance(self, Kept):
            return
        found: dict[tuple[str, int], list[Duty]] = {(subject, one): [] for one in ids}
        for some in in_parts(ids):
            for row in self._db.all(_OPEN_OF_MANY, subject=subject, ids=some):
                found[subject, row[3]].append(self._duty(row))
        self._ahead = found

    def open_of(self, subject: str, subject_id: int) -> tuple[Duty, ...]:
        """What is still to be done about a case or a child, by its time."""
        if (known := self._ahead.get((subject, subject_id))) is not None:
            return tuple(known)
        rows = self._db.all(_OPEN_OF, subject=subject, subject_id=subject_id)
        return tuple(map(self._duty, rows))

    def visits_of(self, children: Iterable[int]) -> dict[int, Duty]:
        """The next visit of each of these children."""
        rows = self._db.all(_VISITS_OF, children=[*children])
        return {row[3]: self._duty(row) for row in rows}

    def of_people(self, people: Iterable[int], until: datetime) -> tuple[Duty, ...]:
        """What these people must have done by a moment, the most overdue first."""
        rows = self._db.all(_OF_PERSONS, people=[*people], until=until)
        return tuple(map(self._duty, rows))

    def below(self, area_id: int, until: datetime) -> tuple[Duty, ...]:
        """What must be done by a moment at or below an area, the most overdue first."""
        rows = self._db.all(_IN_AREA, area_id=area_id, until=until)
        return tuple(map(self._duty, rows))

    def ringing(self, now: datetime, limit: int) -> tuple[int, ...]:
        """Duties whose next step is due, the longest waiting first."""
        return tuple(row[0] for row in self._db.all(_RINGING, now=now, limit=limit))

    def climbs(self, duty_id: int) -> tuple[Climb, ...]:
        """The steps that were taken, in their order."""
        return tuple(
            Climb(
                level=row[0],
                passed_at=row[1],
                fired_at=row[2],
                step=row[3],
                person_id=row[4],
                role=row[5],
            )
            for row in self._db.all(_CLIMBS, duty_id=duty_id)
        )

    def waited_for(self, before: datetime) -> tuple[int, ...]:
        """Who has yet to hear of steps that were taken before a moment."""
        return tuple(row[0] for row in self._db.all(_WAITED_FOR, before=before))

    def waiting(self, person: int, before: datetime) -> tuple[Waiting, ...]:
        """Of which steps a person has yet to hear, of duties that are open and others."""
        return tuple(
            Waiting(duty=self._duty(row), level=row[-2], step=row[-1])
            for row in self._db.all(_WAITING, person=person, before=before)
        )

    def _duty(self, row: Row) -> Duty:
        return Duty(
            id=row[0],
            kind=row[1],
            subject=row[2],
            subject_id=row[3],
            area_id=row[4],
            grade=row[5],
            person_id=row[6],
            role=row[7],
            what=self._open_any(duty, "what", row[0], row[8]),
            set_at=row[9],
            due_at=row[10],
            first_due_at=row[11],
            level=row[12],
            rings_at=row[13],
            state=row[14],
            ended_at=row[15],
            ended_by=row[16],
        )


class Duties(DutiesSeen, Kept):
    """Duties, to be set, moved and ended."""

    def set(self, told: DutyIn) -> int | None:
        """The id of the new duty; None when this cause set one before."""
        duty_id = self._work.new_id()
        return duty_id if self._db.run(_SET, **self._new(duty_id, told)) else None

    def set_many(self, told: Sequence[DutyIn]) -> None:
        """Set duties of new causes."""
        if told:
            self._db.run_many(_SET, [self._new(self._work.new_id(), one) for one in told])

    def rewrite(self, told: Sequence[tuple[int, DutyIn]]) -> None:
        """Open duties that are something else now: whose, where, what, by when."""
        if told:
            self._db.run_many(
                _REWRITE,
                [
                    {
                        "row": duty_id,
                        "now_area": one.area_id,
                        "now_grade": one.grade,
                        "now_person": one.person_id,
                        "now_role": one.role,
                        "now_what": self._what(duty_id, one),
                        "now_due": one.due_at,
                        "now_rings": one.rings_at,
                    }
                    for duty_id, one in told
                ],
            )

    def step(self, duty_id: int, *, was: int, level: int, rings_at: datetime | None) -> bool:
        """Move the level on; False when somebody else did, or the duty ended: nothing to do."""
        moved = self._db.run(_STEP, row=duty_id, was=was, now_level=level, now_rings=rings_at)
        return moved == 1

    def climbed(self, duty_id: int, climb: Climb) -> None:
        """Record a step. The key of the table holds that each level is taken once."""
        self._db.run(
            _CLIMB,
            duty_id=duty_id,
            level=climb.level,
            passed_at=climb.passed_at,
            fired_at=climb.fired_at,
            step=climb.step,
            person_id=climb.person_id,
            role=climb.role,
            waits=None,
        )

    def wait(self, duty_id: int, level: int) -> None:
        """Whoever is to hear of a step hears in the morning."""
        self._db.run(_WAIT, row=duty_id, of_level=level, now_waits=True)

    def told(self, one: Waiting) -> None:
        """They heard, or need not hear any more."""
        self._db.run(_WAIT, row=one.duty.id, of_level=one.level, now_waits=None)

    def end(self, duty_id: int, *, by: int, state: str = "done") -> bool:
        """End one; False when it was not open."""
        return self._db.run(_END, row=duty_id, now_state=state, now=self._now, by=by) == 1

    def end_of(
        self,
        subject: str,
        subject_id: int,
        *,
        by: int,
        kinds: Sequence[str] | None = None,
        state: str = "done",
    ) -> tuple[int, ...]:
        """End what is open about a case or a child, of all kinds or some; their ids."""
        values = {"subject": subject, "subject_id": subject_id}
        rows = (
            self._db.all(_ENDABLE, **values)
            if kinds is None
            else self._db.all(_ENDABLE_KINDS, **values, kinds=[*kinds])
        )
        return tuple(row[0] for row in rows if self.end(row[0], by=by, state=state))

    def give(self, duty_id: int, person_id: int | None, role: str) -> None:
        """Let an open duty be somebody's."""
        self._db.run(_GIVE, row=duty_id, now_person=person_id, now_role=role)

    def place(self, subject: str, subject_id: int, area_id: int) -> None:
        """What is to be done about something climbs from this place now."""
        self._db.run(_PLACE, subject=subject, of_subject=subject_id, now_area=area_id)

    def bring(self, duty_id: int, subject_id: int) -> None:
        """Let a duty be about another case or child."""
        self._db.run(_BRING, row=duty_id, now_subject=subject_id)

    def put_back(self, one: Duty) -> None:
        """Let a duty be open again, as it is given."""
        self._db.run(
            _PUT_BACK,
            row=one.id,
            now_subject=one.subject_id,
            now_person=one.person_id,
            now_role=one.role,
            now_grade=one.grade,
            now_due=one.due_at,
            now_level=one.level,
            now_rings=one.rings_at,
        )

    def hand_over(self, person_id: int, to_person_id: int) -> int:
        """All open duties of a person are another's; how many."""
        return self._db.run(_HAND_OVER, was_person=person_id, now_person=to_person_id)

    def move(self, duty_id: int, due_at: datetime, rings_at: datetime | None, level: int) -> None:
        """Another time; the first one stays known."""
        self._db.run(_MOVE, row=duty_id, now_due=due_at, now_rings=rings_at, now_level=level)

    def hasten(
        self, duty_id: int, grade: str, due_at: datetime, rings_at: datetime | None
    ) -> None:
        """Another grade and the time that goes with it."""
        self._db.run(_REGRADE, row=duty_id, now_grade=grade, now_due=due_at, now_rings=rings_at)

    def _new(self, duty_id: int, told: DutyIn) -> dict[str, object]:
        return {
            "id": duty_id,
            "key": told.key,
            "kind": told.kind,
            "subject": told.subject,
            "subject_id": told.subject_id,
            "area_id": told.area_id,
            "grade": told.grade,
            "person_id": told.person_id,
            "role": told.role,
            "what": self._what(duty_id, told),
            "set_at": self._now,
            "due_at": told.due_at,
            "first_due_at": told.due_at,
            "level": 0,
            "rings_at": told.rings_at,
            "state": "open",
            "ended_at": None,
            "ended_by": None,
        }

    def _what(self, duty_id: int, told: DutyIn) -> bytes | None:
        return self._seal(duty, "what", duty_id, told.what) if told.what else None
