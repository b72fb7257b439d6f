"""What whoever works on a case writes to a reporter whose messages anybody may read."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.channels.sms.writing import Room, written
from handlers.reaching import open_ways
from storage.work import Work
from tests.fakes.house import House, open_house
from tests.fakes.paper import Visitor

NUMBER = "13900000077"
ROOM = Room(chars=300, parts=3, signature="")


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.setattr(open_ways, "CHANNEL", "web")  # the house has no gateway
    async with open_house(tmp_path, began=datetime(2026, 11, 20, 2, tzinfo=UTC)) as opened:
        yield opened


def heard(house: House) -> str:
    return "\n".join(one.card.text for one in house.page.to(NUMBER))


async def reported(house: House) -> Visitor:
    """Somebody with a plain phone who has just reported."""
    phone = Visitor(house.page, house.intake, NUMBER, house.clock.moment)
    said = ("报告", "2", "老人管不了", "河湾村", "跳过", "不清楚", "不留名", "跳过", "发出去")
    for word in said:
        await phone.says(word)
        await house.settled()
    assert "受理号" in heard(house)
    return phone


async def test_all_choices_stand_in_a_short_message_also_for_an_elder(house: House) -> None:
    """There are no buttons to be few of, and nothing turns a short message over."""
    phone = Visitor(house.page, house.intake, NUMBER, house.clock.moment)
    await phone.says("我老了看不清")
    await house.settled()
    shown = house.page.to(NUMBER)[-1].card
    assert {"danger", "report", "progress", "help"} <= {one.action.verb for one in shown.buttons()}

    def is_one(work: Work) -> None:
        work.people.set_elder(work.people.meet("web", NUMBER).person_id, True)

    await house.store.write(is_one)
    await phone.says("报告")
    await house.settled()
    asked = house.page.to(NUMBER)[-1].card
    labels = [one.label for one in asked.buttons()]
    assert {"☐ 该上学却没去上学", "更多 ▸"} <= {*labels}
    assert "取消" in asked.text


async def test_nothing_is_asked_that_cannot_be_answered_by_short_message(house: House) -> None:
    """What was reported is not changed from a number that may be forged: the words are kept."""
    phone = await reported(house)
    await phone.says("不是河湾村，是大坪村")
    await house.settled()
    asked = house.page.to(NUMBER)[-1].card
    assert "要把" not in asked.text
    assert [one for one in asked.buttons() if one.action.verb not in ("home", "form.cancel")]
    await phone.says("写错了")
    await house.settled()
    assert "点一下，再说对的" not in heard(house)


async def test_whoever_raised_the_alarm_can_say_by_words_that_it_is_there(house: House) -> None:
    """The village is named after the alarm, while the form asks something else by numbers."""
    phone = Visitor(house.page, house.intake, NUMBER, house.clock.moment)
    for word in ("有人拿刀追孩子", "1", "老李家后头", "跳过", "在河湾村"):
        await phone.says(word)
        await house.settled()
    card = house.page.to(NUMBER)[-1].card
    assert "是在青石镇河湾村吗" in card.text
    assert written(card, ROOM)[-1].endswith("请回：是，就在那里")
    assert not house.paper.to("儿童主任")
    await phone.says("是，就在那里")
    await house.settled()
    assert house.paper.to("儿童主任")


async def test_an_officers_own_words_do_not_stand_in_a_short_message(house: House) -> None:
    phone = await reported(house)
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
    assert "没有发在短信里" in "\n".join(one.card.text for one in house.paper.to("儿童主任"))


async def test_what_an_officer_asks_does_not_stand_in_a_short_message(house: House) -> None:
    """Whoever is asked reads that there is a question, and a word of theirs is the answer."""
    phone = await reported(house)
    director = await house.visitor("儿童主任")
    for act in ("我来处理", "看详情", "更多", "问报告人"):
        await director.taps(act)
        await house.settled()
    await director.says("王小花身上的伤好了吗")
    await house.wait(timedelta(hours=1))
    assert "没有发在短信里" in "\n".join(one.card.text for one in house.paper.to("儿童主任"))
    pushed = house.page.to(NUMBER)[-1].card
    assert "有一句话想问您" in pushed.text
    await phone.says("查进度")
    await house.settled()
    await phone.says("1")
    await house.settled()
    await phone.says("回答")
    await house.settled()
    assert "什么时候方便？" in house.page.to(NUMBER)[-1].card.text
    assert "短信里不写，请打 12345" in heard(house)
    assert "王小花" not in heard(house)
    assert "伤好" not in heard(house)
    await phone.says("晚上八点打给我")
    await house.settled()
    assert "已经告诉办事的人" in heard(house)
    await director.says("我的工单")
    await house.settled()
    told = await details(house, director)
    assert "王小花身上的伤好了吗" in told
    assert "晚上八点打给我" in told


async def test_whoever_only_texts_back_has_answered(house: House) -> None:
    phone = await reported(house)
    director = await house.visitor("儿童主任")
    for act in ("我来处理", "看详情", "更多", "问报告人"):
        await director.taps(act)
        await house.settled()
    await director.says("白天家里有大人吗？")
    await house.wait(timedelta(hours=1))
    await phone.says("晚上八点以后方便")
    await house.settled()
    assert "晚上八点以后方便" in await details(house, director)


async def details(house: House, director: Visitor) -> str:
    await director.taps("看详情")
    await house.settled()
    return "\n".join(one.card.text for one in house.paper.to("儿童主任")[-3:])
