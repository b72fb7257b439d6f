"""Grave columns of children that two people changed at once: a human settles each."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from storage.children.child import Cause
from storage.repository import BELOW_ANY, Kept, Seen, given, unindexed
from storage.tables import child, child_conflict

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A grave column that two people changed at once, for a human to settle."""

    id: int
    child_id: int
    area_id: int
    key: str
    #: What the changer saw, what stood there by then, and what they wanted.
    seen: str = field(repr=False)
    stands: str = field(repr=False)
    wanted: str = field(repr=False)
    source: str
    source_id: int | None
    person_id: int
    true_at: datetime
    created_at: datetime


_DISPUTE = select(
    child_conflict.c.id,
    child_conflict.c.child_id,
    child.c.area_id,
    child_conflict.c.key,
    child_conflict.c["values"],
    child_conflict.c.source,
    child_conflict.c.source_id,
    child_conflict.c.person_id,
    child_conflict.c.true_at,
    child_conflict.c.created_at,
).join_from(child_conflict, child, child.c.id == child_conflict.c.child_id)
_OPEN_DISPUTE = _DISPUTE.where(
    child_conflict.c.id == given("id"), child_conflict.c.state == "open"
)
_DISPUTES = _DISPUTE.where(
    unindexed(child.c.area_id, 0).in_(BELOW_ANY), child_conflict.c.state == "open"
).order_by(child_conflict.c.id)
_DISPUTES_OF = _DISPUTE.where(
    child_conflict.c.child_id == given("child_id"), child_conflict.c.state == "open"
).order_by(child_conflict.c.id)
_ADD_DISPUTE = insert(child_conflict)
_SETTLE = (
    update(child_conflict)
    .where(child_conflict.c.id == given("row"), child_conflict.c.state == "open")
    .values(state="settled", settled_by=given("by"), settled_at=given("now"))
)


class DisputesSeen(Seen):
    """Disputes, to be looked at."""

    def below(self, tops: Collection[int]) -> tuple[Dispute, ...]:
        """What waits for a human at or below these areas, oldest first."""
        return tuple(map(self._dispute, self._db.all(_DISPUTES, tops=[*tops])))

    def of_child(self, child_id: int) -> tuple[Dispute, ...]:
        """What waits for a human about one child, oldest first."""
        return tuple(map(self._dispute, self._db.all(_DISPUTES_OF, child_id=child_id)))

    def _dispute(self, row: Row) -> Dispute:
        seen, stands, wanted = json.loads(self._open(child_conflict, "values", row[0], row[4]))
        return Dispute(
            id=row[0],
            child_id=row[1],
            area_id=row[2],
            key=row[3],
            seen=seen,
            stands=stands,
            wanted=wanted,
            source=row[5],
            source_id=row[6],
            person_id=row[7],
            true_at=row[8],
            created_at=row[9],
        )


class Disputes(DisputesSeen, Kept):
    """Disputes, to be put and settled."""

    def put(
        self,
        child_id: int,
        key: str,
        cause: Cause,
        *,
        seen: str,
        stands: str,
        wanted: str,
    ) -> int:
        """A column that is not what its changer saw waits for a human; the id of the dispute."""
        dispute_id = self._work.new_id()
        values = json.dumps((seen, stands, wanted), ensure_ascii=False)
        self._db.run(
            _ADD_DISPUTE,
            id=dispute_id,
            child_id=child_id,
            key=key,
            values=self._seal(child_conflict, "values", dispute_id, values),
            source=cause.source,
            source_id=cause.source_id,
            person_id=cause.by,
            true_at=cause.true_at,
            state="open",
            settled_by=None,
            settled_at=None,
            created_at=self._now,
        )
        return dispute_id

    def settle(self, dispute_id: int, value: str, by: int) -> bool:
        """Have a human's word on a dispute; False when another settled it before."""
        row = self._db.one(_OPEN_DISPUTE, id=dispute_id)
        if row is None or not self._db.run(_SETTLE, row=dispute_id, by=by, now=self._now):
            return False
        told = self._dispute(row)
        cause = (
            Cause(source=told.source, source_id=told.source_id, by=by, true_at=told.true_at)
            if value == told.wanted
            else Cause(source="correction", by=by, true_at=self._now)
        )
        self._work.children.correct(told.child_id, {told.key: value}, cause)
        self._work.audit.write(
            by, "dispute-settled", "child", told.child_id, {"dispute": dispute_id, "key": told.key}
        )
        return True
