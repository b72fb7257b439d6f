"""An open page is written down now and then, and what it showed."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.presence import NOTED_EVERY, Presence
from storage.reaching.owed import OutboxIn
from storage.sealing import KeyRing
from storage.work import Reading, Work
from tests.fakes.house import House, open_house

BEGAN = datetime(2026, 11, 20, 2, tzinfo=UTC)
PAGE = "甲"


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    file = tmp_path / "keys" / "house.keys"
    file.parent.mkdir()
    KeyRing.create(file)
    async with open_house(tmp_path, began=BEGAN, url=database_url) as opened:
        await opened.store.write(lambda work: work.people.meet("web", PAGE))
        yield opened


async def test_a_page_that_opens_is_reached_again(house: House) -> None:
    await unreached(house)
    await Presence(house.store, house.clock).is_open((PAGE, "nobody's"))
    assert await is_reached(house)


async def test_a_page_that_stays_open_is_written_down_now_and_then(house: House) -> None:
    presence = Presence(house.store, house.clock)
    await presence.is_open((PAGE,))
    await unreached(house)
    house.clock.moment[0] += NOTED_EVERY - timedelta(seconds=1)
    await presence.is_open((PAGE,))
    assert not await is_reached(house)
    house.clock.moment[0] += timedelta(seconds=1)
    await presence.is_open((PAGE,))
    assert await is_reached(house)


async def test_a_page_shows_what_it_was_sent_and_nothing_else(house: House) -> None:
    def put(work: Work) -> tuple[int, int]:
        mine, other = work.people.meet("web", PAGE), work.people.meet("web", "乙")
        first, second = (
            work.outbox.put(
                OutboxIn(
                    contact_id=one.contact_id,
                    channel="web",
                    priority=0,
                    card="{}",
                    turn=0,
                    about="case:1",
                    asks_since=work.now,
                )
            )
            for one in (mine, other)
        )
        return first, second

    mine, other = await house.store.write(put)
    presence = Presence(house.store, house.clock)
    assert await presence.shown_to(PAGE, [mine, other, 1])
    assert await presence.shown_to("nobody's", [other])

    def shown(reading: Reading) -> dict[int, bool]:
        found = reading.unnoticed.asking(reading.now)
        return {one.id: one.shown_at is not None for one in found}

    assert await house.store.read(shown) == {mine: True, other: False}


async def unreached(house: House) -> None:
    def mark(work: Work) -> None:
        work.people.mark_reachable(work.people.meet("web", PAGE).contact_id, False)

    await house.store.write(mark)


async def is_reached(house: House) -> bool:
    def known(reading: Reading) -> bool:
        speaker = reading.people.speaker("web", PAGE)
        return speaker is not None and speaker.reachable

    return await house.store.read(known)
