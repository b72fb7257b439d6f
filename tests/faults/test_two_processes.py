"""Two bots on one PostgreSQL hear everything twice, at once, and each dies once in the middle."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from tests.faults.conftest import Scene, on_postgresql
from tests.faults.invariants import check_clear
from tests.faults.process import Bot, free_port

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
    for bot in bots:
        bot.settings = {**bot.settings, "public_url": f"http://127.0.0.1:{door}"}
    async with ClientSession(timeout=ClientTimeout(total=10)) as session:

        async def pass_on(request: web.Request) -> web.Response:
            body = await request.read()
            kept = {name: request.headers[name] for name in request.headers if name[:2] == "X-"}
            answers = await asyncio.gather(
                *(_post(session, f"{bot.url}{request.path}", body, kept) for bot in bots)
            )
            status, content = min(answers)
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
            await runner.cleanup()


async def _post(
    session: ClientSession, url: str, body: bytes, headers: dict[str, str]
) -> tuple[int, bytes]:
    try:
        async with session.post(url, data=body, headers=headers) as answer:
            return answer.status, await answer.read()
    except (ClientError, TimeoutError):
        return 502, b""
