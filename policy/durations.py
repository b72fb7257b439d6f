"""Spans of time as a table writes them: 15m, 2h, 3d."""

import re
from datetime import timedelta

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_duration(text: str) -> timedelta:
    """The span; raises ValueError for anything but a whole number above 0 and a unit."""
    match = re.fullmatch(r"([1-9][0-9]{0,4})([smhdw])", text.strip())
    if match is None:
        raise ValueError(text)
    return timedelta(**{_UNITS[match[2]]: int(match[1])})
