"""Keys are rotated while the program runs: old words are read, new ones are under the new key."""

from pathlib import Path

from sqlalchemy import select

from bot.keeping.keys import Keys
from storage.sealing import KeyRing, version_of
from storage.store import Store
from storage.tables import feedback
from storage.work import Reading
from tests.fakes.clock import FakeClock


async def test_rotated_keys_are_taken_up_without_a_stop(
    sqlite_url: str, tmp_path: Path, clock: FakeClock
) -> None:
    keys = KeyRing.create(tmp_path / "own.keys")
    store = Store.open(sqlite_url, keys, clock)
    try:
        await store.write(lambda work: work.feedback.add("一"))
        KeyRing.load(tmp_path / "own.keys").rotate()
        await Keys(store).renew()
        await store.write(lambda work: work.feedback.add("二"))
        told = await store.read(lambda reading: reading.feedback.since(clock().replace(year=2000)))
        assert [each.body for each in told] == ["一", "二"]
        assert await store.read(versions) == [2, 2]
    finally:
        store.close()


def versions(reading: Reading) -> list[int]:
    rows = reading.db.all(select(feedback.c.body).order_by(feedback.c.id))
    return [version_of(row[0]) for row in rows]
