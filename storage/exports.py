"""That somebody took a list out of the house, and why."""

from __future__ import annotations

from sqlalchemy import insert

from storage.repository import Kept
from storage.tables import export_reason

_ADD = insert(export_reason)


class Exports(Kept):
    """Lists that leave, to be written down."""

    def note(self, what: str, rows: int, *, by: int, reason: str = "") -> None:
        """The audit says who took which list and how many rows; the reason is sealed beside it."""
        detail: dict[str, object] = {"rows": rows}
        if reason:
            row_id = detail["reason"] = self._work.new_id()
            sealed = self._seal(export_reason, "reason", row_id, reason)
            self._db.run(_ADD, id=row_id, reason=sealed)
        self._work.audit.write(by, f"{what}.exported", "area", 0, detail)
