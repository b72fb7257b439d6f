"""Ids that sort by time: 41 bits of milliseconds, 10 bits of worker, 12 bits of counter."""

from datetime import UTC, datetime, timedelta
from threading import Lock

WORKERS = 1 << 10
_COUNTS = 1 << 12
#: 41 bits of milliseconds from here reach into 2094.
_EPOCH = datetime(2025, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Ids:
    """Makes ids that never repeat and never go back, even when the clock does."""

    def __init__(self, worker: int, *, after: int = 0) -> None:
        if not 0 <= worker < WORKERS:
            raise ValueError("a worker number has ten bits")
        self._worker = worker << 12
        # The tick is the time and the counter in one number: a full counter runs on into the
        # next millisecond.
        self._tick = _tick_of(after) + 1 if after else 0
        self._lock = Lock()

    def new(self, now: datetime) -> int:
        """The next id, made at ``now``."""
        millis = (now - _EPOCH) // _MILLISECOND
        with self._lock:
            self._tick = max(self._tick + 1, millis * _COUNTS)
            return self._tick >> 12 << 22 | self._worker | self._tick & 0xFFF


def first_id(moment: datetime) -> int:
    """No id that was made before the moment is as large."""
    return (moment - _EPOCH) // _MILLISECOND << 22


def _tick_of(id_: int) -> int:
    return id_ >> 22 << 12 | id_ & 0xFFF
