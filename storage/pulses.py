"""The heart: when the program was last awake, when it was away, and when its clock leapt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, or_, select, update

from storage.ids import first_id
from storage.repository import Kept, Seen, given, upsert
from storage.repository import insert as insert_or
from storage.tables import duty, duty_climb, meta, outage, outbox

if TYPE_CHECKING:
    from collections.abc import Mapping

    from storage.database import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A time without a beat, or a leap of the clock."""

    id: int
    #: away, forward, back
    kind: str
    #: The last good time, and the time that the clock showed then.
    since: datetime
    until: datetime
    #: Duties whose time came meanwhile.
    missed: int
    #: Of a leap: until when nothing climbs.
    settled_at: datetime | None
    settled_by: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What was to be sent in a stretch of time, and what became of it."""

    due: int
    sent: int
    failed: int
    climbs: int


_PULSE = select(meta.c.value).where(meta.c.key == "pulse")
_BEAT = upsert(meta, "value")
_AWAY = select(meta.c.key, meta.c.value).where(meta.c.key.like("away:%"))
_IS_AWAY = insert_or(meta).on_conflict_do_nothing(index_elements=[meta.c.key])
_IS_BACK = delete(meta).where(meta.c.key == given("which"))
_OUTAGE = select(
    outage.c.id,
    outage.c.kind,
    outage.c.since,
    outage.c.until,
    outage.c.missed,
    outage.c.settled_at,
    outage.c.settled_by,
)
_BY_ID = _OUTAGE.where(outage.c.id == given("id"))
_UNSETTLED = (
    _OUTAGE.where(outage.c.settled_at.is_(None), outage.c.kind != "away")
    .order_by(outage.c.id.desc())
    .limit(1)
)
_BETWEEN = _OUTAGE.where(outage.c.since < given("last"), outage.c.until > given("first")).order_by(
    outage.c.since, outage.c.id
)
_ADD = insert(outage)
_SETTLE = (
    update(outage)
    .where(outage.c.id == given("row"), outage.c.settled_at.is_(None))
    .values(settled_at=given("now"), settled_by=given("by"))
)
_MISSED = select(func.count()).where(
    duty.c.state == "open", duty.c.rings_at > given("since"), duty.c.rings_at <= given("until")
)
# Ids sort by time: a card of these days was not made before their first.
_TALLY = (
    select(outbox.c.state, func.count())
    .where(
        outbox.c.id >= given("first_id"),
        outbox.c.turn == 0,
        outbox.c.replaces.is_(None),
        outbox.c.state != "superseded",
        outbox.c.not_before >= given("first"),
        outbox.c.not_before < given("last"),
    )
    .group_by(outbox.c.state)
)
#: No card waits for an hour that is further away.
_FAR = timedelta(days=60)
_AHEAD = select(
    duty.c.id, duty.c.set_at, duty.c.due_at, duty.c.first_due_at, duty.c.rings_at
).where(duty.c.state == "open", duty.c.set_at > given("now"))
_DUTY_BACK = (
    update(duty)
    .where(duty.c.id == given("row"))
    .values(
        set_at=given("now_set"),
        due_at=given("now_due"),
        first_due_at=given("now_first"),
        rings_at=given("now_rings"),
    )
)
_CARDS_AHEAD = select(outbox.c.id, outbox.c.not_before, outbox.c.attempts).where(
    outbox.c.state == "queued",
    outbox.c.not_before > given("now"),
    or_(
        outbox.c.created_at > given("now"),
        outbox.c.attempts > 0,
        outbox.c.not_before > given("far"),
    ),
)
_CARD_BACK = (
    update(outbox).where(outbox.c.id == given("row")).values(not_before=given("now_not_before"))
)
_SENT_AHEAD = select(outbox.c.id, outbox.c.sent_at).where(outbox.c.sent_at > given("now"))
_SENT_BACK = update(outbox).where(outbox.c.id == given("row")).values(sent_at=given("now_sent"))
_DATABASE_TIME = select(func.clock_timestamp())
#: The line of the server's history: each standby that takes over begins another.
_LINE = select(func.left(func.pg_walfile_name(func.pg_current_wal_lsn()), 8))
_KEPT_LINE = select(meta.c.value).where(meta.c.key == "line")
_CLIMBED = select(func.count()).where(
    duty_climb.c.fired_at >= given("first"), duty_climb.c.fired_at < given("last")
)


class PulsesSeen(Seen):
    """The heart, to be looked at."""

    def last(self) -> datetime | None:
        """When the program was last awake, in whichever process; None before the first beat."""
        row = self._db.one(_PULSE)
        return None if row is None else datetime.fromisoformat(row[0])

    def away(self) -> Mapping[str, datetime]:
        """The channels of which was told that they take nothing, and since when."""
        return {
            row[0].removeprefix("away:"): datetime.fromisoformat(row[1])
            for row in self._db.all(_AWAY)
        }

    def get(self, outage_id: int) -> Outage | None:
        """One outage."""
        row = self._db.one(_BY_ID, id=outage_id)
        return None if row is None else _outage(row)

    def unsettled(self) -> Outage | None:
        """The newest leap that neither a person nor a second source agreed to."""
        row = self._db.one(_UNSETTLED)
        return None if row is None else _outage(row)

    def between(self, first: datetime, last: datetime) -> tuple[Outage, ...]:
        """The outages that touch a stretch of time."""
        return tuple(map(_outage, self._db.all(_BETWEEN, first=first, last=last)))

    def missed(self, since: datetime, until: datetime) -> int:
        """How many open duties should have rung in between."""
        row = self._db.one(_MISSED, since=since, until=until)
        return 0 if row is None else int(row[0])

    def tally(self, first: datetime, last: datetime, made_since: datetime) -> Tally:
        """What was to be sent, of cards that were made after a moment; replies do not count."""
        rows = self._db.all(_TALLY, first=first, last=last, first_id=first_id(made_since))
        counts: Mapping[str, int] = {row[0]: int(row[1]) for row in rows}
        climbed = self._db.one(_CLIMBED, first=first, last=last)
        return Tally(
            due=sum(counts.values()),
            sent=counts.get("sent", 0),
            failed=counts.get("gone", 0) + counts.get("refused", 0),
            climbs=0 if climbed is None else int(climbed[0]),
        )

    def database_time(self) -> datetime | None:
        """What time it is for a database server; None where the database is a file of ours."""
        if not self._db.is_postgresql:
            return None
        row = self._db.one(_DATABASE_TIME)
        return None if row is None else row[0].astimezone(UTC)

    def line(self) -> str:
        """Whether the "same" server as before keeps the database or an "other"; "new" at first."""
        now, before = self._lines()
        return "same" if now == before else "new" if before is None else "other"

    def _lines(self) -> tuple[str | None, str | None]:
        """The line of now, and the one that was kept; a file has none."""
        if not self._db.is_postgresql:
            return None, None
        now, kept = self._db.one(_LINE), self._db.one(_KEPT_LINE)
        return now[0] if now else None, kept[0] if kept else None


class Pulses(PulsesSeen, Kept):
    """The heart, to beat."""

    def beat(self, at: datetime) -> None:
        """Awake at this moment."""
        self._db.run(_BEAT, key="pulse", value=at.isoformat())

    def channel_away(self, channel: str, since: datetime) -> bool:
        """A channel takes nothing; False when that was known."""
        return self._db.run(_IS_AWAY, key=f"away:{channel}", value=since.isoformat()) == 1

    def channel_back(self, channel: str) -> bool:
        """It takes something again; False when that was known."""
        return self._db.run(_IS_BACK, which=f"away:{channel}") == 1

    def take_line(self) -> bool:
        """Keep which server keeps the database; True when it was another before."""
        line, (now, _) = self.line(), self._lines()
        if line != "same":
            self._db.run(_BEAT, key="line", value=now)
        return line == "other"

    def add(self, kind: str, since: datetime, until: datetime) -> Outage:
        """Keep an outage, with what was missed."""
        missed = self.missed(since, until)
        row = self._work.new_id()
        self._db.run(
            _ADD,
            id=row,
            kind=kind,
            since=since,
            until=until,
            missed=missed,
            settled_at=None,
            settled_by=None,
        )
        self._work.audit.write(0, f"clock-{kind}", "outage", row, {"missed": missed})
        found = self.get(row)
        assert found is not None
        return found

    def settle(self, outage_id: int, *, by: int) -> bool:
        """The clock is right: by a person, or by a second source (0); False when it was so."""
        if not self._db.run(_SETTLE, row=outage_id, now=self._now, by=by):
            return False
        self._work.audit.write(by, "clock-settled", "outage", outage_id)
        return True

    def bring_back(self, span: timedelta) -> None:
        """The clock was ahead by so much and is right again: what it dated lies as far ahead.

        A duty would ring, and a card be tried again, only when that time comes.
        """
        now = self._now
        duties = [
            {
                "row": row,
                "now_set": set_at - span,
                "now_due": due_at - span,
                "now_first": first_due_at - span,
                "now_rings": rings_at - span if rings_at else None,
            }
            for row, set_at, due_at, first_due_at, rings_at in self._db.all(_AHEAD, now=now)
        ]
        cards = [
            # What was tried is due; what was put meanwhile still waits for its hour.
            {"row": row, "now_not_before": not_before - span if not attempts else now}
            for row, not_before, attempts in self._db.all(_CARDS_AHEAD, now=now, far=now + _FAR)
        ]
        sent = [
            {"row": row, "now_sent": sent_at - span}
            for row, sent_at in self._db.all(_SENT_AHEAD, now=now)
        ]
        self._db.run_many(_DUTY_BACK, duties)
        self._db.run_many(_CARD_BACK, cards)
        self._db.run_many(_SENT_BACK, sent)


def _outage(row: Row) -> Outage:
    return Outage(
        id=row[0],
        kind=row[1],
        since=row[2],
        until=row[3],
        missed=row[4],
        settled_at=row[5],
        settled_by=row[6],
    )
