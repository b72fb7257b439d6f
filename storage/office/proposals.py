"""What somebody proposes and a second person decides: what rule tables and forms share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy import Column, Select, Table, Update, select, update

from storage.repository import Kept, Seen, given

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Something that was proposed, is or was in force, or was refused."""

    id: int
    why: str = field(repr=False)
    #: proposed, applied, refused
    state: str
    proposed_by: int
    proposed_at: datetime
    decided_by: int | None
    decided_at: datetime | None


P = TypeVar("P", bound=Proposal)


class Statements:
    """Those of one table; ``own`` are the columns that others do not have."""

    def __init__(self, table: Table, name: Column[Any], *own: Column[Any]) -> None:
        one = table.c
        self.table = table
        self.shared = (
            *(one.id, one.why, one.state, one.proposed_by, one.proposed_at),
            *(one.decided_by, one.decided_at),
        )
        self.all: Select[Any] = select(*self.shared, name, *own)
        self.by_id = self.all.where(one.id == given("id"))
        self.proposed = self.all.where(one.state == "proposed").order_by(one.id)
        newest = self.all.where(name == given("name")).order_by(one.id.desc())
        self.of_name = newest.limit(given("limit"))
        # The serial is unique: of two that are decided at the same moment one fails and is tried
        # again.
        self.decide: Update = (
            update(table)
            .where(one.id == given("row"), one.state == "proposed")
            .values(
                state=given("now_state"),
                decided_by=given("by"),
                decided_at=given("now"),
                serial=given("now_serial"),
            )
        )


class ProposalsSeen(Seen, Generic[P], ABC):
    """What is and was proposed."""

    _of: Statements

    def get(self, change_id: int) -> P | None:
        """One of them."""
        row = self._db.one(self._of.by_id, id=change_id)
        return None if row is None else self._read(row)

    def of(self, name: str, limit: int = 20) -> tuple[P, ...]:
        """Those of one table or form, the newest first."""
        return tuple(map(self._read, self._db.all(self._of.of_name, name=name, limit=limit)))

    def proposed(self) -> tuple[P, ...]:
        """What waits for a second person."""
        return tuple(map(self._read, self._db.all(self._of.proposed)))

    def _read(self, row: Row) -> P:
        shared = dict(zip((one.name for one in self._of.shared), row, strict=False))
        why = self._open(self._of.table, "why", row[0], row[1])
        return self._made({**shared, "why": why}, row[len(self._of.shared) :])

    @abstractmethod
    def _made(self, shared: dict[str, Any], own: Row) -> P:
        """The proposal of a row: what all have, and the columns of its own."""


class Proposals(ProposalsSeen[P], Kept):
    """Proposals, to be made and decided."""

    @abstractmethod
    def apply(self, change_id: int, *, by: int) -> bool:
        """It is in force; False when it was decided before, or another one came between."""

    def refuse(self, change_id: int, *, by: int) -> bool:
        """It never will be; False when it was decided before."""
        found = self.get(change_id)
        return found is not None and self._decide(found, "refused", by, serial=None)

    def _begun(self, row_id: int, why: str, *, by: int) -> dict[str, Any]:
        """What a new row says that every proposal has."""
        return {
            "id": row_id,
            "why": self._seal(self._of.table, "why", row_id, why),
            "state": "proposed",
            "proposed_by": by,
            "proposed_at": self._now,
            "decided_by": None,
            "decided_at": None,
            "serial": None,
        }

    def _decide(self, change: P, state: str, by: int, serial: int | None) -> bool:
        decided = self._db.run(
            self._of.decide,
            row=change.id,
            now_state=state,
            by=by,
            now=self._now,
            now_serial=serial,
        )
        if decided:
            self._note(state, change, by)
        return decided == 1

    @abstractmethod
    def _note(self, state: str, change: P, by: int) -> None:
        """Write into the audit what became of it."""
