"""What the world does to the database: nothing that was confirmed is lost, and it passes."""

import asyncio
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from storage.audit import Head
from storage.database import Database
from storage.engines import Place
from storage.faults import NotStored
from storage.sealing import KeyRing
from storage.store import Store
from storage.work import Reading, Work
from tests.fakes.clock import FakeClock

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_whatever_was_confirmed_survives_a_kill(
    engine: str, request: pytest.FixtureRequest, keys: KeyRing, clock: FakeClock
) -> None:
    url: str = request.getfixturevalue(f"{engine}_url")
    confirmed: list[str] = []
    for run, seconds in enumerate((0.01, 0.07, 0.2, 0.5)):
        confirmed += _killed_after(url, keys, str(run), seconds)
    assert len(confirmed) > 100
    store = Store.open(url, keys, clock)
    missing = store.write(
        lambda work: [name for name in confirmed if work.inbox.take(name)]
    ).result(60)
    half = store.read(lambda reading: _without_person(reading, confirmed)).result(60)
    verdict = store.read(lambda reading: reading.audit.verify()).result(60)
    store.close()
    assert missing == []
    assert half == []
    assert isinstance(verdict, Head)
    if engine == "sqlite":
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
            assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


async def test_a_full_disk_refuses_turns_and_is_forgotten_once_there_is_space(
    sqlite_url: str, keys: KeyRing, clock: FakeClock
) -> None:
    store = Store.open(sqlite_url, keys, clock)
    confirmed: list[str] = []
    with files_of_at_most(400_000):
        assert await _until_refused(store, confirmed) == NotStored
        with pytest.raises(NotStored):
            await store.write(partial(_take_much, "still full"))
        assert store.trouble.startswith("SQLITE_")
        # Looking goes on.
        assert await store.read(lambda reading: reading.people.speaker("web", "0")) is not None
    assert await store.write(partial(_take_much, "after"))
    assert store.trouble == ""
    kept = await store.write(lambda work: [name for name in confirmed if work.inbox.take(name)])
    assert kept == []
    assert await store.write(lambda work: work.inbox.take("still full"))
    assert isinstance(await store.read(lambda reading: reading.audit.verify()), Head)
    store.close()


async def test_a_database_that_somebody_locked_refuses_turns_until_it_is_free(
    sqlite_url: str, keys: KeyRing, clock: FakeClock
) -> None:
    store = Store.open(sqlite_url, keys, clock)
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(NotStored, match="SQLITE_BUSY"):
            await store.write(partial(_take, "locked"))
        other.rollback()
    assert await store.write(partial(_take, "locked"))
    store.close()


@pytest.mark.parametrize("another", [False, True], ids=["removed", "replaced"])
async def test_nothing_is_confirmed_that_would_go_into_a_file_that_nobody_finds_again(
    sqlite_url: str, keys: KeyRing, clock: FakeClock, another: bool, tmp_path: Path
) -> None:
    store = Store.open(sqlite_url, keys, clock)
    file, aside = Path(sqlite_url.removeprefix("sqlite:///")), tmp_path / "aside"
    assert await store.write(partial(_take, "before"))
    await asyncio.to_thread(file.rename, aside)
    if another:
        await asyncio.to_thread(file.write_bytes, await asyncio.to_thread(aside.read_bytes))
    for _ in range(2):
        with pytest.raises(NotStored, match="DatabaseMoved"):
            await store.write(partial(_take, "lost"))
    with pytest.raises(NotStored, match="DatabaseMoved"):  # nor is an empty file made there
        await store.read(lambda reading: reading.now, long=True)
    await asyncio.to_thread(aside.rename, file)
    assert await store.write(partial(_take, "lost"))
    store.close()
    with closing(sqlite3.connect(file)) as written:
        assert written.execute("SELECT count(*) FROM inbox").fetchall() == [(2,)]


async def test_a_table_that_fails_under_a_turn_is_not_the_turns_fault(
    sqlite_url: str, keys: KeyRing, clock: FakeClock
) -> None:
    store = Store.open(sqlite_url, keys, clock)
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as other:
        other.execute("ALTER TABLE inbox RENAME TO away")
        results = await asyncio.gather(
            store.write(partial(_take, "a")),
            store.write(lambda _: "untouched"),
            return_exceptions=True,
        )
        assert [type(results[0]), results[1]] == [NotStored, "untouched"]
        other.execute("ALTER TABLE away RENAME TO inbox")
    assert await store.write(partial(_take, "a"))
    store.close()


@pytest.mark.parametrize("how", ["fast", "immediate"])
async def test_a_server_that_is_restarted_loses_nothing_and_is_found_again(
    postgresql_url: str,
    keys: KeyRing,
    clock: FakeClock,
    restart_postgresql: Callable[[str], None],
    how: str,
) -> None:
    store = Store.open(postgresql_url, keys, clock)
    confirmed = await _insisting(store, asyncio.to_thread(restart_postgresql, how))
    assert len(confirmed) > 100
    began = time.monotonic()
    assert await store.write(lambda _: "here again") == "here again"
    assert time.monotonic() - began < 5
    await asyncio.to_thread(store.close)
    await asyncio.to_thread(_all_kept, postgresql_url, keys, clock, confirmed)


async def test_connections_that_are_cut_again_and_again_lose_nothing(
    postgresql_url: str, keys: KeyRing, clock: FakeClock
) -> None:
    async def cut() -> None:
        address = postgresql_url.replace("postgresql+psycopg", "postgresql")
        with psycopg.connect(address, autocommit=True) as other:
            for _ in range(20):
                other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
                await asyncio.sleep(0.05)

    store = Store.open(postgresql_url, keys, clock)
    confirmed = await _insisting(store, cut())
    await asyncio.to_thread(store.close)
    assert len(confirmed) > 100
    await asyncio.to_thread(_all_kept, postgresql_url, keys, clock, confirmed)


@pytest.mark.parametrize("is_kept", [True, False], ids=["after", "before"])
async def test_a_connection_that_is_cut_in_a_commit_doubles_and_loses_nothing(
    postgresql_url: str,
    keys: KeyRing,
    clock: FakeClock,
    is_kept: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = Store.open(postgresql_url, keys, clock)
    cuts, runs, commit = [1], [0], Database.commit

    def cut(db: Database) -> None:
        if not cuts:
            return commit(db)
        cuts.clear()
        if is_kept:
            commit(db)
        db.raw.close()
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    def turn(work: Work) -> int:
        runs[0] += 1
        return work.people.add(name="once")

    monkeypatch.setattr(Database, "commit", cut)
    await store.write(turn)
    assert runs == [1 if is_kept else 2]
    assert await store.write(lambda _: "goes on") == "goes on"
    await asyncio.to_thread(store.close)
    address = postgresql_url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(address) as other:
        assert other.execute("SELECT count(*) FROM person").fetchall() == [(1,)]


async def test_turns_of_one_lane_never_meet_even_on_two_machines(
    postgresql_url: str, keys: KeyRing, clock: FakeClock
) -> None:
    stores = [Store.open(postgresql_url, keys, clock) for _ in range(2)]

    def begin(work: Work) -> int:
        work.forms.publish("report", "t", "{}", "v1", "h")
        contact = work.people.meet("web", "grandma").contact_id
        return work.drafts.start(contact, "v1", "0").id

    draft_id = await stores[0].write(begin)

    def add_one(work: Work) -> None:
        draft = work.drafts.get(draft_id)
        assert draft is not None
        work.drafts.save(
            draft_id, str(int(draft.dialogue) + 1), danger=False, wake_at=None, wake_for=None
        )

    await asyncio.gather(
        *(store.write(add_one, lane="grandma") for _ in range(150) for store in stores)
    )
    draft = await stores[0].read(lambda reading: reading.drafts.get(draft_id))
    assert draft is not None
    assert draft.dialogue == "300"
    for store in stores:
        await asyncio.to_thread(store.close)


async def test_turns_that_wait_for_each_other_are_both_kept_in_the_end(
    postgresql_url: str, keys: KeyRing, clock: FakeClock
) -> None:
    stores = [Store.open(postgresql_url, keys, clock, writers=1) for _ in range(2)]
    one = await stores[0].write(lambda work: work.people.add(name="one"))
    two = await stores[0].write(lambda work: work.people.add(name="two"))

    def rename(work: Work, first: int, second: int, name: str) -> str:
        work.people.set_name(first, name)
        time.sleep(0.3)
        work.people.set_name(second, name)
        return name

    done = await asyncio.gather(
        stores[0].write(partial(rename, first=one, second=two, name="A")),
        stores[1].write(partial(rename, first=two, second=one, name="B")),
    )
    assert list(done) == ["A", "B"]
    names = await stores[0].read(
        lambda reading: {reading.people.name_of(one), reading.people.name_of(two)}
    )
    assert len(names) == 1
    for store in stores:
        await asyncio.to_thread(store.close)


async def test_a_turn_that_goes_on_after_a_refused_statement_harms_nobody_else(
    store: Store,
) -> None:
    def careless(work: Work) -> None:
        try:
            work.drafts.start(1, "unknown", "{}")
        except Exception:
            work.inbox.take("careless")

    results = await asyncio.gather(
        store.write(partial(_take, "a")),
        store.write(careless),
        store.write(partial(_take, "b")),
        return_exceptions=True,
    )
    assert [results[0], results[2]] == [True, True]
    kept = [await store.write(partial(_take, name)) for name in "ab"]
    assert kept == [False, False]


def test_a_process_that_is_frozen_in_a_turn_gives_its_lane_up(
    postgresql_url: str, keys: KeyRing
) -> None:
    with Place(postgresql_url).connect() as connection:
        setting = connection.execute(text("SHOW idle_in_transaction_session_timeout")).scalar()
        assert setting == "10s"


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    turns=st.lists(
        st.tuples(st.integers(0, 5), st.sampled_from(["keep", "raise", "refused", "swallowed"])),
        max_size=60,
    )
)
def test_of_any_mixture_of_turns_exactly_the_good_ones_are_kept(
    turns: list[tuple[int, str]], store: Store
) -> None:
    run = os.urandom(6).hex()
    pending = [
        store.write(partial(_act, f"{run}:{place}", how), lane=f"lane-{lane}")
        for place, (lane, how) in enumerate(turns)
    ]
    told = []
    for one in pending:
        try:
            one.result(30)
            told.append(True)
        except (ValueError, sqlite3.Error, psycopg.Error):
            told.append(False)
    kept = store.read(
        lambda reading: [
            reading.people.speaker("web", f"{run}:{place}") is not None
            for place in range(len(turns))
        ]
    ).result(30)
    assert kept == told
    assert told == [how == "keep" for _, how in turns]


class _Meant(ValueError):
    """A turn that was meant to fail."""


def _act(name: str, how: str, work: Work) -> None:
    work.people.meet("web", name)
    match how:
        case "raise":
            raise _Meant
        case "refused":
            work.drafts.start(1, "unknown", "{}")
        case "swallowed":
            try:
                work.drafts.start(1, "unknown", "{}")
            except Exception as error:
                raise _Meant from error
        case _:
            work.audit.write(0, "kept", "test", 1)


def _take(name: str, work: Work) -> bool:
    return work.inbox.take(name)


def _take_much(name: str, work: Work) -> bool:
    work.people.meet("web", name)
    work.people.add(name="长" * 2000)
    work.audit.write(0, "took", "test", 1)
    return work.inbox.take(name)


async def _until_refused(store: Store, confirmed: list[str]) -> type[Exception]:
    while True:
        name = str(len(confirmed))
        try:
            await store.write(partial(_take_much, name))
        except Exception as refused:
            return type(refused)
        confirmed.append(name)


async def _insisting(store: Store, trouble: Awaitable[None]) -> list[str]:
    """Bring arrivals again until they are stored, as channels do, while the trouble lasts."""
    confirmed: list[str] = []
    over = asyncio.Event()

    async def bring(person: int) -> None:
        number = 0
        while not over.is_set():
            name = f"{person}:{number}"
            try:
                await store.write(partial(_take, name), lane=str(person))
            except NotStored:
                await asyncio.sleep(0.02)
                continue
            confirmed.append(name)
            number += 1

    people = [asyncio.create_task(bring(person)) for person in range(20)]
    await asyncio.sleep(0.2)
    await trouble
    await asyncio.sleep(0.3)
    over.set()
    await asyncio.gather(*people)
    return confirmed


def _all_kept(url: str, keys: KeyRing, clock: FakeClock, confirmed: list[str]) -> None:
    store = Store.open(url, keys, clock)
    missing = store.write(
        lambda work: [name for name in confirmed if work.inbox.take(name)]
    ).result(60)
    store.close()
    assert missing == []


def _killed_after(url: str, keys: KeyRing, run: str, seconds: float) -> list[str]:
    """What a process had confirmed when it was killed, so long after its first confirmation."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.storage.writer_process", url, str(keys.path), run],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        lines = [first, *process.stdout.readlines()]
    return [line.strip() for line in lines if line.endswith("\n")]


def _without_person(reading: Reading, names: list[str]) -> list[str]:
    return [name for name in names if reading.people.speaker("web", name) is None]


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
