"""The button 是，现在有危险 belongs to the words above it, whatever was begun since."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.fakes.house import House, open_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    began = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
    async with open_house(tmp_path, began=began) as opened:
        yield opened


async def test_pressed_late_it_keeps_what_was_begun_since(house: House) -> None:
    person = await house.visitor("邻居")
    for said in ("隔壁孩子被打得满身是血", "我要报告", "1", "爷爷一个人带两个孙子"):
        await person.says(said)
    await person.taps("是，现在有危险")
    await house.settled()
    assert "什么地方" in house.paper.to("邻居")[-1].card.text
    await person.says("河湾村")
    await house.settled()
    assert "受理号" in house.paper.to("邻居")[-2].card.text
    await person.says("/start")
    await house.settled()
    labels = [button.label for button in house.paper.to("邻居")[-1].card.buttons()]
    assert "接着填上次的（2）" in labels


async def test_what_was_said_becomes_the_alarm(house: House) -> None:
    person = await house.visitor("邻居")
    await person.says("隔壁孩子被打得满身是血")
    await person.says("/start")
    await person.taps("是，现在有危险")
    await person.says("河湾村")
    await house.settled()
    ids = await house.store.read(lambda reading: [row.id for row in reading.places.load()])
    (report,) = await house.store.read(
        lambda reading: reading.reports.in_areas(ids, datetime(2000, 1, 1, tzinfo=UTC))
    )
    assert "隔壁孩子被打得满身是血" in report.answers
    assert report.kind == "danger"
