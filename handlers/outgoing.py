"""A card on its way out: to the speaker, or to somebody who does not speak now."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime

from conversation.cards import Card, card_to_json
from storage.reaching.owed import OutboxIn

#: What cards ask about after which somebody looks (``handlers.reaching.unnoticed``).
ASKING = frozenset({"case", "call", "ring", "gather"})
#: Of buttons whose labels nobody writes into a form: how their verbs begin.
UNMISTAKABLE = frozenset({"draft", "case", "file", "family"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A card for the speaker."""

    id: int
    contact_id: int
    card: Card
    token: str = field(repr=False)
    priority: int
    #: The channel's id of the message whose place it takes.
    replaces: str | None
    #: Ours to send as soon as the turn is committed; else it waits for its time in the outbox.
    at_once: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A card for one of many people."""

    contact_id: int
    channel: str
    card: Card
    #: Names the cause.
    key: str
    about: str


def is_asking(about: str | None) -> bool:
    """True for a card of which somebody wants to know whether its reader took notice."""
    return (about or "").partition(":")[0] in ASKING


def is_lasting(card: Card) -> bool:
    """True when words that are like a label mean its button, whatever was asked since."""
    kinds = {button.action.verb.partition(".")[0] for button in card.all_buttons()}
    return not UNMISTAKABLE.isdisjoint(kinds)


def owed(
    contact_id: int,
    channel: str,
    card: Card,
    *,
    key: str,
    priority: int,
    now: datetime,
    report_id: int | None = None,
    about: str | None = None,
    replaces: int | None = None,
    not_before: datetime | None = None,
) -> OutboxIn:
    """A card for somebody who does not speak now."""
    return OutboxIn(
        key=key,
        contact_id=contact_id,
        channel=channel,
        priority=priority,
        card=card_to_json(card),
        token=secrets.token_urlsafe(16),
        turn=0,
        report_id=report_id,
        document_id=card.document.id if card.document else None,
        about=about,
        replaces=replaces,
        not_before=not_before,
        asks_since=(not_before or now) if is_asking(about) else None,
    )
