"""Another process that looks whether the program lives, and says so by a way of its own.

A program that is dead, stopped or stuck tells nobody. ``bot watch`` asks it every ten seconds how
it is; after a silence it tells the administrator past the program: by a command of the county's
own, by the Bot API, or by both. What it says holds nothing of anybody.
"""

import asyncio
import logging
import shlex
import signal
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import TypeAlias

import aiohttp

from bot.clock import steady
from bot.commands.words import words
from bot.jail import environment
from bot.settings import Settings

log = logging.getLogger(__name__)

LOOK_EVERY = 10.0
#: Seconds that an answer may take, and that a way to the administrator may.
PATIENCE, TELL_PATIENCE = 5.0, 30.0
#: So long a silence is told: with the last look and its patience it is told within two minutes.
SILENCE = 100.0
#: While it lasts it is told again.
AGAIN = 3600.0

#: Tells the administrator something; raises NotTold.
Tell: TypeAlias = Callable[[str], Awaitable[None]]
#: What is wrong with the program; "" when it is well.
Ask: TypeAlias = Callable[[], Awaitable[str]]


class NotTold(Exception):
    """A way to the administrator did not work; the text is a code."""


class Lookout:
    """Looks, and tells when the program was silent for too long, and when it is back."""

    def __init__(
        self, ask: Ask, ways: Sequence[Tell], *, steady: Callable[[], float] = steady
    ) -> None:
        self._ask = ask
        self._ways = ways
        self._steady = steady
        self._well_at = steady()
        self._told_at: float | None = None

    async def look(self) -> None:
        """Look once, and tell what there is to be told."""
        wrong = await self._ask()
        now = self._steady()
        if not wrong:
            if self._told_at is not None and await self._tell("lookout.back", now):
                self._told_at = None
            if self._told_at is None:
                self._well_at = now
        elif now - self._well_at >= SILENCE and self._is_news(now):
            log.error("the program is not well", extra={"what": wrong})
            if await self._tell("lookout.silent", now, what=words(f"lookout.{wrong}")):
                self._told_at = now

    def _is_news(self, now: float) -> bool:
        return self._told_at is None or now - self._told_at >= AGAIN

    async def _tell(self, key: str, now: float, **values: object) -> bool:
        """True when it went out by one way at least; else the next look tries once more."""
        minutes = max(1, round((now - self._well_at) / 60))
        text = words(key, machine=socket.gethostname(), minutes=minutes, **values)
        return any([await _told(way, text) for way in self._ways])


async def _told(way: Tell, text: str) -> bool:
    try:
        async with asyncio.timeout(TELL_PATIENCE):
            await way(text)
    except (NotTold, TimeoutError) as fault:
        log.error("not told", extra={"why": str(fault) or "timeout"})  # noqa: TRY400
        return False
    return True


# -- how it is asked, and how it is told ---------------------------------------------------------


def asker(session: aiohttp.ClientSession, listen: str) -> Ask:
    """Asks the program that listens there how it is."""
    address = f"http://{listen}/readyz"

    async def ask() -> str:
        try:
            async with (
                asyncio.timeout(PATIENCE),
                session.get(address, allow_redirects=False) as answer,
            ):
                vitals = await answer.json()
                # Something else that listens there is not the program.
                alive = isinstance(vitals, dict) and "ticks" in vitals
                return "" if alive and answer.status == 200 else "ill"
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return "silence"

    return ask


def by_command(command: str) -> Tell:
    """Gives the words to a command of the county's own, on its standard input."""

    async def tell(text: str) -> None:
        try:
            child = await asyncio.create_subprocess_exec(
                *shlex.split(command),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                env=environment(),
            )
        except OSError as error:
            raise NotTold(type(error).__name__) from None
        try:
            await child.communicate(f"{text}\n".encode())
        finally:
            if child.returncode is None:
                with suppress(ProcessLookupError):
                    child.kill()
        if child.returncode != 0:
            raise NotTold(f"status {child.returncode}")

    return tell


def by_telegram(session: aiohttp.ClientSession, settings: Settings) -> Tell:
    """Sends the words to the administrator's chat, past the program and its outbox."""

    async def tell(text: str) -> None:
        try:
            async with session.post(
                f"{settings.telegram_api}/bot{settings.telegram_token}/sendMessage",
                json={"chat_id": settings.alarm_chat, "text": text},
                proxy=settings.telegram_proxy,
            ) as answer:
                if answer.status != 200:
                    raise NotTold(f"status {answer.status}")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise NotTold(type(error).__name__) from None

    return tell


async def watch(settings: Settings, started: Callable[[], object] = lambda: None) -> None:
    """Look until told to stop."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        lookout = Lookout(asker(session, settings.listen), ways(session, settings))
        started()
        while not stopping.is_set():
            await lookout.look()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY):
                    await stopping.wait()


def ways(session: aiohttp.ClientSession, settings: Settings) -> Sequence[Tell]:
    """The ways to the administrator that are set."""
    found: list[Tell] = []
    if settings.alarm_command:
        found.append(by_command(settings.alarm_command))
    if settings.alarm_chat and settings.telegram_token:
        found.append(by_telegram(session, settings))
    return found


def has_ways(settings: Settings) -> bool:
    """True when there is a way to the administrator."""
    return bool(settings.alarm_command or (settings.alarm_chat and settings.telegram_token))
