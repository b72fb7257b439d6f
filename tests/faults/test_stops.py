"""A stop in good order loses nothing and doubles nothing; a second bot on one file is refused."""

import asyncio
import os
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from tests.faults.conftest import Scene, on_sqlite

#: More in the long run.
STOPS = 10 if os.environ.get("FAULTS_KILLS") else 2

Scenes = Callable[..., AbstractAsyncContextManager[Scene]]


async def test_a_stop_under_load_takes_ten_seconds_at_most_and_loses_nothing(
    scene: Scenes,
) -> None:
    async with scene() as one:
        people = asyncio.gather(*(one.villager(60 + n, pause=0.3).report() for n in range(10)))
        for _ in range(STOPS):
            await one.bot.start()
            await one.bot.ready()
            await asyncio.sleep(0.4)
            assert await one.bot.stop(within=10) == 0
        await one.bot.start()
        await people
        await one.at_rest()
        assert await one.bot.stop() == 0
        await one.judge()


@on_sqlite
async def test_a_second_bot_on_the_same_file_is_refused_and_the_first_goes_on(
    scene: Scenes,
) -> None:
    async with scene() as one:
        await one.bot.start()
        await one.bot.ready()
        refused = await asyncio.to_thread(one.bot.command, "run")
        assert refused.returncode == 2
        assert "已经被另一个相伴程序打开" in refused.stderr
        assert "Traceback" not in refused.stderr
        await one.villager(60).report()
