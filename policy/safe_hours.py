"""When whoever reported may be written to or called: the hours that they chose themselves."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

#: As the forms name a span of hours: h08_12, h22_02.
_HOURS = re.compile(r"h(\d\d)_(\d\d)")


def next_safe(moment: datetime, chosen: Iterable[str]) -> datetime:
    """The moment itself when it is safe, else the next one that is; on the moment's own clock.

    Whoever chose no hours, or "any", hears at any time; what is not understood is no hour.
    """
    codes = set(chosen)
    known = spans(codes)
    if "any" in codes or not known or any(_within(moment, span) for span in known):
        return moment
    return min(_next(moment, first) for first, _ in known)


def spans(chosen: Iterable[str]) -> tuple[tuple[int, int], ...]:
    """The hours of what was chosen, as first and last: what is not understood is left out."""
    return tuple(span for code in chosen if (span := _span(code)))


def _span(code: str) -> tuple[int, int] | None:
    found = _HOURS.fullmatch(code)
    if found is None:
        return None
    first, last = int(found[1]), int(found[2])
    return (first, last) if first < 24 and last <= 24 and first != last else None


def _within(moment: datetime, span: tuple[int, int]) -> bool:
    first, last = span
    if first < last:
        return first <= moment.hour < last
    return moment.hour >= first or moment.hour < last


def _next(moment: datetime, hour: int) -> datetime:
    at = moment.replace(hour=hour, minute=0, second=0, microsecond=0)
    return at if at > moment else at + timedelta(days=1)
