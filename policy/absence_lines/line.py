"""A line of which what was read is cut: its day, its class, its counts, its words for all."""

import re
from collections.abc import Callable
from datetime import date
from typing import TypeAlias

from policy.absence_lines.class_names import ClassName, class_of, find_class, number_of
from policy.absence_lines.words import MAX_LINE_CHARS, WORDS, either, narrow, shortened

#: Reads a phrase of a day as seen from today.
ReadDay: TypeAlias = Callable[[str, date], date | None]
#: Stands for what was read already.
CUT = "\x00"
#: Stands for words for everybody.
EVERYBODY_CUT = "\x01"
_DAY = re.compile(either(WORDS["day"]["said"]))
_NOT_MISSED = re.compile(WORDS["day"]["not_missed"])
_EVERYBODY = re.compile(either(WORDS["everybody"]["said"]))
_REST = re.compile(WORDS["rest"])


def _counting(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace("{数}", WORDS["count"]["number"]))


_MISSING_COUNTS = tuple(_counting(pattern) for pattern in WORDS["count"]["missing"])
_ENROLLED, _PRESENT_COUNT, _OTHER_COUNT = (
    _counting(WORDS["count"][part]) for part in ("enrolled", "present", "other")
)


class Line:
    """A line in one width; ``short`` is the same in short characters, with what is read cut."""

    def __init__(self, text: str) -> None:
        self.written = narrow(text)[:MAX_LINE_CHARS]
        self.short = shortened(self.written)

    def cut_day(self, today: date, read_day: ReadDay) -> date:
        """The latest day that is named; today when none is."""
        days = []
        for match in _DAY.finditer(self.short):
            day = read_day(match[0], today)
            if day is None or day > today:
                continue
            if not _NOT_MISSED.match(self.short, match.end()):
                days.append(day)
            self._cut(match)
        return max(days, default=today)

    def cut_class(self) -> ClassName | None:
        """The class that is named."""
        found = find_class(self.short)
        if found is None:
            return None
        self._cut(found)
        return class_of(found)

    def cut_everybody(self) -> None:
        """Words for everybody: what they mean depends on who is named before them."""
        for match in _REST.finditer(self.short):
            self._cut(match)
        for match in _EVERYBODY.finditer(self.short):
            self._cut(match, EVERYBODY_CUT)

    def cut_counts(self) -> int | None:
        """How many are said to be missing, all together."""
        missing = [number for pattern in _MISSING_COUNTS for number in self._cut_all(pattern)]
        enrolled, present = self._cut_all(_ENROLLED), self._cut_all(_PRESENT_COUNT)
        self._cut_all(_OTHER_COUNT)
        if missing:
            return sum(missing)
        return enrolled[0] - present[0] if enrolled and present else None

    def _cut_all(self, pattern: re.Pattern[str]) -> list[int]:
        found = list(pattern.finditer(self.short))
        for match in found:
            self._cut(match)
        return [number_of(match[1]) for match in found]

    def _cut(self, match: re.Match[str], mark: str = CUT) -> None:
        start, end = match.span()
        self.short = self.short[:start] + mark * (end - start) + self.short[end:]
