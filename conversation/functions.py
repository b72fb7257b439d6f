"""The functions that expressions may call, with what each takes and gives."""

import hashlib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Literal as OneOf
from typing import Protocol, TypeAlias

from conversation.patterns import ends_soon
from conversation.values import (
    day_part,
    days_since_1970,
    format_date,
    moment_text,
    to_moment,
    to_number,
)

Row: TypeAlias = Mapping[str, str]
NO_ROW: Row = {}


class World(Protocol):
    """A filled-in form at one moment, as expressions see it."""

    @property
    def now(self) -> datetime:
        """The moment, in the zone of the people who talk."""
        ...

    def value(self, path: str) -> str:
        """The answer at a place; "" when there is none or it does not count now."""
        ...

    def kept(self, path: str) -> str:
        """The value that an expression gave at this place before."""
        ...

    def instances(self, repeat: str) -> int:
        """How often a repeat stands there now."""
        ...

    def outside_label(self, name: str, value: str) -> str:
        """The words of a value in a list that lives outside the form ("" for none)."""
        ...


class Shape(Protocol):
    """What a form is made of, as far as expressions need to know."""

    def holds(self, path: str) -> bool:
        """True when a question or section has this path (without indices)."""
        ...

    def repeats(self, path: str) -> bool:
        """True when this path is a repeat."""
        ...

    def columns(self, name: str) -> frozenset[str] | None:
        """The columns of a list of choices, or None for a list that is not in the form."""
        ...

    def rows(self, name: str) -> Sequence[Row]:
        """The rows of a list of choices."""
        ...

    def list_of(self, path: str) -> tuple[str, bool] | None:
        """The list that a question chooses from, and whether it lives outside the form."""
        ...

    def outside(self, name: str) -> bool:
        """True for a list that lives outside the form."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """What a function takes and gives: s text, n number, b yes or no, d a moment, x values."""

    takes: str
    gives: OneOf["s", "n", "b"]
    least: int
    most: int
    #: Gets the world first, then each argument as ``takes`` says; None for those built by hand.
    run: Callable[..., str | float | bool] | None = None

    def wants(self, place: int) -> str:
        """What it takes at a place; the last kind goes on."""
        return self.takes[min(place, len(self.takes) - 1)] if self.takes else "s"


def _selected_at(w: World, chosen: str, place: float) -> str:
    values = chosen.split()
    return values[int(place)] if 0 <= place < len(values) else ""


def _coalesce(w: World, *values: str) -> str:
    return next((value for value in values if value), "")


def _round(w: World, value: float, digits: float = 0.0) -> float:
    """Half away from zero, as ODK rounds."""
    if not math.isfinite(value) or not math.isfinite(digits):
        return value
    unit = Decimal(1).scaleb(-int(max(-30, min(30, digits))))
    return float((Decimal(repr(value)) / unit).to_integral_value(ROUND_HALF_UP) * unit)


def _as_number(w: World, words: str) -> float:
    """A date counts whole days here, and only here."""
    value = to_number(words, w.now.tzinfo)
    return value if to_moment(words, w.now.tzinfo) is None else math.floor(value)


def _whole(w: World, value: float) -> float:
    return float(math.trunc(value)) if math.isfinite(value) else value


def _figures(w: World, lists: Sequence[Sequence[str]]) -> list[float]:
    return [to_number(value, w.now.tzinfo) for values in lists for value in values]


def _total(w: World, values: Sequence[str]) -> float:
    return math.fsum(_figures(w, [values]))


def _least(w: World, *lists: Sequence[str]) -> float:
    figures = _figures(w, lists)
    return math.nan if not figures or any(map(math.isnan, figures)) else min(figures)


def _most(w: World, *lists: Sequence[str]) -> float:
    figures = _figures(w, lists)
    return math.nan if not figures or any(map(math.isnan, figures)) else max(figures)


def _part(w: World, words: str, start: float, end: float = math.inf) -> str:
    if math.isnan(start) or math.isnan(end):
        return ""
    return words[slice(_place(start), None if end == math.inf else _place(end))]


def _place(value: float) -> int:
    return int(value) if math.isfinite(value) else 0


def _substring(w: World, words: str, start: float, length: float = math.inf) -> str:
    if math.isnan(start) or math.isnan(length):
        return ""
    first = math.floor(start + 0.5) if math.isfinite(start) else start
    last = first + (math.floor(length + 0.5) if math.isfinite(length) else length)
    return "".join(letter for nth, letter in enumerate(words, 1) if first <= nth < last)


def _translate(w: World, words: str, these: str, those: str) -> str:
    table: dict[int, str | None] = {}
    for nth, letter in enumerate(these):
        table.setdefault(ord(letter), those[nth] if nth < len(those) else None)
    return words.translate(table)


#: Every answer is held against one of a few patterns.
_ends_soon = lru_cache(maxsize=256)(ends_soon)


def _matches(w: World, words: str, pattern: str) -> bool:
    if not _ends_soon(pattern):
        return True  # of a form that was published before such patterns were refused
    try:
        return re.search(pattern, words) is not None
    except re.error:
        return False


def _uuid(w: World, *length: float) -> str:
    """An id that nobody guesses by accident; the moment, not dice, sets it apart."""
    digest = hashlib.sha256(w.now.isoformat().encode()).hexdigest()
    if length and math.isfinite(length[0]):
        return digest[: max(0, int(length[0]))]
    parts = (digest[:8], digest[8:12], "4" + digest[13:16], "8" + digest[17:20], digest[20:32])
    return "-".join(parts)


def _decimal_moment(w: World, moment: datetime | None) -> float:
    return math.nan if moment is None else days_since_1970(moment)


def _power(w: World, base: float, exponent: float) -> float:
    try:
        return math.pow(base, exponent)
    except (OverflowError, ValueError):
        return math.nan


def _function(
    takes: str,
    gives: OneOf["s", "n", "b"],
    run: Callable[..., str | float | bool] | None,
    *,
    least: int | None = None,
    most: int | None = None,
) -> Function:
    count = len(takes)
    return Function(
        takes=takes,
        gives=gives,
        run=run,
        least=count if least is None else least,
        most=count if most is None else most,
    )


#: Those that look at places, not at values.
OF_PATHS = frozenset({"count", "count-non-empty", "sum", "position"})
#: The most arguments of a function that takes any number.
MANY = 60
FUNCTIONS: Mapping[str, Function] = {
    "selected": _function("ss", "b", lambda w, a, b: b.strip() in a.split()),
    "count-selected": _function("s", "n", lambda w, a: float(len(a.split()))),
    "selected-at": _function("sn", "s", _selected_at),
    "if": _function("bss", "s", None),
    "coalesce": _function("s", "s", _coalesce, least=2, most=MANY),
    "once": _function("s", "s", None),
    "not": _function("b", "b", lambda w, a: not a),
    "true": _function("", "b", lambda w: True),
    "false": _function("", "b", lambda w: False),
    "boolean": _function("b", "b", lambda w, a: a),
    "boolean-from-string": _function("s", "b", lambda w, a: a.strip().lower() in {"true", "1"}),
    "string": _function("s", "s", lambda w, a: a),
    "concat": _function("x", "s", lambda w, *a: "".join(map("".join, a)), least=0, most=MANY),
    "join": _function("sx", "s", lambda w, a, *b: a.join(v for c in b for v in c), most=MANY),
    "string-length": _function("s", "n", lambda w, a: float(len(a))),
    "contains": _function("ss", "b", lambda w, a, b: b in a),
    "starts-with": _function("ss", "b", lambda w, a, b: a.startswith(b)),
    "ends-with": _function("ss", "b", lambda w, a, b: a.endswith(b)),
    "substr": _function("snn", "s", _part, least=2),
    "substring": _function("snn", "s", _substring, least=2),
    "substring-before": _function("ss", "s", lambda w, a, b: a.partition(b)[0] if b in a else ""),
    "substring-after": _function("ss", "s", lambda w, a, b: a.partition(b)[2]),
    "translate": _function("sss", "s", _translate),
    "normalize-space": _function("s", "s", lambda w, a: " ".join(a.split())),
    "regex": _function("ss", "b", _matches),
    "count": _function("x", "n", None),
    "count-non-empty": _function("x", "n", lambda w, a: float(sum(1 for v in a if v))),
    "sum": _function("x", "n", _total),
    "min": _function("x", "n", _least, least=1, most=MANY),
    "max": _function("x", "n", _most, least=1, most=MANY),
    "round": _function("nn", "n", _round, least=1),
    "int": _function("n", "n", _whole),
    "number": _function("s", "n", _as_number),
    "abs": _function("n", "n", lambda w, a: abs(a)),
    "floor": _function("n", "n", lambda w, a: float(math.floor(a)) if math.isfinite(a) else a),
    "ceiling": _function("n", "n", lambda w, a: float(math.ceil(a)) if math.isfinite(a) else a),
    "sqrt": _function("n", "n", lambda w, a: math.sqrt(a) if a >= 0 else math.nan),
    "pow": _function("nn", "n", _power),
    "position": _function("x", "n", None, least=0),
    "last": _function("", "n", None),
    "indexed-repeat": _function("xxnxnxn", "s", None, least=3),
    "today": _function("", "s", lambda w: w.now.date().isoformat()),
    "now": _function("", "s", lambda w: moment_text(w.now)),
    "date": _function("d", "s", lambda w, a: "" if a is None else a.date().isoformat()),
    "date-time": _function("d", "s", lambda w, a: "" if a is None else moment_text(a)),
    "format-date": _function("ds", "s", lambda w, a, b: format_date(a, b)),
    "format-date-time": _function("ds", "s", lambda w, a, b: format_date(a, b)),
    "decimal-date-time": _function("d", "n", _decimal_moment),
    "decimal-time": _function("s", "n", lambda w, a: day_part(a)),
    "uuid": _function("n", "s", _uuid, least=0),
    "jr:choice-name": _function("ss", "s", None),
    "jr:itext": _function("s", "s", lambda w, a: a),
    "pulldata": _function("ssss", "s", None),
}
#: What gives another answer although nothing in the form has changed.
VOLATILE = frozenset({"now", "today"})
