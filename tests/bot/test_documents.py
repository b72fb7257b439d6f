"""Files that we send: with the card that speaks of them, under the same promises."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.channels.channel import Outgoing, TryLater, Unclear
from bot.channels.terminal import TerminalChannel
from bot.delivery import LONG_LEASE
from bot.pace import Pace
from conversation.cards import Card, Document, card_from_json, card_to_json
from conversation.incoming import Incoming, Said
from handlers import talk
from handlers.turn import LEASE, REMINDER, Turn
from policy.durations import parse_duration
from storage.reporting.attachments import CHUNK
from tests.fakes.house import House, open_house

BEGAN = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
LIST = "名单".encode() + bytes(CHUNK)
KEPT = parse_duration("7d")


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """A house in which the word 名单 is answered with a file."""
    answer = talk.take

    def take(turn: Turn, incoming: Incoming) -> None:
        if incoming == Said(text="名单"):
            document = turn.document("../名单\n.xlsx", "application/x-list", LIST)
            turn.say(Card(text="给您名单。", document=document))
        else:
            answer(turn, incoming)

    monkeypatch.setattr(talk, "take", take)
    async with open_house(tmp_path, began=BEGAN) as opened:
        yield opened


def documents(sent: Sequence[Outgoing]) -> list[tuple[str, bytes, bool]]:
    return [
        (outgoing.card.document.name, outgoing.content, outgoing.perhaps_again)
        for outgoing in sent
        if outgoing.card.document
    ]


def later(house: House, duration: timedelta) -> None:
    """Time passes, for the chats that rest, too."""
    house.clock.moment[0] += duration
    house.delivery._paces["paper"] = Pace(0, 0)


def test_a_card_keeps_its_document_and_older_cards_are_read_still() -> None:
    card = Card(text="好", document=Document(id=7, name="名单.xlsx", mime="a/b", size=3))
    assert card_from_json(card_to_json(card)) == card
    assert card_from_json('["好",[],[],false,1]') == Card(text="好")


async def test_a_file_arrives_whole_with_its_card_and_under_a_harmless_name(house: House) -> None:
    teacher = await house.visitor("教师")
    await teacher.says("名单")
    await house.settled()
    assert documents(house.paper.to("教师")) == [("名单.xlsx", LIST, False)]


async def test_a_file_whose_sending_was_unclear_comes_again_and_says_so(house: House) -> None:
    teacher = await house.visitor("教师")
    for trouble in (TryLater(after=timedelta(seconds=1)), Unclear()):
        house.paper.troubles = [trouble]
        await teacher.says("名单")
        await house.delivery.idle()
        later(house, timedelta(minutes=10))
        await house.settled()
    assert documents(house.paper.to("教师")) == [
        ("名单.xlsx", LIST, False),
        ("名单.xlsx", LIST, True),
    ]


async def test_a_file_on_its_way_is_nobody_elses_for_as_long_as_a_slow_line_takes(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    teacher = await house.visitor("教师")
    begun, over = asyncio.Event(), asyncio.Event()
    send = type(house.paper).send

    async def slowly(paper: object, outgoing: Outgoing) -> object:
        begun.set()
        await over.wait()
        return await send(house.paper, outgoing)

    monkeypatch.setattr(type(house.paper), "send", slowly)
    await teacher.says("名单")
    await begun.wait()

    async def others(after: timedelta) -> int:
        at = house.clock.now() + after
        claimed = await house.store.write(
            lambda work: work.sending.claim("other", at, LEASE, 10, ("paper",))
        )
        return len(claimed)

    assert await others(LEASE + timedelta(minutes=1)) == 0
    over.set()
    await house.delivery.idle()
    assert await others(LONG_LEASE + timedelta(minutes=1)) == 0
    assert documents(house.paper.to("教师")) == [("名单.xlsx", LIST, False)]


async def test_a_file_is_kept_while_its_card_waits_and_removed_a_week_after(house: House) -> None:
    teacher = await house.visitor("教师")
    house.paper.troubles = [TryLater(after=KEPT + timedelta(days=1))]
    await teacher.says("名单")
    await house.delivery.idle()
    later(house, KEPT + timedelta(days=2))
    await house.bells.tidy()
    await house.settled()
    assert documents(house.paper.to("教师")) == [("名单.xlsx", LIST, False)]
    [kept] = [one.card.document for one in house.paper.to("教师") if one.card.document]
    await house.bells.tidy()
    assert await house.store.read(lambda reading: reading.attachments.content(kept.id)) is None


async def test_a_card_whose_file_is_gone_is_refused_and_stops_nothing(house: House) -> None:
    teacher, supervisor = await house.visitor("教师"), await house.visitor("督导员")
    await teacher.says("名单")
    await house.settled()
    [gone] = [one.card.document for one in house.paper.to("教师") if one.card.document]
    await house.store.write(lambda work: work.attachments.remove(gone.id))

    def tell(turn: Turn, incoming: Incoming) -> None:
        other = turn.work.people.speaker("paper", "督导员")
        assert other is not None
        card = Card(text="名单", document=gone)
        turn.tell(other.contact_id, "paper", card, key="list", priority=REMINDER)
        turn.say(Card(text="说了"))

    with pytest.MonkeyPatch.context() as once:
        once.setattr(talk, "take", tell)
        await teacher.says("告诉督导员")
    await house.settled()
    assert house.paper.to("督导员") == []
    await supervisor.says("帮助")
    await house.settled()
    assert len(house.paper.to("督导员")) == 1


async def test_in_a_terminal_a_file_is_laid_beside_and_over_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    channel = TerminalChannel(now=lambda: BEGAN)
    card = Card(text="给您名单。", document=Document(id=1, name="名单.xlsx", mime="", size=2))
    for content in (b"a", b"b"):
        await channel.send(Outgoing(id=1, address="terminal", card=card, content=content))
    written = {path.name: path.read_bytes() for path in tmp_path.glob("*")}  # noqa: ASYNC240
    assert written == {"名单.xlsx": b"a", "名单-2.xlsx": b"b"}
    assert (tmp_path / "名单.xlsx").stat().st_mode & 0o777 == 0o600
    assert f"[{tmp_path / '名单-2.xlsx'}]" in capsys.readouterr().out
