"""Sealing everything again under the newest keys, a little at a time, while people talk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import LargeBinary, and_, select, tuple_, update

from storage.repository import given
from storage.sealing import Sealer, version_of
from storage.tables import attachment_chunk, metadata, reporter

if TYPE_CHECKING:
    from sqlalchemy import Column, Select, Table, Update

    from storage.database import Row
    from storage.store import Store
    from storage.work import Work

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
        key, values = row[: len(keys)], row[len(keys) :]
        again = [
            _again(sealer, column, _row_id(table, key), value)
            for column, value in zip(sealed, values, strict=True)
        ]
        if again != list(values):
            named = dict(zip(_names(keys), key, strict=True))
            work.db.run(_change(table), **named, **_news(sealed, again))
            changed += 1
    return changed, rows[-1][: len(keys)] if len(rows) == _AT_ONCE else None


def _again(
    sealer: Sealer, column: Column[Any], row_id: int | str, value: bytes | None
) -> bytes | None:
    if value is None or version_of(value) == sealer.version:
        return value
    table = column.table.name
    opened = sealer.open(table, column.name, row_id, value)
    return sealer.seal(table, column.name, row_id, opened)


def _row_id(table: Table, key: Sequence[Any]) -> int | str:
    return f"{key[0]}:{key[1]}" if table is attachment_chunk else int(key[0])


@cache
def _sealed_columns(table: Table) -> tuple[Column[Any], ...]:
    # Indexes and macs have a length of their own.
    return tuple(
        column
        for column in table.columns
        if isinstance(column.type, LargeBinary) and column.type.length is None
    )


def _keys(table: Table) -> tuple[Column[Any], ...]:
    return tuple(table.primary_key.columns)


def _names(columns: Sequence[Column[Any]]) -> list[str]:
    return [f"key_{column.name}" for column in columns]


def _news(columns: Sequence[Column[Any]], values: Sequence[Any]) -> dict[str, Any]:
    return {f"new_{column.name}": value for column, value in zip(columns, values, strict=True)}


@cache
def _first(table: Table) -> Select[Any]:
    keys = _keys(table)
    # Nobody may change a row between our reading it and our writing it.
    return select(*keys, *_sealed_columns(table)).order_by(*keys).limit(_AT_ONCE).with_for_update()


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
