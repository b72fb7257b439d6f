"""一月一报告、一季度一复核: who is asked when; nothing is checked while a school is silent."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.absence import Break, Monthly, month_end, months_of
from storage.work import Work
from tests.fakes.house import House, open_house

BEGAN = datetime(2026, 10, 20, 2, tzinfo=UTC)
RULE = Monthly(day=25, due=28, checks=("education",), check_days=10)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=BEGAN) as opened:
        for name in ("校长", "县教育"):
            await opened.visitor(name)
        await opened.store.write(settle_schools)
        yield opened


def settle_schools(work: Work) -> None:
    head = work.people.meet("paper", "校长").person_id
    places = {work.areas.full_name(row.id): row.id for row in work.places.load()}
    for name in ("青石小学", "青石中学"):
        school = work.classes.school_at(places["青石镇青石村"], name)
        work.classes.heads(school.id, head)


async def on(house: House, *days: date) -> None:
    """Mornings on which the beats are beaten."""
    for day in days:
        house.clock.moment[0] = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
        await house.bells.ask_schools()
        await house.bells.ring_duties()
    await house.settled()


def shown(house: House, name: str) -> list[str]:
    return [one.label for one in house.paper.to(name)[-1].card.buttons()]


async def answer(house: House, school: str, month: int) -> None:
    head = await house.visitor("校长")
    await head.says("我的工作")
    await house.settled()
    todo = next(one for one in shown(house, "校长") if one.startswith("等您答复的"))
    await head.taps(todo)
    await house.settled()
    await head.taps(f"{school}　{month} 月")
    await house.settled()
    await head.taps("都对，就这样报")
    await house.settled()


async def test_each_school_is_asked_once_for_a_month_and_late_after_an_outage(
    house: House,
) -> None:
    head = await house.visitor("校长")
    await on(house, date(2026, 10, 23), date(2026, 10, 24))
    assert not [one for one in house.paper.to(head.address) if "月的数" in one.card.text]
    await on(house, date(2026, 11, 3), date(2026, 11, 4))
    told = [one.card.text for one in house.paper.to(head.address) if "算好了" in one.card.text]
    assert sorted(told) == [
        f"{name} 10 月的数，这里算好了。11-04 前看一眼，对的点一下就行。"
        for name in ("青石中学", "青石小学")
    ]


async def test_a_month_without_school_is_asked_for_by_nobody(house: House) -> None:
    breaks = {"winter": Break(first=date(2027, 1, 30), last=date(2027, 3, 1))}
    policy = house.rules.policy
    school = replace(policy.absence.school, breaks=breaks)
    house.rules.policy = replace(policy, absence=replace(policy.absence, school=school))
    await on(house, date(2027, 2, 26), date(2027, 3, 2))
    assert not [one for one in house.paper.sent if "2 月的数" in one.card.text]
    await on(house, date(2027, 3, 26))
    assert len([one for one in house.paper.sent if "3 月的数" in one.card.text]) == 2


async def test_a_quarter_is_checked_once_every_school_has_answered(house: House) -> None:
    county = await house.visitor("县教育")
    for month, day in ((10, 26), (11, 26), (12, 25)):
        await on(house, date(2026, month, day))
        await answer(house, "青石小学", month)
        if month != 11:
            await answer(house, "青石中学", month)
    await on(house, date(2026, 12, 29))
    told = house.paper.to(county.address)[-1]
    assert told.card.text == "2026 年第 4 季度学校报的数，请在 01-12 前复核一遍。"
    await county.taps("看一看")
    await house.settled()
    assert "2 所学校，报了 5 次，还没报 1 次" in house.paper.to(county.address)[-1].card.text
    assert "都核对过了" not in shown(house, "县教育")
    await answer(house, "青石中学", 11)
    await county.says("我的工作")
    await house.settled()
    await county.taps("等您答复的（1）")
    await house.settled()
    await county.taps("复核2026 年第 4 季度学校报的数")
    await house.settled()
    await county.taps("都核对过了")
    await house.settled()
    assert "已经复核完了" in house.paper.to(county.address)[-1].card.text
    before = len(house.paper.sent)
    await on(house, date(2027, 1, 14), date(2027, 1, 20))
    assert not [one for one in house.paper.sent[before:] if "季度" in one.card.text]


async def test_a_quarter_that_nobody_checks_is_told_above(house: House) -> None:
    for month, day in ((10, 26), (11, 26), (12, 25)):
        await on(house, date(2026, month, day))
        for school in ("青石小学", "青石中学"):
            await answer(house, school, month)
    await on(house, date(2026, 12, 29), date(2027, 1, 12), date(2027, 1, 14))
    assert "复核这个季度的学校报数" in house.paper.to("县民政")[-1].card.text
    assert house.paper.to("县教育")[-1].card.text.startswith("快到时间了")


@given(day=st.dates(date(2026, 1, 1), date(2030, 12, 31)))
def test_the_month_that_is_asked_for_is_this_one_or_the_last(day: date) -> None:
    month = RULE.asked_on(day)
    assert month.day == 1
    assert month_end(month) >= day or (day.day < RULE.day and (day - month_end(month)).days < 25)


@given(day=st.dates(date(2026, 1, 1), date(2030, 12, 31)))
def test_a_quarter_is_checked_when_its_last_month_was_due(day: date) -> None:
    quarter = RULE.quarter_checked_on(day)
    first, _, last = months_of(quarter)
    assert first == quarter
    assert first.month in (1, 4, 7, 10)
    assert last.replace(day=RULE.due) < day
    assert (day - last.replace(day=RULE.due)).days <= 95
