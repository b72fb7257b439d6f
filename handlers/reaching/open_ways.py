"""What is said by short message: anybody may read it, or write under another's number.

So nobody has a post there, nobody becomes somebody else there, no name of a child is said back,
and workers hear only that something waits. Whoever reports does so as on every channel.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta

from conversation.cards import Button, Card
from conversation.dialogue import dialogue_from_json
from policy.masking import mask_name
from storage.reporting.drafts import Draft
from storage.work import Reading

#: The channel's name in the store.
CHANNEL = "sms"
#: What the buttons are about that reporters need; others are not shown there.
_KINDS = frozenset(
    {"home", "help", "drafts", "draft", "form", "danger", "report", "message", "progress", "guide"}
    | {
        "reported",
        "answer",
        "discreet",
        "same",
        "slip",
        "feedback",
        "file",
        "receipt",
        "free",
        "urge",
    }
)
#: Buttons of a case that ask whoever reported.
_VERBS = frozenset({"case.solved", "case.unsolved", "case.here", "others"})
#: What a typed word may lead to.
WORDS = frozenset(
    {"start", "cancel", "help", "danger", "report", "progress", "guide", "later", "feedback"}
    | {"resume"}
)
#: Questions whose answers are somebody's name.
_NAMES = ("child", "speaker_name", "speaker_told_by", "suspect_name")
#: What is longer than this was told, not chosen: only how it begins is said back.
LONG, BEGINNING = 12, 6


def is_open(channel: str) -> bool:
    """True for a channel that anybody may read."""
    return channel == CHANNEL


def left(look: Reading, limits: Mapping[str, int], contact_id: int, at: datetime) -> int:
    """How many messages a number may still get on that day: each costs the county money.

    Alarms, and answers to words of danger, are not counted, and sent whatever is left.
    """
    first = datetime.combine(at.date(), time(), at.tzinfo)
    last = first + timedelta(days=1)
    own, everybody = look.outbox.answered(CHANNEL, contact_id, first, last)
    return min(limits["texts_a_day"] - own, limits["texts_a_day_all"] - everybody)


def offers(verb: str) -> bool:
    """True for what a button may do there."""
    return verb in _VERBS or verb.partition(".")[0] in _KINDS


def discreet(card: Card, draft: Draft | None) -> Card:
    """The card without what must not be read there, or cannot be done."""
    rows = (tuple(one for one in row if offers(one.action.verb)) for row in card.rows)
    every = tuple(one for one in card.every if offers(one.action.verb))
    shown = replace(card, rows=tuple(row for row in rows if row), every=every)
    told = _told(draft) if draft is not None else {}
    return _hushed(shown, told) if told else shown


def beside(card: Card) -> Card:
    """A card that comes while something else is asked: numbers answer that, words this."""
    return card if card.is_question else replace(card, first=0)


def _told(draft: Draft) -> dict[str, str]:
    """What was answered so far that is not said back as it is, and how it is; longest first."""
    found: dict[str, str] = {}
    for path, value in dialogue_from_json(draft.dialogue).answers.items():
        for line in filter(None, map(str.strip, value.splitlines())):
            if path.rpartition("/")[2] in _NAMES and len(line) > 1:
                found[line] = mask_name(line)
            elif len(line) > LONG and not line.isascii():
                found[line] = f"{line[:BEGINNING]}…"
    return dict(sorted(found.items(), key=lambda one: len(one[0]), reverse=True))


def _hushed(card: Card, told: Mapping[str, str]) -> Card:
    def hush(text: str) -> str:
        for said, shown in told.items():
            text = text.replace(said, shown)
        return text

    rows = tuple(tuple(_relabelled(one, hush(one.label)) for one in row) for row in card.rows)
    every = tuple(_relabelled(one, hush(one.label)) for one in card.every)
    return replace(card, text=hush(card.text), rows=rows, every=every)


def _relabelled(button: Button, label: str) -> Button:
    return button if label == button.label else replace(button, label=label)
