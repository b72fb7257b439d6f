"""Changes of the rule tables: who wants which words in force, why, and who agreed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select

from storage.office.proposals import Proposal, Proposals, ProposalsSeen, Statements
from storage.tables import rule_change

if TYPE_CHECKING:
    from collections.abc import Mapping

    from storage.database import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChange(Proposal):
    """The county's own words of one table."""

    table: str
    #: TOML, laid over ours.
    content: str = field(repr=False)
    #: The newest change in force when it was proposed.
    based_on: int


_OF = Statements(rule_change, rule_change.c.name, rule_change.c.content, rule_change.c.based_on)
_APPLIED = (
    select(rule_change.c.name, rule_change.c.content)
    .where(rule_change.c.state == "applied")
    .order_by(rule_change.c.serial)
)
_NEWEST = select(func.max(rule_change.c.serial))
_ADD = insert(rule_change)


class RuleChangesSeen(ProposalsSeen[RuleChange]):
    """What was changed in the rule tables."""

    _of = _OF

    def newest(self) -> int:
        """Names what is in force: another number after each change; 0 while ours alone are."""
        row = self._db.one(_NEWEST)
        return int(row[0] or 0) if row else 0

    def in_force(self) -> Mapping[str, str]:
        """The county's own words, by table, as far as they were changed here."""
        return {row[0]: row[1] for row in self._db.all(_APPLIED)}

    def _made(self, shared: dict[str, Any], own: Row) -> RuleChange:
        return RuleChange(**shared, table=own[0], content=own[1], based_on=own[2])


class RuleChanges(RuleChangesSeen, Proposals[RuleChange]):
    """Changes of the rule tables, to be proposed and decided."""

    def propose(self, table: str, content: str, why: str, *, based_on: int, by: int) -> int:
        """The id of the proposal."""
        row_id = self._work.new_id()
        begun = self._begun(row_id, why, by=by)
        self._db.run(_ADD, **begun, name=table, content=content, based_on=based_on)
        self._work.audit.write(by, "rules-proposed", "rules", row_id, {"table": table})
        return row_id

    def apply(self, change_id: int, *, by: int) -> bool:
        found = self.get(change_id)
        if found is None or found.based_on != self.newest():
            return False
        return self._decide(found, "applied", by, serial=found.based_on + 1)

    def _note(self, state: str, change: RuleChange, by: int) -> None:
        told = {"table": change.table}
        self._work.audit.write(by, f"rules-{state}", "rules", change.id, told)
