"""Whatever happens to children, hands and places: what is kept is what the rows say.

A model counts the rows one by one and knows nothing of how the numbers are kept.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update

from bot.keeping.counting import Counting
from storage.children.responsibility import PRIMARY
from storage.store import Store
from storage.tables import (
    child,
    child_entry,
    head_count,
    head_count_mark,
    responsibility,
    visit_plan,
)
from storage.work import Reading, Work
from tests.fakes.clock import FakeClock
from tests.storage.happening import happens
from tests.storage.test_day_counts import place_of
from tests.storage.test_day_counts import table as places

DAY = timedelta(days=1)
ACTS_AT_MOST = 12


@dataclass(slots=True)
class World:
    """A store, its clock, and who was made in it."""

    store: Store
    clock: FakeClock
    children: list[int] = field(default_factory=list)
    people: list[int] = field(default_factory=list)


# -- what may happen ------------------------------------------------------------------------------


def _came(world: World, work: Work, number: int) -> None:
    at = place_of(work.areas, number)
    world.children.append(work.children.add(at, {"name": "孩子"}, source="roster", by=0))


def _left(world: World, work: Work, number: int) -> None:
    for one in _one_of(world, work, number):
        work.children.leave(one, "other", work.now.date(), by=0)


def _moved(world: World, work: Work, number: int) -> None:
    for one in _one_of(world, work, number):
        work.children.move(one, place_of(work.areas, number // 7), by=0)


def _assigned(world: World, work: Work, number: int) -> None:
    for one in _one_of(world, work, number):
        since = work.now + (number // 5 % 3) * 20 * timedelta(hours=1)
        kind = PRIMARY if number % 5 else "teacher"
        work.responsibilities.assign(one, _person(world, number), kind, by=0, since=since)


def _released(world: World, work: Work, number: int) -> None:
    for one in _one_of(world, work, number):
        for held in work.responsibilities.of_child(one):
            work.responsibilities.end(held.id, by=0)


def _lent(world: World, work: Work, number: int) -> None:
    until = work.now + (number // 5 % 4) * 30 * timedelta(hours=1)
    giver, taker = _person(world, number), _person(world, number // 3)
    work.responsibilities.hand_over(giver, taker, by=0, until=until if number % 4 else None)


def _in_two_hands(world: World, work: Work, number: int) -> None:
    """As after a roster that came while a child was lent."""
    for one in _one_of(world, work, number):
        work.db.run(
            insert(responsibility),
            id=work.new_id(),
            child_id=one,
            person_id=_person(world, number),
            kind=PRIMARY,
            since=work.now,
            until=work.now + (number % 40 + 1) * timedelta(hours=1),
            entered_by=0,
            roster_id=None,
        )


def _another_person(world: World, work: Work, number: int) -> None:
    """As when two persons turn out to be one."""
    work.db.run(
        update(responsibility)
        .where(responsibility.c.person_id == _person(world, number))
        .values(person_id=_person(world, number // 3))
    )


def _removed(world: World, work: Work, number: int) -> None:
    for one in _one_of(world, work, number):
        work.db.run(delete(responsibility).where(responsibility.c.child_id == one))
        if number % 2:
            for table in (child_entry, visit_plan):
                work.db.run(delete(table).where(table.c.child_id == one))
            work.db.run(delete(child).where(child.c.id == one))
            world.children.remove(one)


def _rearranged(world: World, work: Work, number: int) -> None:
    work.places.replace(places(moved=number % 2 == 0, joined=number // 2 % 2 == 0))


def _one_of(world: World, work: Work, number: int) -> list[int]:
    found = world.children and world.children[number % len(world.children)]
    return [found] if found and work.children.get(found) else []


def _person(world: World, number: int) -> int:
    return world.people[number % len(world.people)]


_WRITES: Mapping[str, Callable[[World, Work, int], None]] = {
    "came": _came,
    "left": _left,
    "moved": _moved,
    "assigned": _assigned,
    "released": _released,
    "lent": _lent,
    "in two hands": _in_two_hands,
    "another person": _another_person,
    "removed": _removed,
    "rearranged": _rearranged,
}
ACTS = (*_WRITES, "came", "assigned", "assigned", "lent", "added up", "added up", "passed")


def _act(world: World, act: str, number: int, work: Work) -> None:
    _WRITES[act](world, work, number)


def _happens(world: World, act: str, number: int) -> None:
    happens(world.store, world.clock, act, number, partial(_act, world, act, number))


# -- the model ------------------------------------------------------------------------------------

#: Of a place: in whose hands how many are, in nobody's, and how many there are, by township.
Told = tuple[Mapping[int, int], Mapping[int, int], Mapping[int, int]]


def _counted(reading: Reading, area: int) -> Told:
    """Row by row."""
    tree, now = reading.areas, reading.now
    inside = set(tree.descendants(area))
    rows = reading.db.all(
        select(responsibility.c.child_id, responsibility.c.person_id).where(
            responsibility.c.kind == PRIMARY,
            responsibility.c.since <= now,
            responsibility.c.until.is_(None) | (responsibility.c.until > now),
        )
    )
    children = reading.db.all(select(child.c.id, child.c.area_id, child.c.status))
    home = {row[0]: row[1] for row in children if row[1] in inside and row[2] == "active"}
    answered = {row[0] for row in rows}
    return (
        Counter(row[1] for row in rows if row[0] in home),
        Counter(tree.town_of(at) for one, at in home.items() if one not in answered),
        Counter(tree.town_of(at) for at in home.values()),
    )


def _said(reading: Reading, area: int) -> Told:
    """As the program says it."""
    town_of, heads = reading.areas.town_of, reading.head_counts.of(area)
    nobody, children = Counter[int](), Counter[int]()
    for at, count in heads.nobody.items():
        nobody[town_of(at)] += count
    for at, count in heads.children.items():
        children[town_of(at)] += count
    return heads.loads(), nobody, children


def _compare(reading: Reading) -> None:
    tree = reading.areas
    [root] = tree.roots()
    for area in tree.descendants(root.id):
        assert _said(reading, area) == _counted(reading, area), tree.full_name(area)
    gaps = Counter(one.cause for one in reading.responsibilities.gaps(root.id, at_most=2))
    assert gaps == reading.responsibilities.gap_counts(root.id, at_most=2)
    assert reading.head_counts.holds(root.id)


@given(
    acts=st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 10_000)), max_size=ACTS_AT_MOST)
)
# What is lent goes back of itself, and what begins later begins.
@example(acts=[("assigned", 1), ("lent", 17), ("added up", 0), ("passed", 40), ("passed", 49)])
@example(acts=[("assigned", 11), ("added up", 0), ("passed", 49)])
# A village goes to another township, and back.
@example(acts=[("added up", 0), ("rearranged", 0), ("added up", 0), ("rearranged", 1)])
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_kept_of_hands_is_what_the_rows_say(
    store: Store, clock: FakeClock, acts: list[tuple[str, int]]
) -> None:
    world = World(store, clock)
    store.write(partial(_begin, world)).result()
    for act, number in acts:
        _happens(world, act, number)
        store.read(_compare).result()


def _begin(world: World, work: Work) -> None:
    """The places as some earlier example left them, people and a child."""
    if not work.areas.roots():
        work.places.replace(places())
    for name, at in (("甲", 0), ("乙", 2), ("丙", 5)):
        person = work.people.meet("web", name).person_id
        if not work.people.roles(person):
            work.people.add_role(person, "responsible", place_of(work.areas, at))
        world.people.append(person)
    _came(world, work, 0)


def test_hands_that_are_wrong_are_found_and_counted_anew(store: Store, clock: FakeClock) -> None:
    world = World(store, clock)
    store.write(partial(_begin, world)).result()
    counting = Counting(store)
    asyncio.run(counting.add_up())

    def spoil(work: Work) -> int:
        return work.db.run(update(head_count).values(children=head_count.c.children + 1))

    assert store.write(spoil).result() == 2  # in nobody's hands, and all of them
    assert _children(store) == 2
    for _ in store.read(lambda reading: reading.day_counts.places()).result():
        asyncio.run(counting.look())
    assert _children(store) == 1


def test_hands_hold_while_several_write_and_two_add_up(store: Store, clock: FakeClock) -> None:
    world = World(store, clock)
    store.write(partial(_begin, world)).result()
    for number in range(20):
        _happens(world, "came", number)

    def add_up(times: int) -> None:
        for _ in range(times):
            asyncio.run(Counting(store).add_up())

    with ThreadPoolExecutor(2) as others:
        beats = [others.submit(add_up, 9) for _ in range(2)]
        acts = ("assigned", "moved", "assigned", "released", "lent", "left")
        written = [
            store.write(partial(_act, world, acts[number % len(acts)], number * 37))
            for number in range(180)
        ]
        for turn in written:
            turn.result()
        for beat in beats:
            beat.result()
    store.read(_compare).result()
    asyncio.run(Counting(store).add_up())
    store.read(_compare).result()


def test_what_is_counted_anew_is_marked_no_more(store: Store, clock: FakeClock) -> None:
    world = World(store, clock)
    store.write(partial(_begin, world)).result()
    marks = select(head_count_mark.c.at)
    assert len(store.read(lambda reading: reading.db.all(marks)).result()) == 1
    asyncio.run(Counting(store).add_up())
    assert store.read(lambda reading: reading.db.all(marks)).result() == []
    until = clock.now + DAY

    def lend(work: Work) -> None:
        work.responsibilities.assign(world.children[0], world.people[0], by=0)
        work.responsibilities.hand_over(world.people[0], world.people[1], by=0, until=until)

    store.write(lend).result()
    asyncio.run(Counting(store).add_up())
    # It goes back of itself.
    assert store.read(lambda reading: reading.db.all(marks)).result() == [(until,)]
    clock.passes(DAY)
    asyncio.run(Counting(store).add_up())
    assert store.read(lambda reading: reading.db.all(marks)).result() == []


def _children(store: Store) -> int:
    def count(reading: Reading) -> int:
        [root] = reading.areas.roots()
        return reading.head_counts.of(root.id).children.total()

    return store.read(count).result()
