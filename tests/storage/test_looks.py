"""Looks wait for a free connection, and never for a long look."""

import asyncio
from threading import Event
from unittest.mock import patch

from storage.sealing import KeyRing
from storage.store import Store
from storage.work import Reading, Work
from tests.fakes.clock import FakeClock


async def test_a_long_look_keeps_no_other_waiting(store: Store) -> None:
    may_end = Event()

    def long(_: Reading) -> str:
        assert may_end.wait(30)
        return "long"

    def short(_: Reading) -> str:
        return "short"

    waits = [asyncio.ensure_future(_of(store.read(long, long=True))) for _ in range(2)]
    assert [await store.read(short) for _ in range(5)] == ["short"] * 5
    assert not any(one.done() for one in waits)
    may_end.set()
    assert await asyncio.gather(*waits) == ["long", "long"]


async def test_what_waits_is_looked_at_before_the_store_closes(
    sqlite_url: str, keys: KeyRing, clock: FakeClock
) -> None:
    store = Store.open(sqlite_url, keys, clock, readers=3)
    looks = [store.read(lambda reading: reading.now, long=at % 4 == 0) for at in range(40)]
    await asyncio.to_thread(store.close)
    assert [await one for one in looks] == [clock()] * 40


async def _of(pending: object) -> object:
    return await pending  # type: ignore[misc]


async def test_a_look_asks_once_and_the_next_one_sees_what_changed(store: Store) -> None:
    person = await store.write(lambda work: work.people.add(name="赵"))

    def called(reading: Reading) -> tuple[set[str], int]:
        with patch.object(reading.db, "_asked", wraps=reading.db._asked) as asked:
            names = {reading.people.name_of(person) for _ in range(3)}
        return names, asked.call_count

    assert await store.read(called) == ({"赵"}, 1)
    await store.write(lambda work: work.people.set_name(person, "钱"))
    assert await store.read(called) == ({"钱"}, 1)


async def test_a_turn_sees_what_it_changed(store: Store) -> None:
    def change(work: Work) -> list[str]:
        person = work.people.add(name="赵")
        before = work.people.name_of(person)
        work.people.set_name(person, "钱")
        return [before, work.people.name_of(person)]

    assert await store.write(change) == ["赵", "钱"]
