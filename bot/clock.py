"""Where the time is read, and the metronome of everything that must happen by itself."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

log = logging.getLogger(__name__)

#: How often it is looked whether the clock was set back.
FOLLOWED_EVERY = timedelta(seconds=1)


def wall() -> datetime:
    """What this machine's clock shows."""
    return datetime.now(UTC)


def steady() -> float:
    """Seconds that no setting of the clock moves; a machine's sleep counts."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Clock:
    """The time now, in UTC. Tests and the demo's fast clock give another one."""

    def now(self) -> datetime:
        """An aware UTC datetime."""
        return datetime.now(UTC)


class Every(BaseTrigger):  # type: ignore[misc]  # no types of its own
    """A beat, and the next one after a pause.

    APScheduler's own trigger names each beat that was missed: of a clock that is set forward by a
    year thirty million, for which the program stands still until it is ended.
    """

    def __init__(self, pause: timedelta) -> None:
        self.pause = pause

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """Of all that were missed there is one."""
        following = (previous or now) + self.pause
        return following if following > now else now + self.pause


@dataclass(slots=True)
class Ticks:
    """Plain async functions called at a beat; APScheduler counts, our rows remember."""

    clock: Clock
    _scheduler: AsyncIOScheduler = field(
        default_factory=lambda: AsyncIOScheduler(
            timezone=UTC,
            # A beat that was missed is made up for once, never dropped.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
    )
    #: By name: the monotonic second of the last beat that ended well.
    _last_good: dict[str, float] = field(default_factory=dict)
    _every: dict[str, float] = field(default_factory=dict)
    _lasts: dict[str, float] = field(default_factory=dict)
    _following: "asyncio.Task[None] | None" = None

    def every(
        self,
        seconds: float,
        name: str,
        beat: Callable[[], Awaitable[object]],
        *,
        lasts: float = 0,
    ) -> None:
        """Call ``beat`` every so many seconds; one that fails is logged and called again.

        A beat that may last longer than its measure says how long.
        """

        async def guarded() -> None:
            try:
                await beat()
            except asyncio.CancelledError:  # the stop, of which APScheduler makes an error
                return
            except Exception as error:
                log.warning("beat failed", extra={"beat": name, "error": type(error).__name__})
            else:
                self._last_good[name] = time.monotonic()

        self._every[name] = seconds
        self._lasts[name] = lasts
        self._scheduler.add_job(guarded, Every(timedelta(seconds=seconds)), id=name)

    def start(self) -> None:
        """Begin to beat, in the running loop."""
        now = time.monotonic()
        self._last_good = dict.fromkeys(self._every, now)
        self._scheduler.start()
        self._following = asyncio.create_task(self._follow())

    def stop(self) -> None:
        """Stop; a beat that runs is cut, which each of them bears."""
        if self._following is not None:
            self._following.cancel()
        self._scheduler.shutdown(wait=False)

    async def _follow(self) -> None:
        """Beat on when the clock is set back: APScheduler would wait until it has caught up."""
        while True:
            await asyncio.sleep(FOLLOWED_EVERY.total_seconds())
            now = wall()
            for job in self._scheduler.get_jobs():
                if job.next_run_time - now > job.trigger.pause + FOLLOWED_EVERY:
                    job.modify(next_run_time=now)

    def silent(self) -> dict[str, float]:
        """Beats that have not ended well for four times their measure and 10 s: seconds ago."""
        now = time.monotonic()
        return {
            name: now - self._last_good.get(name, now)
            for name, seconds in self._every.items()
            if now - self._last_good.get(name, now) > 4 * seconds + 10 + self._lasts[name]
        }
