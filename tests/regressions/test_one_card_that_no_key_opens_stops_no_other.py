"""A card that could not be opened ended the whole delivery, for everybody and without a word."""

import asyncio
from datetime import timedelta

from bot.channels.channel import TryLater
from tests.fakes.house import House
from tests.regressions.conftest import spoil


async def test_one_card_that_no_key_opens_stops_no_other(house: House) -> None:
    for name in ("邻居", "教师"):
        house.paper.troubles.append(TryLater(after=timedelta(seconds=0.01)))
        await (await house.visitor(name)).says("帮助")
        await house.delivery.idle()
    await spoil(
        house, "outbox", "card", "id = (SELECT min(id) FROM outbox WHERE state = 'queued')"
    )
    house.clock.moment[0] += timedelta(seconds=1)
    await asyncio.sleep(0.05)  # so long both chats were to be left alone, by the real clock
    await house.settled()
    assert [outgoing.address for outgoing in house.paper.sent] == ["教师"]
