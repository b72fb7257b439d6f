"""What lies beside the database finds what was cut off from it, and brings it back."""

import re
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from bot.__main__ import main
from bot.clock import Clock
from bot.intake import Intake
from bot.keeping.safekeeping import Kept, Safekeeping
from storage.anchors import NAME, noted, read_anchor
from storage.engines import Place
from storage.sealing import KeyRing
from storage.store import Store
from storage.work import Work

SHANGHAI = ZoneInfo("Asia/Shanghai")
EVENING = datetime(2026, 11, 23, 12, 5, tzinfo=UTC)


class Evening(Clock):
    """A clock that stands at five past eight."""

    def now(self) -> datetime:
        return EVENING


class Office:
    """One county's machine: its settings, its store and the commands that its keeper types."""

    def __init__(self, url: str, folder: Path, told: pytest.CaptureFixture[str]) -> None:
        self.url = url
        self.keys = folder / "keys" / "xiangban.keys"
        self.backups = folder / "backups"
        self.heads = self.backups / NAME
        self.config = folder / "bot.toml"
        self.config.write_text(
            f'database_url = "{url}"\nkey_file = "{self.keys}"\nbackup_folder = "{self.backups}"\n'
        )
        self.keys.parent.mkdir()
        KeyRing.create(self.keys)
        self._told = told

    def open(self) -> Store:
        return Store.open(self.url, KeyRing.load(self.keys), Evening().now, readers=1)

    async def works(self, count: int) -> None:
        with closing(self.open()) as store:
            for number in range(count):
                await store.write(noting(number))

    async def notes(self) -> None:
        with closing(self.open()) as store:
            await self.keeping(store).note_head()

    def keeping(self, store: Store) -> Safekeeping:
        """What notes heads; nobody is told anything by it here."""
        kept = Kept(url=self.url, data=None, folder=self.backups, days=7, zone=SHANGHAI)
        return Safekeeping(store, cast(Intake, None), Evening(), kept)

    def types(self, *command: str) -> tuple[int, str]:
        status = main(["--config", str(self.config), *command])
        said = self._told.readouterr()
        return status, said.out + said.err

    def tampers(self, *statements: str) -> None:
        """Behind the program's back, by somebody who may do anything in the database."""
        place = Place(self.url)
        free = (
            ("DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete")
            if place.is_sqlite
            else ("ALTER TABLE audit DISABLE TRIGGER ALL",)
        )
        with place.connect() as connection:
            for statement in (*free, *statements):
                connection.execute(text(statement))


@pytest.fixture
def office(database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    return Office(database_url, tmp_path, capsys)


async def test_a_tail_that_was_cut_off_is_found_by_the_file_and_by_what_stands_in_a_book(
    office: Office,
) -> None:
    await office.works(8)
    await office.notes()
    status, said = office.types("audit", "verify")
    assert status == 0
    assert "共 8 条" in said
    assert "1 个核对码都对得上（2026-11-23 到 2026-11-23）" in said
    book = said.split("现在的核对码：")[1].strip()
    office.tampers("DELETE FROM audit WHERE seq > 5")
    status, said = office.types("audit", "verify")
    assert status == 1
    assert "从第 6 条起被截掉" in said
    assert "记下的有 8 条，现在只有 5 条" in said
    office.heads.unlink()
    status, said = office.types("audit", "verify")
    assert (status, "没有核对码可对" in said) == (0, True)
    status, said = office.types("audit", "verify", "--anchor", book)
    assert status == 1
    assert "从第 6 条起被截掉" in said


async def test_a_chain_that_was_written_anew_is_not_what_was_noted(office: Office) -> None:
    await office.works(5)
    await office.notes()
    office.tampers("DELETE FROM audit WHERE seq > 2")
    with closing(office.open()) as store:
        for number in (7, 8, 9, 10):
            await store.write(noting(number))
    status, said = office.types("audit", "verify")
    assert status == 1
    assert "第 5 条及以前的操作记录整个重写过：和 2026-11-23 记下的" in said


@pytest.mark.parametrize(
    ("act", "told"),
    [
        ("UPDATE audit SET actor = 9 WHERE seq = 3", "第 3 条操作记录被改动过"),
        ("DELETE FROM audit WHERE seq = 2", "第 2 条操作记录不见了"),
    ],
)
async def test_rows_that_were_altered_are_named(office: Office, act: str, told: str) -> None:
    await office.works(5)
    await office.notes()
    office.tampers(act)
    status, said = office.types("audit", "verify")
    assert (status, told in said) == (1, True)


async def test_the_audit_is_checked_while_the_program_runs(office: Office) -> None:
    with closing(office.open()) as store:
        await store.write(noting(1))
        status, said = office.types("audit", "verify")
        assert (status, "共 1 条" in said) == (0, True)


async def test_a_head_is_noted_once_and_only_its_owner_reads_it(office: Office) -> None:
    await office.works(2)
    await office.notes()
    assert office.heads.stat().st_mode & 0o777 == 0o600
    assert re.fullmatch(
        r"2026-11-23 20:05 2 \d{4}-\d{4}-\d{4}-\d{4}-\d{4}\n", office.heads.read_text()
    )
    with closing(office.open()) as store:
        keeping = office.keeping(store)
        for _ in range(3):
            await keeping.note_head()
        await store.write(noting(3))
        await keeping.note_head()
    assert [one.seq for one in noted(office.heads)] == [2, 2, 3]


async def test_half_a_line_that_a_power_cut_left_hides_no_other(office: Office) -> None:
    await office.works(2)
    await office.notes()
    whole = office.heads.read_text()
    office.heads.write_text(whole + whole[:30])
    await office.notes()
    assert [one.seq for one in noted(office.heads)] == [2, 2]


@pytest.mark.parametrize(
    ("typed", "seq"),
    [
        ("2026-11-30 12345 0123-4567-8901-2345-6789", 12345),
        ("2026-11-30 12345 01234567890123456789", 12345),
        ("2026年11月30日，12345条，0123 4567 8901 2345 6789", 12345),
        ("２０２６－１１－３０ ７ 0123 4567 8901 2345 6789", 7),
        ("操作记录核对码：2026-11-30 20:05 12 0123-4567-8901-2345-6789（日期）", 12),
        ("2026-11-31 12345 0123-4567-8901-2345-6789", None),
        ("2026-11-30 12345 0123-4567-8901-2345-678", None),
        ("12345", None),
        ("1" * 100_000, None),
        ("", None),
    ],
)
def test_a_head_is_read_however_it_is_written(typed: str, seq: int | None) -> None:
    anchor = read_anchor(typed)
    assert (anchor and anchor.seq) == seq
    if anchor is not None:
        assert anchor.digits == "01234567890123456789"


def test_what_is_no_head_is_said_with_an_example(office: Office) -> None:
    status, said = office.types("audit", "verify", "--anchor", "七百条")
    assert (status, "“七百条”不像核对码" in said) == (2, True)


async def test_after_a_restore_what_was_noted_of_lost_rows_does_not_count(
    sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    office = Office(sqlite_url, tmp_path, capsys)
    await office.works(3)
    copy = tmp_path / "copy.db"
    assert office.types("backup", str(copy))[0] == 0
    await office.works(2)
    await office.notes()
    assert office.types("restore", str(copy))[0] == 0
    await office.works(1)
    status, said = office.types("audit", "verify")
    assert status == 0
    assert "共 4 条" in said
    assert "1 个核对码" in said


def test_backups_inside_of_the_data_are_refused(
    sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    office = Office(sqlite_url, tmp_path, capsys)
    office.config.write_text(
        office.config.read_text().replace(str(office.backups), str(tmp_path / "data" / "backups"))
    )
    status, said = office.types("audit", "verify")
    assert (status, "在数据目录" in said) == (2, True)


def noting(subject: int) -> Callable[[Work], None]:
    return lambda work: work.audit.write(3, "opened", "report", subject)
