"""What may happen to a memory while it counts, for the tests that hold it to a model."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from bot.keeping.counting import Counting
from storage.places.areas import StillHeld
from storage.store import Store
from storage.work import Work
from tests.fakes.clock import FakeClock


def happens(
    store: Store, clock: FakeClock, act: str, number: int, write: Callable[[Work], None]
) -> None:
    """It adds up, time passes, or the act is written; places that are held stay as they are."""
    if act == "added up":
        asyncio.run(Counting(store).add_up())
    elif act == "passed":
        clock.passes(timedelta(hours=number % 50))
    else:
        try:
            store.write(write).result()
        except StillHeld:
            assert act == "rearranged"
