"""How the program itself is: what /readyz says."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.clock import Clock, Ticks
from bot.site.health import Vital
from storage.faults import NotStored
from storage.store import Store

#: Seconds that the oldest queued message may wait before something is wrong.
TOO_LONG = 120.0
#: Seconds that the database may take to answer.
PATIENCE = 2.0


@dataclass(slots=True)
class Vitals:
    """The database, the ticks, the oldest message that still waits, and the ways to people."""

    store: Store
    ticks: Ticks
    clock: Clock
    #: What is wrong with each way to people, by its name; "" when nothing is.
    ways: Mapping[str, Callable[[], str]] = field(default_factory=dict)

    async def check(self) -> Sequence[Vital]:
        """Look now."""
        return [*await self._database(), self._beats(), *self._ways()]

    async def _database(self) -> Sequence[Vital]:
        now = self.clock.now()
        try:
            async with asyncio.timeout(PATIENCE):
                oldest = await self.store.read(lambda reading: reading.sending.oldest_waiting(now))
        except Exception as error:
            reading = error.code if isinstance(error, NotStored) else type(error).__name__
            return [Vital(name="database", well=False, reading=reading)]
        trouble = self.store.trouble  # what can be read cannot always be written
        waited = (now - oldest).total_seconds() if oldest else 0.0
        return [
            Vital(name="database", well=not trouble, reading=trouble),
            Vital(name="oldest_waiting", well=waited < TOO_LONG, reading=f"{waited:.0f}"),
        ]

    def _ways(self) -> Sequence[Vital]:
        troubles = {name: look() for name, look in self.ways.items()}
        return [
            Vital(name=name, well=not trouble, reading=trouble, stops=False)
            for name, trouble in troubles.items()
        ]

    def _beats(self) -> Vital:
        silent = self.ticks.silent()
        return Vital(name="ticks", well=not silent, reading=",".join(sorted(silent)))
