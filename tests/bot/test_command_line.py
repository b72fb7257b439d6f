"""A command that is written wrongly is told in one Chinese sentence, exit status 2."""

import re
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.commands.words import words

DATA = Path(__file__).parents[1] / "data"
COMMANDS = [key.removeprefix("help.") for key in words.table if key.startswith("help.")]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (["nonsense"], "没有“nonsense”这个命令。"),
        ([], "还缺：命令。"),
        (["forms", "check"], "还缺：文件。"),
        (["invite", "--role", "网格员"], "还缺：--area。"),
        (["invite", "--role"], "“--role”后面还缺一个值。"),
        (["stats", "--as-of", "昨天"], "“--as-of”后面的“昨天”写得不对。"),
        (["stats", "--caliber", "3"], "“--caliber”不能写“3”。"),
        (["doctor", "--all"], "多了这些，不认识：--all。"),
    ],
)
def test_what_cannot_stand_there_is_said(
    written: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(written)
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith(said)
    assert "--help" in told
    assert len(told.splitlines()) == 1


#: How argparse says it by itself.
ENGLISH = re.compile(r"usage|positional|options|show this|COMMAND|[^_A-Z][A-Z]+[ \]\n]")


@pytest.mark.parametrize("command", [None, *COMMANDS])
def test_the_help_of_every_command_is_chinese(
    command: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*([command] if command else []), "--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert told.startswith("写法：python -m bot")
    written = told.partition("\n\n")[0]  # what is not there stands for a value
    assert not ENGLISH.search(written), told
    assert not re.search("usage:|options:|positional arguments:|show this", told), told


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (b'listen = "127.0.0.1:8080"\ntelegram_token\n', "第 2 行写得不对"),
        ("county = '云岭'".encode("gb18030"), "不是 UTF-8 编码"),
        (b'backup_days = "7 days"\n', "要写整数，例如 7"),
        (b"backup_days = 0\n", "不能小于 1"),
        (b"backup_days = 91\n", "不能大于 90"),
        ('telegram_given_up = "好"\n'.encode(), "要写 true（是）或 false（否）"),
        (b'telegram_pace = "fast"\n', "要写数，例如 2.5"),
        (b"telegram_token = 12345\n", "要用引号括起来"),
        (b'\xef\xbb\xbflissten = "127.0.0.1:8080"\n', "是不是要写 listen"),
    ],
)
def test_a_settings_file_that_cannot_be_read_names_the_line(
    settings: bytes, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "settings.toml"
    file.write_bytes(settings)
    assert main(["--config", str(file), "doctor"]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "key/value" not in told
    assert "Input should" not in told


@pytest.mark.parametrize(
    ("file", "said"),
    [("nowhere/list.html", "没有这个文件夹"), ("", "是一个文件夹")],
)
def test_a_file_that_cannot_be_written_is_told(
    file: str,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("BOT_DATABASE_URL", f"sqlite:///{tmp_path}/data/x.db")
    monkeypatch.setenv("BOT_KEY_FILE", str(tmp_path / "keys" / "x.keys"))
    monkeypatch.setenv("BOT_PUBLIC_URL", "https://bot.example.cn")
    assert main(["poster", "school", "--to", str(tmp_path / file)]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert len(told.splitlines()) == 1


def test_a_form_that_nothing_asks_is_said_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = (DATA.parents[1] / "forms" / "feedback.md").read_text("utf-8")
    file = tmp_path / "feedback.md"
    file.write_text(ours.replace("| feedback |\n", "| feedbak |\n"), "utf-8")
    assert main(["forms", "check", str(file)]) == 0
    assert "还没有地方会问它" in capsys.readouterr().out
