"""What a page that comes back is shown: all that was sent meanwhile, whoever sent it and when."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.history import AMONG_OTHERS, LATEST, History
from conversation.cards import Card, card_to_json
from storage.reaching.owed import OutboxIn
from storage.sealing import KeyRing
from storage.work import Work
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


async def test_a_card_that_was_shown_and_not_yet_written_down_is_not_missed(house: House) -> None:
    history = History(house.store)
    first = await sent(house, "一")
    on_its_way = await put(house, "二", owner="this process")
    assert await texts(history, first, in_hand=True) == ["二"]
    assert await texts(history, on_its_way, in_hand=True) == ["一"]
    assert await texts(history, 0, in_hand=True) == ["一", "二"]
    # Nobody sends it yet, so that it may still be another's, or never go.
    await put(house, "三", owner=None)
    assert await texts(history, first, in_hand=True) == ["二"]
    # A page that asks again and again is not answered with what it has.
    assert await texts(history, first) == []


async def test_of_very_much_that_was_missed_the_newest_is_shown(house: House) -> None:
    first = await sent(house, "一")
    for number in range(4 * LATEST + 7):
        await sent(house, f"{number}")
    shown = await texts(History(house.store), first)
    assert shown == [f"{number}" for number in range(7, 4 * LATEST + 7)]


async def test_what_another_process_wrote_down_by_a_slow_clock_is_not_missed(
    house: House,
) -> None:
    late = house.clock.moment[0] - AMONG_OTHERS + timedelta(seconds=1)
    seen = await sent(house, "这边发的")
    await sent(house, "那边发的", at=late)
    assert await texts(History(house.store), seen, in_hand=True) == []
    others = History(house.store, among_others=True)
    assert await texts(others, seen, in_hand=True) == ["那边发的"]


async def test_a_card_that_nobody_can_read_hides_and_holds_up_no_other(house: House) -> None:
    for card in ("{}", "null", "[1]", "[[], 1, 2, 3, 4]", "[", card_to_json(Card(text="好"))):
        await put(house, card, owner=None, is_text=False)
    await house.settled()
    assert [one.card.text for one in house.page.to(PAGE)] == ["好"]
    assert await house.store.read(lambda reading: reading.sending.waiting(reading.now)) == 0
    house.clock.moment[0] += timedelta(seconds=1)
    first = await sent(house, "一")
    row = await put(house, "{}", owner="this process", is_text=False)
    await sent(house, "二")
    await house.store.write(lambda work: work.sending.mark_sent([(row, str(row))]))
    assert await texts(History(house.store), first) == ["二"]


async def texts(history: History, last: int, *, in_hand: bool = False) -> Sequence[str]:
    return [one.card.text for one in await history.after(PAGE, last, in_hand=in_hand)]


async def put(house: House, text: str, owner: str | None, *, is_text: bool = True) -> int:
    def owe(work: Work) -> int:
        return work.outbox.put(
            OutboxIn(
                contact_id=work.people.meet("web", PAGE).contact_id,
                channel="web",
                priority=1,
                card=card_to_json(Card(text=text)) if is_text else text,
                turn=0,
                lease_owner=owner,
                lease_until=work.now + timedelta(minutes=1) if owner else None,
            )
        )

    return await house.store.write(owe)


async def sent(house: House, text: str, at: datetime | None = None) -> int:
    row = await put(house, text, owner="this process")
    back, house.clock.moment[0] = house.clock.moment[0], at or house.clock.moment[0]
    await house.store.write(lambda work: work.sending.mark_sent([(row, str(row))]))
    house.clock.moment[0] = back + timedelta(milliseconds=10)
    return row
