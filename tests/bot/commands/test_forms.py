"""forms check, publish, export: what a clerk at the machine sees."""

import os
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.settings import HOME
from conversation.publishing import Published, publish
from tests.conversation.test_publishing import published

FEEDBACK = (HOME / "forms" / "feedback.md").read_text("utf-8")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in which somebody works, with a database of its own beside it."""
    monkeypatch.setenv("BOT_DATABASE_URL", f"sqlite:///{tmp_path}/data/bot.db")
    monkeypatch.setenv("BOT_KEY_FILE", str(tmp_path / "keys" / "bot.keys"))
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(HOME))  # a child finds the program from anywhere
    monkeypatch.chdir(folder)
    return folder


def version(file: Path) -> str:
    """Of the form in a workbook."""
    return published(file.read_bytes(), file.name).version


def test_a_form_is_exported_by_its_name_as_it_is_in_force(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["forms", "export", "feedback"]) == 0
    assert version(place / "feedback.xlsx") == published(FEEDBACK, "feedback.md").version
    changed = place / "意见.md"
    changed.write_text(FEEDBACK.replace("用起来顺手吗？", "好用吗？"), "utf-8")
    assert main(["forms", "publish", str(changed)]) == 0
    expected = version(changed)
    changed.unlink()
    assert main(["forms", "export", "feedback"]) == 0
    assert version(place / "feedback-2.xlsx") == expected
    assert "feedback-2.xlsx" in capsys.readouterr().out


def test_what_a_command_writes_only_its_owner_reads(place: Path) -> None:
    before = os.umask(0o022)
    try:
        assert main(["forms", "export", "feedback"]) == 0
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)
    assert (place / "feedback.xlsx").stat().st_mode & 0o777 == 0o600


def test_a_table_that_somebody_changed_is_never_written_over(place: Path) -> None:
    for name in ("feedback.xlsx", "feedback-2.xlsx", "feedback-3.xlsx"):
        assert main(["forms", "export", "feedback"]) == 0
        assert (place / name).exists()


def test_a_compiled_form_of_a_settings_folder_becomes_a_table(place: Path) -> None:
    outcome = publish(FEEDBACK.encode(), "feedback.md")
    assert isinstance(outcome, Published)
    (place / "feedback.json").write_text(outcome.form.to_json(), "utf-8")
    assert main(["forms", "export", "feedback.json"]) == 0
    assert version(place / "feedback.xlsx") == outcome.form.version


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("没有的", None, "没有叫“没有的”的问卷"),
        ("没有的.xlsx", None, "找不到文件"),
        ("old.xls", b"\xd0\xcf\x11\xe0", "老格式"),
        ("broken.xlsx", b"PK", "无法打开这个文件"),
        ("broken.json", b"{}", "没有导出"),
        ("broken.json", b"\xff", "没有导出"),
    ],
)
def test_what_cannot_be_exported_is_said_and_nothing_is_written(
    name: str,
    content: bytes | None,
    said: str,
    place: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if content is not None:
        (place / name).write_bytes(content)
    before = sorted(place.iterdir())
    assert main(["forms", "export", name]) == 2
    assert said in capsys.readouterr().err
    assert sorted(place.iterdir()) == before
