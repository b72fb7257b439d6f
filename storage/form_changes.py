"""Versions of forms that somebody wants in force: who, why, and who agreed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select, update

from storage.repository import Kept, Seen, given
from storage.tables import form_change

if TYPE_CHECKING:
    from datetime import datetime

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
class FormChange:
    """A candidate that was proposed, is or was in force, or was refused."""

    id: int
    candidate: Candidate
    why: str = field(repr=False)
    #: The version in force when it was proposed; "" for a new form.
    based_on: str
    #: proposed, applied, refused
    state: str
    proposed_by: int
    proposed_at: datetime
    decided_by: int | None
    decided_at: datetime | None


_CHANGE = select(
    form_change.c.id,
    form_change.c.form,
    form_change.c.version,
    form_change.c.title,
    form_change.c.compiled,
    form_change.c.source_hash,
    form_change.c.why,
    form_change.c.based_on,
    form_change.c.state,
    form_change.c.proposed_by,
    form_change.c.proposed_at,
    form_change.c.decided_by,
    form_change.c.decided_at,
)
_BY_ID = _CHANGE.where(form_change.c.id == given("id"))
_OF_FORM = (
    _CHANGE.where(form_change.c.form == given("form"))
    .order_by(form_change.c.id.desc())
    .limit(given("limit"))
)
_PROPOSED = _CHANGE.where(form_change.c.state == "proposed").order_by(form_change.c.id)
_LAST = select(func.max(form_change.c.serial)).where(form_change.c.form == given("form"))
_ADD = insert(form_change)
# The serial is unique: of two that are decided at the same moment one fails and is tried again.
_DECIDE = (
    update(form_change)
    .where(form_change.c.id == given("row"), form_change.c.state == "proposed")
    .values(
        state=given("now_state"),
        decided_by=given("by"),
        decided_at=given("now"),
        serial=given("now_serial"),
    )
)


class FormChangesSeen(Seen):
    """Versions that somebody wants, or wanted."""

    def get(self, change_id: int) -> FormChange | None:
        """One of them."""
        row = self._db.one(_BY_ID, id=change_id)
        return None if row is None else self._change(row)

    def of(self, form: str, limit: int = 20) -> tuple[FormChange, ...]:
        """Those of a form, the newest first."""
        return tuple(map(self._change, self._db.all(_OF_FORM, form=form, limit=limit)))

    def proposed(self) -> tuple[FormChange, ...]:
        """What waits for a second person."""
        return tuple(map(self._change, self._db.all(_PROPOSED)))

    def _change(self, row: Row) -> FormChange:
        return FormChange(
            id=row[0],
            candidate=Candidate(
                form=row[1], version=row[2], title=row[3], compiled=row[4], source_hash=row[5]
            ),
            why=self._open(form_change, "why", row[0], row[6]),
            based_on=row[7],
            state=row[8],
            proposed_by=row[9],
            proposed_at=row[10],
            decided_by=row[11],
            decided_at=row[12],
        )


class FormChanges(FormChangesSeen, Kept):
    """Versions that somebody wants, to be proposed and decided."""

    def propose(self, wanted: Candidate, why: str, *, by: int) -> int:
        """The id of the proposal."""
        row_id = self._work.new_id()
        self._db.run(
            _ADD,
            id=row_id,
            form=wanted.form,
            version=wanted.version,
            title=wanted.title,
            compiled=wanted.compiled,
            source_hash=wanted.source_hash,
            why=self._seal(form_change, "why", row_id, why),
            based_on=self._in_force(wanted.form),
            state="proposed",
            proposed_by=by,
            proposed_at=self._now,
            decided_by=None,
            decided_at=None,
            serial=None,
        )
        self._audit("proposed", row_id, wanted, by)
        return row_id

    def apply(self, change_id: int, *, by: int) -> bool:
        """Publish it; False when it was decided before, or another version came between."""
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

    def refuse(self, change_id: int, *, by: int) -> bool:
        """It never will be; False when it was decided before."""
        found = self.get(change_id)
        return found is not None and self._decide(found, "refused", by, serial=None)

    def _in_force(self, form: str) -> str:
        row = self._work.forms.current(form)
        return "" if row is None else row.version

    def _last(self, form: str) -> int:
        row = self._db.one(_LAST, form=form)
        return int(row[0] or 0) if row else 0

    def _decide(self, change: FormChange, state: str, by: int, serial: int | None) -> bool:
        decided = self._db.run(
            _DECIDE, row=change.id, now_state=state, by=by, now=self._now, now_serial=serial
        )
        if decided:
            self._audit(state, change.id, change.candidate, by)
        return decided == 1

    def _audit(self, what: str, row_id: int, wanted: Candidate, by: int) -> None:
        told = {"form": wanted.form, "version": wanted.version}
        self._work.audit.write(by, f"form-{what}", "form", row_id, told)
