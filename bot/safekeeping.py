"""What is kept outside the database, so that its loss, or a hand in it, is noticed and mended."""

import asyncio
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.clock import Clock
from storage import anchors
from storage.store import Store


class Safekeeping:
    """Notes the heads of the audit beside the backups."""

    def __init__(self, store: Store, clock: Clock, zone: ZoneInfo, heads: Path) -> None:
        self._store = store
        self._clock = clock
        self._zone = zone
        self._heads = heads
        #: The rows that the audit had when its head was noted last.
        self._noted = 0

    async def note_head(self) -> None:
        """Note the head of the audit, unless nothing came since."""
        head = await self._store.read(lambda reading: reading.audit.head())
        if head.seq != self._noted:
            at = self._clock.now().astimezone(self._zone)
            await asyncio.to_thread(anchors.note, self._heads, at, head)
            self._noted = head.seq
