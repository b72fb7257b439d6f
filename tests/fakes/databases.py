"""Empty, migrated SQLite files: the migrations run once in a test run, not once a test."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from storage import migrate


def fresh_sqlite(file: Path) -> str:
    """A database that nobody has used yet; its address."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(_migrated())
    return f"sqlite:///{file}"


@cache
def _migrated() -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "template.db"
        migrate.upgrade(f"sqlite:///{file}")
        return file.read_bytes()
