"""A stop in good order kept its leases: the next process said "perhaps again" to everybody."""

import asyncio
from datetime import timedelta

import pytest

from bot.channels.channel import Delivery, Outgoing, Sent
from tests.fakes.house import House


async def test_a_stop_gives_back_what_was_not_sent(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    sending, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(outgoing: Outgoing) -> Delivery:
        sending.set()
        await go_on.wait()
        return Sent(external_id=str(outgoing.id))

    monkeypatch.setattr(type(house.paper), "send", lambda _, outgoing: slowly(outgoing))
    neighbour = await house.visitor("邻居")
    await neighbour.says("帮助")
    await neighbour.says("查进度")
    await sending.wait()
    stopping = asyncio.create_task(house.delivery.stop())
    await asyncio.sleep(0)
    go_on.set()
    await stopping
    left = await house.store.write(
        lambda work: work.sending.claim("another", work.now, timedelta(seconds=30), 10, ("paper",))
    )
    assert [one.unclear for one in left] == [False]
