"""Whatever happens and places become: what is kept of their days is what the rows say.

A model counts the rows one by one and knows nothing of how the days are kept.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from itertools import count, pairwise

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Table, delete, insert, select, update

from bot.keeping.counting import Counting
from policy.areas import AreaRow, AreaTree
from storage.cases.case import Owner
from storage.cases.duties import DutyIn
from storage.database import Row
from storage.reporting.reports import ReportIn
from storage.store import Store
from storage.supervision.spans import CHINA, Span, begins
from storage.tables import (
    absence,
    case_entry,
    case_file,
    day_count,
    day_count_move,
    duty,
    pupil,
    report,
    visit,
)
from storage.visiting.visit import VisitIn
from storage.work import Reading, Work
from tests.fakes.clock import FakeClock
from tests.storage.happening import happens
from tests.storage.test_school import class_of_two

DAY, MICROSECOND = timedelta(days=1), timedelta(microseconds=1)
PLACES = ("河湾村", "上河村", "大塘村", "河湾村一组", "大塘村一组", "青石镇", "云岭县")
ACTS_AT_MOST = 12
_numbers = count(1)


@dataclass(slots=True)
class World:
    """A store, its clock, and what was made in it."""

    store: Store
    clock: FakeClock
    duties: list[int] = field(default_factory=list)
    reports: list[int] = field(default_factory=list)
    cases: list[int] = field(default_factory=list)
    child: int = 0
    pupil: int = 0
    #: The class of the pupil.
    of: int = 0


def table(*, moved: bool = False, joined: bool = False) -> list[AreaRow]:
    """Two townships; 河湾村 may lie in the other one, and 上河村 may be part of it."""
    town, old = (5, ("青石镇河湾村",)) if moved else (2, ())
    names = (*old, *(("青石镇上河村",) if joined else ()))
    rows = [
        AreaRow(id=1, parent_id=None, kind="county", name="云岭县"),
        AreaRow(id=2, parent_id=1, kind="town", name="青石镇"),
        AreaRow(id=5, parent_id=1, kind="town", name="白水镇"),
        AreaRow(id=3, parent_id=town, kind="village", name="河湾村", aliases=names),
        AreaRow(id=4, parent_id=3, kind="group", name="河湾村一组"),
        AreaRow(id=6, parent_id=5, kind="village", name="大塘村"),
        AreaRow(id=7, parent_id=6, kind="group", name="大塘村一组"),
    ]
    return rows if joined else [*rows, AreaRow(id=8, parent_id=2, kind="village", name="上河村")]


# -- what may happen ------------------------------------------------------------------------------


def place_of(tree: AreaTree, number: int) -> int:
    found = tree.search(PLACES[number % len(PLACES)])
    return found[0].id if found else tree.roots()[0].id


def _moment(now: datetime, number: int) -> datetime:
    """Days before and after now, at noon, at the ends of a day and right beside them."""
    day = begins(now.astimezone(CHINA).date() + (number // 4 % 60 - 30) * DAY)
    return (
        day
        + (12 * timedelta(hours=1), -MICROSECOND, timedelta(0), -timedelta(seconds=1))[number % 4]
    )


def _planned(world: World, work: Work, number: int) -> None:
    told = work.duties.set(
        DutyIn(
            key=f"duty:{next(_numbers)}",
            kind=("visit", "visit", "feedback", "contact")[number % 4],
            subject="child",
            subject_id=next(_numbers),
            area_id=place_of(work.areas, number),
            grade="yellow",
            person_id=None,
            due_at=_moment(work.now, number // 7),
            rings_at=None,
        )
    )
    assert told is not None
    world.duties.append(told)


def _ended(world: World, work: Work, number: int) -> None:
    for one in _one_of(world, number):
        work.duties.end(one, by=0, state="cancelled" if number % 5 == 0 else "done")


def _put_back(world: World, work: Work, number: int) -> None:
    for one in _one_of(world, number):
        known = work.duties.get(one)
        assert known is not None
        work.duties.put_back(known)


def _put_off(world: World, work: Work, number: int) -> None:
    for one in _one_of(world, number):
        work.duties.move(one, _moment(work.now, number), None, 0)


def _went(world: World, work: Work, number: int) -> None:
    for one in _one_of(world, number):
        statement = update(duty).where(duty.c.id == one)
        work.db.run(statement.values(area_id=place_of(work.areas, number)))


def _visited(world: World, work: Work, number: int) -> None:
    at = min(_moment(work.now, number // 6), work.now)
    if number % 4 == 0:
        work.children.move(world.child, place_of(work.areas, number), by=0)
    work.visits.add(
        VisitIn(
            child_id=world.child,
            kind="home",
            result=("done", "failed", "explained")[number % 3],
            seen=number % 5 > 0,
            alone=(True, False, None)[number // 3 % 3],
            answers="{}",
            person_id=1,
            on_day=at.astimezone(CHINA).date(),
            true_at=at,
        )
    )


def _reported(world: World, work: Work, number: int) -> None:
    """Whoever reported at some other moment is heard of now."""
    at = place_of(work.areas, number)
    form = ReportIn(
        kind="report",
        area_id=at if number % 9 else None,
        form_version="v",
        answers="{}",
        grade="red",
        anonymous=False,
    )
    filed = work.reports.file(form)
    moment = _moment(work.now, number // 7)
    work.db.run(update(report).where(report.c.id == filed.id).values(created_at=moment))
    owner = Owner(role="child_director", area_id=at, person_id=None)
    world.reports.append(filed.id)
    world.cases.append(work.cases.open(filed, owner, stage="received", child_id=None).id)


def _told_where(world: World, work: Work, number: int) -> None:
    for one in _of(world.reports, number):
        place = place_of(work.areas, number // 3)
        work.db.run(update(report).where(report.c.id == one).values(area_id=place))


def _closed(world: World, work: Work, number: int) -> None:
    for one in _of(world.cases, number):
        case = work.cases.get(one)
        assert case is not None
        work.cases.to_stage(one, "closed", was=case.stage)
        work.cases.ended(one, "helped", ("yes", "no", "")[number % 3])


def _taken_up_again(world: World, work: Work, number: int) -> None:
    for one in _of(world.cases, number):
        if work.cases.to_stage(one, "received", was="closed"):
            work.cases.reopened(one)
            act = ("unsolved", "reopened", "reopen")[number % 3]
            work.cases.add_entry(one, act, by=0, role="", stage="received")


def _two_are_one(world: World, work: Work, number: int) -> None:
    for one in _of(world.cases, number):
        case, into = work.cases.get(one), world.cases[number // 3 % len(world.cases)]
        assert case is not None
        if case.joined_into is not None:
            work.cases.part(one, by=0)
        elif one != into:
            work.cases.join(one, into, by=0)


def _missed_school(world: World, work: Work, number: int) -> None:
    kept = work.absences.of_child(world.child, work.now.date())
    if any(one.is_open for one in kept):
        state = ("returned", "gone", "withdrawn")[number % 3]
        moment = _moment(work.now, number // 7)
        gone = update(absence).where(absence.c.state == "open")
        work.db.run(gone.values(state=state, closed_at=moment))
        return
    work.db.run(
        insert(absence).values(
            id=work.new_id(),
            pupil_id=world.pupil,
            class_id=world.of,
            child_id=world.child,
            area_id=place_of(work.areas, number),
            first_day=work.now.date(),
            noted_at=work.now,
            entered_by=0,
            reason="",
            excused=False,
            boards=False,
            cannot_be_found=False,
            state="open",
            stood="",
        )
    )


def _forgotten(world: World, work: Work, number: int) -> None:
    """As when what is kept so long is removed."""
    for one in _of(world.duties, number):
        work.db.run(delete(duty).where(duty.c.id == one))
        world.duties.remove(one)
    work.db.run(delete(absence).where(absence.c.state != "open"))


def _of(some: list[int], number: int) -> list[int]:
    return [some[number % len(some)]] if some else []


def _one_of(world: World, number: int) -> list[int]:
    return _of(world.duties, number)


def _rearranged(world: World, work: Work, number: int) -> None:
    rows = table(moved=number % 2 == 0, joined=number // 2 % 2 == 0)
    work.places.replace(rows)


_WRITES: Mapping[str, Callable[[World, Work, int], None]] = {
    "planned": _planned,
    "ended": _ended,
    "put back": _put_back,
    "put off": _put_off,
    "went": _went,
    "visited": _visited,
    "reported": _reported,
    "told where": _told_where,
    "closed": _closed,
    "taken up again": _taken_up_again,
    "two are one": _two_are_one,
    "missed school": _missed_school,
    "forgotten": _forgotten,
    "rearranged": _rearranged,
}
ACTS = (
    *(*_WRITES, "planned", "planned", "visited", "visited", "reported", "closed", "missed school"),
    *("added up", "added up", "added up", "passed", "passed"),
)


def _act(world: World, act: str, number: int, work: Work) -> None:
    _WRITES[act](world, work, number)


def _happens(world: World, act: str, number: int) -> None:
    happens(world.store, world.clock, act, number, partial(_act, world, act, number))


# -- the model ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """All numbers of visits of a place."""

    due: int
    in_time: int
    late: int
    done: int
    failed: int
    alone: int
    seen: int
    reports: int
    closed: int
    solved: int
    told_due: int
    told: int
    returned: int
    unsolved: int
    days: Mapping[date, int]
    calendar: Mapping[tuple[date, str], int]


class Rows:
    """The rows that are counted, each kind read once for all places and spans."""

    def __init__(self, reading: Reading) -> None:
        self.tree, self.month, self._db = reading.areas, _month(reading), reading.db
        self._read: dict[tuple[str, ...], list[Row]] = {}

    def of(self, table: Table, *columns: str) -> list[Row]:
        asked = (table.name, *columns)
        if asked not in self._read:
            self._read[asked] = [
                *self._db.all(select(*(table.c[name] for name in columns)).select_from(table))
            ]
        return self._read[asked]


def _counted(rows: Rows, area: int, span: Span) -> Told:
    """Row by row."""
    inside = set(rows.tree.descendants(area))
    fell = [
        row
        for row in rows.of(duty, "area_id", "due_at", "state", "ended_at", "kind")
        if row[0] in inside and row[2] in ("open", "done") and row[4] == "visit"
    ]
    made = [
        row
        for row in rows.of(visit, "area_id", "true_at", "result", "alone", "on_day", "seen")
        if row[0] in inside and span.since < row[1] <= span.until
    ]
    due = [row for row in fell if span.since < row[1] <= span.until]
    first, after = rows.month
    others = _others(rows, inside, span)
    return Told(
        **others,
        due=len(due),
        in_time=sum(row[2] == "done" and row[3] <= row[1] for row in due),
        late=sum(row[2] == "done" and row[3] > row[1] for row in due),
        done=sum(row[2] == "done" for row in made),
        failed=sum(row[2] == "failed" for row in made),
        alone=sum(row[2] == "done" and row[3] is True for row in made),
        seen=sum(row[2] == "done" and row[5] is True for row in made),
        days=Counter(row[4] for row in made if row[2] == "done"),
        calendar=Counter(
            (row[1].astimezone(CHINA).date(), row[2]) for row in fell if first <= row[1] < after
        ),
    )


def _others(rows: Rows, inside: set[int], span: Span) -> dict[str, int]:
    def then(table: Table, moment: str, *more: str) -> list[Row]:
        every = rows.of(table, "area_id", moment, *more)
        return [r for r in every if r[0] in inside and r[1] and span.since < r[1] <= span.until]

    tell = [
        row[3]
        for row in then(duty, "due_at", "kind", "state")
        if row[2] == "feedback" and row[3] in ("open", "done")
    ]
    closed = [r for r in then(case_file, "closed_at", "joined_into", "solved") if r[2] is None]
    again = {
        row[0]
        for row in rows.of(case_entry, "case_id", "act", "entered_at")
        if row[1] in ("unsolved", "reopened", "reopen") and span.since < row[2] <= span.until
    }
    places = {
        row[0]: row[1]
        for row in rows.of(case_file, "id", "area_id", "joined_into")
        if row[2] is None
    }
    return {
        "reports": len(then(report, "created_at")),
        "closed": len(closed),
        "solved": sum(row[3] == "yes" for row in closed),
        "told_due": len(tell),
        "told": tell.count("done"),
        "returned": sum(r[2] == "returned" for r in then(absence, "closed_at", "state")),
        "unsolved": sum(places.get(one) in inside for one in again),
    }


def _said(reading: Reading, area: int, span: Span) -> Told:
    """As the program says it."""
    numbers = reading.figures.of_children(area, span)
    of_cases = reading.figures.of_cases(area, span)
    by_time: Counter[tuple[date, str]] = Counter()
    for moment, state, many in reading.visits.by_time([area], *_month(reading)):
        by_time[moment.astimezone(CHINA).date(), state] += many
    for key in ("visits_due", "visits_in_time"):
        assert sum(reading.trends.by_area(key, area, span).values()) == numbers[key]
    reports = reading.trends.by_area("reports", area, span)
    assert sum(reports.values()) == of_cases["reports"]
    return Told(
        **of_cases,
        returned=numbers["returned"],
        due=numbers["visits_due"],
        in_time=numbers["visits_in_time"],
        late=numbers["visits_late"],
        done=numbers["visits_done"],
        failed=numbers["visits_failed"],
        alone=numbers["seen_alone"],
        seen=numbers["child_seen"],
        days=reading.trends.visited(area, span),
        calendar=+by_time,
    )


#: The lists behind numbers of days, and what counts them.
LISTS = {
    "visits_due": "due",
    "visits_late": "late",
    "visits_done": "done",
    "seen_alone": "alone",
    "returned": "returned",
    "solved": "solved",
    "reports": "reports",
    "told": "told",
}


def _compare_lists(reading: Reading, area: int, span: Span, told: Told) -> None:
    """A list is as long as its number, the newest first, whatever the pages are."""
    for figure, name in LISTS.items():
        every = _page(reading, figure, area, span, 0, 1000)
        assert len(every) == getattr(told, name), figure
        moments = [at for _, at in every]
        assert moments == sorted(moments, reverse=True)
        assert all(span.since < at <= span.until for at in moments)
        pages = [
            row
            for skip in range(0, len(every) + 1, 2)
            for row in _page(reading, figure, area, span, skip, 2)
        ]
        assert pages == [*every], figure


def _page(
    reading: Reading, figure: str, area: int, span: Span, skip: int, count: int
) -> tuple[tuple[int, datetime], ...]:
    page = reading.day_lists.page(figure, area, span, skip=skip, count=count)
    assert page is not None
    return page.rows


def _month(reading: Reading) -> tuple[datetime, datetime]:
    today = reading.now.astimezone(CHINA).date()
    return begins(today - 20 * DAY), begins(today + 20 * DAY)


def _compare(reading: Reading, sinces: Collection[datetime], *, lists: bool = True) -> None:
    """From each of these moments on until the next one, and all of it until now."""
    tree, moments = reading.areas, sorted({*sinces, reading.now})
    spans = {Span(*ends) for ends in (*pairwise(moments), (moments[0], reading.now))}
    rows = Rows(reading)
    for area in tree.descendants(tree.roots()[0].id):
        for span in spans:
            told = _said(reading, area, span)
            assert told == _counted(rows, area, span), (tree.full_name(area), span)
            if lists:
                _compare_lists(reading, area, span, told)
    for place in reading.day_counts.places():
        assert reading.day_counts.holds(place)


@given(
    acts=st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 10_000)), max_size=ACTS_AT_MOST)
)
# What a place that became part of another had is not taken away from that one.
@example(acts=[("planned", 1), ("added up", 0), ("rearranged", 1), ("added up", 0)])
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_kept_of_days_is_what_the_rows_say(
    store: Store, clock: FakeClock, acts: list[tuple[str, int]]
) -> None:
    world = World(store, clock)
    store.write(partial(_begin, world)).result()
    for left, (act, number) in zip(reversed(range(len(acts))), acts, strict=True):
        _happens(world, act, number)
        midnight = begins(clock.now.astimezone(CHINA).date() - number % 30 * DAY) - MICROSECOND
        sinces = (midnight, clock.now - timedelta(hours=number % 900), clock.now - 365 * DAY)
        # The lists take longest: they are held to the numbers when all has happened.
        store.read(partial(_compare, sinces=sinces, lists=left == 0)).result()


def _begin(world: World, work: Work) -> None:
    """The places as some earlier example left them, and a child that goes to school."""
    if not work.areas.roots():
        work.places.replace(table())
        home, teacher = place_of(work.areas, 0), work.people.meet("web", "teacher").person_id
        class_of_two(work, teacher, home)
    known = work.db.all(select(pupil.c.id, pupil.c.class_id, pupil.c.child_id))
    world.pupil, world.of, world.child = next(row for row in known if row[2] is not None)


def test_days_that_are_wrong_are_found_and_counted_anew(store: Store, clock: FakeClock) -> None:
    world = World(store, clock)
    store.write(partial(_begin, world)).result()
    days = Counting(store)
    _happens(world, "planned", 0)
    asyncio.run(days.add_up())
    clock.passes(40 * DAY)

    def spoil(work: Work) -> int:
        return work.db.run(update(day_count).values(due=day_count.c.due + 1))

    assert store.write(spoil).result() == 1
    assert _due(store) == 2
    places = len(store.read(lambda reading: reading.day_counts.places()).result())
    for _ in range(places):
        asyncio.run(days.look())
    assert _due(store) == 1


def test_days_hold_while_several_write_and_two_add_up(store: Store, clock: FakeClock) -> None:
    world = World(store, clock)
    store.write(partial(_begin, world)).result()
    places = store.read(lambda reading: reading.day_counts.places()).result()

    def add_up(times: int) -> None:
        for at in range(times):
            if at % 3 == 0:
                store.write(lambda work: work.day_counts.forget(places)).result()
            asyncio.run(Counting(store).add_up())

    with ThreadPoolExecutor(2) as others:
        beats = [others.submit(add_up, 9) for _ in range(2)]
        acts = ("planned", "visited", "ended", "planned", "put off", "went")
        written = [
            store.write(partial(_act, world, acts[number % len(acts)], number * 37))
            for number in range(240)
        ]
        for turn in written:
            turn.result()
        for beat in beats:
            beat.result()
    clock.passes(40 * DAY)
    store.read(partial(_compare, sinces=(clock.now - 300 * DAY,))).result()
    asyncio.run(Counting(store).add_up())
    assert store.read(lambda reading: reading.day_counts.uncounted()).result() == ()
    store.read(partial(_compare, sinces=(clock.now - 300 * DAY,))).result()


def test_moves_are_added_up_and_gone(store: Store, clock: FakeClock) -> None:
    world = World(store, clock)
    store.write(partial(_begin, world)).result()
    asyncio.run(Counting(store).add_up())
    for number in range(0, 20, 4):
        _happens(world, "planned", number)
    moves = select(day_count_move.c.id)
    assert len(store.read(lambda reading: reading.db.all(moves)).result()) == 5
    asyncio.run(Counting(store).add_up())
    assert store.read(lambda reading: reading.db.all(moves)).result() == []


def _due(store: Store) -> int:
    def count(reading: Reading) -> int:
        [root] = reading.areas.roots()
        span = Span(reading.now - 300 * DAY, reading.now)
        return reading.figures.of_children(root.id, span)["visits_due"]

    return store.read(count).result()
