"""同一件事? is asked about one's own reports; what others reported changes not a word."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.sealing import KeyRing
from storage.work import Reading
from tests.fakes.house import House, open_house
from tests.handlers.test_flood import cases, reports, told

BEGAN = datetime(2026, 11, 20, 2, tzinfo=UTC)
ASKED = "同一个孩子、同一件事吗"


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    file = tmp_path / "keys" / "house.keys"
    file.parent.mkdir()
    KeyRing.create(file)
    async with open_house(tmp_path, began=BEGAN, url=database_url) as opened:
        yield opened


async def test_a_yes_makes_them_one_and_both_numbers_live(house: House) -> None:
    await reports(house)
    assert not any(ASKED in text for text in told(house, "邻居"))
    house.clock.moment[0] += timedelta(hours=3)
    await reports(house)
    assert ASKED in told(house, "邻居")[-1]
    neighbour = await house.visitor("邻居")
    await neighbour.says("是同一件")
    await house.settled()
    found = await cases(house)
    assert (len(found), len({one.id for one in found})) == (2, 1)
    assert "放在一起办" in told(house, "邻居")[-1]
    # The cards of the second say where it went; what was said of the first stays.
    assert any("合" in text or "并" in text for text in told(house, "儿童主任"))


async def test_a_no_keeps_them_apart_for_those_who_work_on_them(house: House) -> None:
    await reports(house)
    await reports(house)
    neighbour = await house.visitor("邻居")
    await neighbour.taps("不是，另外一件")
    await house.settled()
    found = await cases(house)
    assert len({one.id for one in found}) == 2

    def acts(reading: Reading) -> list[str]:
        return [entry.act for one in found for entry in reading.cases.entries(one.id)]

    assert (await house.store.read(acts)).count("kept_apart") == 2


async def test_what_is_taken_is_not_joined_by_its_reporter(house: House) -> None:
    await reports(house)
    await reports(house)
    director = await house.visitor("儿童主任")
    await director.taps("我来处理")
    await house.settled()
    neighbour = await house.visitor("邻居")
    await neighbour.says("是同一件")
    await house.settled()
    assert len({one.id for one in await cases(house)}) == 2


async def test_that_another_reported_changes_no_word(house: House) -> None:
    await reports(house, "邻居")
    await reports(house, "路人")
    one, other = (
        [re.sub(r"\d+", "#", text) for text in told(house, name)] for name in ("邻居", "路人")
    )
    assert one == other


async def test_nobody_joins_what_another_reported(house: House) -> None:
    await reports(house, "邻居")
    await reports(house, "邻居")
    question = house.paper.to("邻居")[-1]
    assert ASKED in question.card.text
    thief = await house.visitor("路人")
    await thief.presses(question, 0)
    await house.settled()
    assert len({one.id for one in await cases(house)}) == 2
