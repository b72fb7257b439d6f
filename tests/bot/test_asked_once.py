"""Several messages that are taken together are answered by one question, and none is lost."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.channels.channel import Delivery, Outgoing
from conversation.cards import Action, Button, Card
from conversation.repeating import takes_the_place
from storage.tables import outbox
from storage.work import Reading
from tests.fakes.house import House, open_house
from tests.fakes.paper import Paper

LATE = ("在吗", "你好", "有人吗", "在不在", "喂")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=datetime(2026, 11, 20, 2, tzinfo=UTC)) as opened:
        yield opened


async def test_five_late_messages_are_kept_and_asked_about_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = await house.visitor("娃")
    slow = asyncio.Event()
    send = Paper.send

    async def waits(paper: Paper, outgoing: Outgoing) -> Delivery:
        await slow.wait()
        return await send(paper, outgoing)

    monkeypatch.setattr(Paper, "send", waits)
    for one in LATE:  # each is stored while the first answer is still on its way
        await child.says(one)
    slow.set()
    await house.settled()
    shown = [one.card.text for one in house.paper.to("娃")]
    assert len(shown) == 2
    assert shown[0] == shown[1]

    def states(reading: Reading) -> list[str]:
        return [row[0] for row in reading.db.all(select(outbox.c.state).order_by(outbox.c.id))]

    assert await house.store.read(states) == ["sent", *["superseded"] * 3, "sent"]
    await child.taps("我要报告")  # it is the newest that was shown
    await house.settled()
    assert "孩子遇到什么情况" in house.paper.to("娃")[-1].card.text


async def test_one_after_the_other_each_is_answered(house: House) -> None:
    child = await house.visitor("娃")
    for said in LATE:
        await child.says(said)
        await house.settled()
    assert len(house.paper.to("娃")) >= len(LATE)


def card(text: str, *labels: str, verb: str = "form.choose", calls: tuple[str, ...] = ()) -> Card:
    rows = tuple((Button(label=one, action=Action(verb, one)),) for one in labels)
    return Card(text=text, rows=rows, calls=calls)


@pytest.mark.parametrize(
    ("earlier", "later", "takes"),
    [
        (card("安全吗？", "是"), card("安全吗？", "是"), True),
        (card("安全吗？", "是"), card("记下了。\n安全吗？", "是"), True),
        (card("记下了。\n安全吗？", "是"), card("安全吗？", "是"), False),
        (card("先打 110。\n安全吗？", "是", calls=("110",)), card("安全吗？", "是"), False),
        (card("安全吗？", "是"), card("安全吗？", "否"), False),
        (card("记下了。", "回首页", verb="home"), card("记下了。", "回首页", verb="home"), False),
        (card("记下了。"), card("记下了。"), False),
    ],
)
def test_only_what_says_and_asks_all_of_it_takes_the_place(
    earlier: Card, later: Card, takes: bool
) -> None:
    assert takes_the_place(later, earlier) == takes
