"""What the repositories have in common: the transaction they work in, sealing, and helpers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects.postgresql import insert as _insert
from sqlalchemy.sql.elements import BindParameter
from sqlalchemy.types import TypeEngine

from storage.engines import WORKER_LOCKS
from storage.tables import area_closure

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import datetime
    from typing import Any

    from sqlalchemy import ColumnElement, Select, Table
    from sqlalchemy.dialects.postgresql import Insert

    from storage.database import Database
    from storage.work import Reading, Work

T = TypeVar("T")
V = TypeVar("V")

_IN_A_LIST = 500


class Seen:
    """The reading half of a repository."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._db = reading.db

    @property
    def _now(self) -> datetime:
        return self._reading.now

    def _open(self, table: Table, column: str, row_id: int | str, sealed: bytes) -> str:
        opened = self._reading.shared.sealer.open(table.name, column, row_id, sealed)
        return opened.decode()

    def _open_any(self, table: Table, column: str, row_id: int | str, sealed: bytes | None) -> str:
        return "" if sealed is None else self._open(table, column, row_id, sealed)

    def _seal(self, table: Table, column: str, row_id: int | str, text: str) -> bytes:
        return self._reading.shared.sealer.seal(table.name, column, row_id, text.encode())

    def _blind(self, purpose: str, text: str) -> bytes:
        return self._reading.shared.sealer.blind(purpose, text)


class Kept(Seen):
    """The writing half, of a turn."""

    def __init__(self, work: Work) -> None:
        super().__init__(work)
        self._work = work


def is_alive(db: Database, owner: str) -> bool:
    """True while the process runs whose name is on a lease; SQLite has but the one that asks."""
    worker = owner.partition(".")[0]
    return db.is_postgresql and (not worker.isdecimal() or db.is_locked(WORKER_LOCKS, int(worker)))


def insert(table: Table) -> Insert:
    """An INSERT that may say what to do on a conflict; both engines understand it alike."""
    return _insert(table)


def upsert(table: Table, *changed: str) -> Insert:
    """An INSERT that changes these columns of the row when its primary key is there already."""
    adding = _insert(table)
    return adding.on_conflict_do_update(
        index_elements=[*table.primary_key],
        set_={name: adding.excluded[name] for name in changed},
    )


def given(name: str, kind: TypeEngine[Any] | None = None) -> BindParameter[Any]:
    """A value that the statement gets when it is run."""
    return bindparam(name, type_=kind, required=True)


def listed(name: str) -> BindParameter[Any]:
    """A list of values for ``in_``."""
    return bindparam(name, expanding=True)


#: The ids of a place and of all that lies below it; of several places at once.
BELOW = select(area_closure.c.below_id).where(area_closure.c.above_id == given("area_id"))
BELOW_ANY = select(area_closure.c.below_id).where(area_closure.c.above_id.in_(listed("tops")))


def unindexed(column: ColumnElement[T], nothing: T) -> ColumnElement[T]:
    """The column so written that no index is taken for it.

    SQLite counts nothing beforehand: where a few rows are named, it may walk all the active
    children instead, once for each few.
    """
    return func.coalesce(column, nothing)


#: The cases of which the reader of some numbers must not hear.
HIDDEN: BindParameter[Any] = bindparam("hidden", expanding=True)


@dataclass(frozen=True, slots=True, eq=False)
class Hiding:
    """A statement about cases, and the same without those of which its reader must not hear.

    Hardly anybody has such cases: what everybody asks is not slowed down by them.
    """

    whole: Select[Any]
    without: Select[Any]

    def of(self, hidden: Collection[int]) -> tuple[Select[Any], dict[str, object]]:
        """The statement for a reader from whom these cases are hidden, and what it is given."""
        return (self.without, {"hidden": [*hidden]}) if hidden else (self.whole, {})


def hiding(statement: Select[Any], is_hidden: ColumnElement[bool]) -> Hiding:
    """Both ways of a statement; ``is_hidden`` says of a row that it is of one of HIDDEN."""
    return Hiding(statement, statement.where(~is_hidden))


def in_parts(values: Iterable[V]) -> Iterator[list[V]]:
    """So many at a time as a statement takes in a list."""
    every = [*values]
    for at in range(0, len(every), _IN_A_LIST):
        yield every[at : at + _IN_A_LIST]


def lines(values: tuple[str, ...]) -> str:
    """Codes as a column keeps them, one a line."""
    return "\n".join(values)


def from_lines(text: str) -> tuple[str, ...]:
    """Codes from a column that keeps one a line."""
    return tuple(text.split("\n")) if text else ()
