"""Tells other offices' programs that something happened: signed, again and again, never elsewhere.

Bodies and headers follow Standard Webhooks (standardwebhooks.com), whose libraries check them.
"""

import asyncio
import base64
import hmac
import json
import logging
import secrets
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TypeAlias

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bot.clock import Clock
from bot.intake import Intake
from bot.site.console.references import References
from handlers.systems import hooks as told
from handlers.turn import Turn
from storage.store import Store
from storage.systems.hooks import Event, Hook
from storage.work import Work

log = logging.getLogger(__name__)

PREFIX = "whsec_"
_SECRET_BYTES = 32
#: How long until it is told once more; after the last of these it is not, by itself.
AGAIN = tuple(
    timedelta(seconds=seconds) for seconds in (10, 60, 300, 1800, 7200, 21600, 43200, 86400, 86400)
)
#: Events of one look, and of one program, so that one that is slow keeps no other waiting long.
AT_ONCE, OF_ONE = 100, 8
SECONDS = 10
LEASE = timedelta(minutes=2)
#: What is given out of IPv6 to the open internet; all else is some house, or leads into IPv4.
_OPEN = ip_network("2000::/3")
#: An answer that says: do not come again.
GONE = 410


@dataclass(frozen=True, slots=True)
class Taken:
    """The program took it."""

    status: int


@dataclass(frozen=True, slots=True)
class Failed:
    """It did not; ``error`` is status, redirect, timeout, refused, address, tls or lost."""

    error: str
    status: int | None = None


Outcome: TypeAlias = Taken | Failed


def new_secret() -> str:
    """A secret by which the other side knows that it is us."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signature(secret: str, name: str, moment: int, body: str) -> str:
    """The header by which the other side knows that it is us, and when."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    digest = hmac.digest(key, f"{name}.{moment}.{body}".encode(), "sha256")
    return f"v1,{base64.b64encode(digest).decode()}"


def is_outside(address: str) -> bool:
    """True for an address of the open internet: no house of ours, no machine's own."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return is_outside(str(found.ipv4_mapped))
        if found not in _OPEN or found.sixtofour is not None or found.teredo is not None:
            return False
    return found.is_global and not found.is_multicast


def may_be_told(url: str, *, anywhere: bool) -> bool:
    """True for an https address that is not plainly a machine of ours; names are asked later."""
    try:
        read = URL(url)
        host = read.host
    except ValueError:
        return False
    if not host or read.user or read.password or read.fragment:
        return False
    if len(url) > 1000 or not url.isprintable():
        return False
    if anywhere:
        return read.scheme in ("https", "http")
    return read.scheme == "https" and (not _is_number(host) or is_outside(host))


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


class NotOutside(OSError):
    """A name that leads into some house."""


class Outside(AbstractResolver):
    """Finds the addresses of a name, and fails for one that leads anywhere inside."""

    def __init__(self) -> None:
        self._resolver = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses to which the connection is made, so that no second answer counts."""
        found = await self._resolver.resolve(host, port, family)
        if not all(is_outside(one["host"]) for one in found):
            raise NotOutside
        return found

    async def close(self) -> None:
        """Nothing is held."""
        await self._resolver.close()


class Hooks:
    """Sends what waits. ``anywhere``: also to machines of our own, for a try at home."""

    def __init__(
        self,
        *,
        store: Store,
        intake: Intake,
        references: References,
        clock: Clock,
        fails: timedelta,
        anywhere: bool = False,
        seconds: float = SECONDS,
    ) -> None:
        self._store = store
        self._intake = intake
        self._references = references
        self._clock = clock
        self._fails = fails
        self.anywhere = anywhere
        self._seconds = seconds

    async def send_due(self) -> None:
        """Tell whoever is to be told by now; each once for each time."""
        due = await self._store.read(lambda reading: reading.hooks.due(AT_ONCE))
        if not due:
            return
        async with self._session() as session:
            whose = {hook_id: asyncio.Semaphore(OF_ONE) for hook_id in {e.hook_id for e in due}}
            await asyncio.gather(
                *(self._send(session, event, whose[event.hook_id]) for event in due)
            )

    def _session(self) -> aiohttp.ClientSession:
        resolver = None if self.anywhere else Outside()
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False, limit=50),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=self._seconds),
            auto_decompress=False,
        )

    async def _send(
        self, session: aiohttp.ClientSession, event: Event, turns: asyncio.Semaphore
    ) -> None:
        async with turns:
            hook = await self._store.write(partial(_leased, event=event))
            if hook is None:
                return
            outcome = await self._post(session, hook, event)
            gave_up = await self._store.write(lambda work: self._note(work, event, outcome))
            if gave_up:
                await self._intake.run(lambda turn: _tell_keepers(turn, hook))

    async def _post(self, session: aiohttp.ClientSession, hook: Hook, event: Event) -> Outcome:
        if not may_be_told(hook.url, anywhere=self.anywhere):
            return Failed("address")
        name = self._references.name("event", event.id)
        body, moment = self._body(event), int(self._clock.now().timestamp())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "xiangban",
            "webhook-id": name,
            "webhook-timestamp": str(moment),
            "webhook-signature": signature(hook.secret, name, moment, body),
        }
        try:
            async with session.post(
                hook.url, data=body.encode(), headers=headers, allow_redirects=False
            ) as answer:
                return _outcome(answer.status)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Failed(_why(error))

    def _body(self, event: Event) -> str:
        """What happened, and to what, by the names of the interface; nothing of anybody."""
        said = {
            "type": event.kind,
            "timestamp": f"{event.at:%Y-%m-%dT%H:%M:%SZ}",
            "data": {
                "subject": event.subject,
                "id": self._references.name(event.subject, event.subject_id),
                "area": self._references.name("area", event.area_id),
            },
        }
        return json.dumps(said, separators=(",", ":"))

    def _note(self, work: Work, event: Event, outcome: Outcome) -> bool:
        """Write down what became of it; True when nobody is told there any more."""
        match outcome:
            case Taken(status=status):
                work.hooks.sent(event, status)
                return False
            case Failed(error=error, status=status):
                again = _again(event.attempts, work.now)
                work.hooks.not_sent(event, status, error, again)
                since = work.now if status == GONE else work.now - self._fails
                return work.hooks.give_up(event.hook_id, since)


def _leased(work: Work, event: Event) -> Hook | None:
    """Whom to tell, once it is ours to tell."""
    if not work.hooks.lease(event.id, work.now + LEASE):
        return None
    return work.hooks.get(event.hook_id)


def _again(attempts: int, now: datetime) -> datetime | None:
    return now + AGAIN[attempts] if attempts < len(AGAIN) else None


def _outcome(status: int) -> Outcome:
    if 200 <= status < 300:
        return Taken(status)
    return Failed("redirect" if 300 <= status < 400 else "status", status)


def _why(error: Exception) -> str:
    causes: Sequence[BaseException | None] = (error, error.__cause__, error.__context__)
    if any(isinstance(one, NotOutside | aiohttp.InvalidURL) for one in causes):
        return "address"
    match error:
        case TimeoutError():
            return "timeout"
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError() | ssl.SSLError():
            return "tls"
        case aiohttp.ClientConnectorDNSError():
            return "name"
        case aiohttp.ClientConnectorError():
            return "refused"
        case _:
            return "lost"


def _tell_keepers(turn: Turn, hook: Hook) -> None:
    told.tell_given_up(turn, hook)
