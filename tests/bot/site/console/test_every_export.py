"""Every list that leaves the house: no formula, a mark, a reason above fifty, a line in the audit.

The first test reads the program itself, so that a new way out must come here.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
from aiohttp import ClientResponse
from openpyxl import load_workbook

from bot.exporting.takeout import Taken
from bot.settings import HOME
from bot.site.console import export_pages
from handlers.office.children import Asked
from policy.listing import may_act
from policy.register.columns import COLUMNS
from storage.audit import Fact
from storage.work import Work
from tests.bot.site.console.conftest import Console, fields, takeout_of
from tests.fakes.house import House

#: Where tables are written, and nowhere else: questions of forms hold nobody's words.
WRITERS = {
    "conversation/publishing.py",
    "policy/listing.py",
    "policy/summary_workbook.py",
    "policy/register/marking.py",
    "handlers/papers/chart_writing.py",
}
#: Who gives files away; each notes it.
TAKERS = {
    "bot/jail.py",  # writes large ones beside the program, for who gives them away
    "bot/exporting/exports.py",
    "bot/commands/routes.py",
    "bot/commands/register.py",
    "bot/commands/stats.py",
    "bot/site/console/figures.py",
    "bot/site/console/front.py",
    "bot/site/console/export_pages.py",
    "bot/exporting/takeout.py",  # so do long ones of children
}
LISTS = ("cases", "children", "hands", "school", "visits", "staff", "looks")
#: One column each; a file holds every one of them.
HOSTILE = (
    *('=HYPERLINK("http://x","点")', "+1+1", "-1-1", "@SUM(A1)", "|cmd", "%0A", "＝1+1", "＋1"),
    *(
        "－1",
        "＠a",
        " =1",
        "\t=1",
        "\u3000＝1",
        "\ufeff=1",
        "\u200b=1",
        "a\n=1",
        '";=1;"',
        "=1\r\n=2",
    ),
)


def _sources() -> Iterator[tuple[str, str]]:
    for folder in ("bot", "handlers", "policy", "storage", "conversation"):
        for file in sorted((HOME / folder).rglob("*.py")):
            yield str(file.relative_to(HOME)), file.read_text("utf-8")


def test_whoever_writes_a_table_is_known() -> None:
    writes = re.compile(r"openpyxl import Workbook\b|xlsxwriter|csv\.writer\(|DictWriter\(")
    assert {name for name, text in _sources() if writes.search(text)} == WRITERS


def test_whoever_gives_a_table_away_is_known() -> None:
    gives = re.compile(
        r"\b(as_workbook|as_text|as_file|as_listing|text_lines|as_long_workbook|write_workbook)\("
    )
    found = {name for name, text in _sources() if gives.search(text)}
    assert found - WRITERS - {"bot/exporting/exports.py"} == TAKERS - {"bot/exporting/exports.py"}
    notes = re.compile(r"note_export\(|exports\.note\(|take_out\(")
    texts = dict(_sources())
    for name in TAKERS - {"bot/jail.py", "bot/exporting/takeout.py", "bot/site/console/front.py"}:
        assert notes.search(texts[name]), name


def _settle(work: Work, count: int = 4) -> None:
    """Children and colleagues whose every word is meant to be run by a spreadsheet."""
    home = work.areas.search("河湾村一组")[0].id
    free = [key for key, one in COLUMNS.table.items() if one.kind in ("text", "name", "school")]
    for number in range(count):
        values = {key: HOSTILE[(number + at) % len(HOSTILE)] for at, key in enumerate(free)}
        values |= {
            "id_number": f"52012320160305{number:04}",
            "guardian_phone": "13800000000",
            "birth_date": "2016-03-05",
        }
        child = work.children.add(home, values, source="roster", by=0)
        person = work.people.meet("paper", f"walker-{number}").person_id
        work.people.set_name(person, HOSTILE[number % len(HOSTILE)])
        work.people.add_role(person, "grid_worker", home)
        work.responsibilities.assign(child, person, by=0)
        supervisor = work.people.meet("paper", "督导员").person_id
        work.children.open(child, supervisor, reason=HOSTILE[number % len(HOSTILE)])


async def _taken(console: Console, what: str, kind: str, **more: str) -> ClientResponse:
    form = fields(await console.gets()) | {"what": what, "format": kind, **more}
    return await console.posts("/console/export", form)


async def _facts(console: Console) -> list[Fact]:
    found = await console.house.store.read(lambda reading: reading.audit.of("area", 0))
    return [fact for fact in found if fact.verb.endswith(".exported")]


def _rows(kind: str, body: bytes) -> list[list[str]]:
    """What stands in a file; fails for any cell that a spreadsheet would run."""
    if kind == "csv":
        assert body.startswith(b"\xef\xbb\xbf")
        rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    else:
        page = load_workbook(io.BytesIO(body)).active
        assert page is not None
        cells = [list(row) for row in page.iter_rows()]
        assert not any(cell.data_type == "f" for row in cells for cell in row)
        rows = [[str(cell.value or "") for cell in row] for row in cells]
    assert not any(may_act(cell) for row in rows for cell in row)
    return rows


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
@pytest.mark.parametrize("what", LISTS)
async def test_a_list_does_nothing_and_says_who_took_it(
    console: Console, what: str, kind: str
) -> None:
    await console.comes_in("督导员")
    await console.house.store.write(_settle)
    response = await _taken(console, what, kind, reason="核对")
    assert response.status == 200
    rows = _rows(kind, await response.read())
    mark = rows[0][0]
    assert "督导员 于 2026-11-20 10:00 导出" in mark
    (fact,) = await _facts(console)
    assert (fact.verb, json.loads(fact.detail)["rows"]) == (
        f"{what}.exported",
        max(0, len(rows) - 2),
    )
    assert f"共 {max(0, len(rows) - 2)} 行" in mark


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
async def test_a_long_list_is_written_beside_the_program_and_is_the_same(
    console: Console, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await console.comes_in("督导员")
    await console.house.store.write(_settle)
    here = _rows(kind, await (await _taken(console, "children", kind, reason="核对")).read())
    monkeypatch.setattr(export_pages, "IN_PLACE", 0)
    refused = await _taken(console, "children", kind)
    assert refused.content_type == "text/html"
    response = await _taken(console, "children", kind, reason="核对")
    assert response.status == 200
    assert _rows(kind, await response.read()) == here
    facts = await _facts(console)
    assert [json.loads(fact.detail)["rows"] for fact in facts] == [len(here) - 2] * 2


async def test_a_long_list_is_not_written_for_whoever_is_out(house: House) -> None:
    await house.store.write(_settle)
    taken = await takeout_of(house).children(
        bytes(32), Asked(), title="儿童", who="谁", now=house.clock.now(), kind="csv"
    )
    assert taken == Taken(0, b"")


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
async def test_numbers_of_people_stay_text(console: Console, kind: str) -> None:
    await console.comes_in("督导员")
    await console.house.store.write(_settle)
    body = await (await _taken(console, "children", kind)).read()
    rows = _rows(kind, body)
    at = rows[1].index(COLUMNS["id_number"].heading)
    assert {row[at].strip() for row in rows[2:]} == {f"52012320160305{n:04}" for n in range(4)}
    if kind == "csv":
        assert all(row[at].startswith("\t") for row in rows[2:])
        return
    page = load_workbook(io.BytesIO(body)).active
    assert page is not None
    phone = rows[1].index(COLUMNS["guardian_phone"].heading)
    for column in (at, phone):
        assert page.cell(3, column + 1).number_format == "@"
        assert page.cell(3, column + 1).data_type == "s"


@pytest.mark.parametrize("what", ["children", "staff", "hands", "looks"])
async def test_more_than_fifty_names_need_a_reason(console: Console, what: str) -> None:
    await console.comes_in("督导员")
    await console.house.store.write(lambda work: _settle(work, 51))
    asked = await (await _taken(console, what, "csv")).text()
    assert "做什么用" in asked
    assert await _facts(console) == []
    assert (await _taken(console, what, "csv", reason="上报市民政局")).status == 200
    (fact,) = await _facts(console)
    assert json.loads(fact.detail)["rows"] >= 51
    assert "reason" in json.loads(fact.detail)


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
@pytest.mark.parametrize("path", ["analysis", "summary"])
async def test_numbers_leave_in_both_forms(console: Console, path: str, kind: str) -> None:
    await console.comes_in("督导员")
    await console.house.store.write(_settle)
    page = await console.gets(f"/console/{path}")
    form = fields(page) | dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    form |= {"format": kind, "reason": "上报"}
    response = await console.posts(f"/console/{path}/file", form)
    assert response.status == 200
    told = "".join(cell for row in _rows(kind, await response.read()) for cell in row)
    assert "督导员" in told
    assert "2026-11-20 10:00" in told
    (fact,) = await _facts(console)
    assert json.loads(fact.detail)["rows"] > 0


def test_lists_of_the_desk_are_those_of_this_test() -> None:
    text = dict(_sources())["bot/site/console/export_pages.py"]
    assert set(re.findall(r'Wanted\(what="(\w+)"', text)) == {*LISTS, "claims"}
    templates: Sequence[Path] = [*(HOME / "bot/site/console/templates").glob("*.html")]
    offered = set(re.findall(r'parts\.export\("(\w+)"', "".join(t.read_text() for t in templates)))
    assert offered == {*LISTS, "claims"}


NARROWED = {
    "visits": {"day": "2026-11-20"},
    "staff": {"q": "walker", "only": "unreached"},
    "school": {"ledger": "suspected"},
    "cases": {"state": "closed", "grade": "red", "only": "late"},
    "children": {"tier": "red", "status": "left", "only": "late"},
    "claims": {"list": "x"},
}


TITLES = {
    "visits": ("走访（2026-11-20）", {"day": "2026-11-20"}),
    "overdue": ("走访（已经过期）", {}),
    "staff": ("人员（消息送不到）", {"only": "unreached"}),
    "school": ("缺课学生（可能不读书了的）", {"ledger": "suspected"}),
    "cases": ("工单清单（已结案、红）", {"state": "closed", "grade": "red"}),
    "late": ("工单清单（已超时）", {"only": "late"}),
    "children": ("儿童台账（已离开、红）", {"tier": "red", "status": "left"}),
    "all": ("儿童台账", {}),
}


@pytest.mark.parametrize("kind", TITLES)
async def test_a_file_of_a_narrowed_list_says_that_it_is_not_all(
    console: Console, kind: str
) -> None:
    title, filters = TITLES[kind]
    what = {"overdue": "visits", "late": "cases", "all": "children"}.get(kind, kind)
    await console.comes_in("县民政")
    response = await _taken(console, what, "csv", **filters)
    assert unquote(response.headers["Content-Disposition"]).endswith(f"''{title}.csv")
    assert _rows("csv", await response.read())[0][0].startswith(f"{title}：县民政 于 ")


@pytest.mark.parametrize(("what", "filters"), NARROWED.items(), ids=NARROWED)
async def test_the_question_for_a_reason_forgets_nothing_of_what_was_asked(
    console: Console, monkeypatch: pytest.MonkeyPatch, what: str, filters: dict[str, str]
) -> None:
    """Else another list leaves than the one that was looked at."""
    monkeypatch.setattr(export_pages, "WITHOUT_REASON", -1)
    await console.comes_in("县民政")
    page = await (await _taken(console, what, "csv", **filters)).text()
    kept = dict(re.findall(r'<input type="hidden" name="([\w.]+)" value="([^"]*)">', page))
    assert "导出要写原因" in page
    assert kept == {**kept, "what": what, "format": "csv", **filters}


async def test_whoever_keeps_the_whole_county_reads_who_took_which_list_and_why(
    console: Console, browser: Callable[[], Console]
) -> None:
    """The township that took it does not read of others."""
    await console.comes_in("督导员")
    await console.house.store.write(_settle)
    await _taken(console, "children", "xlsx", reason="核对<b>名册</b>")
    await _taken(console, "hands", "csv")
    await console.house.store.write(lambda work: work.exports.note("children", 7, by=0))
    assert "谁导出过清单" not in await console.gets("/console/looks")
    county = browser()
    await county.comes_in("县民政")
    page = (await county.gets("/console/looks")).partition('id="left"')[2]
    lines = [
        re.findall(r'<td data-label="[^"]+">(?:<time>)?([^<\n]+)', one)
        for one in page.split("<tr>")[2:]
    ]
    assert [line[1:] for line in lines] == [
        ["管服务器的人", "儿童台账", "7", "不多，没写"],
        ["督导员", "包保责任", "4", "不多，没写"],
        ["督导员", "儿童台账", "4", "核对&lt;b&gt;名册&lt;/b&gt;"],
    ]


async def test_what_programs_took_stands_below_what_people_took(
    console: Console, browser: Callable[[], Console]
) -> None:
    def took(work: Work) -> None:
        county = work.areas.roots()[0].id
        made, token = work.machines.make(
            "县医院<i>", "civil_affairs", county, ("children.read", "names"), timedelta(30), by=0
        )
        program, nobody = work.machines.by_token(token), work.machines.get(made)
        assert program is not None
        assert nobody is not None
        for rows in (100, 37):
            work.machines.note(program, "children", work.areas.search("青石镇")[0].id, rows, by=0)
        work.machines.note(program, "figures", county, 40, by=0)

    await console.comes_in("县民政")
    await console.house.store.write(took)
    page = (await console.gets("/console/looks")).partition('id="taken"')[2]
    lines = [
        re.findall(r'<td data-label="[^"]+">(?:<time>[^<]*</time>)?([^<\n]*)', one)[1:]
        for one in page.split("<tr>")[2:]
    ]
    assert lines == [
        ["县医院&lt;i&gt;", "数字", "云岭县", "1", "40"],
        ["县医院&lt;i&gt;", "儿童台账", "青石镇", "2", "137"],
    ]
    township = browser()
    await township.comes_in("督导员")
    assert "取走过什么" not in await township.gets("/console/looks")
