"""The fake as a process of its own: ``python -m tests.fakes.telegram [PORT] [SEED]``."""

import asyncio
import sys

from tests.fakes.telegram.server import FakeTelegram


async def serve(port: int, seed: int) -> None:
    """Serve until the process is ended; the address is the first line of the output."""
    telegram = FakeTelegram(seed=seed)
    await telegram.start(port)
    sys.stdout.write(f"{telegram.url} {telegram.token}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    given = [int(each) for each in sys.argv[1:]]
    asyncio.run(serve(*(given + [0, 0][len(given) :])[:2]))
