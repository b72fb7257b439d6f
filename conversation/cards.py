"""What we say: a card is a text with buttons. Pure values; a channel decides how they look."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

MAX_NAME_CHARS = 120

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Action:
    """What a button does: a verb that handlers know, and one argument. It stays on the server."""

    verb: str
    arg: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button: its label for the person, and its action."""

    label: str = field(repr=False)
    action: Action
    #: "danger" for what cannot be undone or must be seen first, "main" for the way on, "way" for
    #: the way on where nothing was chosen yet; else "".
    style: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A stored file that goes with a card: its row, and what is said of it."""

    id: int
    name: str = field(repr=False)
    mime: str
    size: int
    #: True for a picture's small copy in its place.
    is_copy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One message to one person."""

    text: str = field(repr=False)
    rows: tuple[tuple[Button, ...], ...] = ()
    #: Telephone numbers that the text names, made dialable where a channel can.
    calls: tuple[str, ...] = ()
    #: True while the card waits for a position: channels that can, offer to share it.
    wants_place: bool = False
    #: What number the first option has: a typed number means the option, over all pages.
    #: 0: no number means any.
    first: int = 1
    #: A file that is sent along; the text is then at most a caption long (1,000 characters).
    document: Document | None = None
    #: The channel's ids of earlier messages, ours and theirs, that go before this one comes.
    wipes: tuple[str, ...] = field(default=(), repr=False)
    #: What its buttons go on from, where that is kept nowhere else; never shown.
    carries: str = field(default="", repr=False)
    #: Of a card with few and large buttons all that it has; its rows show some at a time.
    every: tuple[Button, ...] = ()
    #: True where a child is spoken to, who is spoken to so for some hours.
    of_child: bool = False

    @property
    def is_question(self) -> bool:
        """True when a form asks: a typed number then means an option, not a button."""
        return any(button.action.verb == "form.cancel" for button in self.all_buttons())

    def buttons(self) -> tuple[Button, ...]:
        """The buttons that are shown, in reading order: the n-th is what the number n+1 means."""
        return tuple(button for row in self.rows for button in row)

    def all_buttons(self) -> tuple[Button, ...]:
        """Those too that are shown when somebody wants others."""
        return self.every or self.buttons()


#: How a grown-up is spoken to, and how a child is.
GROWN_UP, CHILD = "您", "你"


def to_child(card: Card) -> Card:
    """The same card for a child: everything is written for grown-ups."""
    rows = tuple(
        tuple(replace(one, label=one.label.replace(GROWN_UP, CHILD)) for one in row)
        for row in card.rows
    )
    every = tuple(replace(one, label=one.label.replace(GROWN_UP, CHILD)) for one in card.every)
    text = card.text.replace(GROWN_UP, CHILD)
    return replace(card, text=text, rows=rows, every=every, of_child=True)


def shown_name(name: str) -> str:
    """A file's name to show to people: no path, no control or direction marks, not too long."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in last if c.isprintable()).strip(". ")[-MAX_NAME_CHARS:]


def card_to_json(card: Card) -> str:
    """The card as compact JSON text; ``card_from_json`` reads it back."""
    rows = [_listed(row) for row in card.rows]
    more: list[object] = [
        _sent(card.document),
        card.wipes,
        card.carries,
        _listed(card.every),
        card.of_child,
    ]
    while more and not more[-1]:
        more.pop()
    return _encode([card.text, rows, card.calls, card.wants_place, card.first, *more])


class UnreadableCard(Exception):
    """No version of the program that is known here wrote this."""


def card_from_json(text: str) -> Card:
    """The card that ``card_to_json`` wrote; raises UnreadableCard."""
    try:
        return _card(*json.loads(text))
    except (ValueError, TypeError, AttributeError, LookupError):
        raise UnreadableCard from None


def _card(
    words: str, rows: list[Any], calls: list[str], wants_place: bool, first: int, *more: Any
) -> Card:
    return Card(
        text=words,
        rows=tuple(map(_buttons, rows)),
        calls=tuple(calls),
        wants_place=wants_place,
        first=first,
        document=_document(*more[0]) if more and more[0] else None,
        wipes=tuple(more[1]) if len(more) > 1 else (),
        carries=more[2] if len(more) > 2 else "",
        every=_buttons(more[3]) if len(more) > 3 else (),
        of_child=len(more) > 4,
    )


def is_of_child(text: str) -> bool:
    """True where the card in this JSON spoke to a child: its mark stands last, and only if so."""
    return text.endswith(",true]")


def action_in(text: str, position: int) -> Action | None:
    """What the button at a position does, of a card in JSON; None when there is no such button."""
    buttons = [button for row in json.loads(text)[1] for button in row]
    if not 0 <= position < len(buttons):
        return None
    _, verb, arg, _ = buttons[position]
    return Action(verb, arg)


def _listed(buttons: Iterable[Button]) -> list[list[str]]:
    return [[one.label, one.action.verb, one.action.arg, one.style] for one in buttons]


def _buttons(listed: Iterable[Sequence[str]]) -> tuple[Button, ...]:
    return tuple(
        Button(label=label, action=Action(verb, arg), style=style)
        for label, verb, arg, style in listed
    )


def _sent(sent: Document | None) -> list[object] | None:
    if sent is None:
        return None
    return [sent.id, sent.name, sent.mime, sent.size, *([True] if sent.is_copy else [])]


def _document(row: int, name: str, mime: str, size: int, is_copy: bool = False) -> Document:
    return Document(id=row, name=name, mime=mime, size=size, is_copy=is_copy)
