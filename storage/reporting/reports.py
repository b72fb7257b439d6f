"""Reports: what was said, how urgent it is, and what was added after the receipt."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update
from sqlalchemy import insert as plain_insert

from policy.receipt import with_check_digit
from storage.repository import Kept, Seen, from_lines, given, insert, lines, listed
from storage.tables import report, report_entry, reporter

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Row

#: Of ninety million numbers; a second collision in a row is already a wonder.
_TRIES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportIn:
    """A report to be filed."""

    #: danger, report, unfinished, message
    kind: str
    area_id: int | None
    form_version: str
    #: Answers by question name, as JSON, without who reports.
    answers: str = field(repr=False)
    grade: str
    reasons: tuple[str, ...] = ()
    circumstances: tuple[str, ...] = ()
    anonymous: bool
    draft_id: int | None = None
    #: The child in the register, once somebody found it there.
    child_id: int | None = None
    occurred_at: datetime | None = None
    state: str = "received"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A filed report."""

    id: int
    #: Nine digits, the last one a check digit.
    number: str
    kind: str
    area_id: int | None
    form_version: str
    answers: str = field(repr=False)
    grade: str
    reasons: tuple[str, ...]
    circumstances: tuple[str, ...]
    state: str
    anonymous: bool
    occurred_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something that was added to a report."""

    id: int
    #: said, answers, corrected, graded, told
    kind: str
    body: str = field(repr=False)
    created_at: datetime


#: The columns that ReportsSeen.read takes.
REPORT = select(
    report.c.id,
    report.c.number,
    report.c.kind,
    report.c.area_id,
    report.c.form_version,
    report.c.answers,
    report.c.grade,
    report.c.reasons,
    report.c.circumstances,
    report.c.state,
    report.c.anonymous,
    report.c.occurred_at,
    report.c.created_at,
)
_BY_ID = REPORT.where(report.c.id == given("id"))
_BY_NUMBER = REPORT.where(report.c.number == given("number"))
_BY_DRAFT = REPORT.where(report.c.draft_id == given("draft_id"))
_OF_CONTACT = (
    REPORT.join_from(report, reporter, reporter.c.report_id == report.c.id)
    .where(reporter.c.contact_index == given("contact_index"))
    .order_by(report.c.id.desc())
)
_OF_CONTACT_SINCE = (
    select(func.count())
    .select_from(report.join(reporter, reporter.c.report_id == report.c.id))
    .where(
        reporter.c.contact_index == given("contact_index"), report.c.created_at >= given("since")
    )
)
_ALARMS_OF = (
    REPORT.add_columns(report.c.child_id)
    .join_from(report, reporter, reporter.c.report_id == report.c.id)
    .where(
        reporter.c.contact_index == given("contact_index"),
        report.c.created_at >= given("since"),
        report.c.area_id == given("area"),
        report.c.grade == "red",
    )
    .order_by(report.c.id)
)
_LATELY_OF = (
    REPORT.join_from(report, reporter, reporter.c.report_id == report.c.id)
    .where(
        reporter.c.contact_index == given("contact_index"), report.c.created_at >= given("since")
    )
    .order_by(report.c.id.desc())
    .limit(given("limit"))
)
_IN_AREAS = REPORT.where(
    report.c.area_id.in_(listed("area_ids")), report.c.created_at >= given("since")
).order_by(report.c.id.desc())
_ALL = REPORT.order_by(report.c.id.desc())
_PAGE = REPORT.where(report.c.id > given("after")).order_by(report.c.id).limit(given("limit"))
# No column is named: a taken number and a draft that was filed already are both conflicts.
_FILE = insert(report).on_conflict_do_nothing()
_GRADE = (
    update(report)
    .where(report.c.id == given("report_id"))
    .values(grade=given("now_grade"), reasons=given("now_reasons"))
)
_CHILD = (
    update(report).where(report.c.id == given("report_id")).values(child_id=given("now_child"))
)
_AREA = update(report).where(report.c.id == given("report_id")).values(area_id=given("now_area"))
_ANSWERS = (
    update(report)
    .where(report.c.id == given("report_id"))
    .values(
        answers=given("now_answers"),
        circumstances=given("now_circumstances"),
        occurred_at=given("now_occurred_at"),
    )
)
_BODY = (
    update(report_entry)
    .where(report_entry.c.id == given("entry_id"))
    .values(body=given("now_body"))
)
_WAS_ABOUT = select(report.c.child_id).where(report.c.id == given("report_id"))
_ADD_ENTRY = plain_insert(report_entry)
_ENTRIES = (
    select(report_entry.c.id, report_entry.c.kind, report_entry.c.body, report_entry.c.created_at)
    .where(report_entry.c.report_id == given("report_id"))
    .order_by(report_entry.c.id)
)


class ReportsSeen(Seen):
    """Reports, to be looked at."""

    def get(self, report_id: int) -> Report | None:
        """One report."""
        return self._one(self._db.one(_BY_ID, id=report_id))

    def by_number(self, number: str) -> Report | None:
        """The report with this number."""
        return self._one(self._db.one(_BY_NUMBER, number=number))

    def by_draft(self, draft_id: int) -> Report | None:
        """The report that this draft became."""
        return self._one(self._db.one(_BY_DRAFT, draft_id=self._draft_mark(draft_id)))

    def _draft_mark(self, draft_id: int) -> int:
        """A number that only this draft has, and from which nobody finds its cards."""
        return int.from_bytes(self._blind("draft", str(draft_id))[:8], "big") >> 1

    def of_contact(self, contact_id: int) -> tuple[Report, ...]:
        """The reports of one contact, newest first; found through the vault's blind index."""
        index = self._reading.reporters.index_of(contact_id)
        return tuple(map(self.read, self._db.all(_OF_CONTACT, contact_index=index)))

    def lately_of(self, contact_id: int, since: datetime, limit: int) -> tuple[Report, ...]:
        """What a contact reported since a moment, the newest first."""
        index = self._reading.reporters.index_of(contact_id)
        rows = self._db.all(_LATELY_OF, contact_index=index, since=since, limit=limit)
        return tuple(map(self.read, rows))

    def count_of(self, contact_id: int, since: datetime) -> int:
        """How many a contact reported since a moment."""
        index = self._reading.reporters.index_of(contact_id)
        row = self._db.one(_OF_CONTACT_SINCE, contact_index=index, since=since)
        return 0 if row is None else int(row[0])

    def alarms_of(
        self, contact_id: int, area_id: int, since: datetime
    ) -> tuple[tuple[Report, int | None], ...]:
        """The red reports of a contact about a place since a moment, each with its child."""
        index = self._reading.reporters.index_of(contact_id)
        rows = self._db.all(_ALARMS_OF, contact_index=index, area=area_id, since=since)
        return tuple((self.read(row), row[-1]) for row in rows)

    def in_areas(self, area_ids: Sequence[int], since: datetime) -> tuple[Report, ...]:
        """The reports of some areas since a moment, newest first."""
        rows = self._db.all(_IN_AREAS, area_ids=[*area_ids], since=since)
        return tuple(map(self.read, rows))

    def all(self) -> tuple[Report, ...]:
        """Every report, newest first, also what lies in no place."""
        return tuple(map(self.read, self._db.all(_ALL)))

    def page(self, after: int, count: int) -> tuple[Report, ...]:
        """So many reports of the whole county whose id comes after another."""
        return tuple(map(self.read, self._db.all(_PAGE, after=after, limit=count)))

    def entries(self, report_id: int) -> tuple[Entry, ...]:
        """What was added to a report, oldest first."""
        return tuple(
            Entry(
                id=row[0],
                kind=row[1],
                body=self._open(report_entry, "body", row[0], row[2]),
                created_at=row[3],
            )
            for row in self._db.all(_ENTRIES, report_id=report_id)
        )

    def _one(self, row: Row | None) -> Report | None:
        return None if row is None else self.read(row)

    def read(self, row: Row) -> Report:
        """The report in a row of REPORT."""
        return Report(
            id=row[0],
            number=row[1],
            kind=row[2],
            area_id=row[3],
            form_version=row[4],
            answers=self._open(report, "answers", row[0], row[5]),
            grade=row[6],
            reasons=from_lines(row[7]),
            circumstances=from_lines(row[8]),
            state=row[9],
            anonymous=row[10],
            occurred_at=row[11],
            created_at=row[12],
        )


class Reports(ReportsSeen, Kept):
    """Reports, to be filed and added to."""

    def file(self, told: ReportIn) -> Report:
        """The filed report; a draft that was filed before gives the report that it became."""
        for _ in range(_TRIES):
            filed = self._try(told)
            if filed is not None:
                return filed
        raise RuntimeError("no free report number was found")

    def add_entry(self, report_id: int, kind: str, body: str) -> int:
        """Add to a report; the entry's id."""
        entry_id = self._work.new_id()
        self._db.run(
            _ADD_ENTRY,
            id=entry_id,
            report_id=report_id,
            kind=kind,
            body=self._seal(report_entry, "body", entry_id, body),
            created_at=self._now,
        )
        return entry_id

    def set_grade(self, report_id: int, grade: str, reasons: tuple[str, ...]) -> None:
        """Keep a new grade and what gave it."""
        self._db.run(_GRADE, report_id=report_id, now_grade=grade, now_reasons=lines(reasons))

    def set_answers(
        self,
        report_id: int,
        answers: str,
        *,
        circumstances: tuple[str, ...],
        occurred_at: datetime | None,
    ) -> None:
        """Keep what was corrected; what stood there before is an entry."""
        self._db.run(
            _ANSWERS,
            report_id=report_id,
            now_answers=self._seal(report, "answers", report_id, answers),
            now_circumstances=lines(circumstances),
            now_occurred_at=occurred_at,
        )

    def set_entry(self, entry_id: int, body: str) -> None:
        """The same for an entry."""
        sealed = self._seal(report_entry, "body", entry_id, body)
        self._db.run(_BODY, entry_id=entry_id, now_body=sealed)

    def set_child(self, report_id: int, child_id: int | None) -> None:
        """Keep which child of the register it is about."""
        row = self._db.one(_WAS_ABOUT, report_id=report_id)
        self._db.run(_CHILD, report_id=report_id, now_child=child_id)
        meant = (child_id, None if row is None else row[0])
        self._work.visits.stir(one for one in meant if one is not None)

    def set_area(self, report_id: int, area_id: int) -> None:
        """Keep where it is, once somebody says so."""
        self._db.run(_AREA, report_id=report_id, now_area=area_id)

    def _try(self, told: ReportIn) -> Report | None:
        report_id = self._work.new_id()
        filed = self._db.run(
            _FILE,
            id=report_id,
            number=new_number(),
            draft_id=None if told.draft_id is None else self._draft_mark(told.draft_id),
            kind=told.kind,
            area_id=told.area_id,
            child_id=told.child_id,
            form_version=told.form_version,
            answers=self._seal(report, "answers", report_id, told.answers),
            grade=told.grade,
            reasons=lines(told.reasons),
            circumstances=lines(told.circumstances),
            state=told.state,
            anonymous=told.anonymous,
            occurred_at=told.occurred_at,
            erased_at=None,
            created_at=self._now,
        )
        if filed:
            if told.child_id is not None:
                self._work.visits.stir([told.child_id])
            return self.get(report_id)
        return None if told.draft_id is None else self.by_draft(told.draft_id)


def new_number() -> str:
    """A number that cannot be guessed and never begins with a zero that people would drop."""
    return with_check_digit(str(10_000_000 + secrets.randbelow(90_000_000)))
