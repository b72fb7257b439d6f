"""Backups of a SQLite database: taken while it is in use, checked before they count."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from storage.audit import EMPTY, Head
from storage.engines import OneProcess, Place, fault_of
from storage.faults import StoreFault
from storage.migrate import current, require_known
from storage.sealing import sync_folder

if TYPE_CHECKING:
    from pathlib import Path


def backup(url: str, to: Path) -> None:
    """Write a checked copy of the database as of now; raises StoreFault and leaves nothing."""
    place = _sqlite(url)
    if to.exists():
        raise StoreFault("backup-exists", path=to)
    if not place.file.exists():
        raise StoreFault("backup-missing", path=place.file)
    try:
        _copy(place.file, to)
    except OSError as error:
        raise StoreFault("backup-not-written", path=to, error=error.strerror) from None
    except sqlite3.Error as error:
        raise StoreFault("backup-not-written", path=to, error=error.sqlite_errorname) from None


def restore(url: str, source: Path) -> Head:
    """Put a backup in the place of the database; what was there is kept beside it.

    The answer is the head that the audit has now.

    Cards that were waiting in the backup may have been sent since: they are marked so.
    """
    place = _sqlite(url)
    if not source.exists():
        raise StoreFault("backup-missing", path=source)
    _refuse_unknown(source)
    lock = OneProcess(place).take()
    try:
        fresh = place.file.with_name(f"{place.file.name}.restored")
        fresh.unlink(missing_ok=True)
        _copy(source, fresh)
        head = _mark_waiting(fresh)
        _set_aside(place.file)
        fresh.replace(place.file)
        sync_folder(place.file.parent)
    except OSError as error:
        folder = place.file.parent
        raise StoreFault("database-folder", folder=folder, error=error.strerror) from None
    except sqlite3.Error as error:
        raise fault_of(place, error) from None
    finally:
        lock.free()
    return head


def _sqlite(url: str) -> Place:
    place = Place(url)
    if not place.is_sqlite:
        raise StoreFault("backup-postgresql")
    return place


def _copy(source: Path, to: Path) -> None:
    """A whole, checked, durable copy, or nothing."""
    part = to.with_name(f".{to.name}.part")
    part.unlink(missing_ok=True)
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(part)) as target:
            with closing(_reading(source)) as live:
                live.backup(target)
            # One file, whoever opens it: without a log beside it.
            target.execute("PRAGMA journal_mode=DELETE")
            _check(target, source)
        part.replace(to)
        sync_folder(to.parent)
    finally:
        for leftover in (part, part.with_name(f"{part.name}-journal")):
            with suppress(OSError):
                leftover.unlink()


def _reading(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA query_only=ON")
    # Only the writer of a database may write its log back (storage.engines says why).
    connection.execute("PRAGMA wal_autocheckpoint=0")
    return connection


def _check(copy: sqlite3.Connection, source: Path) -> None:
    if copy.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
        raise StoreFault("backup-broken", path=source)


def _refuse_unknown(source: Path) -> None:
    try:
        version = current(f"sqlite:///{source}")
    except StoreFault as fault:
        if fault.code in {"database-broken", "database-folder", "database-full-of-others"}:
            raise StoreFault("backup-broken", path=source) from None
        raise
    if version is None:
        raise StoreFault("backup-broken", path=source)
    require_known(version)


def _mark_waiting(file: Path) -> Head:
    with closing(sqlite3.connect(file)) as fresh:
        fresh.execute("UPDATE outbox SET unclear = 1 WHERE state = 'queued'")
        fresh.commit()
        row = fresh.execute("SELECT seq, mac FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    return EMPTY if row is None else Head(*row)


def _set_aside(file: Path) -> None:
    for tail in ("-wal", "-shm", ""):
        part = file.with_name(file.name + tail)
        if part.exists():
            part.replace(file.with_name(f"{file.name}.before-restore{tail}"))
