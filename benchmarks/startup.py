"""How long it takes from the start of the process until /readyz says yes."""

import asyncio
from dataclasses import replace
from statistics import median
from time import perf_counter, sleep
from urllib.error import URLError
from urllib.request import urlopen

from benchmarks.bots import OURS, new_folder, started
from benchmarks.crowd import Crowd

LONGEST = 60
#: Without areas to import first: what is measured is ``run`` on an empty folder.
BARE = replace(OURS, setup=())


async def measure(runs: int) -> dict[str, float]:
    """Seconds: the first start (tables, keys and forms are made) and a second one."""
    first: list[float] = []
    second: list[float] = []
    for _ in range(runs):
        folder = new_folder("startup")
        crowd = Crowd(())
        api = await crowd.serve()
        for seconds in (first, second):
            began = perf_counter()
            async with started(BARE, api, folder) as running:
                await asyncio.to_thread(_until_ready, f"{running.url}/readyz", began + LONGEST)
                seconds.append(perf_counter() - began)
        crowd.close()
    return {"first": median(first), "second": median(second)}


def _until_ready(url: str, latest: float) -> None:
    while perf_counter() < latest:
        try:
            with urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            pass
        sleep(0.02)
    raise TimeoutError(url)
