"""What is sent to whoever reported waits for the hours that they chose, and may say nothing."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.fakes.house import House, open_house

NEWS = ("可以看您的姓名和电话", "已经有人接手", "有新消息")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    # 10:00 in the county
    async with open_house(tmp_path, began=datetime(2026, 11, 20, 2, tzinfo=UTC)) as opened:
        yield opened


async def test_news_and_the_opening_of_a_name_wait_for_the_evening(house: House) -> None:
    number = await reported(house, avoid="跳过")
    await accepted(house)
    opened = await unmasked(house, number)
    assert "能打电话的时间：18 点到 21 点" in opened
    assert heard(house) == []
    await house.wait(timedelta(hours=7, minutes=59))
    assert heard(house) == []
    await house.wait(timedelta(minutes=1))
    assert len(heard(house)) == 2


async def test_who_named_a_time_never_to_call_hears_nothing_but_a_number(house: House) -> None:
    number = await reported(house, avoid="孩子爸爸在家的时候")
    await accepted(house)
    opened = await unmasked(house, number)
    assert "千万别打的时候：孩子爸爸在家的时候" in opened
    await house.wait(timedelta(hours=8))
    assert heard(house) == [f"{number} 有新消息，方便的时候点“看一看”。"] * 2
    neighbour = await house.visitor("邻居")
    await neighbour.taps("看一看")
    await house.settled()
    shown = house.paper.to("邻居")[-1].card.text
    assert "已经有人接手" in shown
    assert "可以看您的姓名和电话" in shown


async def test_what_they_do_themselves_is_answered_at_once(house: House) -> None:
    await reported(house, avoid="跳过")
    neighbour = await house.visitor("邻居")
    await neighbour.says("查进度")
    await house.settled()
    assert "您报告过的" in house.paper.to("邻居")[-1].card.text


async def test_whose_report_it_is_not_sees_and_answers_nothing(house: House) -> None:
    await reported(house, avoid="跳过")
    await accepted(house)
    director = await house.visitor("儿童主任")
    for act in ("看详情", "更多", "问报告人"):
        await director.taps(act)
        await house.settled()
    await director.says("白天家里有大人吗？")
    await house.wait(timedelta(hours=8))
    question = house.paper.to("邻居")[-1]
    assert "白天家里有大人吗" in question.card.text
    stranger = await house.visitor("路人")
    await stranger.presses(question, 0)
    await house.settled()
    assert "白天" not in house.paper.to("路人")[-1].card.text


async def reported(house: House, *, avoid: str) -> str:
    neighbour = await house.visitor("邻居")
    said = ("报告", "2", "老人管不了", "河湾村", "跳过", "不清楚", "留名", "欧阳春妮")
    for word in (*said, "13987654321", "7", "5", avoid, "发出去"):
        await neighbour.says(word)
        await house.settled()
    receipt = next(one for one in house.paper.to("邻居") if "查询密码" in one.card.text)
    return receipt.card.text.split("受理号：")[1][:11]


async def accepted(house: House) -> None:
    director = await house.visitor("儿童主任")
    await director.taps("我来处理")
    await house.settled()


async def unmasked(house: House, number: str) -> str:
    """What the one who asked for the name is shown."""
    asker, second = await house.visitor("县民政"), await house.visitor("县公安")
    await asker.says("我的")
    await house.settled()
    await asker.says("查报告人")
    for word in (number, "要找他问清楚"):
        await house.settled()
        await asker.says(word)
    await house.settled()
    await second.taps("同意打开")
    await house.settled()
    await asker.taps("看报告人是谁")
    await house.settled()
    return house.paper.to("县民政")[-1].card.text


def heard(house: House) -> list[str]:
    texts = [one.card.text for one in house.paper.to("邻居")]
    return [text for text in texts if any(news in text for news in NEWS)]
