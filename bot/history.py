"""What was sent to a page before, for one that opens or comes back."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from bot.channels.webchat import Shown
from conversation.cards import UnreadableCard, card_from_json
from handlers.doing import is_stale
from storage.reaching.owed import OutRow
from storage.store import Store
from storage.work import Reading

LATEST = 50
#: What another process sent within this time may be written down out of order: each has its own
#: clock.
AMONG_OTHERS = timedelta(seconds=90)


@dataclass(slots=True)
class History:
    """The outbox as a page sees it."""

    store: Store
    #: True where other processes send, too.
    among_others: bool = False

    async def after(self, address: str, last_id: int, *, in_hand: bool = False) -> Sequence[Shown]:
        """What was sent after ``last_id`` was sent (0: the latest fifty), in order of sending."""
        overlap = AMONG_OTHERS if self.among_others else timedelta()
        before = overlap if in_hand else None
        return await self.store.read(lambda reading: _shown(reading, address, last_id, before))


def _shown(
    reading: Reading, address: str, last_id: int, before: timedelta | None
) -> Sequence[Shown]:
    speaker = reading.people.speaker("web", address)
    if speaker is None:
        return ()
    rows = reading.outbox.shown(speaker.contact_id, last_id, LATEST, before)
    return [*_as_seen(rows, newest=speaker.card_id)]


def _as_seen(rows: Iterable[OutRow], *, newest: int | None) -> Iterator[Shown]:
    """The cards; buttons of an older question do nothing any more, so the page folds them."""
    for row in rows:
        with suppress(UnreadableCard):  # the others are seen
            card = card_from_json(row.card)
            yield Shown(
                id=row.id,
                card=card,
                token=row.token or "",
                replaces=str(row.replaces) if row.replaces else None,
                current=row.id == newest
                or not any(is_stale(button.action) for button in card.all_buttons()),
                at=row.created_at,
                asks=row.asks,
            )
