"""The outbox to be looked at: what became of each card, and whose buttons it has."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, exists, func, literal_column, or_, select

from storage.ids import first_id
from storage.reaching.owed import OutRow
from storage.repository import Seen, given, in_parts, listed
from storage.tables import contact, outbox

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from storage.database import Row
    from storage.people.person import Speaker

#: So long at most lies between the making of a card and its hour, where a night lets it wait.
_A_NIGHT = timedelta(days=1)
#: Causes that lead to a report, beside the contact that it is told: kept as an HMAC.
OF_REPORTS = ("report", "recording", "unmask", "photos", "here")
#: How what stands in its place begins.
VEIL = "~"
#: How the causes of cards begin that are told at a lost phone, and no others.
OF_LOCKS = "locked:"
# Written out, not bound: only so do the partial indexes of what waits come into play.
IN_QUEUE: ColumnElement[str] = literal_column("'queued'")
QUEUED = outbox.c.state == IN_QUEUE
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
# What was not sent because it was asked anew answered a message of theirs, too.
_MESSAGES = select(outbox.c.external_id, outbox.c.answers).where(
    outbox.c.contact_id == given("contact_id"),
    or_(outbox.c.external_id.is_not(None), outbox.c.state == literal_column("'superseded'")),
    outbox.c.id >= given("first"),
)
_ABOUT = _ROW.where(
    outbox.c.about == given("about"), outbox.c.state.in_(("queued", "sent"))
).order_by(outbox.c.id)
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
    for which in (outbox.c.external_id.is_not(None), QUEUED)
)
BY_KEY = select(outbox.c.id).where(outbox.c.key == given("key"))
_BY_KEYS = select(outbox.c.key).where(outbox.c.key.in_(listed("keys")))

_earlier = outbox.alias("earlier")
OF_CAUSE = and_(outbox.c.about == given("matter"), outbox.c.key.like(given("cause")))
_NEWEST_HOUR = select(func.max(outbox.c.not_before)).where(
    OF_CAUSE, outbox.c.state.in_(("queued", "sent"))
)
#: True, of a contact, while a card that was put for them waits and ``owner`` has it not in hand.
WAITS_FOR = (
    exists()
    .where(
        _earlier.c.contact_id == contact.c.id,
        _earlier.c.state == IN_QUEUE,
        or_(_earlier.c.lease_owner.is_(None), _earlier.c.lease_owner != given("owner")),
    )
    .label("waits")
)
_SENT_AT = select(outbox.c.sent_at).where(outbox.c.id == given("id"))
#: Of what was missed the newest, however long somebody was away.
_MISSED = 200
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
    .order_by(outbox.c.sent_at.desc(), outbox.c.id.desc())
    .limit(_MISSED)
)
#: What is on its way, or was sent and is not written down yet.
_IN_HAND = _ROW.where(
    outbox.c.contact_id == given("contact_id"), QUEUED, outbox.c.lease_owner.is_not(None)
).order_by(outbox.c.id)
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
            QUEUED,
            outbox.c.not_before >= given("since"),
            outbox.c.not_before < given("until"),
        ),
    ),
)
#: What was put for one contact, and for all of its channel, in a span.
_PUT_IN = select(func.count()).where(
    outbox.c.channel == given("channel"),
    outbox.c.priority > 0,
    # Ids run ahead of the time when the clock once did.
    outbox.c.id >= given("first"),
    outbox.c.created_at >= given("since"),
    outbox.c.created_at < given("until"),
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


class OutboxSeen(Seen):
    """The outbox, to be looked at."""

    _newest: tuple[Row | None, OutRow | None] | None = None

    def spoke(self, key: str) -> bool:
        """True when this cause has put its card already."""
        return self._db.one(BY_KEY, key=self.cause_of(key)) is not None

    def veiled(self, name: str) -> str:
        """A name of the kind "question:4711" that does not say which."""
        kind, _, which = name.partition(":")
        return f"{kind}:{VEIL}{self._blind('outbox', which).hex()[:20]}"

    def cause_of(self, key: str | None) -> str | None:
        """A cause as its row keeps it: one that leads to a report does not say which."""
        is_of_report = key is not None and key.partition(":")[0] in OF_REPORTS
        return self.veiled(key) if key is not None and is_of_report else key

    def spoken(self, keys: Iterable[str]) -> frozenset[str]:
        """Of these causes all that have put their card already."""
        return frozenset(
            row[0] for some in in_parts(keys) for row in self._db.all(_BY_KEYS, keys=some)
        )

    def shown(
        self, contact_id: int, last_id: int, limit: int, before: timedelta | None = None
    ) -> tuple[OutRow, ...]:
        """What a contact was sent after the card ``last_id`` was sent, in order of sending.

        With 0, or a card that is not known any more: the latest ``limit`` cards. With ``before``
        also what was sent so shortly before, and what is in hand.
        """
        since = self._db.one(_SENT_AT, id=last_id)
        rows = (
            self._db.all(_LATEST, contact_id=contact_id, limit=limit)
            if since is None or since[0] is None
            else self._db.all(
                _SENT_SINCE, contact_id=contact_id, since=since[0] - (before or timedelta())
            )
        )[::-1]
        if before is not None:
            rows += self._db.all(_IN_HAND, contact_id=contact_id)
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
        """The card that the speaker was asked by last; read with them, opened once."""
        if self._newest is None or self._newest[0] is not speaker.card:
            self._newest = speaker.card, self._one(speaker.card)
        return self._newest[1]

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
        span = {"channel": channel, "first": first_id(since), "since": since, "until": until}
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
