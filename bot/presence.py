"""Who has the chat page open: what makes a contact there one that messages reach."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.channels.webchat import WebChannel
from bot.clock import Clock
from storage.faults import NotStored
from storage.store import Store
from storage.work import Reading, Work

#: An open page is written down so often: days matter, not minutes.
NOTED_EVERY = timedelta(minutes=10)
#: Sessions of which is known when they were written down last.
MANY = 10_000


@dataclass(slots=True)
class Presence:
    """Writes down which pages are open, and what they showed."""

    store: Store
    clock: Clock
    _noted: dict[str, datetime] = field(default_factory=dict, repr=False)

    async def is_open(self, addresses: Sequence[str]) -> None:
        """These sessions are looked at. What cannot be kept now is kept at the next word of it."""
        now = self.clock.now()
        due = [one for one in addresses if self._is_due(one, now)]
        if not due:
            return
        if len(self._noted) > MANY:
            self._noted.clear()
        self._noted |= dict.fromkeys(due, now)
        try:
            await self.store.write(lambda work: _note(work, due))
        except NotStored:
            for one in due:
                self._noted.pop(one, None)

    async def shown_to(self, address: str, cards: Sequence[int]) -> bool:
        """The page of a session shows these cards; False while that cannot be kept."""
        try:
            await self.store.write(lambda work: _show(work, address, cards))
        except NotStored:
            return False
        return True

    async def with_posts(self, addresses: Sequence[str]) -> frozenset[str]:
        """The sessions of those who hold a post."""
        try:
            return await self.store.read(lambda reading: _with_posts(reading, addresses))
        except NotStored:
            return frozenset()

    def _is_due(self, address: str, now: datetime) -> bool:
        before = self._noted.get(address)
        return before is None or not timedelta() <= now - before < NOTED_EVERY


def _note(work: Work, addresses: Sequence[str]) -> None:
    for one in addresses:
        work.people.mark_open(WebChannel.name, one)


def _with_posts(reading: Reading, addresses: Sequence[str]) -> frozenset[str]:
    people = reading.people
    found = {one: people.speaker(WebChannel.name, one) for one in addresses}
    return frozenset(one for one, who in found.items() if who and people.roles(who.person_id))


def _show(work: Work, address: str, cards: Sequence[int]) -> None:
    speaker = work.people.speaker(WebChannel.name, address)
    if speaker is not None:
        work.unnoticed.mark_shown(speaker.contact_id, cards)
