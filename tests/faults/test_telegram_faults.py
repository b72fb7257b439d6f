"""Telegram refuses, floods, stalls and loses answers: for one chat, and for all others."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from bot.clock import Clock
from storage.sealing import KeyRing
from storage.store import Store
from storage.work import Work
from tests.faults.conftest import Scene, on_sqlite

Scenes = Callable[..., AbstractAsyncContextManager[Scene]]

#: All that Telegram's line can do to a call, except saying that the person is gone.
TROUBLES = (
    "500", "502", "429", "timeout-before", "reset-before",
    "500-after", "502-after", "timeout-after", "reset-after", "truncated", "slow",
)  # fmt: skip


@on_sqlite
async def test_every_trouble_of_the_line_ends_with_every_card_sent_and_doubles_marked(
    scene: Scenes,
) -> None:
    async with scene() as one:
        await one.bot.start()
        await one.bot.ready()
        one.telegram.faults.mix(0.08, TROUBLES, seconds=0.3, retry_after=(1, 2))
        await asyncio.gather(*(one.villager(60 + n).report() for n in range(10)))
        one.telegram.faults.clear()
        await one.at_rest()
        assert await one.bot.stop() == 0
        await one.judge()


@on_sqlite
async def test_a_flooded_chat_waits_in_order_and_nobody_else_waits_with_it(
    scene: Scenes,
) -> None:
    async with scene() as one:
        await one.bot.start()
        await one.bot.ready()
        flooded = one.telegram.person(50)
        flooded.says("/start")
        await flooded.hears("110")
        one.telegram.faults.once("sendMessage", "429", chat_id=50, retry_after=5)
        began = time.monotonic()
        # The first two come so quickly that the second card is in hand when the first is refused.
        for words, pause in (("帮助", 0), ("查进度", 0.3), ("要不要报", 0.3), ("我要报告", 0.3)):
            flooded.says(words)
            await asyncio.sleep(pause)
        others = [one.villager(60 + n, pause=0.1) for n in range(4)]
        await asyncio.gather(*(other.report() for other in others))
        while len(one.telegram.ledger.sent(50)) < 5:
            await one.telegram.changes()
        assert time.monotonic() - began >= 5
        waits = sorted(wait for other in others for wait in other.waits)
        assert waits[int(len(waits) * 0.95)] < 2
        await one.at_rest()
        assert await one.bot.stop() == 0
        await one.judge()


@on_sqlite
async def test_an_alarm_for_a_blocked_chat_goes_to_the_persons_next_one(scene: Scenes) -> None:
    async with scene() as one:
        await asyncio.to_thread(_give_second_contact, one, "900001", "900003")
        supervisor = one.telegram.person(900_001)
        supervisor.has_blocked = True
        second = one.telegram.person(900_003)
        second.started = True
        await one.bot.start()
        await one.bot.ready()
        await one.villager(60, additions=0).report()
        await second.hears("青石镇", within=20)
        # Once they speak again, they are told there again.
        supervisor.has_blocked = False
        supervisor.says("/start")
        await supervisor.hears("110")
        await one.villager(61, additions=0).report()
        await supervisor.hears("青石镇", within=20)


def _give_second_contact(one: Scene, known: str, second: str) -> None:
    def give(work: Work) -> None:
        person = work.people.meet("telegram", known).person_id
        assert work.people.add_contact(person, "telegram", second)

    store = Store.open(one.url, KeyRing.load(one.keys), Clock().now, writers=1, readers=1)
    store.write(give).result(10)
    store.close()
