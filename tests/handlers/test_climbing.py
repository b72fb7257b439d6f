"""A duty that nobody does climbs: in time, once, and after an outage the highest step first."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.cases.case import Case
from storage.cases.duties import Climb, Duty
from storage.sealing import KeyRing
from storage.work import Reading
from tests.fakes.house import House, open_house

BEGAN = datetime(2026, 11, 20, 2, tzinfo=UTC)


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    file = tmp_path / "keys" / "house.keys"
    file.parent.mkdir()
    KeyRing.create(file)
    async with open_house(tmp_path, began=BEGAN, url=database_url) as opened:
        yield opened


async def test_after_three_days_without_power_every_step_is_recorded_and_the_highest_told_first(
    house: House,
) -> None:
    case = await alarmed(house)
    before = len(house.paper.sent)
    house.clock.moment[0] += timedelta(hours=72)
    await house.bells.ring_duties()
    await house.settled()
    acknowledge = await duty(house, case, "acknowledge")
    assert [(one.level, one.step) for one in await climbs(house, acknowledge)] == [
        (1, "self"),
        (2, "township"),
        (3, "county"),
        (4, "leader"),
    ]
    # Each step knows when it should have been taken, and when it was.
    due = BEGAN + timedelta(minutes=15)
    assert [one.passed_at for one in await climbs(house, acknowledge)] == [
        due - timedelta(minutes=5),
        due,
        due + timedelta(minutes=15),
        due + timedelta(hours=1),
    ]
    assert {one.fired_at for one in await climbs(house, acknowledge)} == {
        BEGAN + timedelta(hours=72)
    }
    told = [one for one in house.paper.sent[before:] if "接单" in one.card.text.splitlines()[0]]
    assert [one.address for one in told] == ["县民政", "督导员"]
    # Nothing is told a second time.
    sent = len(house.paper.sent)
    await house.bells.ring_duties()
    await house.settled()
    assert len(house.paper.sent) == sent


async def test_a_step_is_taken_once_however_often_it_rings_at_once(house: House) -> None:
    case = await alarmed(house)
    before = len(house.paper.sent)
    house.clock.moment[0] += timedelta(minutes=16)
    await asyncio.gather(*(house.bells.ring_duties() for _ in range(8)))
    await house.settled()
    acknowledge = await duty(house, case, "acknowledge")
    assert [one.level for one in await climbs(house, acknowledge)] == [1, 2]
    told = [one.address for one in house.paper.sent[before:]]
    assert sorted(told) == ["县民政", "督导员"]


async def test_what_is_done_in_time_never_climbs(house: House) -> None:
    case = await alarmed(house)
    supervisor = await house.visitor("督导员")
    await supervisor.taps("我来处理")
    await house.settled()
    house.clock.moment[0] += timedelta(minutes=40)
    await house.bells.ring_duties()
    await house.settled()
    acknowledge = await duty(house, case, "acknowledge")
    assert acknowledge.state == "done"
    assert await climbs(house, acknowledge) == ()


async def test_of_two_who_accept_at_once_one_has_the_case(house: House) -> None:
    case = await alarmed(house)
    people = [await house.visitor(name) for name in ("督导员", "县民政")]
    await asyncio.gather(*(person.taps("我来处理") for person in people))
    await house.settled()
    now = await house.store.read(lambda reading: reading.cases.get(case.id))
    assert now is not None
    entries = await house.store.read(lambda reading: reading.cases.entries(case.id))
    assert [one.act for one in entries] == ["opened", "accept"]
    assert entries[1].person_id == now.owner.person_id


async def test_an_owner_who_steps_back_leaves_it_to_the_county_with_the_clock_running(
    house: House,
) -> None:
    case = await alarmed(house)
    before = await duty(house, case, "acknowledge")
    supervisor = await house.visitor("督导员")
    await supervisor.taps("不归我管")
    await house.settled()
    await supervisor.taps("和这家人是亲戚或熟人")
    await house.settled()
    now = await house.store.read(lambda reading: reading.cases.get(case.id))
    county = await person_id(house, "县民政")
    assert now is not None
    assert now.owner.person_id == county
    after = await duty(house, case, "acknowledge")
    assert (after.due_at, after.person_id) == (before.due_at, county)
    heard = [one.card.text.splitlines()[0] for one in house.paper.to("县民政")]
    assert "有一件退回来的，请您安排" in heard


async def test_the_last_one_cannot_step_back(house: House) -> None:
    case = await alarmed(house)
    for name in ("督导员", "县民政"):
        person = await house.visitor(name)
        await person.taps("不归我管")
        await house.settled()
        await person.taps("和这家人是亲戚或熟人")
        await house.settled()
    now = await house.store.read(lambda reading: reading.cases.get(case.id))
    assert now is not None
    assert now.owner.person_id == await person_id(house, "县民政")
    assert "没有别人可退了" in house.paper.to("县民政")[-1].card.text


async def alarmed(house: House) -> Case:
    """A red case in 青石村, a moment ago."""
    teacher = await house.visitor("教师")
    for said in ("/start", "孩子现在有危险", "青石镇青石村", "有人拿刀追孩子"):
        await teacher.says(said)
        await house.settled()

    def newest(reading: Reading) -> Case:
        found = reading.cases.below(reading.areas.roots()[0].id, 1)
        return found[0]

    return await house.store.read(newest)


async def duty(house: House, case: Case, kind: str) -> Duty:
    found = await house.store.read(lambda reading: reading.duties.of("case", case.id))
    return next(one for one in found if one.kind == kind)


async def climbs(house: House, of: Duty) -> tuple[Climb, ...]:
    return await house.store.read(lambda reading: reading.duties.climbs(of.id))


async def person_id(house: House, name: str) -> int:
    def known(reading: Reading) -> int:
        speaker = reading.people.speaker("paper", name)
        assert speaker is not None
        return speaker.person_id

    return await house.store.read(known)
