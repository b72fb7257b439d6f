"""The chat page's channel: people are browser sessions, cards are events of a stream."""

import hashlib
import re
import secrets
from asyncio import Queue, QueueFull
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias, assert_never

from bot.channels.channel import (
    Arrival,
    FileGone,
    Intake,
    Limits,
    NotStored,
    Outgoing,
    Sent,
    Taken,
)
from bot.channels.crowd import Crowd
from conversation.cards import Card, Document
from conversation.elders import is_large
from conversation.incoming import FileKind, Incoming, Pressed, Said, SentFile, SharedPlace

#: What a page that has nothing to show says by itself, to be greeted.
HELLO = "/start"
MAX_TEXT_CHARS = 4000
#: A phone that was offline may bring what was said this long ago under its own time.
OLDEST = timedelta(days=7)
#: Cards that wait for one slow page; a page further behind is hung up on and resumes by itself.
BACKLOG = 100
#: Open pages of one session; one more closes the oldest.
PAGES = 6


# -- what the app brings ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A card as it stands on somebody's page."""

    id: int
    card: Card
    token: str = field(default="", repr=False)
    #: Id of the earlier card whose place it takes.
    replaces: str | None = None
    #: False once its buttons do nothing any more: the page folds them away.
    current: bool = True
    at: datetime
    #: The page says when it shows it.
    asks: bool = False


class History(Protocol):
    """What was sent to a session before, for a page that opens or comes back."""

    async def after(self, address: str, last_id: int, *, in_hand: bool = False) -> Sequence[Shown]:
        """What was sent after ``last_id`` was sent (0: the last fifty or so), in order of sending.

        A reminder may have been put before and sent after ``last_id``, so ids alone do not order.
        Bringing a card twice is harmless (the page knows its id), leaving one out is not: with
        ``in_hand`` also what is on its way, or sent and not written down yet.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A file that a session gave us."""

    name: str = field(repr=False)
    mime: str
    kind: FileKind
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A file that we sent to a session."""

    name: str = field(repr=False)
    mime: str
    content: bytes = field(repr=False)


class Presence(Protocol):
    """Who has a page open, and what it showed."""

    async def is_open(self, addresses: Sequence[str]) -> None:
        """These sessions are looked at; said again and again while they are."""
        ...

    async def shown_to(self, address: str, cards: Sequence[int]) -> bool:
        """The page of a session shows these cards; False while that cannot be kept."""
        ...

    async def with_posts(self, addresses: Sequence[str]) -> frozenset[str]:
        """The sessions of those who hold a post."""
        ...


class Drawer(Protocol):
    """Where the files of the page are stored: theirs before anything is said of them, and ours."""

    async def keep(
        self, address: str, name: str, mime: str, kind: FileKind, chunks: AsyncIterator[bytes]
    ) -> str:
        """Store the file and return its id. When ``chunks`` raises, nothing is kept."""
        ...

    async def find(self, address: str, file: str) -> Kept | None:
        """The file, if this very session gave it."""
        ...

    async def sent(self, address: str, card: int) -> Given | None:
        """The file that went with a card to this very session, while we still keep it."""
        ...


# -- the channel ------------------------------------------------------------------------------


class WebChannel:
    """The way to people who sit at the chat page."""

    name = "web"
    limits = Limits(text=MAX_TEXT_CHARS, label=60, buttons=60)

    def __init__(self, *, now: Callable[[], datetime]) -> None:
        self._now = now
        self._intake: Intake | None = None
        self._pages: dict[str, list[Page]] = {}
        self.crowd: Crowd[Page] = Crowd()

    async def start(self, intake: Intake) -> None:
        """Begin to take what pages say; the site brings it."""
        self._intake = intake

    async def stop(self) -> None:
        """Take nothing more and let every open page come back later."""
        self._intake = None
        self.hang_up()

    async def send(self, outgoing: Outgoing) -> Sent:
        """Show the card on the session's open pages; a page that comes later asks the history."""
        shown = Shown(
            id=outgoing.id,
            card=outgoing.card,
            token=outgoing.token,
            replaces=outgoing.replaces,
            at=self._now(),
            asks=outgoing.asks,
        )
        for page in self._pages.get(outgoing.address, ()):
            page.offer(outgoing.address, shown)
        return Sent(external_id=str(outgoing.id))

    def fetch(self, source: str) -> AsyncIterator[bytes]:
        """Raise FileGone: ``source`` is a drawer's id, so the file is in the store already."""
        raise FileGone(source)

    async def take(
        self, saying: "Saying", address: str, raw: bytes = b"", network: str = ""
    ) -> Taken:
        """Bring what a page said; returns after the commit."""
        if self._intake is None:
            return NotStored()
        for page in self._pages.get(address, ()):
            self.crowd.heard(page, page.network)
        now = self._now()
        return await self._intake.take(
            Arrival(
                channel=self.name,
                key=f"web:{address}:{saying.client_id}",
                address=address,
                incoming=saying.incoming,
                at=moment(saying.ago, now),
                replies_to=saying.replies_to,
                network=network,
                raw=raw,
            )
        )

    @contextmanager
    def listen(
        self, address: str, watched: Mapping[str, str] | None = None, network: str | None = None
    ) -> Iterator["Page"]:
        """An open page: it gets the session's cards, and hears which watched others got one."""
        page = Page(address=address, watched=watched or {}, network=network)
        self.crowd.add(page, network)
        for each in page.addresses():
            self._pages.setdefault(each, []).append(page)
        self._close_oldest(address)
        try:
            yield page
        finally:
            self._forget(page)

    def hang_up(self) -> None:
        """Close every open page's stream."""
        for page in {id(page): page for pages in self._pages.values() for page in pages}.values():
            page.close()

    def turn_away(self, address: str) -> None:
        """Close the pages of a session that has ended."""
        for page in [*self._pages.get(address, ())]:
            if page.address == address:
                page.close()

    def open_pages(self) -> int:
        """How many streams are open."""
        return len({id(page) for pages in self._pages.values() for page in pages})

    def _close_oldest(self, address: str) -> None:
        own = [page for page in self._pages[address] if page.address == address]
        for page in own[:-PAGES]:
            page.close()

    def push_out(self, page: "Page") -> None:
        """Close a page, for one that has just come."""
        page.close()
        self.crowd.drop(page, page.network)

    def _forget(self, page: "Page") -> None:
        self.crowd.drop(page, page.network)
        for each in page.addresses():
            self._pages[each].remove(page)
            if not self._pages[each]:
                del self._pages[each]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A watched session (named by its key) got a card."""

    key: str


Event: TypeAlias = Shown | Waiting


@dataclass(slots=True, kw_only=True, eq=False)
class Page:
    """One open stream. After ``close`` it still gives what it holds, then None."""

    address: str = field(repr=False)
    watched: Mapping[str, str] = field(repr=False)
    #: Where it comes from, if that is known.
    network: str | None = field(default=None, repr=False)
    _events: "Queue[Event | None]" = field(default_factory=lambda: Queue(BACKLOG), repr=False)
    _closed: bool = False

    def addresses(self) -> tuple[str, ...]:
        """Every session that this page hears about."""
        return (self.address, *(each for each in self.watched if each != self.address))

    def offer(self, address: str, shown: Shown) -> None:
        """Put one card; a page that is too far behind is closed and will resume."""
        if self._closed:
            return
        try:
            self._events.put_nowait(
                shown if address == self.address else Waiting(self.watched[address])
            )
        except QueueFull:
            self.close()

    def close(self) -> None:
        """End the stream."""
        self._closed = True
        if not self._events.full():
            self._events.put_nowait(None)

    async def next(self) -> Event | None:
        """The next event, or None when the stream has ended."""
        if self._closed and self._events.empty():
            return None
        return await self._events.get()


# -- sessions ---------------------------------------------------------------------------------


def new_session() -> str:
    """A fresh secret of 256 bits: who knows it is that person."""
    return secrets.token_urlsafe(32)


def address_of(session: str) -> str:
    """The address that the store knows a session by; the secret itself is kept nowhere."""
    return hashlib.sha256(session.encode()).hexdigest()


# -- what a page says -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """One thing said on the page, and the page's own name for it."""

    client_id: str
    incoming: Incoming
    ago: timedelta = timedelta()
    replies_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileNamed:
    """The page speaks of a file that it gave before."""

    client_id: str
    file: str
    ago: timedelta = timedelta()
    replies_to: str | None = None

    def found(self, kept: Kept) -> Saying:
        """What was said, now that the drawer has told what the file is."""
        return Saying(
            client_id=self.client_id,
            incoming=SentFile(
                kind=kept.kind,
                source=self.file,
                name=kept.name,
                mime=kept.mime,
                size=kept.size,
            ),
            ago=self.ago,
            replies_to=self.replies_to,
        )


class Unusable(ValueError):
    """The page said something that no page of ours says."""


def understand(said: object) -> Saying | FileNamed:
    """What a page's JSON means; raises Unusable."""
    if not isinstance(said, dict):
        raise Unusable("not an object")
    client_id = _matching(said, "client_id", _CLIENT_ID)
    ago = _span(said.get("ago"))
    replies_to = _matching(said, "on", _CARD) if said.get("on") is not None else None
    if said.get("kind") == "file":
        file = _matching(said, "file", _FILE)
        return FileNamed(client_id=client_id, file=file, ago=ago, replies_to=replies_to)
    return Saying(client_id=client_id, incoming=_incoming(said), ago=ago, replies_to=replies_to)


def moment(ago: timedelta, now: datetime) -> datetime:
    """When it was said, where that can be true, else now.

    The page tells how long ago it was: old phones' clocks are wrong, but they go.
    """
    return now - ago if timedelta() <= ago <= OLDEST else now


_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CARD = re.compile(r"[0-9]{1,19}")
_FILE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MAX_POSITION = 200


def _incoming(said: dict[str, object]) -> Incoming:
    match said.get("kind"):
        case "text":
            return Said(text=_text(said.get("text")))
        case "press":
            position = int(_number(said, "position", 0, _MAX_POSITION))
            return Pressed(token=_matching(said, "token", _TOKEN), position=position)
        case "place":
            return SharedPlace(
                latitude=_number(said, "latitude", -90, 90),
                longitude=_number(said, "longitude", -180, 180),
            )
        case "hello":
            return Said(text=HELLO)
        case _:
            raise Unusable("kind")


def _text(text: object) -> str:
    if not isinstance(text, str) or not text.strip() or len(text) > MAX_TEXT_CHARS:
        raise Unusable("text")
    # Half of a character pair cannot be stored as UTF-8, and PostgreSQL has no place for NUL.
    return text.encode("utf-8", "replace").decode().replace("\0", "")


def _matching(said: dict[str, object], key: str, pattern: re.Pattern[str]) -> str:
    value = said.get(key)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise Unusable(key)
    return value


def _number(said: dict[str, object], key: str, least: float, most: float) -> float:
    value = said.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise Unusable(key)
    return value


def _span(milliseconds: object) -> timedelta:
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float):
        return timedelta()
    try:
        return timedelta(milliseconds=milliseconds)
    except (OverflowError, ValueError):
        return timedelta()


# -- what a page is shown ---------------------------------------------------------------------


def drawn(event: Event) -> dict[str, object]:
    """The event as the page's JSON. Ids are strings: JavaScript's numbers end at 2**53."""
    match event:
        case Shown():
            return _drawn_card(event)
        case Waiting(key):
            return {"waiting": key}
        case _ as never:
            assert_never(never)


def _drawn_card(shown: Shown) -> dict[str, object]:
    card = shown.card
    drawing: dict[str, object] = {
        "id": str(shown.id),
        "at": int(shown.at.timestamp() * 1000),
        "text": card.text,
        "token": shown.token,
        "rows": [[_drawn_button(b.label, b.style) for b in row] for row in card.rows],
    }
    extras: dict[str, object] = {
        "calls": list(card.calls),
        "place": card.wants_place,
        "replaces": shown.replaces,
        "document": _drawn_document(card.document) if card.document else None,
        "old": not shown.current,
        "wipes": bool(card.wipes),
        "asks": shown.asks,
        "large": is_large(card),
    }
    return drawing | {key: value for key, value in extras.items() if value}


def _drawn_document(document: Document) -> dict[str, object]:
    return {"name": document.name, "size": document.size}


def _drawn_button(label: str, style: str) -> dict[str, str]:
    return {"label": label, "style": style} if style else {"label": label}
