"""Lists leave under the official headings, with a mark, a reason, and a line in the audit."""

import argparse
import asyncio
import csv
import json
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook

from bot import app, register_commands, rosters
from bot.clock import Clock
from bot.commands import Mend
from bot.demo.people import COUNTY, NAME
from bot.office_words import words
from bot.settings import Settings, read_settings
from bot.tables import read_areas
from policy.register.columns import COLUMNS
from policy.register.comparing import Outcome
from storage.store import Store
from storage.work import Work
from tests.stories.test_children import CHILDREN, settle_children

TODAY = date(2026, 11, 23)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings(
        database_url=f"sqlite:///{tmp_path / 'data' / 'x.db'}", key_file=tmp_path / "k" / "x.keys"
    )


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    """A county with five children; closed before a command opens it."""
    opened = app.open_memory(settings, Clock())
    areas = read_areas(COUNTY / "areas.xlsx", words, NAME)
    opened.write(lambda work: work.places.replace(areas)).result()
    opened.write(_director_with_children).result()
    yield opened
    opened.close()


def _director_with_children(work: Work) -> None:
    settle_children(work)
    director = work.people.meet("paper", "儿童主任").person_id
    work.people.set_name(director, "赵国强")
    work.people.set_phone(director, "13512345678")


def export(settings: Settings, what: str, to: Path | None = None, **more: str | None) -> None:
    asked = {"what": what, "to": to, "format": "jsonl", "reason": None, **more}
    register_commands.export(argparse.Namespace(**asked), settings)


def read_again(settings: Settings, file: Path) -> dict[Outcome, int]:
    data = file.read_bytes()
    with closing(app.open_memory(settings, Clock())) as store:

        async def look() -> rosters.Preview:
            return await rosters.preview(store, file.name, data, TODAY)

        return {**asyncio.run(look()).counts}


def test_an_exported_register_can_be_imported_again_and_changes_nothing(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    store.close()
    file = tmp_path / "台账.xlsx"
    export(settings, "children", file, format="xlsx")
    counts = read_again(settings, file)
    # Without identity numbers a human has to say whether it is the same child.
    assert counts == {"doubtful": len(CHILDREN)}
    page = load_workbook(file).active
    assert page is not None
    headings = [cell.value for cell in page[2]]
    assert headings == [column.heading for column in COLUMNS.table.values()]


def test_who_holds_whom_is_one_line_a_child(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    store.close()
    file = tmp_path / "包保.csv"
    export(settings, "responsibilities", file, format="csv")
    mark, headings, *rows = csv.reader(file.read_text("utf-8-sig").splitlines())
    assert "共 5 行" in mark[0]
    assert headings[3:] == ["姓名", "公民身份证号码", "包保责任人", "包保责任人电话", "其他责任人"]
    assert sorted(tuple(row[3:4] + row[5:7]) for row in rows) == [
        ("王小明", "", ""),
        ("王小明", "赵国强", "13512345678"),
        ("王小芳", "赵国强", "13512345678"),
        ("王晓明", "", ""),
        ("赵雨涵", "赵国强", "13512345678"),
    ]


def test_more_than_fifty_names_leave_only_with_a_reason_and_the_audit_knows(
    store: Store, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    def more(work: Work) -> None:
        village = work.areas.search("河湾村")[0].id
        for number in range(46):
            work.children.add(village, {"name": f"孩子{number}"}, source="roster", by=0)

    store.write(more).result()
    store.close()
    with pytest.raises(Mend, match="超过 50 个要写明做什么用"):
        export(settings, "children")
    assert capsys.readouterr().out == ""
    export(settings, "children", reason="上报市民政局")
    assert len(capsys.readouterr().out.splitlines()) == 1 + 51
    with closing(app.open_memory(settings, Clock())) as again:
        facts = again.read(lambda reading: reading.audit.of("area", 0)).result()
    assert [(one.verb, json.loads(one.detail)["rows"]) for one in facts] == [
        ("children.exported", 51)
    ]
    assert "市民政局" not in facts[0].detail


def test_a_workbook_needs_a_file_to_go_to(store: Store, settings: Settings) -> None:
    with pytest.raises(Mend, match="写明文件"):
        export(settings, "children", format="xlsx")
