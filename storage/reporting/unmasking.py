"""Opening who reported: one person of the county asks with a reason, another one opens it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import insert, select, update

from storage.repository import Kept, Seen, given
from storage.tables import area, unmasking

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmasking:
    """Somebody wants to know who reported."""

    id: int
    report_id: int
    asked_by: int
    reason: str = field(repr=False)
    #: asked, opened, refused
    state: str
    decided_by: int | None
    decided_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """Who reported, and the contact that must be told."""

    said: Mapping[str, str] = field(repr=False)
    contact_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotOpened:
    """It stays sealed; the code tells why: unknown, decided, same-person, not-county."""

    code: str


Answer: TypeAlias = Opened | NotOpened

_UNMASKING = select(
    unmasking.c.id,
    unmasking.c.report_id,
    unmasking.c.asked_by,
    unmasking.c.reason,
    unmasking.c.state,
    unmasking.c.decided_by,
    unmasking.c.decided_at,
    unmasking.c.created_at,
)
_BY_ID = _UNMASKING.where(unmasking.c.id == given("id"))
_WAITING = _UNMASKING.where(unmasking.c.state == "asked").order_by(unmasking.c.id)
_OF_REPORT = _UNMASKING.where(unmasking.c.report_id == given("report_id")).order_by(unmasking.c.id)
_ADD = insert(unmasking)
_DECIDE = (
    update(unmasking)
    .where(unmasking.c.id == given("row"), unmasking.c.state == "asked")
    .values(state=given("now_state"), decided_by=given("by"), decided_at=given("now"))
)
_KIND = select(area.c.kind).where(area.c.id == given("id"))


class UnmaskingsSeen(Seen):
    """Who wanted to know who reported."""

    def get(self, unmasking_id: int) -> Unmasking | None:
        """One wish."""
        row = self._db.one(_BY_ID, id=unmasking_id)
        return None if row is None else self._unmasking(row)

    def waiting(self, person_id: int) -> tuple[Unmasking, ...]:
        """What this person may decide: the wishes of others, oldest first."""
        wishes = map(self._unmasking, self._db.all(_WAITING))
        return tuple(one for one in wishes if one.asked_by != person_id)

    def of_report(self, report_id: int) -> tuple[Unmasking, ...]:
        """All wishes about one report, oldest first."""
        return tuple(map(self._unmasking, self._db.all(_OF_REPORT, report_id=report_id)))

    def is_of_county(self, person_id: int, county_roles: Collection[str]) -> bool:
        """True when the person holds one of the roles at the county itself."""
        return any(
            one.role in county_roles and self._db.one(_KIND, id=one.area_id) == ("county",)
            for one in self._reading.people.roles(person_id)
        )

    def _unmasking(self, row: Row) -> Unmasking:
        return Unmasking(
            id=row[0],
            report_id=row[1],
            asked_by=self._reading.links.who_is(row[2]),
            reason=self._open(unmasking, "reason", row[0], row[3]),
            state=row[4],
            decided_by=row[5],
            decided_at=row[6],
            created_at=row[7],
        )


class Unmaskings(UnmaskingsSeen, Kept):
    """Opening who reported, by two."""

    def ask(
        self, report_id: int, by: int, reason: str, *, county_roles: Collection[str]
    ) -> int | NotOpened:
        """Ask for a second person; the wish's id."""
        if not self.is_of_county(by, county_roles):
            return NotOpened(code="not-county")
        asked = self._work.new_id()
        self._db.run(
            _ADD,
            id=asked,
            report_id=report_id,
            asked_by=by,
            reason=self._seal(unmasking, "reason", asked, reason),
            state="asked",
            decided_by=None,
            decided_at=None,
            created_at=self._now,
        )
        self._work.audit.write(by, "unmasking-asked", "report", report_id, {"unmasking": asked})
        return asked

    def confirm(self, unmasking_id: int, by: int, *, county_roles: Collection[str]) -> Answer:
        """Open it, as the second person; both are in the audit, and the reporter is to be told."""
        asked = self.get(unmasking_id)
        if fault := self._fault(asked, by, county_roles):
            return NotOpened(code=fault)
        assert asked is not None
        if not self._decide(unmasking_id, "opened", by):
            return NotOpened(code="decided")
        reporters = self._work.reporters
        said = reporters.open_identity(asked.report_id, by, f"unmasking:{unmasking_id}")
        return Opened(said=said or {}, contact_id=reporters.contact_of(asked.report_id))

    def refuse(self, unmasking_id: int, by: int, *, county_roles: Collection[str]) -> bool:
        """Leave it sealed; False when it was decided before or is not theirs to decide."""
        asked = self.get(unmasking_id)
        if self._fault(asked, by, county_roles) or not self._decide(unmasking_id, "refused", by):
            return False
        assert asked is not None
        self._work.audit.write(
            by, "unmasking-refused", "report", asked.report_id, {"unmasking": unmasking_id}
        )
        return True

    def _fault(
        self, asked: Unmasking | None, by: int, county_roles: Collection[str]
    ) -> str | None:
        if asked is None:
            return "unknown"
        if asked.state != "asked":
            return "decided"
        if asked.asked_by == self._work.links.who_is(by):
            return "same-person"
        both = (asked.asked_by, by)
        return None if all(self.is_of_county(one, county_roles) for one in both) else "not-county"

    def _decide(self, unmasking_id: int, state: str, by: int) -> bool:
        return self._db.run(_DECIDE, row=unmasking_id, now_state=state, by=by, now=self._now) == 1
