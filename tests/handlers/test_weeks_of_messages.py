"""A week as it comes to each of those who work: how many messages, at which hours, about what.

Nagging people until they stop reading is a way to fail; what is counted here stays so.
"""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from handlers.visiting import planning
from storage.work import Work
from tests.fakes.house import open_house
from tests.fakes.letterbox import CHINA, Letter, Letterbox

MONDAY = date(2026, 11, 23)
DAY = timedelta(days=1)
#: What is said once a week, or to whoever keeps the program.
WEEKLY = ("这星期核对了一遍", "运行情况")
PUPILS = [f"{one}{other}" for one in "王李张刘陈" for other in "明红军丽伟芳强静涛"]


@pytest.fixture
async def box(tmp_path: Path) -> AsyncIterator[Letterbox]:
    async with open_house(tmp_path, began=at("2026-11-23 07:00")) as house:
        for name in ("校长", "副镇长"):
            await house.visitor(name)
        yield Letterbox(house)


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=CHINA)


def in_register(work: Work, names: list[str], tier: str = "") -> None:
    """Children of a school, in the hands of the child director."""
    group = work.areas.search("青石镇河湾村一组")[0].id
    director = work.people.meet("paper", "儿童主任").person_id
    for name in names:
        values = {"name": name, "school": "青石小学", "class": "三年级2班", "tier": tier}
        child = work.children.add(group, values, source="roster", by=0)
        work.responsibilities.assign(child, director, by=0)


def by_day(letters: list[Letter]) -> Counter[date]:
    """How many came on each day, without the weekly ones."""
    return Counter(
        one.at.date() for one in letters if not any(word in one.text for word in WEEKLY)
    )


async def with_class(box: Letterbox) -> None:
    await box.house.store.write(lambda work: in_register(work, PUPILS[:12]))
    await box.until(at("2026-11-23 08:20"))
    await box.says("教师", "我的班", "[登记一个班]", "青石小学", "三年级2班", "、".join(PUPILS))


async def test_absences_that_nobody_looks_into_are_two_messages_on_a_school_day(
    box: Letterbox,
) -> None:
    """Six pupils are away and nobody does anything for ten days: every step of theirs climbs."""
    await with_class(box)
    await box.until(at("2026-11-23 08:40"))
    await box.says("教师", "缺王明、王红（病）、李军、陈静（请假）、刘强、张伟")
    await box.until(MONDAY + 10 * DAY)
    for name in ("教师", "督导员", "校长", "县民政", "儿童主任", "副镇长"):
        days = by_day(box.to(name))
        # That two pupils of the village are away is news there; so is the month of the school.
        assert max(days.values(), default=0) <= 4 - (name != "儿童主任"), (name, days)
        assert sum(days.values()) <= 2 * 8 + 2, (name, days)
        assert [day for day in days if day.weekday() >= 5] == [], name
        assert all(7 <= one.at.hour < 22 for one in box.to(name))
    mornings = [one for one in box.letters if one.text.startswith("有 ")]
    assert mornings
    assert {one.at.strftime("%H:%M") for one in mornings} == {"07:30"}


async def test_what_was_done_in_the_evening_does_not_ring_in_the_morning(box: Letterbox) -> None:
    await with_class(box)
    await box.until(at("2026-11-23 08:40"))
    await box.says("教师", "缺王明、李军、刘强、张伟")
    await box.until(at("2026-11-23 21:00"))
    for name in ("王明", "李军", "刘强", "张伟"):
        await box.says("教师", f"{name}到校了")
    before = len(box.letters)
    await box.until(MONDAY + DAY + timedelta(hours=0), at("2026-11-23 09:00").time())
    assert [one.text for one in box.letters[before:] if "没来上学" in one.text] == []


async def test_a_pupil_who_is_ill_after_all_is_late_by_the_new_times_alone(box: Letterbox) -> None:
    """The reminder had come; then the reason was learnt. Nobody above hears before it is due."""
    await with_class(box)
    await box.until(at("2026-11-23 08:40"))
    await box.says("教师", "缺王明")
    await box.until(at("2026-11-23 09:20"))
    assert ["快到时间了" in one.text for one in box.to("教师")] == [True]
    await box.says("教师", "缺王明（病）")
    await box.until(at("2026-11-26 09:20"))
    calls = [one for one in box.letters if "给家长打电话" in one.text and one.at.day == 26]
    assert [one.to for one in calls] == ["教师"]
    await box.until(at("2026-11-26 15:00"))
    whom = [one.to for one in box.letters if "给家长打电话" in one.text and one.at.day == 26]
    assert whom == ["教师", "督导员"]


async def test_forty_households_are_one_message_on_a_working_day(box: Letterbox) -> None:
    """A child director who never answers: nobody hears more often than each working morning."""

    def settle(work: Work) -> None:
        in_register(work, [f"孩子{number}" for number in range(40)])
        planning.plan_stirred(work, box.house.rules)

    await box.house.store.write(settle)
    await box.until(MONDAY + 14 * DAY)
    for name in ("儿童主任", "督导员", "县民政", "副镇长"):
        days = by_day(box.to(name))
        # On Mondays those in too few hands are told, too.
        assert all(count <= 1 + (day.weekday() == 0) for day, count in days.items()), (name, days)
        assert [day for day in days if day.weekday() >= 5] == [], name
    assert {one.at.strftime("%H:%M") for one in box.to("儿童主任")} == {"07:30"}


async def test_after_three_days_away_nobody_is_flooded(box: Letterbox) -> None:
    """Thirty red children were to be seen meanwhile: a few at once, all in the morning."""

    def settle(work: Work) -> None:
        in_register(work, [f"孩子{number}" for number in range(30)], tier="red")
        planning.plan_stirred(work, box.house.rules)

    await box.house.store.write(settle)
    await box.until(at("2026-11-27 18:00"))
    await box.house.leap(timedelta(days=4))
    await box.house.settled()
    await box.until(at("2026-12-03 00:00"))
    for name in ("儿童主任", "督导员", "县民政"):
        days = by_day(box.to(name))
        assert days[date(2026, 12, 1)] <= 3, (name, days)
        assert days[date(2026, 12, 2)] <= 4, (name, days)
    told = [one.text for one in box.to("督导员") if "还没去的 30 家" in one.text]
    assert ["12月2日" in text for text in told] == [True]


async def test_the_spring_festival_is_quiet(tmp_path: Path) -> None:
    """Nine days off: nothing but what keeps the program, and the week's news after it."""
    async with open_house(tmp_path, began=at("2026-02-14 12:00")) as house:
        await house.visitor("管理员")
        box = Letterbox(house)
        await box.until(at("2026-02-24 00:00"))
        assert {one.to for one in box.letters} <= {"管理员"}
        assert [one.text for one in box.letters if "运行情况" not in one.text] == []
        await box.until(at("2026-02-24 12:00"))
        assert [one.to for one in box.letters if "这星期核对了一遍" in one.text] == [
            "县民政",
            "管理员",
        ]


async def test_whom_no_message_reaches_in_the_morning_somebody_calls(box: Letterbox) -> None:
    """What waited for a teacher who is not reached any more is not lost with them."""

    def lose(work: Work) -> None:
        teacher = work.people.meet("paper", "教师").person_id
        for one in work.people.contacts_of(teacher):
            work.people.mark_reachable(one.id, False)

    await with_class(box)
    await box.until(at("2026-11-23 08:40"))
    await box.says("教师", "缺王明、李军、刘强、张伟")
    await box.until(at("2026-11-25 06:50"))
    await box.house.store.write(lose)
    before = len(box.letters)
    await box.until(at("2026-11-25 07:40"))
    told = [one.text for one in box.letters[before:] if "收不到消息" in one.text]
    assert any("没来上学" in text or "教师" in text for text in told), box.letters[before:]
