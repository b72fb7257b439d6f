"""A table that leaves the house does nothing to whoever opens it."""

import csv
import gc
import io
import json
import tracemalloc
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from tempfile import TemporaryFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from policy.listing import (
    Listing,
    as_text,
    as_workbook,
    headings_of,
    shielded,
    text_lines,
    write_workbook,
)

ROWS = [
    {"姓名": "王小明", "公民身份证号码": "520123201603050011", "父亲电话": "13800000001"},
    {"姓名": '=HYPERLINK("http://x")', "备注": "＝1+1"},
]
LIST = Listing(title="儿童台账", mark="王科长 于 2026-11-20 导出", headings=(), rows=ROWS)


def listing() -> Listing:
    return Listing(title=LIST.title, mark=LIST.mark, headings=headings_of(ROWS), rows=ROWS)


def test_a_workbook_begins_with_who_took_it_and_names_and_numbers_of_people_are_text() -> None:
    page = load_workbook(io.BytesIO(as_workbook(listing()))).active
    assert page is not None
    cells = [cell for row in page.iter_rows() for cell in row if cell.value is not None]
    assert page["A1"].value == LIST.mark
    assert {cell.data_type for cell in cells} == {"s"}
    assert page["B3"].value == "520123201603050011"
    assert page["B3"].number_format == page["C3"].number_format == "@"
    assert page["A4"].value.startswith("'=")


def test_the_three_forms_say_the_same() -> None:
    table = list(csv.reader(io.StringIO(as_text(listing(), "csv"))))
    assert table[0] == [LIST.mark]
    # Behind a tab, so that no spreadsheet rounds it.
    assert table[2][:2] == ["王小明", "\t520123201603050011"]
    lines = [json.loads(line) for line in as_text(listing(), "jsonl").splitlines()]
    assert lines == [{"_mark": LIST.mark}, *ROWS]


@pytest.mark.parametrize("before", ["", " ", "\t", "\n", "\u200b", "\ufeff", "\u3000", "\x00"])
@pytest.mark.parametrize("begins", "=+-@%|＝＋－＠")
def test_what_could_be_a_formula_is_made_plain(before: str, begins: str) -> None:
    assert shielded(f"{before}{begins}1").startswith("'")


WRITTEN = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12),
    st.text(alphabet="0123456789-: %", max_size=12),
    st.dates().map(str),
    st.datetimes().map(lambda at: f"{at:%Y-%m-%d %H:%M}"),
    st.integers(0, 10**12).map(str),
)


@given(WRITTEN)
def test_whatever_is_written_a_workbook_shows_it_and_runs_nothing(value: str) -> None:
    row = {"甲": value or "空", "电话": value}
    told = Listing(title="表", mark="甲", headings=("甲", "电话"), rows=[row])
    page = load_workbook(io.BytesIO(as_workbook(told))).active
    assert page is not None
    assert page["B3"].value == (shielded(value) or None)
    cell = page["A3"]
    assert cell.data_type != "f"
    match cell.value:
        case datetime() as moment:
            shown = {"yyyy-mm-dd": "%Y-%m-%d", "yyyy-mm-dd hh:mm": "%Y-%m-%d %H:%M"}
            assert moment.strftime(shown[cell.number_format]) == value
        case int() | float() as number:
            assert cell.number_format in ("0%", "General")
            said = f"{round(number * 100)}%" if cell.number_format == "0%" else f"{number}"
            assert said == value
        case other:
            assert other == (shielded(value or "空") or None)


def test_days_and_numbers_can_be_sorted_and_added_up_and_a_name_stays_in_sight() -> None:
    rows = [
        {
            "姓名": "欧阳小梨",
            "出生日期": "2016-03-05",
            "报来的时间": "2026-11-03 09:00",
            "管几个孩子": "29",
            "占比": "35%",
            "班级": "007",
            "编号": "12",
            "以前": "1899-01-01",
            "备注": "很长的一段话" * 20,
        }
    ]
    told = Listing(title="表", mark="甲", headings=headings_of(rows), rows=rows)
    page = load_workbook(io.BytesIO(as_workbook(told))).active
    assert page is not None
    assert [cell.value for cell in page[3]][:8] == [
        "欧阳小梨",
        datetime.fromisoformat("2016-03-05"),
        datetime.fromisoformat("2026-11-03T09:00"),
        29,
        0.35,
        "007",
        "12",
        "1899-01-01",
    ]
    assert (page.freeze_panes, page.auto_filter.ref) == ("B3", "A2:I3")
    widths = {
        name: page.column_dimensions[get_column_letter(at)].width
        for at, name in enumerate(told.headings, 1)
    }
    # As wide as what stands there, and no wider than a screen bears.
    assert 9 <= widths["姓名"] < widths["报来的时间"] < widths["备注"] < 42


def test_a_wide_workbook_keeps_each_value_in_its_place() -> None:
    names = tuple(f"第{at}号" if at % 9 == 0 else f"第{at}列" for at in range(800))
    rows = [
        {name: f"{row}<&>{name} " for name in names if (row + len(name)) % 3} for row in (1, 2)
    ]
    page = load_workbook(io.BytesIO(as_workbook(replace(LIST, headings=names, rows=rows)))).active
    assert page is not None
    assert page.freeze_panes == "B3"
    assert (page.max_column, page.max_row) == (len(names), 4)
    told = [[cell.value or "" for cell in row] for row in page.iter_rows(min_row=2)]
    assert told == [list(names), *([row.get(name, "") for name in names] for row in rows)]
    # Also where nothing is written yet: a number that somebody adds keeps its digits.
    columns = {at: page.column_dimensions[get_column_letter(at + 1)] for at in range(800)}
    texts = set(range(0, 800, 9))
    assert {at for at, column in columns.items() if column.number_format == "@"} == texts
    written = {at for at, cell in enumerate(page[3]) if cell.number_format == "@"}
    assert written == {at for at in texts if names[at] in rows[0]}


def test_a_list_of_nothing_is_a_workbook_with_its_mark() -> None:
    page = load_workbook(io.BytesIO(as_workbook(replace(LIST, title="a/b:c", rows=())))).active
    assert page is not None
    assert (page.title, page["A1"].value) == ("a b c", LIST.mark)


def test_what_parts_words_stays() -> None:
    assert shielded("张　三\u00a0四\x07\u200b") == "张　三\u00a0四"


def test_what_is_no_formula_stays_as_it_is() -> None:
    assert shielded("王小明 2016-03-05") == "王小明 2016-03-05"
    assert shielded("") == ""


def test_a_list_of_any_length_is_written_row_by_row() -> None:
    class Rows:
        def __iter__(self) -> Iterator[Mapping[str, str]]:
            return ({"姓名": f"孩子{number}", "日期": "2026-11-20"} for number in range(20_000))

    told = replace(LIST, headings=("姓名", "日期"), rows=Rows())
    as_workbook(LIST)  # so that the library itself is here already
    gc.collect()
    tracemalloc.start()
    with TemporaryFile() as out:
        write_workbook(told, out, {"constant_memory": True})
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        page = load_workbook(out, read_only=True).active
        assert page is not None
        assert sum(1 for _ in page.iter_rows()) == 2 + 20_000
    assert peak < 4_000_000, "the rows alone would take more"
    lines = text_lines(told, "csv")
    assert next(lines).count("\n") == 3
    assert sum(1 for _ in lines) == 20_000
