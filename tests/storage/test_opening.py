"""Opening the memory: what is refused, in which words, and that nothing is changed by refusing."""

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from storage import migrate
from storage.engines import Place, fault_of
from storage.faults import KeyFileFault, StoreFault
from storage.sealing import KeyRing
from storage.store import Store
from storage.tables import metadata
from tests.fakes.clock import FakeClock
from tests.fakes.pooler import pooled


def test_the_migrations_make_the_tables_that_the_code_describes(database_url: str) -> None:
    with Place(database_url).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_newest_migration_is_the_one_that_the_program_asks_for() -> None:
    folder = Path(migrate.__file__).parent / "migrations"
    assert ScriptDirectory(str(folder)).get_heads() == [migrate.HEAD]


def test_an_empty_database_is_brought_up_and_a_second_time_changes_nothing(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    assert migrate.current(url) is None
    assert migrate.upgrade(url) == migrate.HEAD
    assert migrate.upgrade(url) == migrate.HEAD
    assert migrate.current(url) == migrate.HEAD


def test_a_new_database_can_be_read_by_its_owner_only(
    tmp_path: Path, keys: KeyRing, clock: FakeClock
) -> None:
    store = Store.open(f"sqlite:///{tmp_path}/new.db", keys, clock)
    store.write(lambda work: work.inbox.take("a")).result(10)
    rights = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
    store.close()
    assert rights == {
        "new.db": 0o600,
        "new.db-wal": 0o600,
        "new.db-shm": 0o600,
        "new.db.hand": 0o600,
        "new.db.lock": 0o600,
    }


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize("drops", [True, False], ids=["drops-limits", "keeps-limits"])
def test_sessions_that_are_lent_to_many_are_refused_before_anything_is_written(
    new_postgresql: Callable[..., str], keys: KeyRing, clock: FakeClock, size: int, drops: bool
) -> None:
    url = new_postgresql(bare=True)
    with (
        pooled(url, size=size, drops=drops) as lent,
        pytest.raises(StoreFault, match="连接池") as refused,
    ):
        Store.open(lent, keys, clock)
    assert refused.value.code == "database-pooled"
    assert migrate.current(url) is None


def test_a_pool_that_takes_none_of_our_limits_is_named() -> None:
    error = psycopg.OperationalError("FATAL:  unsupported startup parameter: options")
    fault = fault_of(Place("postgresql://127.0.0.1/x"), error)
    assert isinstance(fault, StoreFault)
    assert "5432" in str(fault)


def test_a_database_from_a_newer_program_is_refused(
    database_url: str, keys: KeyRing, clock: FakeClock
) -> None:
    with Place(database_url).connect() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0999'"))
    with pytest.raises(StoreFault, match=f"版本 0999，本程序只认到 {migrate.HEAD}") as refused:
        Store.open(database_url, keys, clock)
    assert refused.value.code == "database-newer"


def test_a_database_with_an_unknown_mark_is_refused(
    database_url: str, keys: KeyRing, clock: FakeClock
) -> None:
    with Place(database_url).connect() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'deadbeef'"))
    with pytest.raises(StoreFault, match="deadbeef"):
        Store.open(database_url, keys, clock)


def test_somebody_elses_database_is_refused_and_left_alone(
    tmp_path: Path, keys: KeyRing, clock: FakeClock
) -> None:
    file = tmp_path / "other.db"
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE cats (name TEXT)")
    other.close()
    before = file.read_bytes()
    with pytest.raises(StoreFault, match="不像是相伴的"):
        Store.open(f"sqlite:///{file}", keys, clock)
    assert file.read_bytes() == before


def test_a_file_that_is_no_database_is_refused_and_left_alone(
    tmp_path: Path, keys: KeyRing, clock: FakeClock
) -> None:
    file = tmp_path / "letter.db"
    file.write_bytes(b"Dear all, " * 1000)
    with pytest.raises(StoreFault, match="文件可能损坏"):
        Store.open(f"sqlite:///{file}", keys, clock)
    assert file.read_bytes() == b"Dear all, " * 1000


def test_a_second_process_is_refused_while_the_first_runs(
    sqlite_url: str, keys: KeyRing, clock: FakeClock
) -> None:
    first = Store.open(sqlite_url, keys, clock)
    with pytest.raises(StoreFault, match="已经被另一个相伴程序打开"):
        Store.open(sqlite_url, keys, clock)
    with pytest.raises(StoreFault, match="已经被另一个相伴程序打开"):
        migrate.upgrade(sqlite_url)
    first.close()
    Store.open(sqlite_url, keys, clock).close()


def test_a_refused_store_frees_the_database(
    sqlite_url: str, keys: KeyRing, clock: FakeClock, tmp_path: Path
) -> None:
    Store.open(sqlite_url, keys, clock).close()
    foreign = KeyRing.create(tmp_path / "foreign.json")
    with pytest.raises(KeyFileFault, match="不是这个数据库的"):
        Store.open(sqlite_url, foreign, clock)
    Store.open(sqlite_url, keys, clock).close()


def test_the_keys_of_another_database_are_refused(
    postgresql_url: str, keys: KeyRing, clock: FakeClock, tmp_path: Path
) -> None:
    Store.open(postgresql_url, keys, clock).close()
    with pytest.raises(KeyFileFault, match="不是这个数据库的"):
        Store.open(postgresql_url, KeyRing.create(tmp_path / "foreign.json"), clock)


@pytest.mark.parametrize(
    "url", ["", "nonsense", "mysql://localhost/x", "sqlite://", "sqlite:///:memory:"]
)
def test_an_address_that_names_no_lasting_database_is_refused(
    url: str, keys: KeyRing, clock: FakeClock
) -> None:
    with pytest.raises(StoreFault, match="BOT_DATABASE_URL"):
        Store.open(url, keys, clock)


def test_a_folder_that_is_missing_is_named(
    tmp_path: Path, keys: KeyRing, clock: FakeClock
) -> None:
    with pytest.raises(StoreFault, match=f"{tmp_path}/nowhere"):
        Store.open(f"sqlite:///{tmp_path}/nowhere/x.db", keys, clock)


def test_a_server_that_is_away_is_said_in_a_sentence(keys: KeyRing, clock: FakeClock) -> None:
    with pytest.raises(StoreFault, match="连不上数据库") as refused:
        Store.open("postgresql+psycopg://nobody:secret@127.0.0.1:9/none", keys, clock)
    assert "secret" not in str(refused.value)


def test_many_processes_may_bring_one_server_up_at_once(
    new_postgresql: Callable[[], str], keys: KeyRing, clock: FakeClock
) -> None:
    url = new_postgresql()
    with Place(url).connect() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    with ThreadPoolExecutor(4) as threads:
        opened = [threads.submit(Store.open, url, keys, clock, writers=1) for _ in range(4)]
    for store in opened:
        store.result().close()
    assert migrate.current(url) == migrate.HEAD


def test_the_writer_keeps_the_promised_settings(sqlite_url: str) -> None:
    def settings(connection: sqlite3.Connection) -> dict[str, object]:
        names = (
            "journal_mode",
            "synchronous",
            "foreign_keys",
            "secure_delete",
            "trusted_schema",
            "cell_size_check",
            "busy_timeout",
            "wal_autocheckpoint",
            "query_only",
        )
        return {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names}

    place = Place(sqlite_url)
    writer, reader = place.for_writing(), place.for_reading()
    shared = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "trusted_schema": 0,
        "cell_size_check": 1,
        "busy_timeout": 5000,
    }
    assert settings(writer.raw) == {**shared, "wal_autocheckpoint": 4000, "query_only": 0}
    assert settings(reader.raw) == {**shared, "wal_autocheckpoint": 0, "query_only": 1}
    reader.close()
    writer.close()
