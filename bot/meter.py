"""How much the program asks of people, measured as they speak: counted in memory, no word kept.

A beat adds it up for those who hold a post. A process that is killed loses its last minute of it.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from conversation.incoming import Incoming, Said, SentFile
from policy.burden import BurdenTable
from storage.supervision.burdens import Week

#: People whose last word is remembered.
MANY = 20_000


class Meter:
    """One a process."""

    def __init__(self) -> None:
        self._last: dict[int, datetime] = {}
        self._weeks: dict[tuple[int, date], Week] = {}

    def heard(self, person: int, said: Incoming, at: datetime, table: BurdenTable) -> None:
        """Somebody said or tapped something, at a moment in the county's time zone.

        Since their word before they were at it, unless that is too long ago.
        """
        before = self._last.pop(person, None)
        gap = at - before if before is not None else None
        busy = gap if gap is not None and timedelta() <= gap <= table.pause else table.least
        self._last[person] = at
        while len(self._last) > MANY:
            self._last.pop(next(iter(self._last)))
        week = at.date() - timedelta(days=at.weekday())
        one = Week(said=1, chars=_typed(said), seconds=round(busy.total_seconds()))
        self._add((person, week), one)

    def taken(self) -> Mapping[tuple[int, date], Week]:
        """What was counted since the last time; it is the caller's now."""
        weeks, self._weeks = self._weeks, {}
        return weeks

    def give_back(self, weeks: Mapping[tuple[int, date], Week]) -> None:
        """It could not be kept: once more the next time."""
        for key, one in weeks.items():
            self._add(key, one)

    def _add(self, key: tuple[int, date], one: Week) -> None:
        self._weeks[key] = self._weeks.get(key, Week()).and_also(one)


def _typed(said: Incoming) -> int:
    match said:
        case Said():
            return len(said.text)
        case SentFile():
            return len(said.caption)
        case _:
            return 0
