"""What somebody does to the files of a database in use: nothing is confirmed that is not found."""

import asyncio
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

import pytest

from storage import engines
from storage.backup import backup
from storage.faults import NotStored
from storage.sealing import KeyRing
from storage.store import Store
from storage.work import Work
from tests.fakes.clock import FakeClock
from tests.storage.test_faults import files_of_at_most


@pytest.mark.parametrize("how", ["raw", "backup", "emptied"])
async def test_an_older_file_that_is_copied_over_the_one_in_use_is_not_written_into(
    sqlite_url: str, keys: KeyRing, clock: FakeClock, tmp_path: Path, how: str
) -> None:
    file, older = Path(sqlite_url.removeprefix("sqlite:///")), tmp_path / "older.db"
    store = Store.open(sqlite_url, keys, clock)
    await _much(store, 0, 2)
    await asyncio.to_thread(backup, sqlite_url, older)
    await asyncio.to_thread(store.close)
    if how == "raw":
        await asyncio.to_thread(_cp, file, older)
    store = Store.open(sqlite_url, keys, clock)
    await _much(store, 2, 5)
    await asyncio.to_thread(_write_back, file)
    await _much(store, 7, 1)
    if how == "emptied":
        await asyncio.to_thread(_cp, "/dev/null", file)
    else:
        await asyncio.to_thread(_cp, older, file)
    for _ in range(2):
        with pytest.raises(NotStored, match="DatabaseReplaced"):
            await store.write(partial(_take, "lost"))
        with pytest.raises(NotStored, match="DatabaseReplaced"):
            await store.read(lambda reading: reading.now)
    await asyncio.to_thread(store.close)
    if how == "emptied":
        assert file.stat().st_size == 0  # noqa: ASYNC240 - one file
        return
    # What was copied is whole, and nothing of the other is in it.
    with closing(sqlite3.connect(file)) as copied:
        assert copied.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert copied.execute("SELECT count(*) FROM inbox").fetchall() == [(2,)]


async def test_what_another_program_writes_into_the_file_stops_nobody(
    sqlite_url: str, keys: KeyRing, clock: FakeClock
) -> None:
    store = Store.open(sqlite_url, keys, clock)
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    await _much(store, 0, 3)
    with closing(sqlite3.connect(file)) as other:
        other.execute("DELETE FROM meta WHERE key = 'nothing'")
        other.commit()
        other.execute("VACUUM")
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    await _much(store, 3, 3)
    await asyncio.to_thread(os.utime, file)
    await _much(store, 6, 3)
    assert await store.read(lambda reading: reading.audit.head().seq) == 9
    await asyncio.to_thread(store.close)


async def test_a_log_that_somebody_removes_is_saved_and_another_is_begun(
    sqlite_url: str, keys: KeyRing, clock: FakeClock, tmp_path: Path
) -> None:
    store = Store.open(sqlite_url, keys, clock)
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    confirmed: list[str] = []
    over = asyncio.Event()

    async def look() -> None:
        while not over.is_set():
            with suppress(NotStored):
                await store.read(lambda reading: reading.audit.verify())

    async def take(person: int) -> None:
        while not over.is_set():
            name = f"{person}:{len(confirmed)}"
            await store.write(partial(_take, name), lane=str(person))
            confirmed.append(name)

    working = [asyncio.create_task(work) for work in (look(), look(), take(1), take(2))]
    written = Path(f"{file}-wal")
    for _ in range(8):
        await asyncio.sleep(0.2)
        written.unlink()  # noqa: ASYNC240 - one file
        await asyncio.to_thread(_until_there, written)
    over.set()
    await asyncio.gather(*working)
    await store.write(partial(_take, "last"))
    # As a kill would leave it: what lies there by its name, and nothing else.
    for tail in ("", "-wal"):
        await asyncio.to_thread(_cp, f"{file}{tail}", tmp_path / f"killed.db{tail}")
    assert await store.read(lambda reading: reading.audit.head().seq) == len(confirmed) + 1
    await asyncio.to_thread(store.close)
    for name in (file, tmp_path / "killed.db"):
        with closing(sqlite3.connect(name)) as left:
            assert left.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            kept = left.execute("SELECT count(*) FROM inbox").fetchone()[0]
            assert kept == len(confirmed) + 1 > 20


async def test_a_disk_that_is_full_as_the_log_is_written_back_loses_nothing(
    sqlite_url: str, keys: KeyRing, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    often = tuple(one.replace("=4000", "=50") for one in engines._SQLITE_WRITER)
    monkeypatch.setattr(engines, "_SQLITE_WRITER", often)
    store = Store.open(sqlite_url, keys, clock)
    file, taken = Path(sqlite_url.removeprefix("sqlite:///")), 0
    full = file.stat().st_size  # noqa: ASYNC240 - one file
    with files_of_at_most(full):
        with suppress(NotStored):
            while True:
                await store.write(partial(_take, str(taken)))
                taken += 1
        log = Path(f"{file}-wal").stat().st_size  # noqa: ASYNC240 - one file
        assert log > 2 * 50 * 4096  # it went on after the file could not take it
    await _much(store, taken, 20)
    assert file.stat().st_size > full  # noqa: ASYNC240 - one file
    await asyncio.to_thread(store.close)
    with closing(sqlite3.connect(file)) as left:
        assert left.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert left.execute("SELECT count(*) FROM inbox").fetchall() == [(taken + 20,)]


async def test_an_index_of_the_log_that_somebody_removes_loses_nothing(
    sqlite_url: str, keys: KeyRing, clock: FakeClock, tmp_path: Path
) -> None:
    store = Store.open(sqlite_url, keys, clock)
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    await _much(store, 0, 3)
    await asyncio.to_thread(Path(f"{file}-shm").unlink)
    await _much(store, 3, 3)
    await asyncio.to_thread(_look_from_outside, file)
    await _much(store, 6, 3)
    for tail in ("", "-wal"):
        await asyncio.to_thread(_cp, f"{file}{tail}", tmp_path / f"killed.db{tail}")
    await asyncio.to_thread(store.close)
    for name in (file, tmp_path / "killed.db"):
        with closing(sqlite3.connect(name)) as left:
            assert left.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert left.execute("SELECT count(*) FROM inbox").fetchall() == [(9,)]


def _take(name: str, work: Work) -> bool:
    work.people.add(name="长" * 2000)
    work.audit.write(0, "took", "test", 1)
    return work.inbox.take(name)


async def _much(store: Store, first: int, count: int) -> None:
    for number in range(first, first + count):
        assert await store.write(partial(_take, str(number)))


def _cp(source: Path | str, to: Path | str) -> None:
    """By another program: to close the file in this one would let go of SQLite's locks on it."""
    subprocess.run(["cp", source, to], check=True)


def _look_from_outside(file: Path) -> None:
    look = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('SELECT 1 FROM inbox')"
    subprocess.run([sys.executable, "-c", look, file], check=True)


def _until_there(file: Path) -> None:
    until = time.monotonic() + 15
    while not file.exists():
        assert time.monotonic() < until
        time.sleep(0.02)


def _write_back(file: Path) -> None:
    """As the program does by itself after a few hundred turns."""
    with closing(sqlite3.connect(file)) as other:
        other.execute("PRAGMA wal_checkpoint(PASSIVE)")
