"""Cases (工单): one owner at every instant, a stage, who has to do with it, and its story."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, literal_column, or_, select, update
from sqlalchemy import insert as plain_insert

from storage.ids import first_id
from storage.reporting.reports import REPORT, Report
from storage.repository import (
    BELOW,
    Kept,
    Seen,
    from_lines,
    given,
    in_parts,
    insert,
    lines,
    listed,
    unindexed,
    upsert,
)
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

#: What ends the work on a case; later visits and a reopening may follow.
CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose a case is: a post in its place, and the person who holds it."""

    role: str
    area_id: int | None
    #: None while nobody holds the post.
    person_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case."""

    id: int
    #: Of its first report.
    number: str
    area_id: int | None
    child_id: int | None
    grade: str
    stage: str
    owner: Owner
    accepted_at: datetime | None
    seen_at: datetime | None
    seen_safe: bool | None
    outcome: str
    #: yes, no, or "" while nobody knows
    solved: str
    reopened: int
    joined_into: int | None
    version: int
    opened_at: datetime
    stage_since: datetime
    closed_at: datetime | None

    @property
    def is_open(self) -> bool:
        """True until it is closed."""
        return self.stage != CLOSED

    @property
    def is_accepted(self) -> bool:
        """True once somebody said 我来处理."""
        return self.accepted_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody who has to do with a case beside its owner, or must not hear of it."""

    id: int
    person_id: int
    #: told, partner, conference, excluded, held
    kind: str
    #: Their post; of somebody excluded, the post of whoever said so.
    role: str
    basis: str
    parts: tuple[str, ...]
    since: datetime
    until: datetime | None
    #: Who said so; 0: the program itself.
    by: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One act in the story of a case."""

    id: int
    act: str
    #: 0: the program itself.
    person_id: int
    role: str
    #: The stage after it.
    stage: str
    #: Answers by question name and, under "form", the form's version: JSON.
    body: str = field(repr=False)
    true_at: datetime
    entered_at: datetime


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
_IS_OPEN = and_(case_file.c.stage != CLOSED, case_file.c.joined_into.is_(None))
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
_OWNED = _CASE.where(
    case_file.c.owner_id.in_(listed("people")), _IS_OPEN, _IS_NOT_HIDDEN
).order_by(case_file.c.id)
_IN_AREA = (
    _CASE.where(case_file.c.area_id.in_(BELOW), _IS_OPEN, _IS_NOT_HIDDEN)
    .order_by(case_file.c.id.desc())
    .limit(given("limit"))
)
_ASTRAY = _CASE.where(
    case_file.c.area_id.is_not(None),
    case_file.c.owner_area_id.is_not(None),
    _IS_OPEN,
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
# Where it is may be learnt later: then it is another mark, of which nobody was told.
_MARK = upsert(case_mark, "mark", "told")
_TELL_MARK = (
    update(case_mark)
    .where(case_mark.c.case_id == given("row"), case_mark.c.kind == given("of_kind"))
    .values(told=True)
)
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
        _IS_OPEN,
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
_OPEN_CASE = insert(case_file).on_conflict_do_nothing()
_ADD_REPORT = insert(case_report).on_conflict_do_nothing()
_MOVE_REPORT = (
    update(case_report)
    .where(case_report.c.report_id == given("of_report"))
    .values(case_id=given("now_case"), joined_at=given("now"), joined_by=given("by"))
)
_ADD_MEMBER = plain_insert(case_member)
_END_MEMBER = (
    update(case_member).where(case_member.c.id == given("row")).values(until=given("now"))
)
_ADD_ENTRY = plain_insert(case_entry)
_CLAIM = (
    update(case_file)
    .where(case_file.c.id == given("row"), case_file.c.accepted_at.is_(None), _IS_OPEN)
    .values(
        owner_role=given("now_role"),
        owner_area_id=given("now_area"),
        owner_id=given("now_person"),
        accepted_at=given("now"),
        version=case_file.c.version + 1,
    )
)
_PLACE = update(case_file).where(case_file.c.id == given("row")).values(area_id=given("now_area"))
_OWN = (
    update(case_file)
    .where(case_file.c.id == given("row"))
    .values(
        owner_role=given("now_role"),
        owner_area_id=given("now_area"),
        owner_id=given("now_person"),
        accepted_at=given("now_accepted"),
        version=case_file.c.version + 1,
    )
)
_HAND_OVER = (
    update(case_file)
    .where(case_file.c.owner_id == given("was_person"), _IS_OPEN)
    .values(owner_id=given("now_person"), version=case_file.c.version + 1)
)
_STAGE = (
    update(case_file)
    .where(case_file.c.id == given("row"), case_file.c.stage == given("was"))
    .values(
        stage=given("now_stage"),
        stage_since=given("now"),
        closed_at=given("now_closed"),
        version=case_file.c.version + 1,
    )
)
_GRADE = update(case_file).where(case_file.c.id == given("row")).values(grade=given("now_grade"))
_SEEN = (
    update(case_file)
    .where(case_file.c.id == given("row"))
    .values(seen_at=given("now_seen"), seen_safe=given("is_safe"))
)
_OUTCOME = (
    update(case_file)
    .where(case_file.c.id == given("row"))
    .values(outcome=given("now_outcome"), solved=given("now_solved"))
)
_REOPENED = (
    update(case_file)
    .where(case_file.c.id == given("row"))
    .values(reopened=case_file.c.reopened + 1, solved="no")
)
_CHILD = (
    update(case_file).where(case_file.c.id == given("row")).values(child_id=given("now_child"))
)
_JOINED = (
    update(case_file).where(case_file.c.id == given("row")).values(joined_into=given("now_into"))
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


class Cases(CasesSeen, Kept):
    """Cases, to be opened and moved on."""

    def open(self, first: Report, owner: Owner, *, stage: str, child_id: int | None) -> Case:
        """The case of a report; a second time the same one."""
        case_id = self._work.new_id()
        self._db.run(
            _OPEN_CASE,
            id=case_id,
            number=first.number,
            area_id=first.area_id,
            child_id=child_id,
            grade=first.grade,
            stage=stage,
            owner_role=owner.role,
            owner_area_id=owner.area_id,
            owner_id=owner.person_id,
            accepted_at=None,
            seen_at=None,
            seen_safe=None,
            outcome="",
            solved="",
            reopened=0,
            joined_into=None,
            version=1,
            opened_at=self._now,
            stage_since=self._now,
            closed_at=None,
        )
        self._db.run(
            _ADD_REPORT, report_id=first.id, case_id=case_id, joined_at=self._now, joined_by=0
        )
        opened = self.of_report(first.id)
        assert opened is not None
        return opened

    def mark(self, case_id: int, kind: str, what: str) -> None:
        """Keep what a case may have in common with others."""
        mark = self._mark(kind, what)
        self._db.run(_MARK, case_id=case_id, kind=kind, mark=mark, told=False)

    def tell_mark(self, kind: str, cases: Iterable[int]) -> None:
        """The county heard that these are several."""
        self._db.run_many(_TELL_MARK, [{"row": one, "of_kind": kind} for one in cases])

    def claim(self, case_id: int, owner: Owner) -> bool:
        """我来处理: make somebody the owner who accepted; False when another was first."""
        claimed = self._db.run(
            _CLAIM,
            row=case_id,
            now_role=owner.role,
            now_area=owner.area_id,
            now_person=owner.person_id,
            now=self._now,
        )
        return claimed == 1

    def own(self, case_id: int, owner: Owner, *, accepted: bool = False) -> None:
        """Give a case to another owner, who has accepted it or has yet to."""
        self._db.run(
            _OWN,
            row=case_id,
            now_role=owner.role,
            now_area=owner.area_id,
            now_person=owner.person_id,
            now_accepted=self._now if accepted else None,
        )

    def hand_over(self, person_id: int, to_person_id: int) -> int:
        """All open cases of a person are another's; how many."""
        return self._db.run(_HAND_OVER, was_person=person_id, now_person=to_person_id)

    def to_stage(self, case_id: int, stage: str, *, was: str) -> bool:
        """Move it to a stage; False when it stood elsewhere already."""
        moved = self._db.run(
            _STAGE,
            row=case_id,
            was=was,
            now_stage=stage,
            now=self._now,
            now_closed=self._now if stage == CLOSED else None,
        )
        return moved == 1

    def set_grade(self, case_id: int, grade: str) -> None:
        """Keep how urgent it is."""
        self._db.run(_GRADE, row=case_id, now_grade=grade)

    def saw(self, case_id: int, at: datetime, *, safe: bool) -> None:
        """The child was seen."""
        self._db.run(_SEEN, row=case_id, now_seen=at, is_safe=safe)

    def ended(self, case_id: int, outcome: str, solved: str) -> None:
        """How it ended, and whether that helped: yes, no or ""."""
        self._db.run(_OUTCOME, row=case_id, now_outcome=outcome, now_solved=solved)
        case = self.get(case_id)
        if case is not None and case.child_id is not None:
            self._work.visits.stir([case.child_id])

    def reopened(self, case_id: int) -> None:
        """Count that it had to be taken up again."""
        self._db.run(_REOPENED, row=case_id)

    def place(self, case_id: int, area_id: int) -> None:
        """Where it is, once somebody says so."""
        self._db.run(_PLACE, row=case_id, now_area=area_id)

    def about_child(self, case_id: int, child_id: int | None) -> None:
        """Which child of the register it is about, once somebody says so."""
        self._db.run(_CHILD, row=case_id, now_child=child_id)

    def join(self, case_id: int, into_id: int, *, by: int) -> None:
        """The two are one: all reports of the first belong to the second from now on."""
        for one in self.reports(case_id):
            self.move_report(one.id, into_id, by=by)
        self._db.run(_JOINED, row=case_id, now_into=into_id)

    def part(self, case_id: int, *, by: int) -> None:
        """They were two after all: whatever came with it goes with it again."""
        was = self.get(case_id)
        assert was is not None
        assert was.joined_into is not None
        moved = self.reports(was.joined_into)
        self._db.run(_JOINED, row=case_id, now_into=None)
        for one in moved:
            home = self.by_number(one.number)
            while home is not None and home.joined_into is not None and home.id != case_id:
                home = self.get(home.joined_into)
            if home is not None and home.id == case_id:
                self.move_report(one.id, case_id, by=by)

    def put_back(self, case: Case) -> None:
        """Grade, child, owner and acceptance as they are given."""
        self.set_grade(case.id, case.grade)
        self.about_child(case.id, case.child_id)
        self._db.run(
            _OWN,
            row=case.id,
            now_role=case.owner.role,
            now_area=case.owner.area_id,
            now_person=case.owner.person_id,
            now_accepted=case.accepted_at,
        )

    def move_report(self, report_id: int, case_id: int, *, by: int) -> None:
        """Let a report belong to another case."""
        self._db.run(_MOVE_REPORT, of_report=report_id, now_case=case_id, now=self._now, by=by)

    def add_member(
        self,
        case_id: int,
        person_id: int,
        kind: str,
        *,
        by: int,
        role: str = "",
        basis: str = "",
        parts: tuple[str, ...] = (),
        until: datetime | None = None,
    ) -> int:
        """Somebody has to do with it from now on; the row's id."""
        row = self._work.new_id()
        self._db.run(
            _ADD_MEMBER,
            id=row,
            case_id=case_id,
            person_id=person_id,
            kind=kind,
            role=role,
            basis=basis,
            parts=lines(parts),
            since=self._now,
            until=until,
            given_by=by,
        )
        return row

    def end_member(self, member_id: int) -> None:
        """Somebody has nothing to do with it any more."""
        self._db.run(_END_MEMBER, row=member_id, now=self._now)

    def add_entry(
        self,
        case_id: int,
        act: str,
        *,
        by: int,
        role: str,
        stage: str,
        body: str = "{}",
        true_at: datetime | None = None,
    ) -> int:
        """Write an act into the story; the entry's id."""
        entry_id = self._work.new_id()
        self._db.run(
            _ADD_ENTRY,
            id=entry_id,
            case_id=case_id,
            act=act,
            person_id=by,
            role=role,
            stage=stage,
            body=self._seal(case_entry, "body", entry_id, body),
            true_at=true_at or self._now,
            entered_at=self._now,
        )
        return entry_id


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
