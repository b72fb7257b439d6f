"""How long steps of cases took: kept of the months that are over, read from an index otherwise.

Ranks do not add up, but how many steps took so many minutes does. Triggers (migration 0046) mark
the month of a step that is done or changed; a month with a mark is counted from its rows, and so
are the present one and what is smaller than the county. A beat counts marked months anew.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, case, cast, delete, extract, func, insert, literal_column, select

from policy.figures import Pace
from storage.repository import (
    BELOW,
    HIDDEN,
    Hiding,
    Kept,
    Seen,
    given,
    hiding,
    in_parts,
    listed,
    unindexed,
)
from storage.supervision.spans import CHINA, DAY, MICROSECOND, Span, begins
from storage.tables import duty, pace_mark, pace_month

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement

    from storage.database import Row


def _took(minutes: ColumnElement[Any]) -> Hiding:
    """By kind and minutes: how many steps took so long, and how many of these were in time.

    The engines have no percentile in common, and ranking each step sorts all of them; whoever
    reads a time reads minutes at the finest, so that ranks among these say the same.
    """
    took = cast(func.round(minutes), Integer).label("took")
    in_time = func.sum(case((duty.c.ended_at <= duty.c.due_at, 1), else_=0))
    return hiding(
        select(duty.c.kind, took, func.count(), in_time)
        .where(
            unindexed(duty.c.subject, "") == "case",
            duty.c.area_id.in_(BELOW),
            # In so many words: only so does the index of what ended come into play.
            duty.c.kind != literal_column("'visit'"),
            duty.c.state == literal_column("'done'"),
            duty.c.ended_at > given("since"),
            duty.c.ended_at <= given("until"),
        )
        .group_by(duty.c.kind, literal_column("2")),
        duty.c.subject_id.in_(HIDDEN),
    )


_TOOK_POSTGRESQL = _took(extract("epoch", duty.c.ended_at - duty.c.set_at) / 60)
_TOOK_SQLITE = _took((func.julianday(duty.c.ended_at) - func.julianday(duty.c.set_at)) * 1440)
_KEPT = (
    select(
        pace_month.c.kind,
        pace_month.c.minutes,
        func.sum(pace_month.c.steps),
        func.sum(pace_month.c.in_time),
    )
    .where(pace_month.c.month.in_(listed("months")))
    .group_by(pace_month.c.kind, pace_month.c.minutes)
)
_MARKED = select(pace_mark.c.month).distinct()
_MARKS = select(pace_mark.c.id).where(pace_mark.c.month == given("month"))
_NO_MARKS = delete(pace_mark).where(pace_mark.c.id.in_(listed("ids")))
_MARK = insert(pace_mark).values(month=given("of"))
_ONE_IS_ENOUGH = delete(pace_mark).where(
    pace_mark.c.id.not_in(select(func.min(pace_mark.c.id)).group_by(pace_mark.c.month)),
    pace_mark.c.month == given("month"),
)
_MONTHS = select(pace_month.c.month).distinct()
_DROP = delete(pace_month).where(pace_month.c.month == given("month"))
_PUT = insert(pace_month)


class PacesSeen(Seen):
    """How long steps took, to be looked at."""

    def of(self, area_id: int, span: Span, *, hidden: Collection[int] = ()) -> Mapping[str, Pace]:
        """How long each step of a case took that was done in a span, at a place or below.

        Without hidden cases all of them are read: what is kept of months has theirs among others'.
        """
        months = [] if hidden else self._kept(area_id, span)
        rows = self._db.all(_KEPT, months=[*months]) if months else []
        for part in _between(months, span):
            rows += self._rows(area_id, part, hidden)
        found: dict[str, Counter[int]] = defaultdict(Counter)
        in_time: Counter[str] = Counter()
        for kind, minutes, count, of_these in rows:
            found[kind][int(minutes)] += int(count)
            in_time[kind] += int(of_these)
        return {kind: _pace(sorted(took.items()), in_time[kind]) for kind, took in found.items()}

    def _kept(self, area_id: int, span: Span) -> list[date]:
        """The months of a span that are over and not marked, of the county."""
        if [root.id for root in self._reading.areas.roots()] != [area_id]:
            return []
        marked = {row[0] for row in self._db.all(_MARKED)}
        return [one for one in _months(span) if one not in marked]

    def _rows(self, area_id: int, span: Span, hidden: Collection[int] = ()) -> list[Row]:
        either = _TOOK_POSTGRESQL if self._db.is_postgresql else _TOOK_SQLITE
        statement, more = either.of(hidden)
        during = {"since": span.since, "until": span.until}
        return self._db.all(statement, area_id=area_id, **during, **more)


class Paces(PacesSeen, Kept):
    """How long steps took, to be added up."""

    def add_up(self) -> bool:
        """Count a marked month anew that is over; False when there was none."""
        roots = self._reading.areas.roots()
        present = _month(self._now)
        self._db.run(_ONE_IS_ENOUGH, month=present)
        over = [row[0] for row in self._db.all(_MARKED) if row[0] < present]
        if not over or len(roots) != 1:
            return False
        month = min(over)
        marks = [row[0] for row in self._db.all(_MARKS, month=month)]
        whole = Span(begins(month) - MICROSECOND, begins(_next(month)) - MICROSECOND)
        rows = self._rows(roots[0].id, whole)
        self._db.run(_DROP, month=month)
        for ids in in_parts(marks):
            self._db.run(_NO_MARKS, ids=ids)
        self._db.run_many(
            _PUT,
            [
                {"month": month, "kind": kind, "minutes": minutes, "steps": n, "in_time": in_time}
                for kind, minutes, n, in_time in rows
            ],
        )
        return True

    def forget(self) -> None:
        """The places lie otherwise: rows count until they are counted anew."""
        self._db.run_many(_MARK, [{"of": row[0]} for row in self._db.all(_MONTHS)])


def _month(moment: datetime) -> date:
    return moment.astimezone(CHINA).date().replace(day=1)


def _next(month: date) -> date:
    return (month + 31 * DAY).replace(day=1)


def _months(span: Span) -> Iterator[date]:
    """The whole months of a span."""
    month = _month(span.since + MICROSECOND)
    if begins(month) <= span.since:
        month = _next(month)
    while begins(_next(month)) - MICROSECOND <= span.until:
        yield month
        month = _next(month)


def _between(months: Sequence[date], span: Span) -> Iterator[Span]:
    """What is left of a span beside some months."""
    since = span.since
    for month in months:
        end = begins(month) - MICROSECOND
        if since < end:
            yield Span(since, end)
        since = begins(_next(month)) - MICROSECOND
    if since < span.until:
        yield Span(since, span.until)


def _pace(took: Sequence[tuple[int, int]], in_time: int) -> Pace:
    """Of minutes in their order, each with how many."""
    many = sum(count for _, count in took)

    def at(tenths: int) -> timedelta:
        """The smallest with so many tenths at or below it."""
        rank = 0
        for minutes, count in took:
            rank += count
            if rank * 10 >= many * tenths:
                return timedelta(minutes=minutes)
        raise AssertionError("a rank beyond all of them")

    return Pace(count=many, in_time=in_time, p50=at(5), p90=at(9))
