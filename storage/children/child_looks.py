"""Who opened a child's file, and why: the audit knows, and beside it lie people's own words."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from storage.repository import BELOW_ANY, Kept, Seen, given
from storage.tables import audit, child, child_opening

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Row

#: No row of the audit comes after it.
MAX_SEQ = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Somebody opened a child's file."""

    person_id: int
    at: datetime
    #: A code of ours: own, deputy ...; "" with words.
    code: str
    #: In their own words.
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAt:
    """Somebody opened some child's file."""

    #: Its place in the audit.
    seq: int
    child_id: int
    look: Look = field(repr=False)


_LOOKS_BELOW = (
    select(audit.c.seq, audit.c.actor, audit.c.at, audit.c.detail, audit.c.subject_id)
    .join_from(audit, child, child.c.id == audit.c.subject_id)
    .where(
        audit.c.subject == "child",
        audit.c.verb == "child-opened",
        audit.c.seq < given("before"),
        child.c.area_id.in_(BELOW_ANY),
    )
    .order_by(audit.c.seq.desc())
    .limit(given("count"))
)
_ADD_OPENING = insert(child_opening)
_REASON = select(child_opening.c.reason).where(child_opening.c.id == given("id"))
_OPENINGS = select(child_opening.c.id, child_opening.c.reason).where(
    child_opening.c.child_id == given("child_id")
)
_LOOKS = (
    select(audit.c.actor, audit.c.at, audit.c.detail)
    .where(
        audit.c.subject == "child",
        audit.c.subject_id == given("child_id"),
        audit.c.verb == "child-opened",
    )
    .order_by(audit.c.seq)
)


class ChildLooksSeen(Seen):
    """Looks at children's files, to be looked at themselves."""

    def below(
        self, tops: Collection[int], *, before: int = MAX_SEQ, count: int
    ) -> tuple[LookAt, ...]:
        """Who opened which child's file at or below some areas, the newest first."""
        rows = self._db.all(_LOOKS_BELOW, tops=[*tops], before=before, count=count)
        return tuple(LookAt(seq=row[0], child_id=row[4], look=self._look_of(row)) for row in rows)

    def _look_of(self, row: Row) -> Look:
        reason_id = json.loads(row[3]).get("opening")
        sealed = self._db.one(_REASON, id=reason_id) if reason_id else None
        reasons = (
            {reason_id: self._open(child_opening, "reason", reason_id, sealed[0])}
            if sealed
            else {}
        )
        return _look(row[1:4], reasons)

    def of_child(self, child_id: int) -> tuple[Look, ...]:
        """Who opened a child's file, oldest first."""
        reasons = {
            row[0]: self._open(child_opening, "reason", row[0], row[1])
            for row in self._db.all(_OPENINGS, child_id=child_id)
        }
        return tuple(_look(row, reasons) for row in self._db.all(_LOOKS, child_id=child_id))


class ChildLooks(ChildLooksSeen, Kept):
    """Looks at children's files, to be written down."""

    def note(self, child_id: int, actor: int, *, code: str = "", reason: str = "") -> None:
        """Somebody opens a file, for a reason of ours or in their own words, or both."""
        detail: dict[str, object] = {"code": code} if code else {}
        if reason:
            opening_id = self._work.new_id()
            sealed = self._seal(child_opening, "reason", opening_id, reason)
            self._db.run(_ADD_OPENING, id=opening_id, child_id=child_id, reason=sealed)
            detail["opening"] = opening_id
        self._work.audit.write(actor, "child-opened", "child", child_id, detail)


def _look(row: Row, reasons: Mapping[int, str]) -> Look:
    detail = json.loads(row[2])
    return Look(
        person_id=row[0],
        at=row[1],
        code=detail.get("code", ""),
        reason=reasons.get(detail.get("opening"), ""),
    )
