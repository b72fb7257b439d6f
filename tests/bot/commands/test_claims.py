"""bot claims import: a list is kept beside the register, which stays as it is."""

from pathlib import Path

import pytest

from bot.__main__ import main
from bot.clock import Clock
from bot.commands.words import words
from bot.demo.people import COUNTY, NAME
from bot.settings import read_settings
from bot.tables.tables import read_areas
from tests.fakes.databases import open_memory


def test_a_list_is_counted_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BOT_DATABASE_URL", f"sqlite:///{tmp_path / 'data' / 'x.db'}")
    monkeypatch.setenv("BOT_KEY_FILE", str(tmp_path / "k" / "x.keys"))
    store = open_memory(read_settings(), Clock())
    rows = read_areas(COUNTY / "areas.xlsx", words, NAME)
    store.write(lambda work: work.places.replace(rows)).result()
    store.close()
    file = tmp_path / "学籍.csv"
    file.write_text("姓名,身份证号,村\n赵新来,520123201702030056,青石镇河湾村\n", "utf-8-sig")
    assert main(["claims", "import", str(file), "--source", "school"]) == 0
    assert "只有他们有 1" in capsys.readouterr().out
    assert main(["claims", "import", str(tmp_path / "没有.csv"), "--source", "school"]) == 2
    file.write_text("甲,乙\n1,2\n", "utf-8-sig")
    assert main(["claims", "import", str(file), "--source", "school"]) == 2
    store = open_memory(read_settings(), Clock())
    lists, children = store.read(
        lambda reading: (reading.claims.lists(), reading.children.page(0, 10))
    ).result()
    store.close()
    assert ([one.source for one in lists], children) == (["school"], ())
