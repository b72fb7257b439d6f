"""Sealing everything again under the newest keys, a little at a time, while people talk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import LargeBinary, and_, select, tuple_, update

from storage.repository import given
from storage.sealing import Sealer, version_of
from storage.tables import (
    attachment_chunk,
    child,
    child_entry,
    metadata,
    reporter,
    roster_row,
)

if TYPE_CHECKING:
    from sqlalchemy import Column, FromClause, Select, Table, Update

    from storage.database import Row
    from storage.store import Store
    from storage.work import Work

#: Made ready for a row that it is copied to: the column there, and what names the row.
_ELSEWHERE: dict[Column[Any], tuple[Column[Any], Column[Any]]] = {
    roster_row.c.next_record: (child.c.record, roster_row.c.child_id),
    roster_row.c.prev_record: (child.c.record, roster_row.c.child_id),
    roster_row.c.entry_changes: (child_entry.c.changes, roster_row.c.entry_id),
    roster_row.c.undo_changes: (child_entry.c.changes, roster_row.c.undo_entry_id),
}
#: Rows that are sealed again in one turn: nobody waits longer for it than for a usual turn.
_AT_ONCE = 50


def reseal(store: Store) -> int:
    """Seal every row again that is not under the newest keys; how many. Blocks."""
    changed = 0
    for table in metadata.sorted_tables:
        if _sealed_columns(table):
            changed += sum(_pages(store, table))
    return changed


def _pages(store: Store, table: Table) -> Iterator[int]:
    after: Row | None = None
    while True:
        changed, after = store.write(partial(_page, table, after)).result()
        yield changed
        if after is None:
            return


def _page(table: Table, after: Row | None, work: Work) -> tuple[int, Row | None]:
    keys, sealed = _keys(table), _sealed_columns(table)
    if after is None:
        rows = work.db.all(_first(table))
    else:
        rows = work.db.all(_next(table), **dict(zip(_names(keys), after, strict=True)))
    sealer = work.shared.vault if table is reporter else work.shared.sealer
    changed = 0
    for row in rows:
        key = row[: len(keys)]
        values, owners = row[len(keys) : -len(sealed)], row[-len(sealed) :]
        again = [
            _again(sealer, _place(column), _row_id(table, key, owner), value)
            for column, value, owner in zip(sealed, values, owners, strict=True)
        ]
        if again != list(values):
            named = dict(zip(_names(keys), key, strict=True))
            work.db.run(_change(table), **named, **_news(sealed, again))
            changed += 1
    return changed, rows[-1][: len(keys)] if len(rows) == _AT_ONCE else None


def _again(
    sealer: Sealer, place: Column[Any], row_id: int | str, value: bytes | None
) -> bytes | None:
    if value is None or version_of(value) == sealer.version:
        return value
    opened = sealer.open(place.table.name, place.name, row_id, value)
    return sealer.seal(place.table.name, place.name, row_id, opened)


def _row_id(table: Table, key: Sequence[Any], owner: int | None) -> int | str:
    return f"{key[0]}:{key[1]}" if table is attachment_chunk else (owner or 0)


def _place(column: Column[Any]) -> Column[Any]:
    """Where the value is opened: its own column, or the one that it will be copied to."""
    return _ELSEWHERE[column][0] if column in _ELSEWHERE else column


def _owner(column: Column[Any]) -> Column[Any]:
    """What names the row where the value is opened."""
    return _ELSEWHERE[column][1] if column in _ELSEWHERE else _keys(column.table)[0]


@cache
def _sealed_columns(table: Table) -> tuple[Column[Any], ...]:
    # Indexes and macs have a length of their own.
    return tuple(
        column
        for column in table.columns
        if column in _ELSEWHERE
        or (isinstance(column.type, LargeBinary) and column.type.length is None)
    )


def _keys(table: FromClause) -> tuple[Column[Any], ...]:
    return tuple(cast("Table", table).primary_key.columns)


def _names(columns: Sequence[Column[Any]]) -> list[str]:
    return [f"key_{column.name}" for column in columns]


def _news(columns: Sequence[Column[Any]], values: Sequence[Any]) -> dict[str, Any]:
    return {f"new_{column.name}": value for column, value in zip(columns, values, strict=True)}


@cache
def _first(table: Table) -> Select[Any]:
    keys = _keys(table)
    # Nobody may change a row between our reading it and our writing it.
    sealed = _sealed_columns(table)
    wanted = select(*keys, *sealed, *(_owner(column).label(None) for column in sealed))
    return wanted.order_by(*keys).limit(_AT_ONCE).with_for_update()


@cache
def _next(table: Table) -> Select[Any]:
    keys = _keys(table)
    last = tuple_(*(given(name, column.type) for name, column in _named(keys)))
    return _first(table).where(tuple_(*keys) > last)


@cache
def _change(table: Table) -> Update:
    keys = _keys(table)
    return (
        update(table)
        .where(and_(*(column == given(name) for name, column in _named(keys))))
        .values({column: given(f"new_{column.name}") for column in _sealed_columns(table)})
    )


def _named(columns: Sequence[Column[Any]]) -> list[tuple[str, Column[Any]]]:
    return list(zip(_names(columns), columns, strict=True))
