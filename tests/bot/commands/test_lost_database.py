"""A database that was there and is no more is never taken for a first day."""

import logging
import shutil
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.settings import HOME


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A county that has a database, its keys and a backup."""
    monkeypatch.setenv("BOT_DATABASE_URL", f"sqlite:///{tmp_path}/data/bot.db")
    monkeypatch.setenv("BOT_KEY_FILE", str(tmp_path / "keys" / "bot.keys"))
    assert main(["forms", "publish", str(HOME / "forms" / "feedback.md")]) == 0
    (tmp_path / "data-backups").mkdir()
    backup = tmp_path / "data-backups" / "xiangban-20261130T020000Z.db"
    assert main(["backup", str(backup)]) == 0
    return tmp_path


def lose(place: Path) -> None:
    """The disk is not mounted: the folder is there, and empty."""
    shutil.rmtree(place / "data")
    (place / "data").mkdir()


def test_no_command_makes_an_empty_one(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lose(place)
    publishing = ["forms", "publish", str(HOME / "forms" / "feedback.md")]
    for command in (publishing, ["run"], ["tokens", "list"]):
        assert main(command) == 2
        assert "不见了，可是密钥和它的备份都还在" in capsys.readouterr().err
    assert list((place / "data").iterdir()) == []


def test_the_doctor_says_so_and_only_looks(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lose(place)
    assert main(["doctor"]) == 2
    assert logging.getLogger("bot").isEnabledFor(logging.ERROR), "who comes after is heard again"
    told = capsys.readouterr().out
    assert "[要处理] 数据库：数据库 " in told
    assert "restore 备份文件" in told
    assert list((place / "data").iterdir()) == []


def test_it_is_restored_and_all_is_there(place: Path) -> None:
    lose(place)
    (backup,) = (place / "data-backups").glob("*.db")
    assert main(["restore", str(backup)]) == 0
    assert main(["tokens", "list"]) == 0


def test_keys_without_any_backup_are_a_first_day(place: Path) -> None:
    lose(place)
    shutil.rmtree(place / "data-backups")
    assert main(["doctor"]) == 2
    assert list((place / "data").iterdir()) == []
    assert main(["tokens", "list"]) == 0
