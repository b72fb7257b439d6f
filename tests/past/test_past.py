"""A county that was kept by an earlier version comes up with everything that it held."""

import asyncio
import re
import sqlite3
import tarfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.keeping.counting import Counting
from conversation.cards import Card
from storage import migrate
from storage.audit import Head
from storage.resealing import reseal
from storage.sealing import KeyRing
from storage.work import Reading
from tests.fakes.house import House, open_house
from tests.fakes.paper import Visitor
from tests.past.moving import move
from tests.past.record import ALARMED, BEGAN, BUSY, HERE, OFFICER

VERSIONS = sorted(file.name.partition(".")[0] for file in HERE.glob("*.tar.xz"))
NUMBER = re.compile(r"受理号：?\s*(\S+)")
#: What ends each question that is left, the first that there is.
ON = ("跳过", "不清楚", "不留名", "发出去")
QUESTIONS = 12
#: Each of these counties has more rows with something sealed.
SEALED = 60
#: More than anybody said there.
SAID = 100

Opened = Callable[[], AbstractAsyncContextManager[House]]


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    """Each version of which a county was kept."""
    return str(request.param)


@pytest.fixture(params=["sqlite", "postgresql"])
def past(
    request: pytest.FixtureRequest,
    version: str,
    tmp_path: Path,
    new_postgresql: Callable[..., str],
) -> Opened:
    """Opens the county of that version with this program, an hour later, on each engine."""
    file, keys = tmp_path / "data" / "house.db", tmp_path / "keys" / "house.keys"
    with tarfile.open(HERE / f"{version}.tar.xz") as packed:
        for name, to in (("county.db", file), ("county.keys", keys)):
            to.parent.mkdir()
            kept = packed.extractfile(name)
            assert kept is not None
            to.write_bytes(kept.read())
            to.chmod(0o600)
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("SELECT version_num FROM alembic_version").fetchone() == (version,)
    url = f"sqlite:///{file}"
    if request.param == "postgresql":
        url = new_postgresql(bare=True)
        move(file, url, version)

    @asynccontextmanager
    async def opened() -> AsyncIterator[House]:
        assert migrate.current(url) == version
        async with open_house(tmp_path, began=BEGAN + timedelta(hours=1), url=url) as house:
            assert migrate.current(url) == migrate.HEAD
            yield house

    return opened


async def comes_back(house: House, name: str, says: str) -> Visitor:
    """Somebody who spoke before says something that was never said."""
    visitor = await house.visitor(name)
    visitor.count = SAID
    await visitor.says(says)
    await house.settled()
    return visitor


def shown(house: House, name: str) -> Card:
    """What somebody was shown last."""
    return house.paper.to(name)[-1].card


async def test_people_go_on_where_they_were(past: Opened) -> None:
    async with past() as house:
        busy = await comes_back(house, BUSY, "王家那个大娃")
        while not NUMBER.search(shown(house, BUSY).text):
            labels = [button.label for button in shown(house, BUSY).buttons()]
            # Of more than eight buttons the last ways are typed.
            await busy.says(next((one for one in ON if one in labels), ON[0]))
            await house.settled()
            assert busy.count < SAID + QUESTIONS
        await comes_back(house, ALARMED, "查进度")
        assert "已有人接手" in shown(house, ALARMED).text
        officer = await comes_back(house, OFFICER, "我的工单")
        await officer.taps(shown(house, OFFICER).buttons()[0].label)
        await house.settled()
        assert "掉进水塘" in shown(house, OFFICER).text


def _wrong(reading: Reading) -> list[int]:
    """The places of which something else is kept than their rows say."""
    return [
        place
        for place in reading.day_counts.places()
        if not (reading.day_counts.holds(place) and reading.head_counts.holds(place))
    ]


def _audited(reading: Reading) -> object:
    return reading.audit.verify()


async def test_all_that_was_sealed_opens_and_what_is_counted_holds(
    past: Opened, tmp_path: Path
) -> None:
    async with past() as house:
        store = house.store
        assert await store.read(_wrong) == []
        await Counting(store).add_up()
        assert await store.read(lambda reading: reading.day_counts.uncounted()) == ()
        assert await store.read(_wrong) == []
        KeyRing.load(tmp_path / "keys" / "house.keys").rotate()
        assert await asyncio.to_thread(store.renew_keys)
        assert await asyncio.to_thread(reseal, store) > SEALED
        assert isinstance(await store.read(_audited), Head)
