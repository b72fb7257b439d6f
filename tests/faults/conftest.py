"""A county in a database, a fake Telegram, and the real bot between them."""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import make_url

from bot.clock import Clock
from bot.commands.words import words
from bot.county.publisher import compiled, sources
from bot.demo.people import COUNTY, NAME
from bot.settings import HOME
from bot.tables.tables import read_areas
from storage.sealing import KeyRing
from storage.store import Store
from storage.work import Work
from tests.fakes.databases import fresh_sqlite
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.faults.invariants import Memory, cards_wait, check, check_clear, recall
from tests.faults.process import Bot, free_port
from tests.faults.villagers import Villager

#: Who is told of reports: their Telegram number, role and place ("" is the county).
OFFICERS = {900_001: ("child_supervisor", "青石镇"), 900_002: ("civil_affairs", "")}


#: What only one engine can suffer, or does not depend on the engine.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="as Linux has it")
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@dataclass(slots=True, kw_only=True)
class Scene:
    """One bot, one Telegram, one database."""

    folder: Path
    url: str
    keys: Path
    telegram: FakeTelegram
    bot: Bot
    villagers: list[Villager] = field(default_factory=list)

    def villager(self, number: int, **habits: object) -> Villager:
        one = Villager(telegram=self.telegram, number=number, **habits)  # type: ignore[arg-type]
        self.villagers.append(one)
        return one

    async def at_rest(self, within: float = 60) -> None:
        """Until every update is confirmed and every card is sent."""
        async with asyncio.timeout(within):
            quiet = False
            while len(self.telegram.queue) or not quiet:
                quiet = await self._is_quiet()

    async def _is_quiet(self) -> bool:
        events = self.telegram.events()
        await asyncio.sleep(1.5)
        calm = events == self.telegram.events()
        # A card that Telegram refused for a while makes no event until it is sent again.
        return calm and not await asyncio.to_thread(cards_wait, self.url)

    async def judge(self, *, deaths: int = 0) -> Memory:
        """Hold the ledger against the database; the bot must have ended."""
        memory = await asyncio.to_thread(recall, self.url, self.keys)
        check(memory, self.telegram.ledger, deaths=deaths, villagers=self.villagers)
        check_clear([self.bot.log, *(self.folder / "data").glob("*")])
        return memory


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Puts the county, the forms and the officers into an empty database; gives its key file."""
    keys = tmp_path_factory.mktemp("fault-keys") / "bot.keys"
    KeyRing.create(keys)
    rows = read_areas(COUNTY / "areas.xlsx", words, NAME)
    forms = sources(HOME / "forms")
    answers = compiled(forms)

    def prepare(url: str) -> Path:
        store = Store.open(url, KeyRing.load(keys), Clock().now, writers=1, readers=1)
        try:
            store.write(lambda work: work.places.replace(rows)).result(30)
            store.write(publish).result(30)
            store.write(_appoint).result(30)
        finally:
            store.close()
        return keys

    def publish(work: Work) -> None:
        for form, answer in zip(forms, answers, strict=True):
            work.forms.publish(
                answer["form"], answer["title"], answer["compiled"], answer["version"], form.hash
            )

    return prepare


@pytest.fixture(scope="session")
def _county_sqlite(
    prepared: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    file = tmp_path_factory.mktemp("county") / "county.db"
    return file, prepared(fresh_sqlite(file))


@pytest.fixture
def county_url(request: pytest.FixtureRequest, database_url: str) -> tuple[str, Path]:
    """A database with the county in it, on each engine, and its key file."""
    if database_url.startswith("sqlite"):
        template, keys = request.getfixturevalue("_county_sqlite")
        shutil.copyfile(template, make_url(database_url).database or "")
        return database_url, keys
    prepare: Callable[[str], Path] = request.getfixturevalue("prepared")
    return database_url, prepare(database_url)


@pytest.fixture
def scene(
    county_url: tuple[str, Path], tmp_path: Path
) -> Callable[..., AbstractAsyncContextManager[Scene]]:
    """Opens scenes: ``async with scene(webhook=True) as one: ...``."""
    url, keys = county_url

    @asynccontextmanager
    async def opened(
        *,
        webhook: bool = False,
        seed: int = 1,
        entry: tuple[str, ...] = ("-m", "bot"),
        **more: object,
    ) -> AsyncIterator[Scene]:
        async with FakeTelegram(seed=seed) as telegram:
            telegram.roads.hurry = 0.02
            for number in OFFICERS:
                telegram.person(number, "值班").started = True
            port = free_port()
            settings: dict[str, object] = {
                "database_url": url,
                "key_file": keys,
                "telegram_token": TOKEN,
                "telegram_api": telegram.url,
                "telegram_pace": 0,
                "telegram_chat_pace": 0,
                **({"public_url": f"http://127.0.0.1:{port}"} if webhook else {}),
                **more,
            }
            bot = Bot(folder=tmp_path, settings=settings, port=port, entry=entry)
            try:
                yield Scene(folder=tmp_path, url=url, keys=keys, telegram=telegram, bot=bot)
            finally:
                if bot.process is not None:
                    await bot.kill()

    return opened


def _appoint(work: Work) -> None:
    for number, (role, place) in OFFICERS.items():
        met = work.people.meet("telegram", str(number))
        work.people.set_name(met.person_id, "值班")
        area = work.areas.search(place)[0] if place else work.areas.roots()[0]
        work.people.add_role(met.person_id, role, area.id)
