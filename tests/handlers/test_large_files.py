"""A file that is too large to be had takes nothing with it: neither its words nor the question."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from conversation.incoming import SentFile
from tests.fakes.house import House, open_house

BEGAN = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=BEGAN) as opened:
        yield opened


def _large(caption: str = "") -> SentFile:
    return SentFile(kind="video", source="far", size=25 * 1024 * 1024, caption=caption)


async def _heard(house: House) -> list[str]:
    await house.settled()
    return [one.card.text for one in house.paper.to("邻居")]


async def test_words_below_it_are_heard(house: House) -> None:
    neighbour = await house.visitor("邻居")
    await neighbour.does(_large(caption="隔壁正在打孩子，打得很凶"))
    refused, *rest = await _heard(house)
    assert "超过 20 MB" in refused
    assert any("110" in text for text in rest)
    speaker = await house.store.read(lambda reading: reading.people.speaker("paper", "邻居"))
    assert speaker is not None
    assert speaker.draft is not None
    assert "打得很凶" in speaker.draft.dialogue


async def test_the_open_question_is_asked_again(house: House) -> None:
    neighbour = await house.visitor("邻居")
    await neighbour.says("我要报告")
    await neighbour.does(_large())
    *_, refused, asked = await _heard(house)
    assert "超过 20 MB" in refused
    assert "【我要报告】1/7" in asked


async def test_out_of_the_blue_the_way_home_stands_below_it(house: House) -> None:
    neighbour = await house.visitor("邻居")
    await neighbour.does(_large())
    await house.settled()
    (only,) = house.paper.to("邻居")
    assert [one.label for one in only.card.buttons()] == ["回首页"]
