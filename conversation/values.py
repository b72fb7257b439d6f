"""Numbers, dates and moments as XForms writes and reads them."""

import math
import re
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal

_NUMBER = re.compile(r"\s*-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?\s*\Z", re.ASCII)
_DATE = re.compile(r"\s*(\d{4})-(\d\d)-(\d\d)(T.*)?\s*\Z", re.ASCII)
_SECONDS_A_DAY = 86_400
_MINUTE = timedelta(minutes=1)


def to_number(words: str, zone: tzinfo | None) -> float:
    """The number that a text means: its figure, or for a date the days since 1970, or NaN."""
    if _NUMBER.match(words):
        return float(words)
    moment = to_moment(words, zone)
    return math.nan if moment is None else days_since_1970(moment)


def days_since_1970(moment: datetime) -> float:
    """Days of the world's clock, as ODK counts them; a local midnight is no whole number."""
    return moment.timestamp() / _SECONDS_A_DAY


def to_moment(words: str, zone: tzinfo | None) -> datetime | None:
    """The local moment of a date or a date with a time; None for anything else."""
    if not _DATE.match(words):
        return None
    try:
        moment = datetime.fromisoformat(words.strip())
        return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)
    except (ValueError, OverflowError):
        return None


def moment_of_days(days: float, zone: tzinfo | None) -> datetime | None:
    """The moment so many days after the beginning of 1970."""
    try:
        return datetime.fromtimestamp(days * _SECONDS_A_DAY, zone)
    except (ValueError, OverflowError, OSError):
        return None


def spelled(value: float) -> str:
    """A number as XPath writes it."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == int(value):
        return str(int(value))
    return format(Decimal(repr(value)), "f")


def stored(value: float) -> str:
    """A number as a calculation stores it: what is no number is no answer."""
    return "" if math.isnan(value) else spelled(value)


def moment_text(moment: datetime) -> str:
    """A moment as XForms writes it: no seconds of an offset, which clocks had before 1901."""
    offset = moment.utcoffset()
    if offset is not None and offset % _MINUTE:
        moment = moment.replace(tzinfo=timezone(offset - offset % _MINUTE))
    return moment.isoformat(timespec="milliseconds")


def format_date(moment: datetime | None, pattern: str) -> str:
    """A moment in a pattern of ODK (``%Y-%m-%d``); "" for what is no date."""
    if moment is None:
        return ""
    return re.sub("%(.)", lambda found: _date_part(moment, found[1]), pattern)


def _date_part(moment: datetime, code: str) -> str:
    match code:
        case "Y":
            return f"{moment.year:04d}"
        case "y":
            return f"{moment.year % 100:02d}"
        case "m":
            return f"{moment.month:02d}"
        case "n":
            return str(moment.month)
        case "b":
            return moment.strftime("%b")
        case "d":
            return f"{moment.day:02d}"
        case "e":
            return str(moment.day)
        case "H":
            return f"{moment.hour:02d}"
        case "h":
            return str(moment.hour)
        case "M":
            return f"{moment.minute:02d}"
        case "S":
            return f"{moment.second:02d}"
        case "3":
            return f"{moment.microsecond // 1000:03d}"
        case "a":
            return moment.strftime("%a")
        case "W":
            return f"{moment.isocalendar().week:02d}"
        case "%":
            return "%"
        case other:
            return f"%{other}"


def day_part(words: str) -> float:
    """The part of the day that has gone by at a time of day; NaN for what is none."""
    try:
        clock = time.fromisoformat(words.strip().partition("T")[2] or words.strip())
    except ValueError:
        return math.nan
    return (clock.hour * 3600 + clock.minute * 60 + clock.second) / 86400


def is_date(words: str) -> bool:
    """True for a date as XForms writes it."""
    try:
        return date.fromisoformat(words).isoformat() == words
    except ValueError:
        return False
