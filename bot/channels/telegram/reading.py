"""What an update says: an Arrival of one person, or something that happened elsewhere."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from telegram import (
    CallbackQuery,
    Chat,
    ChatMember,
    ChatMemberUpdated,
    Message,
    PhotoSize,
    Update,
    Voice,
)
from telegram.constants import ChatType

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """It happened in a group or a channel, where nothing may be said about children."""

    chat_id: int
    #: True when somebody has just brought us there.
    added: bool
    #: False when we are out of it already.
    inside: bool


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


def read(update: Mapping[str, Any], raw: bytes, now: datetime) -> Heard:
    """What one update says; ``now`` stands in where Telegram gives no time."""
    return _read_plainly(update, raw, now) or _read_fully(update, raw, now)


def unreadable_body(body: bytes, what: str, now: datetime) -> Arrival:
    """An Arrival that keeps bytes in which no person can be found."""
    key = f"telegram:body:{hashlib.sha256(body).hexdigest()}"
    return _arrival(key, "", Unreadable(what=what), now, raw=body)


# -- by hand: the two updates of nearly every turn ----------------------------------------------


def _read_plainly(update: Mapping[str, Any], raw: bytes, now: datetime) -> Arrival | None:
    """A plain text or press in a private chat, or None for all else.

    The library needs longer to build its objects (140 to 230 µs) than we have for the whole
    turn; the tests hold this reading to the library's.
    """
    match update:
        case {
            "update_id": int(update_id),
            "message": {
                "message_id": int(message_id),
                "date": int(date),
                "chat": {"id": int(chat), "type": "private"},
                "text": str(text),
                **rest,
            },
        } if not rest.keys() & {"reply_to_message", "edit_date"}:
            key = f"telegram:{update_id}:message:{chat}:{message_id}"
            return _arrival(key, str(chat), Said(text=text), _moment(date, now), raw=raw)
        case {
            "update_id": int(update_id),
            "callback_query": {
                "id": str(query),
                "data": str(data),
                "message": {"message_id": int(card), "chat": {"id": int(chat), "type": "private"}},
            },
        }:
            key = f"telegram:{update_id}:callback_query:{chat}:{query}"
            return _arrival(key, str(chat), _pressed(data), now, replies_to=str(card), raw=raw)
        case _:
            return None


# -- through the library: everything ------------------------------------------------------------


def _read_fully(update: Mapping[str, Any], raw: bytes, now: datetime) -> Heard:
    try:
        parsed = Update.de_json(dict(update), None)
        return _heard(parsed, raw, now)
    except Exception:  # whatever is wrong with it, it must not come again for ever
        return _salvaged(update, raw, now)


def _heard(update: Update, raw: bytes, now: datetime) -> Heard:
    if update.message:
        return _message(update, "message", update.message, raw)
    if update.edited_message:
        return _message(update, "edited_message", update.edited_message, raw)
    if update.callback_query:
        return _press(update, update.callback_query, raw, now)
    if update.my_chat_member:
        return _membership(update, update.my_chat_member, raw)
    return Nothing("unasked")


def _message(update: Update, kind: str, message: Message, raw: bytes) -> Heard:
    if message.chat.type != ChatType.PRIVATE:
        return _elsewhere(message.chat)
    key = f"telegram:{update.update_id}:{kind}:{message.chat.id}:{message.message_id}"
    if message.edit_date:
        key += f":{int(message.edit_date.timestamp())}"
    return _arrival(
        key,
        str(message.chat.id),
        _edited(message) if kind == "edited_message" else _content(message),
        message.edit_date or message.date,
        replies_to=_number(message.reply_to_message),
        raw=raw,
    )


def _press(update: Update, press: CallbackQuery, raw: bytes, now: datetime) -> Heard:
    chat = press.message.chat if press.message else None
    if chat is not None and chat.type != ChatType.PRIVATE:
        return _elsewhere(chat)
    # In a private chat the chat's number is the person's.
    address = str(press.from_user.id if chat is None else chat.id)
    key = f"telegram:{update.update_id}:callback_query:{address}:{press.id}"
    card = str(press.message.message_id) if press.message else None
    return _arrival(key, address, _pressed(press.data or ""), now, replies_to=card, raw=raw)


def _membership(update: Update, change: ChatMemberUpdated, raw: bytes) -> Heard:
    status = change.new_chat_member.status
    gone = status in (ChatMember.BANNED, ChatMember.LEFT)
    if change.chat.type != ChatType.PRIVATE:
        return Elsewhere(chat_id=change.chat.id, added=not gone, inside=not gone)
    stamp = int(change.date.timestamp())
    key = f"telegram:{update.update_id}:my_chat_member:{change.chat.id}:{stamp}"
    return _arrival(key, str(change.chat.id), Left(gone=gone), change.date, raw=raw)


def _elsewhere(chat: Chat) -> Elsewhere:
    return Elsewhere(chat_id=chat.id, added=False, inside=True)


def _salvaged(update: Mapping[str, Any], raw: bytes, now: datetime) -> Arrival:
    """An Arrival that keeps what could not be read, from whom it seems to be."""
    body = next((update[kind] for kind in WANTED if kind in update), None)
    match body:
        case {"chat": {"id": int(chat)}} | {"message": {"chat": {"id": int(chat)}}}:
            address = str(chat)
        case _:
            address = ""
    key = f"telegram:{update.get('update_id')}:{hashlib.sha256(raw).hexdigest()}"
    return _arrival(key, address, Unreadable(what="malformed"), now, raw=raw)


# -- what a person did --------------------------------------------------------------------------


def _content(message: Message) -> Incoming:
    if message.text is not None:
        return Said(text=message.text)
    # A venue carries its location beside it.
    if message.location:
        return SharedPlace(
            latitude=message.location.latitude, longitude=message.location.longitude
        )
    return _file(message) or Unreadable(what=_unusable(message))


def _edited(message: Message) -> Unreadable:
    # A position that is shared live comes as an edit every few seconds.
    return Unreadable(what="edited-place" if message.location else "edited")


def _file(message: Message) -> SentFile | None:
    if message.photo:
        return _sent(message, "photo", _largest(message.photo), mime="image/jpeg")
    if voice := message.voice or message.audio:
        return _sent(message, "voice", voice, name=_name(voice), mime=voice.mime_type or "")
    if message.video_note:
        return _sent(message, "video", message.video_note, mime="video/mp4")
    # An animation comes with a document of the same file.
    if video := message.video or message.animation:
        return _sent(message, "video", video, name=_name(video), mime=video.mime_type or "")
    if document := message.document:
        return _sent(
            message, "document", document, name=_name(document), mime=document.mime_type or ""
        )
    return None


def _sent(
    message: Message, kind: FileKind, file: Any, *, name: str = "", mime: str = ""
) -> SentFile:
    return SentFile(
        kind=kind,
        source=file.file_id,
        name=name,
        mime=mime,
        size=file.file_size or 0,
        caption=message.caption or "",
        album=message.media_group_id or "",
    )


def _largest(sizes: tuple[PhotoSize, ...]) -> PhotoSize:
    return max(sizes, key=lambda size: size.width * size.height)


def _name(file: Any) -> str:
    return "" if isinstance(file, Voice) else file.file_name or ""


def _unusable(message: Message) -> str:
    return next((what for what in _UNUSABLE if getattr(message, what, None)), "service")


def _pressed(data: str) -> Incoming:
    token, _, position = data.rpartition(".")
    if not (token and position.isascii() and position.isdecimal() and len(position) <= 3):
        return Unreadable(what="button")
    return Pressed(token=token, position=int(position))


# -- the arrival --------------------------------------------------------------------------------


def _arrival(
    key: str,
    address: str,
    incoming: Incoming,
    at: datetime,
    *,
    replies_to: str | None = None,
    raw: bytes,
) -> Arrival:
    return Arrival(
        channel="telegram",
        key=key,
        address=address,
        incoming=incoming,
        at=at,
        replies_to=replies_to,
        raw=raw,
    )


def _number(message: Message | None) -> str | None:
    return None if message is None else str(message.message_id)


def _moment(stamp: int, now: datetime) -> datetime:
    try:
        return datetime.fromtimestamp(stamp, UTC)
    except (ValueError, OverflowError, OSError):
        return now
