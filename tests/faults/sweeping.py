"""At which points of what it does the bot is killed, for the tests that go through all of them.

FAULTS_POINTS=all takes every one, another number so many in each setting; a few are in the usual
suite.
"""

import mmap
import os
from pathlib import Path
from typing import Final

from tests.faults.kill_points import LAYOUT

ASKED: Final = os.environ.get("FAULTS_POINTS", "4")
#: Beyond the last point of anything: nothing is killed, all are counted.
NEVER: Final = 1 << 40
#: How long a test may take that goes through so many.
LIMIT: Final = 3600 if ASKED == "all" else 240 + 20 * int(ASKED)


class Sweep:
    """What the test and the bot share: at which point it ends, and how many it passed."""

    def __init__(self, file: Path) -> None:
        file.write_bytes(bytes(LAYOUT.size))
        with file.open("r+b") as opened:
            self._shared = mmap.mmap(opened.fileno(), LAYOUT.size)

    def arm(self, point: int) -> None:
        """Count from now on, and end just before this one."""
        self._shared[:] = LAYOUT.pack(point, 0)

    def disarm(self) -> int:
        """Count no longer; how many were passed."""
        _, passed = LAYOUT.unpack(self._shared[:])
        self._shared[:] = bytes(LAYOUT.size)
        return int(passed)


def spread(count: int) -> range:
    """As many of the points as were asked for, evenly spread."""
    wanted = count if ASKED == "all" else min(int(ASKED), count)
    return range(1, count + 1, -(-count // wanted))
