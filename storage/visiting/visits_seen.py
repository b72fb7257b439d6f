"""Which visits were made and when the next ones are due."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import exists, func, literal_column, or_, select

from storage.children.responsibilities_seen import IS_PRIMARY
from storage.ids import first_id
from storage.repository import BELOW_ANY, Seen, given, listed, unindexed
from storage.supervision.raw_rows import raw
from storage.supervision.spans import MICROSECOND, Span, Tops, begins
from storage.tables import (
    area_closure,
    child,
    duty,
    duty_climb,
    pause,
    responsibility,
    visit,
    visit_plan,
)
from storage.visiting.visit import Due, Past, Pause, Plan, Visit

if TYPE_CHECKING:
    from datetime import date, datetime

    from storage.database import Row


#: Failed visits that are older play no part any more.
FAILURES_SINCE = timedelta(days=400)
_VISIT = select(
    visit.c.id,
    visit.c.child_id,
    visit.c.kind,
    visit.c.result,
    visit.c.reason,
    visit.c.seen,
    visit.c.alone,
    visit.c.answers,
    visit.c.person_id,
    visit.c.role,
    visit.c.source,
    visit.c.on_day,
    visit.c.true_at,
    visit.c.entered_at,
    visit.c.next_on,
    visit.c.report_id,
    visit.c.area_id,
)
_BY_ID = _VISIT.where(visit.c.id == given("id"))
_OF_CHILD = (
    _VISIT.where(visit.c.child_id == given("child_id"))
    .order_by(visit.c.true_at.desc(), visit.c.id.desc())
    .limit(given("limit"))
)
_LATEST = (
    select(visit.c.child_id, visit.c.kind, visit.c.seen, func.max(visit.c.on_day))
    .where(visit.c.child_id.in_(listed("children")), visit.c.result == "done")
    .group_by(visit.c.child_id, visit.c.kind, visit.c.seen)
)
_FAILED = (
    select(visit.c.child_id, visit.c.on_day, visit.c.reason)
    .where(
        visit.c.child_id.in_(listed("children")),
        visit.c.result == "failed",
        visit.c.on_day >= given("since"),
    )
    .order_by(visit.c.on_day, visit.c.id)
)
_PROMISED = (
    select(visit.c.child_id, visit.c.on_day, visit.c.next_on)
    .where(visit.c.child_id.in_(listed("children")), visit.c.next_on >= given("since"))
    .order_by(visit.c.on_day, visit.c.id)
)
_ENTERED_BY = _VISIT.where(
    visit.c.id >= given("first"), visit.c.person_id == given("person_id")
).order_by(visit.c.id.desc())
_PAUSE = select(
    pause.c.id,
    pause.c.child_id,
    pause.c.household_id,
    pause.c.reason,
    pause.c.first_day,
    pause.c.last_day,
    pause.c.person_id,
    pause.c.entered_at,
)
_PAUSE_BY_ID = _PAUSE.where(pause.c.id == given("id"))
_PAUSES = _PAUSE.where(
    or_(
        pause.c.child_id.in_(listed("children")),
        pause.c.household_id.in_(listed("households")),
    )
).order_by(pause.c.first_day, pause.c.id)
_PLANS = select(
    visit_plan.c.child_id,
    visit_plan.c.made_by,
    visit_plan.c.entered_at,
    visit_plan.c.tier,
    visit_plan.c.tags,
    visit_plan.c.tiered_at,
    visit_plan.c.tagged_at,
    visit_plan.c.missed,
    visit_plan.c.quiet_until,
).where(visit_plan.c.child_id.in_(listed("children")))
# Two stretches of the index, where "is not" would walk through all of it.
_OLDER = (
    select(visit_plan.c.child_id)
    .where(visit_plan.c.made_by < given("made_by"))
    .limit(given("limit"))
)
_OTHER = (
    select(visit_plan.c.child_id)
    .where(visit_plan.c.made_by > given("made_by"))
    .limit(given("limit"))
)
_QUIETED = select(visit_plan.c.child_id, visit_plan.c.quiet_until).where(
    visit_plan.c.quiet_until > given("day")
)
_IS_OPEN_VISIT = (duty.c.kind == "visit") & (duty.c.state == "open")
_DUE = (
    select(
        duty.c.id,
        duty.c.subject_id,
        duty.c.area_id,
        duty.c.person_id,
        duty.c.due_at,
        duty.c.grade,
    )
    .where(_IS_OPEN_VISIT, duty.c.due_at <= given("until"))
    .order_by(duty.c.due_at, duty.c.id)
)
_AHEAD = (
    select(duty.c.person_id, func.count())
    .where(
        _IS_OPEN_VISIT,
        duty.c.due_at > given("after"),
        duty.c.due_at <= given("until"),
        duty.c.person_id.is_not(None),
    )
    .group_by(duty.c.person_id)
    .having(func.count() >= given("least"))
)
# The steps that were taken for what is still to be done.
_CLIMBED = (
    select(duty_climb.c.person_id, duty.c.subject_id)
    .join_from(duty, duty_climb, duty_climb.c.duty_id == duty.c.id)
    .where(
        _IS_OPEN_VISIT,
        duty.c.due_at <= given("until"),
        duty.c.level > 0,
        duty_climb.c.passed_at <= given("until"),
    )
    .order_by(duty.c.due_at, duty.c.id, duty_climb.c.level)
)
_UNPLANNED = (
    select(child.c.id)
    .where(child.c.status == "active", ~exists().where(visit_plan.c.child_id == child.c.id))
    .limit(given("limit"))
)
_primary = (
    select(responsibility.c.person_id)
    .where(responsibility.c.child_id == duty.c.subject_id, IS_PRIMARY)
    .limit(1)
    .scalar_subquery()
)
_IN_WRONG_HANDS = (
    select(duty.c.subject_id)
    .where(_IS_OPEN_VISIT, duty.c.person_id.is_distinct_from(_primary))
    .limit(given("limit"))
)
_OF_NOBODY = (
    select(visit_plan.c.child_id)
    .join_from(visit_plan, child, child.c.id == visit_plan.c.child_id)
    .where(child.c.status != "active")
    .limit(given("limit"))
)
# All visits of a day end at the same time, so that there are few rows.
_BY_TIME = raw(
    select(duty.c.due_at, duty.c.state, func.count())
    .where(
        duty.c.kind == literal_column("'visit'"),
        duty.c.due_at > given("since"),
        duty.c.due_at <= given("until"),
        duty.c.state.in_(("open", "done")),
    )
    .group_by(duty.c.due_at, duty.c.state)
    .order_by(duty.c.due_at),
    duty.c.area_id,
)
# What is open has an index of its own, with far less in it.
_IS_TO_DO = (
    unindexed(duty.c.kind, "") == literal_column("'visit'"),
    duty.c.state == literal_column("'open'"),
    duty.c.area_id.in_(BELOW_ANY),
    duty.c.due_at < given("until"),
)
_HOW_MANY = select(func.count()).select_from(duty).where(*_IS_TO_DO)
_WHOSE = (
    select(duty.c.subject_id)
    .where(*_IS_TO_DO, duty.c.due_at >= given("since"))
    .order_by(duty.c.due_at, duty.c.id)
    .limit(given("count"))
    .offset(given("skip"))
)
_WALKED = (
    _VISIT.join_from(visit, child, child.c.id == visit.c.child_id)
    .where(
        visit.c.id > given("after"),
        visit.c.on_day >= given("since"),
        exists().where(
            area_closure.c.below_id == child.c.area_id,
            area_closure.c.above_id == given("top", child.c.area_id.type),
        ),
    )
    .order_by(visit.c.id)
    .limit(given("count"))
)
_PAGE = _VISIT.where(visit.c.id > given("after")).order_by(visit.c.id).limit(given("count"))


class VisitsSeen(Seen):
    """Visits, to be looked at."""

    def get(self, visit_id: int) -> Visit | None:
        """One visit."""
        row = self._db.one(_BY_ID, id=visit_id)
        return None if row is None else self._visit(row)

    def of_child(self, child_id: int, limit: int = 20) -> tuple[Visit, ...]:
        """A child's visits, done, failed and explained; the latest first."""
        return tuple(map(self._visit, self._db.all(_OF_CHILD, child_id=child_id, limit=limit)))

    def entered_by(self, person_id: int, since: datetime) -> tuple[Visit, ...]:
        """What somebody entered since a moment, the last first."""
        rows = self._db.all(_ENTERED_BY, person_id=person_id, first=first_id(since))
        return tuple(map(self._visit, rows))

    def walked(self, top: int, *, since: date, after: int, count: int) -> tuple[Visit, ...]:
        """So many visits of children at or below a place, whose id comes after another."""
        rows = self._db.all(_WALKED, top=top, since=since, after=after, count=count)
        return tuple(self._visit(row) for row in rows)

    def page(self, after: int, count: int) -> tuple[Visit, ...]:
        """So many visits of the whole county whose id comes after another."""
        return tuple(map(self._visit, self._db.all(_PAGE, after=after, count=count)))

    def past(self, children: Collection[int], today: date) -> Mapping[int, Past]:
        """What the next visits of these children depend on; children without any have nothing."""
        told: dict[int, Past] = defaultdict(lambda: Past())
        ids = [*children]
        for row in self._db.all(_LATEST, children=ids):
            told[row[0]].done.append((row[3], row[1], row[2]))
        since = today - FAILURES_SINCE
        for row in self._db.all(_FAILED, children=ids, since=since):
            told[row[0]].failed.append((row[1], row[2]))
        for row in self._db.all(_PROMISED, children=ids, since=since):
            told[row[0]].promised = (row[1], row[2])
        return told

    def pauses(self, children: Collection[int], households: Collection[int]) -> tuple[Pause, ...]:
        """The pauses of these children and households, whenever they were."""
        rows = self._db.all(_PAUSES, children=[*children], households=[*households])
        return tuple(map(_pause, rows))

    def pause(self, pause_id: int) -> Pause | None:
        """One pause."""
        row = self._db.one(_PAUSE_BY_ID, id=pause_id)
        return None if row is None else _pause(row)

    def plans(self, children: Collection[int]) -> Mapping[int, Plan]:
        """What these children's next visits were planned from."""
        rows = self._db.all(_PLANS, children=[*children])
        return {row[0]: _plan(row) for row in rows}

    def stale(self, made_by: str, limit: int) -> tuple[int, ...]:
        """Children whose next visit was not planned by these tables from what is known now."""
        rows = self._db.all(_OLDER, made_by=made_by, limit=limit)
        rows = rows or self._db.all(_OTHER, made_by=made_by, limit=limit)
        return tuple(row[0] for row in rows)

    def strays(self, limit: int) -> tuple[int, ...]:
        """Children whose plan nobody stirred: a lent one who is back, one who came unseen."""
        found = [
            row[0]
            for statement in (_UNPLANNED, _IN_WRONG_HANDS, _OF_NOBODY)
            for row in self._db.all(statement, limit=limit, now=self._now)
        ]
        return tuple(dict.fromkeys(found))

    def due(self, until: datetime) -> tuple[Due, ...]:
        """All visits that must have taken place by a moment, the most overdue first."""
        return tuple(
            Due(
                duty_id=row[0],
                child_id=row[1],
                area_id=row[2],
                person_id=row[3],
                due_at=row[4],
                grade=row[5],
            )
            for row in self._db.all(_DUE, until=until)
        )

    def ahead(self, after: datetime, until: datetime, least: int) -> Mapping[int, int]:
        """Who has at least so many visits to make in a span, and how many."""
        return dict(self._db.all(_AHEAD, after=after, until=until, least=least))

    def by_time(
        self, tops: Collection[int], since: datetime, until: datetime
    ) -> tuple[tuple[datetime, str, int], ...]:
        """How many visits at or below some areas end at which moment, open and done ones.

        Of whole days that are counted it is the last second of the day.
        """
        days, span = self._reading.day_counts, Span(since - MICROSECOND, until - MICROSECOND)
        of = Tops(rows=tuple(tops)) if span.ends() else days.tops(tops)
        found: list[tuple[datetime, str, int]] = []
        due, met = (days.by_day(name, of, span) for name in ("due", "met"))
        for day, count in due.items():
            moment = begins(day + timedelta(days=1)) - timedelta(seconds=1)
            found += [(moment, "open", count - met[day]), (moment, "done", met[day])]
        rows = days.rows(_BY_TIME, of, span)
        return (*found, *((row[0], row[1], row[2]) for row in rows))

    def late(self, tops: Collection[int]) -> int:
        """How many visits at or below some areas should have been made by now."""
        row = self._db.one(_HOW_MANY, tops=[*tops], until=self._now)
        return 0 if row is None else int(row[0])

    def whose(
        self, tops: Collection[int], since: datetime, until: datetime, *, skip: int, count: int
    ) -> tuple[int, ...]:
        """The children whose open visit ends within a time, the longest overdue first."""
        span = {"since": since, "until": until}
        rows = self._db.all(_WHOSE, tops=[*tops], **span, skip=skip, count=count)
        return tuple(row[0] for row in rows)

    def climbed(self, until: datetime) -> Mapping[int, tuple[int, ...]]:
        """Whom to ask about which children: the missed visits that climbed to a person by then."""
        found: dict[int, dict[int, None]] = defaultdict(dict)
        for person_id, child_id in self._db.all(_CLIMBED, until=until):
            if person_id is not None:
                found[person_id][child_id] = None
        return {person: tuple(children) for person, children in found.items()}

    def quiet_on(self, day: date) -> frozenset[int]:
        """Children of whom no digest speaks before another day."""
        return frozenset(row[0] for row in self._db.all(_QUIETED, day=day))

    def _visit(self, row: Row) -> Visit:
        return Visit(
            id=row[0],
            child_id=row[1],
            kind=row[2],
            result=row[3],
            reason=row[4],
            seen=row[5],
            alone=row[6],
            answers=self._open(visit, "answers", row[0], row[7]),
            person_id=row[8],
            role=row[9],
            source=row[10],
            on_day=row[11],
            true_at=row[12],
            entered_at=row[13],
            next_on=row[14],
            report_id=row[15],
            area_id=row[16],
        )


def _pause(row: Row) -> Pause:
    return Pause(
        id=row[0],
        child_id=row[1],
        household_id=row[2],
        reason=row[3],
        first_day=row[4],
        last_day=row[5],
        person_id=row[6],
        entered_at=row[7],
    )


def _plan(row: Row) -> Plan:
    return Plan(
        child_id=row[0],
        made_by=row[1],
        entered_at=row[2],
        tier=row[3],
        tags=row[4],
        tiered_at=row[5],
        tagged_at=row[6],
        missed=row[7],
        quiet_until=row[8],
    )
