"""How cases turned out after they were closed, in words that are counted: who said what, and when.

Who a reporter is stands nowhere here: that one of them said so is all.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from sqlalchemy import insert, select, text

from storage.repository import HIDDEN, Kept, Seen, given, hiding, in_parts, listed
from storage.tables import area_closure, case_entry, case_file, case_finding

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlalchemy import Select

    from storage.supervision.spans import Span

#: visitor, child and reporter say whether it is better; police, whether they prosecute.
Who: TypeAlias = Literal["visitor", "child", "reporter", "police"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one of them said: yes or no."""

    who: Who
    said: str
    at: datetime


_BELOW = select(area_closure.c.below_id).where(area_closure.c.above_id == given("area_id"))
_ADD = insert(case_finding)
_OF: Select[Any] = (
    select(case_finding.c.case_id, case_finding.c.who, case_finding.c.said, case_finding.c.at)
    .where(case_finding.c.case_id.in_(listed("ids")), case_finding.c.at <= given("until"))
    .order_by(case_finding.c.at, case_finding.c.id)
)
_CLOSED = hiding(
    select(case_entry.c.case_id, case_entry.c.entered_at)
    .join_from(case_entry, case_file, case_file.c.id == case_entry.c.case_id)
    .where(
        # In so many words: only so does the index of these come into play.
        text("case_entry.act = 'confirm_close'"),
        case_entry.c.entered_at > given("since"),
        case_entry.c.entered_at <= given("until"),
        case_file.c.area_id.in_(_BELOW),
        case_file.c.joined_into.is_(None),
    )
    .order_by(case_entry.c.entered_at.desc(), case_entry.c.id.desc()),
    case_file.c.id.in_(HIDDEN),
)
_TAKEN_UP: Select[Any] = (
    select(case_entry.c.case_id, case_entry.c.entered_at)
    .where(
        case_entry.c.case_id.in_(listed("ids")),
        case_entry.c.act.in_(listed("acts")),
        case_entry.c.entered_at <= given("until"),
    )
    .order_by(case_entry.c.entered_at, case_entry.c.id)
)
#: How a case is taken up again (policy/lifecycle.toml, and an answer of whoever reported).
REOPENS = ("unsolved", "reopened", "reopen")


class FindingsSeen(Seen):
    """What was found, to be counted."""

    def of(self, cases: Collection[int], until: datetime) -> Mapping[int, list[Finding]]:
        """What was said of these cases up to a moment, the oldest first."""
        found: dict[int, list[Finding]] = defaultdict(list)
        for ids in in_parts(cases):
            for case_id, who, said, at in self._db.all(_OF, ids=ids, until=until):
                found[case_id].append(Finding(who, said, at))
        return found

    def closed(
        self, area_id: int, span: Span, *, hidden: Collection[int] = ()
    ) -> tuple[tuple[int, datetime], ...]:
        """Each end of a case in a span, whatever came of it since; the newest first."""
        statement, more = _CLOSED.of(hidden)
        when = {"since": span.since, "until": span.until}
        rows = self._db.all(statement, area_id=area_id, **when, **more)
        return tuple((row[0], row[1]) for row in rows)

    def taken_up(self, cases: Collection[int], until: datetime) -> Mapping[int, list[datetime]]:
        """When these cases were taken up again, up to a moment."""
        found: dict[int, list[datetime]] = defaultdict(list)
        for ids in in_parts(cases):
            rows = self._db.all(_TAKEN_UP, ids=ids, acts=[*REOPENS], until=until)
            for case_id, at in rows:
                found[case_id].append(at)
        return found


class Findings(FindingsSeen, Kept):
    """What was found, to be kept."""

    def add(self, case_id: int, who: Who, said: str) -> None:
        """Somebody says yes or no; that nobody knows is no finding."""
        if said in ("yes", "no"):
            self._db.run(
                _ADD, id=self._work.new_id(), case_id=case_id, who=who, said=said, at=self._now
            )
