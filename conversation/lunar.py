"""The moon calendar of the villages: 腊月二十三 as a date, for the years that the table holds."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files


@dataclass(frozen=True, slots=True, kw_only=True)
class LunarDay:
    """A day of the moon calendar; ``leap`` when it lies in the month that was put in."""

    year: int
    month: int
    day: int
    leap: bool = False


def to_date(day: LunarDay) -> date | None:
    """The same day in the common calendar; None when the table has no such day."""
    for month, leap, first, length in _months(day.year):
        if (month, leap) == (day.month, day.leap):
            return first + timedelta(days=day.day - 1) if 1 <= day.day <= length else None
    return None


def from_date(day: date) -> LunarDay | None:
    """The same day in the moon calendar; None outside the table."""
    for year in (day.year, day.year - 1):
        for month, leap, first, length in _months(year):
            if 0 <= (day - first).days < length:
                number = (day - first).days + 1
                return LunarDay(year=year, month=month, day=number, leap=leap)
    return None


def last_day(year: int) -> date | None:
    """除夕: the last day of a year of the moon calendar."""
    ends = [first + timedelta(days=length - 1) for _, _, first, length in _months(year)]
    return ends[-1] if ends else None


def years() -> range:
    """The years that the table holds."""
    return range(min(_YEARS), max(_YEARS) + 1)


def _months(year: int) -> Iterator[tuple[int, bool, date, int]]:
    """Month, whether it was put in, its first day and its length, in order."""
    if year not in _YEARS:
        return
    first, lengths, leap = _YEARS[year]
    for position, length in enumerate(lengths):
        put_in = leap > 0 and position == leap
        month = position + 1 if leap == 0 or position < leap else position
        yield month, put_in, first, length
        first += timedelta(days=length)


def _load() -> dict[int, tuple[date, tuple[int, ...], int]]:
    table = tomllib.loads(files("conversation").joinpath("dates.toml").read_text("utf-8"))["lunar"]
    return {
        int(year): (
            row["begins"],
            tuple(30 if c == "大" else 29 for c in row["months"]),
            row["leap"],
        )
        for year, row in table.items()
    }


_YEARS = _load()
