"""What each storage thread has in hand, in a file that outlives the process.

An arrival that kills the process (a fault in a C library, memory, a loop that nothing can
interrupt) would come again after every restart, for ever. The file says what was in hand at each
death; after five deaths over the same thing it is not tried again. A kill from outside may hit an
innocent turn, but hardly five times the same.
"""

import fcntl
import logging
import mmap
import os
from collections import Counter
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

#: So many deaths over one thing are no coincidence.
DEADLY: Final = 5
_MARK: Final = 16
_NOTHING: Final = bytes(_MARK)
#: A page: a place for each thread, then the marks of the last deaths.
_PLACES: Final = 32
_SIZE: Final = 4096
_DEATHS: Final = _SIZE // _MARK - _PLACES
#: Processes of one machine that share a folder (PostgreSQL).
_PROCESSES: Final = 64


class Deadly(Exception):
    """This was in hand each time when the process died; it is not tried again."""


class Hand:
    """What one thread has in hand; writing it costs less than a microsecond."""

    def __init__(self, in_hand: "InHand", place: int) -> None:
        self._page, self._deaths = in_hand.page, in_hand.deaths
        self._at = slice(place * _MARK, (place + 1) * _MARK)

    def take(self, mark: bytes) -> None:
        """From now on a death is blamed on this; raises Deadly when too many were."""
        if self._deaths and self._deaths[mark] >= DEADLY:
            raise Deadly
        self._page[self._at] = mark

    def put_down(self) -> None:
        """A death is blamed on nothing any more."""
        self._page[self._at] = _NOTHING


class InHand:
    """The file: shared memory that the system keeps when the process is gone."""

    def __init__(self, beside: Path) -> None:
        """The first file of this name and a number that no living process holds."""
        self._handle, self.page = _opened(beside)
        blamed = _marks(self.page[: _PLACES * _MARK])
        known = _marks(self.page[_PLACES * _MARK :])
        #: True when the last life ended in the middle of a turn.
        self.suspicious = bool(blamed)
        remembered = [*known, *blamed][-_DEATHS:]
        nothing_held = bytes(_PLACES * _MARK)
        self.page[:] = (nothing_held + b"".join(remembered)).ljust(_SIZE, b"\0")
        #: How many deaths are blamed on each mark.
        self.deaths = Counter(remembered)
        self._given = 0

    def hand(self) -> Hand:
        """A place for one more thread."""
        self._given += 1
        return Hand(self, (self._given - 1) % _PLACES)

    def close(self) -> None:
        """Let another process have the file."""
        self.page.close()
        if self._handle >= 0:
            os.close(self._handle)


def _opened(beside: Path) -> tuple[int, mmap.mmap]:
    for number in range(_PROCESSES):
        try:
            handle = os.open(f"{beside}.hand{number or ''}", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            log.warning("no file for what is in hand", extra={"errno": error.errno})
            break
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _fill(handle)
            return handle, mmap.mmap(handle, _SIZE)
        except OSError:
            os.close(handle)
    return -1, mmap.mmap(-1, _SIZE)


def _fill(handle: int) -> None:
    """Take the room on the disk now: a page that a full disk cannot hold would end the process."""
    size = os.fstat(handle).st_size
    if size < _SIZE:
        os.pwrite(handle, bytes(_SIZE - size), size)


def _marks(part: bytes) -> list[bytes]:
    marks = (part[at : at + _MARK] for at in range(0, len(part), _MARK))
    return [mark for mark in marks if mark != _NOTHING]
