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

from bot.clock import Clock
from bot.commands import register
from bot.commands.command import Mend
from bot.commands.words import words
from bot.demo.people import COUNTY, NAME
from bot.exporting import export_rows
from bot.exporting.exports import EXPORTS
from bot.settings import Settings, read_settings
from bot.tables import rosters
from bot.tables.tables import read_areas
from policy.register.columns import COLUMNS
from policy.register.comparing import Outcome
from storage.cases.case import Owner
from storage.cases.duties import DutyIn
from storage.reporting.reports import ReportIn
from storage.store import Store
from storage.visiting.visit import VisitIn
from storage.work import Work
from tests.fakes.databases import open_memory
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
    opened = open_memory(settings, Clock())
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


def export(
    settings: Settings, what: str, to: Path | None = None, **more: str | bool | None
) -> None:
    asked = {"what": what, "to": to, "format": "jsonl", "reason": None, "masked": False, **more}
    register.export(argparse.Namespace(**asked), settings)


def read_again(settings: Settings, file: Path) -> dict[Outcome, int]:
    data = file.read_bytes()
    with closing(open_memory(settings, Clock())) as store:

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
    with closing(open_memory(settings, Clock())) as again:
        facts = again.read(lambda reading: reading.audit.of("area", 0)).result()
    assert [(one.verb, json.loads(one.detail)["rows"]) for one in facts] == [
        ("children.exported", 51)
    ]
    assert "市民政局" not in facts[0].detail


# -- visits, cases, duties ------------------------------------------------------------------------


def happen(work: Work) -> None:
    """A visit, a case that was accepted, and what is to be done about it."""
    village = work.areas.search("河湾村")[0].id
    child = next(one for one in work.children.page(0, 100) if one.name == "赵雨涵")
    director = work.people.meet("paper", "儿童主任").person_id
    work.visits.add(
        VisitIn(
            child_id=child.id,
            kind="home",
            result="done",
            seen=True,
            alone=False,
            answers=json.dumps({"note": "奶奶腿脚不便"}, ensure_ascii=False),
            person_id=director,
            role="child_director",
            source="paper",
            on_day=TODAY,
            true_at=work.now,
        )
    )
    told = ReportIn(
        draft_id=None,
        kind="report",
        area_id=village,
        form_version="x",
        answers=json.dumps({"what": "两天没人管"}, ensure_ascii=False),
        grade="orange",
        reasons=(),
        circumstances=("alone",),
        state="filed",
        anonymous=True,
    )
    owner = Owner(role="child_director", area_id=village, person_id=director)
    case = work.cases.open(work.reports.file(told), owner, stage="received", child_id=child.id)
    work.cases.claim(case.id, owner)
    work.duties.set(
        DutyIn(
            key="x",
            kind="first_contact",
            subject="case",
            subject_id=case.id,
            area_id=village,
            grade="orange",
            person_id=director,
            what="去他奶奶家看看",
            due_at=work.now,
            rings_at=None,
        )
    )


def rows_of(file: Path) -> list[dict[str, str]]:
    """A workbook as somebody sees it who opens it again."""
    page = load_workbook(file).active
    assert page is not None
    _, headings, *rows = page.iter_rows(values_only=True)
    return [
        {
            str(name): "" if cell is None else str(cell)
            for name, cell in zip(headings, row, strict=True)
        }
        for row in rows
    ]


def test_visits_leave_in_the_words_of_the_county(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    store.write(happen).result()
    store.close()
    export(settings, "visits", tmp_path / "走访.xlsx", format="xlsx")
    (visit,) = rows_of(tmp_path / "走访.xlsx")
    assert visit["走访日期"] == "2026-11-23 00:00:00"
    assert (visit["儿童姓名"], visit["走访人"], visit["岗位"]) == ("赵雨涵", "赵国强", "儿童主任")
    assert (visit["方式"], visit["结果"], visit["怎样记的"]) == ("入户", "完成", "纸")
    assert (visit["见到孩子"], visit["单独谈过"]) == ("是", "否")
    assert "奶奶腿脚不便" in visit["记下的话"]
    assert visit["地方"] == "青石镇河湾村二组"


def test_cases_leave_with_whose_they_are_and_how_they_stand(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    store.write(happen).result()
    store.close()
    export(settings, "cases", tmp_path / "工单.xlsx", format="xlsx")
    (case,) = rows_of(tmp_path / "工单.xlsx")
    assert len(case["工单号"]) == 9
    assert (case["等级"], case["走到哪一步"]) == ("橙", "受理")
    assert (case["经办人"], case["儿童姓名"]) == ("赵国强", "赵雨涵")
    assert case["收到时间"]
    assert case["接单时间"]
    assert case["结案时间"] == case["并入工单号"] == ""
    assert "两天没人管" not in str(case), "what was told leaves with the reports"


def test_duties_leave_with_their_time_and_whether_it_passed(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    store.write(happen).result()
    store.close()
    export(settings, "duties", tmp_path / "要办.csv", format="csv")
    _, headings, row = csv.reader((tmp_path / "要办.csv").read_text("utf-8-sig").splitlines())
    duty = dict(zip(headings, row, strict=True))
    assert len(duty["关于（工单号或姓名）"]) == 9
    assert (duty["由谁办"], duty["办了没有"], duty["超期"]) == ("赵国强", "没办", "是")
    assert duty["具体要办"] == "去他奶奶家看看"


@pytest.mark.parametrize("what", [*EXPORTS])
def test_a_masked_list_has_no_name_and_no_words_of_anybody(
    store: Store, settings: Settings, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    store.write(happen).result()
    store.close()
    export(settings, what, masked=True)
    told = capsys.readouterr().out
    assert len(told.splitlines()) > 1
    secrets = ("赵雨涵", "王小明", "13512345678", "奶奶", "两天没人管")
    assert [one for one in secrets if one in told] == []


def test_what_is_masked_leaves_without_a_reason_and_is_written_down(
    store: Store, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    def many(work: Work) -> None:
        village = work.areas.search("河湾村")[0].id
        for number in range(60):
            work.children.add(village, {"name": f"孩子{number}"}, source="roster", by=0)

    store.write(many).result()
    store.close()
    export(settings, "children", masked=True)
    assert "孩子1" not in capsys.readouterr().out
    with closing(open_memory(settings, Clock())) as again:
        facts = again.read(lambda reading: reading.audit.of("area", 0)).result()
    assert [(one.verb, json.loads(one.detail)["rows"]) for one in facts] == [
        ("children.exported", 65)
    ]


def test_a_list_is_read_page_by_page_to_its_end(
    store: Store, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_rows, "PAGE", 2)
    store.close()
    export(settings, "children", tmp_path / "台账.xlsx", format="xlsx")
    assert len(rows_of(tmp_path / "台账.xlsx")) == len(CHILDREN)
    assert {one.name for one in tmp_path.iterdir() if one.is_dir()} == {"data", "k"}


def test_a_workbook_needs_a_file_to_go_to(store: Store, settings: Settings) -> None:
    with pytest.raises(Mend, match="写明文件"):
        export(settings, "children", format="xlsx")
