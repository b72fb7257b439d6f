"""What is over goes for good, and leaves a mark; what is held back stays.

The case itself keeps its row, and so does each report: number, place, grade, stages and times are
what figures count. What people said is overwritten or removed, in the turn that writes the mark.
What belongs to no case: ``storage.erasing.forgetting``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, literal_column, select, update

from storage.audit import PROGRAM
from storage.erasing.erasure import NOTHING, File, Gone, Matter, Wish
from storage.erasing.erasures_seen import ErasuresSeen
from storage.repository import Kept, given, listed
from storage.tables import (
    attachment,
    case_entry,
    case_file,
    case_hold,
    case_mark,
    case_report,
    duty,
    erasure_wish,
    report,
    report_entry,
    reporter,
    tombstone,
    unmasking,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Select

    from storage.database import Row

_SET_HOLD = insert(case_hold)
_END_HOLD = (
    update(case_hold)
    .where(
        case_hold.c.matter == given("of"),
        case_hold.c.matter_id == given("of_id"),
        case_hold.c.ended_at.is_(None),
    )
    .values(ended_at=given("now"), ended_by=given("by"))
)
_MARK = insert(tombstone)
_ASK = insert(erasure_wish)
_IS_OPEN = (
    erasure_wish.c.id == given("row"),
    erasure_wish.c.agreed_at.is_(None),
    erasure_wish.c.refused_at.is_(None),
)
_AGREE = (
    update(erasure_wish).where(*_IS_OPEN).values(agreed_by=given("by"), agreed_at=given("now"))
)
_REFUSE = (
    update(erasure_wish)
    .where(*_IS_OPEN)
    .values(refused_by=given("by"), refused_at=given("now"), refused_why=given("why"))
)
_JOIN = (
    update(erasure_wish)
    .where(
        erasure_wish.c.matter == literal_column("'person'"),
        erasure_wish.c.matter_id == given("gone"),
    )
    .values(matter_id=given("stays"))
)
_DONE = (
    update(erasure_wish)
    .where(
        erasure_wish.c.matter == given("of"),
        erasure_wish.c.matter_id == given("of_id"),
        erasure_wish.c.agreed_at.is_not(None),
        erasure_wish.c.done_at.is_(None),
    )
    .values(done_at=given("now"))
)
_PARTS = select(case_file.c.id).where(case_file.c.joined_into.in_(listed("ids")))
_REPORTS_OF = select(case_report.c.report_id).where(case_report.c.case_id.in_(listed("ids")))
_VAULT = select(reporter.c.report_id, reporter.c.identity, reporter.c.pin).where(
    reporter.c.report_id == given("row")
)
_DROP_VAULT = delete(reporter).where(reporter.c.report_id == given("row"))
_ANSWERS = select(report.c.id, report.c.answers).where(report.c.id.in_(listed("ids")))
_BLANK_REPORT = (
    update(report)
    .where(report.c.id == given("row"))
    .values(answers=given("now_answers"), child_id=None)
)
_ADDED = select(report_entry.c.id, report_entry.c.body).where(
    report_entry.c.report_id.in_(listed("ids"))
)
_DROP_ADDED = delete(report_entry).where(report_entry.c.id == given("row"))
_FILES_OF = select(attachment.c.id).where(attachment.c.report_id == given("report_id"))
#: Whose it was, and by which message it came.
_NOBODYS = (
    update(attachment)
    .where(attachment.c.id == given("row"))
    .values(contact_id=given("now_contact"), owner=None, source=given("now_source"), message=None)
)
_WISHES = select(unmasking.c.id, unmasking.c.reason).where(
    unmasking.c.report_id.in_(listed("ids"))
)
_BLANK_WISH = (
    update(unmasking).where(unmasking.c.id == given("row")).values(reason=given("now_reason"))
)
_STORY = select(case_entry.c.id, case_entry.c.body).where(case_entry.c.case_id.in_(listed("ids")))
_BLANK_ENTRY = (
    update(case_entry).where(case_entry.c.id == given("row")).values(body=given("now_body"))
)
_TASKS = select(duty.c.id, duty.c.what).where(
    duty.c.subject == "case", duty.c.subject_id.in_(listed("ids")), duty.c.what.is_not(None)
)
_BLANK_TASK = update(duty).where(duty.c.id == given("row")).values(what=None)
_DROP_MARKS = delete(case_mark).where(case_mark.c.case_id == given("row"))
_NO_CHILD = update(case_file).where(case_file.c.id == given("row")).values(child_id=None)


class Erasures(ErasuresSeen, Kept):
    """Removing for good, and holding back."""

    def set_hold(
        self, matter: Matter, matter_id: int, *, by: int, reason: str, until: datetime
    ) -> int:
        """Keep its words until then, in place of what was said before; the hold's id."""
        self._end_holds(matter, matter_id, by)
        row = self._work.new_id()
        self._db.run(
            _SET_HOLD,
            id=row,
            matter=matter,
            matter_id=matter_id,
            set_by=by,
            reason=self._seal(case_hold, "reason", row, reason),
            since=self._now,
            until=until,
            ended_at=None,
            ended_by=None,
        )
        self._work.audit.write(by, f"{matter}.held", matter, matter_id, {"hold": row})
        return row

    def end_hold(self, matter: Matter, matter_id: int, *, by: int) -> None:
        """Let its clock go on."""
        if self._end_holds(matter, matter_id, by):
            self._work.audit.write(by, f"{matter}.hold-ended", matter, matter_id)

    def ask(self, matter: Matter, matter_id: int, *, by: int) -> int:
        """Ask for a second person; the wish's id."""
        row = self._work.new_id()
        self._db.run(
            _ASK,
            id=row,
            matter=matter,
            matter_id=matter_id,
            asked_by=by,
            asked_at=self._now,
            agreed_by=None,
            agreed_at=None,
            done_at=None,
            refused_by=None,
            refused_at=None,
            refused_why=None,
        )
        self._work.audit.write(by, "erasure.asked", matter, matter_id, {"wish": row})
        return row

    def agree(self, wish: Wish, matter: Matter, *, by: int) -> bool:
        """As the second person; False when it is their own, or was agreed to before."""
        if wish.asked_by == self._work.links.who_is(by):
            return False
        if not self._db.run(_AGREE, row=wish.id, by=by, now=self._now):
            return False
        self._work.audit.write(by, "erasure.agreed", matter, wish.matter_id, {"wish": wish.id})
        return True

    def refuse(self, wish: Wish, matter: Matter, *, by: int, reason: str) -> bool:
        """As the second person; False when it is their own, or was decided before."""
        if wish.asked_by == self._work.links.who_is(by):
            return False
        why = self._seal(erasure_wish, "refused_why", wish.id, reason)
        if not self._db.run(_REFUSE, row=wish.id, by=by, now=self._now, why=why):
            return False
        self._work.audit.write(by, "erasure.refused", matter, wish.matter_id, {"wish": wish.id})
        return True

    def join(self, stays: int, gone: int) -> None:
        """Two persons are one: what the second asked for is asked for by the first."""
        self._db.run(_JOIN, stays=stays, gone=gone)

    def done(self, matter: Matter, matter_id: int) -> None:
        """What was agreed to is carried out."""
        self._db.run(_DONE, of=matter, of_id=matter_id, now=self._now)

    def forget_reporter(self, report_id: int, matter: Matter, matter_id: int, rule: str) -> None:
        """Remove who made a report, for good."""
        gone = Gone()
        self.drop_vault(report_id, gone)
        self.mark("reporter", matter, matter_id, rule, gone, subject_id=report_id)

    def forget_file(self, file: File, rule: str) -> None:
        """Remove a file, for good."""
        gone = Gone()
        gone.add([file.sha256.encode()])
        self._work.attachments.remove(file.id)
        self.mark("file", file.matter, file.matter_id, rule, gone, subject_id=file.id)

    def forget_case(self, case_id: int, rule: str) -> None:
        """Remove what was said in a case and in those that were joined to it, for good.

        Its files go before, a few in a turn: they may be large.
        """
        cases, gone = self._with_parts(case_id), Gone()
        reports = [row[0] for row in self._db.all(_REPORTS_OF, ids=cases)]
        for report_id in reports:
            self.drop_vault(report_id, gone)
        self.blank_reports(reports, gone)
        self._blank_story(cases, gone)
        self.mark("case", "case", case_id, rule, gone)
        self.done("case", case_id)

    def _with_parts(self, case_id: int) -> list[int]:
        found, news = [case_id], [case_id]
        while news := [row[0] for row in self._db.all(_PARTS, ids=news)]:
            found += news
        return found

    def drop_vault(self, report_id: int, gone: Gone) -> None:
        """Remove who made a report; whose its files were is gone with it."""
        if row := self._db.one(_VAULT, row=report_id):
            gone.add(row[1:])
            self._db.run(_DROP_VAULT, row=report_id)
        files = self._db.all(_FILES_OF, report_id=report_id)
        if files:  # each says whose it was
            nobody = self._work.people.nobody()
            for (file_id,) in files:
                source = self._seal(attachment, "source", file_id, "")
                self._db.run(_NOBODYS, row=file_id, now_contact=nobody, now_source=source)

    def blank_reports(self, reports: Sequence[int], gone: Gone) -> None:
        """Overwrite what was said in reports; the rows stay."""
        for row_id, answers in self._each(_ANSWERS, reports):
            gone.add([answers])
            self._db.run(
                _BLANK_REPORT,
                row=row_id,
                now_answers=self._seal(report, "answers", row_id, NOTHING),
            )
        for row_id, body in self._each(_ADDED, reports):
            gone.add([body])
            self._db.run(_DROP_ADDED, row=row_id)
        for row_id, reason in self._each(_WISHES, reports):
            gone.add([reason])
            sealed = self._seal(unmasking, "reason", row_id, "")
            self._db.run(_BLANK_WISH, row=row_id, now_reason=sealed)

    def _blank_story(self, cases: Sequence[int], gone: Gone) -> None:
        for row_id, body in self._each(_STORY, cases):
            # What an act of the program notes has no words: codes and numbers of cases.
            if "form" in json.loads(self._open(case_entry, "body", row_id, body)):
                gone.add([body])
                self._db.run(
                    _BLANK_ENTRY,
                    row=row_id,
                    now_body=self._seal(case_entry, "body", row_id, NOTHING),
                )
        for row_id, what in self._each(_TASKS, cases):
            gone.add([what])
            self._db.run(_BLANK_TASK, row=row_id)
        for case_id in cases:
            self._db.run(_DROP_MARKS, row=case_id)
            self._db.run(_NO_CHILD, row=case_id)

    def _each(self, rows: Select[Any], ids: Sequence[int]) -> list[Row]:
        return self._db.all(rows, ids=[*ids])

    def mark(
        self,
        kind: str,
        matter: Matter,
        matter_id: int,
        rule: str,
        gone: Gone,
        *,
        subject_id: int | None = None,
    ) -> None:
        """Write down that it is gone: how many sealed values, and their sum."""
        row = self._work.new_id()
        self._db.run(
            _MARK,
            id=row,
            kind=kind,
            matter=matter,
            matter_id=matter_id,
            subject_id=matter_id if subject_id is None else subject_id,
            rule=rule,
            removed=gone.count,
            digest=gone.digest.digest(),
            at=self._now,
        )
        detail = {"rule": rule, "removed": gone.count, "tombstone": row}
        self._work.audit.write(PROGRAM, f"{kind}.erased", matter, matter_id, detail)

    def _end_holds(self, matter: Matter, matter_id: int, by: int) -> int:
        return self._db.run(_END_HOLD, of=matter, of_id=matter_id, now=self._now, by=by)
