"""An imported roster, its rows, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from datetime import datetime


#: new, changed and same are good; doubtful (perhaps a child we know), bad, outside (not for its
#: sender) and skipped rows (by a human's word) change nothing.
RowKind: TypeAlias = Literal["new", "changed", "same", "doubtful", "bad", "outside", "skipped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterRowIn:
    """One row of a roster, compared with the register."""

    #: As the spreadsheet counts.
    number: int
    kind: RowKind
    area_id: int | None = None
    #: By key of the register's columns.
    values: Mapping[str, str] = field(repr=False)
    #: The known child that it is about, and the version of the record it was compared with.
    child_id: int | None = None
    version: int | None = None
    #: Of a brother or sister, who may stand in the same roster.
    household_id: int | None = None
    #: The person who answers for the child first (包保责任人).
    responsible_id: int | None = None
    #: What is wrong with it, in words.
    faults: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterRow:
    """A row as it is kept."""

    id: int
    number: int
    kind: RowKind
    child_id: int | None
    version: int | None
    area_id: int | None
    values: Mapping[str, str] = field(repr=False)
    responsible_id: int | None
    faults: tuple[str, ...] = field(repr=False)
    #: Why an undo left it alone; None when it did not.
    outcome: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """An import."""

    id: int
    area_id: int
    file_name: str = field(repr=False)
    #: staged, applied, undone, discarded
    state: str
    staged_by: int
    staged_at: datetime
    applied_by: int | None
    applied_at: datetime | None
    undone_by: int | None
    undone_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """All good rows are in the register."""

    new: int
    changed: int
    responsibilities: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale:
    """Nothing was written: these rows do not fit the register any more; it must be staged anew."""

    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotPossible:
    """Not now; the code tells why: unknown, not-staged, not-applied, too-late, keys (rotated)."""

    code: str
