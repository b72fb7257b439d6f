"""A child as the register knows them, and how what is known of them changes.

A record maps a key of policy/register/columns.toml to what is known; a key that is not there is
未采集, which is never the same as no.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from datetime import datetime


#: Facts about the child's place in the register, beside the columns, in the changes of an entry.
AREA, STATUS, LEFT_REASON, LEFT_ON = "_area", "_status", "_left_reason", "_left_on"


#: Facts about the child's place in the register, beside the columns, in the changes of an entry.
AREA, STATUS, LEFT_REASON, LEFT_ON = "_area", "_status", "_left_reason", "_left_on"


#: Facts about the child's place in the register, beside the columns, in the changes of an entry.
AREA, STATUS, LEFT_REASON, LEFT_ON = "_area", "_status", "_left_reason", "_left_on"


#: Facts about the child's place in the register, beside the columns, in the changes of an entry.
AREA, STATUS, LEFT_REASON, LEFT_ON = "_area", "_status", "_left_reason", "_left_on"


#: Where the child is offered to, and what was said about a move in somebody's own words.
TO, NOTE = "_to", "_note"


#: Where the child is offered to, and what was said about a move in somebody's own words.
TO, NOTE = "_to", "_note"


#: What a record says where something was known and is removed for good.
ERASED = "*"
Values: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A child as the register knows them."""

    id: int
    area_id: int
    household_id: int
    #: active, left; staged, undone and merged ones are shown to nobody
    status: str
    values: Values = field(repr=False)
    left_reason: str | None = None
    left_on: date | None = None
    #: Where the child moves to, until the new place accepts.
    to_area_id: int | None = None
    offered_by: int | None = None
    offered_at: datetime | None = None
    merged_into: int | None = None
    version: int
    roster_id: int | None = None
    created_at: datetime
    updated_at: datetime

    @property
    def name(self) -> str:
        """The child's name; "" while it is not known."""
        return self.values.get("name", "")

    @property
    def is_erased(self) -> bool:
        """True once its time was over: only what figures count is left."""
        return self.name == ERASED

    @property
    def id_number(self) -> str:
        """The identity number; "" while it is not known."""
        return self.values.get("id_number", "")

    @property
    def tier(self) -> str:
        """The risk tier; "" while nobody assessed it."""
        return self.values.get("tier", "")

    @property
    def labels(self) -> tuple[str, ...]:
        """Codes: left_behind, orphan ..."""
        return tuple(self.values.get("labels", "").split())

    @property
    def born_on(self) -> date | None:
        """The birthday, when the whole of it is known."""
        return _whole_date(self.values.get("birth_date", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One change of a child's record."""

    id: int
    child_id: int
    #: roster, visit, report, correction, registration
    source: str
    source_id: int | None
    person_id: int
    #: From key to its value before and after; "" is 未采集.
    changes: Mapping[str, tuple[str, str]] = field(repr=False)
    #: When it came true, and when we heard of it.
    true_at: datetime
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why records change: from what source, whose word it is, and when it came true."""

    source: str
    source_id: int | None = None
    by: int
    true_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """All that was wanted is so now; ``keys`` are those that differed."""

    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Some grave columns were not what the changer saw; they wait for a human, as disputes."""

    #: What was changed all the same.
    keys: tuple[str, ...]
    #: From key to the dispute's id.
    disputes: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewChild:
    """A child to be entered."""

    id: int
    area_id: int
    household_id: int
    values: Values = field(repr=False)


NOT_OFFERED: Mapping[str, Any] = {"to_area_id": None, "offered_by": None, "offered_at": None}


def differing(known: Child, wanted: Values) -> dict[str, tuple[str, str]]:
    """From key to what stands there and what is wanted instead."""
    return {
        key: (known.values.get(key, ""), value)
        for key, value in wanted.items()
        if known.values.get(key, "") != value
    }


def only_known(values: Values) -> dict[str, str]:
    """A record without what is 未采集."""
    return {key: value for key, value in values.items() if value}


def replayed(known: Child, entries: Sequence[Entry]) -> Child:
    """The child as its entries up to a moment make it."""
    values: dict[str, str] = {}
    for entry in entries:
        values |= {key: after for key, (_, after) in entry.changes.items()}
    place = {key: values.pop(key, "") for key in (AREA, STATUS, LEFT_REASON, LEFT_ON, TO, NOTE)}
    return replace(
        known,
        values=only_known(values),
        area_id=int(place[AREA]),
        status=place[STATUS],
        left_reason=place[LEFT_REASON] or None,
        left_on=date.fromisoformat(place[LEFT_ON]) if place[LEFT_ON] else None,
        updated_at=entries[-1].entered_at,
        **NOT_OFFERED,
    )


def _whole_date(text: str) -> date | None:
    return date.fromisoformat(text) if len(text) == 10 else None


def month_number(day: date) -> int:
    """Months are counted through, so that they can be compared."""
    return day.year * 12 + day.month


def month_of(text: str) -> int | None:
    """Of 2016-09-01 or 2016-09; a year alone has no month."""
    return int(text[:4]) * 12 + int(text[5:7]) if len(text) >= 7 else None


def years_before(day: date, years: int) -> date:
    """The same day of an earlier year."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February, and that year has none
        return date(day.year - years, 3, 1)
