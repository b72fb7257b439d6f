"""Duties: when each must be done, and the ladder that it climbs while it is not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Literal, Protocol, TypeAlias

from policy.calendar import Calendar
from policy.durations import Lasting, Span, Spanned, due

#: Who hears of a step: whoever has to do it, the posts of a level above, or whoever reported.
To: TypeAlias = Literal["self", "township", "county", "leader", "reporter"]
#: The levels above, lowest first.
LEVELS: tuple[To, ...] = ("township", "county", "leader")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a ladder: who hears, and so much before or after the time when it is due."""

    to: To
    before: Lasting | None = None
    after: Spanned | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyKind:
    """A kind of duty."""

    name: str
    #: Grade -> how long, from the moment when it is set.
    within: Mapping[str, Spanned]
    ladder: str
    #: Whose it is unless somebody says so: the owner of the case, whoever set it by what they
    #: did, or the posts of a level.
    whose: Literal["owner", "actor", "township", "county"] = "owner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Duties:
    """The tables of duties.toml."""

    kinds: Mapping[str, DutyKind]
    #: Name -> grade -> steps.
    ladders: Mapping[str, Mapping[str, Sequence[Step]]]
    #: Level -> posts; the first who can be reached is told.
    levels: Mapping[str, Sequence[str]]

    def steps(self, kind: str, grade: str) -> Sequence[Step]:
        """The ladder of a duty; none for a kind that the table does not know any more."""
        known = self.kinds.get(kind)
        return self.ladders[known.ladder].get(grade, ()) if known else ()


class Ringing(Protocol):
    """The part of a duty that its ladder needs."""

    @property
    def kind(self) -> str: ...
    @property
    def grade(self) -> str: ...
    @property
    def set_at(self) -> datetime: ...
    @property
    def due_at(self) -> datetime: ...
    @property
    def first_due_at(self) -> datetime: ...
    @property
    def level(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A step whose time has come."""

    level: int
    step: Step
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Clockwork:
    """What turns spans into moments."""

    calendar: Calendar
    zone: tzinfo

    def after(self, start: datetime, span: Span) -> datetime:
        """The moment when so much time has passed."""
        return due(start, span, self.calendar, self.zone)


def due_at(kind: DutyKind, grade: str, start: datetime, clockwork: Clockwork) -> datetime:
    """When a duty that is set now must be done."""
    return clockwork.after(start, kind.within[grade])


def first_ring(
    duties: Duties, kind: str, grade: str, start: datetime, until: datetime, clockwork: Clockwork
) -> datetime | None:
    """When the first step of its ladder is taken; None for one without steps."""
    moments = _moments(duties.steps(kind, grade), start, until, until, clockwork)
    return moments[0] if moments else None


def next_ring(
    duties: Duties, duty: Ringing, due: datetime, clockwork: Clockwork
) -> datetime | None:
    """When the next step is taken once it is due at another time; None after the last one."""
    steps = duties.steps(duty.kind, duty.grade)
    moments = _moments(steps, duty.set_at, due, duty.first_due_at, clockwork)
    return moments[duty.level] if duty.level < len(moments) else None


def passed(
    duties: Duties, duty: Ringing, now: datetime, clockwork: Clockwork
) -> tuple[tuple[Passed, ...], datetime | None]:
    """The steps that were due by now and not taken, in their order, and when the next one is."""
    steps = duties.steps(duty.kind, duty.grade)
    moments = _moments(steps, duty.set_at, duty.due_at, duty.first_due_at, clockwork)
    late: list[Passed] = []
    for level in range(duty.level, len(steps)):
        if moments[level] > now:
            return tuple(late), moments[level]
        late.append(Passed(level=level + 1, step=steps[level], at=moments[level]))
    return tuple(late), None


def _moments(
    steps: Sequence[Step],
    start: datetime,
    until: datetime,
    first: datetime,
    clockwork: Clockwork,
) -> tuple[datetime, ...]:
    """When each step is taken.

    The last one goes by the first time that was set, so that nobody silences a ladder by moving
    the time; no step comes later than the last.
    """
    if not steps:
        return ()
    last = min(_moment(steps[-1], start, due, clockwork) for due in (until, first))
    return tuple(min(_moment(step, start, until, clockwork), last) for step in steps)


def _moment(step: Step, start: datetime, until: datetime, clockwork: Clockwork) -> datetime:
    """When a step is taken; a warning is not earlier than half of the time has passed."""
    if step.before is not None:
        return max(until - step.before, start + (until - start) / 2)
    return until if step.after is None else clockwork.after(until, step.after)
