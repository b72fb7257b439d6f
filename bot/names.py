"""The names of the register are read into memory while people talk."""

import asyncio

from handlers.children.roll import Roll
from storage.store import Store

#: Seconds between two steps: people come first.
BREATH = 0.02


async def read_names(store: Store, roll: Roll) -> None:
    """Have those taken in who are not known yet, a step at a time; at once when nobody came."""
    is_known = False
    while not is_known:
        is_known = await store.read(roll.step)
        await asyncio.sleep(0 if is_known else BREATH)
