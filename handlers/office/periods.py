"""The periods that one can choose: those that run, those that are over, so many days up to now,
and from one day to another.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, TypeAlias, assert_never, get_args

from handlers.turn import Turn
from storage.supervision.spans import MICROSECOND, Span

Running: TypeAlias = Literal["month", "quarter", "year"]
Over: TypeAlias = Literal["last_month", "last_quarter", "last_year"]
Days: TypeAlias = Literal["7", "30", "90", "365"]
Named: TypeAlias = Running | Over | Days
#: What is over stands beside what runs; then so many days up to today.
PERIODS: tuple[Named, ...] = (
    *("month", "last_month", "quarter", "last_quarter", "year", "last_year"),
    *get_args(Days),
)
USUAL: Named = "30"
#: Why nobody gets the days that were asked for.
Wrong: TypeAlias = Literal["not_day", "early", "order", "future", "long"]
#: No county counted anything before it, and a page shows no more days than these.
EARLIEST, MOST_DAYS = date(2000, 1, 1), 3 * 366
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
DAY = timedelta(days=1)
_OVER: Mapping[str, Running] = {
    "last_month": "month",
    "last_quarter": "quarter",
    "last_year": "year",
}


@dataclass(frozen=True, slots=True)
class Between:
    """The first and the last day of a period."""

    first: date
    last: date

    def __str__(self) -> str:
        """As an address says it, which ``known`` reads."""
        return f"{self.first}_{self.last}"

    def is_over(self, today: date) -> bool:
        """True when it ended before today."""
        return self.last < today

    @property
    def is_whole(self) -> bool:
        """True for one month, quarter or year of the calendar, from its first day to its last."""
        return any(
            self.first == _begins(kind, self.last) != _begins(kind, self.last + DAY)
            for kind in get_args(Running)
        )


Period: TypeAlias = Named | Between


def known(text: str, today: date) -> Period:
    """The period that an address says; the usual one for any other."""
    named = next((one for one in PERIODS if one == text), None)
    if named is not None:
        return named
    first, _, last = text.partition("_")
    days = from_to(first, last, today)
    return days if isinstance(days, Between) else USUAL


def day_of(text: str) -> date | None:
    """A day as machines and date fields write it, 2026-11-30; None for anything else."""
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def from_to(first: str, last: str, today: date) -> Between | Wrong:
    """The days from one to another, both of them too; or what is wrong with them."""
    begins, ends = day_of(first), day_of(last)
    if begins is None or ends is None:
        return "not_day"
    return checked(Between(begins, ends), today)


def checked(days: Between, today: date) -> Between | Wrong:
    """The days, if they can be counted; or what is wrong with them."""
    if days.first < EARLIEST:
        return "early"
    if days.first > days.last:
        return "order"
    if days.last > today:
        return "future"
    return "long" if (days.last - days.first).days >= MOST_DAYS else days


def between(period: Period, today: date) -> Between:
    """Which days it is; one that is not over ends today."""
    match period:
        case Between():
            return period
        case "month" | "quarter" | "year":
            return Between(_begins(period, today), today)
        case "last_month" | "last_quarter" | "last_year":
            running = _OVER[period]
            last = _begins(running, today) - DAY
            return Between(_begins(running, last), last)
        case "7" | "30" | "90" | "365":
            return Between(today - (int(period) - 1) * DAY, today)
        case _:
            assert_never(period)


def parts(days: Between) -> tuple[tuple[Between, ...], ...]:
    """The months of a longer period, and the quarters of a year; nothing of a month."""
    found = (tuple(_each(kind, days)) for kind in ("month", "quarter"))
    return tuple(ones for ones in found if len(ones) > 1)


def _each(kind: Running, days: Between) -> Iterator[Between]:
    first = last = days.first
    while last <= days.last:
        if _begins(kind, last + DAY) != first:
            yield Between(first, last)
            first = last + DAY
        last += DAY


def span_of(turn: Turn, days: Between) -> Span:
    """From the end of the day before the first one to the end of the last, or until now."""
    since = _ends(turn, days.first - DAY)
    is_over = days.is_over(turn.at.date())
    return Span(since, _ends(turn, days.last) if is_over else turn.work.now)


def _begins(running: Running, day: date) -> date:
    """The first day of the month, the quarter or the year in which a day lies."""
    match running:
        case "month":
            return day.replace(day=1)
        case "quarter":
            return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
        case "year":
            return date(day.year, 1, 1)


def _ends(turn: Turn, day: date) -> datetime:
    return datetime.combine(day + DAY, time(), turn.rules.zone) - MICROSECOND
