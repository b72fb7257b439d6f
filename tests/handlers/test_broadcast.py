"""A broadcast reaches everybody once, goes on after a break, and stops when told."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from handlers.reaching import broadcast
from handlers.turn import ALARM
from handlers.turn import BROADCAST as PRIORITY
from storage.sealing import KeyRing
from storage.work import Reading, Work
from tests.fakes.house import House, open_house

BEGAN = datetime(2026, 11, 20, 2, tzinfo=UTC)
MANY = 120


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    file = tmp_path / "keys" / "house.keys"
    file.parent.mkdir()
    KeyRing.create(file)
    async with open_house(tmp_path, began=BEGAN, url=database_url) as opened:
        yield opened


async def test_everybody_hears_once_although_two_spread_and_one_breaks_off(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await sending(house)
    with monkeypatch.context() as broken:
        broken.setattr(broadcast, "_card", breaks_after(70))
        for _ in range(3):
            await asyncio.gather(house.bells.spread(), return_exceptions=True)
    for _ in range(4):
        await asyncio.gather(*(house.bells.spread() for _ in range(3)))
    await house.settled()
    heard = [one.address for one in house.paper.sent if one.card.text.startswith("通知")]
    assert sorted(heard) == sorted(f"网格员{number}" for number in range(MANY))
    count = await house.store.read(lambda reading: reading.broadcasts.count(made))
    assert (count.all, count.put, count.read) == (MANY, MANY, 0)
    assert (await state(house, made)) == "done"


async def test_what_was_stopped_goes_to_nobody_else(house: House) -> None:
    made = await sending(house)
    await house.bells.spread()
    await house.store.write(
        lambda work: work.broadcasts.to_state(made, "stopped", was=("sending",))
    )
    await house.bells.spread()
    count = await house.store.read(lambda reading: reading.broadcasts.count(made))
    assert count.put == broadcast.AT_ONCE


async def test_nobody_answers_for_whoever_was_not_meant(house: House) -> None:
    made = await sending(house)
    teacher = await house.visitor("教师")
    person = await house.store.read(lambda reading: person_of(reading, "教师"))
    assert not await house.store.write(lambda work: work.broadcasts.read(made, person))
    await teacher.says("/start")
    count = await house.store.read(lambda reading: reading.broadcasts.count(made))
    assert (count.all, count.read) == (MANY, 0)


def test_a_broadcast_goes_last() -> None:
    assert PRIORITY > ALARM


async def sending(house: House) -> int:
    """A broadcast to many grid workers, on its way."""

    def begin(work: Work) -> int:
        readers = [work.people.meet("paper", f"网格员{one}").person_id for one in range(MANY)]
        sender = person_of(work, "督导员")
        made = work.broadcasts.add(sender, "safety", "今天有大雨", readers)
        work.broadcasts.to_state(made, "sending", was=("waiting",))
        return made

    return await house.store.write(begin)


def breaks_after(times: int) -> object:
    card, left = broadcast._card, [times]

    def breaks(*args: object) -> object:
        left[0] -= 1
        if left[0] < 0:
            raise RuntimeError("broken off")
        return card(*args)  # type: ignore[arg-type]

    return breaks


async def state(house: House, made: int) -> str:
    found = await house.store.read(lambda reading: reading.broadcasts.get(made))
    return found.state if found else ""


def person_of(reading: Reading, name: str) -> int:
    speaker = reading.people.speaker("paper", name)
    assert speaker is not None
    return speaker.person_id
