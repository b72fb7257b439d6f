"""A standby without which nothing counts: what it has not got is confirmed to nobody."""

import asyncio

from storage.sealing import KeyRing
from storage.store import Store
from tests.fakes.clock import FakeClock
from tests.fakes.standby import Pair


async def test_a_turn_that_the_standby_has_not_got_waits_for_it_longer_than_any_limit(
    pair: Pair, keys: KeyRing, clock: FakeClock
) -> None:
    limit = 1.0
    store = await asyncio.to_thread(Store.open, pair.url, keys, clock, turn_seconds=limit)
    assert await store.write(lambda work: work.inbox.take("before"))
    await asyncio.to_thread(pair.part)
    await asyncio.to_thread(pair.follow_at_once, "*")
    await asyncio.sleep(1)
    waiting = asyncio.ensure_future(store.write(lambda work: work.inbox.take("alone")))
    assert (await asyncio.wait([waiting], timeout=3 * limit + 2))[0] == set()
    await asyncio.to_thread(pair.follow_at_once, "")
    assert await waiting
    await asyncio.to_thread(store.close)
