"""A pupil who says 不读了: three ledgers, the notice, somebody who looks, and the way back."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document

from storage.work import Reading
from tests.fakes.house import House, open_house
from tests.handlers.test_papers import content_of, words_of
from tests.stories.test_school import settle_children

BEGAN = datetime(2026, 11, 23, 0, 20, tzinfo=UTC)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=BEGAN) as opened:
        for name in ("校长", "副镇长", "县教育"):
            await opened.visitor(name)
        await opened.store.write(settle_children)
        await said(opened, "教师", "我的班", "登记一个班", "青石小学", "三年级2班", "跳过")
        yield opened


async def said(house: House, name: str, *words: str) -> str:
    who = await house.visitor(name)
    for one in words:
        await who.says(one)
        await house.settled()
    return house.paper.to(name)[-1].card.text


async def on(house: House, day: date, hour: int = 9) -> None:
    moment = datetime(day.year, day.month, day.day, hour - 8, tzinfo=UTC)
    await house.leap(moment - house.clock.moment[0])
    await house.settled()


async def ledgers(house: House) -> dict[str, int]:
    """The county's three ledgers as its supervisor reads them."""
    text = await said(house, "督导员", "/统计")
    numbers = dict(line.strip("· ").rsplit("：", 1) for line in text.splitlines() if "：" in line)
    keys = ("该上学的孩子", "可能不读书了的", "已经不读书了的", "又回来上学的")
    return {key: int(numbers[key]) for key in keys}


async def opened(house: House, name: str) -> str:
    """The absence, from whatever card the person got of it last."""
    who = await house.visitor(name)
    for card in reversed(house.paper.to(name)):
        label = next((b.label for b in card.card.buttons() if b.action.verb == "absence"), None)
        if label is not None:
            await who.taps(label)
            await house.settled()
            return house.paper.to(name)[-1].card.text
    raise AssertionError(name)


def labels(house: House, name: str) -> list[str]:
    return [one.label for one in house.paper.to(name)[-1].card.buttons()]


async def test_who_said_not_to_go_on_is_looked_for_noticed_and_watched_after_the_return(
    house: House,
) -> None:
    before = await ledgers(house)
    assert (before["可能不读书了的"], before["已经不读书了的"]) == (0, 0)
    await said(house, "教师", "缺王小明", "王小明：去问、去办", "知道原因了")
    await said(house, "教师", "不想读了、去打工了", "回到这个孩子")
    await said(house, "教师", "办完了：给家长打电话，问孩子在哪里", "2", "跳过")
    assert (await ledgers(house))["可能不读书了的"] == 1

    await on(house, date(2026, 11, 24))
    await opened(house, "教师")
    await said(house, "教师", "办完了：班主任上门家访", "2", "跳过")

    # Why it is, is asked before anybody is urged, and how one helps after that.
    await on(house, date(2026, 11, 30))
    await opened(house, "校长")
    name = "办完了：弄清没来读书的原因（家里、学校、身体、孩子自己）"
    asked = await said(house, "校长", name)
    assert "孩子没来读书，是什么原因？" in asked
    await said(house, "校长", "2 3", "跳过")
    told = await opened(house, "校长")
    assert "家里缺钱" in told
    assert "出去打工" in told
    assert "控辍保学：4/9，弄清原因了" in told
    await on(house, date(2026, 12, 21))
    gone = await ledgers(house)
    assert (gone["可能不读书了的"], gone["已经不读书了的"]) == (0, 1)
    assert gone["该上学的孩子"] == before["该上学的孩子"]

    # The township orders the return, as a Word file that opens again.
    await said(house, "督导员", "已经不读书了的（1）", "王小明（11-23 起没来）")
    await said(house, "督导员", "出限期返校通知书")
    sent = house.paper.to("督导员")[-1].card.document
    assert sent is not None
    assert sent.name == "限期返校通知书.docx"
    content = await content_of(house, sent.id)
    written = words_of(content)
    assert Document(BytesIO(content)).paragraphs[0].text
    for part in ("王小明", "青石小学", "2026年11月23日", "7天内", "第五十八条", "王大山"):
        assert part in written, part

    # Its time is over: the township looks whether the pupil is back.
    await on(house, date(2026, 12, 28))
    assert "限期到了，去看孩子回校没有" in await opened(house, "副镇长")
    story = house.paper.to("副镇长")[-2].card.text  # long: its end has a message of its own
    assert "出了限期返校通知书" in story
    await said(house, "副镇长", "办完了：限期到了，去看孩子回校没有", "1", "跳过")
    await opened(house, "副镇长")
    assert "办完了：限期到了，去看孩子回校没有" not in labels(house, "副镇长")

    await on(house, date(2026, 12, 29), 8)
    await said(house, "教师", "王小明到校了")
    back = await ledgers(house)
    assert back == {**before, "又回来上学的": 1}
    assert (await waiting(house)) == ["absent_observation"] * 7

    # Whoever teaches looks after the pupil on school days 1, 5 and 20, and for two terms.
    near = (date(2026, 12, 30), date(2027, 1, 6), date(2027, 1, 27))
    later = (date(2027, 3, 1), date(2027, 4, 13), date(2027, 5, 26), date(2027, 7, 8))
    for number, day in enumerate((*near, *later), 1):
        await on(house, day)
        card = await opened(house, "教师")
        reached = "7/9，回来上学了" if number == 1 else "8/9，回来后有人看着"
        assert f"控辍保学：{reached}" in card
        name = "办完了：看看孩子在校怎么样，有没有难处"
        assert name in labels(house, "教师"), day
        await said(house, "教师", name, "1", "跳过")
        assert len(await waiting(house)) == 7 - number
    assert "观察期满，都看过了：这件事办完了" in house.paper.to("教师")[-1].card.text
    assert "控辍保学：9/9，观察期满，办完了" in await opened(house, "教师")


async def waiting(house: House) -> list[str]:
    """The kinds of what is still to be done about the absence."""

    def look(reading: Reading) -> list[str]:
        rows = reading.db.raw.execute(
            "SELECT kind FROM duty WHERE subject = 'absence' AND state = 'open' ORDER BY due_at"
        ).fetchall()
        return [row[0] for row in rows]

    return await house.store.read(look)
