"""A card as Telegram's parameters, and Telegram's answer as a Delivery. Pure."""

import re
from datetime import timedelta
from itertools import count
from typing import Any, Final, assert_never

from bot.channels.channel import (
    Delivery,
    Gone,
    Limits,
    Outgoing,
    Refused,
    Sent,
    TryLater,
    Unclear,
)
from bot.channels.fitting import length, trim
from bot.channels.telegram.client import Answer, Declined, Done, Lost, Unreached
from bot.channels.telegram.words import Words
from conversation.cards import Button, Card

LIMITS: Final = Limits(
    text=4096,  # core.telegram.org/bots/api#sendmessage, counted in UTF-16 code units
    label=64,  # not documented; longer ones are cut by every client
    buttons=100,
    unit="utf16",
    per_chat=1,  # core.telegram.org/bots/faq: one message a second to one chat, 30 in all
    overall=25,
    file=20_000_000,  # core.telegram.org/bots/api#getfile
    carries_files=True,
)
#: core.telegram.org/bots/api#senddocument
MAX_CAPTION: Final = 1024
MAX_UPLOAD: Final = 50_000_000
#: core.telegram.org/bots/api#deletemessages
MAX_REMOVED: Final = 100
#: UTF-16 units of labels that a narrow phone shows side by side, gaps included.
ROW_WIDTH: Final = 18

NO_PREVIEW: Final = {"is_disabled": True}
UNREACHED_AGAIN: Final = timedelta(seconds=5)
#: A wrong token or a changed server: somebody must mend it first.
CONFIGURATION_AGAIN: Final = timedelta(minutes=1)

_GONE: Final = (
    "chat not found",
    "user not found",
    "user is deactivated",
    "peer_id_invalid",
    "group chat was upgraded",
    "have no rights to send",
)
_NOT_MODIFIED: Final = "message is not modified"
_CANNOT_EDIT: Final = (
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "message identifier is not specified",
    "there is no text in the message to edit",  # it carries a file
)
_REASONS: Final = {
    "message is too long": "telegram-text-too-long",
    "message text is empty": "telegram-text-empty",
    "reply markup is too long": "telegram-too-many-buttons",
}


def new_message(outgoing: Outgoing, words: Words) -> dict[str, Any]:
    """The parameters of ``sendMessage``."""
    before = words.perhaps_again if outgoing.perhaps_again else ""
    return {
        "chat_id": outgoing.address,
        "text": _text(outgoing.card, words, before),
        "protect_content": True,
        "disable_notification": outgoing.quiet,
        "link_preview_options": NO_PREVIEW,
        **({"reply_markup": _keyboard(outgoing)} if outgoing.card.rows else {}),
    }


def new_document(outgoing: Outgoing, words: Words) -> dict[str, Any]:
    """The parameters of ``sendDocument``, without the document."""
    before = words.perhaps_again if outgoing.perhaps_again else ""
    return {
        "chat_id": outgoing.address,
        "caption": _text(outgoing.card, words, before, MAX_CAPTION),
        "protect_content": True,
        "disable_notification": outgoing.quiet,
        **({"reply_markup": _keyboard(outgoing)} if outgoing.card.rows else {}),
    }


def edited_message(outgoing: Outgoing, words: Words) -> dict[str, Any]:
    """The parameters of ``editMessageText``."""
    return {
        "chat_id": outgoing.address,
        "message_id": outgoing.replaces,
        "text": _text(outgoing.card, words),
        "link_preview_options": NO_PREVIEW,
        "reply_markup": _keyboard(outgoing),  # an empty one takes the old buttons away
    }


def removals(card: Card) -> list[list[int]]:
    """The messages that go before the card comes, as many as one call takes."""
    numbers = [int(one) for one in card.wipes if one.isdecimal()]
    return [numbers[at : at + MAX_REMOVED] for at in range(0, len(numbers), MAX_REMOVED)]


def delivery(answer: Answer) -> Delivery:
    """What became of a new message."""
    match answer:
        case Done({"message_id": message_id}):
            return Sent(external_id=str(message_id))
        case Done() | Lost():
            return Unclear()
        case Unreached():
            return TryLater(after=UNREACHED_AGAIN, this_chat_only=False)
        case Declined():
            return _declined(answer)
        case _:
            assert_never(answer)


def edit_delivery(answer: Answer, message_id: str) -> Delivery | None:
    """What became of an edit; None when the message can be changed no more: send a new one."""
    match answer:
        case Done():
            return Sent(external_id=message_id)
        case Declined(status=400, why=why) if _says(why, _NOT_MODIFIED):
            return Sent(external_id=message_id)
        case Declined(status=400, why=why) if _says(why, *_CANNOT_EDIT):
            return None
        case _:
            return delivery(answer)


def _declined(answer: Declined) -> Delivery:
    if answer.status == 429:
        return TryLater(after=timedelta(seconds=answer.retry_after or 1))
    if answer.status == 403 or (answer.status == 400 and _says(answer.why, *_GONE)):
        return Gone()
    if answer.status in (401, 404):
        return TryLater(after=CONFIGURATION_AGAIN, this_chat_only=False)
    return Refused(code=_reason(answer))


def _reason(answer: Declined) -> str:
    """A code without a word of the message: Telegram's description may quote it."""
    for words, code in _REASONS.items():
        if _says(answer.why, words):
            return code
    symbol = re.search(r": ([A-Z_]{3,40})$", answer.why)
    return f"telegram-{symbol[1].lower()}" if symbol else f"telegram-{answer.status}"


def _says(why: str, *phrases: str) -> bool:
    lower = why.lower()
    return any(phrase in lower for phrase in phrases)


def _text(card: Card, words: Words, before: str = "", most: int = LIMITS.text) -> str:
    after = f"\n{words.wants_place}" if card.wants_place else ""
    room = most - length(before + after, LIMITS.unit)
    return before + trim(card.text, room, LIMITS.unit) + after


def _keyboard(outgoing: Outgoing) -> dict[str, Any]:
    """The card's rows, a wide one cut in lines; the place of each button stays its number."""
    positions = count()
    return {
        "inline_keyboard": [
            [_button(button, f"{outgoing.token}.{next(positions)}") for button in line]
            for row in outgoing.card.rows
            for line in _lines(row)
        ]
    }


def _lines(row: tuple[Button, ...]) -> list[tuple[Button, ...]]:
    if len(row) == 1:
        return [row]
    widest = max((length(button.label, LIMITS.unit) for button in row), default=1)
    abreast = max(1, min(8, ROW_WIDTH // (widest + 1)))
    return [row[at : at + abreast] for at in range(0, len(row), abreast)]


def _button(button: Button, data: str) -> dict[str, str]:
    style = {"style": "danger"} if button.style == "danger" else {}
    label = trim(button.label, LIMITS.label, LIMITS.unit)
    return {"text": label, "callback_data": data, **style}
