"""Webhook: Telegram brings each update to us, and is told 200 only after it is stored."""

import asyncio
import hashlib
import hmac
import logging
import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from aiohttp import StreamReader, web
from telegram import WebhookInfo

from bot.channels.channel import NotStored, Stored, Taken
from bot.channels.telegram.client import Client
from bot.channels.telegram.hearing import Hearing, press_answer
from bot.channels.telegram.reading import WANTED, Heard, read_body, unreadable_body

log = logging.getLogger(__name__)

SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
MAX_BODY_BYTES: Final = 256 * 1024  # Telegram itself drops what is over 64 KiB
MAX_CONNECTIONS: Final = 100
#: More than Telegram opens connections: what comes beyond them is asked to come again.
MAX_UNDER_WAY: Final = 2 * MAX_CONNECTIONS
#: Telegram drops a press that would come again after its 150 s.
LONGEST_RETRY_AFTER: Final = 5
WATCH_SECONDS: Final = 60.0
#: So long it is shown that somebody changed the webhook, or that Telegram met an error with us.
SHOWN: Final = timedelta(minutes=10)


class Webhook:
    """Keeps Telegram's deliveries coming to one address of ours, and answers them."""

    def __init__(self, client: Client, hearing: Hearing, *, url: str, secret: str) -> None:
        self._client = client
        self._hearing = hearing
        self._url = url
        self._secret = secret
        self._under_way = 0
        self._is_set = False
        self._changed_at: datetime | None = None
        self._info: WebhookInfo | None = None

    @property
    def trouble(self) -> str:
        """A code of what is wrong with the deliveries; "" when nothing is."""
        now = self._hearing.now()
        error = self._info.last_error_date if self._info else None
        if self._changed_at and now - self._changed_at < SHOWN:
            return "webhook-changed"
        if not self._is_set:
            return "webhook-not-set"
        return "delivery-errors" if error and now - error < SHOWN else ""

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one delivery: 403 to a stranger, 200 to what is stored, else 503."""
        if not _knows(request, self._secret):
            return _closing(web.Response(status=403))
        if self._under_way >= MAX_UNDER_WAY:
            return _answer(NotStored())
        self._under_way += 1
        try:
            heard = await self._heard(request.content)
            taken = await self._hearing.take(heard)
            return _answer(taken, press_answer(heard, taken))
        finally:
            self._under_way -= 1

    async def watch(self) -> None:
        """Set the webhook, and set it again whenever somebody has changed it."""
        await self._set()
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            self._info = await self._client.bot.get_webhook_info()
            if not self._is_ours(self._info):
                log.warning("the webhook was changed by somebody; it is set again")
                self._changed_at, self._is_set = self._hearing.now(), False
                await self._set()

    async def _set(self) -> None:
        await self._client.bot.set_webhook(
            self._url,
            secret_token=self._secret,
            allowed_updates=WANTED,
            max_connections=MAX_CONNECTIONS,
            drop_pending_updates=False,
        )
        self._is_set = True

    def _is_ours(self, info: WebhookInfo) -> bool:
        return (
            info.url == self._url
            and set(info.allowed_updates) == set(WANTED)
            and info.max_connections == MAX_CONNECTIONS
        )

    async def _heard(self, content: StreamReader) -> Heard:
        body = await _read(content)
        now = self._hearing.now()
        if len(body) > MAX_BODY_BYTES:
            return unreadable_body(body, "oversized", now)
        return read_body(body, now)


def derived_secret(token: str, purpose: str) -> str:
    """A secret that every process of this bot finds by itself, and nobody without its token."""
    return hmac.new(token.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def webhook_path(token: str) -> str:
    """Where Telegram brings the updates of this bot; nobody guesses it."""
    return f"/telegram/{derived_secret(token, 'webhook path')[:32]}"


def _knows(request: web.Request, secret: str) -> bool:
    given = request.headers.getall(SECRET_HEADER, [])
    return len(given) == 1 and hmac.compare_digest(
        given[0].encode(errors="surrogateescape"), secret.encode()
    )


async def _read(content: StreamReader) -> bytes:
    """The body, or as much of it as shows that it is too large; the same for the same body."""
    body = b""
    while len(body) <= MAX_BODY_BYTES and not content.at_eof():
        body += await content.readany()
    return body[: MAX_BODY_BYTES + 1]


def _answer(taken: Taken, press: Mapping[str, str] | None = None) -> web.Response:
    """The press is answered in the same breath: a call within our answer costs no request."""
    if press is not None:
        return web.json_response({"method": "answerCallbackQuery", **press})
    if isinstance(taken, Stored):
        return web.Response()
    seconds = max(1, min(LONGEST_RETRY_AFTER, math.ceil(taken.after.total_seconds())))
    return web.Response(status=503, headers={"Retry-After": str(seconds)})


def _closing(response: web.Response) -> web.Response:
    """The answer after which the connection is closed: a stranger's body is not read."""
    response.force_close()
    return response
