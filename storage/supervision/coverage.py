"""Whom the work reached as a day ended: children by the place of today, each by one statement.

Facts are asked as of a moment, so that a day that is over has the same numbers for ever; who lived
elsewhere then is known to whoever asks (handlers/supervision/coverage.py), and asked about by id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, exists, func, literal_column, not_, or_, select

from storage.repository import HIDDEN, Seen, given, hiding, in_parts, listed
from storage.tables import (
    area_closure,
    case_entry,
    case_file,
    case_report,
    child,
    child_entry,
    duty,
    role,
    visit,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Select

    from storage.supervision.spans import Span

_BELOW = select(area_closure.c.below_id).where(area_closure.c.above_id == given("area_id"))
_IS_DONE = visit.c.result == literal_column("'done'")
_OF_CHILD = visit.c.child_id == child.c.id
#: What a police station says when it has taken a case up (policy/lifecycle.toml).
TAKEN = ("police_taken", "police_arrived")

# -- statements -----------------------------------------------------------------------------------

_WAS_LOOKED_AT = exists().where(
    _OF_CHILD, _IS_DONE, visit.c.on_day > given("first"), visit.c.on_day <= given("last")
)
_WAS_CHANGED = exists().where(
    child_entry.c.child_id == child.c.id,
    child_entry.c.entered_at > given("since"),
    child_entry.c.entered_at <= given("until"),
)
# Most were visited: only of the others is it asked when their files changed, and of few of these
# more than whether they did at all.
_IS_STALE = and_(
    not_(_WAS_LOOKED_AT), or_(child.c.updated_at <= given("since"), not_(_WAS_CHANGED))
)
#: When the last visit but one that fell due was set: two periods begin there.
_BEGAN = (
    select(duty.c.set_at)
    .where(
        duty.c.subject == literal_column("'child'"),
        duty.c.subject_id == child.c.id,
        duty.c.kind == literal_column("'visit'"),
        duty.c.due_at <= given("until"),
        duty.c.state.in_((literal_column("'open'"), literal_column("'done'"))),
    )
    .order_by(duty.c.due_at.desc(), duty.c.id.desc())
    .limit(1)
    .offset(1)
    .correlate(child)
    .scalar_subquery()
)
_IS_UNSEEN = and_(
    _BEGAN.is_not(None),
    not_(
        exists().where(
            _OF_CHILD,
            _IS_DONE,
            visit.c.seen.is_(True),
            visit.c.true_at > _BEGAN,
            visit.c.true_at <= given("until"),
        )
    ),
)


def _of(is_so: ColumnElement[bool]) -> tuple[Select[Any], Select[Any]]:
    """The children of a place of whom something is so, and those among some."""
    found = select(child.c.id).where(is_so).order_by(child.c.id)
    here = found.where(child.c.area_id.in_(_BELOW), child.c.status == literal_column("'active'"))
    return here, found.where(child.c.id.in_(listed("ids")))


_STALE, _UNSEEN = _of(_IS_STALE), _of(_IS_UNSEEN)
_DUE = (
    select(duty.c.subject_id)
    .where(
        duty.c.kind == literal_column("'visit'"),
        duty.c.area_id.in_(_BELOW),
        duty.c.due_at > given("since"),
        duty.c.due_at <= given("until"),
        duty.c.state.in_((literal_column("'open'"), literal_column("'done'"))),
    )
    .group_by(duty.c.subject_id)
    .order_by(duty.c.subject_id)
)
_IS_MADE = (
    visit.c.area_id.in_(_BELOW),
    visit.c.true_at > given("since"),
    visit.c.true_at <= given("until"),
    _IS_DONE,
)
_VISITED = select(visit.c.child_id).where(*_IS_MADE).group_by(visit.c.child_id)
_HOMES = (
    select(func.min(child.c.id))
    .join_from(visit, child, child.c.id == visit.c.child_id)
    .where(*_IS_MADE)
    .group_by(child.c.household_id)
    .order_by(func.min(child.c.id))
)
_BY_KIND = (
    select(visit.c.kind, func.count(), func.sum(case((visit.c.seen.is_(True), 1), else_=0)))
    .where(*_IS_MADE)
    .group_by(visit.c.kind)
)
_OF_KINDS = (
    select(visit.c.child_id, visit.c.kind, visit.c.seen, visit.c.true_at)
    .where(*_IS_MADE)
    .order_by(visit.c.true_at.desc(), visit.c.id.desc())
)
_IS_MENDED = and_(
    case_file.c.closed_at <= given("until"), case_file.c.solved == literal_column("'yes'")
)
_FOUND = hiding(
    select(case_file.c.id, func.max(case((_IS_MENDED, 1), else_=0)))
    .join_from(visit, case_report, case_report.c.report_id == visit.c.report_id)
    .join(case_file, case_file.c.id == case_report.c.case_id)
    .where(*_IS_MADE)
    .group_by(case_file.c.id)
    .order_by(case_file.c.id.desc()),
    case_file.c.id.in_(HIDDEN),
)
_HELD = (
    select(role.c.area_id)
    .where(
        role.c.role == given("role"),
        role.c.area_id.in_(_BELOW),
        role.c.since <= given("at"),
        or_(role.c.until.is_(None), role.c.until > given("at")),
    )
    .distinct()
)
_ALARMED = hiding(
    select(case_file.c.id, case_file.c.opened_at, func.min(case_entry.c.true_at))
    .join_from(case_file, case_entry, case_entry.c.case_id == case_file.c.id)
    .where(
        case_file.c.area_id.in_(_BELOW),
        case_file.c.joined_into.is_(None),
        case_file.c.opened_at > given("since"),
        case_file.c.opened_at <= given("until"),
        case_entry.c.act.in_(listed("taken")),
        case_entry.c.entered_at <= given("until"),
    )
    .group_by(case_file.c.id, case_file.c.opened_at)
    .order_by(case_file.c.opened_at.desc(), case_file.c.id.desc()),
    case_file.c.id.in_(HIDDEN),
)


class CoverageSeen(Seen):
    """Whom the work reached; policy/figures.toml says what each number means."""

    def stale(
        self, days: tuple[date, date], span: Span, area_id: int = 0, ids: Collection[int] = ()
    ) -> tuple[int, ...]:
        """Whose file nobody changed, and whom nobody visited: of a place, or of these."""
        first, last = days
        when = {"first": first, "last": last, "since": span.since, "until": span.until}
        return self._either(_STALE, area_id, ids, when)

    def unseen(
        self, until: datetime, area_id: int = 0, ids: Collection[int] = ()
    ) -> tuple[int, ...]:
        """Who was not seen since the last visit but one that fell due was set."""
        return self._either(_UNSEEN, area_id, ids, {"until": until})

    def due(self, area_id: int, span: Span) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The children with a visit that fell due in a span: all, and those visited in it."""
        when = {"since": span.since, "until": span.until}
        due = [row[0] for row in self._db.all(_DUE, area_id=area_id, **when)]
        made = {row[0] for row in self._db.all(_VISITED, area_id=area_id, **when)}
        return tuple(due), tuple(one for one in due if one in made)

    def homes(self, area_id: int, span: Span) -> tuple[int, ...]:
        """A child of each household that was visited in a span."""
        when = {"since": span.since, "until": span.until}
        return tuple(row[0] for row in self._db.all(_HOMES, area_id=area_id, **when))

    def by_kind(self, area_id: int, span: Span) -> Mapping[str, tuple[int, int]]:
        """Visits of a span by their kind: how many, and in how many the child was seen."""
        when = {"since": span.since, "until": span.until}
        rows = self._db.all(_BY_KIND, area_id=area_id, **when)
        return {row[0]: (int(row[1]), int(row[2])) for row in rows}

    def of_kinds(self, area_id: int, span: Span) -> Iterator[tuple[int, str, bool, datetime]]:
        """The same one by one, the newest first: child, kind, whether it was seen, and when."""
        when = {"since": span.since, "until": span.until}
        for row in self._db.all(_OF_KINDS, area_id=area_id, **when):
            yield row[0], row[1], bool(row[2]), row[3]

    def found(
        self, area_id: int, span: Span, *, hidden: Collection[int] = ()
    ) -> Mapping[int, bool]:
        """The cases that came of visits of a span; whether they are closed, and that helped."""
        statement, more = _FOUND.of(hidden)
        when = {"since": span.since, "until": span.until}
        rows = self._db.all(statement, area_id=area_id, **when, **more)
        return {row[0]: bool(row[1]) for row in rows}

    def held(self, area_id: int, post: str, at: datetime) -> frozenset[int]:
        """The places where somebody held a post at a moment."""
        rows = self._db.all(_HELD, area_id=area_id, role=post, at=at)
        return frozenset(row[0] for row in rows)

    def alarmed(
        self, area_id: int, span: Span, *, hidden: Collection[int] = ()
    ) -> tuple[tuple[int, datetime, datetime], ...]:
        """Cases of a span that the police took up: when the first word came, and when they did."""
        statement, more = _ALARMED.of(hidden)
        when = {"since": span.since, "until": span.until}
        rows = self._db.all(statement, area_id=area_id, taken=[*TAKEN], **when, **more)
        return tuple((row[0], row[1], row[2]) for row in rows)

    def _either(
        self,
        statements: tuple[Select[Any], Select[Any]],
        area_id: int,
        ids: Collection[int],
        when: Mapping[str, object],
    ) -> tuple[int, ...]:
        here, among = statements
        if area_id:
            return tuple(row[0] for row in self._db.all(here, area_id=area_id, **when))
        some = [row[0] for part in in_parts(ids) for row in self._db.all(among, ids=part, **when)]
        return tuple(some)
