"""Backups of a SQLite database: taken while it is in use, checked before they count."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from storage.audit import EMPTY, Head
from storage.engines import OneProcess, Place, fault_of
from storage.faults import StoreFault
from storage.migrate import current, require_known
from storage.sealing import sync_folder

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

#: How backups that the program makes by itself are called, after the moment (UTC).
_NAMED = "xiangban-%Y%m%dT%H%M%SZ.db"
#: These are always kept, the newest of them all.
ALWAYS = 3
#: Bytes that a backup leaves free for what people write meanwhile.
LEFT_FREE = 200_000_000
#: Pages that are copied before they are brought to the disk, so that no commit waits behind many.
_PAGES_AT_ONCE = 2000


def file_of(folder: Path, at: datetime) -> Path:
    """Where the backup of a moment lies."""
    return folder / at.astimezone(UTC).strftime(_NAMED)


def moment_of(file: Path) -> datetime | None:
    """Of which moment a backup is; None for a file that is none of ours."""
    with suppress(ValueError):
        return datetime.strptime(file.name, _NAMED).replace(tzinfo=UTC)
    return None


def all_in(folder: Path) -> Sequence[Path]:
    """The backups of a folder that the program made by itself, the oldest first."""
    return sorted(file for file in folder.glob("xiangban-*.db") if moment_of(file) is not None)


def surplus(moments: Collection[datetime], now: datetime, days: int | None) -> set[datetime]:
    """The backups that are kept no longer: all but the newest three and the last of each day.

    Days are kept for so long, without it for ever. Of backups that lie ahead, of a clock that was
    wrong, the last of each day is kept as well.
    """
    ordered = sorted(moments)
    last_of_day = {at.date(): at for at in ordered}
    first = date.min if days is None else (now - timedelta(days=days)).date()
    newest = [at for at in ordered if at <= now][-ALWAYS:]
    kept = {*newest, *(at for day, at in last_of_day.items() if day > first)}
    return {at for at in ordered if at not in kept}


def thin_out(folder: Path, now: datetime, days: int | None) -> None:
    """Remove the backups of a folder that are kept no longer; raises StoreFault."""
    files = {moment: file for file in all_in(folder) if (moment := moment_of(file)) is not None}
    try:
        for moment in surplus(files, now, days):
            files[moment].unlink(missing_ok=True)
    except OSError as error:
        raise StoreFault("backup-not-written", path=folder, error=error.strerror) from None


def backup(url: str, to: Path, *, thorough: bool = True) -> None:
    """Write a checked copy of the database as of now; raises StoreFault and leaves nothing.

    ``thorough``: also that each index says what its table says, which takes longer than the copy.
    """
    place = _sqlite(url)
    if to.exists():
        raise StoreFault("backup-exists", path=to)
    if not place.file.exists():
        raise StoreFault("database-absent", path=place.file)
    try:
        _require_room(place.file, to.parent)
        _copy(place.file, to, thorough=thorough)
    except OSError as error:
        raise StoreFault("backup-not-written", path=to, error=error.strerror) from None
    except sqlite3.Error as error:
        raise StoreFault("backup-not-written", path=to, error=error.sqlite_errorname) from None


def size_of_log(url: str) -> int:
    """Bytes beside a database that are not yet written back into it."""
    log = _log_of(_sqlite(url).file)
    return log.stat().st_size if log.exists() else 0


def restore(url: str, source: Path) -> Head:
    """Put a backup in the place of the database; what was there is kept beside it, each time.

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
        _copy(source, fresh, thorough=True)
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


def _log_of(file: Path) -> Path:
    return file.with_name(f"{file.name}-wal")


def _require_room(file: Path, folder: Path) -> None:
    """A backup never fills the disk on which people's words are to be kept."""
    log = _log_of(file)
    needed = file.stat().st_size + (log.stat().st_size if log.exists() else 0)
    if shutil.disk_usage(folder).free < needed + LEFT_FREE:
        raise StoreFault("backup-no-room", path=folder, needed=(needed + LEFT_FREE) // 1_000_000)


def _copy(source: Path, to: Path, *, thorough: bool) -> None:
    """A whole, checked, durable copy, or nothing."""
    part = to.with_name(f".{to.name}.part")
    part.unlink(missing_ok=True)
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with closing(sqlite3.connect(part)) as target:
            with closing(_reading(source)) as live, os.fdopen(handle, "wb") as written:
                # One moment of it, however often it is written to between two steps.
                live.execute("BEGIN")
                live.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchall()
                live.backup(
                    target,
                    pages=_PAGES_AT_ONCE,
                    progress=lambda *_: os.fdatasync(written.fileno()),
                )
            # One file, whoever opens it: without a log beside it.
            target.execute("PRAGMA journal_mode=DELETE")
            _check(target, source, "integrity_check" if thorough else "quick_check")
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


def _check(copy: sqlite3.Connection, source: Path, how: str) -> None:
    if copy.execute(f"PRAGMA {how}").fetchall() != [("ok",)]:
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
    """Beside, under a name that nothing has: what an earlier restore set aside stays."""
    if not file.exists() or not file.stat().st_size:
        return
    named, number = f"{file.name}.before-restore", 1
    aside = file.with_name(named)
    while aside.exists():
        number += 1
        aside = file.with_name(f"{named}-{number}")
    for tail in ("-wal", "-shm", ""):
        part = file.with_name(file.name + tail)
        if part.exists():
            part.replace(aside.with_name(aside.name + tail))
