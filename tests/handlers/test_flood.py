"""A flood of alarms by one person: all are kept, one case works, and a second child alarms."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.cases.case import Case
from storage.sealing import KeyRing
from storage.work import Reading
from tests.fakes.house import House, open_house
from tests.handlers.test_climbing import person_id

BEGAN = datetime(2026, 11, 20, 2, tzinfo=UTC)
KNIFE = "有人拿刀追孩子"


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    file = tmp_path / "keys" / "house.keys"
    file.parent.mkdir()
    KeyRing.create(file)
    async with open_house(tmp_path, began=BEGAN, url=database_url) as opened:
        yield opened


async def test_a_flood_is_kept_whole_and_told_once_in_a_while(house: House) -> None:
    for number in range(12):
        await alarms(house, "教师", KNIFE + "！" * number)
    shown = told(house, "督导员")
    assert len([text for text in shown if "紧急：孩子现在有危险" in text]) == 3
    assert len([text for text in shown if "差不多的紧急报告" in text]) == 1
    found = await cases(house)
    assert (len(found), len({one.id for one in found})) == (12, 3)
    numbers = [text for text in told(house, "教师") if "受理号：" in text]
    assert len(numbers) == 12
    await house.wait(timedelta(minutes=11))
    again = [text for text in told(house, "督导员") if "差不多的紧急报告" in text]
    assert len(again) == 2
    assert "前后一共 10 条" in again[-1]


async def test_another_child_and_another_place_alarm_at_once(house: House) -> None:
    for _ in range(4):
        await alarms(house, "教师", KNIFE)
    before = len([text for text in told(house, "督导员") if "紧急：" in text])
    await alarms(house, "教师", "五年级的女孩跳河了，还没捞上来")
    await alarms(house, "教师", KNIFE, place="青石镇河湾村")
    after = len([text for text in told(house, "督导员") if "紧急：" in text])
    assert (before, after) == (3, 5)


async def test_another_person_and_another_hour_alarm_as_before(house: House) -> None:
    for _ in range(4):
        await alarms(house, "教师", KNIFE)
    await alarms(house, "邻居", KNIFE)
    assert len([text for text in told(house, "督导员") if "紧急：" in text]) == 4
    house.clock.moment[0] += timedelta(hours=2)
    await alarms(house, "教师", KNIFE)
    assert len([text for text in told(house, "督导员") if "紧急：" in text]) == 5


async def test_nobody_reads_in_the_story_who_reported(house: House) -> None:
    for _ in range(4):
        await alarms(house, "教师", KNIFE)
    teacher = await person_id(house, "教师")

    def acted(reading: Reading) -> set[int]:
        every = reading.cases.below(reading.areas.roots()[0].id, 100)
        joined = {one.joined_into or one.id for one in every} | {one.id for one in every}
        return {entry.person_id for one in joined for entry in reading.cases.entries(one)}

    assert teacher not in await house.store.read(acted)


async def test_many_ordinary_reports_are_taken_and_marked(house: House) -> None:
    policy = house.rules.policy
    house.rules.follow(replace(policy, limits={**policy.limits, "reports_a_day": 2}))
    for _ in range(3):
        await reports(house)
    receipts = [text for text in told(house, "邻居") if "受理号：" in text]
    assert ["收下了，会有人先核对" in text for text in receipts] == [False, False, True]

    def marked(reading: Reading) -> list[str]:
        every = [reading.cases.of_report(one.id) for one in reading.reports.all()]
        return [entry.act for one in every if one for entry in reading.cases.entries(one.id)]

    assert (await house.store.read(marked)).count("many") == 1
    await alarms(house, "邻居", KNIFE)
    assert "先核对" not in [text for text in told(house, "邻居") if "受理号：" in text][-1]


# -- helpers --------------------------------------------------------------------------------------


async def alarms(house: House, name: str, what: str, place: str = "青石镇青石村") -> None:
    somebody = await house.visitor(name)
    for said in ("/start", "孩子现在有危险", place, what):
        await somebody.says(said)
    await house.settled()


async def reports(house: House, name: str = "邻居") -> None:
    neighbour = await house.visitor(name)
    answers = ("报告", "1 4", "选好了", "隔壁常有打骂孩子的声音", "河湾村")
    for said in (*answers, "2", "跳过", "1", "1", "跳过", "确认"):
        await neighbour.says(said)
    await house.settled()


def told(house: House, name: str) -> list[str]:
    return [one.card.text for one in house.paper.to(name)]


async def cases(house: House) -> list[Case]:
    def every(reading: Reading) -> list[Case]:
        reports = reading.reports.all()
        found = [reading.cases.of_report(one.id) for one in reports]
        return [one for one in found if one is not None]

    return await house.store.read(every)
