"""Spans of time as a table writes them: 15m, 2h, 3d, 1 workday, 5 workdays."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Annotated, TypeAlias, assert_never

from pydantic import BeforeValidator

from policy.calendar import Calendar

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True, slots=True)
class Workdays:
    """So many working days."""

    count: int


Span: TypeAlias = timedelta | Workdays


def parse_duration(text: str) -> timedelta:
    """The span; raises ValueError for anything but a whole number above 0 and a unit."""
    match = re.fullmatch(r"([1-9][0-9]{0,4})([smhdw])", text.strip())
    if match is None:
        raise ValueError(text)
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def parse_span(text: str) -> Span:
    """A duration or working days; raises ValueError for anything else."""
    match = re.fullmatch(r"([1-9][0-9]{0,2}) ?workdays?", text.strip())
    return Workdays(int(match[1])) if match else parse_duration(text)


def due(start: datetime, span: Span, calendar: Calendar, zone: tzinfo) -> datetime:
    """When a span that begins at a moment is over, in that moment's zone.

    Working days end when the offices close on the last of them, and the day of the beginning does
    not count: 民法典 第二百零一条、第二百零三条.
    """
    match span:
        case timedelta():
            return start + span
        case Workdays(count):
            last = calendar.add_workdays(start.astimezone(zone).date(), count)
            return datetime.combine(last, calendar.closes, zone).astimezone(start.tzinfo)
        case _:
            assert_never(span)


#: A span, and one by the clock, as fields of a table's row.
Spanned: TypeAlias = Annotated[Span, BeforeValidator(parse_span)]
Lasting: TypeAlias = Annotated[timedelta, BeforeValidator(parse_duration)]
