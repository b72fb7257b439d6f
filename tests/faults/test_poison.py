"""An update that no handler can bear stops nobody else, and is kept for an operator."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from storage.turns.inhand import DEADLY, InHand
from tests.fakes.telegram import Person
from tests.faults import deadly
from tests.faults.conftest import Scene, on_sqlite
from tests.faults.invariants import arrival_of
from tests.faults.process import Bot

ENTRY = ("-m", "tests.faults.deadly")
Scenes = Callable[..., AbstractAsyncContextManager[Scene]]


async def test_a_turn_that_raises_hangs_or_hoards_is_put_aside_and_nobody_else_notices(
    scene: Scenes,
) -> None:
    async with scene(webhook=True, entry=ENTRY, turn_limit=1.5) as one:
        await one.bot.start()
        await one.bot.ready()
        words = (deadly.RAISES, deadly.HANGS, deadly.HOARDS)
        unlucky = [one.telegram.person(50 + n) for n in range(len(words))]
        for person, word in zip(unlucky, words, strict=True):
            person.says(word)
            person.says("/start")
        reports = [one.villager(60 + n).report() for n in range(4)]
        await asyncio.gather(*reports, *(_is_told(person) for person in unlucky))
        await one.at_rest()
        assert await one.bot.stop() == 0
        memory = await one.judge()
        assert memory.poison == {
            memory.sealer.blind("poison", arrival.key)
            for made in one.telegram.ledger.updates.values()
            if (arrival := arrival_of(made.body)) and _text(made.body) in words
        }
        listed = (await asyncio.to_thread(one.bot.command, "poison", "list")).stdout
        for error in ("ValueError", "TurnTookTooLong", "MemoryError"):
            assert error in listed
        for word in words:
            assert word not in listed + one.bot.log.read_text("utf-8")
        await asyncio.to_thread(_mended, one.bot, listed.split()[0])


def _mended(bot: Bot, poison_id: str) -> None:
    """The program without the fault takes it, once, by its command."""
    assert bot.command("poison", "replay", poison_id).returncode == 2
    bot.entry = ("-m", "bot")
    done = bot.command("poison", "replay", poison_id)
    assert done.returncode == 0, done.stderr
    assert poison_id not in bot.command("poison", "list").stdout
    again = bot.command("poison", "replay", poison_id)
    assert again.returncode == 2
    assert "已经重放" in again.stderr
    assert bot.command("poison", "replay").returncode == 2


@on_sqlite
async def test_an_update_that_kills_the_process_is_put_aside_after_five_deaths(
    scene: Scenes,
) -> None:
    async with scene(entry=ENTRY) as one:
        unlucky = one.telegram.person(50)
        unlucky.says(deadly.DIES)
        unlucky.says("/start")
        others = asyncio.gather(*(one.villager(60 + n).report() for n in range(4)))
        deaths = 0
        told = asyncio.ensure_future(_is_told(unlucky))
        while not told.done():
            await one.bot.start()
            died = asyncio.ensure_future(one.bot.died())
            await asyncio.wait({told, died}, return_when=asyncio.FIRST_COMPLETED)
            if died.done():
                assert await one.bot.death() == 11
                deaths += 1
        await told
        await others
        assert deaths == DEADLY
        await one.at_rest()
        assert await one.bot.stop() == 0
        memory = await one.judge(deaths=deaths)
        assert len(memory.poison) == 1


@on_sqlite
async def test_a_turn_that_nothing_can_interrupt_ends_the_process_and_is_blamed(
    scene: Scenes,
) -> None:
    async with scene(entry=ENTRY) as one:
        await one.bot.start()
        await one.bot.ready()
        person = one.telegram.person(50)
        person.says("/start")
        await person.hears("110")
        person.says(deadly.SEIZES)
        assert await one.bot.death(30) == 1
        assert deadly.SEIZES not in one.bot.log.read_text("utf-8")
        blamed = InHand(one.folder / "data" / "xiangban.db")
        assert blamed.suspicious
        blamed.close()


def _text(update: Mapping[str, Any]) -> str:
    """What was written, if anything was."""
    return str(update.get("message", {}).get("text", ""))


async def _is_told(person: Person) -> None:
    """They read that something went wrong, and what they did after it worked."""
    await person.hears("出了点问题", within=90)
    await person.hears("孩子正有危险", within=90)
