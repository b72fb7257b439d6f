"""Files that people send: fetched from where their channel keeps them, stored as sealed chunks."""

import hashlib
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import cast

from bot.channels.channel import Channel, FileGone, FileTooLarge
from bot.channels.webchat import Given, Kept
from bot.clock import Clock
from conversation.cards import card_from_json
from conversation.incoming import FileKind
from storage.attachments import CHUNK, Attachment
from storage.store import Store
from storage.work import Reading, Work

log = logging.getLogger(__name__)

#: A file of one channel is fetched within this; Telegram's links live an hour.
PATIENCE = timedelta(minutes=55)
WAIT = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=3), timedelta(minutes=10))
AT_ONCE = 20


@dataclass(slots=True)
class Files:
    """The drawer of the chat page, and the hand that fetches from the other channels."""

    store: Store
    clock: Clock
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
        """The file that went with a card to this very session, while we still keep it."""
        return await self.store.read(lambda reading: _sent(reading, address, card))

    async def fetch_due(self) -> None:
        """Fetch what is still only at its channel; each ends as stored, refused or lost."""
        now = self.clock.now()
        due = await self.store.write(lambda work: work.attachments.due(now, AT_ONCE))
        for attachment in due:
            await self._fetch(attachment)

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
        except OSError as error:
            log.info("file not fetched", extra={"id": attachment.id, "why": type(error).__name__})
            late = self.clock.now() - attachment.created_at > PATIENCE
            await self._fail(attachment, "not-fetched", final=late)

    async def _fail(self, attachment: Attachment, reason: str, *, final: bool) -> None:
        wait = WAIT[min(attachment.tries, len(WAIT) - 1)]
        next_try = None if final else self.clock.now() + wait
        await self.store.write(lambda work: work.attachments.fail(attachment.id, reason, next_try))

    async def _pour(self, file_id: int, chunks: AsyncIterator[bytes]) -> None:
        """Seal the bytes piece by piece, then say that they are whole."""
        digest, size, position = hashlib.sha256(), 0, 0
        async for piece in _in_pieces(chunks):
            digest.update(piece)
            size += len(piece)
            await self.store.write(partial(_put, file_id=file_id, position=position, piece=piece))
            position += 1
        await self.store.write(
            lambda work: work.attachments.finish(
                file_id, digest.hexdigest(), size, chunks=position
            )
        )


def _put(work: Work, file_id: int, position: int, piece: bytes) -> None:
    work.attachments.put_chunk(file_id, position, piece)


def _own(reading: Reading, address: str, file_id: int) -> Attachment | None:
    """A file that was given to the end, by this very session."""
    speaker = reading.people.speaker("web", address)
    found = reading.attachments.get(file_id)
    if speaker is None or found is None or found.contact_id != speaker.contact_id:
        return None
    return found if found.state == "stored" else None


def _sent(reading: Reading, address: str, card: int) -> Given | None:
    speaker = reading.people.speaker("web", address)
    row = reading.outbox.get(card)
    if speaker is None or row is None or row.contact_id != speaker.contact_id:
        return None
    document = card_from_json(row.card).document
    content = reading.attachments.content(document.id) if document else None
    if document is None or content is None:
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
