"""The moon calendar of the villages: 腊月二十三 and 清明 as days of the common calendar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from lunar_python import Lunar, LunarYear, Solar

#: Outside them nobody tells of a visit, and the astronomy has been compared with nothing.
FIRST_YEAR, LAST_YEAR = 1900, 2100
#: 立春, 清明, 冬至 ...
TERMS: tuple[str, ...] = tuple(Lunar.JIE_QI)


@dataclass(frozen=True, slots=True, kw_only=True)
class LunarDay:
    """A day of the moon calendar; ``leap`` when it lies in the month that was put in."""

    year: int
    month: int
    day: int
    leap: bool = False


def to_date(day: LunarDay) -> date | None:
    """The same day in the common calendar; None when there is no such day."""
    for month in _months(day.year):
        if (month.number, month.leap) == (day.month, day.leap):
            return (
                month.first + timedelta(days=day.day - 1) if 1 <= day.day <= month.days else None
            )
    return None


def from_date(day: date) -> LunarDay | None:
    """The same day in the moon calendar; None outside its years."""
    for year in (day.year, day.year - 1):
        for month in _months(year):
            if 0 <= (day - month.first).days < month.days:
                number = (day - month.first).days + 1
                return LunarDay(year=year, month=month.number, day=number, leap=month.leap)
    return None


def last_day(year: int) -> date | None:
    """除夕: the last day of a year of the moon calendar."""
    months = _months(year)
    return months[-1].first + timedelta(days=months[-1].days - 1) if months else None


def term(name: str, year: int) -> date | None:
    """The day of a solar term in a common year; None outside the years."""
    return _terms(year).get(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Month:
    number: int
    leap: bool
    first: date
    days: int


@lru_cache(maxsize=256)
def _months(year: int) -> Sequence[_Month]:
    """The months of a moon year in order."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return ()
    # The library counts leap months below zero, and days from noon of a day in 4713 BC.
    return tuple(
        _Month(
            number=abs(month.getMonth()),
            leap=month.isLeap(),
            first=date.fromordinal(round(month.getFirstJulianDay()) - 1_721_425),
            days=month.getDayCount(),
        )
        for month in LunarYear(year).getMonthsInYear()
    )


@lru_cache(maxsize=256)
def _terms(year: int) -> Mapping[str, date]:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return {}
    table = Solar.fromYmd(year, 7, 1).getLunar().getJieQiTable()
    # Under its own name stands the 冬至 of the December before.
    keys = {name: "DONG_ZHI" if name == "冬至" else name for name in TERMS}
    return {
        name: date(table[key].getYear(), table[key].getMonth(), table[key].getDay())
        for name, key in keys.items()
    }
