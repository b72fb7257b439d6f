"""Somebody whose open draft no key opens held up everybody's polling for ever."""

from bot.channels.channel import Stored
from tests.fakes.house import House
from tests.regressions.conftest import said, spoil


async def test_poison_is_kept_when_its_person_cannot_be_read(house: House) -> None:
    neighbour = await house.visitor("邻居")
    await neighbour.says("我要报告")
    await spoil(house, "draft", "dialogue", "id > 0")
    taken = await house.intake.take(said("还在吗", by="邻居", key="paper:again"))
    assert isinstance(taken, Stored)
    kept = await house.store.read(lambda reading: reading.poison.list())
    assert [one.channel for one in kept] == ["paper"]
