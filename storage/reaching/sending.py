"""Sending: which card goes next, who has it in hand, and what became of it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, case, exists, func, or_, select, update

from storage.faults import Unsealable
from storage.reaching.outbox_seen import IN_QUEUE, OF_LOCKS, QUEUED
from storage.repository import Kept, Seen, given, is_alive, listed
from storage.tables import contact, outbox

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Update

    from storage.database import Row


log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A card that its claimer may now send."""

    id: int
    contact_id: int
    channel: str
    address: str = field(repr=False)
    priority: int
    card: str = field(repr=False)
    token: str | None = field(repr=False)
    #: The channel's id of the message that this one takes the place of.
    replaces: str | None
    attempts: int
    #: An earlier attempt may have arrived.
    unclear: bool
    not_before: datetime
    created_at: datetime
    #: Somebody wants to know whether it was shown.
    asks: bool
    #: Its reader lost that phone: it must not be sent there.
    is_locked: bool = False


_OLDEST = select(func.min(outbox.c.not_before)).where(QUEUED, outbox.c.not_before <= given("now"))
_WAITING = select(func.count()).where(QUEUED, outbox.c.not_before <= given("now"))
_replaced = outbox.alias("replaced")
_other = contact.alias("other")
_earlier = outbox.alias("earlier")
_IS_DUE = and_(
    QUEUED,
    outbox.c.not_before <= given("now"),
    or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= given("now")),
)
#: An earlier card to the same person, at least as urgent, that another process is sending right
#: now or that waits for its next attempt: what comes after it stays behind it.
_STAYS_BEHIND = exists().where(
    _earlier.c.contact_id == outbox.c.contact_id,
    _earlier.c.state == IN_QUEUE,
    _earlier.c.id < outbox.c.id,
    _earlier.c.priority <= outbox.c.priority,
    or_(
        and_(_earlier.c.lease_until > given("now"), _earlier.c.lease_owner != given("owner")),
        and_(_earlier.c.attempts > 0, _earlier.c.not_before > given("now")),
    ),
)
_CLAIMABLE = (
    select(
        outbox.c.id,
        outbox.c.contact_id,
        outbox.c.channel,
        contact.c.address,
        outbox.c.priority,
        outbox.c.card,
        outbox.c.token,
        _replaced.c.external_id,
        outbox.c.attempts,
        outbox.c.unclear,
        outbox.c.lease_owner,
        outbox.c.not_before,
        outbox.c.created_at,
        contact.c.locked_at,
        outbox.c.key,
        outbox.c.asks_since,
    )
    .select_from(
        outbox.join(contact, contact.c.id == outbox.c.contact_id).outerjoin(
            _replaced, _replaced.c.id == outbox.c.replaces
        )
    )
    .where(
        _IS_DUE,
        outbox.c.channel.in_(listed("channels")),
        outbox.c.priority <= given("urgency"),
        ~_STAYS_BEHIND,
    )
    .order_by(outbox.c.priority, outbox.c.id)
    .limit(given("limit"))
    .with_for_update(of=outbox, skip_locked=True)
)
_LEASE = (
    update(outbox)
    .where(outbox.c.id == given("row"))
    .values(
        lease_owner=given("now_owner"),
        lease_until=given("now_until"),
        unclear=given("now_unclear"),
    )
)
_SENT = (
    update(outbox)
    .where(outbox.c.id == given("row"))
    .values(
        state="sent",
        external_id=given("now_external"),
        sent_at=given("now"),
        attempts=outbox.c.attempts + 1,
        lease_owner=None,
        lease_until=None,
    )
)
_AGAIN = (
    update(outbox)
    .where(
        outbox.c.id == given("row"),
        QUEUED,
        outbox.c.lease_owner == given("owner"),
    )
    .values(
        not_before=given("now_not_before"),
        attempts=outbox.c.attempts + 1,
        lease_owner=None,
        lease_until=None,
    )
)
_AGAIN_UNCLEAR = _AGAIN.values(unclear=True)
_ENDED = (
    update(outbox)
    .where(outbox.c.id == given("row"), QUEUED)
    .values(
        state=given("now_state"),
        attempts=outbox.c.attempts + 1,
        lease_owner=None,
        lease_until=None,
    )
)
#: What waits for a channel that was given up, of those whom something else reaches.
_STRANDED = (
    select(outbox.c.contact_id)
    .join_from(outbox, contact, contact.c.id == outbox.c.contact_id)
    .where(
        QUEUED,
        outbox.c.channel.in_(listed("channels")),
        exists().where(
            _other.c.person_id == contact.c.person_id,
            _other.c.reachable.is_(True),
            _other.c.id != contact.c.id,
        ),
    )
    .distinct()
    .limit(given("limit"))
)
# An edit has nothing to take the place of elsewhere.
_READDRESS = (
    update(outbox)
    .where(outbox.c.contact_id == given("was"), QUEUED)
    .values(
        contact_id=given("now_contact"),
        channel=given("now_channel"),
        replaces=None,
        # What was tried in vain is due; what waits for its hour still does.
        not_before=case(
            (outbox.c.attempts > 0, given("now", outbox.c.not_before.type)),
            else_=outbox.c.not_before,
        ),
        attempts=0,
        unclear=False,
        lease_owner=None,
        lease_until=None,
    )
)
_RELEASE = (
    update(outbox)
    .where(outbox.c.lease_owner == given("owner"), QUEUED)
    .values(lease_owner=None, lease_until=None)
)
_OTHER_OWNERS = (
    select(outbox.c.lease_owner)
    .where(QUEUED, outbox.c.lease_owner != given("owner"))
    .group_by(outbox.c.lease_owner)
)
_INHERIT = _RELEASE.values(unclear=True)
_GIVE_BACK = (
    update(outbox)
    .where(outbox.c.id == given("row"), QUEUED, outbox.c.lease_owner == given("owner"))
    .values(not_before=given("now_not_before"), lease_owner=None, lease_until=None)
)
_HOLD = (
    update(outbox)
    .where(outbox.c.id == given("row"), QUEUED, outbox.c.lease_owner == given("owner"))
    .values(lease_until=given("now_until"))
)
_REPLACED = (
    update(outbox)
    .where(outbox.c.id == given("row"), outbox.c.state.in_(("gone", "refused")))
    .values(state="superseded")
)


class SendingSeen(Seen):
    """What waits to be sent, to be looked at."""

    def stranded(self, channels: Sequence[str], limit: int) -> tuple[int, ...]:
        """Contacts of channels that were given up, for which cards wait that can go elsewhere."""
        rows = self._db.all(_STRANDED, channels=[*channels], limit=limit)
        return tuple(row[0] for row in rows)

    def oldest_waiting(self, now: datetime) -> datetime | None:
        """Since when the oldest card that is due waits to be sent; None when none does."""
        row = self._db.one(_OLDEST, now=now)
        return None if row is None else row[0]

    def waiting(self, now: datetime) -> int:
        """How many cards are due and not sent."""
        row = self._db.one(_WAITING, now=now)
        return 0 if row is None else int(row[0])


class Sending(SendingSeen, Kept):
    """What waits to be sent, to be taken in hand and marked."""

    def claim(
        self,
        owner: str,
        now: datetime,
        lease: timedelta,
        limit: int,
        channels: Sequence[str],
        urgency: int = 3,
    ) -> tuple[Claimed, ...]:
        """What ``owner`` alone may send until the lease ends, the most urgent first.

        Only cards as urgent as ``urgency`` or more.
        """
        rows = self._db.all(
            _CLAIMABLE,
            owner=owner,
            now=now,
            limit=limit,
            channels=[*channels],
            urgency=urgency,
        )
        claimed = tuple(filter(None, map(self._opened, rows)))
        self._db.run_many(
            _LEASE,
            [
                {
                    "row": one.id,
                    "now_owner": owner,
                    "now_until": now + lease,
                    "now_unclear": one.unclear,
                }
                for one in claimed
            ],
        )
        return claimed

    def mark_sent(self, sent: Iterable[tuple[int, str]]) -> None:
        """The channel took these: (id, its own id of the message)."""
        self._db.run_many(
            _SENT,
            [{"row": row, "now_external": external, "now": self._now} for row, external in sent],
        )

    def mark_later(self, owner: str, later: Iterable[tuple[int, datetime]]) -> None:
        """These did not arrive: (id, when to try again). Nothing happens to a card of another."""
        self._again(_AGAIN, owner, later)

    def mark_unclear(self, owner: str, unclear: Iterable[tuple[int, datetime]]) -> None:
        """These may have arrived: (id, when to try again)."""
        self._again(_AGAIN_UNCLEAR, owner, unclear)

    def mark_refused(self, ids: Iterable[int]) -> None:
        """The channel will never take these."""
        self._end("refused", ids)

    def mark_gone(self, ids: Iterable[int]) -> None:
        """Nobody hears at this address any more."""
        self._end("gone", ids)

    def readdress(self, was: int, contact_id: int, channel: str) -> int:
        """What waits for a contact goes to another of its person; how many cards."""
        return self._db.run(
            _READDRESS, was=was, now_contact=contact_id, now_channel=channel, now=self._now
        )

    def supersede_lost(self, row_id: int) -> None:
        """It did not arrive, and another went in its place."""
        self._db.run(_REPLACED, row=row_id)

    def hold(self, owner: str, row_id: int, until: datetime) -> None:
        """Whoever is sending this card may need so long."""
        self._db.run(_HOLD, row=row_id, owner=owner, now_until=until)

    def give_back(self, owner: str, rows: Iterable[tuple[int, datetime]]) -> None:
        """These were not tried: (id, when to send them)."""
        self._again(_GIVE_BACK, owner, rows)

    def inherit(self, owner: str) -> int:
        """Free at once what dead processes were sending; each of it may have arrived."""
        others = [str(row[0]) for row in self._db.all(_OTHER_OWNERS, owner=owner)]
        dead = [other for other in others if not is_alive(self._db, other)]
        return sum(self._db.run(_INHERIT, owner=other) for other in dead)

    def release(self, owner: str) -> int:
        """Give back what was claimed and surely not sent (a stop in good order)."""
        return self._db.run(_RELEASE, owner=owner)

    def _again(self, statement: Update, owner: str, again: Iterable[tuple[int, datetime]]) -> None:
        self._db.run_many(
            statement,
            [{"row": row, "owner": owner, "now_not_before": moment} for row, moment in again],
        )

    def _end(self, state: str, ids: Iterable[int]) -> None:
        self._db.run_many(_ENDED, [{"row": row, "now_state": state} for row in ids])

    def _opened(self, row: Row) -> Claimed | None:
        """The card, or None for one that no key opens: it stops nobody else's."""
        try:
            return self._claimed(row)
        except Unsealable:
            log.error("a card cannot be opened", extra={"row": row[0]})  # noqa: TRY400
            self.mark_refused([row[0]])
            return None

    def _claimed(self, row: Row) -> Claimed:
        return Claimed(
            id=row[0],
            contact_id=row[1],
            channel=row[2],
            address=self._open(contact, "address", row[1], row[3]),
            priority=row[4],
            card=self._open(outbox, "card", row[0], row[5]),
            token=row[6],
            replaces=row[7],
            attempts=row[8],
            # A lease that ran out: its owner died, perhaps after sending.
            unclear=row[9] or row[10] is not None,
            not_before=row[11],
            created_at=row[12],
            is_locked=row[13] is not None and not (row[14] or "").startswith(OF_LOCKS),
            asks=row[15] is not None,
        )
