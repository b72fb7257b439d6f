"""Identity numbers as people write them: checked, and what they say about birth and sex."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypeAlias

Sex: TypeAlias = Literal["male", "female"]

#: resident: 18 digits (mainland, residents from Hong Kong, Macao and Taiwan, foreigners'
#: permanent residence of 2023); old: 15 digits, given until 1999; permit: travel permits of Hong
#: Kong, Macao and Taiwan; foreign: passports and permanent residence before 2023;
#: birth: 出生医学证明, which a child has before it is registered.
DocumentKind: TypeAlias = Literal["resident", "old", "permit", "foreign", "birth"]

#: lost-digits: Excel took it for a number and rounded it; length: neither 15 nor 18;
#: check: the check digit does not fit; birth: the eight digits are no date.
NumberFault: TypeAlias = Literal["lost-digits", "length", "check", "birth"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A number in its plain form, with all that it says."""

    kind: DocumentKind
    number: str = field(repr=False)
    birth: date | None = field(default=None, repr=False)
    sex: Sex | None = field(default=None, repr=False)
    #: It was written in another way: full width, with blanks, a small x.
    mended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BadNumber:
    """A number that cannot be right."""

    fault: NumberFault
    length: int


def read_identity(cell: object, near: date | None = None) -> Identity | BadNumber:
    """What a cell with a number says. ``near`` helps to tell the century of an old number."""
    if isinstance(cell, int | float) and abs(cell) >= _ROUNDED_FROM:
        return BadNumber(fault="lost-digits", length=len(f"{cell:.0f}"))
    written = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
    if re.fullmatch(r"\s*\d(\.\d+)?[eE]\+1[4-8]\s*", written):
        return BadNumber(fault="lost-digits", length=18)
    number = plain_number(written)
    mended = number != written
    if re.fullmatch(r"\d{17}[\dX]", number):
        return _resident(number, mended)
    if re.fullmatch(r"\d{15}", number):
        return _old(number, near)
    for kind, pattern in _OTHERS:
        if re.fullmatch(pattern, number) and _date(number) is None:
            return Identity(kind=kind, number=number, mended=mended)
    return BadNumber(fault="length", length=len(number))


def plain_number(written: str) -> str:
    """One width, capital letters, no blanks, dashes or quotes; no letters that mean digits."""
    text = unicodedata.normalize("NFKC", written).upper()
    text = re.sub(r"[\s\-_'\u2018\u2019`\"\u200b\ufeff]", "", text).replace("\u00d7", "X")
    digits = text.translate(_LOOK_LIKE_DIGITS)
    return digits if re.fullmatch(r"\d{17}[\dX]|\d{15}", digits) else text


def check_digit(first: str) -> str:
    """The last sign of an identity number after its first seventeen (ISO 7064, MOD 11-2)."""
    return "10X98765432"[sum(int(d) << (17 - at) for at, d in enumerate(first)) % 11]


def upgraded(old: str, century: int = 19) -> str:
    """The 18 digits of a number of 15 (GB 11643-1999)."""
    first = f"{old[:6]}{century}{old[6:]}"
    return first + check_digit(first)


def age_on(birth: date, day: date) -> int:
    """Full years of life; one who was born on 29 February is a year older on 1 March."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def _resident(number: str, mended: bool) -> Identity | BadNumber:
    birth = _date(number[6:14])
    if check_digit(number[:17]) != number[17]:
        return BadNumber(fault="check", length=18)
    if birth is None:
        return BadNumber(fault="birth", length=18)
    sex = _sex(number[16])
    return Identity(kind="resident", number=number, birth=birth, sex=sex, mended=mended)


def _old(number: str, near: date | None) -> Identity | BadNumber:
    centuries = (19,) if near is None else (near.year // 100, 19)
    births = {century: _date(f"{century}{number[6:12]}") for century in centuries}
    for century, birth in births.items():
        if birth is not None and (near is None or abs((birth - near).days) < _NEAR_DAYS):
            full = upgraded(number, century)
            return Identity(
                kind="old", number=full, birth=birth, sex=_sex(number[14]), mended=True
            )
    birth = births[19]
    if birth is None:
        return BadNumber(fault="birth", length=15)
    return Identity(
        kind="old", number=upgraded(number), birth=birth, sex=_sex(number[14]), mended=True
    )


def _date(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None


def _sex(digit: str) -> Sex:
    return "male" if int(digit) % 2 else "female"


#: The check digit tells whether that was right.
_LOOK_LIKE_DIGITS = str.maketrans("OIL", "011")
#: Excel keeps fifteen digits of a number.
_ROUNDED_FROM = 10**15
_NEAR_DAYS = 3 * 366

_OTHERS: tuple[tuple[DocumentKind, str], ...] = (
    ("permit", r"[HM]\d{8}(\d{2})?"),  # 港澳居民来往内地通行证
    ("permit", r"\d{8}"),  # 台湾居民来往大陆通行证
    ("foreign", r"[A-Z]{3}\d{12}"),  # 外国人永久居留身份证, 2004
    ("birth", r"[A-Z]\d{9}"),  # 出生医学证明
    ("foreign", r"[A-Z]{1,2}\d{7,8}"),  # passports
)
