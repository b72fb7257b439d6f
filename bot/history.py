"""What was sent to a page before, for one that opens or comes back."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.channels.webchat import Shown
from conversation.cards import card_from_json
from storage.outbox import OutRow
from storage.store import Store
from storage.work import Reading

LATEST = 50


@dataclass(slots=True)
class History:
    """The outbox as a page sees it."""

    store: Store

    async def after(self, address: str, last_id: int) -> Sequence[Shown]:
        """What was sent after ``last_id`` was sent (0: the latest fifty), in order of sending."""
        rows = await self.store.read(lambda reading: _rows(reading, address, last_id))
        return [
            Shown(
                id=row.id,
                card=card_from_json(row.card),
                token=row.token or "",
                replaces=str(row.replaces) if row.replaces else None,
                at=row.created_at,
            )
            for row in rows
        ]


def _rows(reading: Reading, address: str, last_id: int) -> Sequence[OutRow]:
    speaker = reading.people.speaker("web", address)
    return reading.outbox.shown(speaker.contact_id, last_id, LATEST) if speaker else ()
