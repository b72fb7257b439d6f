"""Facts counted by place and day: kept as they change, so that a county's years cost no more.

Triggers of the tables (migration 0045) write what a change adds and takes away, in the
transaction of the change: no statement can forget it, and no two wait for one row. A beat adds
these moves up for the places right below a county. Whatever is smaller is counted from its rows,
through an index; so are the county's own rows, the hours at both ends of a span, and a place
whose days are not counted (yet): a number is the same either way.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Date, String, cast, func, literal_column, select, type_coerce, union_all

from storage.repository import Seen, given, listed
from storage.supervision.day_facts import (
    FACTS,
    MADE,
    NONE,
    NUMBERS,
    STANDS,
    WAS_DONE,
    Fact,
    Numbers,
    added,
    spread,
    sums,
    sums_of,
    within,
)
from storage.supervision.raw_rows import BELOW_PLACES, Raws, raw
from storage.supervision.spans import DAY, Span, Tops
from storage.tables import day_count, day_count_move, day_count_place, visit

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, CompoundSelect, Select, Table

    from storage.database import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Recount:
    """All days of a place, counted from its rows at one moment."""

    place_id: int
    areas_version: str
    days: Mapping[date, Numbers]
    #: The moves that are in them.
    moves: tuple[int, ...]


_OF_FACT = {
    fact: raw(
        select(fact.area, *sums_of(fact)).where(*within(fact)).group_by(fact.area),
        fact.area,
        fact.is_hidden,
    )
    for fact in FACTS
}
# On the day that stands in the visit: where no days are counted.
_MADE_ON = raw(
    select(visit.c.on_day, func.count()).where(*within(MADE), WAS_DONE).group_by(visit.c.on_day),
    visit.c.area_id,
)


def _kept(by: str, names: Iterable[str] = NUMBERS) -> Select[Any]:
    """Counted days and the moves since, at one moment: by place (or area), or by day."""

    def part(table: Table, place: str, *where: ColumnElement[bool]) -> Select[Any]:
        of = table.c[place if by == "place" else "day"].label("by")
        is_then = (table.c.day >= given("first"), table.c.day <= given("last"))
        columns = sums({name: table.c[name] for name in names})
        return select(of, *columns).where(*where, *is_then).group_by(of)

    both: CompoundSelect[Any] = union_all(
        part(day_count, "place_id", day_count.c.place_id.in_(listed("places"))),
        part(day_count_move, "area_id", day_count_move.c.area_id.in_(BELOW_PLACES)),
    )
    return select(*both.subquery().c)


_KEPT_BY_PLACE, _KEPT_BY_DAY = _kept("place"), _kept("day")
_KEPT_DAYS = {name: _kept("day", (name,)) for name in NUMBERS}
_PLACES = select(day_count_place.c.place_id)


def _by_day(moment: ColumnElement[Any], *, sqlite: bool) -> ColumnElement[Any]:
    """The day of a moment, as the triggers have it."""
    if sqlite:
        text = func.substr(type_coerce(moment, String), 1, 19)
        return type_coerce(func.date(text, literal_column("'+8 hours'")), Date())
    local = func.timezone(literal_column("'UTC'"), moment) + literal_column("interval '8 hours'")
    return cast(local, Date())


def _recounted(fact: Fact, *, sqlite: bool) -> Select[Any]:
    day = _by_day(fact.moment, sqlite=sqlite).label("day")
    # Named by its place: the same expression twice has two parameters for PostgreSQL.
    return (
        select(day, *sums_of(fact))
        .where(*fact.where, fact.area.in_(BELOW_PLACES))
        .group_by(literal_column("1"))
    )


def _of_days(fact: Fact, *, sqlite: bool) -> Raws:
    day = _by_day(fact.moment, sqlite=sqlite).label("day")
    found = select(day, *sums_of(fact)).where(*within(fact)).group_by(literal_column("1"))
    return raw(found, fact.area, fact.is_hidden)


_DAYS_SQLITE = {fact: _of_days(fact, sqlite=True) for fact in FACTS}
_DAYS_POSTGRESQL = {fact: _of_days(fact, sqlite=False) for fact in FACTS}
_RECOUNTS_SQLITE = {fact: _recounted(fact, sqlite=True) for fact in FACTS}
_RECOUNTS_POSTGRESQL = {fact: _recounted(fact, sqlite=False) for fact in FACTS}
_MOVES_BELOW = select(day_count_move.c.id).where(day_count_move.c.area_id.in_(BELOW_PLACES))


class DayCountsSeen(Seen):
    """Facts of places, added up."""

    def tops(self, areas: Iterable[int]) -> Tops:
        """How the facts at or below some places are found."""
        tree, counted = self._reading.areas, self._places()
        found = Tops(rows=tuple(areas))
        roots = [one for one in found.rows if any(one == root.id for root in tree.roots())]
        if not roots:
            return found
        parts = [row.id for root in roots for row in tree.children(root)]
        return Tops(
            counted=tuple(one for one in parts if one in counted),
            rows=(
                *(one for one in found.rows if one not in roots),
                *(one for one in parts if one not in counted),
            ),
            own=tuple(roots),
        )

    #: What a look asked for last, of the days that are kept.
    _asked: tuple[tuple[int, Span], Mapping[int, Numbers]] | None = None

    def of(
        self, fact: Fact, area_id: int, span: Span, *, hidden: Collection[int] = ()
    ) -> Mapping[int, Numbers]:
        """What there was of a fact at a place and all below it, by place or by its part.

        The numbers stand in the order of the fact. Hidden cases are in no counted day's number
        by themselves: without them it is counted from the rows.
        """
        tops = self.tops([area_id])
        if hidden or not span.has_days:
            tops = tops.as_rows()
        none = (0,) * len(fact.numbers)
        found: dict[int, Numbers] = defaultdict(lambda: none)
        for at, *numbers in self.rows(_OF_FACT[fact], tops, span, hidden=hidden):
            found[at] = added(found[at], numbers)
        if tops.counted:
            for at, kept in self._kept(area_id, tops, span).items():
                found[at] = added(found[at], kept[STANDS[fact]])
        return found

    def total(
        self, fact: Fact, area_id: int, span: Span, *, hidden: Collection[int] = ()
    ) -> Mapping[str, int]:
        """All of it together, by the name of the number."""
        every = self.of(fact, area_id, span, hidden=hidden).values()
        return {name: sum(one[at] for one in every) for at, name in enumerate(fact.numbers)}

    def _kept(self, area_id: int, tops: Tops, span: Span) -> Mapping[int, Numbers]:
        if self._asked is None or self._asked[0] != (area_id, span) or not self._reading.is_look:
            first, last = span.days()
            found: dict[int, Numbers] = defaultdict(lambda: NONE)
            for at, *numbers in self._db.all(
                _KEPT_BY_PLACE, places=[*tops.counted], first=first, last=last
            ):
                found[at] = added(found[at], numbers)
            self._asked = ((area_id, span), found)
        return self._asked[1]

    def made_on(self, area_id: int, span: Span) -> Mapping[date, int]:
        """How many visits were made on each day."""
        tops = self.tops([area_id])
        if not span.is_of_days:
            tops = tops.as_rows()
        found = self.by_day("done", tops, span)
        for day, count in self.rows(_MADE_ON, tops, span):
            found[day] += count
        return +found

    def days_of(
        self,
        fact: Fact,
        name: str,
        area_id: int,
        span: Span,
        *,
        hidden: Collection[int] = (),
    ) -> Mapping[date, int]:
        """On which days of a span how many of a number fall."""
        tops = self.tops([area_id])
        if area_id in self._places():
            tops = Tops(counted=(area_id,))
        if hidden or not span.has_days:
            tops = tops.as_rows()
        every = _DAYS_POSTGRESQL if self._db.is_postgresql else _DAYS_SQLITE
        at, found = [*fact.numbers].index(name), self.by_day(name, tops, span)
        for day, *numbers in self.rows(every[fact], tops, span, hidden=hidden):
            found[day] += numbers[at]
        return +found

    def by_day(self, name: str, tops: Tops, span: Span) -> Counter[date]:
        """A number on the whole days of a span where they are counted."""
        first, last = span.days()
        found: Counter[date] = Counter()
        if tops.counted:
            days = {"first": first, "last": last}
            for day, count in self._db.all(_KEPT_DAYS[name], places=[*tops.counted], **days):
                found[day] += count
        return found

    def rows(
        self, either: Raws, tops: Tops, span: Span, *, hidden: Collection[int] = ()
    ) -> list[Row]:
        """What is not counted by days, from the rows."""
        statement, more = either.of(hidden)
        below, places = statement.below, tops.rows
        if self._db.is_postgresql:
            tree = self._reading.areas
            below = statement.named
            places = tuple(one for place in places for one in tree.descendants(place))
        asked = [
            *((statement.hours, tops.counted, part) for part in span.ends()),
            (below, places, span),
            (statement.own, tops.own, span),
        ]
        return [
            row
            for one, where, when in asked
            if where
            for row in self._db.all(
                one, places=[*where], since=when.since, until=when.until, **more
            )
        ]

    def _places(self) -> frozenset[int]:
        return frozenset(row[0] for row in self._db.all(_PLACES))

    # -- whether they are right -----------------------------------------------------------------

    def uncounted(self) -> tuple[int, ...]:
        """The places right below a county whose days are not counted."""
        counted = self._places()
        return tuple(one for one in self.places() if one not in counted)

    def places(self) -> tuple[int, ...]:
        """All places right below a county."""
        tree = self._reading.areas
        return tuple(row.id for root in tree.roots() for row in tree.children(root.id))

    def recount(self, place_id: int) -> Recount:
        """A place's days from the rows themselves."""
        days: dict[date, Numbers] = defaultdict(lambda: NONE)
        every = _RECOUNTS_POSTGRESQL if self._db.is_postgresql else _RECOUNTS_SQLITE
        for fact, statement in every.items():
            for day, *numbers in self._db.all(statement, places=[place_id]):
                days[day] = added(days[day], spread(fact, numbers))
        moves = self._db.all(_MOVES_BELOW, places=[place_id])
        return Recount(
            place_id=place_id,
            areas_version=self._reading.places.version(),
            days=dict(days),
            moves=tuple(row[0] for row in moves),
        )

    def holds(self, place_id: int) -> bool:
        """True while what is kept of a place is what its rows say, or nothing is kept of it."""
        if place_id not in self._places():
            return True
        kept: dict[date, Numbers] = defaultdict(lambda: NONE)
        always = {"first": date.min + DAY, "last": date.max - DAY}
        for day, *numbers in self._db.all(_KEPT_BY_DAY, places=[place_id], **always):
            kept[day] = added(kept[day], numbers)
        told = {day: numbers for day, numbers in kept.items() if any(numbers)}
        return told == self.recount(place_id).days
