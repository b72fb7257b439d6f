"""calendar import: the year below what the county wrote, or every fault and nothing written."""

from datetime import date
from pathlib import Path

import pytest

import policy
from bot.__main__ import main
from policy.tables import load_policy

NOTICE = (Path(__file__).parents[2] / "data" / "notices" / "2026.txt").read_text("utf-8")


@pytest.fixture
def county(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "county"
    (folder / "policy").mkdir(parents=True)
    monkeypatch.setenv("BOT_COUNTY", str(folder))
    monkeypatch.setenv("BOT_KEY_FILE", str(tmp_path / "keys"))
    return folder


def test_a_notice_is_written_below_what_the_county_wrote(
    county: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = county / "policy" / "calendar.toml"
    table.write_text("[office]\ncloses = 18:00:00\n", "utf-8")
    notice = tmp_path / "通知.txt"
    notice.write_text(NOTICE, "gb18030")
    assert main(["calendar", "import", str(notice)]) == 0
    assert capsys.readouterr().out == (
        f"2026年的放假安排已写进 {table}：7 个节日，6 天调休上班。程序重新启动后生效。\n"
    )
    calendar = load_policy(Path(policy.__file__).parent, county).calendar
    assert calendar.closes.hour == 18
    assert date(2026, 2, 14) in calendar.workdays


def test_a_year_is_not_entered_twice(
    county: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notice = tmp_path / "通知.txt"
    notice.write_text(NOTICE, "utf-8")
    table = county / "policy" / "calendar.toml"
    assert main(["calendar", "import", str(notice)]) == 0
    before = table.read_bytes()
    assert main(["calendar", "import", str(notice)]) == 2
    assert capsys.readouterr().err.endswith(
        "calendar.toml：已经有2026年了。要换成新的，请先把这一年从文件里删掉\n"
    )
    assert table.read_bytes() == before


def test_nothing_is_written_when_the_notice_has_a_fault(
    county: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notice = tmp_path / "通知.txt"
    notice.write_text(NOTICE.replace("共9天", "共8天").replace("七、国庆节：", ""), "utf-8")
    assert main(["calendar", "import", str(notice)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2
    assert not (county / "policy" / "calendar.toml").exists()


def test_without_a_county_there_is_nowhere_to_write(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BOT_COUNTY", raising=False)
    assert main(["calendar", "import", str(tmp_path / "none.txt")]) == 2
    assert "BOT_COUNTY" in capsys.readouterr().err
