"""What is kept in memory of the register is read while people talk."""

import asyncio

from handlers.catching_up import Step
from storage.store import Store

#: Seconds between two steps: people come first.
BREATH = 0.02


async def read_on(store: Store, step: Step) -> None:
    """Have all taken in that is not known yet, a step at a time; at once when nothing is new."""
    is_known = False
    while not is_known:
        is_known = await store.read(step)
        await asyncio.sleep(0 if is_known else BREATH)
