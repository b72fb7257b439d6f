"""What SQLite stands on: its file and its log, which somebody may move, copy over or remove.

SQLite goes on writing into whatever it has open. What is confirmed then is found by nobody after
the next start, or makes a mixture of two databases.
"""

import os
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

#: The beginning of each file, and of one that has its log beside it.
_MAGIC: Final = b"SQLite format 3\0"
_LOGGED: Final = b"\2\2"
_HEADER: Final = 100
#: What changed so short ago may change once more without another time.
_UNSETTLED_NS: Final = 50_000_000


class DatabaseMoved(Exception):
    """Another file lies at the address, or none: what is written is gone with the process."""


class DatabaseReplaced(DatabaseMoved):
    """Something else was copied into the file: what the log holds does not belong to it."""


@dataclass(frozen=True, slots=True)
class _Age:
    """How far a database has come: of two of its states the later one is never the smaller."""

    changes: int
    pages: int

    def is_before(self, other: "_Age") -> bool:
        return (self.changes, self.pages) < (other.changes, other.pages)


class Ground:
    """One database file that is in use, as it was found and is looked at again."""

    def __init__(self, file: Path) -> None:
        """To be made before SQLite opens the file: see ``leave``."""
        self._file = file
        self._log = file.with_name(f"{file.name}-wal")
        self._handle = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        self._id = _id(os.fstat(self._handle))
        self._age = _age(os.pread(self._handle, _HEADER, 0)) or _Age(0, 0)
        self._seen: tuple[int, int] | None = None
        self._folder_seen: int | None = None
        self._log_id: tuple[int, int] | None = None
        self._is_replaced = False
        #: Another one for each log that was begun because the one before was removed.
        self.log_number = 0

    def require(self) -> None:
        """Raise DatabaseMoved when what lies there is not what was meant."""
        try:
            found = self._file.stat()
        except OSError:
            raise DatabaseMoved from None
        if _id(found) != self._id:
            raise DatabaseMoved
        seen = (found.st_mtime_ns, found.st_size)
        if self._is_replaced or seen != self._seen:
            self._look(seen)

    def has_lost_its_log(self) -> bool:
        """True when the log that is written into was removed."""
        changed = self._file.parent.stat().st_mtime_ns
        if changed == self._folder_seen:
            return False
        lies = self._lying()
        if lies != self._log_id:
            return True
        self._folder_seen = changed if _is_settled(changed) else None
        return False

    def know_log(self) -> None:
        """A new connection has begun to write: its log is the one that lies there."""
        self._log_id, self._folder_seen = self._lying(), None

    def leave(self) -> None:
        """Only when SQLite has closed the file: closing it lets go of all locks on it."""
        os.close(self._handle)

    def _lying(self) -> tuple[int, int] | None:
        try:
            return _id(self._log.stat())
        except OSError:
            return None

    def _look(self, seen: tuple[int, int]) -> None:
        """Our own write-back changes the file, too, but brings it on and never back."""
        age = _age(os.pread(self._handle, _HEADER, 0))
        if self._is_replaced or age is None or age.is_before(self._age):
            self._give_up_log()
            raise DatabaseReplaced
        self._age = age
        self._seen = seen if _is_settled(seen[0]) else None

    def _give_up_log(self) -> None:
        """Nothing may write our pages into another's file: not the end, and not the next start."""
        if self._is_replaced:
            return
        self._is_replaced = True
        with suppress(OSError):
            shutil.copyfile(self._log, self._log.with_name(f"{self._log.name}.before-copy"))
            os.truncate(self._log, 0)


def _id(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


def _age(header: bytes) -> _Age | None:
    """None for what is no database of ours in use."""
    if len(header) < _HEADER or not header.startswith(_MAGIC) or header[18:20] != _LOGGED:
        return None
    return _Age(int.from_bytes(header[24:28]), int.from_bytes(header[28:32]))


def _is_settled(moment_ns: int) -> bool:
    return time.time_ns() - moment_ns > _UNSETTLED_NS
