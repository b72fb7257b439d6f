"""What reaches us: one closed family, whatever channel it came by."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

FileKind: TypeAlias = Literal["photo", "voice", "video", "document"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A person wrote (or dictated) something."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A person tapped a button: the card's token and the button's place on it, counted from 0."""

    token: str = field(repr=False)
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A person chose, on a page of ours, what a button would do; the page had it sealed by us."""

    verb: str
    arg: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentFile:
    """A person sent a photo, a voice message, a video or a document."""

    kind: FileKind
    #: Where the channel keeps it: what ``Channel.fetch`` takes.
    source: str = field(repr=False)
    name: str = field(default="", repr=False)
    mime: str = ""
    #: Bytes, as the channel declares them; 0 when it does not say.
    size: int = 0
    caption: str = field(default="", repr=False)
    #: Files of one album carry the same mark.
    album: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedPlace:
    """A person shared a position, in WGS-84 degrees."""

    latitude: float = field(repr=False)
    longitude: float = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """Something that no step can use (a sticker, a poll): answered kindly, kept nowhere."""

    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """The person blocked the bot or deleted the chat (``gone``), or came back."""

    gone: bool


Incoming: TypeAlias = Said | Pressed | Chosen | SentFile | SharedPlace | Unreadable | Left
