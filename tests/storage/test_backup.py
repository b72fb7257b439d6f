"""Backups: whole while people talk, refused when they are not whole, and never sent twice."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from storage.audit import Head
from storage.backup import backup, restore
from storage.faults import StoreFault
from storage.reaching.owed import OutboxIn
from storage.sealing import KeyRing
from storage.store import Store
from storage.work import Work
from tests.fakes.clock import FakeClock
from tests.storage.test_faults import files_of_at_most


async def test_a_backup_under_load_holds_all_that_was_confirmed_before_it_and_is_whole(
    sqlite_url: str, keys: KeyRing, clock: FakeClock, tmp_path: Path
) -> None:
    store = Store.open(sqlite_url, keys, clock)
    confirmed: list[str] = []
    over, more = asyncio.Event(), asyncio.Event()

    async def talk(person: int) -> None:
        number = 0
        while not over.is_set():
            name = f"{person}:{number}"
            await store.write(partial(_take, name), lane=str(person))
            confirmed.append(name)
            more.set()
            number += 1

    people = [asyncio.create_task(talk(person)) for person in range(10)]
    copies = []
    for number in range(5):
        more.clear()
        await more.wait()
        copies.append((tmp_path / f"copy-{number}.db", [*confirmed]))
        await asyncio.to_thread(backup, sqlite_url, copies[-1][0])
    over.set()
    await asyncio.gather(*people)
    await asyncio.to_thread(store.close)
    wrong = await asyncio.to_thread(_what_is_wrong, copies, keys, clock)
    assert wrong == []
    assert list(tmp_path.glob(".copy*")) == []  # noqa: ASYNC240


def test_a_disk_that_is_full_in_the_middle_of_a_backup_is_told_and_nothing_is_left(
    sqlite_url: str, keys: KeyRing, clock: FakeClock, tmp_path: Path
) -> None:
    _write(sqlite_url, keys, clock, "before")
    copy = tmp_path / "backups" / "copy.db"
    copy.parent.mkdir()
    with files_of_at_most(300_000), pytest.raises(StoreFault, match="没有留下半个文件") as refused:
        backup(sqlite_url, copy)
    assert refused.value.code == "backup-not-written"
    assert [*copy.parent.iterdir()] == []
    backup(sqlite_url, copy)


def test_what_is_restored_is_what_was_backed_up_and_the_old_file_is_kept_beside_it(
    sqlite_url: str, keys: KeyRing, clock: FakeClock, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    _write(sqlite_url, keys, clock, "before")
    backup(sqlite_url, copy)
    _write(sqlite_url, keys, clock, "after")
    restore(sqlite_url, copy)
    assert _taken(sqlite_url, keys, clock, "before", "after") == [True, False]
    old = Path(f"{sqlite_url.removeprefix('sqlite:///')}.before-restore")
    assert _taken(f"sqlite:///{old}", keys, clock, "before", "after") == [True, True]


def test_a_second_restore_keeps_what_the_first_set_aside(
    sqlite_url: str, keys: KeyRing, clock: FakeClock, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    _write(sqlite_url, keys, clock, "before")
    backup(sqlite_url, copy)
    _write(sqlite_url, keys, clock, "after")
    restore(sqlite_url, copy)
    restore(sqlite_url, copy)
    aside = f"{sqlite_url}.before-restore"
    assert _taken(aside, keys, clock, "before", "after") == [True, True]
    assert _taken(f"{aside}-2", keys, clock, "before", "after") == [True, False]


def test_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(StoreFault, match=r"没有数据库 .*/none\.db。"):
        backup(f"sqlite:///{tmp_path}/none.db", tmp_path / "copy.db")
    with pytest.raises(StoreFault, match="（没有这个文件夹）"):
        backup(f"sqlite:///{__file__}", tmp_path / "nowhere" / "copy.db")


def test_a_card_that_waited_in_the_backup_is_marked_as_perhaps_sent(
    sqlite_url: str, keys: KeyRing, clock: FakeClock, tmp_path: Path
) -> None:
    store = Store.open(sqlite_url, keys, clock)
    store.write(_put_card).result(10)
    store.close()
    backup(sqlite_url, tmp_path / "copy.db")
    restore(sqlite_url, tmp_path / "copy.db")
    store = Store.open(sqlite_url, keys, clock)
    claimed = store.write(
        lambda work: work.sending.claim("one", work.now, timedelta(seconds=30), 5, ["web"])
    ).result(10)
    store.close()
    assert [card.unclear for card in claimed] == [True]


def test_a_database_in_use_is_not_replaced(
    sqlite_url: str, keys: KeyRing, clock: FakeClock, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    backup(sqlite_url, copy)
    store = Store.open(sqlite_url, keys, clock)
    with pytest.raises(StoreFault, match="已经被另一个相伴程序打开"):
        restore(sqlite_url, copy)
    assert store.write(partial(_take, "still here")).result(10) is None
    store.close()


def test_a_damaged_backup_is_refused_and_the_data_stays(
    sqlite_url: str, keys: KeyRing, clock: FakeClock, tmp_path: Path
) -> None:
    _write(sqlite_url, keys, clock, *(str(number) for number in range(200)))
    copy = tmp_path / "copy.db"
    backup(sqlite_url, copy)
    whole = bytearray(copy.read_bytes())
    for place in range(30_000, len(whole), 4096):
        whole[place : place + 400] = bytes(400)
    copy.write_bytes(whole)
    with pytest.raises(StoreFault, match=r"检查不通过|损坏") as refused:
        restore(sqlite_url, copy)
    assert refused.value.code in {"backup-broken", "database-broken"}
    assert _taken(sqlite_url, keys, clock, "0", "199") == [True, True]


@pytest.mark.parametrize("content", [b"", b"no database at all " * 500])
def test_what_is_no_backup_is_refused(sqlite_url: str, tmp_path: Path, content: bytes) -> None:
    copy = tmp_path / "copy.db"
    copy.write_bytes(content)
    with pytest.raises(StoreFault, match="检查不通过"):
        restore(sqlite_url, copy)


def test_a_backup_of_a_newer_program_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    backup(sqlite_url, copy)
    with closing(sqlite3.connect(copy)) as newer, newer:
        newer.execute("UPDATE alembic_version SET version_num = '0999'")
    with pytest.raises(StoreFault, match="更新版本的程序"):
        restore(sqlite_url, copy)


def test_a_backup_never_overwrites_and_never_leaves_half_a_file(
    sqlite_url: str, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    copy.write_text("precious")
    with pytest.raises(StoreFault, match="不会覆盖"):
        backup(sqlite_url, copy)
    assert copy.read_text() == "precious"
    with pytest.raises(StoreFault, match="备份写不进"):
        backup(sqlite_url, tmp_path / "nowhere" / "copy.db")
    with pytest.raises(StoreFault, match="找不到"):
        restore(sqlite_url, tmp_path / "none.db")


def test_postgresql_has_its_own_tools(postgresql_url: str, tmp_path: Path) -> None:
    with pytest.raises(StoreFault, match="pg_dump"):
        backup(postgresql_url, tmp_path / "copy.db")
    with pytest.raises(StoreFault, match="pg_restore"):
        restore(postgresql_url, tmp_path / "copy.db")


def _what_is_wrong(
    copies: list[tuple[Path, list[str]]], keys: KeyRing, clock: FakeClock
) -> list[str]:
    wrong = []
    for file, before in copies:
        if file.stat().st_mode & 0o777 != 0o600:
            wrong.append("rights")
        with closing(Store.open(f"sqlite:///{file}", keys, clock)) as store:
            wrong += store.write(partial(_missing, before)).result(30)
            if not isinstance(store.read(lambda reading: reading.audit.verify()).result(30), Head):
                wrong.append("audit")
    return wrong


def _missing(names: list[str], work: Work) -> list[str]:
    return [name for name in names if work.inbox.take(name)]


def _take(name: str, work: Work) -> None:
    work.inbox.take(name)
    work.audit.write(0, "took", "test", 1)


def _put_card(work: Work) -> None:
    contact_id = work.people.meet("web", "a").contact_id
    work.outbox.put(OutboxIn(contact_id=contact_id, channel="web", priority=1, card="{}", turn=1))


def _write(url: str, keys: KeyRing, clock: FakeClock, *names: str) -> None:
    with closing(Store.open(url, keys, clock)) as store:
        for name in names:
            store.write(partial(_take, name)).result(10)


def _taken(url: str, keys: KeyRing, clock: FakeClock, *names: str) -> list[bool]:
    with closing(Store.open(url, keys, clock)) as store:
        return [not store.write(_taking(name)).result(10) for name in names]


def _taking(name: str) -> partial[bool]:
    return partial(_is_new, name)


def _is_new(name: str, work: Work) -> bool:
    return work.inbox.take(name)
