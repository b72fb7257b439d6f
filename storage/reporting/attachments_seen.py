"""Which files were sent, whole as they came or not, and their bytes."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import exists, select

from storage.faults import Unsealable
from storage.ids import first_id
from storage.reporting.attachment import Attachment, Owner
from storage.repository import Seen, given, in_parts, listed
from storage.tables import attachment, attachment_chunk, audit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from storage.database import Row


#: Where a picture's small copy lies: before the pieces of what came.
COPY = -1
#: What the audit says of a file whose last byte is here: with the sum of all.
STORED = "file.stored"
#: And of one that the program removed for good.
REMOVED = "file.removed"
ATTACHMENT = select(
    attachment.c.id,
    attachment.c.contact_id,
    attachment.c.draft_id,
    attachment.c.report_id,
    attachment.c.kind,
    attachment.c.channel,
    attachment.c.source,
    attachment.c.name,
    attachment.c.mime,
    attachment.c.size,
    attachment.c.sha256,
    attachment.c.state,
    attachment.c.reason,
    attachment.c.tries,
    attachment.c.transcript,
    attachment.c.created_at,
    attachment.c.copy_at,
    attachment.c.owner,
)
BY_ID = ATTACHMENT.where(attachment.c.id == given("id"))
_OF_REPORT = ATTACHMENT.where(attachment.c.report_id == given("report_id")).order_by(
    attachment.c.id
)
_LOOSE_OF = ATTACHMENT.where(
    attachment.c.contact_id == given("contact_id"),
    attachment.c.draft_id.is_(None),
    attachment.c.report_id.is_(None),
    attachment.c.created_at >= given("since"),
    attachment.c.created_at <= given("until"),
).order_by(attachment.c.id)
_OF_DRAFT = ATTACHMENT.where(attachment.c.draft_id == given("draft_id")).order_by(attachment.c.id)
_MESSAGES = select(attachment.c.message).where(
    attachment.c.id >= given("first"),
    attachment.c.contact_id == given("contact_id"),
    attachment.c.message.is_not(None),
)
_OWNERS = select(attachment.c.id, attachment.c.owner).where(
    attachment.c.report_id.in_(listed("reports")),
    attachment.c.id >= given("first"),
    attachment.c.owner.is_not(None),
)
_STORED_AFTER = (
    select(attachment.c.id)
    .where(attachment.c.state == "stored", attachment.c.id > given("after"))
    .order_by(attachment.c.id)
    .limit(given("limit"))
)
_OTHER = audit.alias()
_VANISHED = (
    select(audit.c.subject_id)
    .where(
        audit.c.subject == given("subject"),
        audit.c.verb == given("came"),
        ~exists().where(attachment.c.id == audit.c.subject_id),
        ~exists().where(
            _OTHER.c.subject == audit.c.subject,
            _OTHER.c.subject_id == audit.c.subject_id,
            _OTHER.c.verb == given("went"),
        ),
    )
    .distinct()
)
_HAS_CHUNK = select(attachment_chunk.c.position).where(
    attachment_chunk.c.attachment_id == given("id"),
    attachment_chunk.c.position == given("position"),
)
_CHUNK = select(attachment_chunk.c.body).where(
    attachment_chunk.c.attachment_id == given("id"),
    attachment_chunk.c.position == given("position"),
)


class AttachmentsSeen(Seen):
    """Attachments, to be looked at."""

    def get(self, attachment_id: int) -> Attachment | None:
        """One attachment."""
        row = self._db.one(BY_ID, id=attachment_id)
        return None if row is None else self._attachment(row)

    def of_report(self, report_id: int) -> tuple[Attachment, ...]:
        """What belongs to a report, oldest first."""
        return tuple(map(self._attachment, self._db.all(_OF_REPORT, report_id=report_id)))

    def loose_of(
        self, contact_id: int, since: datetime, until: datetime
    ) -> tuple[Attachment, ...]:
        """What somebody sent in a while and gave to nothing yet, oldest first."""
        rows = self._db.all(_LOOSE_OF, contact_id=contact_id, since=since, until=until)
        return tuple(map(self._attachment, rows))

    def messages_since(self, contact_id: int, since: datetime) -> frozenset[str]:
        """The channel's ids of the messages that brought a contact's files since then."""
        first = first_id(since)
        rows = self._db.all(_MESSAGES, contact_id=contact_id, first=first)
        reports = [one.id for one in self._reading.reports.of_contact(contact_id)]
        owners = [
            self._owner(*row)
            for some in in_parts(reports)
            for row in self._db.all(_OWNERS, reports=some, first=first)
        ]
        theirs = [one.message for one in owners if one.contact_id == contact_id]
        return frozenset([*(row[0] for row in rows), *filter(None, theirs)])

    def of_draft(self, draft_id: int) -> tuple[Attachment, ...]:
        """What belongs to a draft, oldest first."""
        return tuple(map(self._attachment, self._db.all(_OF_DRAFT, draft_id=draft_id)))

    def chunks(self, attachment_id: int) -> Iterator[bytes]:
        """The bytes, opened piece by piece."""
        position = 0
        while (body := self._chunk(attachment_id, position)) is not None:
            yield body
            position += 1

    def _chunk(self, attachment_id: int, position: int) -> bytes | None:
        row = self._db.one(_CHUNK, id=attachment_id, position=position)
        if row is None:
            return None
        place = f"{attachment_id}:{position}"
        return self._reading.shared.sealer.open(attachment_chunk.name, "body", place, row[0])

    def content(self, attachment_id: int) -> bytes | None:
        """The whole of a stored file; None when it is not there (any more)."""
        found = self.get(attachment_id)
        if found is None or found.state != "stored":
            return None
        return b"".join(self.chunks(attachment_id))

    def sound(self, found: Attachment) -> bytes | None:
        """The bytes of a stored file; None when they are not those that were received.

        What was received is in the audit, which nobody rewrites unnoticed, not only on the row.
        """
        try:
            content = b"".join(self.chunks(found.id))
        except Unsealable:
            return None
        sums = {found.sha256, *self._sums_received(found.id)}
        return content if sums == {sha256(content).hexdigest()} else None

    def fault_of(self, found: Attachment) -> str:
        """What is wrong with a stored file: unreadable, rewritten, changed; "" where nothing is.

        Rewritten: its row says another sum than was taken when it came.
        """
        digest = sha256()
        try:
            for piece in self.chunks(found.id):
                digest.update(piece)
        except Unsealable:
            return "unreadable"
        received = {*self._sums_received(found.id)}
        if received and found.sha256 not in received:
            return "rewritten"
        return "" if digest.hexdigest() == found.sha256 else "changed"

    def vanished(self) -> tuple[int, ...]:
        """Files that were received, and are neither here nor removed by the program."""
        rows = self._db.all(_VANISHED, subject=attachment.name, came=STORED, went=REMOVED)
        return tuple(row[0] for row in rows)

    def has_copy(self, attachment_id: int) -> bool:
        """True for a picture whose small copy is made."""
        return self._db.one(_HAS_CHUNK, id=attachment_id, position=COPY) is not None

    def copy(self, attachment_id: int) -> bytes | None:
        """The small copy of a picture, which says nothing of when, where and by what it was taken.

        None where there is none (yet).
        """
        return self._chunk(attachment_id, COPY)

    def stored_after(self, attachment_id: int, limit: int) -> tuple[Attachment, ...]:
        """The next stored files, in the order in which they came."""
        rows = self._db.all(_STORED_AFTER, after=attachment_id, limit=limit)
        return tuple(found for (one,) in rows if (found := self.get(one)) is not None)

    def _sums_received(self, attachment_id: int) -> Iterator[str]:
        for fact in self._reading.audit.of(attachment.name, attachment_id):
            if fact.verb == STORED:
                yield json.loads(fact.detail)["sha256"]

    def _owner(self, attachment_id: int, sealed: bytes) -> Owner:
        said = json.loads(self._open(attachment, "owner", attachment_id, sealed))
        return Owner(contact_id=said["contact"], message=said["message"])

    def _attachment(self, row: Row) -> Attachment:
        return Attachment(
            id=row[0],
            contact_id=self._owner(row[0], row[17]).contact_id if row[17] else row[1],
            draft_id=row[2],
            report_id=row[3],
            kind=row[4],
            channel=row[5],
            source=self._open(attachment, "source", row[0], row[6]),
            name=self._open_any(attachment, "name", row[0], row[7]),
            mime=row[8],
            size=row[9],
            sha256=row[10],
            state=row[11],
            reason=row[12],
            tries=row[13],
            transcript=self._open_any(attachment, "transcript", row[0], row[14]),
            created_at=row[15],
            copy_at=row[16],
        )
