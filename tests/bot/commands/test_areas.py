"""`bot areas import` over places that are there: what changes is said, asked about, then done."""

import argparse
import io
from pathlib import Path

import pytest

from bot.clock import Clock
from bot.commands import areas
from bot.commands.command import Mend, memory
from bot.settings import Settings, read_settings
from storage.work import Reading, Work
from tests.fakes.databases import open_memory

HEADING = "乡镇(街道),村(居),组(网格),别名"
FIRST = (
    "青石镇,河湾村,一组,",
    "青石镇,河湾村,二组,",
    "青石镇,大坪村,一组,",
    "云峰乡,云峰村,一组,",
)
#: 大坪村 is gone, and a village that was not there has its group.
PERHAPS_RENAMED = (*FIRST[:2], "青石镇,大坪社区,一组,", FIRST[3])
#: The same, said in the table itself.
RENAMED = (*FIRST[:2], "青石镇,大坪社区,一组,大坪村", FIRST[3])
WITHOUT = (*FIRST[:2], FIRST[3])


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = read_settings(
        database_url=f"sqlite:///{tmp_path / 'data' / 'county.db'}",
        key_file=tmp_path / "keys" / "county.keys",
    )
    open_memory(made, Clock()).close()
    return made


@pytest.fixture
def office(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Office":
    return Office(settings, tmp_path, monkeypatch)


class Office:
    """The command line of a county."""

    def __init__(self, settings: Settings, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self._settings, self._folder, self._patch = settings, folder, patch

    def imports(self, rows: tuple[str, ...], *answers: str, yes: bool = False) -> None:
        """Take a table; whoever sits there answers what is asked, then says no more."""
        file = self._folder / "areas.csv"
        file.write_text("\n".join((HEADING, *rows)) + "\n", "utf-8")
        self._patch.setattr("sys.stdin", io.StringIO("".join(f"{one}\n" for one in answers)))
        asked = argparse.Namespace(file=file, county_name="云岭县", yes=yes)
        areas.areas_import(asked, self._settings)

    def places(self) -> dict[str, int]:
        """All places by their whole name."""

        def look(reading: Reading) -> dict[str, int]:
            tree = reading.areas
            ids = [one for root in tree.roots() for one in tree.descendants(root.id)]
            return {tree.full_name(one): one for one in ids}

        with memory(self._settings) as store:
            return store.read(look).result()

    def enters_child(self, place: str) -> None:
        def enter(work: Work) -> None:
            area = self.known[place]
            work.children.add(area, {"name": "孩子"}, source="registration", by=0)

        self.known = self.places()
        with memory(self._settings) as store:
            store.write(enter).result()


def test_the_first_table_is_taken_without_a_question(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    office.imports(FIRST)
    said = capsys.readouterr().out
    assert "2 个乡镇、3 个村、4 个组" in said
    assert "写“是”" not in said
    assert "青石镇河湾村二组" in office.places()


@pytest.mark.parametrize("answers", [(), ("",), ("不",)])
def test_without_a_yes_nothing_changes(
    office: Office, capsys: pytest.CaptureFixture[str], answers: tuple[str, ...]
) -> None:
    office.imports(FIRST)
    before = office.places()
    office.imports(RENAMED, *answers)
    said = capsys.readouterr().out
    assert "大坪社区" in said
    assert "这样改吗？" in said
    assert "没有改，地名还是原来的" in said
    assert office.places() == before


def test_a_yes_renames_and_the_place_stays_who_it_is(office: Office) -> None:
    office.imports(FIRST)
    before = office.places()
    office.imports(RENAMED, "是")
    after = office.places()
    assert after["青石镇大坪社区"] == before["青石镇大坪村"]
    assert after["青石镇大坪社区一组"] == before["青石镇大坪村一组"]
    assert "青石镇大坪村" not in after


def test_what_only_looks_like_a_new_name_is_asked_about_first(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    office.imports(FIRST)
    before = office.places()
    office.imports(PERHAPS_RENAMED, "是", "是")
    said = capsys.readouterr().out
    assert said.index("上面这些是改名吗？") < said.index("这样改吗？")
    assert office.places()["青石镇大坪社区"] == before["青石镇大坪村"]


def test_no_new_name_means_another_place(office: Office) -> None:
    office.imports(FIRST)
    before = office.places()
    office.imports(PERHAPS_RENAMED, "", "是")
    assert office.places()["青石镇大坪社区"] != before["青石镇大坪村"]
    assert "青石镇大坪村" not in office.places()


def test_yes_beforehand_never_answers_what_a_human_must_look_at(office: Office) -> None:
    office.imports(FIRST)
    before = office.places()
    with pytest.raises(Mend, match="大坪"):
        office.imports(PERHAPS_RENAMED, yes=True)
    assert office.places() == before
    office.imports(RENAMED, yes=True)
    assert "青石镇大坪社区" in office.places()


def test_a_place_where_children_live_is_not_taken_away(office: Office) -> None:
    office.imports(FIRST)
    office.enters_child("青石镇大坪村一组")
    before = office.places()
    with pytest.raises(Mend, match="还有人和事"):
        office.imports(WITHOUT, "是")
    assert office.places() == before
