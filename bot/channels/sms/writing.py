"""A card as short messages: choices by number, long texts cut where a sentence ends."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

from bot.channels.fitting import split, trim
from conversation.cards import Button, Card

_WORDS: dict[str, str] = tomllib.loads(
    files(__package__).joinpath("words.toml").read_text("utf-8")
)
#: Stands before a choice that is taken, or is not.
_TAKEN, _OPEN = "☑", "☐"
#: Room that "(2/3)" takes.
_COUNTED = 5
#: Signs that a simple phone shows as boxes, and what stands around them.
_KEPT = frozenset("✓→←…·—")


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How long and how many messages may be."""

    chars: int
    parts: int
    signature: str


def written(card: Card, room: Room, *, perhaps_again: bool = False) -> tuple[str, ...]:
    """The messages that say what the card says; its choices are never cut off."""
    again = _WORDS["perhaps_again"] if perhaps_again else ""
    file = f"\n{_WORDS['file']}" if card.document is not None else ""
    text = plain(f"{again}{card.text}{file}")
    choices = "\n".join(_choices(card))
    each = room.chars - len(room.signature) - _COUNTED
    most = each * room.parts
    if len(text) + len(choices) + 1 > most:
        text = _cut(text, max(most - len(choices) - 1 - len(_WORDS["more"]), each // 2))
    whole = "\n".join(part for part in (text, choices) if part)
    parts = [part.strip() for part in split(whole, each) if part.strip()]
    count = len(parts)
    return tuple(
        room.signature + (part if count == 1 else f"({at}/{count}){part}")
        for at, part in enumerate(parts, 1)
    )


def plain(text: str) -> str:
    """The text without signs that a simple phone cannot show."""
    shown = "".join(one for one in text if one in _KEPT or not _is_sign(one))
    lines = (" ".join(line.split(" ")).strip(" ") for line in shown.splitlines())
    return re.sub(r"\n{2,}", "\n", "\n".join(lines)).strip()


def _is_sign(one: str) -> bool:
    return unicodedata.category(one) in ("So", "Sk", "Cs", "Co") or one in "\ufe0f\u200d\u20e3"


def _cut(text: str, limit: int) -> str:
    """As much as fits, to the end of a sentence, and where the rest is."""
    return trim(split(text, limit)[0].rstrip(), limit) + _WORDS["more"]


def _choices(card: Card) -> Iterator[str]:
    """A number where a number means it, else the words to answer with."""
    number, numbered, words = card.first, list[str](), list[str]()
    if all(button.action.verb == "home" for button in card.buttons()):
        return  # anybody who writes anything gets there
    for button in card.buttons():
        verb = button.action.verb
        if verb == "form.choose" or (card.first and not card.is_question):
            numbered.append(f"{number} {_label(button)}")
            number += 1
        elif verb != "form.edit":  # its line is numbered in the text
            words.append(_label(button))
    if numbered:
        yield _WORDS["choose"]
        yield from numbered
    if words:
        key = "or_say" if card.first else "say"
        yield _WORDS[key].format(text="、".join(words))


def _label(button: Button) -> str:
    label = plain(button.label)
    return _WORDS["chosen"].format(label=label) if button.label.startswith(_TAKEN) else label
