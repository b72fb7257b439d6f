"""A large backlog needs little memory, and one busy person delays nobody."""

import os
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from tests.faults.conftest import Scene, on_linux, on_sqlite

#: 20,000 are waited for in a long run; a commit makes do with fewer.
BACKLOG = int(os.environ.get("FAULTS_BACKLOG", "2000"))
BUSY = BACKLOG // 10

Scenes = Callable[..., AbstractAsyncContextManager[Scene]]


@on_linux
@on_sqlite
async def test_a_backlog_is_worked_off_in_bounded_memory(scene: Scenes) -> None:
    async with scene() as one:
        for number in range(BACKLOG):
            one.telegram.person(1000 + number % (BACKLOG // 10)).says("帮助")
        await one.bot.start()
        assert one.bot.process
        await one.at_rest(within=60 + BACKLOG / 50)
        assert _peak_megabytes(one.bot.process.pid) < 400
        assert await one.bot.stop() == 0
        await one.judge()


@on_sqlite
async def test_one_busy_person_delays_others_by_a_second_at_most(scene: Scenes) -> None:
    async with scene(webhook=True) as one:
        await one.bot.start()
        await one.bot.ready()
        busy = one.telegram.person(50)
        for _ in range(BUSY):
            busy.says("帮助")
        for number in range(60, 65):
            other = one.telegram.person(number)
            began = time.monotonic()
            other.says("/start")
            await other.hears("110")
            assert time.monotonic() - began < 1


def _peak_megabytes(pid: int) -> int:
    """The most memory that the process ever had."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return int(status.split("VmHWM:")[1].split()[0]) // 1024
