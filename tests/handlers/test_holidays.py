"""假期交接: what no village takes climbs, and a child of elsewhere is the township's to place."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from policy.absence import Break
from storage.school.classes import PupilIn
from storage.work import Work
from tests.fakes.house import House, open_house

#: A week in spring that the county's calendar works, so that only the break is off.
FIRST, LAST = date(2026, 12, 1), date(2026, 12, 11)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    began = datetime(2026, 11, 24, 2, tzinfo=UTC)
    async with open_house(tmp_path, began=began) as opened:
        await opened.visitor("校长")
        await opened.store.write(settle_school)
        policy = opened.rules.policy
        school = replace(policy.absence.school, breaks={"winter": Break(first=FIRST, last=LAST)})
        opened.rules.policy = replace(policy, absence=replace(policy.absence, school=school))
        yield opened


def settle_school(work: Work) -> None:
    head = work.people.meet("paper", "校长").person_id
    places = {work.areas.full_name(row.id): row.id for row in work.places.load()}
    school = work.classes.school_at(places["青石镇青石村"], "青石小学")
    work.classes.heads(school.id, head)
    room = work.classes.add(school.id, "三年级2班", grade=3, number=2, by=head)
    children = [
        work.children.add(
            places["青石镇河湾村一组"],
            {"name": name, "sex": "male", "birth_date": "2017-03-05"},
            source="roster",
            by=0,
        )
        for name in ("王小明", "李红")
    ]
    pupils = [
        PupilIn(name=name, child_id=child)
        for name, child in zip(("王小明", "李红"), children, strict=True)
    ]
    work.classes.add_pupils(room, [*pupils, PupilIn(name="不在名册的孩子")])


async def on(house: House, *days: date) -> None:
    for day in days:
        house.clock.moment[0] = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
        await house.bells.ask_schools()
        await house.bells.ring_duties()
    await house.settled()


async def tap(house: House, name: str, *labels: str) -> str:
    who = await house.visitor(name)
    for label in labels:
        await who.taps(label)
        await house.settled()
    return house.paper.to(name)[-1].card.text


def labels(house: House, name: str) -> list[str]:
    return [one.label for one in house.paper.to(name)[-1].card.buttons()]


async def test_the_school_hands_over_only_whom_the_register_knows(house: House) -> None:
    await on(house, date(2026, 11, 24))
    assert "名册里的 2 个孩子" in house.paper.to("校长")[-1].card.text
    assert "青石镇河湾村：2 个" in await tap(house, "校长", "看名单", "交给村里")


async def test_nothing_is_taken_while_a_child_has_nobody(house: House) -> None:
    await on(house, date(2026, 11, 24))
    await tap(house, "校长", "看名单", "交给村里")
    assert "还有 2 个没有定人" in await tap(house, "儿童主任", "看名单")
    assert "就这样，都收下" not in labels(house, "儿童主任")
    await tap(house, "儿童主任", "王小明（9岁，河湾村一组）：还没有定人", "儿童主任")
    await tap(house, "儿童主任", "李红（9岁，河湾村一组）：还没有定人", "网格员")
    assert "都定好人了" in await tap(house, "儿童主任", "就这样，都收下")
    assert "有 1 个孩子" in house.paper.to("网格员")[-1].card.text
    before = len(house.paper.to("督导员"))
    await on(house, date(2026, 12, 2), date(2026, 12, 8))
    after = house.paper.to("督导员")[before:]
    assert not [one for one in after if "定好人" in one.card.text]


async def test_what_no_village_takes_is_told_above(house: House) -> None:
    await on(house, date(2026, 11, 24))
    await tap(house, "校长", "看名单", "交给村里")
    await on(house, date(2026, 11, 30), date(2026, 12, 2))
    told = [one.card.text for one in house.paper.to("督导员")]
    assert any("定好假期谁来管每个孩子" in one for one in told)
    assert not any("王小明" in one for one in told)


async def test_what_no_school_hands_over_is_told_above(house: House) -> None:
    await on(house, date(2026, 11, 24), date(2026, 11, 30), date(2026, 12, 1))
    assert "把孩子交给村里" in house.paper.to("督导员")[-1].card.text


async def test_a_child_of_elsewhere_is_the_townships_to_place(house: House) -> None:
    await on(house, date(2026, 11, 24))
    await tap(house, "校长", "看名单", "交给村里")
    await tap(house, "儿童主任", "看名单", "王小明（9岁，河湾村一组）：还没有定人", "不住我们村")
    assert "青石镇有 1 个孩子" in house.paper.to("督导员")[-1].card.text
    await tap(house, "督导员", "看名单", "王小明（9岁，河湾村一组）：还没有定人")
    assert "不住我们村" not in labels(house, "督导员")
    assert "都定好人了" in await tap(house, "督导员", "网格员", "就这样，都收下")


async def test_whoever_was_named_lets_go_when_school_has_begun(house: House) -> None:
    await on(house, date(2026, 11, 24))
    await tap(house, "校长", "看名单", "交给村里")
    await tap(house, "儿童主任", "看名单", "王小明（9岁，河湾村一组）：还没有定人", "网格员")
    await tap(house, "儿童主任", "李红（9岁，河湾村一组）：还没有定人", "网格员")
    await tap(house, "儿童主任", "就这样，都收下")
    await on(house, LAST, date(2026, 12, 14))
    await tap(house, "校长", "看名单", "王小明没来", "其他的都来了")
    await (await house.visitor("网格员")).says("我的孩子")
    await house.settled()
    assert house.paper.to("网格员")[-1].card.text == "您名下现在没有孩子。"
    missing = await house.store.read(
        lambda seen: len(seen.absences.below(seen.areas.roots()[0].id))
    )
    assert missing == 1
