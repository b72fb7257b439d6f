"""Right after a start nobody waits for the whole county, and nobody is overlooked."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path

import pytest

from bot.keeping.reading_on import read_on
from bot.site.console.desk import Desk
from bot.site.console.sessions import mark, new_secret
from handlers.catching_up import NotRead, Step
from handlers.children import ledger, register, roll
from handlers.children.roll import Roll
from storage.store import Store
from storage.work import Reading, Work
from tests.fakes.house import House, open_house

BEGAN = datetime(2026, 11, 20, 9, 0, tzinfo=timezone(timedelta(hours=8)))
#: More than are read in a turn: 王晓明 of 王庄 comes last.
CHILDREN = (*(f"赵大{one}" for one in "一二三四五六七八九"), "王晓明")


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """A house right after its start, in which few are read in one go."""
    monkeypatch.setattr(roll, "PAGE", 2)
    async with open_house(tmp_path, began=BEGAN) as house:
        await house.store.write(_enter)
        yield house


def _enter(work: Work) -> None:
    group = work.areas.search("青石镇河湾村一组")[0].id
    for name in CHILDREN:
        values = {"name": name, "sex": "male", "birth_date": "2016-03-05"}
        work.children.add(group, values, source="roster", by=0)


async def _finds(house: House, who: str, name: str) -> str:
    visitor = await house.visitor(who)
    for said in ("找孩子", name):
        await visitor.says(said)
        await house.settled()
    card = house.paper.to(who)[-1].card
    return " ".join([card.text, *(one.label for one in card.buttons())])


async def test_who_asks_of_a_village_or_a_township_finds_whoever_is_not_read_yet(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nobody_waits(*_: object) -> None:
        pytest.fail("a village waited for the county")

    monkeypatch.setattr("bot.intake.read_on", nobody_waits)
    assert "王晓明" in await _finds(house, "儿童主任", "王小明")
    assert "王晓明" in await _finds(house, "督导员", "小明")


async def test_who_asks_of_a_whole_county_waits_until_all_are_read_and_is_asked_nothing_twice(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[Step] = []

    async def wait(store: Store, step: Step) -> None:
        waited.append(step)
        await read_on(store, step)

    monkeypatch.setattr(roll, "AT_ONCE", 3)
    monkeypatch.setattr("bot.intake.read_on", wait)
    assert "王晓明" in await _finds(house, "县民政", "王小明")
    assert waited == [house.rules.roll.step]


async def test_whatever_was_read_before_the_same_children_are_found(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(reading: Reading, before: int) -> tuple[int, ...]:
        fresh = Roll()
        for _ in range(before):
            fresh.step(reading)
        areas = reading.areas.descendants(reading.areas.roots()[0].id)
        fresh.catch_up(reading, areas, ())
        return fresh.find("赵大", areas, ()) + fresh.find("王晓明", areas, ())

    told = {await house.store.read(partial(found, before=before)) for before in range(8)}
    assert len(told) == 1
    monkeypatch.setattr(roll, "AT_ONCE", 3)
    with pytest.raises(NotRead):
        await house.store.read(lambda reading: found(reading, 1))
    assert {await house.store.read(lambda reading: found(reading, 6))} == told


async def test_places_that_are_arranged_anew_are_read_anew(house: House) -> None:
    await read_on(house.store, house.rules.roll.step)
    group, village = await house.store.read(
        lambda reading: [
            reading.areas.search(one)[0].id for one in ("青石镇河湾村一组", "青石镇青石村")
        ]
    )
    rows = await house.store.read(lambda reading: list(reading.places.load()))
    await house.store.write(lambda work: work.places.replace(rows))
    await asyncio.wait_for(read_on(house.store, house.rules.roll.step), 10)
    assert len(house.rules.roll.find("王晓明", [group], ())) == 1
    assert house.rules.roll.find("王晓明", [village], ()) == ()


async def test_a_page_of_the_desk_waits_like_the_talk(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roll, "AT_ONCE", 3)
    secret = new_secret()

    def sit_down(work: Work) -> None:
        person = work.people.meet("paper", "县民政").person_id
        work.console.begin(person, mark(secret), timedelta(days=1), at_most=9)

    await house.store.write(sit_down)
    desk = Desk(house.store, house.rules)
    found = await desk.look(mark(secret), "children", lambda turn: register.search(turn, "王小明"))
    assert found is not None
    assert [one.child.name for one in found.value or ()] == ["王晓明"]


async def test_a_table_of_a_county_that_is_not_counted_yet_is_no_work_of_a_turn(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "PAGE", 1)
    waited: list[Step] = []

    async def wait(store: Store, step: Step) -> None:
        waited.append(step)
        await read_on(store, step)

    monkeypatch.setattr("bot.intake.read_on", wait)
    county = await house.visitor("县民政")
    for said in ("/统计", "上报用的汇总表"):
        await county.says(said)
        await house.settled()
    assert waited == [house.rules.ledger.step]
    assert "汇总表" in house.paper.to("县民政")[-1].card.text
