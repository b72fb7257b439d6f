"""Turns: what is kept, what is undone, and who hears of it."""

import asyncio
import gc
import os
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial

import pytest

from storage.faults import NotStored, TurnTookTooLong
from storage.people.person import Speaker
from storage.sealing import KeyRing
from storage.store import Store
from storage.work import Reading, Work
from tests.fakes.clock import FakeClock


async def test_what_a_turn_returned_is_stored(store: Store) -> None:
    speaker = await store.write(lambda work: work.people.meet("web", "a"))
    assert await store.read(lambda reading: reading.people.speaker("web", "a")) == speaker


async def test_a_turn_and_a_look_leave_nothing_for_the_collector(store: Store) -> None:
    seen: list[weakref.ref[Reading]] = []

    def turn(work: Work) -> None:
        work.people.meet("web", "a")
        seen.append(weakref.ref(work))

    def look(reading: Reading) -> None:
        reading.people.speaker("web", "a")
        seen.append(weakref.ref(reading))

    gc.disable()
    try:
        await store.write(turn)
        await store.read(look)
        assert [one() for one in seen] == [None, None]
    finally:
        gc.enable()


async def test_a_turn_that_raises_is_undone_alone(store: Store) -> None:
    def spoil(work: Work) -> None:
        work.people.meet("web", "spoilt")
        raise ValueError("mine")

    good, bad, other = await asyncio.gather(
        store.write(lambda work: work.people.meet("web", "good")),
        store.write(spoil),
        store.write(lambda work: work.people.meet("web", "other")),
        return_exceptions=True,
    )
    assert [type(bad), str(bad)] == [ValueError, "mine"]

    def known(reading: Reading) -> list[object]:
        return [reading.people.speaker("web", name) for name in ("good", "spoilt", "other")]

    assert await store.read(known) == [good, None, other]


async def test_what_the_others_did_is_done_once_when_one_of_them_raises(store: Store) -> None:
    def enter(name: str) -> Callable[[Work], int]:
        def turn(work: Work) -> int:
            person = work.people.meet("web", name).person_id
            work.audit.write(person, "met", "person", person)
            return person

        return turn

    def spoil(work: Work) -> None:
        enter("spoilt")(work)
        raise ValueError

    held = store.write(
        lambda _: time.sleep(0.1), lane="x"
    )  # meanwhile the others gather to one batch
    people = await asyncio.gather(
        *(store.write(enter(f"before {number}"), lane="x") for number in range(5)),
        store.write(spoil, lane="x"),
        *(store.write(enter(f"after {number}"), lane="x") for number in range(5)),
        return_exceptions=True,
    )
    await held
    assert [type(each) for each in people].count(ValueError) == 1
    met = [each for each in people if isinstance(each, int)]

    def written(reading: Reading) -> list[int]:
        return [len(reading.audit.of("person", person)) for person in met]

    assert await store.read(written) == [1] * 10
    assert (await store.read(lambda reading: reading.audit.head())).seq == 10


async def test_a_statement_that_failed_and_was_hushed_up_undoes_nobody_else(store: Store) -> None:
    def hush_up(work: Work) -> None:
        person = work.people.meet("web", "hushed").person_id
        with suppress(Exception):
            work.people.add_role(person, "grid_worker", area_id=404)  # there is no such area

    held = store.write(
        lambda _: time.sleep(0.1), lane="x"
    )  # meanwhile the others gather to one batch
    good, _, other = await asyncio.gather(
        store.write(lambda work: work.people.meet("web", "good"), lane="x"),
        store.write(hush_up, lane="x"),
        store.write(lambda work: work.people.meet("web", "other"), lane="x"),
        return_exceptions=True,
    )
    last = await asyncio.gather(
        store.write(lambda work: work.people.meet("web", "last"), lane="x"),
        store.write(hush_up, lane="x"),
        return_exceptions=True,
    )
    await held

    def known(reading: Reading) -> list[object]:
        return [reading.people.speaker("web", name) for name in ("good", "other", "last")]

    assert await store.read(known) == [good, other, last[0]]


@pytest.mark.parametrize("error", [StopIteration, SystemExit, KeyboardInterrupt, MemoryError])
async def test_no_error_of_a_turn_stops_the_thread(
    store: Store, error: type[BaseException]
) -> None:
    def spoil(_: Work) -> None:
        raise error

    with pytest.raises((RuntimeError, MemoryError)):
        await store.write(spoil)
    assert await store.write(lambda _: "still here") == "still here"


async def test_a_call_after_the_commit_is_made_once_and_only_for_a_turn_that_was_kept(
    store: Store,
) -> None:
    calls: list[str] = []

    def kept(work: Work) -> None:
        work.after_commit(lambda: calls.append("kept"))

    def undone(work: Work) -> None:
        work.after_commit(lambda: calls.append("undone"))
        raise ValueError

    await asyncio.gather(store.write(kept), store.write(undone), return_exceptions=True)
    await asyncio.sleep(0)
    assert calls == ["kept"]


def test_a_plain_thread_gets_its_result_too(store: Store) -> None:
    assert store.write(lambda work: work.inbox.take("a")).result(10)
    assert not store.write(lambda work: work.inbox.take("a")).result(10)


async def test_turns_of_one_lane_keep_their_order(store: Store) -> None:
    seen: list[int] = []
    await asyncio.gather(
        *(store.write(partial(_note, seen, n), lane="grandma") for n in range(500))
    )
    assert seen == list(range(500))


async def test_a_hundred_strangers_are_met_once_each(store: Store) -> None:
    names = [f"person-{n % 100}" for n in range(400)]
    met = await asyncio.gather(*(store.write(_meeting(name), lane=name) for name in names))
    assert len({one.contact_id for one in met}) == 100
    assert len({one.person_id for one in met}) == 100


async def test_a_reading_cannot_write(store: Store, database_url: str) -> None:
    def meddle(reading: Reading) -> bool:
        # mypy would not let a look do this; the database does not either.
        return Work(reading.db, reading.now, reading.shared).inbox.take("a")

    with pytest.raises(NotStored, match="READONLY" if "sqlite" in database_url else "25006"):
        await store.read(meddle)
    assert await store.write(lambda work: work.inbox.take("a"))


async def test_a_hanging_turn_is_stopped_and_the_others_are_kept(
    database_url: str, keys: KeyRing, clock: FakeClock
) -> None:
    def hang(work: Work) -> None:
        work.inbox.take("hanging")
        while True:
            time.sleep(0.01)

    store = Store.open(database_url, keys, clock, turn_seconds=0.4)
    try:
        before, hanging, after = await asyncio.gather(
            store.write(lambda work: work.inbox.take("before"), lane="x"),
            store.write(hang, lane="x"),
            store.write(lambda work: work.inbox.take("after"), lane="x"),
            return_exceptions=True,
        )
        assert [before, type(hanging), after] == [True, TurnTookTooLong, True]
        taken = [await store.write(_taking(key)) for key in ("before", "hanging", "after")]
        assert taken == [False, True, False]
    finally:
        store.close()


async def test_a_turn_is_not_charged_while_the_whole_process_stands_still(
    database_url: str, keys: KeyRing, clock: FakeClock
) -> None:
    """A server that is moved, or that another program keeps from its processors, goes on."""

    def work_on(work: Work) -> bool:
        for _ in range(30):
            time.sleep(0.01)
        return work.inbox.take("worked")

    store = Store.open(database_url, keys, clock, turn_seconds=1)
    me = os.getpid()
    try:
        taken = store.write(work_on)
        stop = f"sleep 0.1; kill -STOP {me}; sleep 2; kill -CONT {me}"
        stopped = await asyncio.create_subprocess_exec("/bin/sh", "-c", stop)
        assert await taken
        assert await stopped.wait() == 0
    finally:
        store.close()


async def test_a_turn_that_swallows_every_exception_is_stopped_too(
    database_url: str, keys: KeyRing, clock: FakeClock
) -> None:
    def stubborn(_: Work) -> None:
        while True:
            try:
                time.sleep(0.01)
            except Exception:
                continue

    store = Store.open(database_url, keys, clock, turn_seconds=0.4)
    try:
        with pytest.raises(TurnTookTooLong):
            await store.write(stubborn)
        assert await store.write(lambda _: 1) == 1
    finally:
        store.close()


async def test_turns_that_end_right_at_the_limit_never_harm_the_thread(
    database_url: str, keys: KeyRing, clock: FakeClock
) -> None:
    def linger(milliseconds: int, work: Work) -> int:
        until = time.monotonic() + milliseconds / 1000
        while time.monotonic() < until:
            work.inbox.take(f"{milliseconds}")
        return milliseconds

    store = Store.open(database_url, keys, clock, turn_seconds=0.04)
    try:
        for milliseconds in [*range(36, 56)] * 3:
            ended = await asyncio.gather(
                store.write(partial(linger, milliseconds)),
                store.write(lambda _: 0),
                return_exceptions=True,
            )
            assert ended[0] == milliseconds or isinstance(ended[0], TurnTookTooLong)
            assert ended[1] == 0
    finally:
        store.close()


async def test_what_was_taken_is_finished_before_a_stop_and_nothing_is_taken_after(
    database_url: str, keys: KeyRing, clock: FakeClock
) -> None:
    store = Store.open(database_url, keys, clock)
    taken = [store.write(_taking(str(n))) for n in range(200)]
    await asyncio.to_thread(store.close)
    assert [await one for one in taken] == [True] * 200
    with pytest.raises(NotStored, match="closed"):
        await store.write(lambda _: None)
    with pytest.raises(NotStored, match="closed"):
        await store.read(lambda _: None)


async def test_a_waiter_that_gave_up_does_not_hurt_the_others(store: Store) -> None:
    async def impatient() -> None:
        await store.write(lambda _: time.sleep(0.3))

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(impatient(), 0.05)
    assert await store.write(lambda _: "served") == "served"


def test_ids_of_two_stores_on_one_database_never_meet(
    postgresql_url: str, keys: KeyRing, clock: FakeClock
) -> None:
    stores = [Store.open(postgresql_url, keys, clock, writers=1) for _ in range(3)]
    try:
        ids = [
            store.write(lambda work: [work.new_id() for _ in range(1000)]).result(10)
            for store in stores
        ]
        assert len({one for many in ids for one in many}) == 3000
        assert all(many == sorted(many) for many in ids)
    finally:
        for store in stores:
            store.close()


async def test_time_is_read_once_a_turn(store: Store, clock: FakeClock) -> None:
    first = await store.write(lambda work: work.now)
    clock.passes(timedelta(hours=1))
    assert await store.read(lambda reading: reading.now) - first == timedelta(hours=1)


def _note(seen: list[int], number: int, _: Work) -> None:
    seen.append(number)


def _taking(key: str) -> Callable[[Work], bool]:
    return lambda work: work.inbox.take(key)


def _meeting(name: str) -> Callable[[Work], Speaker]:
    return lambda work: work.people.meet("web", name)
