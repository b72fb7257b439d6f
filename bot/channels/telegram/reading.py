"""What an update says: an Arrival of one person, or something that happened elsewhere.

It is read by hand, only what is needed and whatever stands beside it. The library's objects take
140 to 230 µs an update, longer than the rest of a turn, and refuse a whole message for one unknown
shape in a part that nobody reads (22.8 a poll of Bot API 10.1). The tests hold this reading to it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from bot.channels.channel import Arrival
from conversation.incoming import (
    FileKind,
    Incoming,
    Left,
    Pressed,
    Said,
    SentFile,
    SharedPlace,
    Unreadable,
)

#: The kinds of update that we ask Telegram for.
WANTED: Final = ("message", "edited_message", "callback_query", "my_chat_member")

#: What a message may hold that no step can use, by Telegram's names; anything else is "service".
_UNUSABLE: Final = (
    "sticker", "contact", "poll", "dice", "game", "story", "paid_media", "invoice",
    "successful_payment", "giveaway", "gift", "pinned_message", "web_app_data",
)  # fmt: skip
#: Telegram's names of files, ours, and the type of a file that comes without one. An animation
#: brings a document of the same file with it, so it stands first.
_FILES: Final[tuple[tuple[str, FileKind, str], ...]] = (
    ("voice", "voice", ""),
    ("audio", "voice", ""),
    ("video_note", "video", "video/mp4"),
    ("video", "video", ""),
    ("animation", "video", ""),
    ("document", "document", ""),
)

#: The longest name of a type that the store keeps.
MAX_MIME: Final = 100

_Json: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """It happened in a group or a channel, where nothing may be said about children."""

    chat_id: int
    #: True when somebody has just brought us there.
    added: bool = False
    #: False when we are out of it already.
    inside: bool = True


@dataclass(frozen=True, slots=True)
class Nothing:
    """No person said or did anything to us."""

    kind: str


Heard: TypeAlias = Arrival | Elsewhere | Nothing


def read_body(body: bytes, now: datetime) -> Heard:
    """What a webhook's body says; a body that is no update is an Arrival from nobody."""
    try:
        update = json.loads(body)
    except (ValueError, RecursionError):
        update = None
    if not isinstance(update, dict):
        return unreadable_body(body, "malformed", now)
    return read(update, body, now)


def read(update: _Json, raw: bytes, now: datetime) -> Heard:
    """What one update says; ``now`` stands in where Telegram gives no time."""
    if not update.keys() & set(WANTED):
        return Nothing("unasked")
    return _read(update, raw, now) or _salvaged(update, raw, now)


def unreadable_body(body: bytes, what: str, now: datetime) -> Arrival:
    """An Arrival that keeps bytes in which no person can be found."""
    key = f"telegram:body:{hashlib.sha256(body).hexdigest()}"
    return _arrival(key, "", Unreadable(what=what), now, body)


def _read(update: _Json, raw: bytes, now: datetime) -> Heard | None:
    match update:
        case {"message": {"chat": {"type": "private"}} as message}:
            return _message(update, "message", message, _content(message), raw, now)
        case {"edited_message": {"chat": {"type": "private"}} as message}:
            return _message(update, "edited_message", message, _edited(message), raw, now)
        case {"callback_query": {"message": {"chat": {"type": "private"}}} as press}:
            return _press(update, press, raw, now)
        case {"my_chat_member": {"chat": {"type": "private"}} as change}:
            return _membership(update, change, raw, now)
        case {"my_chat_member": {"chat": {"id": int(chat)}, "new_chat_member": dict(member)}}:
            inside = not _is_gone(member)
            return Elsewhere(chat_id=chat, added=inside, inside=inside)
        case (
            {"message": {"chat": {"id": int(chat), "type": str()}}}
            | {"edited_message": {"chat": {"id": int(chat), "type": str()}}}
            | {"callback_query": {"message": {"chat": {"id": int(chat), "type": str()}}}}
        ):
            return Elsewhere(chat_id=chat)
        case {"callback_query": dict(press)}:
            return _press(update, press, raw, now)
        case _:
            return None


def _message(
    update: _Json, kind: str, message: _Json, content: Incoming, raw: bytes, now: datetime
) -> Arrival | None:
    match message:
        case {"message_id": int(number), "chat": {"id": int(chat)}, "date": int(date)}:
            edited = message.get("edit_date")
            key = f"telegram:{update.get('update_id')}:{kind}:{chat}:{number}"
            return _arrival(
                f"{key}:{edited}" if edited else key,
                str(chat),
                content,
                _moment(edited or date, now),
                raw,
                message=str(number),
                replies_to=_number(message.get("reply_to_message")),
                replied_token=_token_on(message.get("reply_to_message")),
            )
        case _:
            return None


def _press(update: _Json, press: _Json, raw: bytes, now: datetime) -> Arrival | None:
    match press:
        # In a private chat the chat's number is the person's.
        case {"id": str(query), "from": {"id": int(person)}}:
            return _arrival(
                f"telegram:{update.get('update_id')}:callback_query:{person}:{query}",
                str(person),
                _pressed(press.get("data")),
                now,
                raw,
                replies_to=_number(press.get("message")),
            )
        case _:
            return None


def _membership(update: _Json, change: _Json, raw: bytes, now: datetime) -> Arrival | None:
    match change:
        case {"chat": {"id": int(chat)}, "date": int(date), "new_chat_member": dict(member)}:
            key = f"telegram:{update.get('update_id')}:my_chat_member:{chat}:{date}"
            return _arrival(key, str(chat), Left(gone=_is_gone(member)), _moment(date, now), raw)
        case _:
            return None


def _salvaged(update: _Json, raw: bytes, now: datetime) -> Arrival:
    """An Arrival that keeps what could not be read, from whom it seems to be."""
    match next(update[kind] for kind in WANTED if kind in update):
        case {"from": {"id": int(person)}} | {"chat": {"id": int(person)}}:
            address = str(person)
        case _:
            address = ""
    key = f"telegram:{update.get('update_id')}:{hashlib.sha256(raw).hexdigest()}"
    return _arrival(key, address, Unreadable(what="malformed"), now, raw)


# -- what a person did --------------------------------------------------------------------------


def _content(message: _Json) -> Incoming:
    match message:
        case {"text": str(text)}:
            return Said(text=text)
        # A venue carries its location beside it.
        case {"location": {"latitude": lat, "longitude": lon}} if _is_on_earth(lat, lon):
            return SharedPlace(latitude=float(lat), longitude=float(lon))
        case {"photo": [_, *_] as sizes}:
            return _sent(message, "photo", max(sizes, key=_area), "image/jpeg")
        case {"contact": {"phone_number": str(phone)} as whose} if phone:
            return Said(text=_who(message, whose, phone))
        case _:
            return _file(message) or _unusable(message)


def _who(message: _Json, whose: _Json, phone: str) -> str:
    """A shared contact in words: one's own number alone, somebody else's as 李四 139…"""
    match message, whose:
        case {"from": {"id": int(sender)}}, {"user_id": int(owner)} if owner == sender:
            return phone
        case _:
            names = (_text(whose.get(part)) for part in ("last_name", "first_name"))
            return " ".join(filter(None, ("".join(names), phone)))


def _file(message: _Json) -> Incoming | None:
    found = (each for each in _FILES if each[0] in message)
    if not (known := next(found, None)):
        return None
    name, kind, mime = known
    return _sent(message, kind, message[name], mime)


def _unusable(message: _Json) -> Unreadable:
    return Unreadable(what=next((what for what in _UNUSABLE if what in message), "service"))


def _edited(message: _Json) -> Unreadable:
    # A position that is shared live comes as an edit every few seconds.
    return Unreadable(what="edited-place" if "location" in message else "edited")


def _sent(message: _Json, kind: FileKind, file: Any, mime: str) -> Incoming:
    if not (isinstance(file, dict) and isinstance(file.get("file_id"), str)):
        return Unreadable(what="malformed")
    return SentFile(
        kind=kind,
        source=file["file_id"],
        name=_text(file.get("file_name")),
        mime=_mime(file.get("mime_type")) or mime,
        size=_count(file.get("file_size")),
        caption=_text(message.get("caption")),
        album=_text(message.get("media_group_id")),
    )


def _pressed(data: object) -> Incoming:
    token, _, position = _text(data).rpartition(".")
    if not (token and position.isascii() and position.isdecimal() and len(position) <= 3):
        return Unreadable(what="button")
    return Pressed(token=token, position=int(position))


def _is_gone(member: _Json) -> bool:
    return member.get("status") in ("kicked", "left")


# -- single values ------------------------------------------------------------------------------


def _arrival(
    key: str,
    address: str,
    incoming: Incoming,
    at: datetime,
    raw: bytes,
    *,
    message: str | None = None,
    replies_to: str | None = None,
    replied_token: str | None = None,
) -> Arrival:
    return Arrival(
        channel="telegram",
        key=key,
        address=address,
        incoming=incoming,
        at=at,
        message=message,
        replies_to=replies_to,
        replied_token=replied_token,
        raw=raw,
    )


def _is_on_earth(latitude: object, longitude: object) -> bool:
    match latitude, longitude:
        case ((float() | int() as north), (float() | int() as east)):
            return abs(north) <= 90 and abs(east) <= 180
        case _:
            return False


def _area(size: object) -> int:
    match size:
        case {"width": int(width), "height": int(height)}:
            return width * height
        case _:
            return -1


def _token_on(message: object) -> str | None:
    """The token of a card of ours, by its first button."""
    match message:
        case {"reply_markup": {"inline_keyboard": [[{"callback_data": str(data)}, *_], *_]}}:
            return data.rpartition(".")[0] or None
        case _:
            return None


def _number(message: object) -> str | None:
    match message:
        case {"message_id": int(number)}:
            return str(number)
        case _:
            return None


def _moment(stamp: object, now: datetime) -> datetime:
    try:
        return datetime.fromtimestamp(stamp, UTC) if isinstance(stamp, int) else now
    except (ValueError, OverflowError, OSError):
        return now


def _mime(value: object) -> str:
    """What its sender calls it; what is too long for a name of a type is none."""
    told = _text(value)
    return told if len(told) <= MAX_MIME else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
