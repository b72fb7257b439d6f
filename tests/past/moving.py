"""Moves a county that was kept on SQLite to PostgreSQL, as its version would have it there."""

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import (
    Boolean,
    Connection,
    Date,
    DateTime,
    MetaData,
    Table,
    create_engine,
    func,
    insert,
    select,
)
from sqlalchemy.types import TypeEngine

from storage import migrate

#: How a value of SQLite is told to a column of PostgreSQL.
_READ: Mapping[type[TypeEngine[Any]], Callable[[Any], Any]] = {
    Boolean: bool,
    Date: date.fromisoformat,
    DateTime: lambda text: datetime.fromisoformat(text).replace(tzinfo=UTC),
}


def move(file: Path, url: str, version: str) -> None:
    """Fill an empty PostgreSQL database with the rows of an SQLite file of this version."""
    engine = create_engine(url)
    with closing(sqlite3.connect(file)) as past, engine.begin() as connection:
        _make_tables(connection, version)
        # Neither triggers nor foreign keys: what they would write or ask is in the rows already.
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        tables = MetaData()
        tables.reflect(connection)
        for table in tables.tables.values():
            if table.name != "alembic_version" and (rows := _rows(past, table)):
                connection.execute(insert(table), rows)
                _count_on(connection, table)
    engine.dispose()


def _count_on(connection: Connection, table: Table) -> None:
    """Numbers that the database gives by itself go on behind those that are there."""
    for column in table.primary_key:
        name = func.pg_get_serial_sequence(table.name, column.name)
        if (sequence := connection.scalar(select(name))) is not None:
            connection.execute(select(func.setval(sequence, func.max(column))))


def _make_tables(connection: Connection, version: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, version)


def _rows(past: sqlite3.Connection, table: Table) -> list[dict[str, Any]]:
    names = [column.name for column in table.columns]
    listed = ", ".join(f'"{name}"' for name in names)
    readers = [_reader(column.type) for column in table.columns]
    return [
        {
            name: None if value is None else read(value)
            for name, read, value in zip(names, readers, row, strict=True)
        }
        for row in past.execute(f'SELECT {listed} FROM "{table.name}"')
    ]


def _reader(kind: TypeEngine[Any]) -> Callable[[Any], Any]:
    return next(
        (read for one, read in _READ.items() if isinstance(kind, one)), lambda value: value
    )
