"""What was noticed about children of the register: reports, absences and visits, side by side."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from sqlalchemy import literal_column, select

from storage.repository import Seen, given, listed
from storage.tables import absence, case_file, case_member, case_report, report, visit

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date, datetime

Kind: TypeAlias = Literal["report", "absence", "visit_failed", "visit_done"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """Something that somebody noticed about a child, and who; that is never shown."""

    kind: Kind
    at: datetime
    #: The day that it was about, where that is not the moment's.
    on: date | None = None
    person_id: int | None = field(repr=False, default=None)
    #: The reason of an absence.
    reason: str = ""
    #: What was answered on a visit.
    answers: str = field(repr=False, default="")
    #: How the case of a report ended.
    outcome: str = ""
    #: Who must not hear of the case.
    kept_from: frozenset[int] = field(repr=False, default=frozenset())


_children = listed("children")
_REPORTS = (
    select(
        report.c.child_id, report.c.id, report.c.created_at, case_file.c.outcome, case_file.c.id
    )
    .join_from(report, case_report, case_report.c.report_id == report.c.id)
    .join(case_file, case_file.c.id == case_report.c.case_id)
    .where(report.c.child_id.in_(_children), report.c.created_at >= given("since"))
    .order_by(report.c.id)
)
_KEPT_OUT = select(case_member.c.case_id, case_member.c.person_id).where(
    case_member.c.case_id.in_(listed("cases")),
    case_member.c.kind == literal_column("'excluded'"),
    case_member.c.until.is_(None),
)
_ABSENCES = (
    select(
        absence.c.child_id,
        absence.c.first_day,
        absence.c.noted_at,
        absence.c.entered_by,
        absence.c.reason,
    )
    .where(
        absence.c.child_id.in_(_children),
        absence.c.first_day >= given("day"),
        absence.c.state != literal_column("'withdrawn'"),
    )
    .order_by(absence.c.id)
)
# A visit of which a report was made is that report.
_VISITS = (
    select(
        visit.c.child_id,
        visit.c.id,
        visit.c.result,
        visit.c.on_day,
        visit.c.entered_at,
        visit.c.person_id,
        visit.c.answers,
    )
    .where(
        visit.c.child_id.in_(_children),
        visit.c.result.in_(("done", "failed")),
        visit.c.on_day >= given("day"),
        visit.c.report_id.is_(None),
    )
    .order_by(visit.c.id)
)


class NoticedSeen(Seen):
    """What was noticed, to be added up."""

    def about(self, children: Collection[int], since: datetime) -> Mapping[int, list[Noticed]]:
        """All that was noticed about each of these children since a moment."""
        found: dict[int, list[Noticed]] = defaultdict(list)
        ids, day = [*children], since.date()
        reports = [*self._db.all(_REPORTS, children=ids, since=since)]
        kept: dict[int, set[int]] = defaultdict(set)
        of_cases = [row[4] for row in reports]
        for case_id, person in self._db.all(_KEPT_OUT, cases=of_cases) if of_cases else ():
            kept[case_id].add(person)
        for child_id, report_id, at, outcome, case_id in reports:
            found[child_id].append(
                Noticed(
                    kind="report",
                    at=at,
                    person_id=self._who_told(report_id),
                    outcome=outcome,
                    kept_from=frozenset(kept.get(case_id, ())),
                )
            )
        for child_id, first_day, at, by, reason in self._db.all(_ABSENCES, children=ids, day=day):
            found[child_id].append(
                Noticed(kind="absence", on=first_day, at=at, person_id=by, reason=reason)
            )
        for row in self._db.all(_VISITS, children=ids, day=day):
            done = row[2] == "done"
            found[row[0]].append(
                Noticed(
                    kind="visit_done" if done else "visit_failed",
                    on=row[3],
                    at=row[4],
                    person_id=row[5],
                    answers=self._open(visit, "answers", row[1], row[6]) if done else "",
                )
            )
        return found

    def _who_told(self, report_id: int) -> int | None:
        contact_id = self._reading.reporters.contact_of(report_id)
        contact = None if contact_id is None else self._reading.people.contact(contact_id)
        return None if contact is None else contact.person_id
