"""Posts that should hear of reports and are not reached, as the last look found them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from storage.repository import Kept, Seen, from_lines, given, insert, lines
from storage.tables import meta, route_gap

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteGap:
    """A post in its place that nobody reaches at these hours, since when."""

    id: int
    role: str
    area_id: int
    grade: str
    hours: tuple[str, ...]
    since: datetime


_IS_OPEN = route_gap.c.ended_at.is_(None)
_OPEN = (
    select(
        route_gap.c.id,
        route_gap.c.role,
        route_gap.c.area_id,
        route_gap.c.grade,
        route_gap.c.hours,
        route_gap.c.since,
    )
    .where(_IS_OPEN)
    .order_by(route_gap.c.since, route_gap.c.id)
)
_ADD = insert(route_gap).on_conflict_do_nothing()
_CHANGE = (
    update(route_gap)
    .where(route_gap.c.id == given("row"), route_gap.c.hours == given("was"), _IS_OPEN)
    .values(hours=given("now_hours"), grade=given("now_grade"))
)
_END = (
    update(route_gap).where(route_gap.c.id == given("row"), _IS_OPEN).values(ended_at=given("now"))
)
_FIRST = insert(meta).on_conflict_do_nothing()
_WAS_LOOKED = select(meta.c.value).where(meta.c.key == "routes")


class RouteGapsSeen(Seen):
    """Posts that are not reached, to be looked at."""

    def open(self) -> tuple[RouteGap, ...]:
        """All gaps of the last look, the oldest first."""
        return tuple(
            RouteGap(
                id=row[0],
                role=row[1],
                area_id=row[2],
                grade=row[3],
                hours=from_lines(row[4]),
                since=row[5],
            )
            for row in self._db.all(_OPEN)
        )

    def was_looked(self) -> bool:
        """False before the first look: what it finds was so before."""
        return self._db.one(_WAS_LOOKED) is not None


class RouteGaps(RouteGapsSeen, Kept):
    """Posts that are not reached, to be written."""

    def add(self, role: str, area_id: int, grade: str, hours: Sequence[str]) -> bool:
        """A new gap; False when another process wrote it a moment ago."""
        row = self._work.new_id()
        return (
            self._db.run(
                _ADD,
                id=row,
                role=role,
                area_id=area_id,
                grade=grade,
                hours=lines(tuple(hours)),
                since=self._now,
                ended_at=None,
            )
            == 1
        )

    def change(self, gap: RouteGap, grade: str, hours: Sequence[str]) -> bool:
        """The same gap at other hours; False when another process wrote so."""
        was, now = lines(gap.hours), lines(tuple(hours))
        return self._db.run(_CHANGE, row=gap.id, was=was, now_hours=now, now_grade=grade) == 1

    def end(self, gap_id: int) -> None:
        """Somebody is reached there again."""
        self._db.run(_END, row=gap_id, now=self._now)

    def looked(self) -> None:
        """Keep that there was a first look."""
        self._db.run(_FIRST, key="routes", value="looked")
