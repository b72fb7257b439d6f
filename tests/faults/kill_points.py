"""The bot with a counter at every way out of the process, for these tests alone.

``python -m tests.faults.kill_points ... run`` counts, from the moment when the test arms it, each
write of SQLite to its files, each statement and commit, and each send and receive on a socket, and
kills the process just before the one whose number the test wrote into KILL_POINTS: eight bytes the
number (0: none), eight bytes how many were passed, mapped into both processes. What survives a
kill left through one of these; a kill before one is a kill after the last.
"""

import ctypes
import mmap
import os
import signal
import socket
import sqlite3
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any, Final

from bot.__main__ import main
from storage.database import Database

ENV: Final = "KILL_POINTS"
#: The number at which to end, and how many were passed since.
LAYOUT: Final = struct.Struct("<qq")
#: What SQLite lets a test take over (sqlite3_vfs.xSetSystemCall), with the arguments of each.
_CALLS: Final = {
    b"pwrite": (ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_long),
    b"pwrite64": (ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_long),
    b"write": (ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t),
    b"ftruncate": (ctypes.c_int, ctypes.c_long),
}
_SOCKET: Final = ("send", "sendmsg", "sendall", "recv", "recv_into")


class _Vfs(ctypes.Structure):
    """As sqlite3.h says, version 3."""

    _fields_ = (
        ("iVersion", ctypes.c_int),
        ("szOsFile", ctypes.c_int),
        ("mxPathname", ctypes.c_int),
        ("pNext", ctypes.c_void_p),
        ("zName", ctypes.c_char_p),
        ("pAppData", ctypes.c_void_p),
        *((f"x{at}", ctypes.c_void_p) for at in range(13)),
        ("xSetSystemCall", ctypes.c_void_p),
        ("xGetSystemCall", ctypes.c_void_p),
    )


class Points:
    """The counter, shared with the test."""

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), LAYOUT.size)
        self._lock = Lock()

    def passes(self) -> bool:
        """Count one more; True when this is the one before which the process ends."""
        with self._lock:
            last, passed = LAYOUT.unpack(self._shared[:])
            if not last:
                return False
            self._shared[:] = LAYOUT.pack(last, passed + 1)
            return bool(passed + 1 == last)

    def __call__(self) -> None:
        if self.passes():
            _end()


def _end() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def watch_sqlite(point: Callable[[], None]) -> list[object]:
    """A point before each write of SQLite; what must be kept alive for it."""
    library = ctypes.CDLL(sys.modules["_sqlite3"].__file__)
    library.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
    vfs = library.sqlite3_vfs_find(None)
    getting = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p)
    setting = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
    get, put = getting(vfs.contents.xGetSystemCall), setting(vfs.contents.xSetSystemCall)
    kept: list[object] = []
    for name, arguments in _CALLS.items():
        address = get(vfs, name)
        if not address:  # this build has no such call
            continue
        kind = ctypes.CFUNCTYPE(ctypes.c_long, *arguments, use_errno=True)
        call = kind(_before(kind(address), point))
        assert put(vfs, name, call) == sqlite3.SQLITE_OK
        kept.append(call)
    assert kept
    return kept


def _before(call: Any, point: Callable[[], None]) -> Callable[..., Any]:
    def done(*values: object, **named: object) -> Any:
        point()
        return call(*values, **named)

    return done


def watch_sockets(point: Callable[[], None]) -> None:
    """A point before each send and receive of ours, asyncio's included."""
    for name in _SOCKET:
        setattr(socket.socket, name, _before(getattr(socket.socket, name), point))


def watch_statements(points: Points) -> None:
    """A point before each statement, and one while PostgreSQL is told to commit."""
    for name in ("all", "run", "run_many"):
        setattr(Database, name, _before(getattr(Database, name), points))
    tell = Database.tell

    def told(database: Database, sql: str, *values: object) -> None:
        points()
        if sql == "COMMIT" and database.is_postgresql and points.passes():
            database.raw.pgconn.send_query(b"COMMIT")
            database.raw.pgconn.flush()
            _end()
        tell(database, sql, *values)

    Database.tell = told  # type: ignore[method-assign, assignment]


if __name__ == "__main__":
    counted = Points(Path(os.environ[ENV]))
    alive = watch_sqlite(counted)
    watch_sockets(counted)
    watch_statements(counted)
    sys.exit(main())
