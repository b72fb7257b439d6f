"""What the Telegram tests share: a channel at the fake server, and an intake that remembers."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from aiohttp import ClientSession, web

from bot.channels.channel import Arrival, Intake, NotStored, Outgoing, Stored, Taken
from bot.channels.telegram import TelegramChannel
from conversation.cards import Action, Button, Card
from tests.fakes.telegram import FakeTelegram

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SOON = timedelta(milliseconds=10)


def button(label: str, **more: str) -> Button:
    return Button(label=label, action=Action("home"), **more)


def card(text: str, *labels: str, **more: Any) -> Card:
    return Card(text=text, rows=tuple((button(label),) for label in labels), **more)


def outgoing(address: int, shown: Card, **more: Any) -> Outgoing:
    return Outgoing(id=1, address=str(address), card=shown, token="t" * 22, **more)


@dataclass
class Memory:
    """An intake that stores in a list, and does what a test tells it to do first."""

    arrivals: list[Arrival] = field(default_factory=list)
    #: The key of each arrival as often as it was brought.
    brought: list[str] = field(default_factory=list)
    #: How often each key is refused before it is stored.
    refusals: dict[str, int] = field(default_factory=dict)
    toast: str | None = None
    before: Callable[[Arrival], Awaitable[None]] | None = None
    _keys: set[str] = field(default_factory=set)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def take(self, arrival: Arrival) -> Taken:
        self.brought.append(arrival.key)
        if self.before:
            await self.before(arrival)
        if self._refuses(arrival):
            return NotStored(after=SOON)
        async with self._news:
            if arrival.key not in self._keys:
                self._keys.add(arrival.key)
                self.arrivals.append(arrival)
            self._news.notify_all()
        return Stored(toast=self.toast)

    async def got(self, count: int, *, within: float = 10.0) -> list[Arrival]:
        """The arrivals, as soon as there are so many."""
        async with asyncio.timeout(within), self._news:
            await self._news.wait_for(lambda: len(self.arrivals) >= count)
        return self.arrivals

    def _refuses(self, arrival: Arrival) -> bool:
        for part, left in self.refusals.items():
            if part in arrival.key and left > 0:
                self.refusals[part] = left - 1
                return True
        return False


class Bench:
    """The channel and the server it talks to, started and stopped together."""

    def __init__(self, *, webhook: bool = False, answer_seconds: float = 5.0) -> None:
        self.telegram = FakeTelegram()
        self.memory = Memory()
        self._webhook = webhook
        self._answer_seconds = answer_seconds
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self.telegram)
        self.session = await self._stack.enter_async_context(ClientSession())
        self.site = await self._serve() if self._webhook else None
        self.names: list[str] = []
        self.channel = self.new_channel()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.channel.stop()
        await self._stack.aclose()

    def new_channel(self) -> TelegramChannel:
        return TelegramChannel(
            self.telegram.token,
            self.session,
            now=lambda: NOW,
            api_root=self.telegram.url,
            public_url=self.site,
            answer_seconds=self._answer_seconds,
            named=self.names.append,
        )

    async def listen(self, intake: Intake | None = None) -> None:
        await self.channel.start(intake or self.memory)
        if self._webhook:
            await until(lambda: self.telegram.courier.hook is not None)

    async def _serve(self) -> str:
        application = web.Application()
        application.router.add_post("/telegram/{path}", self._handle)
        runner = web.AppRunner(application, shutdown_timeout=0.1, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self._stack.push_async_callback(runner.cleanup)
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    async def _handle(self, request: web.Request) -> web.Response:
        if request.path != self.channel.webhook_path:
            return web.Response(status=404)
        return await self.channel.webhook(request)


async def until(holds: Callable[[], object], *, within: float = 10.0) -> None:
    """Return as soon as it holds."""
    async with asyncio.timeout(within):
        while not holds():  # noqa: ASYNC110 - what is watched tells nobody
            await asyncio.sleep(0.01)
