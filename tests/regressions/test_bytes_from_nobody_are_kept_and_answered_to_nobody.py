"""A body that could not be read made a person without an address, and an answer to them."""

from dataclasses import replace

from bot.channels.channel import Stored
from conversation.incoming import Unreadable
from tests.fakes.house import House
from tests.regressions.conftest import said


async def test_bytes_from_nobody_are_kept_and_answered_to_nobody(house: House) -> None:
    body = replace(said("", by="", key="paper:body"), incoming=Unreadable(what="malformed"))
    assert isinstance(await house.intake.take(body), Stored)
    assert isinstance(await house.intake.take(body), Stored)
    await house.settled()
    assert house.paper.sent == []
    assert len(await house.store.read(lambda reading: reading.poison.list())) == 1
    assert await house.store.read(lambda reading: reading.people.speaker("paper", "")) is None
