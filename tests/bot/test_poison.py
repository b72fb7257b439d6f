"""What no turn could bear is taken once more when its cause is mended: once, and on a trace."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.channels.channel import Stored
from bot.channels.telegram.reading import read_body
from bot.poison import CannotReplay, pack, unpack
from conversation.incoming import Incoming, Said
from handlers import talk
from handlers.turn import Turn
from storage.sealing import KeyRing
from tests.fakes.house import House, open_house

BEGAN = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
Breaks = Callable[[str], Callable[[], None]]


@pytest.fixture
async def house(tmp_path: Path, database_url: str) -> AsyncIterator[House]:
    keys = tmp_path / "keys" / "house.keys"
    keys.parent.mkdir()
    KeyRing.create(keys)
    async with open_house(tmp_path, began=BEGAN, url=database_url) as opened:
        yield opened


@pytest.fixture
def breaks(monkeypatch: pytest.MonkeyPatch) -> Breaks:
    """Make the handlers fail over one word, until it is mended."""

    def fails(word: str) -> Callable[[], None]:
        healthy = talk.take

        def take(turn: Turn, incoming: Incoming) -> None:
            if incoming == Said(text=word):
                raise ValueError(word)
            healthy(turn, incoming)

        monkeypatch.setattr(talk, "take", take)
        return lambda: monkeypatch.setattr(talk, "take", healthy)

    return fails


async def _kept(house: House) -> int:
    (one,) = await house.store.read(lambda reading: reading.poison.list())
    return one.id


async def _verbs(house: House, poison_id: int) -> list[str]:
    facts = await house.store.read(lambda reading: reading.audit.of("poison", poison_id))
    return [fact.verb for fact in facts]


async def test_it_is_taken_once_when_its_cause_is_mended(house: House, breaks: Breaks) -> None:
    neighbour = await house.visitor("邻居")
    await neighbour.says("我要报告")
    mended = breaks("隔壁老李家的孩子没人管")
    await neighbour.says("隔壁老李家的孩子没人管")
    poison_id = await _kept(house)
    mended()
    attempts = await asyncio.gather(
        *(house.intake.replay(poison_id) for _ in range(5)), return_exceptions=True
    )
    assert attempts.count(None) == 1
    assert {each.code for each in attempts if isinstance(each, CannotReplay)} == {"not_kept"}
    await house.settled()
    heard = [each.card.text for each in house.paper.to("邻居")]
    assert sum("没处理成" in text for text in heard) == 1
    assert await house.store.read(lambda reading: reading.poison.list()) == ()
    verbs = await _verbs(house, poison_id)
    assert verbs.count("poison-replayed") == 1


async def test_it_stays_when_it_fails_again(house: House, breaks: Breaks) -> None:
    mended = breaks("这句会抛错")
    neighbour = await house.visitor("邻居")
    await neighbour.says("这句会抛错")
    poison_id = await _kept(house)
    with pytest.raises(CannotReplay, match="failed"):
        await house.intake.replay(poison_id)
    assert await _kept(house) == poison_id
    assert await _verbs(house, poison_id) == ["poison-opened", "poison-failed-again"]
    mended()
    await house.intake.replay(poison_id)
    await house.settled()
    assert "没处理成" in house.paper.to("邻居")[-2].card.text


async def test_it_never_answers_a_question_that_was_asked_since(
    house: House, breaks: Breaks
) -> None:
    neighbour = await house.visitor("邻居")
    mended = breaks("2")
    await neighbour.says("2")
    mended()
    await neighbour.says("我要报告")
    poison_id = await _kept(house)
    with pytest.raises(CannotReplay, match="busy"):
        await house.intake.replay(poison_id)
    assert await _kept(house) == poison_id
    before = await house.store.read(lambda reading: reading.people.speaker("paper", "邻居"))
    await neighbour.says("稍后继续")
    await house.intake.replay(poison_id)
    after = await house.store.read(lambda reading: reading.people.speaker("paper", "邻居"))
    assert before is not None
    assert after is not None
    assert before.draft is not None
    assert after.draft is None  # a number that answers nothing begins nothing


async def test_what_is_discarded_is_not_replayed(house: House, breaks: Breaks) -> None:
    breaks("这句会抛错")
    await (await house.visitor("邻居")).says("这句会抛错")
    poison_id = await _kept(house)
    assert await house.store.write(lambda work: work.poison.discard(poison_id, 0))
    assert not await house.store.write(lambda work: work.poison.discard(poison_id, 0))
    with pytest.raises(CannotReplay, match="not_kept"):
        await house.intake.replay(poison_id)
    with pytest.raises(CannotReplay, match="not_kept"):
        await house.intake.replay(poison_id + 1)


async def test_what_could_not_be_read_waits_for_a_program_that_can(house: House) -> None:
    heard = read_body(b"{not json", BEGAN)
    assert isinstance(await house.intake.take(heard), Stored)  # type: ignore[arg-type]
    with pytest.raises(CannotReplay, match="nobody"):
        await house.intake.replay(await _kept(house))


def test_an_arrival_of_telegram_is_read_anew_and_others_come_back_as_they_were() -> None:
    body = (
        b'{"update_id": 7, "message": {"message_id": 3, "date": 1795140000,'
        b' "chat": {"id": 42, "type": "private"}, "text": "\xe4\xbd\xa0\xe5\xa5\xbd"}}'
    )
    heard = read_body(body, BEGAN)
    again = unpack(pack(heard, 5))  # type: ignore[arg-type]
    assert again.arrival == heard
    assert again.card_id == 5
    with pytest.raises(CannotReplay, match="unreadable"):
        unpack(b"raw")
