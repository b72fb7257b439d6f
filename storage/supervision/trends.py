"""How numbers lie over places and days: one statement for all places, one for all days."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, func, literal_column, select, type_coerce

from storage.repository import BELOW, Hiding, Seen, from_lines, given, hiding
from storage.supervision.day_facts import FELL_DUE, IS_REPORT_HIDDEN, REPORTED, Fact
from storage.supervision.spans import Span
from storage.tables import Moment, report

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date

    from sqlalchemy import ColumnElement

#: 2026-11-29 08
HOUR_CHARS = 13


_IS_REPORTED = (
    report.c.area_id.in_(BELOW),
    report.c.created_at > given("since"),
    report.c.created_at <= given("until"),
)
_OF_WHAT = hiding(
    select(report.c.grade, report.c.circumstances, func.count())
    .where(*_IS_REPORTED)
    .group_by(report.c.grade, report.c.circumstances),
    IS_REPORT_HIDDEN,
)


def _by_hour(hour: ColumnElement[Any]) -> Hiding:
    return hiding(select(hour, func.count()).where(*_IS_REPORTED).group_by(hour), IS_REPORT_HIDDEN)


# SQLite keeps moments as text that sorts by time: 2026-11-29 08:15:00.000000.
_HOURS_SQLITE = _by_hour(func.substr(type_coerce(report.c.created_at, String), 1, HOUR_CHARS))
_HOURS_POSTGRESQL = _by_hour(
    func.date_trunc(literal_column("'hour'"), report.c.created_at, type_=Moment())
)


#: Numbers of days, by place: of which fact, and under which name.
_COUNTED: Mapping[str, tuple[Fact, str]] = {
    "visits_due": (FELL_DUE, "due"),
    "visits_in_time": (FELL_DUE, "in_time"),
    "reports": (REPORTED, "reports"),
}


class TrendsSeen(Seen):
    """Numbers of several places and days at once; policy/figures.toml says what each means."""

    def by_area(
        self, figure: str, area_id: int, span: Span, *, hidden: Collection[int] = ()
    ) -> Mapping[int, int]:
        """A number of a place and of each below it, of those that have any; or of its parts."""
        figures, days = self._reading.figures, self._reading.day_counts
        match figure:
            case "children":
                return self._reading.head_counts.children(area_id)
            case "visits_overdue":
                return figures.overdue_by_area(area_id)
            case "cases":
                found: Counter[int] = Counter()
                for (area, _), count in figures.open_by_area(area_id, hidden=hidden).items():
                    found[area] += count
                return found
            case _:
                fact, name = _COUNTED[figure]
                at = [*fact.numbers].index(name)
                every = days.of(fact, area_id, span, hidden=hidden).items()
                return {area: one[at] for area, one in every if one[at]}

    def reported(
        self, area_id: int, span: Span, *, hidden: Collection[int] = ()
    ) -> Mapping[tuple[str, tuple[str, ...]], int]:
        """How many reports of a span were how urgent and of what."""
        statement, more = _OF_WHAT.of(hidden)
        rows = self._db.all(statement, area_id=area_id, since=span.since, until=span.until, **more)
        return {(row[0], from_lines(row[1])): int(row[2]) for row in rows}

    def hours(
        self, area_id: int, span: Span, *, hidden: Collection[int] = ()
    ) -> Mapping[datetime, int]:
        """How many reports came in each hour of a span."""
        either = _HOURS_POSTGRESQL if self._db.is_postgresql else _HOURS_SQLITE
        statement, more = either.of(hidden)
        during = {"area_id": area_id, "since": span.since, "until": span.until}
        rows = self._db.all(statement, **during, **more)
        if self._db.is_postgresql:
            return {row[0]: int(row[1]) for row in rows}
        return {datetime.fromisoformat(f"{row[0]}:00+00:00"): int(row[1]) for row in rows}

    def visited(self, area_id: int, span: Span) -> Mapping[date, int]:
        """How many visits were made on each day of a span."""
        return self._reading.day_counts.made_on(area_id, span)
