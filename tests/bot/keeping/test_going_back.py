"""A database that is not what it was: whoever keeps the program hears of it, once, and soon."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from bot.keeping.safekeeping import Kept, Safekeeping
from storage.anchors import NAME, noted
from storage.audit import Head
from storage.engines import Place
from storage.sealing import KeyRing
from storage.work import Work
from tests.fakes.house import House, open_house
from tests.fakes.standby import Pair
from tests.handlers.test_climbing import alarmed

BEGAN = datetime(2026, 11, 20, 2, tzinfo=UTC)

Houses = Callable[[str], AbstractAsyncContextManager[tuple[House, Safekeeping]]]


@pytest.fixture
def county(tmp_path: Path) -> Houses:
    """Opens a house at an address, and what lies beside its database."""
    file = tmp_path / "keys" / "house.keys"
    file.parent.mkdir()
    KeyRing.create(file)

    @asynccontextmanager
    async def opened(url: str) -> AsyncIterator[tuple[House, Safekeeping]]:
        async with open_house(tmp_path, began=BEGAN, url=url) as house:
            folder, zone = tmp_path / "backups", ZoneInfo("Asia/Shanghai")
            kept = Kept(url=url, data=None, folder=folder, days=7, zone=zone)
            await house.visitor("管理员")
            yield house, Safekeeping(house.store, house.intake, house.clock, kept)

    return opened


async def told(house: House, words: str) -> int:
    await house.settled()
    return sum(words in one.card.text for one in house.paper.to("管理员"))


async def test_rows_that_were_noted_and_are_gone_are_told_once(
    county: Houses, database_url: str, tmp_path: Path
) -> None:
    async with county(database_url) as (house, keeping):
        await alarmed(house)
        await keeping.note_head()
        await keeping.look_back()
        assert await told(house, "存的东西回到了以前") == 0
        last = noted(tmp_path / "backups" / NAME)[-1].seq
        _cut(database_url, last - 2)
        for _ in range(3):
            await keeping.look_back()
            await keeping.note_head()
        assert await told(house, f"记下的操作记录到第 {last} 条") == 1


async def test_rows_that_others_took_the_place_of_are_told_too(
    county: Houses, database_url: str, tmp_path: Path
) -> None:
    async with county(database_url) as (house, keeping):
        await alarmed(house)
        await keeping.note_head()
        last = noted(tmp_path / "backups" / NAME)[-1].seq
        _cut(database_url, last - 1)
        await house.store.write(_grow)
        await keeping.note_head()
        assert await told(house, "存的东西回到了以前") == 1


async def test_a_standby_that_had_not_followed_is_told_and_gone_on_with(
    county: Houses, pair: Pair
) -> None:
    async with county(pair.url) as (house, keeping):
        await keeping.look_back()
        assert await told(house, "备用的服务器") == 0
        await asyncio.to_thread(pair.part)
        case = await alarmed(house)
        await keeping.note_head()
        await asyncio.to_thread(pair.fail_over)
        assert await house.store.read(lambda reading: reading.cases.get(case.id)) is None
        for _ in range(3):
            await keeping.look_back()
        assert await told(house, "备用的服务器") == 1
        assert await told(house, "存的东西回到了以前") == 1
        again = await alarmed(house)
        assert again.id != case.id
        verdict = await house.store.read(lambda reading: reading.audit.verify())
        assert isinstance(verdict, Head)


def _grow(work: Work) -> None:
    for number in range(5):
        work.audit.write(3, "opened", "report", number)


def _cut(url: str, after: int) -> None:
    """Somebody who may do anything in the database takes the end of the audit away."""
    place = Place(url)
    free = (
        "DROP TRIGGER audit_no_delete"
        if place.is_sqlite
        else "ALTER TABLE audit DISABLE TRIGGER ALL"
    )
    with place.connect() as connection:
        connection.execute(text(free))
        connection.execute(text("DELETE FROM audit WHERE seq > :after"), {"after": after})
