"""Which cases there are: of whom, where, about what, and what stands in them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, literal_column, or_, select

from storage.cases.case import CLOSED, Case, Entry, Member, Owner
from storage.ids import first_id
from storage.reporting.reports import REPORT, Report
from storage.repository import BELOW, Kept, Seen, from_lines, given, in_parts, listed, unindexed
from storage.tables import (
    area_closure,
    case_entry,
    case_file,
    case_mark,
    case_member,
    case_report,
    report,
)

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Row


_CASE_COLUMNS = (
    case_file.c.id,
    case_file.c.number,
    case_file.c.area_id,
    case_file.c.child_id,
    case_file.c.grade,
    case_file.c.stage,
    case_file.c.owner_role,
    case_file.c.owner_area_id,
    case_file.c.owner_id,
    case_file.c.accepted_at,
    case_file.c.seen_at,
    case_file.c.seen_safe,
    case_file.c.outcome,
    case_file.c.solved,
    case_file.c.reopened,
    case_file.c.joined_into,
    case_file.c.version,
    case_file.c.opened_at,
    case_file.c.stage_since,
    case_file.c.closed_at,
)
_CASE = select(*_CASE_COLUMNS)
_BY_ID = _CASE.where(case_file.c.id == given("id"))
_PAGE = _CASE.where(case_file.c.id > given("after")).order_by(case_file.c.id).limit(given("limit"))
_BY_IDS = _CASE.where(case_file.c.id.in_(listed("ids"))).order_by(case_file.c.id)
_OF_REPORT = _CASE.join_from(
    case_file, case_report, case_report.c.case_id == case_file.c.id
).where(case_report.c.report_id == given("report_id"))
_BY_NUMBER = _CASE.where(case_file.c.number == given("number"))
# A case that was joined to another has nobody's work: it goes on in the other.
IS_OPEN = and_(case_file.c.stage != CLOSED, case_file.c.joined_into.is_(None))
#: Not for whoever must not hear of it, so that it counts for nothing either. Found among the few
#: of the case and not among the many cases in which somebody of the county is.
_IS_NOT_HIDDEN = ~exists().where(
    case_member.c.case_id == case_file.c.id,
    unindexed(case_member.c.person_id, 0) == given("seer"),
    case_member.c.kind == literal_column("'excluded'"),
    case_member.c.until.is_(None),
)
_HIDDEN_FROM = select(case_member.c.case_id).where(
    case_member.c.person_id == given("seer"),
    case_member.c.kind == literal_column("'excluded'"),
    case_member.c.until.is_(None),
)
_GO_ON_IN = select(case_file.c.id).where(
    case_file.c.joined_into.is_not(None), case_file.c.joined_into.in_(listed("ids"))
)
_OWNED = _CASE.where(case_file.c.owner_id.in_(listed("people")), IS_OPEN, _IS_NOT_HIDDEN).order_by(
    case_file.c.id
)
_IN_AREA = (
    _CASE.where(case_file.c.area_id.in_(BELOW), IS_OPEN, _IS_NOT_HIDDEN)
    .order_by(case_file.c.id.desc())
    .limit(given("limit"))
)
_ASTRAY = _CASE.where(
    case_file.c.area_id.is_not(None),
    case_file.c.owner_area_id.is_not(None),
    IS_OPEN,
    ~exists().where(
        area_closure.c.below_id == case_file.c.area_id,
        area_closure.c.above_id == case_file.c.owner_area_id,
    ),
).order_by(case_file.c.id)
_CLOSED_IN_AREA = (
    _CASE.where(
        case_file.c.area_id.in_(BELOW),
        case_file.c.stage == CLOSED,
        case_file.c.joined_into.is_(None),
        _IS_NOT_HIDDEN,
    )
    .order_by(case_file.c.closed_at.desc(), case_file.c.id.desc())
    .limit(given("limit"))
)
_BELOW_AFTER = (
    _CASE.where(
        case_file.c.id > given("after"),
        case_file.c.area_id.in_(BELOW),
        case_file.c.joined_into.is_(None),
        case_file.c.opened_at >= given("since"),
        _IS_NOT_HIDDEN,
    )
    .order_by(case_file.c.id)
    .limit(given("limit"))
)
_REPORTS_BELOW = (
    REPORT.join_from(report, case_report, case_report.c.report_id == report.c.id)
    .join(case_file, case_file.c.id == case_report.c.case_id)
    .where(
        report.c.id > given("after"),
        case_file.c.area_id.in_(BELOW),
        report.c.created_at >= given("since"),
        _IS_NOT_HIDDEN,
    )
    .order_by(report.c.id)
    .limit(given("limit"))
)
_OF_CHILD = _CASE.where(case_file.c.child_id == given("child_id")).order_by(case_file.c.id.desc())
_NEAR = (
    _CASE.where(
        case_file.c.area_id.in_(BELOW),
        case_file.c.opened_at >= given("since"),
        case_file.c.joined_into.is_(None),
    )
    .order_by(case_file.c.id.desc())
    .limit(given("limit"))
)
#: Cases of this mark that are young enough, and whether the county heard of one of them.
_MARKED_YOUNG = (
    case_mark.c.kind == given("kind"),
    case_mark.c.mark == given("mark"),
    case_mark.c.case_id >= given("first"),
)
_MARKED = (
    _CASE.join_from(case_file, case_mark, case_mark.c.case_id == case_file.c.id)
    .where(
        *_MARKED_YOUNG,
        case_file.c.grade.in_(listed("grades")),
        case_file.c.joined_into.is_(None),
    )
    .order_by(case_file.c.id.desc())
    .limit(given("limit"))
)
_FIRST_MARKED = (
    _CASE.join_from(case_file, case_mark, case_mark.c.case_id == case_file.c.id)
    .where(case_mark.c.kind == given("kind"), case_mark.c.mark == given("mark"))
    .order_by(case_file.c.id)
    .limit(1)
)
_TOLD_OF = select(case_mark.c.case_id).where(*_MARKED_YOUNG, case_mark.c.told).limit(1)
_REPORTS = (
    REPORT.join_from(report, case_report, case_report.c.report_id == report.c.id)
    .where(case_report.c.case_id == given("case_id"))
    .order_by(report.c.id)
)
_MEMBER_COLUMNS = (
    case_member.c.id,
    case_member.c.person_id,
    case_member.c.kind,
    case_member.c.role,
    case_member.c.basis,
    case_member.c.parts,
    case_member.c.since,
    case_member.c.until,
    case_member.c.given_by,
)
_IS_CURRENT = and_(
    case_member.c.since <= given("now"),
    or_(case_member.c.until.is_(None), case_member.c.until > given("now")),
)
_MEMBERS = (
    select(*_MEMBER_COLUMNS)
    .where(case_member.c.case_id == given("case_id"), _IS_CURRENT)
    .order_by(case_member.c.id)
)
_MEMBERS_OF_MANY = (
    select(*_MEMBER_COLUMNS, case_member.c.case_id)
    .where(case_member.c.case_id.in_(listed("ids")), _IS_CURRENT)
    .order_by(case_member.c.id)
)
_OF_MEMBER = (
    _CASE.join_from(case_file, case_member, case_member.c.case_id == case_file.c.id)
    .where(
        case_member.c.person_id == given("person_id"),
        case_member.c.kind == given("kind"),
        _IS_CURRENT,
        IS_OPEN,
    )
    .order_by(case_file.c.id)
)
_ENTRIES = (
    select(
        case_entry.c.id,
        case_entry.c.act,
        case_entry.c.person_id,
        case_entry.c.role,
        case_entry.c.stage,
        case_entry.c.body,
        case_entry.c.true_at,
        case_entry.c.entered_at,
    )
    .where(case_entry.c.case_id == given("case_id"))
    .order_by(case_entry.c.id)
)
_STAGES = (
    select(case_entry.c.stage, case_entry.c.person_id)
    .where(case_entry.c.case_id == given("case_id"))
    .order_by(case_entry.c.id.desc())
)


class CasesSeen(Seen):
    """Cases, to be looked at."""

    def get(self, case_id: int) -> Case | None:
        """One case."""
        return self._one(self._db.one(_BY_ID, id=case_id))

    def some(self, case_ids: Iterable[int]) -> tuple[Case, ...]:
        """These cases, in the order of their ids."""
        return tuple(
            _case(row)
            for ids in in_parts(sorted(case_ids))
            for row in self._db.all(_BY_IDS, ids=ids)
        )

    def page(self, after: int, count: int) -> tuple[Case, ...]:
        """So many cases of the whole county whose id comes after another."""
        return tuple(map(_case, self._db.all(_PAGE, after=after, limit=count)))

    def by_number(self, number: str) -> Case | None:
        """The case that a report opened, wherever that report belongs now."""
        return self._one(self._db.one(_BY_NUMBER, number=number))

    def standing(self, case_id: int) -> Case | None:
        """The case itself, or the one that it goes on in since they were joined."""
        case = self.get(case_id)
        while case is not None and case.joined_into is not None:
            case = self.get(case.joined_into)
        return case

    def of_report(self, report_id: int) -> Case | None:
        """The case that a report belongs to."""
        return self._one(self._db.one(_OF_REPORT, report_id=report_id))

    def hidden_from(self, seer: int) -> tuple[int, ...]:
        """The cases of which somebody must not hear, and what goes on in them: mostly none."""
        found = new = {row[0] for row in self._db.all(_HIDDEN_FROM, seer=seer)}
        while new:
            joined = {
                row[0] for ids in in_parts(sorted(new)) for row in self._db.all(_GO_ON_IN, ids=ids)
            }
            new = joined - found
            found = found | new
        return tuple(sorted(found))

    def owned_by(self, people: Sequence[int], *, seer: int = 0) -> tuple[Case, ...]:
        """Open cases whose owner is one of these people, the oldest first.

        Not those of which the seer must not hear.
        """
        return tuple(map(_case, self._db.all(_OWNED, people=[*people], seer=seer)))

    def below(self, area_id: int, limit: int, *, seer: int = 0) -> tuple[Case, ...]:
        """Open cases at or below an area, the newest first; not those hidden from the seer."""
        rows = self._db.all(_IN_AREA, area_id=area_id, limit=limit, seer=seer)
        return tuple(map(_case, rows))

    def astray(self) -> tuple[Case, ...]:
        """Open cases whose owner's post is not where they are: their place was moved."""
        return tuple(map(_case, self._db.all(_ASTRAY)))

    def closed_below(self, area_id: int, limit: int, *, seer: int = 0) -> tuple[Case, ...]:
        """The same for closed ones, the last closed first."""
        rows = self._db.all(_CLOSED_IN_AREA, area_id=area_id, limit=limit, seer=seer)
        return tuple(map(_case, rows))

    def walked(
        self, area_id: int, *, since: datetime, after: int, limit: int, seer: int
    ) -> tuple[Case, ...]:
        """So many cases at or below a place, open or not, whose id comes after another."""
        rows = self._db.all(
            _BELOW_AFTER, area_id=area_id, since=since, after=after, limit=limit, seer=seer
        )
        return tuple(map(_case, rows))

    def reports_walked(
        self, area_id: int, *, since: datetime, after: int, limit: int, seer: int
    ) -> tuple[Report, ...]:
        """So many reports of cases at or below a place, whose id comes after another."""
        rows = self._db.all(
            _REPORTS_BELOW, area_id=area_id, since=since, after=after, limit=limit, seer=seer
        )
        return tuple(map(self._reading.reports.read, rows))

    def of_child(self, child_id: int) -> tuple[Case, ...]:
        """All cases about a child of the register, the newest first."""
        return tuple(map(_case, self._db.all(_OF_CHILD, child_id=child_id)))

    def near(self, area_id: int, since: datetime, limit: int) -> tuple[Case, ...]:
        """Cases that were opened at or below an area since a moment, the newest first."""
        rows = self._db.all(_NEAR, area_id=area_id, since=since, limit=limit)
        return tuple(map(_case, rows))

    def marked(
        self, kind: str, what: str, since: datetime, *, grades: Collection[str], limit: int
    ) -> tuple[Case, ...]:
        """Cases of these grades since a moment that have this in common, the newest first."""
        asked = {"kind": kind, "mark": self._mark(kind, what), "first": first_id(since)}
        rows = self._db.all(_MARKED, **asked, grades=[*grades], limit=limit)
        return tuple(map(_case, rows))

    def first_marked(self, kind: str, what: str) -> Case | None:
        """The first case that ever had this, wherever it goes on now."""
        return self._one(self._db.one(_FIRST_MARKED, kind=kind, mark=self._mark(kind, what)))

    def is_told(self, kind: str, what: str, since: datetime) -> bool:
        """True when the county heard, of one of these cases, that there are several."""
        asked = {"kind": kind, "mark": self._mark(kind, what), "first": first_id(since)}
        return self._db.one(_TOLD_OF, **asked) is not None

    def _mark(self, kind: str, what: str) -> bytes:
        return self._blind(f"case.{kind}", what)

    def of_member(self, person_id: int, kind: str) -> tuple[Case, ...]:
        """Open cases to which somebody belongs in this way now."""
        rows = self._db.all(_OF_MEMBER, person_id=person_id, kind=kind, now=self._now)
        return tuple(map(_case, rows))

    def reports(self, case_id: int) -> tuple[Report, ...]:
        """The reports that make up a case, the first one first."""
        rows = self._db.all(_REPORTS, case_id=case_id)
        return tuple(self._reading.reports.read(row) for row in rows)

    #: Members whom a look has read ahead.
    _ahead: Mapping[int, Sequence[Member]] = MappingProxyType({})

    def read_ahead(self, cases: Collection[int]) -> None:
        """Read the members of many at once, for a look; a turn may change what it has read."""
        if isinstance(self, Kept):
            return
        found: dict[int, list[Member]] = {one: [] for one in cases}
        for some in in_parts(cases):
            for row in self._db.all(_MEMBERS_OF_MANY, ids=some, now=self._now):
                found[row[-1]].append(_member(row))
        self._ahead = found

    def members(self, case_id: int) -> tuple[Member, ...]:
        """Who has to do with it now beside its owner, and who must not hear of it."""
        if (known := self._ahead.get(case_id)) is not None:
            return tuple(known)
        return tuple(map(_member, self._db.all(_MEMBERS, case_id=case_id, now=self._now)))

    def entries(self, case_id: int) -> tuple[Entry, ...]:
        """Its story, oldest first."""
        return tuple(
            Entry(
                id=row[0],
                act=row[1],
                person_id=row[2],
                role=row[3],
                stage=row[4],
                body=self._open(case_entry, "body", row[0], row[5]),
                true_at=row[6],
                entered_at=row[7],
            )
            for row in self._db.all(_ENTRIES, case_id=case_id)
        )

    def brought_by(self, case_id: int, stage: str) -> int | None:
        """Who brought it to the stage where it is; None when it is elsewhere."""
        by: int | None = None
        for here, person_id in self._db.all(_STAGES, case_id=case_id):
            if here != stage:
                break
            by = person_id
        return None if by is None else self._reading.links.who_is(by)

    def stage_before(self, case_id: int, stage: str) -> str | None:
        """The stage from which it came to this one."""
        stages = (here for here, _ in self._db.all(_STAGES, case_id=case_id))
        return next((here for here in stages if here != stage), None)

    def _one(self, row: Row | None) -> Case | None:
        return None if row is None else _case(row)


def _case(row: Row) -> Case:
    return Case(
        id=row[0],
        number=row[1],
        area_id=row[2],
        child_id=row[3],
        grade=row[4],
        stage=row[5],
        owner=Owner(role=row[6], area_id=row[7], person_id=row[8]),
        accepted_at=row[9],
        seen_at=row[10],
        seen_safe=row[11],
        outcome=row[12],
        solved=row[13],
        reopened=row[14],
        joined_into=row[15],
        version=row[16],
        opened_at=row[17],
        stage_since=row[18],
        closed_at=row[19],
    )


def _member(row: Row) -> Member:
    return Member(
        id=row[0],
        person_id=row[1],
        kind=row[2],
        role=row[3],
        basis=row[4],
        parts=from_lines(row[5]),
        since=row[6],
        until=row[7],
        by=row[8],
    )
