"""Whatever happens to steps and places: how long they took is what the rows say."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import combinations, count

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from bot.keeping.counting import Counting
from policy.figures import Pace
from storage.cases.duties import DutyIn
from storage.places.areas import StillHeld
from storage.store import Store
from storage.supervision.spans import CHINA, MICROSECOND, Span, begins
from storage.tables import duty, pace_mark, pace_month
from storage.work import Reading, Work
from tests.fakes.clock import FakeClock
from tests.storage.test_day_counts import place_of, table

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
KINDS = ("acknowledge", "contact", "visit")
ACTS_AT_MOST = 12
_numbers = count(1)


@dataclass(slots=True)
class World:
    """A store, its clock, and the steps that were set in it."""

    store: Store
    clock: FakeClock
    steps: list[int] = field(default_factory=list)


def _set(world: World, work: Work, number: int) -> None:
    told = work.duties.set(
        DutyIn(
            key=f"step:{next(_numbers)}",
            kind=KINDS[number % len(KINDS)],
            subject="case" if number % 5 else "absence",
            subject_id=next(_numbers),
            area_id=place_of(work.areas, number),
            grade="yellow",
            person_id=None,
            due_at=work.now + number // 7 % 50 * DAY,
            rings_at=None,
        )
    )
    assert told is not None
    world.steps.append(told)


def _ended(world: World, work: Work, number: int) -> None:
    """Now, or (as a table of the past is taken over) long ago, at the ends of months too."""
    for one in _one_of(world, number):
        work.duties.end(one, by=0)
        if number % 3 == 0:
            months = work.now.astimezone(CHINA).date().replace(day=1) - number // 3 % 3 * 28 * DAY
            at = begins(months.replace(day=1)) - (MINUTE, timedelta(0), -MINUTE)[number // 9 % 3]
            past = update(duty).where(duty.c.id == one, duty.c.state == "done")
            work.db.run(past.values(ended_at=at, set_at=at - number % 3000 * MINUTE))


def _put_back(world: World, work: Work, number: int) -> None:
    for one in _one_of(world, number):
        known = work.duties.get(one)
        assert known is not None
        work.duties.put_back(known)


def _due_elsewhen(world: World, work: Work, number: int) -> None:
    for one in _one_of(world, number):
        due = work.now + (number % 90 - 45) * DAY
        work.db.run(update(duty).where(duty.c.id == one).values(due_at=due))


def _went(world: World, work: Work, number: int) -> None:
    for one in _one_of(world, number):
        place = place_of(work.areas, number)
        work.db.run(update(duty).where(duty.c.id == one).values(area_id=place))


def _forgotten(world: World, work: Work, number: int) -> None:
    for one in _one_of(world, number):
        work.db.run(delete(duty).where(duty.c.id == one))
        world.steps.remove(one)


def _rearranged(world: World, work: Work, number: int) -> None:
    work.places.replace(table(moved=number % 2 == 0, joined=number // 2 % 2 == 0))


def _one_of(world: World, number: int) -> list[int]:
    return [world.steps[number % len(world.steps)]] if world.steps else []


_WRITES: Mapping[str, Callable[[World, Work, int], None]] = {
    "set": _set,
    "ended": _ended,
    "put back": _put_back,
    "due elsewhen": _due_elsewhen,
    "went": _went,
    "forgotten": _forgotten,
    "rearranged": _rearranged,
}
ACTS = (*_WRITES, "set", "set", "ended", "ended", "ended", "added up", "added up", "passed")


def _act(world: World, act: str, number: int, work: Work) -> None:
    _WRITES[act](world, work, number)


def _happens(world: World, act: str, number: int) -> None:
    if act == "added up":
        asyncio.run(Counting(world.store).add_up())
    elif act == "passed":
        world.clock.passes(number % 40 * DAY)
    else:
        try:
            world.store.write(partial(_act, world, act, number)).result()
        except StillHeld:
            assert act == "rearranged"


def _counted(reading: Reading, area: int, span: Span) -> Mapping[str, Pace]:
    """Row by row."""
    inside, found = set(reading.areas.descendants(area)), dict[str, list[tuple[int, bool]]]()
    columns = ("area_id", "kind", "subject", "state", "set_at", "due_at", "ended_at")
    for at, kind, subject, state, begun, due, ended in reading.db.all(
        select(*(duty.c[name] for name in columns))
    ):
        is_step = at in inside and subject == "case" and kind != "visit" and state == "done"
        if is_step and span.since < ended <= span.until:
            found.setdefault(kind, []).append(((ended - begun) // MINUTE, ended <= due))
    return {kind: _pace(sorted(one)) for kind, one in found.items()}


def _pace(took: list[tuple[int, bool]]) -> Pace:
    many = len(took)
    half, nine = (-(-many * tenths // 10) - 1 for tenths in (5, 9))
    return Pace(
        count=many,
        in_time=sum(in_time for _, in_time in took),
        p50=took[half][0] * MINUTE,
        p90=took[nine][0] * MINUTE,
    )


def _compare(reading: Reading) -> None:
    [root] = reading.areas.roots()
    today = reading.now.astimezone(CHINA).date()
    first = begins(today.replace(day=1))
    moments = (
        reading.now - 400 * DAY,
        begins(today - 90 * DAY) - MICROSECOND,
        reading.now - 33 * DAY,
        begins((today.replace(day=1) - DAY).replace(day=1)) - MICROSECOND,
        first - MICROSECOND,
        first,
        reading.now,
    )
    spans = [Span(*ends) for ends in combinations(sorted(moments), 2)]
    for area in (root.id, *(row.id for row in reading.areas.children(root.id))):
        for span in spans:
            assert reading.paces.of(area, span) == _counted(reading, area, span), span


@given(
    acts=st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 10_000)), max_size=ACTS_AT_MOST)
)
@example(acts=[("set", 1), ("ended", 1), ("passed", 39), ("added up", 0), ("due elsewhen", 1)])
@example(acts=[("set", 1), ("ended", 3), ("added up", 0), ("rearranged", 0), ("added up", 0)])
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_kept_of_months_is_what_the_rows_say(
    store: Store, clock: FakeClock, acts: list[tuple[str, int]]
) -> None:
    world = World(store, clock)
    store.write(_begin).result()
    for act, number in acts:
        _happens(world, act, number)
        store.read(_compare).result()


def _begin(work: Work) -> None:
    if not work.areas.roots():
        work.places.replace(table())


def test_a_month_that_is_over_is_kept_until_one_of_its_steps_changes(
    store: Store, clock: FakeClock
) -> None:
    world = World(store, clock)
    store.write(_begin).result()
    for act in ("set", "ended", "set", "ended", "added up"):
        _happens(world, act, 1)

    def kept(reading: Reading) -> tuple[int, int]:
        months, marks = (
            len(reading.db.all(select(one).distinct()))
            for one in (pace_month.c.month, pace_mark.c.month)
        )
        return months, marks

    # The present one stays marked, once.
    assert store.read(kept).result() == (0, 1)
    assert len(store.read(lambda one: one.db.all(select(pace_mark.c.id))).result()) == 1
    clock.passes(40 * DAY)
    _happens(world, "added up", 0)
    assert store.read(kept).result() == (1, 0)
    _happens(world, "due elsewhen", 0)
    assert store.read(kept).result() == (1, 1)
