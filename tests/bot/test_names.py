"""Right after a start nobody waits for the names of the whole county, and nobody is overlooked."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path

import pytest

from bot import names
from bot.site.console.desk import Desk
from bot.site.console.sessions import mark, new_secret
from handlers.children import register, roll
from handlers.children.roll import NotRead, Roll
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

    monkeypatch.setattr("bot.intake.read_names", nobody_waits)
    assert "王晓明" in await _finds(house, "儿童主任", "王小明")
    assert "王晓明" in await _finds(house, "督导员", "小明")


async def test_who_asks_of_a_whole_county_waits_until_all_are_read_and_is_asked_nothing_twice(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[Roll] = []

    async def wait(*given: object) -> None:
        assert isinstance(given[1], Roll)
        waited.append(given[1])
        await names.read_names(house.store, given[1])

    monkeypatch.setattr(roll, "AT_ONCE", 3)
    monkeypatch.setattr("bot.intake.read_names", wait)
    assert "王晓明" in await _finds(house, "县民政", "王小明")
    assert waited == [house.rules.roll]


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
    await names.read_names(house.store, house.rules.roll)
    group, village = await house.store.read(
        lambda reading: [
            reading.areas.search(one)[0].id for one in ("青石镇河湾村一组", "青石镇青石村")
        ]
    )
    rows = await house.store.read(lambda reading: list(reading.places.load()))
    await house.store.write(lambda work: work.places.replace(rows))
    await asyncio.wait_for(names.read_names(house.store, house.rules.roll), 10)
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
