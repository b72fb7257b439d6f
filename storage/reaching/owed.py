"""A card that we owe somebody, as it is put into the outbox and as it is found there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxIn:
    """A card to be sent."""

    contact_id: int
    channel: str
    #: 0 red alarm, 1 reply, 2 reminder, 3 broadcast
    priority: int
    #: The card with its actions, as JSON.
    card: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    #: The contact's turn in which it was made.
    turn: int
    #: Names the cause, where one cause must speak only once.
    key: str | None = None
    draft_id: int | None = None
    report_id: int | None = None
    #: The channel's id of the message that it answers.
    answers: str | None = None
    #: What it asks its reader to do something about: "case:4711" ...
    about: str | None = None
    #: Its buttons may be meant by their labels after later cards, too; so may those of turn 0.
    lasting: bool = False
    #: An earlier row whose message this one takes the place of.
    replaces: int | None = None
    #: The stored file that goes with it.
    document_id: int | None = None
    not_before: datetime | None = None
    #: Since when it asks its reader to act, where somebody looks after that.
    asks_since: datetime | None = None
    #: Who sends it right after the commit, and until when nobody else does.
    lease_owner: str | None = None
    lease_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutRow:
    """A card that was put into the outbox."""

    id: int
    contact_id: int
    channel: str
    priority: int
    card: str = field(repr=False)
    token: str | None = field(repr=False)
    turn: int
    draft_id: int | None
    report_id: int | None
    about: str | None
    #: queued, sent, gone, refused, superseded
    state: str
    replaces: int | None
    external_id: str | None
    created_at: datetime
    document_id: int | None = None
    #: True while somebody wants to know whether its reader took notice.
    asks: bool = False
