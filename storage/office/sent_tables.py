"""Tables that people sent in the talk: looked through one after the other, whoever is killed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

from sqlalchemy import delete, insert, or_, select, update

from storage.repository import Kept, Seen, given, is_alive
from storage.tables import attachment, sent_table

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Row

#: form: a form (问卷); unknown: whether it is one is looked at first
Kind: TypeAlias = Literal["roster", "areas", "shifts", "class", "claims", "form", "unknown"]
#: waiting; found: its sender was told what is in it; refused, taken, dropped: it is over
State: TypeAlias = Literal["waiting", "found", "refused", "taken", "dropped"]

#: Longer than the slowest table takes.
LEASE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentTable:
    """A table, and how far it is."""

    id: int
    kind: Kind
    attachment_id: int
    contact_id: int
    person_id: int
    state: State
    roster_id: int | None
    #: Of another office's list: whose it is, and what it is kept as.
    source: str
    list_id: int | None
    found: str = field(repr=False)
    #: How often it was begun.
    tries: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How far somebody's table is."""

    #: In hundredths; None while that is not known.
    percent: int | None


_TABLE = select(
    sent_table.c.id,
    sent_table.c.kind,
    sent_table.c.attachment_id,
    sent_table.c.contact_id,
    sent_table.c.person_id,
    sent_table.c.state,
    sent_table.c.roster_id,
    sent_table.c.found,
    sent_table.c.tries,
    sent_table.c.created_at,
    sent_table.c.source,
    sent_table.c.list_id,
)
_BY_ID = _TABLE.where(sent_table.c.id == given("id"))
_OF_ROSTER = _TABLE.where(sent_table.c.roster_id == given("roster_id"))
_DUE = (
    _TABLE.join(attachment, attachment.c.id == sent_table.c.attachment_id)
    .where(
        sent_table.c.state == "waiting",
        or_(sent_table.c.lease_until.is_(None), sent_table.c.lease_until <= given("now")),
        # What its channel has not given us yet comes later.
        attachment.c.state.not_in(("wanted", "receiving")),
    )
    .order_by(sent_table.c.id)
    .limit(1)
    .with_for_update(of=sent_table, skip_locked=True)
)
_IS_WAITING = select(sent_table.c.id).where(
    sent_table.c.attachment_id == given("attachment_id"), sent_table.c.state == "waiting"
)
_OWED = (
    select(sent_table.c.percent)
    .where(sent_table.c.contact_id == given("contact_id"), sent_table.c.state == "waiting")
    .order_by(sent_table.c.id)
    .limit(1)
)
_ADD = insert(sent_table)
_LEASE = (
    update(sent_table)
    .where(sent_table.c.id == given("row"))
    .values(
        lease_owner=given("now_owner"),
        lease_until=given("now_until"),
        tries=sent_table.c.tries + 1,
    )
)
_STAGED = (
    update(sent_table).where(sent_table.c.id == given("row")).values(roster_id=given("now_roster"))
)
_KEPT = (
    update(sent_table)
    .where(sent_table.c.id == given("row"))
    .values(list_id=given("now_list"), percent=given("now_percent"))
)
_END = (
    update(sent_table)
    .where(sent_table.c.id == given("row"), sent_table.c.state == given("was"))
    .values(state=given("now_state"), found=given("now_found"), lease_owner=None)
)
_OWNERS = (
    select(sent_table.c.lease_owner)
    .where(sent_table.c.state == "waiting", sent_table.c.lease_owner.is_not(None))
    .group_by(sent_table.c.lease_owner)
)
_FREE = (
    update(sent_table)
    .where(sent_table.c.state == "waiting", sent_table.c.lease_owner == given("owner"))
    .values(lease_owner=None, lease_until=None)
)
_FORGET = delete(sent_table).where(
    sent_table.c.created_at < given("before"), sent_table.c.state != "waiting"
)


class SentTablesSeen(Seen):
    """Tables that were sent, to be looked at."""

    def get(self, table_id: int) -> SentTable | None:
        """One of them."""
        return self._one(self._db.one(_BY_ID, id=table_id))

    def of_roster(self, roster_id: int) -> SentTable | None:
        """The table that was staged as this import."""
        return self._one(self._db.one(_OF_ROSTER, roster_id=roster_id))

    def is_waiting(self, attachment_id: int) -> bool:
        """True while this file waits to be looked through."""
        return self._db.one(_IS_WAITING, attachment_id=attachment_id) is not None

    def owed(self, contact_id: int) -> Waiting | None:
        """The first table of this contact that is not looked through yet; None for none."""
        row = self._db.one(_OWED, contact_id=contact_id)
        return None if row is None else Waiting(percent=row[0])

    def _one(self, row: Row | None) -> SentTable | None:
        return None if row is None else self._table(row)

    def _table(self, row: Row) -> SentTable:
        return SentTable(
            id=row[0],
            kind=row[1],
            attachment_id=row[2],
            contact_id=row[3],
            person_id=row[4],
            state=row[5],
            roster_id=row[6],
            found=self._open_any(sent_table, "found", row[0], row[7]),
            tries=row[8],
            created_at=row[9],
            source=row[10] or "",
            list_id=row[11],
        )


class SentTables(SentTablesSeen, Kept):
    """Tables that were sent, to be looked through."""

    def add(
        self,
        kind: Kind,
        attachment_id: int,
        contact_id: int,
        person_id: int,
        *,
        source: str = "",
    ) -> int:
        """A table to be looked through, and whose it is if not the sender's own; its id."""
        table_id = self._work.new_id()
        self._db.run(
            _ADD,
            id=table_id,
            kind=kind,
            attachment_id=attachment_id,
            contact_id=contact_id,
            person_id=person_id,
            state="waiting",
            roster_id=None,
            source=source or None,
            list_id=None,
            percent=None,
            found=None,
            tries=0,
            lease_owner=None,
            lease_until=None,
            created_at=self._now,
        )
        return table_id

    def claim(self, owner: str) -> SentTable | None:
        """The next one to look through, for ``owner`` alone; None when there is none."""
        found = self._one(self._db.one(_DUE, now=self._now))
        if found is not None:
            until = self._now + LEASE
            self._db.run(_LEASE, row=found.id, now_owner=owner, now_until=until)
        return found

    def inherit(self, owner: str) -> None:
        """Free what dead processes were looking through."""
        for (other,) in self._db.all(_OWNERS):
            if other != owner and not is_alive(self._db, other):
                self._db.run(_FREE, owner=other)

    def staged_as(self, table_id: int, roster_id: int) -> None:
        """Its rows are kept as this import."""
        self._db.run(_STAGED, row=table_id, now_roster=roster_id)

    def kept_as(self, table_id: int, list_id: int, percent: int) -> None:
        """Another office's list is kept as this one, and how much of it."""
        self._db.run(_KEPT, row=table_id, now_list=list_id, now_percent=percent)

    def move_on(self, table: SentTable, state: State, found: str = "") -> bool:
        """It is as far as this now; False when it was moved on meanwhile."""
        sealed = self._seal(sent_table, "found", table.id, found) if found else None
        moved = self._db.run(
            _END, row=table.id, was=table.state, now_state=state, now_found=sealed
        )
        return moved == 1

    def forget(self, before: datetime) -> int:
        """Remove what was sent before a moment and is over; how many."""
        return self._db.run(_FORGET, before=before)
