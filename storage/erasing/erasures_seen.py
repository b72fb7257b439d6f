"""What was removed and what is held back, who wants what to go, and which cases are over."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import exists, literal_column, or_, select

from storage.erasing.erasure import File, Hold, Matter, Tombstone, Wish
from storage.repository import Seen, given
from storage.tables import (
    attachment,
    case_file,
    case_hold,
    case_report,
    erasure_wish,
    reporter,
    tombstone,
)

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Row

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
