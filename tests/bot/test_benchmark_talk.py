"""The talk by which speed is measured is one that a person can have with the bot of today."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.talk import Move, read_moves, write_talk
from tests.fakes.house import House, open_house
from tests.fakes.paper import Visitor


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=datetime(2026, 11, 20, 2, 0, tzinfo=UTC)) as opened:
        yield opened


async def test_the_talk_arrives_at_its_receipt(house: House, tmp_path: Path) -> None:
    write_talk(tmp_path / "talk.json")
    person = await house.visitor("邻居")
    for move in read_moves(tmp_path / "talk.json"):
        await _do(house, person, move)
        await house.settled()
        assert move.hears in house.paper.to("邻居")[-1].card.text


async def _do(house: House, person: Visitor, move: Move) -> None:
    if not move.presses:
        await person.says(move.words)
        return
    newest = house.paper.to("邻居")[-1]
    labels = [one.label.lstrip("☐☑ ") for one in newest.card.buttons()]
    place = next(at for at, label in enumerate(labels) if label.startswith(move.words))
    await person.presses(newest, place)
