"""What is over goes for good, and leaves a mark; what is held back stays.

The case itself keeps its row, and so does each report: number, place, grade, stages and times are
what figures count. What people said is overwritten or removed, in the turn that writes the mark.
What belongs to no case: ``storage.erasing.forgetting``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Literal, TypeAlias

from sqlalchemy import delete, exists, insert, literal_column, or_, select, update

from storage.audit import PROGRAM
from storage.repository import Kept, Seen, given, listed
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
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Select

    from storage.database import Row

#: Of what something was removed, is held back or is to go.
Matter: TypeAlias = Literal["case", "child", "report", "absence", "class", "list", "person"]
#: How the rule of what goes before its time begins: the wish's id follows.
ASKED = "asked, wish "
#: What a sealed answer says once it was removed.
NOTHING = "{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """That something was removed, and by which rule."""

    id: int
    #: A kind of policy/retention.py, or file.
    kind: str
    rule: str
    removed: int
    digest: bytes
    at: datetime

    @property
    def is_asked(self) -> bool:
        """True when two persons agreed to it, before its time."""
        return self.rule.startswith(ASKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that was sent with a report."""

    id: int
    matter: Matter
    matter_id: int
    #: Of what came, hex; "" of what never did.
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Something of which the words are kept past their time."""

    id: int
    set_by: int
    reason: str = field(repr=False)
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Somebody wants words removed before their time."""

    id: int
    matter_id: int
    asked_by: int
    #: Once another person agreed.
    agreed_by: int | None


#: A wish to which nobody agrees is over after this.
WISH_LASTS = timedelta(days=30)
_part = case_file.alias("part")
_held = case_hold.alias("held")
#: A hold on a case, or on one that was joined to it.
_IS_HELD = exists().where(
    _held.c.matter == literal_column("'case'"),
    _held.c.ended_at.is_(None),
    _held.c.until > given("now"),
    or_(
        _held.c.matter_id == case_file.c.id,
        _held.c.matter_id.in_(select(_part.c.id).where(_part.c.joined_into == case_file.c.id)),
    ),
)
#: Two persons agreed that it goes before its time.
_IS_AGREED = exists().where(
    erasure_wish.c.matter == literal_column("'case'"),
    erasure_wish.c.matter_id == case_file.c.id,
    erasure_wish.c.agreed_at.is_not(None),
    erasure_wish.c.done_at.is_(None),
)
_IS_OVER = (
    case_file.c.closed_at.is_not(None),
    or_(case_file.c.closed_at < given("before"), _IS_AGREED),
    case_file.c.joined_into.is_(None),
    ~_IS_HELD,
)
_CASES = (
    select(case_file.c.id)
    .where(
        *_IS_OVER,
        or_(
            _IS_AGREED,
            ~exists().where(
                tombstone.c.matter == literal_column("'case'"),
                tombstone.c.matter_id == case_file.c.id,
                tombstone.c.kind == "case",
                tombstone.c.at > case_file.c.closed_at,
            ),
        ),
    )
    .order_by(case_file.c.closed_at)
    .limit(given("limit"))
)
_REPORTERS = (
    select(reporter.c.report_id, case_file.c.id)
    .join_from(reporter, case_report, case_report.c.report_id == reporter.c.report_id)
    .join(case_file, case_file.c.id == case_report.c.case_id)
    .where(*_IS_OVER)
    .order_by(case_file.c.closed_at)
    .limit(given("limit"))
)
_FILES = (
    select(attachment.c.id, attachment.c.sha256, case_file.c.id)
    .join_from(attachment, case_report, case_report.c.report_id == attachment.c.report_id)
    .join(case_file, case_file.c.id == case_report.c.case_id)
    .where(*_IS_OVER)
    .order_by(case_file.c.closed_at)
    .limit(given("limit"))
)
_OF = (
    select(
        tombstone.c.id,
        tombstone.c.kind,
        tombstone.c.rule,
        tombstone.c.removed,
        tombstone.c.digest,
        tombstone.c.at,
    )
    .where(tombstone.c.matter == given("matter"), tombstone.c.matter_id == given("id"))
    .order_by(tombstone.c.id)
)
_HOLD = (
    select(
        case_hold.c.id,
        case_hold.c.set_by,
        case_hold.c.reason,
        case_hold.c.since,
        case_hold.c.until,
    )
    .where(
        case_hold.c.matter == given("matter"),
        case_hold.c.matter_id == given("id"),
        case_hold.c.ended_at.is_(None),
        case_hold.c.until > given("now"),
    )
    .order_by(case_hold.c.id.desc())
)
#: The same of a case, or of one that was joined to it: the one that lasts longest.
_HELD = (
    select(case_hold.c.matter_id)
    .where(
        case_hold.c.matter == literal_column("'case'"),
        or_(
            case_hold.c.matter_id == given("id"),
            case_hold.c.matter_id.in_(
                select(_part.c.id).where(_part.c.joined_into == given("id"))
            ),
        ),
        case_hold.c.ended_at.is_(None),
        case_hold.c.until > given("now"),
    )
    .order_by(case_hold.c.until.desc())
)
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
_STANDS = (
    erasure_wish.c.done_at.is_(None),
    erasure_wish.c.refused_at.is_(None),
    or_(
        erasure_wish.c.agreed_at.is_not(None),
        erasure_wish.c.asked_at > given("since"),
        # Whoever asks for what is their own waits as long as it takes.
        erasure_wish.c.matter == literal_column("'person'"),
    ),
)
_A_WISH = select(
    erasure_wish.c.id, erasure_wish.c.matter_id, erasure_wish.c.asked_by, erasure_wish.c.agreed_by
)
_WISH = _A_WISH.where(
    erasure_wish.c.matter == given("matter"), erasure_wish.c.matter_id == given("id"), *_STANDS
).order_by(erasure_wish.c.id.desc())
_BY_ID = _A_WISH.where(
    erasure_wish.c.id == given("id"), erasure_wish.c.matter == given("matter"), *_STANDS
)
_AGREED = (
    select(erasure_wish.c.matter_id)
    .where(
        erasure_wish.c.matter == given("matter"),
        erasure_wish.c.agreed_at.is_not(None),
        erasure_wish.c.done_at.is_(None),
    )
    .order_by(erasure_wish.c.id)
    .limit(given("limit"))
)
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


class ErasuresSeen(Seen):
    """What was removed, and what is held back."""

    def of(self, matter: Matter, matter_id: int) -> tuple[Tombstone, ...]:
        """What was removed of something, oldest first."""
        return tuple(
            Tombstone(
                id=row[0],
                kind=row[1],
                rule=row[2],
                removed=row[3],
                digest=bytes(row[4]),
                at=row[5],
            )
            for row in self._db.all(_OF, matter=matter, id=matter_id)
        )

    def hold(self, matter: Matter, matter_id: int) -> Hold | None:
        """What keeps its words past their time; None when nothing does."""
        row = self._db.one(_HOLD, matter=matter, id=matter_id, now=self._now)
        if row is None:
            return None
        return Hold(
            id=row[0],
            set_by=row[1],
            reason=self._open(case_hold, "reason", row[0], row[2]),
            since=row[3],
            until=row[4],
        )

    def held(self, case_id: int) -> Hold | None:
        """What keeps the words of a case, or of one that was joined to it, past their time."""
        row = self._db.one(_HELD, id=case_id, now=self._now)
        return None if row is None else self.hold("case", row[0])

    def wish(self, matter: Matter, matter_id: int) -> Wish | None:
        """The wish that waits for a second person, or for its night."""
        since = self._now - WISH_LASTS
        return self._wish(self._db.one(_WISH, matter=matter, id=matter_id, since=since))

    def agreed(self, matter: Matter, limit: int) -> tuple[int, ...]:
        """Of what two persons agreed that it goes, the oldest first."""
        return tuple(row[0] for row in self._db.all(_AGREED, matter=matter, limit=limit))

    def wish_by_id(self, wish_id: int, matter: Matter) -> Wish | None:
        """One that waits for a second person, or for its night."""
        since = self._now - WISH_LASTS
        return self._wish(self._db.one(_BY_ID, matter=matter, id=wish_id, since=since))

    def _wish(self, row: Row | None) -> Wish | None:
        if row is None:
            return None
        asked_by = self._reading.links.who_is(row[2])
        return Wish(id=row[0], matter_id=row[1], asked_by=asked_by, agreed_by=row[3])

    def cases_over(self, before: datetime, limit: int) -> tuple[int, ...]:
        """Cases that ended before a moment, and of which words are still kept."""
        rows = self._db.all(_CASES, before=before, now=self._now, limit=limit)
        return tuple(row[0] for row in rows)

    def reporters_over(self, before: datetime, limit: int) -> tuple[tuple[int, int], ...]:
        """Reports of which it is still kept who made them, each with its ended case."""
        rows = self._db.all(_REPORTERS, before=before, now=self._now, limit=limit)
        return tuple((row[0], row[1]) for row in rows)

    def files_over(self, before: datetime, limit: int) -> tuple[File, ...]:
        """Files with reports of cases that ended before a moment."""
        rows = self._db.all(_FILES, before=before, now=self._now, limit=limit)
        return tuple(
            File(id=row[0], sha256=row[1] or "", matter="case", matter_id=row[2]) for row in rows
        )


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


class Gone:
    """What is removed, counted and hashed as it goes."""

    def __init__(self) -> None:
        self.count = 0
        self.digest = sha256()

    def add(self, sealed: Iterable[bytes | None]) -> None:
        """Sealed values, as they were; what was not there does not count."""
        for one in sealed:
            if one is not None:
                self.count += 1
                self.digest.update(bytes(one))
