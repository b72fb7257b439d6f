"""Versions of forms that somebody wants in force: who, why, and who agreed."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select

from storage.office.proposals import Proposal, Proposals, ProposalsSeen, Statements
from storage.repository import given
from storage.tables import form_change

if TYPE_CHECKING:
    from storage.database import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A version that could be published: it was compiled without a fault."""

    form: str
    version: str
    title: str
    compiled: str = field(repr=False)
    source_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FormChange(Proposal):
    """A candidate that somebody wants, or wanted."""

    candidate: Candidate
    #: The version in force when it was proposed; "" for a new form.
    based_on: str


_OF = Statements(
    form_change,
    form_change.c.form,
    form_change.c.version,
    form_change.c.title,
    form_change.c.compiled,
    form_change.c.source_hash,
    form_change.c.based_on,
)
_LAST = select(func.max(form_change.c.serial)).where(form_change.c.form == given("form"))
_ADD = insert(form_change)


class FormChangesSeen(ProposalsSeen[FormChange]):
    """Versions that somebody wants, or wanted."""

    _of = _OF

    def _made(self, shared: dict[str, Any], own: Row) -> FormChange:
        form, version, title, compiled, source_hash, based_on = own
        candidate = Candidate(
            form=form, version=version, title=title, compiled=compiled, source_hash=source_hash
        )
        return FormChange(**shared, candidate=candidate, based_on=based_on)


class FormChanges(FormChangesSeen, Proposals[FormChange]):
    """Versions that somebody wants, to be proposed and decided."""

    def propose(self, wanted: Candidate, why: str, *, by: int) -> int:
        """The id of the proposal."""
        row_id = self._work.new_id()
        begun = self._begun(row_id, why, by=by)
        self._db.run(_ADD, **begun, **asdict(wanted), based_on=self._in_force(wanted.form))
        self._audit("proposed", row_id, wanted, by)
        return row_id

    def apply(self, change_id: int, *, by: int) -> bool:
        found = self.get(change_id)
        if found is None or found.based_on != self._in_force(found.candidate.form):
            return False
        if not self._decide(found, "applied", by, serial=self._last(found.candidate.form) + 1):
            return False
        wanted = found.candidate
        self._work.forms.publish(
            wanted.form, wanted.title, wanted.compiled, wanted.version, wanted.source_hash
        )
        return True

    def _in_force(self, form: str) -> str:
        row = self._work.forms.current(form)
        return "" if row is None else row.version

    def _last(self, form: str) -> int:
        row = self._db.one(_LAST, form=form)
        return int(row[0] or 0) if row else 0

    def _note(self, state: str, change: FormChange, by: int) -> None:
        self._audit(state, change.id, change.candidate, by)

    def _audit(self, what: str, row_id: int, wanted: Candidate, by: int) -> None:
        told = {"form": wanted.form, "version": wanted.version}
        self._work.audit.write(by, f"form-{what}", "form", row_id, told)
