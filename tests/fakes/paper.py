"""A channel on paper: what a person would see, kept as text; a person says, taps, sends."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime

from bot.channels.channel import (
    Arrival,
    Delivery,
    FileGone,
    Intake,
    Limits,
    Outgoing,
    Sent,
    Stored,
)
from conversation.cards import card_from_json, card_to_json
from conversation.incoming import FileKind, Incoming, Pressed, Said, SentFile, SharedPlace
from tests.fakes.phone import unbearable


@dataclass(slots=True)
class Paper:
    """Everything that was sent to anybody, in order."""

    name: str = "paper"
    limits: Limits = field(
        default_factory=lambda: Limits(text=4096, label=64, buttons=100, carries_files=True)
    )
    sent: list[Outgoing] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    #: What the next sends meet instead of success.
    troubles: list[Delivery] = field(default_factory=list)
    #: What everything meets, whoever it is sent to.
    down: Delivery | None = None
    #: What everything meets that is sent to these addresses.
    deaf: dict[str, Delivery] = field(default_factory=dict)
    #: What an old phone or a slow line would not have borne.
    unbearable: list[str] = field(default_factory=list)
    #: Who listens as things are sent.
    ears: list[Callable[[Outgoing], object]] = field(default_factory=list)

    async def start(self, intake: Intake) -> None:
        """Paper listens to nobody by itself."""

    async def stop(self) -> None:
        """And stops as easily."""

    async def send(self, outgoing: Outgoing) -> Delivery:
        """Write it down; the card goes through JSON, as it would on a real way."""
        if self.down is not None:
            return self.down
        if self.troubles:
            return self.troubles.pop(0)
        if outgoing.address in self.deaf:
            return self.deaf[outgoing.address]
        assert card_from_json(card_to_json(outgoing.card)) == outgoing.card
        self.unbearable += unbearable(outgoing)
        self.sent.append(outgoing)
        for ear in self.ears:
            ear(outgoing)
        return Sent(external_id=str(outgoing.id))

    async def fetch(self, source: str) -> AsyncIterator[bytes]:
        """The bytes that somebody sent."""
        if source not in self.files:
            raise FileGone(source)
        yield self.files[source]

    def to(self, address: str) -> list[Outgoing]:
        """What one address was sent."""
        return [outgoing for outgoing in self.sent if outgoing.address == address]


@dataclass(slots=True)
class Visitor:
    """A person on paper."""

    paper: Paper
    intake: Intake
    address: str
    now: "list[datetime]"
    count: int = 0
    toasts: list[str] = field(default_factory=list)

    async def says(self, text: str, *, replies_to: str | None = None) -> None:
        """Write something."""
        await self.does(Said(text=text), replies_to=replies_to)

    async def taps(self, label: str) -> None:
        """Tap the newest button with this label (or with one that ends so)."""
        for outgoing in reversed(self.paper.to(self.address)):
            for position, button in enumerate(outgoing.card.buttons()):
                if button.label == label or button.label.lstrip("☐☑ ").rstrip(" ▸") == label:
                    await self.presses(outgoing, position)
                    return
        shown = [b.label for b in self.paper.to(self.address)[-1].card.buttons()]
        raise AssertionError(f"nobody shows {self.address} a button {label}: {shown}")

    async def presses(self, outgoing: Outgoing, position: int) -> None:
        """Press one button of one card."""
        pressed = Pressed(token=outgoing.token, position=position)
        await self.does(pressed, replies_to=str(outgoing.id))

    async def sends(
        self,
        kind: FileKind,
        data: bytes = b"x",
        *,
        name: str = "",
        mime: str = "",
        album: str = "",
        caption: str = "",
        replies_to: str | None = None,
    ) -> None:
        """Send a file."""
        source = f"{self.address}-{self.count}"
        self.paper.files[source] = data
        await self.does(
            SentFile(
                kind=kind,
                source=source,
                name=name,
                mime=mime,
                size=len(data),
                album=album,
                caption=caption,
            ),
            replies_to=replies_to,
        )

    async def shares(self, latitude: float, longitude: float) -> None:
        """Share a position."""
        await self.does(SharedPlace(latitude=latitude, longitude=longitude))

    async def does(self, incoming: Incoming, *, replies_to: str | None = None) -> None:
        """Bring anything at all; it must be stored."""
        self.count += 1
        taken = await self.intake.take(
            Arrival(
                channel=self.paper.name,
                key=f"paper:{self.address}:{self.count}",
                address=self.address,
                incoming=incoming,
                at=self.now[0],
                replies_to=replies_to,
                raw=b"raw",
            )
        )
        assert isinstance(taken, Stored)
        if taken.toast:
            self.toasts.append(taken.toast)
