"""What is known of children who left the register, and was said in what belongs to no case.

Rows stay, because figures count them; words are overwritten in the turn that writes the mark.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, exists, literal_column, or_, select, update

from storage.children.child import AREA, ERASED, LEFT_ON, LEFT_REASON, STATUS, TO
from storage.erasing.erasure import NOTHING, File, Gone
from storage.erasing.holds import IS_REPORT_HELD, is_held
from storage.repository import Kept, given, listed
from storage.tables import (
    absence,
    absence_entry,
    attachment,
    carer,
    case_file,
    case_report,
    child,
    child_conflict,
    child_entry,
    child_opening,
    contact,
    draft,
    duty,
    erasure_wish,
    family_link,
    family_week,
    inbox,
    outbox,
    person,
    pupil,
    registration,
    report,
    roll_call,
    visit,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date, datetime
    from typing import Any

    from sqlalchemy import Column, ColumnElement, Select, Update

    from storage.database import Row

#: Facts of a change that are no words.
_FACTS = frozenset({AREA, STATUS, LEFT_REASON, LEFT_ON, TO})
_IDS = listed("ids")
_IS_HELD = is_held(child.c.id)
_IS_AGREED = exists().where(
    erasure_wish.c.matter == literal_column("'child'"),
    erasure_wish.c.matter_id == child.c.id,
    erasure_wish.c.agreed_at.is_not(None),
    erasure_wish.c.done_at.is_(None),
)
_MAY_GO = (
    child.c.erased_at.is_(None),
    # Who the words of a case are about stays as long as they do.
    ~exists().where(case_file.c.child_id == child.c.id),
    ~_IS_HELD,
)
_WRONG = child.c.left_reason == literal_column("'wrong'")
_LEFT = (
    select(child.c.id)
    .where(
        *_MAY_GO,
        child.c.status == literal_column("'left'"),
        or_(
            _IS_AGREED,
            and_(~_WRONG, child.c.left_on < given("day")),
            and_(_WRONG, child.c.left_on < given("wrong_day")),
        ),
    )
    .order_by(child.c.left_on)
    .limit(given("limit"))
)
_UNDONE = (
    select(child.c.id)
    .where(
        *_MAY_GO,
        child.c.status == literal_column("'undone'"),
        child.c.updated_at < given("before"),
    )
    .limit(given("limit"))
)
_MERGED = select(child.c.id).where(child.c.merged_into.in_(_IDS))
_RECORDS = select(child.c.id, child.c.record).where(child.c.id.in_(_IDS))
_BLANK_CHILD = (
    update(child)
    .where(child.c.id == given("row"))
    .values(
        record=given("now_words"),
        id_number_index=None,
        household_id=child.c.id,
        version=child.c.version + 1,
        updated_at=given("now"),
        erased_at=given("now"),
    )
)
_CHANGES = select(child_entry.c.id, child_entry.c.changes).where(child_entry.c.child_id.in_(_IDS))
_BLANK_CHANGES = (
    update(child_entry).where(child_entry.c.id == given("row")).values(changes=given("now_words"))
)
_WHOSE_VISITS = (
    select(visit.c.child_id)
    .join_from(visit, child, child.c.id == visit.c.child_id)
    .where(visit.c.true_at < given("before"), visit.c.erased_at.is_(None), ~_IS_HELD)
    .order_by(visit.c.true_at)
    .limit(given("limit"))
)
_WHICH_ABSENCES = (
    select(absence.c.id)
    .where(
        absence.c.closed_at < given("before"),
        absence.c.erased_at.is_(None),
        ~exists().where(child.c.id == absence.c.child_id, _IS_HELD),
    )
    .order_by(absence.c.closed_at)
    .limit(given("limit"))
)
_ABSENCES_OF = select(absence.c.id).where(
    absence.c.child_id.in_(_IDS), absence.c.erased_at.is_(None)
)
_WHOSE_CARERS = (
    select(carer.c.child_id)
    .join_from(carer, child, child.c.id == carer.c.child_id)
    .where(carer.c.until < given("day"), carer.c.erased_at.is_(None), ~_IS_HELD)
    .limit(given("limit"))
)
_IS_OLD_LINK = or_(
    family_link.c.ended_at < given("before"),
    and_(family_link.c.person_id.is_(None), family_link.c.expires_at < given("before")),
)
_WHOSE_LINKS = (
    select(family_link.c.child_id)
    .join_from(family_link, child, child.c.id == family_link.c.child_id)
    .where(_IS_OLD_LINK, ~_IS_HELD)
    .limit(given("limit"))
)
_LINKS = select(family_link.c.id, family_link.c.called).where(family_link.c.child_id.in_(_IDS))
_WEEKS = select(family_week.c.id, family_week.c.told).where(family_week.c.link_id.in_(_IDS))
_DROP_WEEKS = delete(family_week).where(family_week.c.link_id.in_(_IDS))
_DROP_LINKS = delete(family_link).where(family_link.c.id.in_(_IDS))
_HAS_NO_CASE = ~exists().where(case_report.c.report_id == report.c.id)
_WHICH_REPORTS = (
    select(report.c.id)
    .where(
        report.c.created_at < given("before"),
        report.c.erased_at.is_(None),
        _HAS_NO_CASE,
        ~IS_REPORT_HELD,
    )
    .order_by(report.c.created_at)
    .limit(given("limit"))
)
_FILES = (
    select(attachment.c.id, attachment.c.sha256, report.c.id)
    .join_from(attachment, report, report.c.id == attachment.c.report_id)
    .where(
        report.c.created_at < given("before"),
        report.c.erased_at.is_(None),
        _HAS_NO_CASE,
        ~IS_REPORT_HELD,
    )
    .order_by(report.c.created_at)
    .limit(given("limit"))
)
_REPORT_DONE = update(report).where(report.c.id == given("row")).values(erased_at=given("now"))
_ROLLS = select(roll_call.c.class_id).where(roll_call.c.day < given("day")).limit(given("limit"))
_LINES = select(roll_call.c.day, roll_call.c.absent).where(
    roll_call.c.class_id == given("class_id"), roll_call.c.day < given("day")
)
_DROP_LINES = delete(roll_call).where(
    roll_call.c.class_id == given("of_class"), roll_call.c.day < given("day")
)
_IS_GONE_PUPIL = (
    pupil.c.until < given("before"),
    pupil.c.erased_at.is_(None),
    ~exists().where(absence.c.pupil_id == pupil.c.id, absence.c.erased_at.is_(None)),
)
_WHOSE_PUPILS = select(pupil.c.class_id).where(*_IS_GONE_PUPIL).limit(given("limit"))


@dataclass(frozen=True, slots=True)
class _Words:
    """A sealed column, read and overwritten."""

    column: Column[Any]
    #: What it says then; None: nothing.
    then: str | None
    rows: Select[Any]
    blank: Update


def _words(
    column: Column[Any], *of: ColumnElement[bool], then: str | None = None, mark: bool = False
) -> _Words:
    """``mark``: the row says when it was."""
    table = column.table
    values: dict[str, Any] = {column.name: None if then is None else given("now_words")}
    if mark:
        values["erased_at"] = given("now")
    return _Words(
        column,
        then,
        select(table.c.id, column).where(*of),
        update(table).where(table.c.id == given("row")).values(values),
    )


_VISITS = _words(
    visit.c.answers,
    visit.c.child_id.in_(_IDS),
    visit.c.erased_at.is_(None),
    visit.c.true_at < given("before"),
    then=NOTHING,
    mark=True,
)
_CARERS = _words(
    carer.c.said,
    carer.c.child_id.in_(_IDS),
    carer.c.erased_at.is_(None),
    then=NOTHING,
    mark=True,
)
_OLD_CARERS = _words(
    carer.c.said,
    carer.c.child_id.in_(_IDS),
    carer.c.erased_at.is_(None),
    carer.c.until < given("day"),
    then=NOTHING,
    mark=True,
)
_DISPUTES = _words(child_conflict.c["values"], child_conflict.c.child_id.in_(_IDS), then=NOTHING)
_LOOKS = _words(child_opening.c.reason, child_opening.c.child_id.in_(_IDS), then="")
_NOTES = _words(
    absence_entry.c.note, absence_entry.c.absence_id.in_(_IDS), absence_entry.c.note.is_not(None)
)
_TASKS = _words(
    duty.c.what,
    duty.c.subject == given("subject"),
    duty.c.subject_id.in_(_IDS),
    duty.c.what.is_not(None),
)
_PUPILS = _words(
    pupil.c.name, pupil.c.class_id == given("class_id"), *_IS_GONE_PUPIL, then="", mark=True
)
_ABSENCE_DONE = update(absence).where(absence.c.id.in_(_IDS)).values(erased_at=given("now"))
_PERSON = select(person.c.name, person.c.phone).where(person.c.id == given("id"))
_BLANK_PERSON = (
    update(person)
    .where(person.c.id == given("row"))
    .values(name=None, phone=None, phone_index=None)
)
_REGISTERED = _words(
    registration.c.said, registration.c.person_id == given("person_id"), then=NOTHING
)
_REFUSALS = _words(
    erasure_wish.c.refused_why,
    erasure_wish.c.matter == literal_column("'person'"),
    erasure_wish.c.matter_id == given("person_id"),
    erasure_wish.c.refused_why.is_not(None),
)
_LINKS_OF = select(family_link.c.id, family_link.c.called).where(
    family_link.c.person_id == given("person_id")
)
_DRAFTS_OF = select(draft.c.id, draft.c.dialogue).where(draft.c.contact_id == given("contact_id"))
_LOOSE_OF = select(attachment.c.id, attachment.c.sha256).where(
    attachment.c.contact_id == given("contact_id"), attachment.c.report_id.is_(None)
)
_CARDS_OF = select(outbox.c.card).where(
    outbox.c.contact_id == given("contact_id"), outbox.c.state != literal_column("'queued'")
)
_DROP_CARDS = delete(outbox).where(
    outbox.c.contact_id == given("of_contact"), outbox.c.state != literal_column("'queued'")
)
_CAME_OF = update(inbox).where(inbox.c.contact_id == given("of_contact")).values(contact_id=None)
_ADDRESS = select(contact.c.address).where(contact.c.id == given("id"))
_BLANK_CONTACT = (
    update(contact)
    .where(contact.c.id == given("row"))
    .values(
        address=given("now_words"),
        address_index=given("nowhere"),
        card_id=None,
        draft_id=None,
        reachable=False,
        locked_at=given("now"),
    )
)


class Forgetting(Kept):
    """Removing what belongs to no case; what is held back stays."""

    def children_over(
        self, day: date, wrong_day: date, before: datetime, limit: int
    ) -> tuple[int, ...]:
        """Children who left before a day, or were never to be there and left before another.

        ``before``: those of an import that was undone by then.
        """
        rows = self._db.all(_LEFT, day=day, wrong_day=wrong_day, limit=limit, now=self._now)
        rows = rows or self._db.all(_UNDONE, before=before, limit=limit, now=self._now)
        return tuple(row[0] for row in rows)

    def forget_child(self, child_id: int, rule: str, kept: Collection[str]) -> None:
        """Overwrite a child's file, with all that was said in visits and of the family.

        Columns that figures count by are kept.
        """
        gone = Gone()
        children = [child_id, *(row[0] for row in self._db.all(_MERGED, ids=[child_id]))]
        for row_id, record in self._db.all(_RECORDS, ids=children):
            gone.add([record])
            values = json.loads(self._open(child, "record", row_id, record))
            self._overwrite(_BLANK_CHILD, child.c.record, row_id, _counted(values, kept))
        for row_id, changes in self._db.all(_CHANGES, ids=children):
            gone.add([changes])
            told = json.loads(self._open(child_entry, "changes", row_id, changes))
            left = {
                key: [one and (one if key in kept or key in _FACTS else ERASED) for one in both]
                for key, both in told.items()
                if key in _FACTS or not key.startswith("_")
            }
            said = json.dumps(left, ensure_ascii=False)
            self._overwrite(_BLANK_CHANGES, child_entry.c.changes, row_id, said)
        for words in (_DISPUTES, _LOOKS, _CARERS):
            self._blank(words, gone, ids=children)
        self._blank(_VISITS, gone, ids=children, before=self._now)
        self._blank(_TASKS, gone, ids=children, subject="child")
        self._blank_absences([row[0] for row in self._db.all(_ABSENCES_OF, ids=children)], gone)
        self._drop_links(self._db.all(_LINKS, ids=children), gone)
        self._work.erasures.mark("child", "child", child_id, rule, gone)
        self._work.erasures.done("child", child_id)

    def visits_over(self, before: datetime, limit: int) -> tuple[int, ...]:
        """Children of whom words of visits before a moment are kept."""
        rows = self._db.all(_WHOSE_VISITS, before=before, limit=limit, now=self._now)
        return tuple(dict.fromkeys(row[0] for row in rows))

    def forget_visits(self, child_id: int, before: datetime, rule: str) -> None:
        """Overwrite what was said in a child's visits before a moment."""
        gone = Gone()
        self._blank(_VISITS, gone, ids=[child_id], before=before)
        self._work.erasures.mark("visit", "child", child_id, rule, gone)

    def absences_over(self, before: datetime, limit: int) -> tuple[int, ...]:
        """Absences that ended before a moment, and of which words are kept."""
        rows = self._db.all(_WHICH_ABSENCES, before=before, limit=limit, now=self._now)
        return tuple(row[0] for row in rows)

    def forget_absence(self, absence_id: int, rule: str) -> None:
        """Overwrite what was said of an absence."""
        gone = Gone()
        self._blank_absences([absence_id], gone)
        self._work.erasures.mark("absence", "absence", absence_id, rule, gone)

    def families_over(self, day: date, before: datetime, limit: int) -> tuple[int, ...]:
        """Children of whom carers are known whose care ended, or family that left, before then."""
        rows = self._db.all(_WHOSE_CARERS, day=day, limit=limit, now=self._now)
        rows = rows or self._db.all(_WHOSE_LINKS, before=before, limit=limit, now=self._now)
        return tuple(dict.fromkeys(row[0] for row in rows))

    def forget_family(self, child_id: int, day: date, before: datetime, rule: str) -> None:
        """Overwrite who looked after a child until then, and who told of it."""
        gone = Gone()
        self._blank(_OLD_CARERS, gone, ids=[child_id], day=day)
        old = _LINKS.where(_IS_OLD_LINK)
        self._drop_links(self._db.all(old, ids=[child_id], before=before), gone)
        self._work.erasures.mark("family", "child", child_id, rule, gone)

    def files_over(self, before: datetime, limit: int) -> tuple[File, ...]:
        """Files of reports that belong to no case, and were made before a moment."""
        rows = self._db.all(_FILES, before=before, limit=limit, now=self._now)
        return tuple(
            File(id=row[0], sha256=row[1] or "", matter="report", matter_id=row[2]) for row in rows
        )

    def reports_over(self, before: datetime, limit: int) -> tuple[int, ...]:
        """Reports that belong to no case, and were made before a moment."""
        rows = self._db.all(_WHICH_REPORTS, before=before, limit=limit, now=self._now)
        return tuple(row[0] for row in rows)

    def forget_report(self, report_id: int, rule: str) -> None:
        """Overwrite what was said in a report, and remove who made it."""
        gone = Gone()
        self._work.erasures.drop_vault(report_id, gone)
        self._work.erasures.blank_reports([report_id], gone)
        self._db.run(_REPORT_DONE, row=report_id, now=self._now)
        self._work.erasures.mark("report", "report", report_id, rule, gone)

    def rolls_over(self, day: date, before: datetime, limit: int) -> tuple[int, ...]:
        """Classes of which lines before a day are kept, or names of who left before then."""
        rows = self._db.all(_ROLLS, day=day, limit=limit)
        rows = rows or self._db.all(_WHOSE_PUPILS, before=before, limit=limit)
        return tuple(dict.fromkeys(row[0] for row in rows))

    def forget_rolls(self, class_id: int, day: date, before: datetime, rule: str) -> None:
        """Remove a class's lines before a day, and the names of who left it before then."""
        gone = Gone()
        for called, absent in self._db.all(_LINES, class_id=class_id, day=day):
            gone.add([f"{called}:{absent}".encode()])
        self._db.run(_DROP_LINES, of_class=class_id, day=day)
        self._blank(_PUPILS, gone, class_id=class_id, before=before)
        self._work.erasures.mark("roll", "class", class_id, rule, gone)

    def forget_loose(self, person_id: int, gone: Gone) -> None:
        """Of somebody: forms that they began, files that belong to nothing, and their family."""
        self._drop_links(self._db.all(_LINKS_OF, person_id=person_id), gone)
        for one in self._work.people.contacts_of(person_id):
            for draft_id, dialogue in self._db.all(_DRAFTS_OF, contact_id=one.id):
                gone.add([dialogue])
                self._work.drafts.remove(draft_id)
            for file_id, digest in self._db.all(_LOOSE_OF, contact_id=one.id):
                gone.add([(digest or "").encode()])
                self._work.attachments.remove(file_id)

    def forget_person(self, person_id: int, gone: Gone) -> None:
        """Overwrite name, telephone and addresses; what we said to each other is removed.

        Whoever comes from there again is a stranger.
        """
        if row := self._db.one(_PERSON, id=person_id):
            gone.add(row)
        self._db.run(_BLANK_PERSON, row=person_id)
        self._blank(_REGISTERED, gone, person_id=person_id)
        self._blank(_REFUSALS, gone, person_id=person_id)
        for one in self._work.people.contacts_of(person_id):
            gone.add(row[0] for row in self._db.all(_CARDS_OF, contact_id=one.id))
            gone.add(row[0] for row in self._db.all(_ADDRESS, id=one.id))
            self._db.run(_DROP_CARDS, of_contact=one.id)
            self._db.run(_CAME_OF, of_contact=one.id)
            self._db.run(
                _BLANK_CONTACT,
                row=one.id,
                now_words=self._seal(contact, "address", one.id, ""),
                nowhere=secrets.token_bytes(16),
                now=self._now,
            )

    def _blank_absences(self, absences: Sequence[int], gone: Gone) -> None:
        if absences:
            self._blank(_NOTES, gone, ids=[*absences])
            self._blank(_TASKS, gone, ids=[*absences], subject="absence")
            self._db.run(_ABSENCE_DONE, ids=[*absences], now=self._now)

    def _drop_links(self, rows: Sequence[Row], gone: Gone) -> None:
        links = [row[0] for row in rows]
        gone.add(row[1] for row in rows)
        if links:
            gone.add(row[1] for row in self._db.all(_WEEKS, ids=links))
            self._db.run(_DROP_WEEKS, ids=links)
            self._db.run(_DROP_LINKS, ids=links)

    def _blank(self, words: _Words, gone: Gone, **of: object) -> None:
        for row_id, sealed in self._db.all(words.rows, **of):
            gone.add([sealed])
            if words.then is None:
                self._db.run(words.blank, row=row_id, now=self._now)
            else:
                self._overwrite(words.blank, words.column, row_id, words.then)

    def _overwrite(self, blank: Update, column: Column[Any], row_id: int, then: str) -> None:
        table = column.table
        sealed = self._seal(table, column.name, row_id, then)
        self._db.run(blank, row=row_id, now_words=sealed, now=self._now)


def _counted(values: Mapping[str, str], kept: Collection[str]) -> str:
    """A record of which only what figures count by says what it said."""
    told = {key: value if key in kept else ERASED for key, value in values.items() if value}
    return json.dumps(told, ensure_ascii=False)
