"""The protocol that every channel keeps: what it hears are Arrivals, what it sends Outgoings."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

from conversation.cards import Card
from conversation.incoming import Incoming


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a channel can show. Lengths are counted in ``unit``."""

    text: int
    #: Characters of a button's label.
    label: int
    buttons: int
    #: "utf16" counts UTF-16 code units (Telegram), "chars" counts code points.
    unit: str = "chars"
    can_edit: bool = True
    #: Messages a second to one chat, and in all; 0 means no limit.
    per_chat: float = 0
    overall: float = 0
    #: Bytes of a file that can be fetched.
    file: int = 20_000_000
    #: True when a card's document is sent with it; else the channel shows where to fetch it.
    carries_files: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One thing that a channel heard, not yet stored."""

    channel: str
    #: Names the cause for ever: channel, update id and a semantic key (update ids restart).
    key: str = field(repr=False)
    #: Who, in the channel's own terms (a chat id, a session).
    address: str = field(repr=False)
    incoming: Incoming
    #: When it happened, by the channel's own account.
    at: datetime
    #: The channel's id of the message that this one replies to or presses on.
    replies_to: str | None = None
    #: The channel's id of the message itself, where it can be removed again.
    message: str | None = None
    #: The token on the buttons of that message, where the channel shows it: it is known even when
    #: the channel's answer to our sending was lost, and with it the message's id.
    replied_token: str | None = field(default=None, repr=False)
    #: False where somebody sits for a while only: they are answered there, news go elsewhere.
    hears_news: bool = True
    #: True where whoever sits there said a code of their authenticator app a moment ago.
    is_proven: bool = False
    #: The network that it came from, where that is known: what many send from there waits there.
    network: str = field(default="", repr=False)
    #: As it came, for a poison drawer.
    raw: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """The arrival is durable and had its one effect; a doubled one too."""

    #: A short line shown on the pressed button, where a channel can.
    toast: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotStored:
    """Nothing was kept: the channel must bring it again."""

    after: timedelta = timedelta(seconds=2)


Taken: TypeAlias = Stored | NotStored


class Intake(Protocol):
    """Where a channel brings what it heard."""

    async def take(self, arrival: Arrival) -> Taken:
        """Return after the commit. Only a ``Stored`` may be confirmed to the channel."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One card on its way to one address."""

    id: int
    address: str = field(repr=False)
    card: Card
    #: The card's token; buttons are ``token`` + position.
    token: str = field(default="", repr=False)
    #: The channel's id of an earlier message of ours that this one takes the place of.
    replaces: str | None = None
    #: Sent without sound.
    quiet: bool = False
    #: An earlier attempt may have arrived.
    perhaps_again: bool = False
    #: Somebody wants to know whether it was shown, where the channel can tell.
    asks: bool = False
    #: The bytes of the card's document, for a channel that carries files.
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The channel took it and calls it ``external_id``."""

    external_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TryLater:
    """It surely did not arrive; try again after this long."""

    after: timedelta
    #: True when only this chat must wait (429 of one chat).
    this_chat_only: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """It may have arrived: the answer was lost."""

    after: timedelta = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Gone:
    """This address will not hear us again (blocked, deleted)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The channel will never take this message; ``code`` says why, without private words."""

    code: str


Delivery: TypeAlias = Sent | TryLater | Unclear | Gone | Refused


class Channel(Protocol):
    """A way to people."""

    @property
    def name(self) -> str:
        """The name kept in the store: "telegram", "web", "terminal"."""
        ...

    @property
    def limits(self) -> Limits:
        """What it can show."""
        ...

    async def send(self, outgoing: Outgoing) -> Delivery:
        """Bring one card; never raises for what the world does."""
        ...

    def fetch(self, source: str) -> AsyncIterator[bytes]:
        """The bytes of a file that was sent; raises FileGone, FileTooLarge or OSError."""
        ...

    async def start(self, intake: Intake) -> None:
        """Begin to listen."""
        ...

    async def stop(self) -> None:
        """Stop listening; what was taken is finished, what was not is not confirmed."""
        ...


class FileGone(Exception):
    """The channel no longer has the file."""


class FileTooLarge(Exception):
    """The file is larger than the channel lets a bot fetch."""
