"""That somebody took a list out of the house, and why."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from storage.repository import Kept, Seen, given
from storage.tables import audit, export_reason

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Row

#: How the audit says it; what left stands before it.
_LEFT = ".exported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A list that somebody took out."""

    at: datetime
    #: Who; the office at its own machine is nobody's id.
    by: int
    what: str
    rows: int
    reason: str = field(repr=False)


_ADD = insert(export_reason)
_LATEST = (
    select(audit.c.at, audit.c.actor, audit.c.verb, audit.c.detail)
    .where(audit.c.subject == "area", audit.c.subject_id == 0, audit.c.verb.like(f"%{_LEFT}"))
    .order_by(audit.c.seq.desc())
    .limit(given("count"))
)
_REASON = select(export_reason.c.reason).where(export_reason.c.id == given("id"))


class ExportsSeen(Seen):
    """Lists that left."""

    def latest(self, count: int) -> tuple[Export, ...]:
        """The last ones, the newest first."""
        return tuple(map(self._export, self._db.all(_LATEST, count=count)))

    def _export(self, row: Row) -> Export:
        told = json.loads(row[3])
        return Export(
            at=row[0],
            by=row[1],
            what=row[2].removesuffix(_LEFT),
            rows=told["rows"],
            reason=self._why(told.get("reason")),
        )

    def _why(self, row_id: int | None) -> str:
        sealed = None if row_id is None else self._db.one(_REASON, id=row_id)
        if row_id is None or sealed is None:
            return ""
        return self._open(export_reason, "reason", row_id, sealed[0])


class Exports(ExportsSeen, Kept):
    """Lists that leave, to be written down."""

    def note(self, what: str, rows: int, *, by: int, reason: str = "") -> None:
        """The audit says who took which list and how many rows; the reason is sealed beside it."""
        detail: dict[str, object] = {"rows": rows}
        if reason:
            row_id = detail["reason"] = self._work.new_id()
            sealed = self._seal(export_reason, "reason", row_id, reason)
            self._db.run(_ADD, id=row_id, reason=sealed)
        self._work.audit.write(by, f"{what}{_LEFT}", "area", 0, detail)
