"""bot tokens: given, listed and ended without the desk."""

import re
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.clock import Clock
from bot.commands.words import words
from bot.demo.people import COUNTY, NAME
from bot.settings import read_settings
from bot.tables.tables import read_areas
from tests.fakes.databases import open_memory


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A county of places, where commands find it."""
    monkeypatch.setenv("BOT_DATABASE_URL", f"sqlite:///{tmp_path / 'data' / 'x.db'}")
    monkeypatch.setenv("BOT_KEY_FILE", str(tmp_path / "k" / "x.keys"))
    store = open_memory(read_settings(), Clock())
    rows = read_areas(COUNTY / "areas.xlsx", words, NAME)
    store.write(lambda work: work.places.replace(rows)).result()
    store.close()


GIVE = ["tokens", "give", "--name", "县教育局学籍系统", "--area", "青石镇", "--days", "180"]


@pytest.mark.usefixtures("place")
def test_a_token_is_given_listed_and_ended(capsys: pytest.CaptureFixture[str]) -> None:
    kinds = ["--role", "县教育局", "--kind", "children.read", "--kind", "figures.read"]
    assert main([*GIVE, *kinds]) == 0
    said = capsys.readouterr().out
    token = re.search(r"^xiangban_[\w-]{43}$", said, re.MULTILINE)
    number = re.search(r"编号 (\d+)", said)
    assert token is not None
    assert number is not None
    assert main(["tokens", "list"]) == 0
    listed = capsys.readouterr().out
    assert "县教育局学籍系统" in listed
    assert "education" in listed
    assert token[0] not in listed
    assert main(["tokens", "end", number[1]]) == 0
    assert main(["tokens", "end", number[1]]) == 2
    capsys.readouterr()
    main(["tokens", "list"])
    assert "已作废" in capsys.readouterr().out


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    "more",
    [
        [],
        ["--kind", "children.read"],
        ["--role", "国王", "--kind", "children.read"],
        ["--area", "无名镇", "--kind", "reports.write"],
    ],
)
def test_what_is_missing_is_said(more: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*GIVE, *more]) == 2
    assert not capsys.readouterr().err.isascii()
