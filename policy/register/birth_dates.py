"""Birth dates as rosters have them: 2016.9, 20160901, Excel's serial, 二〇一六年九月."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class BirthDate:
    """A birth date as far as it was written: some rosters stop at the month or the year."""

    year: int
    month: int | None = None
    day: int | None = None

    def fits(self, birth: date) -> bool:
        """True when nothing that was written contradicts the full date."""
        return (
            self.year == birth.year
            and self.month in (None, birth.month)
            and self.day in (None, birth.day)
        )

    def full(self) -> date | None:
        """The date, when all of it was written."""
        if self.month is None or self.day is None:
            return None
        return date(self.year, self.month, self.day)

    def text(self) -> str:
        """2016, 2016-09 or 2016-09-01: it sorts, and nothing is made up."""
        parts = (f"{self.year:04}", *(f"{part:02}" for part in (self.month, self.day) if part))
        return "-".join(parts)


def read_birth_dates(cell: object, today: date) -> tuple[BirthDate, ...]:
    """What a cell may mean, the likeliest first; empty when it is no date up to today."""
    readings = tuple(_read(cell, today))
    return tuple(one for one in readings if _is_sound(one, today))


def _read(cell: object, today: date) -> list[BirthDate]:
    match cell:
        case datetime() | date():
            return [BirthDate(year=cell.year, month=cell.month, day=cell.day)]
        case bool() | None:
            return []
        case int() | float() if 10_000 < cell < 80_000:
            return [_serial(cell)]
        case float() if not cell.is_integer():
            # 2010.1 is what Excel makes of 2010.10, too.
            return _from_text(f"{cell:g}", today) + _from_text(f"{cell:g}0", today)
        case int() | float():
            return _from_text(str(int(cell)), today)
        case _:
            return _from_text(str(cell), today)


def _serial(days: float) -> BirthDate:
    """Days since 1899-12-30, which is how Excel counts from March 1900 on."""
    day = date(1899, 12, 30) + timedelta(days=int(days))
    return BirthDate(year=day.year, month=day.month, day=day.day)


def _from_text(text: str, today: date) -> list[BirthDate]:
    line = _plain(text)
    for pattern in _SPELLINGS:
        if match := pattern.fullmatch(line):
            year, month, day = (int(part) if part else None for part in match.groups())
            if year is not None:
                return [BirthDate(year=_century(year, today), month=month, day=day)]
    if re.fullmatch(r"\d{5}", line):
        return [_serial(int(line))]
    return []


def _plain(text: str) -> str:
    """Arabic digits, one width, one kind of mark, no time of day and no 生."""
    line = unicodedata.normalize("NFKC", text).strip()
    line = re.sub(r"[ T]+\d{1,2}:\d{2}(:\d{2})?(\.\d+)?$", "", line)
    line = re.sub(r"\s|出生|生|公历|阳历|'|‘|’", "", line)  # noqa: RUF001
    line = re.sub("[一二三四五六七八九十〇零○]+", _to_digits, line)
    return re.sub(r"[./\\\-‐-―−~,，、]+", "-", line).strip("-")  # noqa: RUF001


def _to_digits(match: re.Match[str]) -> str:
    said = match[0].translate(_DIGITS)
    # 十, 十二, 二十, 二十三; digits one after the other are a year.
    counted = re.fullmatch(r"(\d?)十(\d?)", said)
    return str(int(counted[1] or 1) * 10 + int(counted[2] or 0)) if counted else said


def _century(year: int, today: date) -> int:
    if year >= 100:
        return year
    full = today.year // 100 * 100 + year
    return full if full <= today.year else full - 100


def _is_sound(said: BirthDate, today: date) -> bool:
    """A day that there was, in the last 120 years."""
    try:
        first = date(said.year, said.month or 1, said.day or 1)
    except ValueError:
        return False
    return today.year - 120 <= said.year and first <= today


_DIGITS = str.maketrans("零〇○一二三四五六七八九", "000123456789")
_SPELLINGS = tuple(
    re.compile(spelling)
    for spelling in (
        r"(\d{4}|\d{2})年(\d{1,2})月(\d{1,2})[日号]?",
        r"(\d{4}|\d{2})年(\d{1,2})月?()",
        r"(\d{4})年?()()",
        r"(\d{4}|\d{2})-(\d{1,2})-(\d{1,2})",
        r"(\d{4}|\d{2})-(\d{1,2})()",
        r"(\d{4})(\d{2})(\d{2})",
        r"(\d{4})(\d{2})()",
    )
)
