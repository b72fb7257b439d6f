"""The pictures of an album get one answer, and go together."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.fakes.house import House, open_house

BEGAN = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=BEGAN) as opened:
        yield opened


async def _heard(house: House) -> list[str]:
    await house.settled()
    return [one.card.text for one in house.paper.to("邻居")]


async def _files_of(house: House, kind: str) -> int:
    speaker = await house.store.read(lambda reading: reading.people.speaker("paper", "邻居"))
    assert speaker is not None
    if kind == "draft":
        draft = speaker.draft
        assert draft is not None
        return len(await house.store.read(lambda r: r.attachments.of_draft(draft.id)))
    (mine, *_) = await house.store.read(lambda r: r.reports.of_contact(speaker.contact_id))
    return len(await house.store.read(lambda r: r.attachments.of_report(mine.id)))


async def _album(house: House, count: int = 3) -> None:
    neighbour = await house.visitor("邻居")
    for _ in range(count):
        await neighbour.sends("photo", album="77")
        house.clock.moment[0] += timedelta(seconds=1)


async def test_during_a_form_the_question_comes_once(house: House) -> None:
    await (await house.visitor("邻居")).says("我要报告")
    await _album(house)
    texts = await _heard(house)
    assert sum("照片" in text and "收到了" in text for text in texts) == 1
    assert sum("【我要报告】1/7" in text for text in texts) == 2
    assert await _files_of(house, "draft") == 3


async def test_out_of_the_blue_it_goes_as_a_whole_to_a_new_report(house: House) -> None:
    await _album(house)
    assert len(await _heard(house)) == 1
    await (await house.visitor("邻居")).says("1")
    assert await _files_of(house, "draft") == 3


async def test_out_of_the_blue_it_goes_as_a_whole_to_the_report_that_is_chosen(
    house: House,
) -> None:
    neighbour = await house.visitor("邻居")
    await neighbour.says("孩子现在有危险")
    await neighbour.says("青石镇青石村")
    await neighbour.says("孩子一个人在井边哭")
    await neighbour.says("稍后继续")
    await _album(house)
    await neighbour.says("1")
    assert "文件已放到" in (await _heard(house))[-1]
    assert await _files_of(house, "report") == 3


async def test_what_was_sent_hours_ago_stays_where_it_is(house: House) -> None:
    neighbour = await house.visitor("邻居")
    await neighbour.sends("photo")
    house.clock.moment[0] += timedelta(hours=2)
    await _album(house)
    await house.settled()
    await neighbour.says("1")
    assert await _files_of(house, "draft") == 3
