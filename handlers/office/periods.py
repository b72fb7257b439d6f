"""The periods that one can choose: those that run, those that are over, so many days up to now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, TypeAlias, get_args

from handlers.turn import Turn
from storage.day_counts import MICROSECOND, Span

Running: TypeAlias = Literal["month", "quarter", "year"]
Over: TypeAlias = Literal["last_month", "last_quarter", "last_year"]
Days: TypeAlias = Literal["7", "30", "90", "365"]
Period: TypeAlias = Running | Over | Days
#: What is over stands beside what runs; then so many days up to today.
PERIODS: tuple[Period, ...] = (
    *("month", "last_month", "quarter", "last_quarter", "year", "last_year"),
    *get_args(Days),
)
USUAL: Period = "30"
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

    def is_over(self, today: date) -> bool:
        """True when it ended before today."""
        return self.last < today


def known(text: str) -> Period:
    """The period of that name; the usual one for any other."""
    return next((one for one in PERIODS if one == text), USUAL)


def between(period: Period, today: date) -> Between:
    """Which days it is; one that is not over ends today."""
    match period:
        case "month" | "quarter" | "year":
            return Between(_begins(period, today), today)
        case "last_month" | "last_quarter" | "last_year":
            running = _OVER[period]
            last = _begins(running, today) - DAY
            return Between(_begins(running, last), last)
        case _:
            return Between(today - (int(period) - 1) * DAY, today)


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
