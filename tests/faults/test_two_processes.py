"""Two bots on one PostgreSQL hear everything twice, at once, and each dies once in the middle."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from bot.app import STUCK_SECONDS
from handlers.turn import LEASE
from tests.faults.conftest import Scene, on_postgresql
from tests.faults.invariants import check_clear
from tests.faults.process import Bot, free_port
from tests.faults.test_database_faults import administrator, drop_connections, goes_on

Scenes = Callable[..., AbstractAsyncContextManager[Scene]]
PEOPLE = 8


@on_postgresql
async def test_two_processes_that_hear_all_at_once_have_one_effect_each_and_outlive_each_other(
    scene: Scenes,
) -> None:
    async with scene(webhook=True) as one:
        first, second = one.bot, _second(one)
        async with _both(one, (first, second)):
            await asyncio.gather(*(_up(bot) for bot in (first, second)))
            enough = asyncio.Event()
            people = asyncio.gather(*(_talk(one, number, enough) for number in range(PEOPLE)))
            for bot in (first, second):
                await asyncio.sleep(1)
                await bot.kill()
                await asyncio.sleep(1)
                await _up(bot)
            enough.set()
            await people
            await one.at_rest()
            assert [await bot.stop() for bot in (first, second)] == [0, 0]
        memory = await one.judge(deaths=2)
        check_clear([second.log])
        assert len(memory.reports) == len(one.villagers) >= PEOPLE
        assert memory.poison == frozenset()


@on_postgresql
async def test_two_processes_outlive_all_that_happens_to_them_and_to_their_server(
    scene: Scenes, restart_postgresql: Callable[[str], None]
) -> None:
    async with scene(webhook=True) as one:
        first, second = one.bot, _second(one)
        async with _both(one, (first, second)):
            await asyncio.gather(*(_up(bot) for bot in (first, second)))
            enough = asyncio.Event()
            people = asyncio.gather(*(_talk(one, number, enough) for number in range(PEOPLE)))
            await asyncio.sleep(1)
            # One stands still for longer than its transaction lasts, and goes on.
            await second.send(signal.SIGSTOP)
            await asyncio.sleep(12)
            await second.send(signal.SIGCONT)
            # One stands still for longer than its leases last: it gives way to its next life.
            await first.send(signal.SIGSTOP)
            await asyncio.sleep(max(LEASE.total_seconds(), STUCK_SECONDS) + 3)
            await first.send(signal.SIGCONT)
            assert await first.death() == 1
            await _up(first)
            with administrator(one) as server:
                for _ in range(10):
                    drop_connections(server, one)
                    await asyncio.sleep(0.1)
            for how in ("fast", "immediate"):
                await asyncio.sleep(1)
                await asyncio.to_thread(restart_postgresql, how)
                await goes_on(one)
            enough.set()
            await people
            await one.at_rest()
            assert [first.lives, second.lives] == [2, 1]
            assert [await bot.stop() for bot in (first, second)] == [0, 0]
        memory = await one.judge(deaths=2)
        check_clear([second.log])
        assert len(memory.reports) == len(one.villagers) >= PEOPLE
        assert memory.poison == frozenset()


@on_postgresql
async def test_a_server_with_no_room_for_all_keeps_those_that_are_in_and_says_so_to_others(
    scene: Scenes, restart_postgresql: Callable[[str], None]
) -> None:
    async with scene(webhook=True) as one:
        first, second = one.bot, _second(one)
        async with _both(one, (first,)):
            await _up(first)
            enough = asyncio.Event()
            people = asyncio.gather(*(_talk(one, number, enough) for number in range(4)))
            await asyncio.sleep(1)
            with administrator(one) as server:
                server.execute("ALTER SYSTEM SET max_connections = 5")
                server.execute("ALTER SYSTEM SET superuser_reserved_connections = 0")
                server.execute("ALTER SYSTEM SET reserved_connections = 0")
            try:
                await asyncio.to_thread(restart_postgresql, "fast")
                await goes_on(one)
                await asyncio.sleep(5)
                await second.start()
                assert await second.death() == 2
                assert "连接数满了" in second.tail(1)
            finally:
                await asyncio.to_thread(restart_postgresql, "immediate")
                with administrator(one) as server:
                    server.execute("ALTER SYSTEM RESET max_connections")
                    server.execute("ALTER SYSTEM RESET superuser_reserved_connections")
                    server.execute("ALTER SYSTEM RESET reserved_connections")
                await asyncio.to_thread(restart_postgresql, "fast")
            await _up(second)
            enough.set()
            await people
            await one.at_rest()
            assert first.lives == 1
            assert [await bot.stop() for bot in (first, second)] == [0, 0]
        memory = await one.judge()
        assert len(memory.reports) == len(one.villagers)
        assert memory.poison == frozenset()


async def _talk(one: Scene, number: int, enough: asyncio.Event) -> None:
    """Report after report, so that there is load at every kill."""
    path = ("孩子现在有危险", "我要报告")[number % 2]
    while not enough.is_set():
        await one.villager(1000 + len(one.villagers), path=path, pause=0.05).report()


def _second(one: Scene) -> Bot:
    folder = one.folder / "second"
    folder.mkdir()
    return replace(one.bot, folder=folder, port=free_port())


async def _up(bot: Bot) -> None:
    await bot.start()
    await bot.ready()


@asynccontextmanager
async def _both(one: Scene, bots: Sequence[Bot]) -> AsyncIterator[None]:
    """A balancer gone wrong, at the address that Telegram knows: it gives all to everybody.

    What one of them confirms is confirmed; what nobody does comes again.
    """
    door = free_port()
    passing: set[asyncio.Future[tuple[int, bytes]]] = set()
    for bot in bots:
        bot.settings = {**bot.settings, "public_url": f"http://127.0.0.1:{door}"}
    async with ClientSession(timeout=ClientTimeout(total=10)) as session:

        async def pass_on(request: web.Request) -> web.Response:
            body = await request.read()
            kept = {name: request.headers[name] for name in request.headers if name[:2] == "X-"}
            posts = [
                asyncio.ensure_future(_post(session, f"{bot.url}{request.path}", body, kept))
                for bot in bots
            ]
            passing.update(posts)
            status, content = 502, b""
            for answered in asyncio.as_completed(posts):
                status, content = min((status, content), await answered)
                if status == 200:  # one that stands still keeps nobody waiting
                    break
            return web.Response(status=status, body=content, content_type="application/json")

        site = web.Application()
        site.router.add_post("/{path:.*}", pass_on)
        runner = web.AppRunner(site)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", door).start()
        try:
            yield
        finally:
            for bot in bots:
                if bot.process is not None:
                    await bot.kill()
            await asyncio.gather(*passing)
            await runner.cleanup()


async def _post(
    session: ClientSession, url: str, body: bytes, headers: dict[str, str]
) -> tuple[int, bytes]:
    try:
        async with session.post(url, data=body, headers=headers) as answer:
            return answer.status, await answer.read()
    except (ClientError, TimeoutError):
        return 502, b""
