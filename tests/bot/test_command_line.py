"""A command that is written wrongly is told in one Chinese sentence, exit status 2."""

import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.commands.files import whole
from bot.commands.numbers import read_day
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
        (["stats", "--as-of", "昨天"], "“--as-of”后面的“昨天”不是日期，写成 2026-11-30 这样。"),
        (["stats", "--as-of", "2026-11-31"], "“--as-of”后面的“2026-11-31”不是日期"),
        (["stats", "--caliber", "3"], "“--caliber”不能写“3”，可以写：16、18。"),
        (["invite", "--count", "201"], "“--count”不能写“201”，可以写：1 到 200。"),
        (["poster", "town", "--to", "a"], "“哪里的墙”不能写“town”，可以写：village、school。"),
        (["stats", "——as-of", "今天"], "“——as-of”前面要写两个英文的减号，像这样：--as-of。"),
        (["invite", "－－role", "网格员"], "“－－role”前面要写两个英文的减号，像这样：--role。"),
        (["run", "--config", "a.toml"], "--config 要写在命令前面，像这样：python -m bot --config"),
        (["roster", "undo"], "还缺：文件或编号。"),
        (["poison", "discard", "9" * 23], "“编号”后面的“99999999999999999999999”写得不对。"),
        (["claims", "import", "a.xlsx", "--source", "公安"], "“--source”不能写“公安”，可以写："),
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


@pytest.mark.parametrize(
    "said", ["2026-11-30", "２０２６－１１－３０", "2026.11.30", "2026/11/30", "2026年11月30日"]
)
def test_a_day_is_read_as_people_write_it(said: str) -> None:
    assert read_day(said) == date(2026, 11, 30)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A county of its own in a folder whose name has a blank in it."""
    home = tmp_path / "我的 文件"
    home.mkdir()
    monkeypatch.setenv("BOT_DATABASE_URL", f"sqlite:///{tmp_path}/data/x.db")
    monkeypatch.setenv("BOT_KEY_FILE", str(tmp_path / "keys" / "x.keys"))
    monkeypatch.setenv("BOT_PUBLIC_URL", "https://bot.example.cn")
    return home


@pytest.mark.parametrize(
    "command",
    [
        ["areas", "import"],
        ["roster", "import"],
        ["responsibilities", "import"],
        ["shifts", "import"],
        ["claims", "import", "--source", "学籍"],
        ["calendar", "import"],
        ["forms", "check"],
    ],
    ids=" ".join,
)
def test_what_is_no_table_is_said_to_be_none(
    command: list[str],
    own: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("BOT_COUNTY", str(own))
    (own / "空.xlsx").touch()
    (own / "~$名册.xlsx").write_bytes(b"me")
    for name, said in (
        ("", "是一个文件夹"),
        ("没有.xlsx", "找不到文件"),
        ("空.xlsx", "是空的"),
        ("~$名册.xlsx", "打开表格时留下的"),
    ):
        assert main([*command, str(own / name)]) == 2
        told = capsys.readouterr().err
        assert f"{own / name}" in told
        assert said in told
        assert len(told.splitlines()) == 1


def test_who_can_be_given_no_sheet_is_not_invited(
    own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    county = DATA / "areas-yunling.xlsx"
    assert main(["areas", "import", str(county), "--county-name", "云岭县"]) == 0
    asked = ["invite", "--role", "网格员", "--area", "河湾村", "--sheet"]
    assert main([*asked, str(own / "没有" / "a.html")]) == 2
    told = capsys.readouterr()
    assert "/start" not in told.out
    assert f"{own / '没有' / 'a.html'} 写不了" in told.err
    assert main([*asked, str(own / "a.html")]) == 0
    assert [one.name for one in own.iterdir()] == ["a.html"]


def test_a_table_of_places_that_changes_nothing_asks_nothing(
    own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    county = ["areas", "import", str(DATA / "areas-yunling.xlsx"), "--county-name", "云岭县"]
    assert main(county) == 0
    capsys.readouterr()
    assert main(county) == 0
    assert capsys.readouterr().out == "和现在的一样，没有要改的。\n"


def test_a_day_before_the_first_child_is_told_why_it_counts_none(
    own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        main(["areas", "import", str(DATA / "areas-yunling.xlsx"), "--county-name", "云岭县"]) == 0
    )
    assert main(["stats", "--as-of", "2020年1月31日"]) == 0
    assert "2020-01-31 那天，台账里还没有孩子" in capsys.readouterr().out


def test_a_file_is_the_old_one_until_the_new_one_is_whole(own: Path) -> None:
    file = own / "名单.csv"
    file.write_text("旧的", "utf-8")

    def stopped_half_way() -> None:
        with whole(file) as half:
            half.write_text("新的一半", "utf-8")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped_half_way()
    assert [one.name for one in own.iterdir()] == ["名单.csv"]
    assert file.read_text("utf-8") == "旧的"
    with whole(file) as half:
        half.write_text("新的", "utf-8")
    assert file.read_text("utf-8") == "新的"


def test_a_table_that_somebody_mends_is_never_written_over(
    own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        main(["areas", "import", str(DATA / "areas-yunling.xlsx"), "--county-name", "云岭县"]) == 0
    )
    roster = own / "名册.xlsx"
    roster.write_bytes((DATA / "roster-yunling.xlsx").read_bytes())
    assert main(["roster", "import", str(roster), "--dry-run"]) == 0
    (own / "名册-错误说明.xlsx").write_bytes(b"mended")
    assert main(["roster", "import", str(roster), "--dry-run"]) == 0
    assert (own / "名册-错误说明.xlsx").read_bytes() == b"mended"
    assert "名册-错误说明-2.xlsx" in capsys.readouterr().out
    assert main(["roster", "import", str(own / "名册-错误说明-2.xlsx"), "--dry-run"]) == 0
    assert f"{own / '名册-错误说明-3.xlsx'}，" in capsys.readouterr().out


def test_a_roster_that_gives_children_back_after_a_hand_over_says_so(
    own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["areas", "import", str(DATA / "areas-yunling.xlsx"), "--county-name", "云岭县"])
    roster = own / "名册.xlsx"
    roster.write_bytes((DATA / "roster-yunling.xlsx").read_bytes())
    assert main(["roster", "import", str(roster)]) == 0
    capsys.readouterr()
    assert main(["roster", "import", str(roster), "--dry-run"]) == 0
    assert "换包保责任人" not in capsys.readouterr().out
    assert main(["hand-over", "--from", "陈涵", "--to", "曹涵洋"]) == 0
    assert main(["roster", "import", str(roster), "--dry-run"]) == 0
    assert "7 个孩子会照这份表换包保责任人" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (["tokens", "end"], "编号看 tokens list"),
        (["roster", "undo", "9" * 23], "请写明导入的编号"),
        (
            ["authenticators", "forget", "--person", "谁", "--why", "手机掉水里了"],
            "什么都没有取消",
        ),
        (["audit", "verify"], "没有数据库 "),
    ],
)
def test_what_is_not_there_is_told_with_where_to_look(
    written: list[str], said: str, own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert own.is_dir()
    if written[0] == "audit":
        assert (
            main(["areas", "import", str(DATA / "areas-yunling.xlsx"), "--county-name", "县"]) == 0
        )
        (own.parent / "data" / "x.db").unlink()
    assert main(written) == 2
    assert said in capsys.readouterr().err


def test_whoever_reads_only_the_first_lines_has_enough(own: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    program = [sys.executable, "-m", "bot", "doctor"]
    with os.fdopen(writer, "w") as out:
        done = subprocess.run(program, stdout=out, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


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
