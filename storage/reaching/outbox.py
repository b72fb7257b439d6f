"""The outbox: every card that we owe somebody, put, taken back and forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, or_, select, update

from storage.ids import first_id
from storage.reaching.outbox_seen import BY_KEY, OF_CAUSE, QUEUED, OutboxSeen
from storage.repository import Kept, given, in_parts, insert, listed
from storage.tables import outbox

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from storage.people.person import Speaker
    from storage.reaching.owed import OutboxIn

_PUT = insert(outbox).on_conflict_do_nothing()
_SUPERSEDE = (
    update(outbox)
    .where(outbox.c.id == given("row"), QUEUED)
    .values(state="superseded", lease_owner=None, lease_until=None)
)
_SETTLE = update(outbox).where(outbox.c.id == given("row")).values(about=None, asks_since=None)
_TAKE_BACK = (
    update(outbox)
    .where(
        OF_CAUSE,
        QUEUED,
        outbox.c.not_before > given("now"),
        outbox.c.lease_owner.is_(None),
    )
    .values(state="superseded")
)
_ABOUT_ANY = select(outbox.c.id).where(
    outbox.c.about.in_(listed("matters")), outbox.c.state.in_(("queued", "sent"))
)
#: A card to this contact, as urgent as a reply, that somebody else has in hand or nobody yet.
_SOMETHING_BEFORE = (
    select(outbox.c.id)
    .where(
        outbox.c.contact_id == given("contact_id"),
        QUEUED,
        outbox.c.priority <= given("priority"),
        or_(outbox.c.lease_owner.is_(None), outbox.c.lease_owner != given("owner")),
        or_(outbox.c.not_before <= given("now"), outbox.c.attempts > 0),
    )
    .limit(1)
)
_FORGET = delete(outbox).where(
    outbox.c.id.in_(
        select(outbox.c.id)
        .where(outbox.c.id < given("first_kept"), outbox.c.state != "queued")
        .order_by(outbox.c.id)
        .limit(given("limit"))
    )
)


class Outbox(OutboxSeen, Kept):
    """The outbox, to be filled and emptied."""

    #: True once this turn has put something that nobody has in hand.
    _put_for_later = False

    def put(self, card: OutboxIn) -> int:
        """Owe somebody a card; its id, or that of the card which its cause made before."""
        row_id = self._work.new_id()
        if self._db.run(_PUT, **self._new(row_id, card)):
            return row_id
        row = self._db.one(BY_KEY, key=self.cause_of(card.key))
        assert row is not None
        return int(row[0])

    def put_many(self, cards: Iterable[OutboxIn]) -> None:
        """Owe many people a card each; nothing for whom its cause made one before."""
        self._db.run_many(_PUT, [self._new(self._work.new_id(), card) for card in cards])

    def _new(self, row_id: int, card: OutboxIn) -> dict[str, object]:
        self._put_for_later |= card.lease_owner is None
        return {
            "id": row_id,
            "key": self.cause_of(card.key),
            "contact_id": card.contact_id,
            "channel": card.channel,
            "priority": card.priority,
            "card": self._seal(outbox, "card", row_id, card.card),
            "token": card.token,
            "turn": card.turn,
            "draft_id": card.draft_id,
            "report_id": None,
            "report": self.sealed_report(row_id, card.report_id),
            "answers": card.answers,
            "about": card.about,
            "lasting": card.lasting or not card.turn,
            "state": "queued",
            "replaces": card.replaces,
            "document_id": card.document_id,
            "external_id": None,
            "attempts": 0,
            "unclear": False,
            "not_before": card.not_before or self._now,
            "asks_since": card.asks_since,
            "shown_at": None,
            "lease_owner": card.lease_owner,
            "lease_until": card.lease_until,
            "created_at": self._now,
            "sent_at": None,
        }

    def sealed_report(self, row_id: int, report_id: int | None) -> bytes | None:
        """The report that a card is about, as its row keeps it."""
        return None if report_id is None else self._seal(outbox, "report", row_id, f"{report_id}")

    def supersede(self, row_id: int) -> None:
        """Do not send it after all, if it was not sent yet."""
        self._db.run(_SUPERSEDE, row=row_id)

    def take_back(self, about: str, cause: str) -> None:
        """Cards about a matter whose causes begin so, and that wait for their hour, never go."""
        self._db.run(_TAKE_BACK, matter=about, cause=f"{cause}%", now=self._now)

    def settle(self, row_id: int) -> None:
        """It asks for nothing any more: a later change of its matter leaves it alone."""
        self._db.run(_SETTLE, row=row_id)

    def lay_aside(self, matters: Iterable[str]) -> None:
        """No card asks to do something about these any more, and none is still to be sent."""
        rows = [
            row[0] for some in in_parts(matters) for row in self._db.all(_ABOUT_ANY, matters=some)
        ]
        self._db.run_many(_SETTLE, [{"row": one} for one in rows])
        self._db.run_many(_SUPERSEDE, [{"row": one} for one in rows])

    def forget(self, before: datetime, limit: int) -> int:
        """Remove what was said before a moment, some at a time; how many were removed."""
        return self._db.run(_FORGET, first_kept=first_id(before), limit=limit)

    def must_wait(self, speaker: Speaker, priority: int, owner: str) -> bool:
        """True when ``owner`` may not send to the speaker now: an earlier card goes first."""
        is_ours = owner == self._work.shared.owner
        if is_ours and not speaker.is_owed and not self._put_for_later:
            return False
        row = self._db.one(
            _SOMETHING_BEFORE,
            contact_id=speaker.contact_id,
            priority=priority,
            owner=owner,
            now=self._now,
        )
        return row is not None
