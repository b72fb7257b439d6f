"""Attachments: wanted, fetched from the channel in sealed chunks, copied, heard, removed."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import case, delete, exists, func, insert, literal_column, select, update

from storage.audit import PROGRAM
from storage.ids import first_id
from storage.reporting.attachment import Attachment, Owner
from storage.reporting.attachments_seen import ATTACHMENT, BY_ID, COPY, REMOVED, AttachmentsSeen
from storage.repository import Kept, given, upsert
from storage.tables import attachment, attachment_chunk, draft, outbox

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from storage.database import Row


#: Bytes of a piece.
CHUNK = 256 * 1024
#: So many that wait are looked at for the next one; what was written down so lately counts, too.
LOOKED_AT, LATELY = 5000, timedelta(hours=6)
#: The channel of files that are ours, and were sent by nobody.
OWN = "own"
_DUE = (
    ATTACHMENT.where(attachment.c.state == "wanted", attachment.c.next_try_at <= given("now"))
    .order_by(attachment.c.next_try_at)
    .limit(given("limit"))
    .with_for_update(skip_locked=True)
)
#: Of one report, or of one person as long as they gave it to none.
_WHOSE = (attachment.c.report_id, attachment.c.contact_id)
_UNHEARD = (
    select(attachment.c.id, *_WHOSE)
    .where(attachment.c.hear_at <= given("now"))
    .order_by(attachment.c.hear_at, attachment.c.id)
    .limit(given("limit"))
)
_HEARD_LATELY = (
    select(*_WHOSE, func.count())
    .where(
        attachment.c.id >= given("first"),
        attachment.c.kind == "voice",
        attachment.c.state == "stored",
        attachment.c.hear_at.is_(None),
    )
    .group_by(*_WHOSE)
)
_HEAR = update(attachment).where(attachment.c.id == given("row"))
_HEAR_AGAIN = _HEAR.values(hear_at=given("now_hear"))
_TAKE_TO_HEAR = _HEAR_AGAIN.where(attachment.c.hear_at <= given("now"))
_HEARD = _HEAR.values(transcript=given("now_transcript"), hear_at=None)
_UNCOPIED = (
    ATTACHMENT.where(attachment.c.copy_at <= given("now"))
    .order_by(attachment.c.copy_at)
    .limit(given("limit"))
    .with_for_update(skip_locked=True)
)
_COPY_AGAIN = _HEAR.values(copy_at=given("now_copy", attachment.c.copy_at.type))
#: No report has it, and no form that is still filled in: also what came with a visit of which no
#: report was made.
IS_LOOSE = attachment.c.report_id.is_(None) & (
    attachment.c.draft_id.is_(None) | ~exists().where(draft.c.id == attachment.c.draft_id)
)
_LOOSE = (
    select(attachment.c.id)
    .where(
        IS_LOOSE,
        attachment.c.created_at < given("before"),
        # What still waits to be sent is kept for it.
        ~exists().where(
            outbox.c.document_id == attachment.c.id, outbox.c.state == literal_column("'queued'")
        ),
    )
    .limit(given("limit"))
)
_WANT = insert(attachment)
_LEASE = (
    update(attachment)
    .where(attachment.c.id == given("row"))
    .values(next_try_at=given("until"), tries=attachment.c.tries + 1)
)
_PUT_CHUNK = upsert(attachment_chunk, "body")
_DROP_CHUNKS = delete(attachment_chunk).where(attachment_chunk.c.attachment_id == given("row"))
_DROP_AFTER = _DROP_CHUNKS.where(attachment_chunk.c.position >= given("chunks"))
_FINISH = (
    update(attachment)
    .where(attachment.c.id == given("row"))
    .values(
        state="stored",
        sha256=given("now_sha256"),
        size=given("now_size"),
        reason=None,
        next_try_at=None,
        mime=case((given("now_mime") != "", given("now_mime")), else_=attachment.c.mime),
        hear_at=case((attachment.c.kind == "voice", given("now_hear", attachment.c.hear_at.type))),
        copy_at=given("now_copy", attachment.c.copy_at.type),
    )
)
_FAIL = (
    update(attachment)
    .where(attachment.c.id == given("row"))
    .values(state=given("now_state"), reason=given("now_reason"), next_try_at=given("now_next"))
)
_IDS_OF_DRAFT = select(attachment.c.id).where(attachment.c.draft_id == given("draft_id"))
_MESSAGE = select(attachment.c.message).where(attachment.c.id == given("id"))
_ATTACH = (
    update(attachment)
    .where(attachment.c.id == given("row"))
    .values(
        draft_id=given("now_draft"),
        report_id=given("now_report"),
        contact_id=given("now_contact"),
        owner=given("now_owner"),
        message=given("now_message"),
    )
)
#: Once the form is gone only its number is left, which its cards have, too.
_FORGET_DRAFT = (
    update(attachment)
    .where(attachment.c.draft_id == given("of_draft"), attachment.c.report_id.is_not(None))
    .values(draft_id=None)
)
_REMOVE = delete(attachment).where(attachment.c.id == given("row"))


class Attachments(AttachmentsSeen, Kept):
    """Attachments, to be wanted, fetched and kept."""

    def want(
        self,
        contact_id: int,
        *,
        kind: str,
        channel: str,
        source: str,
        draft_id: int | None = None,
        report_id: int | None = None,
        name: str = "",
        mime: str = "",
        size: int = 0,
        message: str | None = None,
    ) -> int:
        """A file that must be fetched from its channel, from now on; its id."""
        attachment_id = self._work.new_id()
        self._db.run(
            _WANT,
            id=attachment_id,
            contact_id=contact_id,
            owner=None,
            draft_id=draft_id,
            report_id=report_id,
            kind=kind,
            channel=channel,
            source=self._seal(attachment, "source", attachment_id, source),
            message=message,
            name=self._seal(attachment, "name", attachment_id, name) if name else None,
            mime=mime,
            size=size,
            sha256=None,
            state="wanted",
            reason=None,
            tries=0,
            next_try_at=self._now,
            transcript=None,
            hear_at=None,
            copy_at=None,
            created_at=self._now,
        )
        if report_id is not None:
            self.attach(attachment_id, draft_id=draft_id, report_id=report_id)
        return attachment_id

    def give(self, contact_id: int, *, name: str, mime: str, content: bytes) -> int:
        """A file of ours for somebody, whole and stored; its id."""
        file_id = self.receive(contact_id, kind="document", channel=OWN, name=name, mime=mime)
        for position, start in enumerate(range(0, len(content), CHUNK)):
            self.put_chunk(file_id, position, content[start : start + CHUNK])
        self.finish(file_id, sha256(content).hexdigest(), len(content))
        return file_id

    def receive(self, contact_id: int, *, kind: str, channel: str, name: str, mime: str) -> int:
        """A file whose bytes a person is giving us right now; its id."""
        attachment_id = self.want(
            contact_id, kind=kind, channel=channel, source="", name=name, mime=mime
        )
        self._db.run(
            _FAIL, row=attachment_id, now_state="receiving", now_reason=None, now_next=None
        )
        return attachment_id

    def due(
        self, now: datetime, limit: int, *, lease: timedelta = timedelta(minutes=5)
    ) -> tuple[Attachment, ...]:
        """Files to fetch now; nobody else is given them until the lease ends."""
        wanted = tuple(map(self._attachment, self._db.all(_DUE, now=now, limit=limit)))
        self._db.run_many(_LEASE, [{"row": one.id, "until": now + lease} for one in wanted])
        return wanted

    def put_chunk(self, attachment_id: int, position: int, body: bytes) -> None:
        """Keep one piece, counted from 0; a piece that is brought again takes its place."""
        sealed = self._reading.shared.sealer.seal(
            attachment_chunk.name, "body", f"{attachment_id}:{position}", body
        )
        self._db.run(_PUT_CHUNK, attachment_id=attachment_id, position=position, body=sealed)

    def finish(
        self,
        attachment_id: int,
        sha256: str,
        size: int,
        *,
        chunks: int | None = None,
        picture: str = "",
    ) -> None:
        """It is all here. Pieces of a longer earlier try, from ``chunks`` on, are dropped.

        ``picture`` is what kind of picture its own bytes say that it is: a copy is made of it.
        """
        if chunks is not None:
            self._db.run(_DROP_AFTER, row=attachment_id, chunks=chunks)
        self._db.run(
            _FINISH,
            row=attachment_id,
            now_sha256=sha256,
            now_size=size,
            now_mime=picture,
            now_hear=self._now,
            now_copy=self._now if picture else None,
        )

    def uncopied(self, now: datetime, limit: int, lease: timedelta) -> tuple[Attachment, ...]:
        """Pictures that wait for their copy; nobody else gets them until the lease ends."""
        due = tuple(map(self._attachment, self._db.all(_UNCOPIED, now=now, limit=limit)))
        self._db.run_many(_COPY_AGAIN, [{"row": one.id, "now_copy": now + lease} for one in due])
        return due

    def copied(self, attachment_id: int, copy: bytes | None) -> None:
        """Its small copy, for good; None when none can be made of it."""
        if copy is not None:
            self.put_chunk(attachment_id, COPY, copy)
        self._db.run(_COPY_AGAIN, row=attachment_id, now_copy=None)

    def unheard(self, now: datetime, limit: int, lease: timedelta) -> tuple[Attachment, ...]:
        """Recordings that a machine may write down; nobody else gets them until the lease ends."""
        taken: list[Attachment] = []
        for row_id in self._in_turn(self._db.all(_UNHEARD, now=now, limit=LOOKED_AT), now):
            if len(taken) == limit:
                break
            if self._db.run(_TAKE_TO_HEAR, row=row_id, now_hear=now + lease, now=now):
                found = self.get(row_id)
                assert found is not None
                taken.append(found)
        return tuple(taken)

    def _in_turn(self, waiting: Sequence[Row], now: datetime) -> list[int]:
        """Each person's first before anybody's second; what was heard lately counts, too."""
        if len(waiting) < 2:
            return [row[0] for row in waiting]
        heard = self._db.all(_HEARD_LATELY, first=first_id(now - LATELY))
        turns = Counter({row[:2]: row[2] for row in heard})
        placed: list[tuple[int, int]] = []
        for place, (_, *whose) in enumerate(waiting):
            placed.append((turns[tuple(whose)], place))
            turns[tuple(whose)] += 1
        return [waiting[place][0] for _, place in sorted(placed)]

    def hear_again(self, attachment_id: int, hear_at: datetime) -> None:
        """The machine failed over it: when to try again."""
        self._db.run(_HEAR_AGAIN, row=attachment_id, now_hear=hear_at)

    def heard(self, attachment_id: int, transcript: str) -> None:
        """What the machine made out of it, for good; "" when it made out nothing."""
        sealed = self._seal(attachment, "transcript", attachment_id, transcript)
        self._db.run(_HEARD, row=attachment_id, now_transcript=sealed if transcript else None)

    def fail(self, attachment_id: int, reason: str, next_try_at: datetime | None) -> None:
        """It could not be fetched: try again then, or it is lost."""
        state = "lost" if next_try_at is None else "wanted"
        self._end(attachment_id, state, reason, next_try_at)

    def refuse(self, attachment_id: int, reason: str) -> None:
        """We do not take such a file."""
        self._end(attachment_id, "refused", reason, None)

    def bind(self, draft_id: int, report_id: int) -> None:
        """What was sent for the draft belongs to the report."""
        for row in self._db.all(_IDS_OF_DRAFT, draft_id=draft_id):
            self.attach(row[0], report_id=report_id)

    def attach(
        self, attachment_id: int, *, draft_id: int | None = None, report_id: int | None = None
    ) -> None:
        """A file that came first belongs to this draft or report."""
        owner = self._owner_of(attachment_id)
        if owner is None:
            return
        is_hidden = report_id is not None
        said = json.dumps({"contact": owner.contact_id, "message": owner.message})
        self._db.run(
            _ATTACH,
            row=attachment_id,
            now_draft=draft_id,
            now_report=report_id,
            now_contact=self._work.people.nobody() if is_hidden else owner.contact_id,
            now_owner=self._seal(attachment, "owner", attachment_id, said) if is_hidden else None,
            now_message=None if is_hidden else owner.message,
        )

    def forget_draft(self, draft_id: int) -> None:
        """The form is gone: what was sent for it and belongs to a report does not name it."""
        self._db.run(_FORGET_DRAFT, of_draft=draft_id)

    def _owner_of(self, attachment_id: int) -> Owner | None:
        row = self._db.one(BY_ID, id=attachment_id)
        if row is None:
            return None
        if row[17] is not None:
            return self._owner(row[0], row[17])
        message = self._db.one(_MESSAGE, id=attachment_id)
        return Owner(contact_id=row[1], message=message[0] if message else None)

    def forget_loose(self, before: datetime, limit: int) -> int:
        """Remove files that came before a moment and belong to nothing; how many."""
        loose = self._db.all(_LOOSE, before=before, limit=limit)
        for (attachment_id,) in loose:
            self.remove(attachment_id)
        return len(loose)

    def remove(self, attachment_id: int) -> None:
        """Remove a file and its bytes for good; where somebody sent it, that it was is kept."""
        if (found := self.get(attachment_id)) is not None and found.channel != OWN:
            self._work.audit.write(PROGRAM, REMOVED, attachment.name, attachment_id)
        self._db.run(_DROP_CHUNKS, row=attachment_id)
        self._db.run(_REMOVE, row=attachment_id)

    def _end(
        self, attachment_id: int, state: str, reason: str, next_try_at: datetime | None
    ) -> None:
        if state != "wanted":
            self._db.run(_DROP_CHUNKS, row=attachment_id)
        self._db.run(
            _FAIL, row=attachment_id, now_state=state, now_reason=reason, now_next=next_try_at
        )
