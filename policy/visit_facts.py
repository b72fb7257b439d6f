"""What the next visit of a child depends on: visits, failures, pauses, what families said."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from policy.signals import Sum


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One that took place; ``seen`` when the child itself was seen or heard."""

    on: date
    kind: str
    seen: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One that did not."""

    on: date
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Days without visits; it ends by itself."""

    reason: str
    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """So many weeks in a row without 平安; ``week`` is the last day of the latest."""

    count: int
    week: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Somebody of the family wants to talk, or worries; nobody has been in touch since."""

    what: Literal["talk", "worry"]
    since: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildFacts:
    """What the next visit of an active child depends on."""

    entered_at: datetime
    #: As the register writes it; "" while nobody assessed the child.
    tier: str = ""
    tags: frozenset[str] = frozenset()
    #: Since when the tier, and since when the tags are these.
    tiered_at: datetime | None = None
    tagged_at: datetime | None = None
    #: The latest of each kind, seen and unseen, are enough.
    visits: tuple[Visit, ...] = ()
    failures: tuple[Failure, ...] = ()
    pauses: tuple[Pause, ...] = ()
    silence: Silence | None = None
    #: What several small things were together, day by day.
    sums: tuple[Sum, ...] = ()
    wish: Wish | None = None
    #: A due day that had passed when the tier or the tags changed.
    missed: date | None = None
    #: The day on which the latest visitor said to come again, and when they said so.
    promised: date | None = None
    promised_on: date | None = None
