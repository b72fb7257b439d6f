"""A child that spoke of itself reads 你 and plain words on every card of the hours that follow."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conversation.cards import Card
from tests.fakes.house import House, open_house

BEGAN = datetime(2026, 11, 20, 2, tzinfo=UTC)
#: What a child says of itself, and what it may say or tap in the hours that follow.
FIRST = (
    "我爸打我",
    "我今年10岁",
    "我不想回家",
    "同学都欺负我",
    "我叫小宇，我今年十岁了，家里就我跟弟弟",
)
THEN = (
    *("没那么急", "你是谁", "会不会告诉我爸", "谁看得到", "转人工", "怎么弄", "没用", "等一下"),
    *("问这个干嘛", "说错了", "上一步", "帮助", "返回", "接着填", "不知道", "对", "河湾村"),
    *("小宇", "不安全", "不留名", "3", "男孩", "10", "不知道", "发出去", "谢谢", "撤回"),
    *("进度", "他又打我了", "首页", "我现在有危险", "取消", "稍后", "意见反馈", "首页"),
)
#: Words of an office, which no child knows.
OF_OFFICES = re.compile("台账|监护|线索|核实|工单|走访|控辍|研判|处置|转介|包保|未成年人救助")
#: What a form calls its options: whoever tells of another child taps the same.
OF_FORMS = "form."


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=BEGAN) as opened:
        yield opened


@pytest.mark.parametrize("first", FIRST)
async def test_every_card_speaks_to_a_child(house: House, first: str) -> None:
    child = await house.visitor("娃")
    for said in (first, *THEN):
        await child.says(said)
    await house.wait(timedelta(hours=4))  # somebody is reminded of what was left
    await child.says("首页")
    await house.settled()
    cards = [one.card for one in house.paper.to("娃")]
    assert len(cards) > len(THEN)
    assert [wrong for card in cards for wrong in wrong_words(card)] == []
    assert "12355" in cards[-1].text
    assert any("大人" in card.text and "12355" in card.text for card in cards[:3])


async def test_what_a_child_may_choose_is_said_in_its_words(house: House) -> None:
    """It reads 我没去上学, whoever works on it what others choose; typed it means the same."""
    child = await house.visitor("娃")
    for said in ("我爸打我", "没那么急"):
        await child.says(said)
    await house.settled()
    asked = house.paper.to("娃")[-1].card
    labels = [one.label for one in asked.all_buttons()]
    assert {"☐ 我没去上学", "☑ 家里有人打我饿我或者关我"} <= {*labels}
    assert "现在填的是：家里有人打我饿我或者关我" in asked.text
    assert "替别人报" not in asked.text
    for said in ("我没去上学、我受伤中毒或者被人欺负", "河湾村", "小宇", "我不知道", "不留名"):
        await child.says(said)
    await child.says("跳过")
    await house.settled()
    summary = house.paper.to("娃")[-1].card.text
    assert "：我没去上学、我受伤中毒或者被人欺负" in summary
    assert "：我不知道" in summary
    await child.says("发出去")
    await house.settled()
    director = await house.visitor("儿童主任")
    await director.taps("看详情")
    await house.settled()
    told = house.paper.to("儿童主任")[-1].card.text
    assert "该上学却没去上学、受伤中毒或者被人欺负" in told
    assert "我没去上学" not in told


async def test_who_tells_of_another_child_chooses_what_everybody_does(house: House) -> None:
    neighbour = await house.visitor("邻居")
    for said in ("我孙子没去上学", "是"):
        await neighbour.says(said)
    await neighbour.says("报告")
    await house.settled()
    shown = [one.label for sent in house.paper.to("邻居") for one in sent.card.all_buttons()]
    labels = {label.strip("☐☑ ") for label in shown}
    assert "该上学却没去上学" in labels
    assert "我没去上学" not in labels


async def test_whoever_has_the_phone_next_morning_is_a_grown_up(house: House) -> None:
    child = await house.visitor("娃")
    await child.says("我爸打我")
    await house.leap(timedelta(hours=13))
    await house.settled()
    await child.says("首页")
    await house.settled()
    assert "您" in house.paper.to("娃")[-1].card.text


async def test_whoever_speaks_of_a_grandchild_has_taken_the_phone(house: House) -> None:
    child = await house.visitor("娃")
    for said in ("我今年10岁", "取消", "不说了，删掉"):
        await child.says(said)
    await child.says("我孙子一个人在屋里，我病了")
    await house.settled()
    assert "你" not in house.paper.to("娃")[-1].card.text


async def test_a_worker_is_never_spoken_to_as_a_child(house: House) -> None:
    teacher = await house.visitor("教师")
    for said in ("我爸打我", "首页"):
        await teacher.says(said)
    await house.settled()
    assert "您" in house.paper.to("教师")[-1].card.text


def wrong_words(card: Card) -> list[str]:
    """What a child should not read on a card."""
    labels = [one.label for one in card.buttons() if not one.action.verb.startswith(OF_FORMS)]
    shown = [*card.text.splitlines(), *labels]
    wrong = [one for one in shown if "您" in one or OF_OFFICES.search(one)]
    return wrong + [one for one in labels if "孩子" in one]
