"""The outbox: every card that we owe somebody, what became of it, and whose buttons it has."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    delete,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)

from storage.faults import Unsealable
from storage.ids import first_id
from storage.repository import Kept, Seen, given, in_parts, insert, is_alive, listed
from storage.tables import contact, outbox

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Update

    from storage.database import Row
    from storage.people.people import Speaker

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxIn:
    """A card to be sent."""

    contact_id: int
    channel: str
    #: 0 red alarm, 1 reply, 2 reminder, 3 broadcast
    priority: int
    #: The card with its actions, as JSON.
    card: str = field(repr=False)
    token: str | None = None
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
    token: str | None
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A card that its claimer may now send."""

    id: int
    contact_id: int
    channel: str
    address: str = field(repr=False)
    priority: int
    card: str = field(repr=False)
    token: str | None
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


#: So long at most lies between the making of a card and its hour, where a night lets it wait.
_A_NIGHT = timedelta(days=1)
#: Causes that lead to a report, beside the contact that it is told: kept as an HMAC.
OF_REPORTS = ("report", "recording", "unmask", "photos", "here")
#: How what stands in its place begins.
VEIL = "~"
#: How the causes of cards begin that are told at a lost phone, and no others.
OF_LOCKS = "locked:"
# Written out, not bound: only so do the partial indexes of what waits come into play.
_queued: ColumnElement[str] = literal_column("'queued'")
_QUEUED = outbox.c.state == _queued
#: What makes a row of the outbox an OutRow.
CARD_COLUMNS = (
    outbox.c.id,
    outbox.c.contact_id,
    outbox.c.channel,
    outbox.c.priority,
    outbox.c.card,
    outbox.c.token,
    outbox.c.turn,
    outbox.c.draft_id,
    outbox.c.report,
    outbox.c.about,
    outbox.c.state,
    outbox.c.replaces,
    outbox.c.external_id,
    outbox.c.created_at,
    outbox.c.document_id,
    outbox.c.asks_since,
)
_ROW = select(*CARD_COLUMNS)
_BY_ID = _ROW.where(outbox.c.id == given("id"))
_BY_TOKEN = _ROW.where(outbox.c.token == given("token"))
# A message that was edited in place stands for several cards: the newest is what it shows.
_BY_EXTERNAL = (
    _ROW.where(
        outbox.c.contact_id == given("contact_id"), outbox.c.external_id == given("external_id")
    )
    .order_by(outbox.c.id.desc())
    .limit(1)
)
_SINCE = (
    _ROW.where(
        outbox.c.contact_id == given("contact_id"),
        outbox.c.external_id.is_not(None),
        outbox.c.id > given("after"),
    )
    .order_by(outbox.c.id.desc())
    .limit(given("limit"))
)
_MESSAGES = select(outbox.c.external_id, outbox.c.answers).where(
    outbox.c.contact_id == given("contact_id"),
    outbox.c.external_id.is_not(None),
    outbox.c.id >= given("first"),
)
_ABOUT = _ROW.where(
    outbox.c.about == given("about"), outbox.c.state.in_(("queued", "sent"))
).order_by(outbox.c.id)
_ABOUT_ANY = select(outbox.c.id).where(
    outbox.c.about.in_(listed("matters")), outbox.c.state.in_(("queued", "sent"))
)
_MEANT = (
    _ROW.where(
        outbox.c.contact_id == given("contact_id"),
        outbox.c.external_id.is_not(None),
        or_(outbox.c.id > given("after"), outbox.c.lasting.is_(True)),
    )
    .order_by(outbox.c.id.desc())
    .limit(given("limit"))
)
# Sent or not: two statements, so that each finds an index of its own.
_OF_TURN = tuple(
    _ROW.where(
        outbox.c.contact_id == given("contact_id"),
        outbox.c.turn == given("turn"),
        outbox.c.id > given("after"),
        which,
    )
    for which in (outbox.c.external_id.is_not(None), _QUEUED)
)
_OLDEST = select(func.min(outbox.c.not_before)).where(_QUEUED, outbox.c.not_before <= given("now"))
_WAITING = select(func.count()).where(_QUEUED, outbox.c.not_before <= given("now"))
_PUT = insert(outbox).on_conflict_do_nothing()
_BY_KEY = select(outbox.c.id).where(outbox.c.key == given("key"))
_BY_KEYS = select(outbox.c.key).where(outbox.c.key.in_(listed("keys")))

_replaced = outbox.alias("replaced")
_earlier = outbox.alias("earlier")
_other = contact.alias("other")
_IS_DUE = and_(
    _QUEUED,
    outbox.c.not_before <= given("now"),
    or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= given("now")),
)
#: An earlier card to the same person, at least as urgent, that another process is sending right
#: now or that waits for its next attempt: what comes after it stays behind it.
_STAYS_BEHIND = exists().where(
    _earlier.c.contact_id == outbox.c.contact_id,
    _earlier.c.state == _queued,
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
        _QUEUED,
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
    .where(outbox.c.id == given("row"), _QUEUED)
    .values(
        state=given("now_state"),
        attempts=outbox.c.attempts + given("by"),
        lease_owner=None,
        lease_until=None,
    )
)
_SETTLE = update(outbox).where(outbox.c.id == given("row")).values(about=None, asks_since=None)
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
#: What waits for a channel that was given up, of those whom something else reaches.
_STRANDED = (
    select(outbox.c.contact_id)
    .join_from(outbox, contact, contact.c.id == outbox.c.contact_id)
    .where(
        _QUEUED,
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
    .where(outbox.c.contact_id == given("was"), _QUEUED)
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
_OF_CAUSE = and_(outbox.c.about == given("matter"), outbox.c.key.like(given("cause")))
_NEWEST_HOUR = select(func.max(outbox.c.not_before)).where(
    _OF_CAUSE, outbox.c.state.in_(("queued", "sent"))
)
_TAKE_BACK = (
    update(outbox)
    .where(
        _OF_CAUSE,
        _QUEUED,
        outbox.c.not_before > given("now"),
        outbox.c.lease_owner.is_(None),
    )
    .values(state="superseded")
)
_RELEASE = (
    update(outbox)
    .where(outbox.c.lease_owner == given("owner"), _QUEUED)
    .values(lease_owner=None, lease_until=None)
)
_OTHER_OWNERS = (
    select(outbox.c.lease_owner)
    .where(_QUEUED, outbox.c.lease_owner != given("owner"))
    .group_by(outbox.c.lease_owner)
)
_INHERIT = _RELEASE.values(unclear=True)
_GIVE_BACK = (
    update(outbox)
    .where(outbox.c.id == given("row"), _QUEUED, outbox.c.lease_owner == given("owner"))
    .values(not_before=given("now_not_before"), lease_owner=None, lease_until=None)
)
_HOLD = (
    update(outbox)
    .where(outbox.c.id == given("row"), _QUEUED, outbox.c.lease_owner == given("owner"))
    .values(lease_until=given("now_until"))
)
#: True, of a contact, while a card that was put for them waits and ``owner`` has it not in hand.
WAITS_FOR = (
    exists()
    .where(
        _earlier.c.contact_id == contact.c.id,
        _earlier.c.state == _queued,
        or_(_earlier.c.lease_owner.is_(None), _earlier.c.lease_owner != given("owner")),
    )
    .label("waits")
)
#: A card to this contact, as urgent as a reply, that somebody else has in hand or nobody yet.
_SOMETHING_BEFORE = (
    select(outbox.c.id)
    .where(
        outbox.c.contact_id == given("contact_id"),
        _QUEUED,
        outbox.c.priority <= given("priority"),
        or_(outbox.c.lease_owner.is_(None), outbox.c.lease_owner != given("owner")),
        or_(outbox.c.not_before <= given("now"), outbox.c.attempts > 0),
    )
    .limit(1)
)


_SENT_AT = select(outbox.c.sent_at).where(outbox.c.id == given("id"))
_LATEST = (
    _ROW.where(
        outbox.c.contact_id == given("contact_id"),
        outbox.c.state == "sent",
        outbox.c.external_id.is_not(None),
    )
    .order_by(outbox.c.sent_at.desc(), outbox.c.id.desc())
    .limit(given("limit"))
)
_SENT_SINCE = (
    _ROW.where(
        outbox.c.contact_id == given("contact_id"),
        outbox.c.state == "sent",
        outbox.c.external_id.is_not(None),
        outbox.c.sent_at >= given("since"),
    )
    .order_by(outbox.c.sent_at, outbox.c.id)
    .limit(given("limit"))
)
#: What the program said by itself (a digest, a duty that rang) in a stretch of time: sent, or
#: waiting for its hour. What somebody's act caused is no reminder.
_REMINDED = select(func.count()).where(
    outbox.c.contact_id.in_(listed("contacts")),
    outbox.c.priority >= 2,
    outbox.c.replaces.is_(None),
    or_(*map(outbox.c.key.like, ("duty:%", "digest:2%", "family:%"))),
    or_(
        and_(
            outbox.c.state == "sent",
            outbox.c.external_id.is_not(None),
            outbox.c.sent_at >= given("since"),
            outbox.c.sent_at < given("until"),
        ),
        and_(
            _QUEUED,
            outbox.c.not_before >= given("since"),
            outbox.c.not_before < given("until"),
        ),
    ),
)
#: What was put for one contact, and for all of its channel, in a span.
_PUT_IN = select(func.count()).where(
    outbox.c.channel == given("channel"),
    outbox.c.priority > 0,
    outbox.c.id >= given("first"),
    outbox.c.id < given("last"),
)
_PUT_TO = _PUT_IN.where(outbox.c.contact_id == given("contact_id"))
#: What nobody asked for and is about cases, whose hour is within a span.
_TOLD_OF_CASES = select(func.count()).where(
    outbox.c.contact_id.in_(listed("contacts")),
    outbox.c.priority == 2,
    outbox.c.turn == 0,
    outbox.c.replaces.is_(None),
    outbox.c.state.in_(("queued", "sent")),
    or_(*map(outbox.c.about.like, ("case:%", "gather:%"))),
    outbox.c.id >= given("first"),
    outbox.c.not_before > given("since"),
    outbox.c.not_before <= given("until"),
)
_GATHERED = _ROW.where(
    outbox.c.about >= "gather:",
    outbox.c.about < "gather;",
    outbox.c.state.in_(("queued", "sent")),
    outbox.c.id >= given("first"),
).order_by(outbox.c.id)
_KEY_OF = select(outbox.c.key).where(outbox.c.id == given("id"))
_NEWEST = select(outbox.c.created_at).order_by(outbox.c.id.desc()).limit(1)
_REPLACED = (
    update(outbox)
    .where(outbox.c.id == given("row"), outbox.c.state.in_(("gone", "refused")))
    .values(state="superseded")
)
_FORGET = delete(outbox).where(
    outbox.c.id.in_(
        select(outbox.c.id)
        .where(outbox.c.id < given("first_kept"), outbox.c.state != "queued")
        .order_by(outbox.c.id)
        .limit(given("limit"))
    )
)


class OutboxSeen(Seen):
    """The outbox, to be looked at."""

    def spoke(self, key: str) -> bool:
        """True when this cause has put its card already."""
        return self._db.one(_BY_KEY, key=self._cause(key)) is not None

    def veiled(self, name: str) -> str:
        """A name of the kind "question:4711" that does not say which."""
        kind, _, which = name.partition(":")
        return f"{kind}:{VEIL}{self._blind('outbox', which).hex()[:20]}"

    def _cause(self, key: str | None) -> str | None:
        is_of_report = key is not None and key.partition(":")[0] in OF_REPORTS
        return self.veiled(key) if key is not None and is_of_report else key

    def spoken(self, keys: Iterable[str]) -> frozenset[str]:
        """Of these causes all that have put their card already."""
        return frozenset(
            row[0] for some in in_parts(keys) for row in self._db.all(_BY_KEYS, keys=some)
        )

    def shown(self, contact_id: int, last_id: int, limit: int) -> tuple[OutRow, ...]:
        """What a contact was sent after the card ``last_id`` was sent, in order of sending.

        With 0, or a card that is not known any more: the latest ``limit`` cards.
        """
        since = self._db.one(_SENT_AT, id=last_id)
        rows = (
            self._db.all(_LATEST, contact_id=contact_id, limit=limit)[::-1]
            if since is None or since[0] is None
            else self._db.all(_SENT_SINCE, contact_id=contact_id, since=since[0], limit=limit)
        )
        return tuple(row for row in map(self._row, rows) if row.id != last_id)

    def newest_hour(self, about: str, cause: str) -> datetime | None:
        """The latest hour of the cards about a matter whose causes begin so, sent or waiting."""
        row = self._db.one(_NEWEST_HOUR, matter=about, cause=f"{cause}%")
        return None if row is None else row[0]

    def key_of(self, row_id: int) -> str:
        """The cause of a card; "" where it has none."""
        row = self._db.one(_KEY_OF, id=row_id)
        return "" if row is None or row[0] is None else str(row[0])

    def newest(self) -> datetime | None:
        """When the newest card was made."""
        row = self._db.one(_NEWEST)
        return None if row is None else row[0]

    def newest_of(self, speaker: Speaker) -> OutRow | None:
        """The card that the speaker was asked by last; it was read with them."""
        return self._one(speaker.card)

    def get(self, row_id: int) -> OutRow | None:
        """One card."""
        return self._one(self._db.one(_BY_ID, id=row_id))

    def by_token(self, token: str) -> OutRow | None:
        """The card whose buttons carry this token."""
        return self._one(self._db.one(_BY_TOKEN, token=token))

    def by_external(self, contact_id: int, external_id: str) -> OutRow | None:
        """The card that the channel shows this contact as its message ``external_id``."""
        row = self._db.one(_BY_EXTERNAL, contact_id=contact_id, external_id=external_id)
        return self._one(row)

    def since(self, contact_id: int, after: int, limit: int = 20) -> tuple[OutRow, ...]:
        """What a contact was shown of the cards made after one, newest first."""
        rows = self._db.all(_SINCE, contact_id=contact_id, after=after, limit=limit)
        return tuple(map(self._row, rows))

    def of_turn(self, contact_id: int, turn: int, since: datetime) -> tuple[OutRow, ...]:
        """What a contact was answered in one of its turns, in order, sent already or not."""
        after = first_id(since)
        found = {
            row[0]: self._row(row)
            for statement in _OF_TURN
            for row in self._db.all(statement, contact_id=contact_id, turn=turn, after=after)
        }
        return tuple(found[row_id] for row_id in sorted(found))

    def messages_since(self, contact_id: int, since: datetime) -> frozenset[str]:
        """The channel's ids of what a contact was shown since then, and of what that answered."""
        rows = self._db.all(_MESSAGES, contact_id=contact_id, first=first_id(since))
        return frozenset(one for row in rows for one in row if one)

    def about(self, about: str) -> tuple[OutRow, ...]:
        """The cards that ask to do something about this, sent or still to be sent."""
        return tuple(map(self._row, self._db.all(_ABOUT, about=about)))

    def meant(self, contact_id: int, after: int, limit: int = 20) -> tuple[OutRow, ...]:
        """Of the cards that a contact was shown the later and the lasting ones, newest first."""
        rows = self._db.all(_MEANT, contact_id=contact_id, after=after, limit=limit)
        return tuple(map(self._row, rows))

    def reminded(self, contacts: Sequence[int], since: datetime, until: datetime) -> int:
        """How many reminders these contacts got, or will get, in that time."""
        row = self._db.one(_REMINDED, contacts=[*contacts], since=since, until=until)
        return 0 if row is None else int(row[0])

    def answered(
        self, channel: str, contact_id: int, since: datetime, until: datetime
    ) -> tuple[int, int]:
        """How many cards a contact, and everybody of its channel, was put; alarms do not count."""
        span = {"channel": channel, "first": first_id(since), "last": first_id(until)}
        own = self._db.one(_PUT_TO, contact_id=contact_id, **span)
        everybody = self._db.one(_PUT_IN, **span)
        return own[0] if own else 0, everybody[0] if everybody else 0

    def told_of_cases(self, contacts: Sequence[int], since: datetime, until: datetime) -> int:
        """How many messages about cases these contacts got, or will get, in a span of hours."""
        first = first_id(since - _A_NIGHT)
        row = self._db.one(
            _TOLD_OF_CASES, contacts=[*contacts], first=first, since=since, until=until
        )
        return 0 if row is None else int(row[0])

    def gathered(self, now: datetime) -> tuple[OutRow, ...]:
        """The cards of the last two days in which several cases stand."""
        rows = self._db.all(_GATHERED, first=first_id(now - 2 * _A_NIGHT))
        return tuple(map(self._row, rows))

    def asking(self, before: datetime) -> tuple[Asking, ...]:
        """The cards that asked before a moment, the oldest first."""
        return tuple(map(_asking, self._db.all(_ASKING, before=before)))

    def is_seen(self, card: Asking, contacts: Iterable[int]) -> bool:
        """True when its reader was heard at one of these contacts after it was sent there."""
        copies = [copy_key(card.first, one) for one in contacts]
        return self._db.one(_IS_SEEN, first=card.first, copies=copies) is not None

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

    def _one(self, row: Row | None) -> OutRow | None:
        return None if row is None else self._row(row)

    def _row(self, row: Row) -> OutRow:
        return OutRow(
            id=row[0],
            contact_id=row[1],
            channel=row[2],
            priority=row[3],
            card=self._open(outbox, "card", row[0], row[4]),
            token=row[5],
            turn=row[6],
            draft_id=row[7],
            report_id=int(self._open(outbox, "report", row[0], row[8])) if row[8] else None,
            about=row[9],
            state=row[10],
            replaces=row[11],
            external_id=row[12],
            created_at=row[13],
            document_id=row[14],
            asks=row[15] is not None,
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
        row = self._db.one(_BY_KEY, key=self._cause(card.key))
        assert row is not None
        return int(row[0])

    def put_many(self, cards: Iterable[OutboxIn]) -> None:
        """Owe many people a card each; nothing for whom its cause made one before."""
        self._db.run_many(_PUT, [self._new(self._work.new_id(), card) for card in cards])

    def _new(self, row_id: int, card: OutboxIn) -> dict[str, object]:
        self._put_for_later |= card.lease_owner is None
        return {
            "id": row_id,
            "key": self._cause(card.key),
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
        self._end("refused", ids, by=1)

    def mark_gone(self, ids: Iterable[int]) -> None:
        """Nobody hears at this address any more."""
        self._end("gone", ids, by=1)

    def readdress(self, was: int, contact_id: int, channel: str) -> int:
        """What waits for a contact goes to another of its person; how many cards."""
        return self._db.run(
            _READDRESS, was=was, now_contact=contact_id, now_channel=channel, now=self._now
        )

    def supersede(self, row_id: int) -> None:
        """Do not send it after all, if it was not sent yet."""
        self._end("superseded", (row_id,), by=0)

    def take_back(self, about: str, cause: str) -> None:
        """Cards about a matter whose causes begin so, and that wait for their hour, never go."""
        self._db.run(_TAKE_BACK, matter=about, cause=f"{cause}%", now=self._now)

    def supersede_lost(self, row_id: int) -> None:
        """It did not arrive, and another went in its place."""
        self._db.run(_REPLACED, row=row_id)

    def settle(self, row_id: int) -> None:
        """It asks for nothing any more: a later change of its matter leaves it alone."""
        self._db.run(_SETTLE, row=row_id)

    def asks_no_more(self, row_id: int) -> bool:
        """Nobody looks after it any more; False when somebody else said so before."""
        return self._db.run(_ASKS_NO_MORE, row=row_id) == 1

    def mark_shown(self, contact_id: int, rows: Iterable[int]) -> None:
        """The contact's page shows these; kept of what asks."""
        self._db.run_many(
            _SHOWN, [{"row": row, "contact_id": contact_id, "now": self._now} for row in rows]
        )

    def lay_aside(self, matters: Iterable[str]) -> None:
        """No card asks to do something about these any more, and none is still to be sent."""
        rows = [
            row[0] for some in in_parts(matters) for row in self._db.all(_ABOUT_ANY, matters=some)
        ]
        self._db.run_many(_SETTLE, [{"row": one} for one in rows])
        self._end("superseded", rows, by=0)

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

    def _end(self, state: str, ids: Iterable[int], *, by: int) -> None:
        self._db.run_many(_ENDED, [{"row": row, "now_state": state, "by": by} for row in ids])

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
