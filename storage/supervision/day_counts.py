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
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Date,
    String,
    any_,
    case,
    cast,
    delete,
    func,
    literal_column,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy import insert as plain_insert

from storage.repository import HIDDEN, Kept, Seen, given, in_parts, insert, listed, unindexed
from storage.supervision.spans import DAY, Span, Tops
from storage.tables import (
    absence,
    area_closure,
    case_file,
    case_report,
    day_count,
    day_count_move,
    day_count_place,
    duty,
    meta,
    report,
    visit,
)

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, CompoundSelect, Select, Table

    from policy.areas import AreaTree
    from storage.database import Row

Numbers: TypeAlias = tuple[int, ...]
#: Moves that one turn adds up.
PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Recount:
    """All days of a place, counted from its rows at one moment."""

    place_id: int
    areas_version: str
    days: Mapping[date, Numbers]
    #: The moves that are in them.
    moves: tuple[int, ...]


def added(one: Numbers, other: Iterable[int]) -> Numbers:
    """The sum of each of them."""
    return tuple(a + b for a, b in zip(one, other, strict=True))


def part_of(tree: AreaTree, area: int) -> int:
    """The place right below the county in which a place lies; 0 for the county and nowhere."""
    row = tree.get(area)
    path = tree.path(area)
    return path[1].id if row is not None and row.id == area and len(path) > 1 else 0


#: The places at or below some, and these alone.
_BELOW = select(area_closure.c.below_id).where(area_closure.c.above_id.in_(listed("places")))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fact:
    """What of a table falls on a day at a place, and what is counted of it."""

    area: ColumnElement[int | None]
    moment: ColumnElement[Any]
    where: tuple[ColumnElement[bool], ...]
    #: None: all of it.
    numbers: Mapping[str, ColumnElement[bool] | None]
    #: Of what is about a case: that it is one of HIDDEN.
    is_hidden: ColumnElement[bool] | None = None


_WAS_MET = duty.c.state == literal_column("'done'")
_FALLS_DUE = duty.c.state.in_((literal_column("'open'"), literal_column("'done'")))
_WAS_DONE = visit.c.result == literal_column("'done'")
FELL_DUE = Fact(
    area=duty.c.area_id,
    moment=duty.c.due_at,
    where=(duty.c.kind == literal_column("'visit'"), _FALLS_DUE),
    numbers={
        "due": None,
        "met": _WAS_MET,
        "in_time": _WAS_MET & (duty.c.ended_at <= duty.c.due_at),
        "late": _WAS_MET & (duty.c.ended_at > duty.c.due_at),
    },
)
MADE = Fact(
    area=visit.c.area_id,
    moment=visit.c.true_at,
    where=(visit.c.result.in_((literal_column("'done'"), literal_column("'failed'"))),),
    numbers={
        "done": _WAS_DONE,
        "failed": visit.c.result == literal_column("'failed'"),
        "alone": _WAS_DONE & visit.c.alone.is_(True),
        "seen": _WAS_DONE & visit.c.seen.is_(True),
    },
)
TO_TELL = Fact(
    area=duty.c.area_id,
    moment=duty.c.due_at,
    where=(duty.c.kind == literal_column("'feedback'"), _FALLS_DUE),
    numbers={"told_due": None, "told": _WAS_MET},
    is_hidden=duty.c.subject_id.in_(HIDDEN),
)
IS_REPORT_HIDDEN = report.c.id.in_(
    select(case_report.c.report_id).where(case_report.c.case_id.in_(HIDDEN))
)
REPORTED = Fact(
    area=report.c.area_id,
    moment=report.c.created_at,
    where=(),
    numbers={"reports": None},
    is_hidden=IS_REPORT_HIDDEN,
)
CLOSED = Fact(
    area=case_file.c.area_id,
    moment=case_file.c.closed_at,
    where=(case_file.c.closed_at.is_not(None), case_file.c.joined_into.is_(None)),
    numbers={"closed": None, "solved": case_file.c.solved == literal_column("'yes'")},
    is_hidden=case_file.c.id.in_(HIDDEN),
)
CAME_BACK = Fact(
    area=absence.c.area_id,
    moment=absence.c.closed_at,
    where=(absence.c.closed_at.is_not(None), absence.c.state == literal_column("'returned'")),
    numbers={"returned": None},
)
FACTS = (FELL_DUE, MADE, TO_TELL, REPORTED, CLOSED, CAME_BACK)
#: All numbers that are kept, in their order.
NUMBERS = tuple(name for fact in FACTS for name in fact.numbers)
_NONE: Numbers = (0,) * len(NUMBERS)


def _stands(fact: Fact) -> slice:
    first = NUMBERS.index(next(iter(fact.numbers)))
    return slice(first, first + len(fact.numbers))


#: Where those of each fact stand among all.
_STANDS = {fact: _stands(fact) for fact in FACTS}


def _spread(fact: Fact, numbers: Iterable[int]) -> Numbers:
    """Those of a fact, among all."""
    told = dict(zip(fact.numbers, numbers, strict=True))
    return tuple(told.get(name, 0) for name in NUMBERS)


def within(fact: Fact) -> tuple[ColumnElement[bool], ...]:
    """That it is of a span."""
    return (*fact.where, fact.moment > given("since"), fact.moment <= given("until"))


def _sums(columns: Mapping[str, ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    return [func.coalesce(func.sum(one), 0).label(name) for name, one in columns.items()]


def _sums_of(fact: Fact) -> list[ColumnElement[Any]]:
    one: ColumnElement[Any] = literal_column("1")
    return _sums(
        {
            name: one if is_so is None else case((is_so, 1), else_=0)
            for name, is_so in fact.numbers.items()
        }
    )


@dataclass(frozen=True, slots=True)
class Raw:
    """A statement over the rows: of places and all below, of places alone, of hours of a county.

    The hours at the ends of a span are few rows of many places: their index begins with the time.
    PostgreSQL is told the places by their ids: of a query for them it thinks that they are many,
    and reads all of a year.
    """

    below: Select[Any]
    named: Select[Any]
    own: Select[Any]
    hours: Select[Any]


@dataclass(frozen=True, slots=True)
class Raws:
    """A statement over the rows, and the same without cases of which the reader must not hear."""

    whole: Raw
    #: None where it is about no cases.
    without: Raw | None

    def of(self, hidden: Collection[int]) -> tuple[Raw, Mapping[str, object]]:
        """The one for a reader from whom these cases are hidden, and what it is given."""
        if hidden and self.without is not None:
            return self.without, {"hidden": [*hidden]}
        return self.whole, {}


def raw(
    statement: Select[Any],
    area: ColumnElement[int | None],
    is_hidden: ColumnElement[bool] | None = None,
) -> Raws:
    """The same for all of these ways."""
    return Raws(
        whole=_ways(statement, area),
        without=None if is_hidden is None else _ways(statement.where(~is_hidden), area),
    )


def _ways(statement: Select[Any], area: ColumnElement[int | None]) -> Raw:
    return Raw(
        below=statement.where(area.in_(_BELOW)),
        named=statement.where(area == any_(given("places", ARRAY(BigInteger())))),
        own=statement.where(area.in_(listed("places"))),
        hours=statement.where(unindexed(area, 0).in_(_BELOW)),
    )


_OF_FACT = {
    fact: raw(
        select(fact.area, *_sums_of(fact)).where(*within(fact)).group_by(fact.area),
        fact.area,
        fact.is_hidden,
    )
    for fact in FACTS
}
# On the day that stands in the visit: where no days are counted.
_MADE_ON = raw(
    select(visit.c.on_day, func.count()).where(*within(MADE), _WAS_DONE).group_by(visit.c.on_day),
    visit.c.area_id,
)


def _kept(by: str, names: Iterable[str] = NUMBERS) -> Select[Any]:
    """Counted days and the moves since, at one moment: by place (or area), or by day."""

    def part(table: Table, place: str, *where: ColumnElement[bool]) -> Select[Any]:
        of = table.c[place if by == "place" else "day"].label("by")
        is_then = (table.c.day >= given("first"), table.c.day <= given("last"))
        columns = _sums({name: table.c[name] for name in names})
        return select(of, *columns).where(*where, *is_then).group_by(of)

    both: CompoundSelect[Any] = union_all(
        part(day_count, "place_id", day_count.c.place_id.in_(listed("places"))),
        part(day_count_move, "area_id", day_count_move.c.area_id.in_(_BELOW)),
    )
    return select(*both.subquery().c)


_KEPT_BY_PLACE, _KEPT_BY_DAY = _kept("place"), _kept("day")
_KEPT_DAYS = {name: _kept("day", (name,)) for name in NUMBERS}
_PLACES = select(day_count_place.c.place_id)
_HOLD_PLACES = select(meta.c.value).where(meta.c.key == "areas").with_for_update()


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
        select(day, *_sums_of(fact))
        .where(*fact.where, fact.area.in_(_BELOW))
        .group_by(literal_column("1"))
    )


def _of_days(fact: Fact, *, sqlite: bool) -> Raws:
    day = _by_day(fact.moment, sqlite=sqlite).label("day")
    found = select(day, *_sums_of(fact)).where(*within(fact)).group_by(literal_column("1"))
    return raw(found, fact.area, fact.is_hidden)


_DAYS_SQLITE = {fact: _of_days(fact, sqlite=True) for fact in FACTS}
_DAYS_POSTGRESQL = {fact: _of_days(fact, sqlite=False) for fact in FACTS}
_RECOUNTS_SQLITE = {fact: _recounted(fact, sqlite=True) for fact in FACTS}
_RECOUNTS_POSTGRESQL = {fact: _recounted(fact, sqlite=False) for fact in FACTS}
_MOVES_BELOW = select(day_count_move.c.id).where(day_count_move.c.area_id.in_(_BELOW))
_MOVES = (
    select(
        day_count_move.c.id,
        day_count_move.c.area_id,
        day_count_move.c.day,
        *(day_count_move.c[name] for name in NUMBERS),
    )
    .where(day_count_move.c.id > given("after"))
    .order_by(day_count_move.c.id)
    .limit(given("limit"))
)
_NO_MOVES = delete(day_count_move).where(day_count_move.c.id.in_(listed("ids")))
_putting = insert(day_count)
_ADD = _putting.on_conflict_do_update(
    index_elements=[day_count.c.place_id, day_count.c.day],
    set_={name: day_count.c[name] + _putting.excluded[name] for name in NUMBERS},
)
_PUT = plain_insert(day_count)
_DROP = delete(day_count).where(day_count.c.place_id == given("place"))
_COUNTED = insert(day_count_place).on_conflict_do_nothing()
_FORGET = delete(day_count_place).where(day_count_place.c.place_id.in_(listed("places")))


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
                found[at] = added(found[at], kept[_STANDS[fact]])
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
            found: dict[int, Numbers] = defaultdict(lambda: _NONE)
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
        days: dict[date, Numbers] = defaultdict(lambda: _NONE)
        every = _RECOUNTS_POSTGRESQL if self._db.is_postgresql else _RECOUNTS_SQLITE
        for fact, statement in every.items():
            for day, *numbers in self._db.all(statement, places=[place_id]):
                days[day] = added(days[day], _spread(fact, numbers))
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
        kept: dict[date, Numbers] = defaultdict(lambda: _NONE)
        always = {"first": date.min + DAY, "last": date.max - DAY}
        for day, *numbers in self._db.all(_KEPT_BY_DAY, places=[place_id], **always):
            kept[day] = added(kept[day], numbers)
        told = {day: numbers for day, numbers in kept.items() if any(numbers)}
        return told == self.recount(place_id).days


class DayCounts(DayCountsSeen, Kept):
    """Facts of places, to be added up."""

    def keep(self, told: Recount) -> bool:
        """From now on these days are counted; False when the places changed meanwhile."""
        # Whoever changes the places waits for us, or we for them.
        row = self._db.one(_HOLD_PLACES)
        is_stale = told.areas_version != ("" if row is None else row[0])
        if is_stale or told.place_id in self._places():
            return False
        self._db.run(_DROP, place=told.place_id)
        self._db.run_many(
            _PUT,
            [_row(told.place_id, day, numbers) for day, numbers in sorted(told.days.items())],
        )
        for some in in_parts(told.moves):
            self._db.run(_NO_MOVES, ids=some)
        self._db.run(_COUNTED, place_id=told.place_id)
        return True

    def fold(self, after: int) -> int | None:
        """Add a page of moves up; after which the next one begins, None when there is none."""
        tree, counted = self._reading.areas, self._places()
        page = self._db.all(_MOVES, after=after, limit=PAGE)
        found: dict[tuple[int, date], Numbers] = defaultdict(lambda: _NONE)
        done: list[int] = []
        for move, area, day, *numbers in page:
            part = part_of(tree, area)
            if part and part not in counted:
                continue  # its recount takes them
            done.append(move)
            if part:
                found[part, day] = added(found[part, day], numbers)
        self._db.run_many(
            _ADD, [_row(*at, numbers) for at, numbers in sorted(found.items()) if any(numbers)]
        )
        for some in in_parts(done):
            self._db.run(_NO_MOVES, ids=some)
        return page[-1][0] if len(page) == PAGE else None

    def forget(self, places: Collection[int]) -> None:
        """What is kept of these is wrong: their rows count until they are counted anew."""
        for some in in_parts(places):
            self._db.run(_FORGET, places=some)


def _row(place_id: int, day: date, numbers: Numbers) -> dict[str, object]:
    return {"place_id": place_id, "day": day, **dict(zip(NUMBERS, numbers, strict=True))}
