"""How numbers lie over places and days: one statement for all places, one for all days."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, String, func, literal_column, select, type_coerce

from storage.repository import Seen, from_lines, given, unindexed
from storage.tables import Moment, area_closure, case_file, duty, report
from storage.visit_days import Span

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sqlalchemy import ColumnElement, Table

#: 2026-11-29 08
HOUR_CHARS = 13
_BELOW = select(area_closure.c.below_id).where(area_closure.c.above_id == given("area_id"))


def _by_area(
    table: Table, area: ColumnElement[Any], *conditions: ColumnElement[bool]
) -> Select[Any]:
    return (
        select(area, func.count())
        .select_from(table)
        .where(area.in_(_BELOW), *conditions)
        .group_by(area)
    )


_BY_AREA: Mapping[str, Select[Any]] = {
    "visits_overdue": _by_area(
        duty,
        duty.c.area_id,
        unindexed(duty.c.kind, "") == "visit",
        duty.c.state == literal_column("'open'"),
        duty.c.due_at < given("now"),
    ),
    "reports": _by_area(
        report,
        report.c.area_id,
        report.c.created_at > given("since"),
        report.c.created_at <= given("now"),
    ),
    "cases": _by_area(
        case_file,
        case_file.c.area_id,
        case_file.c.closed_at.is_(None),
        case_file.c.joined_into.is_(None),
    ),
}
_IS_REPORTED = (
    report.c.area_id.in_(_BELOW),
    report.c.created_at > given("since"),
    report.c.created_at <= given("now"),
)
_OF_WHAT = (
    select(report.c.grade, report.c.circumstances, func.count())
    .where(*_IS_REPORTED)
    .group_by(report.c.grade, report.c.circumstances)
)


def _by_hour(hour: ColumnElement[Any]) -> Select[Any]:
    return select(hour, func.count()).where(*_IS_REPORTED).group_by(hour)


# SQLite keeps moments as text that sorts by time: 2026-11-29 08:15:00.000000.
_HOURS_SQLITE = _by_hour(func.substr(type_coerce(report.c.created_at, String), 1, HOUR_CHARS))
_HOURS_POSTGRESQL = _by_hour(
    func.date_trunc(literal_column("'hour'"), report.c.created_at, type_=Moment())
)


class TrendsSeen(Seen):
    """Numbers of several places and days at once; policy/figures.toml says what each means."""

    def by_area(self, figure: str, area_id: int, since: datetime) -> Mapping[int, int]:
        """A number of a place and of each below it, of those that have any; or of its parts."""
        if figure in _OF_VISITS:
            visits = self._reading.figures.visits_by_area(area_id, since)
            place = _OF_VISITS[figure]
            return {at: one[place] for at, one in visits.items() if one[place]}
        if figure == "children":
            return self._reading.head_counts.children(area_id)
        during = {"since": since, "now": self._now}
        wanted = {key: value for key, value in during.items() if key in _WANTS[figure]}
        rows = self._db.all(_BY_AREA[figure], area_id=area_id, **wanted)
        return {row[0]: int(row[1]) for row in rows}

    def reported(self, area_id: int, since: datetime) -> Mapping[tuple[str, tuple[str, ...]], int]:
        """How many reports since a moment were how urgent and of what."""
        rows = self._db.all(_OF_WHAT, area_id=area_id, since=since, now=self._now)
        return {(row[0], from_lines(row[1])): int(row[2]) for row in rows}

    def hours(self, area_id: int, since: datetime) -> Mapping[datetime, int]:
        """How many reports came in each hour since a moment."""
        span = {"area_id": area_id, "since": since, "now": self._now}
        if self._db.is_postgresql:
            return {row[0]: int(row[1]) for row in self._db.all(_HOURS_POSTGRESQL, **span)}
        rows = self._db.all(_HOURS_SQLITE, **span)
        return {datetime.fromisoformat(f"{row[0]}:00+00:00"): int(row[1]) for row in rows}

    def visited(self, area_id: int, since: datetime) -> Mapping[date, int]:
        """How many visits were made on each day since a moment."""
        return self._reading.visit_days.made_on(area_id, Span(since, self._now))


_WANTS: Mapping[str, frozenset[str]] = {
    "visits_overdue": frozenset({"now"}),
    "reports": frozenset({"since", "now"}),
    "cases": frozenset(),
}

#: Where they stand in what is counted of visits that fell due.
_OF_VISITS: Mapping[str, int] = {"visits_due": 0, "visits_in_time": 1}
