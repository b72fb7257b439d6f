"""The two engines: how SQLite and PostgreSQL are opened so that a commit is a promise."""

import fcntl
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool

from storage.database import Database, Statement
from storage.faults import StoreFault
from storage.ground import Ground

#: How long SQLite waits for somebody else's lock, and PostgreSQL for one row.
LOCK_SECONDS = 5
#: Advisory locks on worker numbers; every connection of a process holds the lock of its number.
WORKER_LOCKS = 0x5842

_SQLITE = (
    "PRAGMA synchronous=FULL",
    f"PRAGMA busy_timeout={LOCK_SECONDS * 1000}",
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA cell_size_check=ON",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-4000",
)
_SQLITE_WRITER = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA wal_autocheckpoint=4000",
    "PRAGMA journal_size_limit=67108864",
)
#: The writer alone checkpoints: before 3.51.3 two connections that race one can corrupt the file
#: (the WAL-reset bug, sqlite.org/wal.html).
_SQLITE_READER = ("PRAGMA wal_autocheckpoint=0", "PRAGMA query_only=ON")


class Place:
    """Where the data is: opens connections for writing and for reading."""

    def __init__(self, url: str, *, statement_seconds: float = 5) -> None:
        self.url = _understood(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        seconds = statement_seconds + 1
        self._writing = _engine(self.url, reader=False, statement_seconds=seconds)
        self._reading = _engine(self.url, reader=True, statement_seconds=30)
        self._prepared: dict[Statement, Any] = {}
        self._ground: Ground | None = None

    @property
    def file(self) -> Path:
        """The database file (SQLite only)."""
        return sqlite_file(self.url)

    def know(self) -> None:
        """From now on the file that lies here is meant, and no other; see ``forget``."""
        self._ground = Ground(self.file) if self.is_sqlite else None

    def forget(self) -> None:
        """All connections are closed."""
        if self._ground is not None:
            self._ground.leave()
            self._ground = None

    def require_known(self) -> None:
        """Raise DatabaseMoved when it is not the one that was meant."""
        if self._ground is not None:
            self._ground.require()

    def has_lost_its_log(self) -> bool:
        """True when somebody removed the log that is written into (SQLite)."""
        return self._ground is not None and self._ground.has_lost_its_log()

    def know_log(self) -> None:
        """A new connection has begun to write: into the log that lies there (SQLite)."""
        if self._ground is not None:
            self._ground.know_log()

    def give_up_log(self) -> None:
        """What was in the log that is lost is in the file; readers must find another, too."""
        if self._ground is not None:
            self._ground.log_number += 1

    @property
    def log_number(self) -> int:
        """Which of the logs that followed one another is written into."""
        return 0 if self._ground is None else self._ground.log_number

    def connect(self) -> Connection:
        """A new connection that may write, as SQLAlchemy has it."""
        return self._writing.connect()

    def connect_to_look(self) -> Connection:
        """A new connection that changes nothing, not even the file's settings."""
        return self._reading.connect()

    def for_writing(self, worker: int | None = None) -> Database:
        """A new connection that may write; it says which worker's process it belongs to."""
        db = Database(self.connect(), self._prepared)
        if worker is not None and db.is_postgresql:
            db.tell("SELECT pg_advisory_lock_shared(%s, %s)", WORKER_LOCKS, worker)
        return db

    def for_reading(self) -> Database:
        """A new connection that cannot write."""
        return Database(self.connect_to_look(), self._prepared)

    @property
    def begin_writing(self) -> str:
        """How a writing transaction begins. A later upgrade from reading would fail at once."""
        return "BEGIN IMMEDIATE" if self.is_sqlite else "BEGIN"

    @property
    def begin_reading(self) -> str:
        """How a transaction begins that sees one moment of the data."""
        return "BEGIN" if self.is_sqlite else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class OneProcess:
    """A lock on a SQLite file that a second process cannot take; the system frees it on a kill."""

    def __init__(self, place: Place) -> None:
        self._file = place.file if place.is_sqlite else None
        self._handle = -1

    def take(self) -> Self:
        """Take it, or raise StoreFault. PostgreSQL needs none."""
        if self._file is None:
            return self
        try:
            path = self._file.with_name(f"{self._file.name}.lock")
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            # Its log and its index take their rights from the file.
            self._file.touch(mode=0o600)
        except OSError as error:
            folder = self._file.parent
            raise StoreFault("database-folder", folder=folder, error=error.strerror) from None
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.free()
            raise StoreFault("database-in-use", path=self._file) from None
        return self

    def free(self) -> None:
        """Let another process take it."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


#: What SQLite says when a file cannot grow, and the bytes with which it could.
_NO_ROOM = frozenset({"SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE"})
_LEAST_ROOM = 1_000_000


def fault_of(place: Place, error: BaseException) -> BaseException:
    """What a person is told when the database cannot be opened; other errors as they are."""
    if not is_trouble(error):
        return error
    if not place.is_sqlite:
        said = _first_line(error)
        # PgBouncer takes none of our limits unless it is told to drop them unsaid.
        return StoreFault(
            "database-pooled" if "startup parameter" in said else "database-away", error=said
        )
    if why(error) in {"SQLITE_NOTADB", "SQLITE_CORRUPT"}:
        return StoreFault("database-broken", path=place.file)
    folder = place.file.parent
    if why(error) in _NO_ROOM and shutil.disk_usage(folder).free < _LEAST_ROOM:
        return StoreFault("disk-full", folder=folder)
    return StoreFault("database-folder", folder=folder, error=why(error))


def is_trouble(error: BaseException) -> bool:
    """True for what the world did to the database, False for what a turn did wrong."""
    match error:
        case DBAPIError():
            return error.connection_invalidated or is_trouble(error.orig or Exception())
        case sqlite3.IntegrityError() | sqlite3.DataError() | sqlite3.ProgrammingError():
            return False
        case sqlite3.NotSupportedError() | sqlite3.InternalError():
            return False
        case sqlite3.DatabaseError():
            return True
        case _:
            return _speaks_postgresql() and _is_trouble_of_a_server(error)


def _speaks_postgresql() -> bool:
    """False on SQLite, where nothing is psycopg's: ten megabytes that need not be imported."""
    return "psycopg" in sys.modules


def _is_trouble_of_a_server(error: BaseException) -> bool:
    import psycopg

    match error:
        case psycopg.errors.IdleInTransactionSessionTimeout():
            return True
        case psycopg.errors.ReadOnlySqlTransaction():  # a fail-over left us at a standby
            return True
        case psycopg.OperationalError() | psycopg.InterfaceError():
            return True
        case _:
            return False


def why(error: BaseException) -> str:
    """A code for the trouble, without anybody's words."""
    original = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(original, sqlite3.Error):
        return getattr(original, "sqlite_errorname", "") or type(original).__name__
    return _state(original) if _speaks_postgresql() else type(original).__name__


def _state(original: BaseException | None) -> str:
    import psycopg

    if isinstance(original, psycopg.Error):
        return original.sqlstate or "database-away"
    return type(original).__name__


def _first_line(error: BaseException) -> str:
    original = error.orig if isinstance(error, DBAPIError) else error
    return str(original).partition("\n")[0] or why(error)


def sqlite_file(url: URL) -> Path:
    """The file that a SQLite address means."""
    if not url.database or url.database == ":memory:":
        raise StoreFault("database-url")
    return Path(url.database)


def _understood(text: str) -> URL:
    try:
        url = make_url(text)
    except ArgumentError:
        raise StoreFault("database-url") from None
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() != "sqlite":
        raise StoreFault("database-url")
    sqlite_file(url)
    return url.set(drivername="sqlite+pysqlite")


def _engine(url: URL, *, reader: bool, statement_seconds: float) -> Engine:
    # AUTOCOMMIT: transactions are begun and ended in so many words, by storage.store alone.
    engine = create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        poolclass=NullPool,
        hide_parameters=True,
        connect_args=_how_to_connect(url, statement_seconds),
    )
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _sqlite_settings(reader=reader))
    return engine


def _sqlite_settings(*, reader: bool) -> Callable[[Any, Any], None]:
    settings = _SQLITE + (_SQLITE_READER if reader else _SQLITE_WRITER)

    def on_connect(connection: sqlite3.Connection, _: Any) -> None:
        for setting in settings:
            connection.execute(setting).close()

    return on_connect


def _how_to_connect(url: URL, statement_seconds: float) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {"check_same_thread": False, "cached_statements": 512, "timeout": LOCK_SECONDS}
    limits = {
        "statement_timeout": int(statement_seconds * 1000),
        "lock_timeout": LOCK_SECONDS * 1000,
        # A process that is frozen in a turn gives its lanes up.
        "idle_in_transaction_session_timeout": 10_000,
        "synchronous_commit": "on",
        "timezone": "UTC",
    }
    return {
        "connect_timeout": 3,
        "options": " ".join(f"-c {name}={value}" for name, value in limits.items()),
        "application_name": "xiangban",
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,
        "prepare_threshold": 1,
    }
