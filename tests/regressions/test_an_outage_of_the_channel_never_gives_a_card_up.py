"""After two hours without a channel its cards were refused for good, although none had left."""

from datetime import timedelta

from bot.channels.channel import TryLater
from tests.fakes.house import House


async def test_an_outage_of_the_channel_never_gives_a_card_up(house: House) -> None:
    neighbour = await house.visitor("邻居")
    house.paper.troubles += [TryLater(after=timedelta(seconds=0.001))] * 40
    await neighbour.says("帮助")
    await house.delivery.idle()
    house.delivery._paces["paper"]._resting = _NeverRests()
    for _ in range(41):
        house.clock.moment[0] += timedelta(minutes=6)
        await house.settled()
    assert len(house.paper.to("邻居")) == 1


class _NeverRests(dict[str, float]):
    """Real seconds do not pass in a test as the clock's do."""

    def __setitem__(self, key: str, value: float) -> None:
        return
