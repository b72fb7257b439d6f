"""The heartbeat, and the clock guard: what climbs is held while nobody knows what time it is."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.clock import steady, wall
from bot.intake import Intake
from handlers import watch
from storage.faults import NotStored
from storage.pulses import Outage
from storage.store import Store

log = logging.getLogger(__name__)

#: A leap of the clock that is no leap: time servers correct so much.
TOLERATED = timedelta(seconds=90)
#: So long without a beat is an outage.
AWAY = timedelta(seconds=60)
#: After so long somebody else is asked at a start, for so many seconds: a machine whose own clock
#: ran ahead while it was off is no outage of hours, for which everything would climb at once.
LONG, ASKED = timedelta(hours=1), 8.0
#: How often the beat is written down.
WRITTEN_EVERY = timedelta(seconds=15)
#: Seconds that a second source may take to answer.
PATIENCE = 5.0

#: What time it is elsewhere; None where nobody can be asked.
Source = Callable[[], Awaitable[datetime | None]]


@dataclass(slots=True, kw_only=True)
class Watch:
    """Beats once a second; says what is held."""

    store: Store
    intake: Intake
    #: Second sources: a database server's clock, a channel's answers.
    sources: Sequence[Source] = ()
    wall: Callable[[], datetime] = wall
    steady: Callable[[], float] = steady
    #: The leap for which what climbs is held.
    held: Outage | None = None
    #: The last moment of which we are sure; None of a leap in an earlier life.
    _good: tuple[datetime, float] | None = None
    _began: bool = False
    #: Since when others are asked what time it is.
    _asks: float | None = None
    _written: datetime | None = field(default=None)

    @property
    def trouble(self) -> str:
        """Why nothing climbs; "" when all does."""
        return f"clock-{self.held.kind}" if self.held else ""

    def unless_held(self, beat: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[None]]:
        """The beat, but not while the time is doubted."""

        async def guarded() -> None:
            if self._began and self.held is None:
                await beat()

        return guarded

    async def beat(self) -> None:
        """Look at both clocks; before the first look nothing climbs."""
        wall, steady = self.wall(), self.steady()
        if not self._began:
            await self._begin(wall, steady)
            if not self._began:
                return
        elif self.held is not None:
            await self._doubt(wall, steady, self.held)
        elif self._good is not None:
            since, at = self._good
            passed = timedelta(seconds=steady - at)
            if abs(wall - since - passed) >= TOLERATED:
                await self._hold(since + passed, wall)
            elif passed >= AWAY:
                await self._was_away(since, wall)
        if self.held is None:
            self._good = (wall, steady)
            await self._write(wall)

    async def _begin(self, wall: datetime, steady: float) -> None:
        last, open_leap = await self.store.read(
            lambda reading: (reading.pulses.last(), reading.pulses.unsettled())
        )
        if open_leap is not None:
            self.held = open_leap
        elif last is not None and wall < last - TOLERATED:
            await self._hold(last, wall)
            self._good = None
        elif last is not None and wall - last >= AWAY:
            self._asks = steady if self._asks is None else self._asks
            told = await self._told()
            waits = self.sources and wall - last >= LONG and steady - self._asks < ASKED
            if told is None and waits:
                return
            if told is not None and wall - told >= TOLERATED:
                await self._hold(told, wall)
                self._good = (told, steady)
            else:
                await self._was_away(last, wall)
        self._began = True

    async def _was_away(self, since: datetime, until: datetime) -> None:
        log.warning("was away", extra={"seconds": int((until - since).total_seconds())})
        await self.store.write(lambda work: work.pulses.add("away", since, until))

    async def _hold(self, real: datetime, wall: datetime) -> None:
        """The clock shows something else than it should: nothing climbs until it is settled."""
        kind = "forward" if wall > real else "back"
        log.error("the clock leapt", extra={"kind": kind, "seconds": _seconds(wall - real)})
        leap = await self.store.write(lambda work: work.pulses.add(kind, real, wall))
        self.held = leap
        await self.intake.run(lambda turn: watch.leapt(turn, leap))

    async def _doubt(self, wall: datetime, steady: float, held: Outage) -> None:
        """It goes on when the leap is undone, a second source agrees, or a person does."""
        row = await self.store.read(lambda reading: reading.pulses.get(held.id))
        if row is not None and row.settled_at is None:
            if not (self._is_undone(wall, steady, held) or await self._is_agreed(wall)):
                return
            await self.store.write(lambda work: work.pulses.settle(held.id, by=0))
        log.warning("the clock is trusted again", extra={"outage": held.id})
        self.held = None
        await self.intake.run(lambda turn: watch.goes_on(turn, held))

    def _is_undone(self, wall: datetime, steady: float, held: Outage) -> bool:
        if self._good is None:  # of an earlier life: a clock that had gone back has caught up
            return held.kind == "back" and wall >= held.since
        since, at = self._good
        return abs(wall - since - timedelta(seconds=steady - at)) < TOLERATED

    async def _is_agreed(self, wall: datetime) -> bool:
        return any([abs(told - wall) < TOLERATED async for told in self._all_told()])

    async def _told(self) -> datetime | None:
        """What time it is for the first source that knows."""
        async for told in self._all_told():
            return told
        return None

    async def _all_told(self) -> AsyncIterator[datetime]:
        for source in self.sources:
            try:
                async with asyncio.timeout(PATIENCE):
                    told = await source()
            except (TimeoutError, NotStored):
                continue
            if told is not None:
                yield told

    async def _write(self, wall: datetime) -> None:
        if self._written is None or abs(wall - self._written) >= WRITTEN_EVERY:
            await self.store.write(lambda work: work.pulses.beat(wall))
            self._written = wall


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())
