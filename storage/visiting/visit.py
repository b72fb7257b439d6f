"""A visit, a pause, and what the next visit is planned from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from datetime import date, datetime


Result: TypeAlias = Literal["done", "failed", "explained"]
Source: TypeAlias = Literal["chat", "paper", "dictated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitIn:
    """A visit to be entered."""

    child_id: int
    #: home, phone ...; "" for an explanation.
    kind: str
    result: Result
    reason: str = ""
    seen: bool = False
    alone: bool | None = None
    #: JSON.
    answers: str = field(repr=False)
    person_id: int
    role: str = ""
    source: Source = "chat"
    on_day: date
    true_at: datetime
    next_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A visit that took place or did not, or why one is late."""

    id: int
    child_id: int
    #: Where the child lived when it was entered.
    area_id: int | None
    kind: str
    result: Result
    reason: str
    seen: bool
    alone: bool | None
    answers: str = field(repr=False)
    person_id: int
    role: str
    source: Source
    on_day: date
    true_at: datetime
    entered_at: datetime
    next_on: date | None
    report_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Days without visits."""

    id: int
    child_id: int | None
    household_id: int | None
    reason: str
    first_day: date
    last_day: date
    person_id: int
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a child's next visit was planned from, beside the register."""

    child_id: int
    made_by: str
    entered_at: datetime | None
    tier: str = ""
    tags: bytes | None = field(default=None, repr=False)
    tiered_at: datetime | None = None
    tagged_at: datetime | None = None
    missed: date | None = None
    quiet_until: date | None = None


@dataclass(slots=True, kw_only=True)
class Past:
    """What is known of a child's visits, as far as the next one depends on it."""

    #: Day, kind, seen: the latest of each.
    done: list[tuple[date, str, bool]] = field(default_factory=list)
    #: Day, reason.
    failed: list[tuple[date, str]] = field(default_factory=list)
    #: On which day somebody said when they would come again, and that day.
    promised: tuple[date, date] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A visit that is due, without its reasons."""

    duty_id: int
    child_id: int
    area_id: int | None
    person_id: int | None
    due_at: datetime
    grade: str
