"""Stops a turn that outlasts its limit, so that one hanging turn cannot hold everybody."""

import ctypes
import threading
import time
from collections.abc import Callable, Sequence


class Interrupt(BaseException):
    """Raised inside a turn from outside; not an Exception, so that no handler swallows it."""


class Watched:
    """One thread whose turns are watched."""

    def __init__(self, stop_statement: Callable[[], None] = lambda: None) -> None:
        self._stop_statement = stop_statement
        self._lock = threading.Lock()
        self._thread = 0
        self._began: float | None = None
        self.struck = False

    def enter(self) -> None:
        """A turn begins in this thread."""
        self._thread = threading.get_ident()
        self.struck = False
        self._began = time.monotonic()

    def leave(self) -> None:
        """The turn is over: an interrupt that came too late is taken back."""
        with self._lock:
            self._began = None
            if self.struck:
                _raise_in(self._thread, None)

    def excuse(self, seconds: float) -> None:
        """The whole process stood still for so long: that is no fault of the turn."""
        with self._lock:
            if self._began is not None:
                self._began += seconds

    def check(self, now: float, limit: float) -> None:
        """Interrupt the turn if it has lasted longer than the limit; once."""
        with self._lock:
            if self._began is None or self.struck or now - self._began <= limit:
                return
            self.struck = True
            _raise_in(self._thread, Interrupt)
            self._stop_statement()


class Watchdog(threading.Thread):
    """Looks at all watched threads a few times per limit."""

    def __init__(self, watched: Sequence[Watched], limit: float) -> None:
        super().__init__(name="storage-watchdog", daemon=True)
        self._watched = watched
        self._limit = limit
        self._over = threading.Event()

    def run(self) -> None:
        """Look until stopped."""
        pause = min(0.25, self._limit / 4)
        looked = time.monotonic()
        while not self._over.wait(pause):
            now = time.monotonic()
            overslept, looked = now - looked - pause, now
            for one in self._watched:
                if overslept > pause:
                    one.excuse(overslept)
                one.check(now, self._limit)

    def finish(self) -> None:
        """Look no more. Blocks."""
        self._over.set()
        self.join()


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    given = ctypes.py_object(error) if error is not None else None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), given)
