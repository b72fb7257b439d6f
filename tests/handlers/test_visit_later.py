"""A visit of somebody else, entered later from paper: when it was stands apart from when told."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from storage.sealing import KeyRing
from storage.visiting.visit import Visit
from storage.work import Reading
from tests.fakes.house import House, open_house
from tests.stories.test_children import settle_children

#: Ten in the morning of a Wednesday in Shanghai.
BEGAN = datetime(2026, 11, 25, 2, tzinfo=UTC)


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    (tmp_path / "keys").mkdir()
    KeyRing.create(tmp_path / "keys" / "house.keys")
    async with open_house(tmp_path, began=BEGAN, url=database_url) as opened:
        await opened.store.write(settle_children)
        yield opened


def entered(reading: Reading) -> Visit:
    children = {one.name: one.id for one in reading.children.page(0, 10)}
    [visit] = reading.visits.of_child(children["赵雨涵"])
    return visit


async def test_whose_visit_it_was_and_when_is_kept_beside_who_entered_it(house: House) -> None:
    worker = await house.visitor("儿童主任")
    said = "昨天晚上八点去赵雨涵家，见到孩子和爷爷，单独和孩子聊了聊，都好"
    for words in (said, "选好了", "选好了"):
        await worker.says(words)
        await house.settled()
    await worker.says("更多")
    await house.settled()
    buttons = house.paper.to("儿童主任")[-1].card.buttons()
    await worker.taps(next(one.label for one in buttons if one.label.endswith("是谁去的")))
    await house.settled()
    await worker.says("周网格")
    await house.settled()
    await worker.taps("发出去")
    await house.settled()
    visit = await house.store.read(entered)
    assert visit.source == "paper"
    assert (visit.on_day, visit.true_at) == (
        date(2026, 11, 24),
        datetime(2026, 11, 24, 12, tzinfo=UTC),
    )
    assert visit.entered_at == BEGAN
    assert json.loads(visit.answers)["visit_by"] == "周网格"
