"""What keeps the memory in order while people talk: rotated keys are taken up and used."""

import asyncio
import logging
from dataclasses import dataclass

from storage.resealing import reseal
from storage.store import Store

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Keys:
    """Watches the key file; ``keys rotate`` on the command line is enough."""

    store: Store

    async def renew(self) -> None:
        """Take up new keys, and seal everything under them again, a little at a time."""
        if await asyncio.to_thread(self.store.renew_keys):
            log.info("keys renewed")
            changed = await asyncio.to_thread(reseal, self.store)
            log.info("sealed again", extra={"rows": changed})
