"""Changes of the rule tables: who wants which words in force, why, and who agreed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select, update

from storage.repository import Kept, Seen, given
from storage.tables import rule_change

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from storage.database import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChange:
    """The county's own words of one table, proposed, in force or refused."""

    id: int
    table: str
    #: TOML, laid over ours.
    content: str = field(repr=False)
    why: str = field(repr=False)
    #: The newest change in force when it was proposed.
    based_on: int
    #: proposed, applied, refused
    state: str
    proposed_by: int
    proposed_at: datetime
    decided_by: int | None
    decided_at: datetime | None


_CHANGE = select(
    rule_change.c.id,
    rule_change.c.name,
    rule_change.c.content,
    rule_change.c.why,
    rule_change.c.based_on,
    rule_change.c.state,
    rule_change.c.proposed_by,
    rule_change.c.proposed_at,
    rule_change.c.decided_by,
    rule_change.c.decided_at,
    rule_change.c.serial,
)
_BY_ID = _CHANGE.where(rule_change.c.id == given("id"))
_OF_TABLE = (
    _CHANGE.where(rule_change.c.name == given("name"))
    .order_by(rule_change.c.id.desc())
    .limit(given("limit"))
)
_IN_STATE = _CHANGE.where(rule_change.c.state == given("state")).order_by(rule_change.c.id)
_APPLIED = _CHANGE.where(rule_change.c.state == "applied").order_by(rule_change.c.serial)
_NEWEST = select(func.max(rule_change.c.serial))
_ADD = insert(rule_change)
# The serial is unique: of two that are decided at the same moment one fails and is tried again.
_DECIDE = (
    update(rule_change)
    .where(rule_change.c.id == given("row"), rule_change.c.state == "proposed")
    .values(
        state=given("now_state"),
        decided_by=given("by"),
        decided_at=given("now"),
        serial=given("now_serial"),
    )
)


class RuleChangesSeen(Seen):
    """What was changed in the rule tables."""

    def newest(self) -> int:
        """Names what is in force: another number after each change; 0 while ours alone are."""
        row = self._db.one(_NEWEST)
        return int(row[0] or 0) if row else 0

    def in_force(self) -> Mapping[str, str]:
        """The county's own words, by table, as far as they were changed here."""
        return {row[1]: row[2] for row in self._db.all(_APPLIED)}

    def get(self, change_id: int) -> RuleChange | None:
        """One change."""
        row = self._db.one(_BY_ID, id=change_id)
        return None if row is None else self._change(row)

    def of(self, table: str, limit: int = 20) -> tuple[RuleChange, ...]:
        """The changes of a table, the newest first."""
        return tuple(map(self._change, self._db.all(_OF_TABLE, name=table, limit=limit)))

    def proposed(self) -> tuple[RuleChange, ...]:
        """What waits for a second person."""
        return tuple(map(self._change, self._db.all(_IN_STATE, state="proposed")))

    def _change(self, row: Row) -> RuleChange:
        return RuleChange(
            id=row[0],
            table=row[1],
            content=row[2],
            why=self._open(rule_change, "why", row[0], row[3]),
            based_on=row[4],
            state=row[5],
            proposed_by=row[6],
            proposed_at=row[7],
            decided_by=row[8],
            decided_at=row[9],
        )


class RuleChanges(RuleChangesSeen, Kept):
    """Changes of the rule tables, to be proposed and decided."""

    def propose(self, table: str, content: str, why: str, *, based_on: int, by: int) -> int:
        """The id of the proposal."""
        row_id = self._work.new_id()
        self._db.run(
            _ADD,
            id=row_id,
            name=table,
            content=content,
            why=self._seal(rule_change, "why", row_id, why),
            based_on=based_on,
            state="proposed",
            proposed_by=by,
            proposed_at=self._now,
            decided_by=None,
            decided_at=None,
            serial=None,
        )
        self._work.audit.write(by, "rules-proposed", "rules", row_id, {"table": table})
        return row_id

    def apply(self, change_id: int, *, by: int) -> bool:
        """It is in force; False when it was decided before, or another one came between."""
        found = self.get(change_id)
        if found is None or found.based_on != self.newest():
            return False
        return self._decide(found, "applied", by, serial=found.based_on + 1)

    def refuse(self, change_id: int, *, by: int) -> bool:
        """It never will be; False when it was decided before."""
        found = self.get(change_id)
        return found is not None and self._decide(found, "refused", by, serial=None)

    def _decide(self, change: RuleChange, state: str, by: int, serial: int | None) -> bool:
        decided = self._db.run(
            _DECIDE, row=change.id, now_state=state, by=by, now=self._now, now_serial=serial
        )
        if decided:
            self._work.audit.write(
                by, f"rules-{state}", "rules", change.id, {"table": change.table}
            )
        return decided == 1
