"""Who looks after a child, and delegated care (委托照护) with what the law wants of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import insert, or_, select, update

from storage.repository import Kept, Seen, given
from storage.tables import carer

if TYPE_CHECKING:
    from datetime import date, datetime

    from storage.database import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class CarerIn:
    """Somebody who looks after a child."""

    #: parent, relative, delegated
    kind: str
    #: name, phone, id_number, relation, address, health; for delegated care the answers of
    #: policy.delegated_care too: declarations, child's opinion, weekly contact, notices.
    said: Mapping[str, str] = field(repr=False)
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Carer:
    """Somebody who looks or looked after a child."""

    id: int
    child_id: int
    kind: str
    said: Mapping[str, str] = field(repr=False)
    since: date | None
    until: date | None
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
    carer.c.entered_by,
    carer.c.created_at,
    carer.c.updated_at,
)
_BY_ID = _CARER.where(carer.c.id == given("id"))
_TO_CHANGE = _BY_ID.with_for_update()
_OF_CHILD = _CARER.where(carer.c.child_id == given("child_id")).order_by(carer.c.id)
_CURRENT = _OF_CHILD.where(or_(carer.c.until.is_(None), carer.c.until >= given("today")))
_ADD = insert(carer)
_SAVE = (
    update(carer)
    .where(carer.c.id == given("row"))
    .values(
        said=given("now_said"),
        since=given("now_since"),
        until=given("now_until"),
        updated_at=given("now"),
    )
)


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

    def _carer(self, row: Row) -> Carer:
        return Carer(
            id=row[0],
            child_id=row[1],
            kind=row[2],
            said=json.loads(self._open(carer, "said", row[0], row[3])),
            since=row[4],
            until=row[5],
            entered_by=row[6],
            created_at=row[7],
            updated_at=row[8],
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
            entered_by=by,
            created_at=self._now,
            updated_at=self._now,
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
    ) -> Carer:
        """Add to what is known of a carer, or end the care; as they are then."""
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
            now=self._now,
        )
        self._work.audit.write(
            by, "carer-changed", "child", known.child_id, {"carer": carer_id, "keys": [*said]}
        )
        changed = self.get(carer_id)
        assert changed is not None
        return changed

    def _said(self, carer_id: int, said: Mapping[str, str]) -> bytes:
        return self._seal(carer, "said", carer_id, json.dumps({**said}, ensure_ascii=False))
