"""A command that is written wrongly is told in one Chinese sentence, exit status 2."""

from pathlib import Path

import pytest

from bot.__main__ import main

DATA = Path(__file__).parents[1] / "data"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (["nonsense"], "没有“nonsense”这个命令。"),
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


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (b'listen = "127.0.0.1:8080"\ntelegram_token\n', "第 2 行写得不对"),
        ("county = '云岭'".encode("gb18030"), "不是 UTF-8 编码"),
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


def test_a_form_that_nothing_asks_is_said_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = (DATA.parents[1] / "forms" / "feedback.md").read_text("utf-8")
    file = tmp_path / "feedback.md"
    file.write_text(ours.replace("| feedback |\n", "| feedbak |\n"), "utf-8")
    assert main(["forms", "check", str(file)]) == 0
    assert "还没有地方会问它" in capsys.readouterr().out
