"""Keeps what is counted of visits current: adds it up, and looks whether it is right."""

import logging
from functools import partial

from storage.store import Store
from storage.work import Work

#: One at a time, whatever process it is in.
LANE = "visit-days"

log = logging.getLogger(__name__)


class VisitDays:
    """The visits of each place by day, added up beside everything else."""

    def __init__(self, store: Store) -> None:
        self._store = store
        #: The place that was looked at last.
        self._looked = 0

    async def add_up(self) -> None:
        """Count places that are not counted, then add up what moved since; short turns all."""
        for place in await self._store.read(lambda reading: reading.visit_days.uncounted()):
            await self._count(place)
        after: int | None = 0
        while after is not None:
            fold = partial(_fold, after=after)
            after = await self._store.write(fold, lane=LANE)

    async def look(self) -> None:
        """Hold one place against its rows; what is not right is counted anew, and said."""
        places = sorted(await self._store.read(lambda reading: reading.visit_days.places()))
        if not places:
            return
        place = next((one for one in places if one > self._looked), places[0])
        self._looked = place
        if await self._store.read(lambda reading: reading.visit_days.holds(place), long=True):
            return
        log.error("visits counted wrongly", extra={"place": place})
        await self._store.write(lambda work: work.visit_days.forget([place]), lane=LANE)
        await self._count(place)

    async def _count(self, place: int) -> None:
        # The counting reads; only what it found is a turn, so that nobody waits for it.
        told = await self._store.read(lambda one: one.visit_days.recount(place), long=True)
        await self._store.write(lambda work: work.visit_days.keep(told), lane=LANE)


def _fold(work: Work, after: int) -> int | None:
    return work.visit_days.fold(after)
