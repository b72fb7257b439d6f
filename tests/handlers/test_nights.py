"""At night only danger rings: whatever can wait until the morning does."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from storage.work import Work
from tests.fakes.house import House, open_house
from tests.fakes.letterbox import CHINA, Letterbox

#: What may ring at night: danger, that nobody took it up, and that somebody did.
LOUD = ("等级：红", "接单", "答复接警没有", "已经有人接手在办")


@dataclass(slots=True, kw_only=True)
class Night:
    house: House
    box: Letterbox

    async def of_danger(self, who: str, place: str, what: str) -> None:
        await self.box.says(who, "/start", "[孩子现在有危险]", place, what)

    async def report(self, who: str, what: str) -> None:
        await self.box.says(
            who,
            *("报告", "家里大人管不了或者不管", what, "河湾村", "跳过", "安全", "不留名", "跳过"),
            "发出去",
        )

    async def until(self, moment: str) -> None:
        await self.box.until(at(moment))

    def heard(self, since: str) -> list[str]:
        """What rang anywhere since then, until now."""
        return [one.text for one in self.box.letters if one.at >= at(since)]


@pytest.fixture
async def night(tmp_path: Path) -> AsyncIterator[Night]:
    async with open_house(tmp_path, began=at("2026-11-24 21:40")) as house:
        for name in ("派出所", "副镇长", "县领导"):
            await house.visitor(name)
        yield Night(house=house, box=Letterbox(house))


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=CHINA)


async def test_of_a_night_with_reports_only_danger_rings(night: Night) -> None:
    """Two reports and an alarm at night: none of their later steps wakes anybody."""
    await night.report("邻居", "小孩一个人在家，奶奶管不了")
    await night.report("邻居二", "两个孩子没人做饭吃")
    await night.report("邻居三", "孩子在河边没人看")
    await night.of_danger("网格员", "青石村", "孩子被锁在家里，一直哭")
    await night.box.says("县民政", "[我来处理]")
    await night.until("2026-11-25 06:50")
    rang = night.heard("2026-11-24 21:40")
    assert rang
    assert [text for text in rang if not any(word in text for word in LOUD)] == []
    await night.until("2026-11-25 08:40")
    assert any("14 天里有" in text for text in night.heard("2026-11-25 07:00"))


async def test_whoever_reported_hears_in_the_morning_that_somebody_has_it(night: Night) -> None:
    await night.report("邻居", "两个孩子没人做饭吃")
    await night.box.says("督导员", "[我来处理]")
    await night.until("2026-11-25 06:50")
    assert night.box.to("邻居") == []
    await night.until("2026-11-25 07:10")
    assert ["有人接手" in one.text for one in night.box.to("邻居")] == [True]


async def test_a_notice_waits_for_the_morning_but_not_one_of_a_flood(night: Night) -> None:
    for topic, text in (("[开会、培训]", "明天上午开会。"), ("[防溺水、防汛]", "涨水了。")):
        if topic != "[开会、培训]":
            await night.box.says("督导员", "发通知", "[写新的通知]")
        else:
            await night.box.says("督导员", "发通知")
        await night.box.says("督导员", topic, text, "1 2 3", "青石镇", "[发出去]")
        shown = night.house.paper.to("督导员")[-1].card.text
        assert ("11-25 07:00 才发到" in shown) == (topic == "[开会、培训]")
    await night.until("2026-11-25 06:50")
    assert ["涨水" in one.text for one in night.box.to("儿童主任")] == [True]
    await night.until("2026-11-25 07:10")
    assert ["涨水" in one.text for one in night.box.to("儿童主任")] == [True, False]


async def test_of_a_pupil_who_is_noted_at_night_the_village_hears_in_the_morning(
    night: Night,
) -> None:
    def settle(work: Work) -> None:
        group = work.areas.search("青石镇河湾村一组")[0].id
        values = {"name": "王小明", "school": "青石小学", "class": "三年级2班"}
        child = work.children.add(group, values, source="roster", by=0)
        director = work.people.meet("paper", "儿童主任").person_id
        work.responsibilities.assign(child, director, by=0)

    await night.house.store.write(settle)
    await night.box.says("教师", "我的班", "[登记一个班]", "青石小学", "三年级2班", "王小明、李红")
    await night.box.says("教师", "缺王小明")
    await night.until("2026-11-25 06:50")
    assert night.box.to("儿童主任") == []
    await night.until("2026-11-25 07:20")
    assert ["没来上学" in one.text for one in night.box.to("儿童主任")] == [True]
