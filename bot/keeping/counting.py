"""Keeps what is counted current: adds it up, and looks whether it is right."""

import logging
from functools import partial

from storage.store import Store
from storage.work import Reading, Work

#: One at a time, whatever process it is in.
LANE = "counting"

log = logging.getLogger(__name__)


class Counting:
    """The visits of each place by day, and whose hands its children are in, beside all else."""

    def __init__(self, store: Store) -> None:
        self._store = store
        #: The place that was looked at last.
        self._looked = 0

    async def add_up(self) -> None:
        """Count what is not counted, then add up what moved since; short turns all."""
        while await self._store.write(lambda work: work.head_counts.add_up(), lane=LANE):
            pass
        while await self._store.write(lambda work: work.paces.add_up(), lane=LANE):
            pass
        for place in await self._store.read(lambda reading: reading.day_counts.uncounted()):
            await self._count(place)
        after: int | None = 0
        while after is not None:
            fold = partial(_fold, after=after)
            after = await self._store.write(fold, lane=LANE)

    async def look(self) -> None:
        """Hold one place against its rows; what is not right is counted anew, and said."""
        places = sorted(await self._store.read(lambda reading: reading.day_counts.places()))
        if not places:
            return
        place = next((one for one in places if one > self._looked), places[0])
        self._looked = place
        days, heads = await self._store.read(partial(_hold, place=place), long=True)
        if not heads:
            log.error("children counted wrongly", extra={"place": place})
            await self._store.write(partial(_recount_heads, place=place), lane=LANE)
        if not days:
            log.error("visits counted wrongly", extra={"place": place})
            await self._store.write(lambda work: work.day_counts.forget([place]), lane=LANE)
        if not (days and heads):
            await self.add_up()

    async def _count(self, place: int) -> None:
        # The counting reads; only what it found is a turn, so that nobody waits for it.
        told = await self._store.read(lambda one: one.day_counts.recount(place), long=True)
        await self._store.write(lambda work: work.day_counts.keep(told), lane=LANE)


def _fold(work: Work, after: int) -> int | None:
    return work.day_counts.fold(after)


def _hold(reading: Reading, place: int) -> tuple[bool, bool]:
    return reading.day_counts.holds(place), reading.head_counts.holds(place)


def _recount_heads(work: Work, place: int) -> None:
    work.head_counts.forget(work.areas.descendants(place))
