"""A span of time, in days of China, and where facts are looked for in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass


#: All of China keeps one time: days begin with it.
CHINA = timezone(timedelta(hours=8))


DAY, MICROSECOND = timedelta(days=1), timedelta(microseconds=1)


DAY, MICROSECOND = timedelta(days=1), timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Span:
    """After a moment, up to another."""

    since: datetime
    until: datetime

    def days(self) -> tuple[date, date]:
        """The first and the last whole day of it."""
        first = self.since.astimezone(CHINA).date() + DAY
        last = (self.until + MICROSECOND).astimezone(CHINA).date() - DAY
        return first, last

    def ends(self) -> tuple[Span, ...]:
        """What is left of it before and after the whole days."""
        first, last = self.days()
        if first > last:
            return (self,)
        parts = (
            Span(self.since, begins(first) - MICROSECOND),
            Span(begins(last + DAY) - MICROSECOND, self.until),
        )
        return tuple(part for part in parts if part.since < part.until)

    @property
    def has_days(self) -> bool:
        """True when any whole day is in it."""
        first, last = self.days()
        return first <= last

    @property
    def is_of_days(self) -> bool:
        """True when it is whole days and nothing else, but for what of the last one is over."""
        return self.since == begins(self.days()[0]) - MICROSECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Tops:
    """Where facts are looked for: by counted days, by all rows below, by a place's own rows."""

    counted: tuple[int, ...] = ()
    rows: tuple[int, ...] = ()
    own: tuple[int, ...] = ()

    def as_rows(self) -> Tops:
        """The same, and no day is counted."""
        return Tops(rows=(*self.counted, *self.rows), own=self.own)


def begins(day: date) -> datetime:
    """The first moment of a day."""
    return datetime.combine(day, time(), CHINA).astimezone(UTC)
