"""The audit: who did and saw what, in rows that only grow, each bound to the one before it."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import insert, select

from storage.repository import Kept, Seen, given
from storage.tables import audit

if TYPE_CHECKING:
    from datetime import date, datetime

    from storage.database import Database, Row
    from storage.work import Work

#: The program itself, where a person's id would stand.
PROGRAM = 0
#: Writers of the chain take turns; the number only has to be nobody else's.
_ADVISORY_LOCK = 0x5842_4155_4449_5400
_PAGE = 5_000
#: Of a noted hash. Whoever has the keys would have to try 10**20 chains to hit one.
DIGITS = 20


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that somebody did or saw."""

    at: datetime
    actor: int
    verb: str
    subject: str
    subject_id: int
    #: Codes and ids, as JSON.
    detail: str


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain: kept elsewhere, it proves that nothing was cut off."""

    seq: int
    mac: bytes

    @property
    def digits(self) -> str:
        """The hash as people write it down: as long as the number of a bank card."""
        return f"{int.from_bytes(self.mac) % 10**DIGITS:0{DIGITS}}"


@dataclass(frozen=True, slots=True)
class Anchor:
    """A head that was noted outside the table, and on which day."""

    day: date
    seq: int
    digits: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The first row that is not as it was written."""

    seq: int
    #: changed, missing, cut-off; rewritten: whole in itself, but not what was noted elsewhere
    how: str


Verdict: TypeAlias = Head | Broken
#: Before the first row.
EMPTY = Head(0, bytes(32))

_COLUMNS = (
    audit.c.seq,
    audit.c.at,
    audit.c.actor,
    audit.c.verb,
    audit.c.subject,
    audit.c.subject_id,
    audit.c.detail,
    audit.c.mac,
)
_HEAD = select(audit.c.seq, audit.c.mac).order_by(audit.c.seq.desc()).limit(1)
_AT = select(audit.c.seq, audit.c.mac).where(audit.c.seq == given("seq"))
_NEXT = select(*_COLUMNS).where(audit.c.seq > given("after")).order_by(audit.c.seq).limit(_PAGE)
_OF = (
    select(*_COLUMNS)
    .where(audit.c.subject == given("subject"), audit.c.subject_id == given("subject_id"))
    .order_by(audit.c.seq)
)
_APPEND = insert(audit)


class AuditSeen(Seen):
    """The audit, to be looked at and checked."""

    def of(self, subject: str, subject_id: int) -> tuple[Fact, ...]:
        """All that was done to a subject, oldest first."""
        rows = self._db.all(_OF, subject=subject, subject_id=subject_id)
        return tuple(_fact(row) for row in rows)

    def head(self) -> Head:
        """The end of the chain."""
        return _head(self._db)

    def holds(self, anchor: Anchor) -> bool:
        """True while the row that was noted is there, and is the one that was noted."""
        row = self._db.one(_AT, seq=anchor.seq)
        return row is not None and Head(row[0], bytes(row[1])).digits == anchor.digits

    def verify(
        self,
        progress: Callable[[int], object] = lambda _: None,
        *,
        anchors: Collection[Anchor] = (),
    ) -> Verdict:
        """The head of an unbroken chain, or its first bad row.

        ``anchors`` that were noted elsewhere find a chain that was cut off or written anew.
        """
        verdict = _follow(self._db, self._reading.shared.audit_key, progress, anchors)
        longest = max((anchor.seq for anchor in anchors), default=0)
        if isinstance(verdict, Head) and verdict.seq < longest:
            return Broken(verdict.seq + 1, "cut-off")
        return verdict


class Audit(AuditSeen, Kept):
    """The audit, to be written."""

    def __init__(self, work: Work) -> None:
        super().__init__(work)
        self.written: list[Fact] = []

    def write(
        self,
        actor: int,
        verb: str,
        subject: str,
        subject_id: int,
        detail: Mapping[str, object] | None = None,
    ) -> None:
        """Write down what somebody does: it is kept with the turn, or neither is."""
        text = json.dumps(detail or {}, sort_keys=True, separators=(",", ":"))
        self.written.append(Fact(self._now, actor, verb, subject, subject_id, text))


def append(db: Database, key: bytes, facts: list[Fact]) -> None:
    """Bind the facts of a batch to the chain, right before its commit."""
    if not facts:
        return
    if db.is_postgresql:
        db.tell("SELECT pg_advisory_xact_lock(%s)", _ADVISORY_LOCK)
    head = _head(db)
    rows = []
    seq, mac = head.seq, head.mac
    for fact in facts:
        seq += 1
        mac = _mac(key, mac, seq, fact)
        rows.append({"seq": seq, "mac": mac, **_values(fact)})
    db.run_many(_APPEND, rows)


def _head(db: Database) -> Head:
    row = db.one(_HEAD)
    return EMPTY if row is None else Head(row[0], bytes(row[1]))


def _follow(
    db: Database, key: bytes, progress: Callable[[int], object], anchors: Collection[Anchor]
) -> Verdict:
    noted = {anchor.seq: anchor.digits for anchor in anchors}
    seq, mac = EMPTY.seq, EMPTY.mac
    while rows := db.all(_NEXT, after=seq):
        for row in rows:
            if row[0] != seq + 1:
                return Broken(seq + 1, "missing")
            seq, mac = row[0], _mac(key, mac, row[0], _fact(row))
            if mac != bytes(row[7]):
                return Broken(seq, "changed")
            if seq in noted and noted[seq] != Head(seq, mac).digits:
                return Broken(seq, "rewritten")
        progress(seq)
    return Head(seq, mac)


def _mac(key: bytes, before: bytes, seq: int, fact: Fact) -> bytes:
    at = fact.at.astimezone(UTC).isoformat()
    row = [seq, at, fact.actor, fact.verb, fact.subject, fact.subject_id, fact.detail]
    return hmac.digest(key, before + json.dumps(row, ensure_ascii=False).encode(), "sha256")


def _fact(row: Row) -> Fact:
    return Fact(row[1], row[2], row[3], row[4], row[5], row[6])


def _values(fact: Fact) -> dict[str, object]:
    return {
        "at": fact.at,
        "actor": fact.actor,
        "verb": fact.verb,
        "subject": fact.subject,
        "subject_id": fact.subject_id,
        "detail": fact.detail,
    }
