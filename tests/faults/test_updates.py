"""Updates that come twice, late, out of order, broken, unknown or too large."""

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from bot.channels.telegram.webhook import MAX_BODY_BYTES
from tests.faults.conftest import Scene, on_sqlite
from tests.faults.invariants import arrival_of

Scenes = Callable[..., AbstractAsyncContextManager[Scene]]

BROKEN = (
    b"",
    b"{",
    b"[]",
    b"null",
    b'"update"',
    b"\xff\xfe\x00",
    b"[" * 100_000,
    b'{"update_id": ' + b"9" * 5000 + b"}",
    b'{"update_id": 1, "message": null}',
    b'{"update_id": 2, "message": {"chat": {"id": "seven"}}}',
    b'{"update_id": 3, "callback_query": {"id": 5, "data": []}}',
    b'{"update_id": NaN, "message": []}',
    b'{"message": {"text": "' + b"x" * 300_000 + b'"}}',
)
UNKNOWN = (
    b'{"update_id": 11, "poll": {"id": "1"}}',
    b'{"update_id": 12, "a_kind_of_next_year": {"from": {"id": 7}}}',
    b'{"update_id": 13}',
)


async def test_updates_that_come_five_times_and_out_of_order_have_one_effect(
    scene: Scenes,
) -> None:
    async with scene(webhook=True) as one:
        one.telegram.roads.duplicates = 1.0
        one.telegram.roads.jitter = 0.3
        await one.bot.start()
        await one.bot.ready()
        await asyncio.gather(*(one.villager(60 + n).report() for n in range(6)))
        await one.at_rest()
        assert await one.bot.stop() == 0
        await one.judge()


@on_sqlite
async def test_broken_unknown_and_oversized_updates_are_taken_and_disturb_nobody(
    scene: Scenes,
) -> None:
    async with scene(webhook=True) as one:
        await one.bot.start()
        await one.bot.ready()
        person = one.telegram.person(50)
        person.says("/start")
        await person.hears("110")
        courier = one.telegram.courier
        answers = await asyncio.gather(*(courier.bring(body) for body in BROKEN + UNKNOWN))
        assert {status for status, _ in answers} == {200}
        assert (await courier.bring(b"{}", secret="guessed"))[0] == 403
        await one.villager(60).report()
        await one.at_rest()
        assert await one.bot.stop() == 0
        memory = await one.judge()
        of_nobody = {
            memory.sealer.blind("poison", arrival.key)
            for body in BROKEN
            if (arrival := arrival_of(body[: MAX_BODY_BYTES + 1])) and not arrival.address
        }
        assert len(of_nobody) > 8
        assert memory.poison == of_nobody


@on_sqlite
@pytest.mark.parametrize(
    ("webhook", "number"), [(True, 100_000), (False, 500)], ids=["webhook", "polling"]
)
async def test_an_update_number_that_was_used_before_a_quiet_week_is_a_new_update(
    scene: Scenes, webhook: bool, number: int
) -> None:
    async with scene(webhook=webhook) as one:
        await one.bot.start()
        await one.bot.ready()
        person = one.telegram.person(50)
        assert person.says("/start") == 100_000
        await person.hears("110")
        await asyncio.sleep(0.2)
        one.telegram.next_update = number
        person.says("帮助")
        await person.hears("怎么用")


@on_sqlite
async def test_a_press_that_comes_long_after_its_card_gets_the_current_step(
    scene: Scenes,
) -> None:
    async with scene() as one:
        await one.bot.start()
        await one.bot.ready()
        person = one.telegram.person(50)
        person.says("/start")
        first = await person.hears("110")
        person.taps("我要报告", on=first)
        await person.hears("【我要报告】")
        made = one.telegram.ledger.updates[max(one.telegram.ledger.updates)]
        late = json.loads(json.dumps(made.body))
        person.says("取消")
        await person.hears("怎么办")
        late["callback_query"]["id"] += "9"
        one.telegram.happen(
            "callback_query", late["callback_query"], chat_id=50, lane=50, lives=150
        )
        await person.hears("【我要报告】")
