"""What whoever works on a case writes to a reporter whose messages anybody may read."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from handlers.reaching import open_ways
from tests.fakes.house import House, open_house
from tests.fakes.paper import Visitor

NUMBER = "13900000077"


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.setattr(open_ways, "CHANNEL", "web")  # the house has no gateway
    async with open_house(tmp_path, began=datetime(2026, 11, 20, 2, tzinfo=UTC)) as opened:
        yield opened


def heard(house: House) -> str:
    return "\n".join(one.card.text for one in house.page.to(NUMBER))


async def test_an_officers_own_words_do_not_stand_in_a_short_message(house: House) -> None:
    phone = Visitor(house.page, house.intake, NUMBER, house.clock.moment)
    for word in (
        "报告",
        "2",
        "老人管不了",
        "河湾村",
        "跳过",
        "不清楚",
        "不留名",
        "发出去",
        "发出去",
    ):
        await phone.says(word)
        await house.settled()
    assert "受理号" in heard(house)
    director = await house.visitor("儿童主任")
    for act in ("我来处理", "看详情", "更多", "给报告人回话"):
        await director.taps(act)
        await house.settled()
    await director.says("王小花已经接到姑姑家了")
    await house.wait(timedelta(hours=1))
    assert "办事的人给您留了话" in heard(house)
    await phone.says("查进度")
    await house.settled()
    await phone.says("1")
    await house.settled()
    last = house.page.to(NUMBER)[-1].card.text
    assert "已经有人接手" in last  # what the program says itself stands there
    assert "办事的人给您留了话" in last
    assert "王小花" not in heard(house)
