"""Where the memory of a county lies: its database, its keys, its backups; and opening it."""

from pathlib import Path

from sqlalchemy import make_url

from bot.clock import Clock
from bot.commands.words import words as office_words
from bot.settings import Settings, SettingsFault
from storage import anchors, backup
from storage.faults import StoreFault
from storage.migrate import current
from storage.sealing import KeyRing
from storage.store import Store
from storage.veiling import veil


def open_store(settings: Settings, clock: Clock) -> Store:
    """The store of these settings, migrated. A first start makes the folder and the keys.

    Raises StoreFault. Keys are never made for a database that exists already.
    """
    folder = data_folder(settings)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if is_new(settings):
        settings.key_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        KeyRing.create(settings.key_file, data_folder=folder)
    store = Store.open(
        settings.database_url,
        KeyRing.load(settings.key_file, data_folder=folder),
        clock.now,
        turn_seconds=settings.turn_limit,
        writers=settings.writers,
    )
    veil(store)
    return store


def require_found(settings: Settings) -> None:
    """Raise StoreFault where a database was and is no more: its keys and its backups are there.

    A disk that is not mounted must not look like a first day, on which nobody has reported.
    """
    if is_lost(settings):
        file = make_url(settings.database_url).database
        raise StoreFault("database-lost", path=file, folder=backup_folder(settings))


def is_lost(settings: Settings) -> bool:
    """True where there are keys and backups of an SQLite database, but no database."""
    if data_folder(settings) is None or has_database(settings):
        return False
    return settings.key_file.exists() and bool(backup.all_in(backup_folder(settings)))


def data_folder(settings: Settings) -> Path | None:
    """The folder of an SQLite database; None on PostgreSQL."""
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    return Path(url.database).resolve().parent


def backup_folder(settings: Settings) -> Path:
    """Where backups and the heads of the audit lie; raises SettingsFault inside of the data."""
    data = data_folder(settings)
    beside = (data or settings.key_file.resolve().parent).parent
    folder = (settings.backup_folder or beside / "data-backups").resolve()
    if data is not None and folder.is_relative_to(data):
        raise SettingsFault([office_words("keeping.inside", folder=folder, data=data)])
    return folder


def anchor_file(settings: Settings) -> Path:
    """Where the heads of the audit are noted."""
    return backup_folder(settings) / anchors.NAME


def is_new(settings: Settings) -> bool:
    """True before the first start: there is neither a database nor a key file."""
    return not settings.key_file.exists() and not has_database(settings)


def has_database(settings: Settings) -> bool:
    """True when there is something in the database; raises StoreFault where nobody can look."""
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        file = Path(url.database or "")
        return file.exists() and (not file.is_file() or file.stat().st_size > 0)
    return current(settings.database_url) is not None
