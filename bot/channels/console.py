"""The office page's channel: what is said there is answered on the page that is shown next.

To other offices' programs nothing is said either: they ask.
"""

from collections.abc import AsyncIterator, Callable
from datetime import datetime

from bot.channels.channel import (
    Arrival,
    FileGone,
    Intake,
    Limits,
    NotStored,
    Outgoing,
    Sent,
    Taken,
)
from conversation.incoming import Incoming
from storage.office.console import CHANNEL


class ConsoleChannel:
    """The way to people who sit at the office page; the page reads their answers in the store."""

    limits = Limits(text=4000, label=64, buttons=60)

    def __init__(self, *, now: Callable[[], datetime], name: str = CHANNEL) -> None:
        self.name = name
        self._now = now
        self._intake: Intake | None = None

    async def start(self, intake: Intake) -> None:
        """Begin to take what pages say; the site brings it."""
        self._intake = intake

    async def stop(self) -> None:
        """Take nothing more."""
        self._intake = None

    async def send(self, outgoing: Outgoing) -> Sent:
        """It stands in the store, where the page finds it."""
        return Sent(external_id=str(outgoing.id))

    def fetch(self, source: str) -> AsyncIterator[bytes]:
        """Raise FileGone: no file comes this way."""
        raise FileGone(source)

    async def take(
        self, address: str, incoming: Incoming, once: str, *, is_proven: bool = False
    ) -> Taken:
        """Bring what somebody did; ``once`` names the doing, so that twice is once."""
        if self._intake is None:
            return NotStored()
        return await self._intake.take(
            Arrival(
                channel=self.name,
                key=f"{self.name}:{address}:{once}",
                address=address,
                incoming=incoming,
                at=self._now(),
                hears_news=False,
                is_proven=is_proven,
            )
        )
