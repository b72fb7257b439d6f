"""From every card of a case there is a way home, however much may be done about it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from conversation.windows import MOST
from tests.fakes.house import House, open_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=datetime(2026, 11, 20, 2, tzinfo=UTC)) as opened:
        yield opened


async def test_a_full_case_says_how_to_get_home_and_more_has_the_button(house: House) -> None:
    neighbour, director = await house.visitor("邻居"), await house.visitor("儿童主任")
    said = ("报告", "2", "老人管不了", "河湾村", "跳过", "不清楚", "不留名", "跳过", "发出去")
    for word in said:
        await neighbour.says(word)
        await house.settled()
    for act in ("我来处理", "看详情"):
        await director.taps(act)
        await house.settled()
    full = house.paper.to("儿童主任")[-1].card
    assert len(full.buttons()) == MOST
    assert "home" not in [one.action.verb for one in full.buttons()]
    assert full.text.endswith("（打字也行：回首页）")
    for _ in range(5):
        await director.taps("更多")
        await house.settled()
        shown = house.paper.to("儿童主任")[-1].card
        assert len(shown.buttons()) <= MOST
        if "home" in [one.action.verb for one in shown.buttons()]:
            break
    else:
        raise AssertionError("no way home")
    await director.taps("看详情")
    await house.settled()
    await director.says("回首页")
    await house.settled()
    assert "home" not in [one.action.verb for one in house.paper.to("儿童主任")[-1].card.buttons()]
