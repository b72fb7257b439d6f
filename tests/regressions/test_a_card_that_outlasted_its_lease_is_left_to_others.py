"""A process that was paused beyond its lease sent what another one had sent meanwhile."""

from datetime import timedelta

import pytest

from tests.fakes.house import House


async def test_a_card_that_outlasted_its_lease_is_left_to_others(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    pace = house.delivery._paces["paper"]

    async def paused(address: str, priority: int) -> None:
        house.clock.moment[0] += timedelta(minutes=1)

    neighbour = await house.visitor("邻居")
    with monkeypatch.context() as while_paused:
        while_paused.setattr(pace, "wait", paused)
        await neighbour.says("帮助")
        await house.delivery.idle()
    assert house.paper.sent == []
    await house.settled()
    assert [outgoing.perhaps_again for outgoing in house.paper.to("邻居")] == [True]
