"""Everything that rang at somebody's, with its hour: what a week is like for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.channels.channel import Outgoing
from storage.work import Reading
from tests.fakes.house import House

CHINA = ZoneInfo("Asia/Shanghai")
#: How often the program looks, by day and at night.
BEAT, NIGHT_BEAT = timedelta(minutes=10), timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message that nobody's own words or taps brought about."""

    id: int
    at: datetime
    to: str
    text: str
    buttons: tuple[str, ...]


def cause_of(key: str) -> str:
    """A cause without its numbers."""
    return ":".join(one for one in key.split(":") if one and not one[0].isdigit())


@dataclass(slots=True)
class Letterbox:
    """What came to whom in a house, apart from answers and from cards that changed in place."""

    house: House
    letters: list[Letter] = field(default_factory=list)
    #: Changed in their place: they ring nowhere.
    changed: int = 0
    _speaking: str = ""

    def __post_init__(self) -> None:
        self.house.paper.ears.append(self._keep)

    def _keep(self, outgoing: Outgoing) -> None:
        if outgoing.replaces:
            self.changed += 1
        elif outgoing.address != self._speaking:
            self.letters.append(
                Letter(
                    id=outgoing.id,
                    at=self.house.clock.now().astimezone(CHINA),
                    to=outgoing.address,
                    text=outgoing.card.text,
                    buttons=tuple(one.label for one in outgoing.card.buttons()),
                )
            )

    async def causes(self) -> dict[int, str]:
        """The cause of each letter, as the outbox names it, without numbers."""

        def look(reading: Reading) -> dict[int, str]:
            return {one.id: cause_of(reading.outbox.key_of(one.id)) for one in self.letters}

        return await self.house.store.read(look)

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """What this person does now, and what they are answered."""
        self._speaking = name
        yield
        self._speaking = ""

    async def says(self, name: str, *words: str) -> None:
        """Somebody writes, or taps where it is in brackets."""
        person = await self.house.visitor(name)
        with self.of(name):
            for one in words:
                if one.startswith("["):
                    await person.taps(one.strip("[]"))
                else:
                    await person.says(one)
                await self.house.settled()

    async def until(self, day: date | datetime, hour: time = time(0)) -> None:
        """Let time pass as the beats do, everything that rings by itself included."""
        end = day if isinstance(day, datetime) else datetime.combine(day, hour, CHINA)
        house = self.house
        while house.clock.now() < end:
            local = house.clock.now().astimezone(CHINA)
            beat = BEAT if 6 <= local.hour < 22 else NIGHT_BEAT
            await self.beat(min(beat, end - house.clock.now()))

    async def beat(self, span: timedelta) -> None:
        """One look of all bells."""
        house = self.house
        await house.leap(span)
        await house.bells.check_visits()
        await house.bells.check_routes()
        await house.bells.gaps()
        await house.bells.daily()
        await house.settled()
        for person in house.visitors.values():
            person.toasts.clear()

    def to(self, name: str, day: date | None = None) -> list[Letter]:
        """What rang at one person's, on a day or ever."""
        return [
            one for one in self.letters if one.to == name and (day is None or one.at.date() == day)
        ]
