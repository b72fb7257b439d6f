"""A card of the running turn overtook an older one that waited out a 429 in the outbox."""

import asyncio
from datetime import timedelta

from bot.channels.channel import TryLater
from tests.fakes.house import House


async def test_a_card_waits_for_the_cards_before_it(house: House) -> None:
    neighbour = await house.visitor("邻居")
    house.paper.troubles.append(TryLater(after=timedelta(seconds=0.1)))
    await neighbour.says("帮助")
    await house.settled()
    await asyncio.sleep(0.15)  # the chat may be spoken to again, and nobody has claimed yet
    await neighbour.says("查进度")
    await house.delivery.idle()
    assert house.paper.to("邻居") == []
    house.clock.moment[0] += timedelta(seconds=1)
    await house.settled()
    ids = [outgoing.id for outgoing in house.paper.to("邻居")]
    assert len(ids) == 2
    assert ids == sorted(ids)
