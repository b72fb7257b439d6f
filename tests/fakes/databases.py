"""New SQLite databases for tests: the migrations run once in a test run, not once a test."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from bot import memory
from bot.clock import Clock
from bot.settings import Settings
from storage import migrate
from storage.sealing import KeyRing
from storage.store import Store


def fresh_sqlite(file: Path) -> str:
    """A database that nobody has used yet; its address."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(_migrated())
    return f"sqlite:///{file}"


def open_memory(settings: Settings, clock: Clock) -> Store:
    """As the program opens it; at a first start the tables are there already."""
    folder = memory.data_folder(settings)
    if folder is not None and memory.is_new(settings):
        fresh_sqlite(folder / Path(settings.database_url).name)
        settings.key_file.parent.mkdir(parents=True, exist_ok=True)
        KeyRing.create(settings.key_file)
    return memory.open_store(settings, clock)


@cache
def _migrated() -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "template.db"
        migrate.upgrade(f"sqlite:///{file}")
        return file.read_bytes()
