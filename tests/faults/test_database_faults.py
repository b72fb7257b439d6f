"""The database is locked, full or away: nothing confirmed is lost, and the bot goes on."""

import asyncio
import resource
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing

import psycopg
import pytest
from aiohttp import ClientSession
from sqlalchemy import make_url

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
        await _goes_on(one)


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
        await _goes_on(one)


@on_postgresql
async def test_a_postgresql_that_drops_everybody_and_stays_away_is_found_again(
    scene: Scenes,
) -> None:
    async with scene(webhook=True) as one, _people_talk(one):
        with _administrator(one) as server:
            for _ in range(10):
                _drop_connections(server, one)
                await asyncio.sleep(0.1)
            _allow_connections(server, one, "false")
            _drop_connections(server, one)
            await asyncio.sleep(3)
            assert await _is_alive(one)
            assert "503" in _hook_error(one)
            _allow_connections(server, one, "true")
        await _goes_on(one)


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


async def _goes_on(one: Scene) -> None:
    """What somebody does now is stored within the promised time."""
    began = time.monotonic()
    late = one.telegram.person(50)
    number = late.says("/start")
    made = one.telegram.ledger.updates[number]
    while not any(each.chat_id == 50 for each in one.telegram.ledger.sent()):
        assert time.monotonic() - began < RECOVERY
        await asyncio.sleep(0.02)
    assert made.attempts >= 1


def _hook_error(one: Scene) -> str:
    hook = one.telegram.courier.hook
    return hook.last_error if hook else ""


async def _is_alive(one: Scene) -> bool:
    async with ClientSession() as session, session.get(f"{one.bot.url}/healthz") as answer:
        return answer.status == 200


def _administrator(one: Scene) -> psycopg.Connection:
    url = make_url(one.url).set(drivername="postgresql", database="postgres")
    return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)


def _drop_connections(server: psycopg.Connection, one: Scene) -> None:
    server.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
        [make_url(one.url).database],
    )


def _allow_connections(server: psycopg.Connection, one: Scene, allow: str) -> None:
    server.execute(
        f"ALTER DATABASE {make_url(one.url).database} ALLOW_CONNECTIONS {allow}".encode()
    )
