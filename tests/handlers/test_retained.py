"""A child's file is held back, or goes before its time once two of the county asked for it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from conversation.incoming import Chosen
from storage.sealing import KeyRing
from storage.work import Work
from tests.fakes.house import House, open_house
from tests.handlers.test_forgetting import RECORD, child_of, marks
from tests.handlers.test_letting_go import BEGAN, YEAR, nights
from tests.handlers.test_own_data import last


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    file = tmp_path / "keys" / "house.keys"
    file.parent.mkdir()
    KeyRing.create(file)
    async with open_house(tmp_path, began=BEGAN, url=database_url) as opened:
        yield opened


def gone(work: Work) -> int:
    """A child who left the register today."""
    place = work.areas.search("河湾村一组")[0].id
    child = work.children.add(place, RECORD, source="registration", by=0)
    work.children.leave(child, "grown_16", BEGAN.date(), by=0)
    return child


def _joins_the_county(work: Work) -> None:
    person = work.people.meet("paper", "乙").person_id
    work.people.add_role(person, "civil_affairs", work.areas.roots()[0].id)


async def does(house: House, name: str, child: int, verb: str, *said: str) -> str:
    """An act of the file, and what follows it."""
    visitor = await house.visitor(name)
    await visitor.does(Chosen(verb=verb, arg=str(child)))
    for one in said:
        await house.settled()
        await visitor.says(one)
    return await last(house, name)


async def test_a_file_that_is_held_back_stays_past_its_time(house: House) -> None:
    child = await house.store.write(gone)
    told = await does(house, "县民政", child, "child.hold", "先留着", "2033年12月31日", "要打官司")
    assert "暂缓销毁" in told
    assert "2033-12-31" in told
    await nights(house, 6 * YEAR)
    assert not (await child_of(house, child)).is_erased
    await nights(house, 8 * YEAR)
    assert (await child_of(house, child)).is_erased


async def test_two_of_the_county_have_a_file_erased_in_the_same_night(house: House) -> None:
    child = await house.store.write(gone)
    await house.visitor("乙")
    await house.store.write(_joins_the_county)
    wish = ("孩子本人，已经长大", "看过身份证")
    assert "等县里另一个人也办一次" in await does(house, "县民政", child, "child.erase", *wish)
    assert "您已经提过了" in await does(house, "县民政", child, "child.erase", *wish)
    await nights(house, YEAR / 366)
    assert not (await child_of(house, child)).is_erased
    assert "今天夜里销毁" in await does(house, "乙", child, "child.erase", *wish)
    await nights(house, YEAR / 183)
    assert (await child_of(house, child)).is_erased
    *_, stone = await marks(house, "child", child)
    assert stone.is_asked
    officer = await house.visitor("县民政")
    paper = Chosen(verb="paper", arg=f"child:{child}")
    await officer.does(paper)
    await house.settled()
    await officer.says("核对名册")  # why the file is opened
    await house.settled()
    await officer.does(paper)
    await house.settled()
    labels = [one.label for row in house.paper.to("县民政")[-1].card.rows for one in row]
    assert "档案销毁回执" in labels


async def test_nobody_else_may_and_no_file_of_a_child_who_is_here(house: House) -> None:
    child = await house.store.write(gone)
    for name in ("督导员", "教师"):
        assert "销毁" not in await does(house, name, child, "child.erase")
    await house.store.write(lambda work: work.children.come_back(child, by=0))
    assert "谁申请的" not in await does(house, "县民政", child, "child.erase")
