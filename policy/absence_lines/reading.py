"""Who is missing, from one line as teachers type it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from policy.absence_lines.class_names import ClassName
from policy.absence_lines.line import Line, ReadDay
from policy.absence_lines.names import read_names
from policy.absence_lines.said import Absent, Said
from policy.absence_lines.tokens import REASON_WORDS, tokens
from policy.absence_lines.words import WORDS, either, narrow, shortened, weightiest
from policy.sounds import plain

_OF_ABSENCE = re.compile(
    either(
        [
            *WORDS["missing"]["said"],
            *WORDS["everybody"]["said"],
            *WORDS["reason"]["leave"]["said"],
            *WORDS["reason"]["unexplained"]["said"],
        ]
    )
)
_FAMILY = re.compile(WORDS["family"]["said"])
_ARRIVED = re.compile("{before}(?P<names>.+?){said}{after}".format_map(WORDS["arrived"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceLine:
    """What a line says."""

    class_name: ClassName | None
    day: date
    absent: tuple[Absent, ...] = ()
    all_present: bool = False
    #: How many are missing, when the line says so.
    stated: int | None = None
    #: What was not understood.
    leftovers: tuple[str, ...] = field(default=(), repr=False)


def read_line(text: str, today: date, read_day: ReadDay, known: Iterable[str] = ()) -> AbsenceLine:
    """Everything that a line says; what it does not say is open, never guessed.

    ``known`` are names of pupils that help to tell names from other words.
    """
    line = Line(text)
    day = line.cut_day(today, read_day)
    class_name = line.cut_class()
    line.cut_everybody()
    stated = line.cut_counts()
    said = Said(frozenset(map(plain, known)))
    for token in tokens(line):
        said.hear(token)
    absent, leftovers = said.absent(), said.leftovers
    # What was not understood may be a name.
    is_told = said.means_everybody or stated == 0
    is_nobody = is_told and not absent and not stated and not leftovers
    return AbsenceLine(
        class_name=class_name,
        day=day,
        absent=absent,
        all_present=is_nobody,
        stated=None if is_nobody else stated,
        leftovers=leftovers,
    )


def speaks_of_absence(text: str) -> bool:
    """True for words that only a line about who is missing has."""
    return _OF_ABSENCE.search(Line(text).short) is not None


def speaks_of_family(text: str) -> bool:
    """True for what a family said, or that nobody of it is reached: 家长说病了, 电话没人接."""
    said = Line(text).short
    return _FAMILY.search(said) is not None or "unreachable" in _reasons_in(said)


def read_reason(text: str) -> str:
    """Why somebody is away, in any words: a key of ``reason``; "" where they do not say."""
    return weightiest(_reasons_in(Line(text).short))


def _reasons_in(said: str) -> set[str]:
    return {reason for reason, words in REASON_WORDS if words.search(said)}


def read_arrivals(text: str) -> tuple[str, ...]:
    """The names of a line that says no more than that they are there: 更正：李红、王小明来了."""
    found = _ARRIVED.fullmatch(shortened(narrow(text)))
    return read_names(found["names"]) if found else ()
