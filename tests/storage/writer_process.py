"""Takes arrivals without end and prints each one that was confirmed: to be killed by tests."""

import asyncio
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from storage.sealing import KeyRing
from storage.store import Store
from storage.work import Work


async def take_for_ever(url: str, key_file: Path, run: str) -> None:
    """Write twenty at a time; a line "run:person:number" is printed after each commit."""
    store = Store.open(url, KeyRing.load(key_file), lambda: datetime.now(UTC))

    async def talk(person: int) -> None:
        number = 0
        while True:
            name = f"{run}:{person}:{number}"
            await store.write(partial(take, name), lane=str(person))
            sys.stdout.write(f"{name}\n")
            sys.stdout.flush()
            number += 1

    await asyncio.gather(*(talk(person) for person in range(20)))


def take(name: str, work: Work) -> None:
    """One arrival with an effect in another table and in the audit."""
    assert work.inbox.take(name)
    work.people.meet("web", name)
    work.audit.write(0, "took", "test", 1, {})


if __name__ == "__main__":
    asyncio.run(take_for_ever(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
