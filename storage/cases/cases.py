"""Cases (工单): opened, owned by one at every instant, brought from stage to stage."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import insert as plain_insert
from sqlalchemy import update

from storage.cases.case import CLOSED, Case, Owner
from storage.cases.cases_seen import IS_OPEN, CasesSeen
from storage.reporting.reports import Report
from storage.repository import Kept, given, insert, lines, upsert
from storage.tables import case_entry, case_file, case_mark, case_member, case_report

if TYPE_CHECKING:
    from datetime import datetime


# Where it is may be learnt later: then it is another mark, of which nobody was told.
_MARK = upsert(case_mark, "mark", "told")
_TELL_MARK = (
    update(case_mark)
    .where(case_mark.c.case_id == given("row"), case_mark.c.kind == given("of_kind"))
    .values(told=True)
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
    .where(case_file.c.id == given("row"), case_file.c.accepted_at.is_(None), IS_OPEN)
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
    .where(case_file.c.owner_id == given("was_person"), IS_OPEN)
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

    def saw(self, case_id: int, at: datetime, *, safe: bool | None) -> None:
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

    def keep_from_given(self, person_id: int, area_id: int, *, by: int) -> None:
        """Keep open cases that are hidden from somebody from whom they give a post there.

        It may be another phone of theirs. Whoever held a post there before, or has to do with the
        case, stays; the county lets a true colleague in.
        """
        tree = self._work.areas
        posts = {role.area_id for role in self._work.people.roles(person_id)}
        for case in self.some(self.hidden_from(by)):
            at = case.area_id
            is_there = at is None or tree.is_within(at, area_id)
            knows = at is not None and any(tree.is_within(at, one) for one in posts)
            known = {case.owner.person_id, *(one.person_id for one in self.members(case.id))}
            if case.is_open and is_there and not knows and person_id not in known:
                self.add_member(case.id, person_id, "excluded", by=by, basis="given")
                told = {"person": person_id, "basis": "given"}
                self._work.audit.write(by, "case.excluded", "case", case.id, told)

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
