"""Where the memory of a county lies: its database, its keys, its backups; and opening it."""

from pathlib import Path

from sqlalchemy import make_url

from bot.clock import Clock
from bot.commands.words import words as office_words
from bot.settings import Settings, SettingsFault
from storage import anchors
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
    return not settings.key_file.exists() and not _has_database(settings)


def _has_database(settings: Settings) -> bool:
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        return Path(url.database or "").exists()
    return current(settings.database_url) is not None
