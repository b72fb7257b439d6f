"""The real program behind the fake Telegram, over HTTP, in a county of its own."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp

from bot import wiring
from bot.clock import Clock
from bot.demo.clock import DemoClock
from bot.demo.people import COUNTY
from bot.settings import read_settings
from storage.store import Store
from storage.work import Work
from tests.fakes import house
from tests.fakes.databases import open_memory
from tests.fakes.telegram import TOKEN, FakeTelegram, Person


@asynccontextmanager
async def program_behind(
    fake: FakeTelegram,
    folder: Path,
    clock: Clock,
    *settle: Callable[[Work], object],
    listen: str = "127.0.0.1:0",
    **settings: Any,
) -> AsyncIterator[Store]:
    """The program at work, its places and people settled before; its memory."""
    told = read_settings(
        database_url=f"sqlite:///{folder / 'data' / 'x.db'}",
        key_file=folder / "keys" / "x.keys",
        listen=listen,
        telegram_token=TOKEN,
        telegram_api=fake.url,
        telegram_pace=0,
        telegram_chat_pace=0,
        turn_limit=60,  # the first of them compiles the forms
        **settings,
    )
    store = await asyncio.to_thread(open_memory, told, clock)
    await asyncio.to_thread(house.prepare)
    for one in (house.settle_county, *settle):
        await store.write(one)
    async with aiohttp.ClientSession() as session:
        program = await wiring.build(told, store, clock, session)
        await program.start()
        try:
            yield store
        finally:
            await program.stop()


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """A county behind the fake, on a clock that leaps."""

    fake: FakeTelegram
    clock: DemoClock
    store: Store

    def leap(self, to: str) -> None:
        """Let time pass until a moment in Shanghai."""
        self.clock.leap(_moment(to) - self.clock.now())


@asynccontextmanager
async def open_town(
    folder: Path, began: str, *settle: Callable[[Work], object]
) -> AsyncIterator[Town]:
    """The demo's county, its people settled before, from a moment in Shanghai on."""
    clock = DemoClock()
    clock.not_before(_moment(began))
    async with (
        FakeTelegram(clock=lambda: clock.now().timestamp()) as fake,
        program_behind(fake, folder, clock, *settle, county=COUNTY) as store,
    ):
        yield Town(fake=fake, clock=clock, store=store)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


def give_posts(work: Work, posts: Mapping[int, tuple[str, str, str]]) -> dict[int, int]:
    """People by their numbers at Telegram: name, role, place; their ids."""
    people = {}
    for number, (name, role, place) in posts.items():
        person = people[number] = work.people.meet("telegram", str(number)).person_id
        work.people.set_name(person, name)
        roots = [root.id for root in work.areas.roots() if root.name == place]
        work.people.add_role(person, role, roots[0] if roots else work.areas.search(place)[0].id)
    return people


async def goes(person: Person, *steps: tuple[str, str]) -> None:
    """Each tap, and what is heard after it."""
    for label, heard in steps:
        person.taps(label)
        await person.hears(heard)


async def tells(person: Person, *steps: tuple[str, str]) -> None:
    """The same in words."""
    for said, heard in steps:
        person.says(said)
        await person.hears(heard)
