"""The times of the village year that want more visits: 暑假, 春节返乡, 汛期."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal, TypeAlias, assert_never

from lunar_python import Lunar, LunarYear, Solar

from policy.calendar import Calendar

#: The years whose moon calendar was compared with another library's lie well inside.
FIRST_YEAR, LAST_YEAR = 1900, 2100

Days: TypeAlias = Literal["all", "weekends"]


@dataclass(frozen=True, slots=True)
class SunDay:
    """7月1日; a day that the month does not have is its last."""

    month: int
    day: int


@dataclass(frozen=True, slots=True)
class MoonDay:
    """腊月二十三; 三十 in a month of 29 days is its last, so that 腊月三十 is always 除夕."""

    month: int
    day: int


@dataclass(frozen=True, slots=True)
class TermDay:
    """清明, 立冬: a solar term."""

    name: str


@dataclass(frozen=True, slots=True)
class YearDay:
    """A day that each year has, so many days before or after it."""

    day: SunDay | MoonDay | TermDay
    shift: int = 0

    def in_year(self, year: int) -> date | None:
        """Its day in a year; a moon year ends in the next common one. None outside the years."""
        if not FIRST_YEAR <= year <= LAST_YEAR:
            return None
        match self.day:
            case SunDay(month, day):
                after = date(year + month // 12, month % 12 + 1, 1)
                found = min(
                    date(year, month, 1) + timedelta(days=day - 1), after - timedelta(days=1)
                )
            case MoonDay(month, day):
                first, length = _moon_month(year, month)
                found = first + timedelta(days=min(day, length) - 1)
            case TermDay(name):
                found = _terms(year)[name]
            case _:
                assert_never(self.day)
        return found + timedelta(days=self.shift)


def parse_year_day(text: str) -> YearDay:
    """7月1日, 腊月二十三, 除夕, 清明, 清明前10天; raises ValueError for anything else."""
    said = re.fullmatch(r"(.+?)(?:(前|后)(\d{1,3})天)?", "".join(text.split()))
    if said is None:
        raise ValueError(text)
    shift = int(said[3] or 0) * (-1 if said[2] == "前" else 1)
    return YearDay(_parse_day(said[1]), shift)


def _parse_day(text: str) -> SunDay | MoonDay | TermDay:
    if text in TERMS:
        return TermDay(text)
    if text == "除夕":
        return MoonDay(12, 30)
    if sun := re.fullmatch(r"(\d{1,2})月(\d{1,2})日", text):
        month, day = int(sun[1]), int(sun[2])
        if 1 <= month <= 12 and 1 <= day <= 31:
            return SunDay(month, day)
    moon = re.fullmatch(r"(?:农历)?(\w{1,2})月(\w{2,3})", text)
    if moon and moon[1] in _MOON_MONTHS and moon[2] in _MOON_DAYS:
        return MoonDay(_MOON_MONTHS.index(moon[1]) + 1, _MOON_DAYS.index(moon[2]) + 1)
    raise ValueError(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """A time of the year, whom it concerns and what it wants."""

    name: str
    first: YearDay
    last: YearDay
    days: Days = "all"
    #: Any of these on the child; none for every child.
    tags: frozenset[str] = frozenset()
    #: Tiers with such an interval or a shorter one; None for all.
    to_every: timedelta | None = None
    #: At most so long between two visits.
    every: timedelta | None = None
    #: One visit in each such time.
    once: bool = False

    def times(self, after: date, until: date, calendar: Calendar) -> Iterator[tuple[date, date]]:
        """First and last day of each time that ends after a day and begins by another."""
        for year in range(after.year - 2, until.year + 1):
            time = _time(self.first, self.last, year)
            if time is None or time[1] <= after or time[0] > until:
                continue
            first, last = time
            if self.days == "all":
                yield first, last
            else:
                yield from _weekends(max(first, after), min(last, until), calendar)


@lru_cache(maxsize=2048)
def _time(first: YearDay, last: YearDay, year: int) -> tuple[date, date] | None:
    """The time that begins in a year; it may end in the next one."""
    begins = first.in_year(year)
    ends = (last.in_year(year), last.in_year(year + 1))
    if begins is None:
        return None
    return next(((begins, day) for day in ends if day is not None and day >= begins), None)


def _weekends(first: date, last: date, calendar: Calendar) -> Iterator[tuple[date, date]]:
    """The weekends from a day to another; one with a make-up day is none."""
    saturday = first + timedelta(days=(5 - first.weekday()) % 7)
    while saturday <= last:
        sunday = saturday + timedelta(days=1)
        if not calendar.is_workday(saturday) and not calendar.is_workday(sunday):
            yield saturday, sunday
        saturday += timedelta(weeks=1)


@lru_cache(maxsize=512)
def _moon_month(year: int, month: int) -> tuple[date, int]:
    """First day and length of a month of a moon year; never of one that was put in."""
    found = next(one for one in LunarYear(year).getMonthsInYear() if one.getMonth() == month)
    # The library counts days from noon of a day in 4713 BC.
    return date.fromordinal(round(found.getFirstJulianDay()) - 1_721_425), found.getDayCount()


@lru_cache(maxsize=64)
def _terms(year: int) -> Mapping[str, date]:
    table = Solar.fromYmd(year, 7, 1).getLunar().getJieQiTable()
    # Under its own name stands the 冬至 of the December before.
    keys = {name: "DONG_ZHI" if name == "冬至" else name for name in TERMS}
    return {
        name: date(table[key].getYear(), table[key].getMonth(), table[key].getDay())
        for name, key in keys.items()
    }


TERMS: tuple[str, ...] = tuple(Lunar.JIE_QI)
_MOON_MONTHS = ("正", *"二三四五六七八九十冬腊")
_MOON_DAYS = (
    *(f"初{digit}" for digit in "一二三四五六七八九十"),
    *(f"十{digit}" for digit in "一二三四五六七八九"),
    "二十",
    *(f"二十{digit}" for digit in "一二三四五六七八九"),
    "三十",
)
