"""The bot is killed before each way out of the process, from a report's words to its receipt.

A few of them, evenly spread, in the usual suite (tests/faults/sweeping.py).
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests.faults.conftest import Scene
from tests.faults.invariants import PERHAPS
from tests.faults.kill_points import ENV
from tests.faults.sweeping import LIMIT, NEVER, Sweep, spread
from tests.faults.villagers import RECEIPT, Villager

FIRST_NUMBER = 3000


@pytest.mark.timeout(LIMIT)
@pytest.mark.parametrize("webhook", [False, True], ids=["polling", "webhook"])
async def test_wherever_it_dies_over_a_report_nothing_is_lost_or_doubled(
    scene: Callable[..., AbstractAsyncContextManager[Scene]], webhook: bool, tmp_path: Path
) -> None:
    file = tmp_path / "points"
    sweep = Sweep(file)
    async with scene(webhook=webhook, entry=("-m", "tests.faults.kill_points")) as one:
        one.bot.surroundings = {ENV: str(file)}
        await one.bot.start()
        await one.bot.ready()
        points = spread(await _count(one, sweep))
        killed = [await _report_over_a_death(one, sweep, point) for point in points]
        await one.at_rest()
        assert await one.bot.stop() == 0
        deaths = sum(killed)
        # A beat that came at another moment moves the last ones: they may lie behind the receipt.
        assert deaths >= len(points) * 3 // 4
        memory = await one.judge(deaths=deaths)
        assert len(memory.reports) == len(one.villagers)
        assert memory.poison == frozenset()
        for villager in one.villagers:
            _receipt_came_once(one, villager)


async def _count(one: Scene, sweep: Sweep) -> int:
    """How many points there are between the words and the receipt, and a little beyond."""
    await _villager(one, sweep, NEVER).report()
    return sweep.disarm()


async def _report_over_a_death(one: Scene, sweep: Sweep, point: int) -> bool:
    """One person reports while the bot dies at this point; True when it did."""
    reporting = asyncio.create_task(_villager(one, sweep, point).report())
    assert one.bot.process is not None
    dying = asyncio.create_task(one.bot.died())
    await asyncio.wait({reporting, dying}, return_when=asyncio.FIRST_COMPLETED)
    sweep.disarm()
    # It may have passed its last point just before.
    await asyncio.wait({dying}, timeout=0.3)
    dead = dying.done()
    if dead:
        await one.bot.death()
        await one.bot.start()
        await one.bot.ready()
    dying.cancel()
    await reporting
    return dead


def _villager(one: Scene, sweep: Sweep, point: int) -> Villager:
    number = FIRST_NUMBER + len(one.villagers)
    return one.villager(number, additions=1, before_words=lambda: sweep.arm(point))


def _receipt_came_once(one: Scene, villager: Villager) -> None:
    """One receipt, or a second that says that it may be one."""
    shown = [
        message.text
        for message in one.telegram.chats[villager.number]
        if message.ours and RECEIPT.search(message.text)
    ]
    assert 1 <= len(shown) <= 2
    assert all(PERHAPS in text for text in shown[1:])
