"""Cards that ask their reader to act, until somebody knows that they took notice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import exists, or_, select, update

from storage.repository import Kept, Seen, given, listed
from storage.tables import contact, outbox

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A card that asks its reader to act, of which nobody knows yet whether they took notice."""

    id: int
    person_id: int
    channel: str
    about: str | None
    #: The card of which it is a copy for another contact; its own id where it is none.
    first: int
    asks_since: datetime
    #: When the page showed it.
    shown_at: datetime | None


_ASKING = (
    select(
        outbox.c.id,
        contact.c.person_id,
        outbox.c.channel,
        outbox.c.about,
        outbox.c.key,
        outbox.c.asks_since,
        outbox.c.shown_at,
    )
    .join_from(outbox, contact, contact.c.id == outbox.c.contact_id)
    .where(outbox.c.asks_since <= given("before"))
    .order_by(outbox.c.asks_since, outbox.c.id)
)
_ASKS_NO_MORE = (
    update(outbox)
    .where(outbox.c.id == given("row"), outbox.c.asks_since.is_not(None))
    .values(asks_since=None)
)
#: A copy of the card came to somebody who said or tapped something there afterwards.
_IS_SEEN = select(outbox.c.id).where(
    or_(outbox.c.id == given("first"), outbox.c.key.in_(listed("copies"))),
    exists().where(contact.c.id == outbox.c.contact_id, contact.c.heard_at > outbox.c.sent_at),
)
_SHOWN = (
    update(outbox)
    .where(
        outbox.c.id == given("row"),
        outbox.c.contact_id == given("contact_id"),
        outbox.c.asks_since.is_not(None),
        outbox.c.shown_at.is_(None),
    )
    .values(shown_at=given("now"))
)


def copy_key(first: int, contact_id: int) -> str:
    """The cause of a card that was put for another contact of its reader, too."""
    return f"over:{first}:{contact_id}"


def original(row_id: int, key: str) -> int:
    """The card of which one with this cause is a copy; itself where it is none."""
    kind, _, rest = key.partition(":")
    return int(rest.partition(":")[0]) if kind == "over" else row_id


def _asking(row: Row) -> Asking:
    return Asking(
        id=row[0],
        person_id=row[1],
        channel=row[2],
        about=row[3],
        first=original(row[0], row[4] or ""),
        asks_since=row[5],
        shown_at=row[6],
    )


class UnnoticedSeen(Seen):
    """Cards that ask, to be looked at."""

    def asking(self, before: datetime) -> tuple[Asking, ...]:
        """The cards that asked before a moment, the oldest first."""
        return tuple(map(_asking, self._db.all(_ASKING, before=before)))

    def is_seen(self, card: Asking, contacts: Iterable[int]) -> bool:
        """True when its reader was heard at one of these contacts after it was sent there."""
        copies = [copy_key(card.first, one) for one in contacts]
        return self._db.one(_IS_SEEN, first=card.first, copies=copies) is not None


class Unnoticed(UnnoticedSeen, Kept):
    """Cards that ask, to be shown and laid to rest."""

    def asks_no_more(self, row_id: int) -> bool:
        """Nobody looks after it any more; False when somebody else said so before."""
        return self._db.run(_ASKS_NO_MORE, row=row_id) == 1

    def mark_shown(self, contact_id: int, rows: Iterable[int]) -> None:
        """The contact's page shows these; kept of what asks."""
        self._db.run_many(
            _SHOWN, [{"row": row, "contact_id": contact_id, "now": self._now} for row in rows]
        )
