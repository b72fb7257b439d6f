"""The register in memory as it stood at every moment, to be counted: no name, no number, no words.

Records are sealed, so that each is opened once a process; whatever came of a child is kept as
what it counts as, and since when.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from threading import Lock
from typing import NamedTuple

from policy.areas import AreaTree
from policy.register.columns import COLUMNS
from policy.summary import ALL, Caliber, Codes, SummaryTable, Traits, traits_of
from storage.children.child import AREA, LEFT_REASON, STATUS
from storage.children.timelines import Marked, Timeline
from storage.work import Reading

#: Children opened in one go.
PAGE = 500
#: Another process may commit so long after the time that it wrote.
LATE = timedelta(minutes=1)
#: Counted days that are kept.
DAYS_KEPT = 24
#: What a child's record may lack; places and people are kept elsewhere.
MAY_LACK = tuple(
    key
    for key, column in COLUMNS.table.items()
    if column.kind != "area" and column.person != "responsible"
)
#: What a file needs, besides the place and whoever answers for the child.
CORE = frozenset(key for key in MAY_LACK if COLUMNS[key].core)
#: These children have no school that could be known.
NO_SCHOOL = frozenset({"not_yet", "dropped_out", "out_of_school"})


class Marks(NamedTuple):
    """What is asked of a child besides the official table."""

    #: Every column is there that a record needs.
    filed: bool
    #: 委托监护责任确认书 is signed.
    signed: bool
    left_behind: bool
    #: As registers write it.
    tier: str


@dataclass(frozen=True, slots=True)
class State:
    """What a child counted as from some moment on."""

    area_id: int
    #: active, left, merged, undone
    status: str
    #: Why the child left.
    reason: str
    #: None for who is not left behind.
    traits: Traits | None
    #: Columns of MAY_LACK that are 未采集, one bit each.
    lacks: int
    marks: Marks


@dataclass(frozen=True, slots=True)
class _Known:
    version: int
    moments: tuple[datetime, ...]
    states: tuple[State, ...]

    def at(self, moment: datetime) -> State | None:
        """The state just before a moment."""
        if self.moments[-1] < moment:
            return self.states[-1]
        place = bisect_left(self.moments, moment)
        return self.states[place - 1] if place else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A child who counts in one place and not in another between two days."""

    child: int
    #: Where it counted before, and where it does now; None for nowhere.
    before: int | None
    after: int | None
    #: new, back, elsewhere; merged, undone, or a reason of the register
    why: str


@dataclass(frozen=True, slots=True)
class _Counts:
    """The numbers of a day, by village; nothing of them changes any more."""

    counts: Mapping[int, Counter[str]]
    children: Mapping[int, int]
    lacks: Mapping[int, Counter[int]]
    marks: Mapping[int, Counter[Marks]]


@dataclass(slots=True)
class _Day:
    """A day that is counted, and follows each child that counts as something else."""

    tree: AreaTree
    day: date
    caliber: Caliber
    #: The first moment after it.
    end: datetime
    #: True for what nothing changes any more.
    is_settled: bool = False
    _homes: dict[int, int] = field(default_factory=dict)
    _traits: dict[int, Counter[Traits]] = field(default_factory=dict)
    _children: Counter[int] = field(default_factory=Counter)
    _lacks: dict[int, Counter[int]] = field(default_factory=dict)
    _marks: dict[int, Counter[Marks]] = field(default_factory=dict)
    #: What was read last, and the villages where it is not so any more.
    _read: _Counts = field(default_factory=lambda: _Counts({}, {}, {}, {}))
    _stale: set[int] = field(default_factory=set)

    def count(self, one: _Known | None, by: int) -> None:
        """Let a child count here, or (-1) count no more."""
        state = one.at(self.end) if one else None
        if state is None or state.status != "active":
            return
        home = self._homes.get(state.area_id)
        if home is None:
            home = self._homes[state.area_id] = village_of(self.tree, state.area_id)
        self._stale.add(home)
        self._children[home] += by
        self._lacks.setdefault(home, Counter())[state.lacks] += by
        self._marks.setdefault(home, Counter())[state.marks] += by
        if state.traits is not None:
            self._traits.setdefault(home, Counter())[state.traits] += by

    def read(self, table: SummaryTable) -> _Counts:
        """The numbers; only where something changed are they counted anew."""
        if self._stale:
            counts, lacks = dict(self._read.counts), dict(self._read.lacks)
            marks = dict(self._read.marks)
            for home in self._stale:
                lacks[home], marks[home] = +self._lacks[home], +self._marks[home]
                found = table.counted(
                    self._traits.get(home, Counter()).elements(), self.day, self.caliber
                )
                counts.pop(home, None)
                if found[ALL]:
                    counts[home] = found
            self._read = _Counts(counts, +self._children, lacks, marks)
            self._stale.clear()
        return self._read


@dataclass(slots=True)
class Ledger:
    """One a process."""

    table: SummaryTable
    zone: tzinfo
    _known: dict[int, _Known] = field(default_factory=dict, repr=False)
    #: Whose last change came on a day; also of whom a later one came since.
    _moved: dict[date, list[int]] = field(default_factory=dict, repr=False)
    _last: int = 0
    _began: datetime | None = None
    _is_whole: bool = False
    _days: dict[tuple[date, Caliber], _Day] = field(default_factory=dict, repr=False)
    _codes: dict[tuple[str, ...], Codes | None] = field(default_factory=dict, repr=False)
    _kinds: dict[Marks, Marks] = field(default_factory=dict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    # -- keeping it current -------------------------------------------------------------------

    def step(self, reading: Reading) -> bool:
        """Take in a page of what is not known yet; True once nothing is missing.

        The first walk takes seconds in a large county: a step at a time, others read between.
        """
        with self._lock:
            if not self._is_whole:
                self._began = self._began or reading.now
                page = reading.timelines.page(self._last, PAGE)
                self._put_all(reading, page)
                self._last = page[-1].id if page else self._last
                self._is_whole = len(page) < PAGE
                return False
            assert self._began is not None
            fresh = [
                one
                for one in reading.timelines.changed(self._began - LATE)
                if one.id not in self._known or self._known[one.id].version != one.version
            ]
            self._put_all(reading, fresh[:PAGE])
            if len(fresh) <= PAGE:
                self._began = reading.now
            return len(fresh) <= PAGE

    def _put_all(self, reading: Reading, children: Iterable[Marked]) -> None:
        for one in reading.timelines.of([*children]):
            self._put(one, reading.areas)

    def _put(self, told: Timeline, tree: AreaTree) -> None:
        moments: list[datetime] = []
        states: list[State] = []
        values: dict[str, str] = {}
        for moment, after in told.steps:
            values |= after
            state = self._state_of(values)
            if not states or state != states[-1]:
                moments.append(moment)
                states.append(state)
        now = told.child
        last = states[-1] if states else None
        if last is None or (tree.meant(last.area_id), last.status) != (now.area_id, now.status):
            # An import that was undone says so in the row alone. Of a place that became part of
            # another the row says the other: the child did not move.
            moments.append(now.updated_at)
            states.append(
                State(
                    now.area_id,
                    now.status,
                    now.left_reason,
                    last.traits if last else None,
                    last.lacks if last else 0,
                    last.marks if last else self._marks({}),
                )
            )
        before = self._known.get(now.id)
        known = self._known[now.id] = _Known(now.version, tuple(moments), tuple(states))
        if before is None or before.moments[-1] != known.moments[-1]:
            day = known.moments[-1].astimezone(self.zone).date()
            self._moved.setdefault(day, []).append(now.id)
        for kept in self._days.values():
            if not kept.is_settled:
                kept.count(before, -1)
                kept.count(known, 1)

    def _state_of(self, values: Mapping[str, str]) -> State:
        lacks = 0
        for at, key in enumerate(MAY_LACK):
            if not values.get(key):
                lacks |= 1 << at
        return State(
            int(values.get(AREA) or 0),
            values.get(STATUS, ""),
            values.get(LEFT_REASON, ""),
            self._traits(values),
            lacks,
            self._marks(values),
        )

    def _marks(self, values: Mapping[str, str]) -> Marks:
        needed = CORE - {"school"} if values.get("schooling") in NO_SCHOOL else CORE
        away = "yes" in (values.get("both_away"), values.get("one_away"))
        marks = Marks(
            filed=all(values.get(key) for key in needed),
            signed=values.get("agreement_signed") == "yes",
            left_behind=away or "left_behind" in values.get("labels", "").split(),
            tier=values.get("tier", ""),
        )
        return self._kinds.setdefault(marks, marks)  # a few kinds, of many children

    def _traits(self, values: Mapping[str, str]) -> Traits | None:
        asked = tuple(values.get(key, "") for key in self.table.asks)
        if asked not in self._codes:
            self._codes[asked] = self.table.codes(values)
        codes = self._codes[asked]
        return None if codes is None else traits_of(values, codes)

    # -- counting -----------------------------------------------------------------------------

    def counts(
        self, tree: AreaTree, day: date, caliber: Caliber, now: datetime
    ) -> Mapping[int, Counter[str]]:
        """The official table's columns as of the end of a day, by village.

        What is not written to a village stands under the place that it is written to.
        """
        return self._day(tree, day, caliber, now).counts

    def children(self, tree: AreaTree, day: date, now: datetime) -> Mapping[int, int]:
        """How many children were in the register at the end of a day, by village."""
        return self._day(tree, day, 16, now).children

    def lacks(
        self, tree: AreaTree, day: date, now: datetime, places: Iterable[int]
    ) -> Counter[str]:
        """How many children of these villages lack each column at the end of a day."""
        counted = self._day(tree, day, 16, now).lacks
        masks: Counter[int] = Counter()
        for place in counted.keys() & frozenset(places):
            for mask, count in counted[place].items():
                masks[mask] += count
        return Counter(
            {
                key: sum(count for mask, count in masks.items() if mask >> at & 1)
                for at, key in enumerate(MAY_LACK)
            }
        )

    def marks(
        self, tree: AreaTree, day: date, now: datetime, places: Iterable[int]
    ) -> Counter[Marks]:
        """How many children of these villages were what at the end of a day."""
        counted = self._day(tree, day, 16, now).marks
        found: Counter[Marks] = Counter()
        for place in counted.keys() & frozenset(places):
            found.update(counted[place])
        return found

    def who(
        self, tree: AreaTree, day: date, places: Collection[int]
    ) -> Iterator[tuple[int, Marks]]:
        """Every child of these places at the end of a day, and what it was."""
        end, inside = self._begins(day + timedelta(days=1)), dict[int, bool]()
        with self._lock:
            known = sorted(self._known.items())
        for child, one in known:
            state = one.at(end)
            if state is None or state.status != "active":
                continue
            if (is_in := inside.get(state.area_id)) is None:
                is_in = inside[state.area_id] = tree.meant(state.area_id) in places
            if is_in:
                yield child, state.marks

    def changes(self, first: date, last: date) -> Iterator[Change]:
        """Who came into the register, went out of it, or to another place, within some days."""
        begin, end = self._begins(first), self._begins(last + timedelta(days=1))
        with self._lock:
            days = [children for day, children in self._moved.items() if day >= first]
            moved = {child: self._known[child] for children in days for child in children}
        for child, one in sorted(moved.items()):
            before, after = one.at(begin), one.at(end)
            here = before.area_id if before and before.status == "active" else None
            there = after.area_id if after and after.status == "active" else None
            if here != there:
                yield Change(child=child, before=here, after=there, why=_why(before, after))

    def _day(self, tree: AreaTree, day: date, caliber: Caliber, now: datetime) -> _Counts:
        with self._lock:
            kept = self._days.pop((day, caliber), None)
            if kept is None or kept.tree is not tree:
                kept = _Day(tree, day, caliber, self._begins(day + timedelta(days=1)))
                for one in self._known.values():
                    kept.count(one, 1)
            kept.is_settled = now - LATE > kept.end
            self._days[day, caliber] = kept
            while len(self._days) > DAYS_KEPT:
                self._days.pop(next(iter(self._days)))
            return kept.read(self.table)

    def _begins(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone)


def village_of(tree: AreaTree, area: int) -> int:
    """The village of a group; any other place is itself, or what it became part of."""
    path = tree.path(area)
    return next((row.id for row in path if row.kind == "village"), tree.meant(area))


def _why(before: State | None, after: State | None) -> str:
    is_here = after is not None and after.status == "active"
    was_here = before is not None and before.status == "active"
    if is_here and was_here:
        return "elsewhere"
    if is_here:
        return "new" if before is None else "back"
    assert after is not None
    return after.reason or after.status
