"""Who looks after a child, and delegated care (委托照护) with what the law wants of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import insert, or_, select, update

from storage.repository import Kept, Seen, given
from storage.tables import carer, child

if TYPE_CHECKING:
    from datetime import date, datetime

    from storage.database import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class CarerIn:
    """Somebody who looks after a child."""

    #: parent, relative, delegated; refused: the law forbids this one
    kind: str
    #: name, phone, id_number, relation, address, health; for delegated care the answers of
    #: policy.delegated_care too: declarations, child's opinion, weekly contact, notices.
    said: Mapping[str, str] = field(repr=False)
    since: date | None = None
    until: date | None = None
    #: When somebody must hear that the care ends.
    wake_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Carer:
    """Somebody who looks or looked after a child."""

    id: int
    child_id: int
    kind: str
    said: Mapping[str, str] = field(repr=False)
    since: date | None
    until: date | None
    wake_at: datetime | None
    entered_by: int
    created_at: datetime
    updated_at: datetime


_CARER = select(
    carer.c.id,
    carer.c.child_id,
    carer.c.kind,
    carer.c.said,
    carer.c.since,
    carer.c.until,
    carer.c.wake_at,
    carer.c.entered_by,
    carer.c.created_at,
    carer.c.updated_at,
)
_BY_ID = _CARER.where(carer.c.id == given("id"))
_TO_CHANGE = _BY_ID.with_for_update()
# What a file knew that turned out to be another's belongs to that one.
_MEANT = select(child.c.id).where(
    or_(child.c.id == given("child_id"), child.c.merged_into == given("child_id"))
)
_OF_CHILD = _CARER.where(carer.c.child_id.in_(_MEANT)).order_by(carer.c.id)
_CURRENT = _OF_CHILD.where(
    carer.c.kind != "refused",
    or_(carer.c.until.is_(None), carer.c.until >= given("today")),
)
_DUE = (
    _CARER.where(carer.c.wake_at <= given("now")).order_by(carer.c.wake_at).limit(given("count"))
)
_ADD = insert(carer)
_SAVE = (
    update(carer)
    .where(carer.c.id == given("row"))
    .values(
        said=given("now_said"),
        since=given("now_since"),
        until=given("now_until"),
        wake_at=given("now_wake_at"),
        updated_at=given("now"),
    )
)

_WAKE = update(carer).where(carer.c.id == given("row")).values(wake_at=given("now_wake_at"))


class CarersSeen(Seen):
    """Carers, to be looked at."""

    def get(self, carer_id: int) -> Carer | None:
        """One carer."""
        row = self._db.one(_BY_ID, id=carer_id)
        return None if row is None else self._carer(row)

    def of_child(self, child_id: int) -> tuple[Carer, ...]:
        """All who ever looked after a child, oldest first."""
        return tuple(map(self._carer, self._db.all(_OF_CHILD, child_id=child_id)))

    def current(self, child_id: int, today: date) -> tuple[Carer, ...]:
        """Who looks after a child today."""
        rows = self._db.all(_CURRENT, child_id=child_id, today=today)
        return tuple(map(self._carer, rows))

    def due(self, count: int) -> tuple[Carer, ...]:
        """Whose end somebody must hear of by now, the longest overdue first."""
        return tuple(map(self._carer, self._db.all(_DUE, now=self._now, count=count)))

    def _carer(self, row: Row) -> Carer:
        return Carer(
            id=row[0],
            child_id=row[1],
            kind=row[2],
            said=json.loads(self._open(carer, "said", row[0], row[3])),
            since=row[4],
            until=row[5],
            wake_at=row[6],
            entered_by=row[7],
            created_at=row[8],
            updated_at=row[9],
        )


class Carers(CarersSeen, Kept):
    """Carers, to be entered and changed."""

    def add(self, child_id: int, told: CarerIn, *, by: int) -> int:
        """Enter a carer; their id."""
        carer_id = self._work.new_id()
        self._db.run(
            _ADD,
            id=carer_id,
            child_id=child_id,
            kind=told.kind,
            said=self._said(carer_id, told.said),
            since=told.since,
            until=told.until,
            wake_at=told.wake_at,
            entered_by=by,
            created_at=self._now,
            updated_at=self._now,
            erased_at=None,
        )
        self._work.audit.write(by, "carer-added", "child", child_id, {"carer": carer_id})
        return carer_id

    def change(
        self,
        carer_id: int,
        said: Mapping[str, str],
        *,
        by: int,
        until: date | None = None,
        wake_at: datetime | None = None,
    ) -> Carer:
        """Add to what is known of a carer, or end the care; as they are then.

        A new end brings its own bell.
        """
        row = self._db.one(_TO_CHANGE, id=carer_id)
        if row is None:
            raise LookupError("no such carer")
        known = self._carer(row)
        self._db.run(
            _SAVE,
            row=carer_id,
            now_said=self._said(carer_id, {**known.said, **said}),
            now_since=known.since,
            now_until=until or known.until,
            now_wake_at=wake_at if until else known.wake_at,
            now=self._now,
        )
        self._work.audit.write(
            by, "carer-changed", "child", known.child_id, {"carer": carer_id, "keys": [*said]}
        )
        changed = self.get(carer_id)
        assert changed is not None
        return changed

    def wake(self, carer_id: int, wake_at: datetime | None) -> None:
        """Keep when somebody must hear of the end next; None: they have."""
        self._db.run(_WAKE, row=carer_id, now_wake_at=wake_at)

    def _said(self, carer_id: int, said: Mapping[str, str]) -> bytes:
        return self._seal(carer, "said", carer_id, json.dumps({**said}, ensure_ascii=False))
