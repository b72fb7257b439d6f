"""The chat page's routes: who is there, what they say and give, and what they are shown."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from bot.channels.channel import FileTooLarge, NotStored, Stored
from bot.channels.webchat import (
    Drawer,
    Event,
    FileNamed,
    History,
    Page,
    Presence,
    Saying,
    Shown,
    Unusable,
    WebChannel,
    drawn,
    understand,
)
from bot.site import filetypes
from bot.site.assets import Assets
from bot.site.giving import saved
from bot.site.rates import Buckets, came_from
from bot.site.sessions import Sessions
from bot.site.words import answer
from conversation.cards import shown_name
from conversation.incoming import Left

#: Seconds of silence after which a stream says that it is still there (proxies cut at 30-60).
HEARTBEAT = 15.0
#: Seconds that a long poll is held.
POLL = 25.0
#: Seconds without a byte after which an upload is given up.
IDLE = 60.0
#: What one session may say at once: a page of ours waits for an answer before it says more.
AT_ONCE = 4
#: SQLite's and PostgreSQL's largest id.
MAX_ID = 2**63 - 1


class ChatRoutes:
    """Everything under /chat. ``recheck``: other processes send too, so look again at times."""

    def __init__(
        self,
        *,
        channel: WebChannel,
        history: History,
        drawer: Drawer,
        presence: Presence,
        sessions: Sessions,
        assets: Assets,
        bounds: "Bounds",
        heartbeat: float = HEARTBEAT,
        recheck: bool = False,
    ) -> None:
        self._bounds = bounds
        self._channel = channel
        self._history = history
        self._drawer = drawer
        self._presence = presence
        self._sessions = sessions
        self._assets = assets
        self._heartbeat = heartbeat
        self._recheck = recheck
        self._in_hand: Counter[str] = Counter()

    def routes(self) -> list[web.RouteDef]:
        """The routes, for the site."""
        return [
            web.get("/chat", self.page),
            web.post("/chat/session", self.session),
            web.post("/chat/say", self.say),
            web.post("/chat/files", self.files),
            web.post("/chat/shown", self.shown),
            web.get("/chat/cards/{card}/document", self.document),
            web.get("/chat/events", self.events),
            web.post("/chat/forget", self.forget),
        ]

    async def page(self, request: web.Request) -> web.StreamResponse:
        """The page itself: the same for everybody, as nobody is known yet when it opens."""
        acting = self._sessions.acting(request)
        people = self._sessions.people
        if people and acting is None:
            raise web.HTTPFound(f"/chat?as={people[0].key}")
        return self._assets.page(people, acting.key if acting else "").response(request)

    async def session(self, request: web.Request) -> web.Response:
        """Who the browser is. Only a page of ours may begin a session.

        A GET must not: a link from elsewhere comes without the strict cookie and would lose it.
        """
        response = web.json_response()
        address = self._sessions.greet(request, response)
        response.text = json.dumps({"me": address[:12]})
        return response

    async def say(self, request: web.Request) -> web.Response:
        """200 once it is stored, 503 while it is not."""
        address = self._known(request)
        network = self._bounds.say(request, address)
        raw = await request.read()
        saying = await self._understood(raw, address)
        if self._in_hand[address] >= AT_ONCE:
            return refusal(503, "later", {"Retry-After": "1"})
        self._in_hand[address] += 1
        try:
            taken = await self._channel.take(saying, address, raw, network or "")
        finally:
            self._in_hand[address] -= 1
            if not self._in_hand[address]:
                del self._in_hand[address]
        match taken:
            case Stored(toast=toast):
                return web.json_response({"toast": toast})
            case NotStored(after=after):
                return refusal(503, "later", {"Retry-After": f"{after.total_seconds():.0f}"})

    async def files(self, request: web.Request) -> web.Response:
        """Store a file as it comes and name it; what it is about is said afterwards."""
        address = self._known(request)
        if (request.content_length or 0) > self._channel.limits.file:
            raise Refusal(413, "too-big")
        self._bounds.give(request, address, request.content_length or self._channel.limits.file)
        name = file_name(request.headers.get("X-Name", ""))
        head, rest = await _head_and_rest(_limited(request, self._channel.limits.file))
        found = filetypes.recognise(head, name, request.content_type)
        if not head:
            raise Refusal(400, "empty-file")
        if found is None:
            raise Refusal(415, "file-type")
        try:
            file = await self._drawer.keep(address, name, found.mime, found.kind, rest)
        except FileTooLarge:
            raise Refusal(413, "too-big") from None
        except TimeoutError:
            raise Refusal(408, "too-slow") from None
        return web.json_response({"file": file, "kind": found.kind})

    async def document(self, request: web.Request) -> web.Response:
        """The file that was sent with a card, for the session that it was sent to."""
        address = self._known(request)
        card = request.match_info["card"]
        sent = await self._drawer.sent(address, int(card)) if _CARD.fullmatch(card) else None
        if sent is None:
            raise Refusal(404, "document-gone")
        return saved(sent.content, name=sent.name, mime=sent.mime)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """What was missed, then what comes: as a stream, or one batch at a time."""
        address = self._known(request)
        last = last_id(request)
        if "text/event-stream" in request.headers.get("Accept", ""):
            return await self._stream(request, address, last)
        return await self._poll(address, last, came_from(request))

    async def shown(self, request: web.Request) -> web.Response:
        """The page shows these cards to whoever looks at it now."""
        address = self._known(request)
        if not await self._presence.shown_to(address, _cards(await request.read())):
            return refusal(503, "later", {"Retry-After": "2"})
        return web.json_response({})

    async def forget(self, request: web.Request) -> web.Response:
        """End the session: what is sent to it from now on must find its person elsewhere."""
        address = self._known(request)
        if self._sessions.acting(request):
            return web.json_response({})
        left = Saying(client_id="left", incoming=Left(gone=True))
        if isinstance(await self._channel.take(left, address), NotStored):
            return refusal(503, "later", {"Retry-After": "2"})
        self._channel.turn_away(address)
        response = web.json_response({})
        self._sessions.end(response)
        return response

    def _known(self, request: web.Request) -> str:
        address = self._sessions.address(request)
        if address is None:
            raise Refusal(401, "no-session")
        return address

    async def _understood(self, raw: bytes, address: str) -> Saying:
        try:
            said = understand(json.loads(raw))
        except (Unusable, ValueError, RecursionError):
            raise Refusal(400, "unusable") from None
        if isinstance(said, Saying):
            return said
        return await self._found(said, address)

    async def _found(self, said: FileNamed, address: str) -> Saying:
        kept = await self._drawer.find(address, said.file)
        if kept is None:
            raise Refusal(400, "no-file")
        return said.found(kept)

    # -- events -------------------------------------------------------------------------------

    async def _make_room(self, network: str | None) -> None:
        """Of too many open pages one of nobody's goes; whoever holds a post keeps theirs."""
        while crowd := self._channel.crowd.too_many(network):
            kept = await self._presence.with_posts([page.address for page in crowd])
            goes = next((page for page in crowd if page.address not in kept), None)
            if goes is None:
                return
            self._channel.push_out(goes)

    async def _stream(self, request: web.Request, address: str, last: int) -> web.StreamResponse:
        network = came_from(request)
        await self._make_room(network)
        with self._channel.listen(address, self._sessions.others(address), network) as page:
            await self._presence.is_open(page.addresses())
            missed = await self._history.after(address, last, in_hand=True)
            response = web.StreamResponse(headers=_STREAM)
            await response.prepare(request)
            # A page that went away is no fault; it comes back and resumes.
            with suppress(ConnectionError):
                await response.write(framed(missed))
                await self._feed(response, page, _Seen(last=last, events=missed))
        return response

    async def _feed(self, response: web.StreamResponse, page: Page, seen: "_Seen") -> None:
        while True:
            try:
                event = await asyncio.wait_for(page.next(), self._heartbeat)
            except TimeoutError:
                await self._presence.is_open(page.addresses())
                await response.write(await self._heartbeat_of(page.address, seen))
                continue
            if event is None:
                return
            if news := seen.new([event]):
                await response.write(framed(news))

    async def _heartbeat_of(self, address: str, seen: "_Seen") -> bytes:
        """A sign of life, or what another process sent meanwhile."""
        if not self._recheck:
            return _BEAT
        news = seen.new(await self._history.after(address, seen.last, in_hand=True))
        return framed(news) if news else _BEAT

    async def _poll(self, address: str, last: int, network: str | None) -> web.Response:
        await self._make_room(network)
        with self._channel.listen(address, self._sessions.others(address), network) as page:
            await self._presence.is_open(page.addresses())
            news: Sequence[Event] = await self._history.after(address, last)
            if not news and last:
                news = await self._next(page, last)
        return web.json_response(_drawing(news), dumps=_json)

    async def _next(self, page: Page, last: int) -> Sequence[Event]:
        """What comes, behind what was on its way when the page asked."""
        event = None
        with suppress(TimeoutError):
            event = await asyncio.wait_for(page.next(), POLL)
        found = await self._history.after(page.address, last)
        if event is None or (isinstance(event, Shown) and event.id in {one.id for one in found}):
            return found
        return [*found, event]


#: A number that the store can look for.
_CARD = re.compile(r"[0-9]{1,18}")


#: Cards that a page names in one go.
_MANY = 100


def _cards(raw: bytes) -> list[int]:
    """The cards that a page names; raises Refusal for what no page of ours says."""
    try:
        named = json.loads(raw)["cards"]
    except (ValueError, RecursionError, KeyError, TypeError):
        raise Refusal(400, "unusable") from None
    if not isinstance(named, list) or len(named) > _MANY:
        raise Refusal(400, "unusable")
    if not all(isinstance(one, str) and _CARD.fullmatch(one) for one in named):
        raise Refusal(400, "unusable")
    return [int(one) for one in named]


class _Seen:
    """What one stream has shown, so that history and hub together show each card once."""

    def __init__(self, *, last: int, events: Sequence[Shown]) -> None:
        self.last = last
        self._ids: set[int] = set()
        self.new(events)

    def new(self, events: Sequence[Event]) -> Sequence[Event]:
        """Those that were not shown yet; from now on they were."""
        fresh = [e for e in events if not (isinstance(e, Shown) and e.id in self._ids)]
        for event in fresh:
            if isinstance(event, Shown):
                self._ids.add(event.id)
                self.last = event.id
        return fresh


_STREAM = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "X-Accel-Buffering": "no",  # nginx would otherwise hold events back
}


#: An event and not a comment, so that the page notices when a line has died without a word.
_BEAT = b"event: beat\ndata: 1\n\n"


def framed(events: Sequence[Event]) -> bytes:
    """Cards as they go over the line to a page."""
    ids = [each.id for each in events if isinstance(each, Shown)]
    name = f"id: {ids[-1]}\n" if ids else ""
    return f"{name}data: {_json(_drawing(events))}\n\n".encode()


def _drawing(events: Sequence[Event]) -> dict[str, Any]:
    return {"events": [drawn(each) for each in events]}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def last_id(request: web.Request) -> int:
    """The last card that the page has: the browser's own header, or ``after``."""
    told = request.headers.get("Last-Event-ID") or request.query.get("after", "")
    number = int(told) if told.isascii() and told.isdigit() and len(told) <= 19 else 0
    return number if number <= MAX_ID else 0


# -- files ------------------------------------------------------------------------------------


def file_name(header: str) -> str:
    """A name to show to people: no path, no control or direction marks, not too long."""
    return shown_name(unquote(header))


async def _limited(request: web.Request, most: int) -> AsyncIterator[bytes]:
    """The body as it comes; raises FileTooLarge, or TimeoutError when nothing comes any more."""
    seen = 0
    while chunk := await asyncio.wait_for(request.content.readany(), IDLE):
        seen += len(chunk)
        if seen > most:
            raise FileTooLarge
        yield chunk


async def _head_and_rest(chunks: AsyncIterator[bytes]) -> tuple[bytes, AsyncIterator[bytes]]:
    head = b""
    async for chunk in chunks:
        head += chunk
        if len(head) >= filetypes.HEAD_BYTES:
            break

    async def everything() -> AsyncIterator[bytes]:
        if head:
            yield head
        async for chunk in chunks:
            yield chunk

    return head, everything()


# -- answers ----------------------------------------------------------------------------------


class Refusal(Exception):
    """A request that is answered with a sentence; ``wait`` are the seconds until it may come."""

    def __init__(self, status: int, code: str, wait: int = 0) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.headers = {"Retry-After": str(wait)} if wait else {}


@dataclass(slots=True)
class Bounds:
    """How much a session, and all sessions of one network address, may bring in a while.

    What is too much is not refused: the page keeps it and brings it again by itself.
    """

    limits: Callable[[], Mapping[str, int]]
    now: Callable[[], datetime]
    _said: Buckets = field(init=False)
    _given: Buckets = field(init=False)

    def __post_init__(self) -> None:
        self._said, self._given = Buckets(self.now), Buckets(self.now)

    def say(self, request: web.Request, session: str) -> str | None:
        """One message more: the network that it comes from, if that is known; raises Refusal."""
        network = came_from(request)
        for who, name in _who(network, session):
            if wait := self._said.take(who, self.limits()[f"chat_per_minute_{name}"]):
                raise Refusal(429, "slower", wait)
        return network

    def give(self, request: web.Request, session: str, size: int) -> None:
        """A file more; raises Refusal."""
        for who, name in _who(came_from(request), session):
            hour = self.limits()[f"chat_file_bytes_{name}"]
            if wait := self._given.take(who, hour / 60, size, hour):
                raise Refusal(429, "fewer-files", wait)


def _who(network: str | None, session: str) -> Iterator[tuple[str, str]]:
    """The session, and where it comes from if that is known."""
    yield session, "session"
    if network is not None:
        yield network, "network"


def refusal(status: int, code: str, headers: dict[str, str] | None = None) -> web.Response:
    """The sentence, as the page reads it."""
    body = {"code": code, "say": answer(code)}
    return web.json_response(body, status=status, headers=headers)
