"""The bot is killed again and again while people talk: nothing is lost, nothing is doubled."""

import asyncio
import os
import random
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from tests.faults.conftest import Scene
from tests.faults.process import Bot

#: How often the bot is killed in each of the four settings; FAULTS_KILLS asks for more in all.
KILLS = int(os.environ.get("FAULTS_KILLS", "0")) // 4 or 3
SEED = int(os.environ.get("FAULTS_SEED", "20261123"))
PEOPLE = 8
#: System calls at which a life ends: what a kill leaves behind left through one of these.
CALLS = ("pwrite64", "fdatasync", "sendto", "sendmsg", "recvfrom")


@pytest.mark.timeout(120 + 20 * KILLS)
@pytest.mark.parametrize("webhook", [False, True], ids=["polling", "webhook"])
async def test_nothing_is_lost_or_doubled_however_often_the_bot_is_killed(
    scene: Callable[..., AbstractAsyncContextManager[Scene]], webhook: bool
) -> None:
    dice = random.Random(SEED)
    async with scene(webhook=webhook, seed=SEED) as one:
        one.telegram.roads.duplicates = 0.2
        one.telegram.roads.jitter = 0.05
        people = asyncio.gather(*(_talk_for_long(one, number) for number in range(PEOPLE)))
        for _ in range(KILLS):
            await _one_life(one.bot, dice)
        await one.bot.start()
        await one.bot.ready()
        _finish_soon(one)
        await people
        await one.at_rest()
        assert await one.bot.stop() == 0
        memory = await one.judge(deaths=KILLS)
        assert len(memory.reports) >= PEOPLE
        assert memory.poison == frozenset()


async def _talk_for_long(one: Scene, number: int) -> None:
    """Report after report, so that there is load at every kill."""
    while not one.telegram.people.get(-1):
        path = ("孩子现在有危险", "我要报告")[number % 2]
        villager = one.villager(1000 + len(one.villagers), path=path, pause=0.01 * (number % 4))
        await villager.report()


def _finish_soon(one: Scene) -> None:
    """Nobody begins another report."""
    one.telegram.people[-1] = one.telegram.person(-1)


async def _one_life(bot: Bot, dice: random.Random) -> None:
    """Start it, and end it at a random system call of its work, or at a random moment."""
    await bot.start()
    await bot.ready()
    await asyncio.sleep(dice.uniform(0.0, 0.5))
    if dice.random() < 0.7:
        await bot.kill_at(dice.choice(CALLS), dice.randint(1, 300))
        await bot.lives_for(3)
    else:
        await bot.kill()
