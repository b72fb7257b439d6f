"""Who goes first when a channel may not be spoken to as fast as there is something to say."""

import asyncio

from bot.pace import Pace
from handlers.turn import ALARM, BROADCAST, REMINDER, REPLY


async def order(*waiting: int) -> list[int]:
    """In which order these are let go, when all of them wait at once."""
    pace, told = Pace(50, 0), list[int]()

    async def go(priority: int) -> None:
        await pace.wait("chat", priority)
        told.append(priority)

    # What is free at first is taken, so that the others wait.
    for _ in range(3):
        await pace.wait("first", BROADCAST)
    await asyncio.gather(*(go(one) for one in waiting))
    return told


async def test_what_matters_more_goes_first() -> None:
    waiting = [BROADCAST, REMINDER, REPLY, BROADCAST, REMINDER]
    assert await order(*waiting) == sorted(waiting)


async def test_an_alarm_never_waits_for_a_broadcast_or_a_reminder() -> None:
    told = await order(*[BROADCAST] * 10, *[REMINDER] * 10, *[ALARM] * 5)
    assert told[:5] == [ALARM] * 5


async def test_who_speaks_is_answered_while_many_alarms_are_told() -> None:
    told = await order(*[ALARM] * 40, *[REPLY] * 3, REMINDER)
    assert [at for at, one in enumerate(told) if one == REPLY] in ([1, 3, 5], [2, 4, 6])
    assert told[-1] == REMINDER


async def test_whoever_gave_up_takes_no_turn() -> None:
    pace = Pace(50, 0)
    await pace.wait("first", REPLY)
    waits = [asyncio.create_task(pace.wait("chat", REPLY)) for _ in range(3)]
    await asyncio.sleep(0)
    waits[0].cancel()
    await asyncio.gather(*waits[1:])


async def test_at_the_end_nobody_is_held() -> None:
    pace = Pace(0.01, 0)
    await pace.wait("first", REPLY)
    waits = [asyncio.create_task(pace.wait("chat", one)) for one in (ALARM, REPLY, REMINDER)]
    await asyncio.sleep(0)
    pace.let_go()
    await asyncio.gather(*waits)
