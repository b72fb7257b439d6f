"""The real program behind the fake Telegram, over HTTP, in a county of its own."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from bot import app
from bot.clock import Clock
from bot.settings import read_settings
from storage.store import Store
from storage.work import Work
from tests.fakes import house
from tests.fakes.telegram import TOKEN, FakeTelegram


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
    store = await asyncio.to_thread(app.open_memory, told, clock)
    await asyncio.to_thread(house.prepare)
    for one in (house.settle_county, *settle):
        await store.write(one)
    async with aiohttp.ClientSession() as session:
        program = await app.build(told, store, clock, session)
        await program.start()
        try:
            yield store
        finally:
            await program.stop()
