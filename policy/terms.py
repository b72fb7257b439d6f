"""From which day, and to which, somebody holds a post."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final, Literal, TypeAlias

#: What is wrong with two days.
Wrong: TypeAlias = Literal["begun", "over", "backwards"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A post is held from this moment on, and until that one."""

    #: None: at once.
    since: datetime | None = None
    #: None: until somebody ends it.
    until: datetime | None = None


#: From now on, and until somebody ends it.
OPEN: Final = Term()


def term(first: date | None, last: date | None, *, today: date, zone: tzinfo) -> Term | Wrong:
    """The term from the first day to the last, both of it; or what is wrong with them.

    It begins today at the earliest: nobody is made to have held a post before.
    """
    if first is not None and first < today:
        return "begun"
    if last is not None and last < today:
        return "over"
    if first is not None and last is not None and last < first:
        return "backwards"
    begins = None if first is None or first == today else _midnight(first, zone)
    ends = None if last is None else _midnight(last + timedelta(days=1), zone)
    return Term(since=begins, until=ends)


def dates(post: Term) -> dict[str, str]:
    """The moments of a term as the audit keeps them; nothing for what is open."""
    moments = {"since": post.since, "until": post.until}
    return {name: moment.isoformat() for name, moment in moments.items() if moment}


def last_day(until: datetime, zone: tzinfo) -> date:
    """The last day of what ends at this moment."""
    return (until - timedelta(microseconds=1)).astimezone(zone).date()


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone)
