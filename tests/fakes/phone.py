"""What an old phone on a slow line bears: asked of every card that any test sends.

Eight buttons, two kilobytes as it goes over the line, and every button within reach of somebody
who can only type.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping

from bot.channels.channel import Outgoing
from bot.channels.telegram.sending import new_message
from bot.channels.telegram.words import Words
from bot.channels.webchat import Shown
from bot.site.chat import framed
from conversation.cards import Card
from conversation.windows import MOST
from handlers.binding import LONGEST_LABEL, MARKS
from tests.fakes.clock import FakeClock

MOST_BYTES = 2048
#: core.telegram.org/bots/api#inlinekeyboardbutton
MOST_DATA = 64
#: A token as ``Turn.say`` makes them.
TOKEN = "x" * 22
WORDS = Words.load()


def unbearable(outgoing: Outgoing) -> Iterator[str]:
    """What is wrong with a card, each in a sentence."""
    card = outgoing.card
    buttons = card.buttons()
    if len(buttons) > MOST:
        yield f"{len(buttons)} buttons: {_said(card)}"
    yield from _out_of_reach(card)
    for row in new_message(outgoing, WORDS).get("reply_markup", {}).get("inline_keyboard", ()):
        yield from (f"too long: {_said(card)}" for one in row if _data(one) > MOST_DATA)
    if card.document is None:
        yield from (
            f"{size} bytes over {way}: {_said(card)}"
            for way, size in sizes(outgoing).items()
            if size > MOST_BYTES
        )


def sizes(outgoing: Outgoing) -> dict[str, int]:
    """How many bytes a card is on each way that has no limit of its own."""
    shown = Shown(
        id=outgoing.id, card=outgoing.card, token=TOKEN, at=FakeClock().now, asks=outgoing.asks
    )
    asked = new_message(outgoing, WORDS)
    return {
        "Telegram": len(json.dumps(asked, ensure_ascii=False).encode()),
        "the page": len(framed([shown])),
    }


def _data(button: Mapping[str, str]) -> int:
    return len(button["callback_data"].encode())


def _out_of_reach(card: Card) -> Iterator[str]:
    """Buttons that neither a number nor their words mean."""
    labels = Counter(one.label.casefold().strip(MARKS) for one in card.buttons())
    for button in card.buttons():
        if button.action.verb == "form.choose" or not card.is_question:
            continue  # it has a number
        said = button.label.casefold().strip(MARKS)
        if labels[said] > 1 or len(said) > LONGEST_LABEL:
            yield f"nobody can type {button.label}: {_said(card)}"


def _said(card: Card) -> str:
    labels = " ".join(f"[{one.label}]" for one in card.buttons())
    return f"{card.text[:60]!r} {labels}"
