"""The beats of the program: one that is cut by the stop is no fault."""

import asyncio
import logging

import pytest

from bot.clock import Clock, Ticks


async def test_a_beat_that_the_stop_cuts_is_not_told_as_a_fault(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ticks, begun = Ticks(Clock()), asyncio.Event()

    async def beat() -> None:
        begun.set()
        await asyncio.sleep(60)

    ticks.every(0.01, "long", beat)
    ticks.start()
    with caplog.at_level(logging.INFO):
        await begun.wait()
        ticks.stop()
        await asyncio.sleep(0.05)
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []
