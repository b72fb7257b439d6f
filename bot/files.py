"""Files that people send: fetched from where their channel keeps them, stored as sealed chunks.

A picture gets a small copy beside it, made in a limited child process as soon as it is here.
"""

import hashlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import cast

from bot import jail
from bot.channels.channel import Channel, FileGone, FileTooLarge
from bot.channels.webchat import Given, Kept
from bot.clock import Clock
from bot.site import filetypes
from conversation.cards import card_from_json
from conversation.incoming import FileKind
from handlers import talk
from handlers.cases import evidence
from handlers.cases.evidence import Opened
from handlers.rules import Rules
from handlers.turn import Turn
from storage.audit import PROGRAM
from storage.faults import NotStored
from storage.reporting.attachment import Attachment
from storage.reporting.attachments import CHUNK, OWN
from storage.reporting.attachments_seen import STORED
from storage.store import Store
from storage.work import Reading, Work

log = logging.getLogger(__name__)

#: A file of one channel is fetched within this; Telegram's links live an hour.
PATIENCE = timedelta(minutes=55)
WAIT = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=3), timedelta(minutes=10))
AT_ONCE = 20
#: Whoever makes a copy and dies leaves it to the next after this.
COPY_LEASE = timedelta(minutes=2)

#: Runs a turn with somebody who did not speak: a contact, and what is said.
SpeakTo = Callable[[int, Callable[[Turn], None]], Awaitable[None]]


@dataclass(slots=True)
class Files:
    """The drawer of the chat page, and the hand that fetches from the other channels."""

    store: Store
    clock: Clock
    rules: Rules
    speak_to: SpeakTo
    channels: Mapping[str, Channel] = field(default_factory=dict)

    async def keep(
        self, address: str, name: str, mime: str, kind: FileKind, chunks: AsyncIterator[bytes]
    ) -> str:
        """Store a file that a page gives; its id. When ``chunks`` raises, nothing is kept."""
        file_id = await self.store.write(
            lambda work: work.attachments.receive(
                work.people.meet("web", address).contact_id,
                kind=kind,
                channel="web",
                name=name,
                mime=mime,
            )
        )
        try:
            await self._pour(file_id, chunks)
        except BaseException:
            await self.store.write(lambda work: work.attachments.remove(file_id))
            raise
        return str(file_id)

    async def find(self, address: str, file: str) -> Kept | None:
        """The file, if this very session gave it."""
        if not file.isdecimal():
            return None
        found = await self.store.read(lambda reading: _own(reading, address, int(file)))
        if found is None:
            return None
        kind = cast("FileKind", found.kind)
        return Kept(name=found.name, mime=found.mime, kind=kind, size=found.size)

    async def sent(self, address: str, card: int) -> Given | None:
        """The file that went with a card to this very session, while we still keep it.

        One that belongs to a case is opened as a case's file is: for whoever may still see it.
        """
        found = await self.store.read(lambda reading: _sent(reading, address, card))
        if isinstance(found, Evidence):
            return await self.store.write(partial(_opened, rules=self.rules, wanted=found))
        return found

    async def fetch_due(self) -> None:
        """Fetch what is still only at its channel; each ends as stored, refused or lost."""
        now = self.clock.now()
        due = await self.store.write(lambda work: work.attachments.due(now, AT_ONCE))
        for attachment in due:
            await self._fetch(attachment)
        await self.copy_due()

    async def copy_due(self) -> None:
        """Make the small copies of pictures that came."""
        now = self.clock.now()
        due = await self.store.write(lambda w: w.attachments.uncopied(now, AT_ONCE, COPY_LEASE))
        for picture in due:
            copy = await self._copy(picture)
            await self.store.write(partial(_copied, picture=picture, copy=copy))

    async def _copy(self, picture: Attachment) -> bytes | None:
        content = await self.store.read(lambda reading: reading.attachments.sound(picture))
        if content is None:
            return None
        try:
            made = await jail.ask("copy", data=jail.pack(content))
        except jail.Jailed as why:
            log.info("picture not copied", extra={"id": picture.id, "why": why.code})
            return None
        return None if made is None else jail.unpack(made)

    async def _fetch(self, attachment: Attachment) -> None:
        channel = self.channels.get(attachment.channel)
        if channel is None:
            return
        try:
            await self._pour(attachment.id, channel.fetch(attachment.source))
        except FileTooLarge:
            await self._fail(attachment, "too-large", final=True)
        except FileGone:
            await self._fail(attachment, "gone", final=True)
        except NotStored:
            raise
        except Exception as error:  # it stops nobody else's, and ends like one that does not come
            log.info("file not fetched", extra={"id": attachment.id, "why": type(error).__name__})
            late = self.clock.now() - attachment.created_at > PATIENCE
            await self._fail(attachment, "not-fetched", final=late)

    async def _fail(self, attachment: Attachment, reason: str, *, final: bool) -> None:
        if final:
            await self.speak_to(
                attachment.contact_id, lambda turn: evidence.lost(turn, attachment.id, reason)
            )
            return
        next_try = self.clock.now() + WAIT[min(attachment.tries, len(WAIT) - 1)]
        await self.store.write(lambda work: work.attachments.fail(attachment.id, reason, next_try))

    async def _pour(self, file_id: int, chunks: AsyncIterator[bytes]) -> None:
        """Seal the bytes piece by piece, then say that they are whole."""
        digest, size, position, head = hashlib.sha256(), 0, 0, b""
        async for piece in _in_pieces(chunks):
            head = head or piece[: filetypes.HEAD_BYTES]
            digest.update(piece)
            size += len(piece)
            await self.store.write(partial(_put, file_id=file_id, position=position, piece=piece))
            position += 1
        found = filetypes.recognise(head, "")
        picture = found.mime if found is not None and found.kind == "photo" else ""
        await self.store.write(
            partial(
                _finish,
                file_id=file_id,
                sha256=digest.hexdigest(),
                size=size,
                chunks=position,
                picture=picture,
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A case's file that went with a card: for whom, which, and whether as its copy."""

    contact_id: int
    file_id: int
    is_copy: bool


def _finish(
    work: Work, *, file_id: int, sha256: str, size: int, chunks: int, picture: str
) -> None:
    """It is whole; its sum is written into the audit, where nobody changes it unnoticed."""
    work.attachments.finish(file_id, sha256, size, chunks=chunks, picture=picture)
    work.audit.write(PROGRAM, STORED, "attachment", file_id, {"sha256": sha256, "size": size})


def _copied(work: Work, picture: Attachment, copy: bytes | None) -> None:
    if work.attachments.get(picture.id) is None:  # it was removed meanwhile
        return
    work.attachments.copied(picture.id, copy)
    if copy is not None:
        work.audit.write(PROGRAM, "file.copied", "attachment", picture.id)


def _opened(work: Work, *, rules: Rules, wanted: Evidence) -> Given | None:
    speaker = work.people.speaker_of(wanted.contact_id)
    if speaker is None:
        return None
    turn = Turn(
        work=work,
        rules=rules,
        speaker=speaker,
        at=work.now.astimezone(rules.zone),
        finish=talk.finish,
        draft=speaker.draft,
    )
    version: evidence.Version = "copy" if wanted.is_copy else "original"
    found = evidence.opened(turn, wanted.file_id, version, "saved")
    if not isinstance(found, Opened):
        return None
    return Given(name=found.name, mime=found.mime, content=found.content)


def _put(work: Work, file_id: int, position: int, piece: bytes) -> None:
    work.attachments.put_chunk(file_id, position, piece)


def _own(reading: Reading, address: str, file_id: int) -> Attachment | None:
    """A file that was given to the end, by this very session."""
    speaker = reading.people.speaker("web", address)
    found = reading.attachments.get(file_id)
    if speaker is None or found is None or found.contact_id != speaker.contact_id:
        return None
    return found if found.state == "stored" else None


def _sent(reading: Reading, address: str, card: int) -> Given | Evidence | None:
    speaker = reading.people.speaker("web", address)
    row = reading.outbox.get(card)
    if speaker is None or row is None or row.contact_id != speaker.contact_id:
        return None
    document = card_from_json(row.card).document
    if document is None:
        return None
    kept = reading.attachments.get(document.id)
    if kept is not None and kept.channel != OWN:
        return Evidence(
            contact_id=speaker.contact_id, file_id=document.id, is_copy=document.is_copy
        )
    content = reading.attachments.content(document.id)
    if content is None:
        return None
    return Given(name=document.name, mime=document.mime, content=content)


async def _in_pieces(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    held = bytearray()
    async for chunk in chunks:
        held += chunk
        while len(held) >= CHUNK:
            yield bytes(held[:CHUNK])
            del held[:CHUNK]
    if held:
        yield bytes(held)
