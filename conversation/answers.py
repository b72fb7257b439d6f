"""From what a person typed to the value that a form stores, and back to words."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TypeAlias

from conversation import dates
from conversation.dialogue import Problem
from conversation.letters import narrow, tidy
from conversation.numbers import plain, read_decimal, read_integer
from conversation.values import is_date, moment_text
from conversation.vocabulary import label

MAX_TEXT_CHARS = 2000
#: "OK" is what XForms stores for a note that was taken notice of.
ACKNOWLEDGED = "OK"


@dataclass(frozen=True, slots=True)
class Understood:
    """A value that the form can store."""

    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """What was wrong with the words."""

    problem: Problem


Reading: TypeAlias = Understood | NotUnderstood


# -- from words to a value ----------------------------------------------------------------------


def read(kind: str, text: str, now: datetime) -> Reading:
    """The value that typed words mean for a type of question without options."""
    match kind:
        case "integer":
            return _or("not-a-number", read_integer(text))
        case "decimal":
            return _or("not-a-number", read_decimal(text))
        case "date":
            day = dates.parse_date(text, now.date())
            return _or("not-a-date", None if day is None else day.isoformat())
        case "time":
            clock = dates.parse_time(text)
            return _or("not-a-time", None if clock is None else _time_text(clock, now))
        case "dateTime":
            moment = dates.parse_moment(text, now)
            return _or("not-a-date", None if moment is None else moment_text(moment))
        case "geopoint":
            return _or("not-a-place", read_point(text))
        case "image" | "audio" | "video" | "file":
            return NotUnderstood("wants-a-file")
        case _:
            return read_text(text)


def coming(text: str, now: datetime) -> str | None:
    """The day that words mean when they speak of what is to come."""
    day = dates.parse_coming_date(text, now.date())
    return None if day is None else day.isoformat()


def read_text(text: str) -> Reading:
    """A sentence without what nobody can see in it."""
    clean = tidy(text)
    return NotUnderstood("too-long") if len(clean) > MAX_TEXT_CHARS else Understood(clean)


def read_point(text: str) -> str | None:
    """``25.1,99.2`` as XForms writes a position; None when it lies nowhere on earth."""
    parts = [part for part in re.split(r"[\s,，、;；]+", narrow(text, spaces=True)) if part]
    if len(parts) not in {2, 3, 4} or not all(_FIGURE.fullmatch(part) for part in parts):
        return None
    latitude, longitude = float(parts[0]), float(parts[1])
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    return " ".join([*map(plain, parts), "0", "0"][:4])


_FIGURE = re.compile(r"[-+]?[0-9]{1,15}(\.[0-9]{0,15})?")


def _time_text(clock: time, now: datetime) -> str:
    # A bare time has no day to take an offset from, so the one of now is written.
    return clock.isoformat(timespec="milliseconds") + now.isoformat()[-6:]


def _or(problem: Problem, value: str | None) -> Reading:
    return NotUnderstood(problem) if value is None else Understood(value)


# -- values -------------------------------------------------------------------------------------


def accepts(kind: str, value: str) -> bool:
    """True when a value is written as the engine itself would store it for this type."""
    match kind:
        case "integer":
            return (
                re.fullmatch("-?[0-9]{1,10}", value) is not None and read_integer(value) == value
            )
        case "decimal":
            return re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", value) is not None
        case "date":
            return is_date(value)
        case "time":
            return _parses(time.fromisoformat, value)
        case "dateTime":
            return "T" in value and _parses(datetime.fromisoformat, value)
        case "geopoint":
            return read_point(value) is not None
        case "acknowledge":
            return value == ACKNOWLEDGED
        case "text":
            return len(value) <= MAX_TEXT_CHARS and tidy(value) == value
        case _:
            return True


def spoken(kind: str, value: str, now: datetime) -> str:
    """A stored value in words, for every type without a list of its own."""
    match kind:
        case "date" if is_date(value):
            return dates.say_date(date.fromisoformat(value), now.date())
        case "time" if accepts(kind, value):
            return dates.say_time(time.fromisoformat(value).replace(tzinfo=None))
        case "dateTime" if accepts(kind, value):
            return dates.say_moment(datetime.fromisoformat(value).astimezone(now.tzinfo), now)
        case "geopoint" if accepts(kind, value):
            latitude, longitude = map(float, value.split()[:2])
            return label("place", latitude=latitude, longitude=longitude)
        case "image" | "audio" | "video" | "file":
            return label("file")
        case "acknowledge":
            return label("acknowledge")
        case _:
            return value


def _parses(parse: Callable[[str], object], value: str) -> bool:
    try:
        parse(value)
    except ValueError:
        return False
    return True
