"""Short messages as a channel: signed calls come in, calls go out, a number is an address."""

import hashlib
import json
import logging
import math
import re
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qsl

import aiohttp
from aiohttp import web

from bot.channels.channel import (
    Arrival,
    Delivery,
    FileGone,
    Gone,
    Intake,
    Limits,
    NotStored,
    Outgoing,
    Refused,
    Sent,
    Stored,
    TryLater,
    Unclear,
)
from bot.channels.sms.gateway import Gateway, Hear, within
from bot.channels.sms.writing import Room, written
from conversation.incoming import Left, Said
from handlers.reaching.open_ways import CHANNEL

log = logging.getLogger(__name__)

PATH: Final = "/sms"
MAX_BODY_BYTES: Final = 64 * 1024
MAX_TEXT_CHARS: Final = 4000
#: What operators know as "no more of these", in any case.
NO_MORE: Final = frozenset({"t", "td", "tdp", "退订"})
#: A gateway that does not know us, or has no money left, is asked again after so long.
UNKNOWN_TO_IT: Final = timedelta(minutes=1)
#: Cards of which it is remembered how many of their messages went out.
MANY: Final = 10_000
_NUMBER: Final = re.compile(r"\+?[0-9]{5,15}")


class SmsChannel:
    """The way to people who have a plain phone."""

    name = CHANNEL

    def __init__(
        self, gateway: Gateway, session: aiohttp.ClientSession, *, now: Callable[[], datetime]
    ) -> None:
        self._gateway = gateway
        self._session = session
        self._now = now
        self._intake: Intake | None = None
        bounds = gateway.bounds
        self._room = Room(chars=bounds.chars, parts=bounds.parts, signature=gateway.signature)
        #: By card: how many of its messages were taken, and whether the first one said that it may
        #: come again, so that none goes out twice and all are cut at the same places.
        self._taken: OrderedDict[int, tuple[int, bool]] = OrderedDict()
        self.limits = Limits(
            text=MAX_TEXT_CHARS,
            label=40,
            buttons=40,
            can_edit=False,
            per_chat=bounds.per_number,
            overall=bounds.overall,
        )

    async def start(self, intake: Intake) -> None:
        """Begin to take what the gateway brings."""
        self._intake = intake

    async def stop(self) -> None:
        """Take nothing more: the gateway brings it again."""
        self._intake = None

    def fetch(self, source: str) -> AsyncIterator[bytes]:
        """Raise FileGone: no file comes this way."""
        raise FileGone(source)

    # -- in -------------------------------------------------------------------------------------

    async def hear(self, request: web.Request) -> web.Response:
        """Answer one call: 403 to a stranger, 400 to no message, 503 until it is stored."""
        body = await _read(request)
        hear = self._gateway.hear
        if not hear.sign.knows(request.headers, body):
            return web.Response(status=403)
        arrival = self._arrival(body)
        if arrival is None:
            log.warning("unreadable short message", extra={"bytes": len(body)})
            return web.Response(status=400)
        taken = NotStored() if self._intake is None else await self._intake.take(arrival)
        if not isinstance(taken, Stored):
            seconds = str(max(1, math.ceil(taken.after.total_seconds())))
            return web.Response(status=503, headers={"Retry-After": seconds})
        return web.Response(text=hear.answer, content_type=hear.answer_type)

    def _arrival(self, body: bytes) -> Arrival | None:
        hear = self._gateway.hear
        told = _fields(hear, body)
        sender = address_of(told.get(hear.sender, ""))
        text = told.get(hear.text, "").strip()[:MAX_TEXT_CHARS]
        if not sender or not text:
            return None
        named = told.get(hear.id, "")
        if not named:
            return None
        name = hashlib.sha256(f"{sender}\n{named}".encode()).hexdigest()
        is_over = text.casefold() in NO_MORE
        return Arrival(
            channel=self.name,
            key=f"{self.name}:{name}",
            address=sender,
            incoming=Left(gone=True) if is_over else Said(text=text),
            at=self._now(),
            hears_news=not is_over,
            raw=body,
        )

    # -- out ------------------------------------------------------------------------------------

    async def send(self, outgoing: Outgoing) -> Delivery:
        """The card's messages, one after the other; one that was taken does not go out again."""
        begun, marked = self._taken.get(outgoing.id, (0, False))
        marked = marked if begun else outgoing.perhaps_again
        parts = written(outgoing.card, self._room, perhaps_again=marked)
        became: Delivery = Sent(external_id=str(outgoing.id))
        for at, text in enumerate(parts[begun:], begun):
            became = await self._call(outgoing.address, text, f"{outgoing.id}-{at + 1}")
            if not isinstance(became, Sent):
                self._remember(outgoing.id, (at, marked))
                return became
        self._taken.pop(outgoing.id, None)
        return became

    def _remember(self, card: int, taken: tuple[int, bool]) -> None:
        self._taken[card] = taken
        while len(self._taken) > MANY:
            self._taken.popitem(last=False)

    async def _call(self, address: str, text: str, own_id: str) -> Delivery:
        send = self._gateway.send
        fields = {**send.fields, send.to: address, send.text: text}
        if send.id:
            fields[send.id] = own_id
        body: dict[str, Any] = {"json": fields} if send.body == "json" else {"data": fields}
        try:
            async with self._session.post(
                send.url,
                headers=send.headers,
                timeout=aiohttp.ClientTimeout(total=send.seconds),
                allow_redirects=False,
                **body,
            ) as answer:
                said = (await _begun(answer)).decode()
                return self._became(answer.status, answer.headers, said, own_id)
        except aiohttp.ClientConnectorError:
            return TryLater(after=timedelta(seconds=5), this_chat_only=False)
        except (aiohttp.ClientError, TimeoutError, OSError, UnicodeDecodeError):
            return Unclear()

    def _became(self, status: int, headers: Mapping[str, str], said: str, own_id: str) -> Delivery:
        if status == 429:
            return TryLater(after=_rest(headers))
        if status >= 500:
            return Unclear()
        if status >= 300:
            log.warning("the gateway does not take us", extra={"status": status})
            return TryLater(after=UNKNOWN_TO_IT, this_chat_only=False)
        return self._told(said, own_id)

    def _told(self, said: str, own_id: str) -> Delivery:
        """What an answer means that came whole."""
        answer = self._gateway.send.answer
        if not answer.code:
            return Sent(external_id=own_id)
        try:
            told = json.loads(said)
        except ValueError:
            return Unclear()
        code = within(told, answer.code)
        if code in answer.took:
            return Sent(external_id=within(told, answer.id) if answer.id else own_id)
        if code in answer.gone:
            return Gone()
        if code in answer.refused:
            return Refused(code=f"sms-{code}")
        # No money, a wrong key, a busy hour: it surely did not go out, and may later.
        log.warning("the gateway refuses", extra={"code": code[:20]})
        return TryLater(after=UNKNOWN_TO_IT, this_chat_only=False)


async def _begun(answer: aiohttp.ClientResponse) -> bytes:
    """What an answer says, as far as it is read; too long is no JSON any more, and unclear."""
    said = bytearray()
    async for piece in answer.content.iter_any():
        said += piece
        if len(said) > MAX_BODY_BYTES:
            break
    return bytes(said[:MAX_BODY_BYTES])


def address_of(sender: str) -> str:
    """A number as we keep it, without the country's own prefix; "" for none."""
    digits = re.sub(r"[\s-]", "", sender)
    if not _NUMBER.fullmatch(digits):
        return ""
    for prefix in ("+86", "0086", "86"):
        if digits.startswith(prefix) and len(digits) == len(prefix) + 11:
            return digits.removeprefix(prefix)
    return digits


def _fields(hear: Hear, body: bytes) -> dict[str, str]:
    """Its fields as text; none of what is not as the table says."""
    try:
        told = body.decode()
        if hear.body == "form":
            found = dict(parse_qsl(told, keep_blank_values=True, max_num_fields=50))
        else:
            read = json.loads(told)
            found = {name: within(read, name) for name in (hear.sender, hear.text, hear.id)}
    except (ValueError, RecursionError):
        return {}
    # Half of a character pair cannot be stored as UTF-8, and PostgreSQL has no place for NUL.
    return {
        name: value.encode("utf-8", "replace").decode().replace("\0", "")
        for name, value in found.items()
    }


def _rest(headers: Mapping[str, str]) -> timedelta:
    given = headers.get("Retry-After", "")
    return timedelta(seconds=min(int(given), 600)) if given.isdecimal() else UNKNOWN_TO_IT


async def _read(request: web.Request) -> bytes:
    """The body, or as much of it as shows that it is too large: no signature fits it then."""
    body = b""
    while len(body) <= MAX_BODY_BYTES and not request.content.at_eof():
        body += await request.content.readany()
    return body[:MAX_BODY_BYTES]
