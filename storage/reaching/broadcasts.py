"""Broadcasts (通知): one text to many people, sent a few at a time, with who has answered 收到."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy import insert as plain_insert

from storage.repository import BELOW, Kept, Seen, given, listed
from storage.tables import broadcast, broadcast_reader, role

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Broadcast:
    """One text to many people."""

    id: int
    person_id: int
    topic: str
    text: str = field(repr=False)
    #: waiting (for the sender's last word), sending, stopped, done
    state: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How far a broadcast is, in people."""

    all: int
    put: int
    read: int


_COLUMNS = (
    broadcast.c.id,
    broadcast.c.person_id,
    broadcast.c.topic,
    broadcast.c.text,
    broadcast.c.state,
    broadcast.c.created_at,
)
_BY_ID = select(*_COLUMNS).where(broadcast.c.id == given("id"))
_OF_PERSON = (
    select(*_COLUMNS)
    .where(broadcast.c.person_id == given("person_id"), broadcast.c.state != "waiting")
    .order_by(broadcast.c.id.desc())
    .limit(given("limit"))
)
_SENDING = select(broadcast.c.id).where(broadcast.c.state == "sending").order_by(broadcast.c.id)
# Whoever holds one of the posts at or below the place now, each person once.
_MEANT = (
    select(role.c.person_id)
    .where(
        role.c.role.in_(listed("roles")),
        role.c.area_id.in_(BELOW),
        role.c.since <= given("now"),
        or_(role.c.until.is_(None), role.c.until > given("now")),
        role.c.person_id != given("sender"),
    )
    .distinct()
)
_IS_OF = broadcast_reader.c.broadcast_id == given("broadcast_id")
_COUNTED: tuple[Any, ...] = (
    func.count(),
    func.count(broadcast_reader.c.put_at),
    func.count(broadcast_reader.c.read_at),
)
_COUNT = select(*_COUNTED).where(_IS_OF)
_NEXT = (
    select(broadcast_reader.c.person_id)
    .where(_IS_OF, broadcast_reader.c.put_at.is_(None))
    .order_by(broadcast_reader.c.person_id)
    .limit(given("limit"))
)
_SILENT = (
    select(broadcast_reader.c.person_id)
    .where(_IS_OF, broadcast_reader.c.read_at.is_(None))
    .order_by(broadcast_reader.c.person_id)
    .limit(given("limit"))
    .offset(given("start"))
)
_ADD = plain_insert(broadcast)
_ADD_READER = plain_insert(broadcast_reader)
_TO_STATE = (
    update(broadcast)
    .where(broadcast.c.id == given("row"), broadcast.c.state.in_(listed("was")))
    .values(state=given("now_state"))
)
_PUT = (
    update(broadcast_reader)
    .where(
        broadcast_reader.c.broadcast_id == given("of"),
        broadcast_reader.c.person_id == given("reader"),
        broadcast_reader.c.put_at.is_(None),
    )
    .values(put_at=given("now"))
)
_READ = (
    update(broadcast_reader)
    .where(
        and_(
            broadcast_reader.c.broadcast_id == given("of"),
            broadcast_reader.c.person_id == given("reader"),
            broadcast_reader.c.read_at.is_(None),
        )
    )
    .values(read_at=given("now"))
)


class BroadcastsSeen(Seen):
    """Broadcasts, to be looked at."""

    def get(self, broadcast_id: int) -> Broadcast | None:
        """One broadcast."""
        row = self._db.one(_BY_ID, id=broadcast_id)
        return None if row is None else self._broadcast(row)

    def of_person(self, person_id: int, limit: int) -> tuple[Broadcast, ...]:
        """What somebody sent, the newest first."""
        rows = self._db.all(_OF_PERSON, person_id=person_id, limit=limit)
        return tuple(map(self._broadcast, rows))

    def sending(self) -> tuple[int, ...]:
        """Those that are under way, the oldest first."""
        return tuple(row[0] for row in self._db.all(_SENDING))

    def meant(self, roles: Sequence[str], area_id: int, *, sender: int) -> tuple[int, ...]:
        """The people who hold one of the posts at or below a place, without the sender."""
        rows = self._db.all(_MEANT, roles=[*roles], area_id=area_id, now=self._now, sender=sender)
        return tuple(row[0] for row in rows)

    def count(self, broadcast_id: int) -> Count:
        """How far it is."""
        row = self._db.one(_COUNT, broadcast_id=broadcast_id)
        everybody, put, read = row or (0, 0, 0)
        return Count(all=everybody, put=put, read=read)

    def next(self, broadcast_id: int, limit: int) -> tuple[int, ...]:
        """Whose card is put next."""
        return tuple(row[0] for row in self._db.all(_NEXT, broadcast_id=broadcast_id, limit=limit))

    def silent(self, broadcast_id: int, start: int, limit: int) -> tuple[int, ...]:
        """Who has not answered 收到, some of them."""
        rows = self._db.all(_SILENT, broadcast_id=broadcast_id, start=start, limit=limit)
        return tuple(row[0] for row in rows)

    def _broadcast(self, row: Row) -> Broadcast:
        return Broadcast(
            id=row[0],
            person_id=row[1],
            topic=row[2],
            text=self._open(broadcast, "text", row[0], row[3]),
            state=row[4],
            created_at=row[5],
        )


class Broadcasts(BroadcastsSeen, Kept):
    """Broadcasts, to be written and sent."""

    def add(self, person_id: int, topic: str, text: str, readers: Sequence[int]) -> int:
        """A broadcast that waits for the sender's last word; its id."""
        row = self._work.new_id()
        self._db.run(
            _ADD,
            id=row,
            person_id=person_id,
            topic=topic,
            text=self._seal(broadcast, "text", row, text),
            state="waiting",
            created_at=self._now,
        )
        if readers:
            self._db.run_many(
                _ADD_READER,
                [
                    {"broadcast_id": row, "person_id": one, "put_at": None, "read_at": None}
                    for one in readers
                ],
            )
        return row

    def to_state(self, broadcast_id: int, state: str, *, was: Sequence[str]) -> bool:
        """Move it on; False when it stood elsewhere already."""
        return self._db.run(_TO_STATE, row=broadcast_id, now_state=state, was=[*was]) == 1

    def put(self, broadcast_id: int, person_id: int) -> bool:
        """Count somebody's card as put; False when another process was first."""
        return self._db.run(_PUT, of=broadcast_id, reader=person_id, now=self._now) == 1

    def read(self, broadcast_id: int, person_id: int) -> bool:
        """Somebody answered 收到; False when they had before, or were never meant."""
        return self._db.run(_READ, of=broadcast_id, reader=person_id, now=self._now) == 1
