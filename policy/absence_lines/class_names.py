"""What a class is called: 三年级2班, 三(2)班, 初一1班, 大班."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from policy.absence_lines.words import MAX_LINE_CHARS, WORDS, narrow, shortened

_CLASSES = tuple(
    re.compile(
        pattern.replace("{年}", WORDS["class"]["year"]).replace("{班}", WORDS["class"]["number"])
    )
    for pattern in WORDS["class"]["patterns"]
)
_NURSERY: Mapping[str, int] = WORDS["class"]["nursery"]
_LEVELS = {"初": 6, "高": 9}
_DIGITS = {char: number for number, char in enumerate("零一二三四五六七八九")} | {"两": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassName:
    """A class: (3, 2) is 三年级2班, (7, 1) 初一1班, (-1, None) 大班, (None, 2) 2班."""

    grade: int | None = None
    number: int | None = None


def read_class(text: str) -> ClassName | None:
    """The class that a text names; None where it names none."""
    found = find_class(shortened(narrow(text)[:MAX_LINE_CHARS]))
    return found and class_of(found)


def find_class(short: str) -> re.Match[str] | None:
    """Where a text in short characters names a class."""
    return next((found for one in _CLASSES if (found := one.search(short))), None)


def class_of(match: re.Match[str]) -> ClassName:
    """The class of what ``find_class`` found."""
    said = match.groupdict()
    number = said.get("number") or said.get("number2")
    nursery, level, year = said.get("nursery"), said.get("level"), said.get("year")
    grade = _NURSERY[nursery] if nursery else number_of(year) if year else None
    if level and grade is not None:
        grade += _LEVELS[level]
    return ClassName(grade=grade, number=number_of(number) if number else None)


def number_of(said: str) -> int:
    """12 and 十二 as 12."""
    if said.isdecimal():
        return int(said)
    tens, ten, ones = said.rpartition("十")
    high = 10 * (_DIGITS[tens] if tens else 1) if ten else 0
    return high + (_DIGITS[ones] if ones else 0)
