"""The list behind a number of days, the newest first, a page of it.

What is kept of days says on which of them a page lies, however far back: only these are read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from storage.repository import Seen, given
from storage.supervision.day_facts import (
    CAME_BACK,
    CLOSED,
    FELL_DUE,
    MADE,
    REPORTED,
    TO_TELL,
    Fact,
    within,
)
from storage.supervision.raw_rows import Raw, Raws, raw
from storage.supervision.spans import DAY, MICROSECOND, Span, begins
from storage.tables import absence, case_file, duty, report, visit

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date, datetime

    from sqlalchemy import ColumnElement


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Rows of a list with their moments, of how many in all."""

    of: int
    rows: tuple[tuple[int, datetime], ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _List:
    fact: Fact
    name: str
    statement: Raws


def _list(fact: Fact, name: str, ids: ColumnElement[Any], row: ColumnElement[Any]) -> _List:
    found = select(ids, fact.moment).where(*within(fact))
    if (is_so := fact.numbers[name]) is not None:
        found = found.where(is_so)
    page = found.order_by(fact.moment.desc(), row.desc())
    page = page.limit(given("count")).offset(given("skip"))
    return _List(fact=fact, name=name, statement=raw(page, fact.area, fact.is_hidden))


#: By figure. Of visits it is the children, of answers to reporters the cases.
_LISTS: Mapping[str, _List] = {
    "visits_due": _list(FELL_DUE, "due", duty.c.subject_id, duty.c.id),
    "visits_in_time": _list(FELL_DUE, "in_time", duty.c.subject_id, duty.c.id),
    "visits_late": _list(FELL_DUE, "late", duty.c.subject_id, duty.c.id),
    "visits_failed": _list(MADE, "failed", visit.c.child_id, visit.c.id),
    "visits_done": _list(MADE, "done", visit.c.child_id, visit.c.id),
    "child_seen": _list(MADE, "seen", visit.c.child_id, visit.c.id),
    "seen_alone": _list(MADE, "alone", visit.c.child_id, visit.c.id),
    "returned": _list(CAME_BACK, "returned", absence.c.id, absence.c.id),
    "closed": _list(CLOSED, "closed", case_file.c.id, case_file.c.id),
    "solved": _list(CLOSED, "solved", case_file.c.id, case_file.c.id),
    "reports": _list(REPORTED, "reports", report.c.id, report.c.id),
    "told": _list(TO_TELL, "told", duty.c.subject_id, duty.c.id),
    "told_due": _list(TO_TELL, "told_due", duty.c.subject_id, duty.c.id),
}


class DayListsSeen(Seen):
    """What the numbers of days count."""

    def page(
        self,
        figure: str,
        area_id: int,
        span: Span,
        *,
        skip: int,
        count: int,
        hidden: Collection[int] = (),
    ) -> Page | None:
        """What a number counts in a span; None for a number that is not of days."""
        wanted = _LISTS.get(figure)
        if wanted is None:
            return None
        days = self._reading.day_counts.days_of(
            wanted.fact, wanted.name, area_id, span, hidden=hidden
        )
        lies = _lies(days, skip, count)
        if lies is None:
            return Page(of=sum(days.values()), rows=())
        first, last, left = lies
        statement, more = wanted.statement.of(hidden)
        rows = self._rows(
            statement,
            area_id,
            since=max(span.since, begins(first) - MICROSECOND),
            until=min(span.until, begins(last + DAY) - MICROSECOND),
            skip=left,
            count=count,
            **more,
        )
        return Page(of=sum(days.values()), rows=tuple((row[0], row[1]) for row in rows))

    def _rows(self, statement: Raw, area_id: int, **page: object) -> list[tuple[Any, ...]]:
        tree = self._reading.areas
        if any(area_id == root.id for root in tree.roots()):
            return self._db.all(statement.hours, places=[area_id], **page)
        if self._db.is_postgresql:
            return self._db.all(statement.named, places=[*tree.descendants(area_id)], **page)
        return self._db.all(statement.below, places=[area_id], **page)


def _lies(days: Mapping[date, int], skip: int, count: int) -> tuple[date, date, int] | None:
    """On which days a page lies, and after how many of the last of them; None beyond all."""
    left, found = skip, 0
    upon: list[date] = []
    for day in sorted(days, reverse=True):
        if not upon and left >= days[day]:
            left -= days[day]
            continue
        upon.append(day)
        found += days[day]
        if found >= left + count:
            break
    return (upon[-1], upon[0], left) if upon else None
