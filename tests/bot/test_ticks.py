"""The beats of the program: the stop cuts them, and no setting of the clock holds them up."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta, tzinfo

import pytest
from apscheduler.schedulers import base

import bot.clock
from bot.clock import Clock, Ticks

YEAR = timedelta(days=365)


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


async def test_no_setting_of_the_clock_stops_the_beats_or_the_program(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    leap = [timedelta()]

    class Set(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + leap[0]

    monkeypatch.setattr(base, "datetime", Set)
    monkeypatch.setattr(bot.clock, "wall", lambda: Set.now(UTC))
    ticks, beats = Ticks(Clock()), asyncio.Semaphore(0)

    async def beat() -> None:
        beats.release()

    for name in ("watch", "duties"):
        ticks.every(0.1, name, beat)
    ticks.start()
    try:
        for shown in (timedelta(), -timedelta(hours=1), timedelta(), YEAR, -YEAR, timedelta()):
            leap[0] = shown
            while not beats.locked():
                await beats.acquire()
            async with asyncio.timeout(3):
                for _ in range(4):
                    await beats.acquire()
    finally:
        ticks.stop()
