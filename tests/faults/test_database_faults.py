"""The database is locked, full or away: nothing confirmed is lost, and the bot goes on."""

import asyncio
import json
import resource
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing, suppress
from pathlib import Path

import psycopg
import pytest
from aiohttp import ClientSession
from sqlalchemy import make_url

from tests.fakes.telegram import Person
from tests.faults.conftest import Scene, on_linux, on_postgresql, on_sqlite

Scenes = Callable[..., AbstractAsyncContextManager[Scene]]
#: The bot is itself again this soon after the database is.
RECOVERY = 5.0


@on_sqlite
async def test_a_lock_of_another_program_delays_and_loses_nothing(scene: Scenes) -> None:
    async with scene() as one, _people_talk(one):
        with closing(sqlite3.connect(make_url(one.url).database or "")) as other:
            other.execute("BEGIN IMMEDIATE")
            await asyncio.sleep(6)
            other.execute("ROLLBACK")
        await goes_on(one)


@on_linux
@on_sqlite
@pytest.mark.parametrize("webhook", [False, True], ids=["polling", "webhook"])
async def test_a_full_disk_is_survived_and_noticed_to_be_empty_again(
    scene: Scenes, webhook: bool
) -> None:
    async with scene(webhook=webhook) as one, _people_talk(one):
        assert one.bot.process
        pid = one.bot.process.pid
        log = (one.folder / "data" / "xiangban.db-wal").stat().st_size
        no_limit = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (max(4096, log // 2), no_limit[1]))
        await asyncio.sleep(3)
        assert await _is_alive(one)
        if webhook:
            assert "503" in _hook_error(one)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, no_limit)
        await goes_on(one)


@on_linux
@on_sqlite
async def test_a_disk_that_is_really_full_refuses_soon_and_forgets_nothing(scene: Scenes) -> None:
    async with scene(webhook=True) as one, _small_disk(one.folder / "data"):
        async with _people_talk(one):
            ballast = one.folder / "data" / "ballast"
            _fill(ballast)
            refused = await _refusal(one)
            assert 1 <= int(refused) <= 5
            assert await _what_is_ill(one) == "SQLITE_FULL"
            assert await _is_alive(one)
            ballast.unlink()
            await goes_on(one)
        _fill(one.folder / "data" / "ballast")
        await one.bot.start()
        assert await one.bot.death() == 2
        assert "磁盘满了" in one.bot.tail(1)


@on_postgresql
async def test_a_postgresql_that_is_restarted_is_waited_for(
    scene: Scenes, restart_postgresql: Callable[[str], None]
) -> None:
    async with scene(webhook=True) as one, _people_talk(one):
        for how in ("fast", "immediate"):
            await asyncio.to_thread(restart_postgresql, how)
            await goes_on(one)


@on_postgresql
async def test_a_postgresql_that_drops_everybody_and_stays_away_is_found_again(
    scene: Scenes,
) -> None:
    async with scene(webhook=True) as one, _people_talk(one):
        with administrator(one) as server:
            for _ in range(10):
                drop_connections(server, one)
                await asyncio.sleep(0.1)
            _allow_connections(server, one, "false")
            drop_connections(server, one)
            await asyncio.sleep(3)
            assert await _is_alive(one)
            assert "503" in _hook_error(one)
            _allow_connections(server, one, "true")
        await goes_on(one)


@asynccontextmanager
async def _people_talk(one: Scene) -> AsyncIterator[None]:
    """Six people are in the middle of a report; at the end all is well, in the same life."""
    await one.bot.start()
    await one.bot.ready()
    people = [one.villager(60 + n, pause=0.2) for n in range(6)]
    talk = asyncio.gather(*(person.report() for person in people))
    await asyncio.sleep(0.5)
    yield
    await talk
    await one.at_rest()
    assert one.bot.lives == 1
    assert await one.bot.stop() == 0
    await one.judge()


@asynccontextmanager
async def _small_disk(folder: Path) -> AsyncIterator[None]:
    """A disk of a few megabytes at the place of a folder, with what lies in it."""
    held = {file.name: file.read_bytes() for file in folder.iterdir()}  # noqa: ASYNC240 - tiny
    mounted = await _run("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder))
    if mounted:
        pytest.skip("only root may mount a small disk")
    try:
        for name, content in held.items():
            (folder / name).write_bytes(content)
        yield
    finally:
        await _run("umount", "-l", str(folder))


async def _run(*command: str) -> int:
    try:
        process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.DEVNULL)
    except OSError:
        return 1
    return await process.wait()


def _fill(file: Path) -> None:
    """Leave no byte of room."""
    with file.open("wb", buffering=0) as ballast, suppress(OSError):
        while True:
            ballast.write(bytes(4096))


async def _refusal(one: Scene) -> str:
    """The Retry-After that somebody's words meet, once nothing can be stored any more."""
    for number in range(700, 900):
        one.telegram.person(number).says("/start")
        await asyncio.sleep(0.05)
        if "503" in _hook_error(one):
            break
    made = one.telegram.ledger.updates[one.telegram.person(900).says("/start")]
    status, retry_after = await one.telegram.courier.bring(json.dumps(made.body).encode())
    assert status == 503
    return retry_after


async def goes_on(one: Scene) -> None:
    """What somebody does now is stored within the promised time."""
    began = time.monotonic()
    late = one.telegram.person(50)
    heard = _heard_by(one, late)
    number = late.says("/start")
    made = one.telegram.ledger.updates[number]
    while _heard_by(one, late) == heard:
        assert time.monotonic() - began < RECOVERY
        await asyncio.sleep(0.02)
    assert made.attempts >= 1


def _heard_by(one: Scene, person: Person) -> int:
    return sum(each.chat_id == person.number for each in one.telegram.ledger.sent())


def _hook_error(one: Scene) -> str:
    hook = one.telegram.courier.hook
    return hook.last_error if hook else ""


async def _is_alive(one: Scene) -> bool:
    async with ClientSession() as session, session.get(f"{one.bot.url}/healthz") as answer:
        return answer.status == 200


async def _what_is_ill(one: Scene) -> str:
    """What the program says of its database."""
    async with ClientSession() as session, session.get(f"{one.bot.url}/readyz") as answer:
        vital = (await answer.json())["database"]
    assert answer.status == 503
    return str(vital["reading"])


def administrator(one: Scene) -> psycopg.Connection:
    url = make_url(one.url).set(drivername="postgresql", database="postgres")
    return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)


def drop_connections(server: psycopg.Connection, one: Scene) -> None:
    server.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
        [make_url(one.url).database],
    )


def _allow_connections(server: psycopg.Connection, one: Scene, allow: str) -> None:
    server.execute(
        f"ALTER DATABASE {make_url(one.url).database} ALLOW_CONNECTIONS {allow}".encode()
    )
