"""Brings the tables up to what this program needs; a database from a newer program is refused."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect

from storage.engines import OneProcess, Place, fault_of
from storage.faults import StoreFault

if TYPE_CHECKING:
    from sqlalchemy import Connection

_FOLDER = Path(__file__).parent / "migrations"
#: The newest migration. They are numbered, so that older and newer can be told apart.
HEAD = max(file.name[:4] for file in (_FOLDER / "versions").glob("[0-9]*_*.py"))
#: Several processes may start at once: one migrates, the others wait and find it done.
_ADVISORY_LOCK = 0x5842_4D49_4752_4154


def upgrade(url: str) -> str:
    """Bring the database up; the version it has then. No store may have it open (SQLite)."""
    place = Place(url)
    lock = OneProcess(place).take()
    try:
        bring_up(place)
    except Exception as error:
        raise fault_of(place, error) from None
    finally:
        lock.free()
    return HEAD


def current(url: str) -> str | None:
    """The version of the database; None while it is empty."""
    place = Place(url)
    if place.is_sqlite and not place.file.exists():
        return None
    try:
        with place.connect_to_look() as connection:
            return _version(connection)
    except Exception as error:
        raise fault_of(place, error) from None


def bring_up(place: Place) -> None:
    """Run the migrations that are missing, all in one transaction."""
    with place.connect_to_look() as connection:
        version = _version(connection)
    require_known(version)
    if version == HEAD:
        return
    with place.connect() as connection:
        connection.exec_driver_sql(place.begin_writing)
        if not place.is_sqlite:
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")
        _run(connection)
        connection.exec_driver_sql("COMMIT")


def _version(connection: Connection) -> str | None:
    tables = inspect(connection).get_table_names()
    if "alembic_version" not in tables:
        if tables:
            raise StoreFault("database-full-of-others")
        return None
    row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first()
    return None if row is None else str(row[0])


def require_known(version: str | None) -> None:
    """Raise StoreFault for a version that only a newer program knows."""
    if version is None or version in _known():
        return
    if version.isdecimal():
        raise StoreFault("database-newer", found=version, known=HEAD)
    raise StoreFault("database-strange", found=version)


def _known() -> set[str]:
    return {file.name.split("_")[0] for file in _FOLDER.glob("versions/[0-9]*.py")}


def _run(connection: Connection) -> None:
    # Alembic is slow to import and rarely needed.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
