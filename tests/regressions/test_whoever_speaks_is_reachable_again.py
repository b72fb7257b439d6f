"""Somebody who was once marked as gone stayed so, although they were talking to us."""

from bot.channels.channel import Gone
from tests.fakes.house import House


async def test_whoever_speaks_is_reachable_again(house: House) -> None:
    neighbour = await house.visitor("邻居")
    house.paper.troubles.append(Gone())
    await neighbour.says("帮助")
    await house.settled()

    async def is_reachable() -> bool:
        speaker = await house.store.read(lambda reading: reading.people.speaker("paper", "邻居"))
        assert speaker is not None
        return speaker.reachable

    assert not await is_reachable()
    await neighbour.says("帮助")
    assert await is_reachable()
