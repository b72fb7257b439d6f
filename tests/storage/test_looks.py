"""Looks wait for a free connection, and never for a long look."""

import asyncio
from threading import Event

from storage.sealing import KeyRing
from storage.store import Store
from storage.work import Reading
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
