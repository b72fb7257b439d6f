"""Tables of who is on duty, as offices write them; all that is wrong is said, row by row."""

import csv
import io
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from policy.shifts_file import ShiftTable, marked_up, read_day, read_shifts
from policy.small_tables import remarks_of

TODAY = date(2026, 11, 23)


def book(*rows: tuple[Any, ...]) -> bytes:
    out, made = io.BytesIO(), Workbook()
    assert made.active is not None
    for row in rows:
        made.active.append(row)
    made.save(out)
    return out.getvalue()


def read(*rows: tuple[Any, ...]) -> ShiftTable:
    table = read_shifts("值班表.xlsx", book(*rows), TODAY)
    assert isinstance(table, ShiftTable)
    return table


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("2026-12-01", "2026-12-01"),
        ("2026/12/1", "2026-12-01"),
        ("2026年12月1日", "2026-12-01"),
        ("12月1日", "2026-12-01"),
        ("12.1", "2026-12-01"),
        ("1月2日(星期六)", "2027-01-02"),
        ("11月23日", "2026-11-23"),
        ("11月22日", "2027-11-22"),
        ("2026-12-01 00:00:00", "2026-12-01"),
        ("2月30日", None),
        ("下周一", None),
        ("12月1日到3日", None),
    ],
)
def test_a_day_is_the_next_one_so_called(said: str, day: str | None) -> None:
    assert read_day(said, TODAY) == (date.fromisoformat(day) if day else None)


def test_an_office_s_own_table_is_read() -> None:
    table = read(
        ("青石镇12月值班表",),
        (),
        ("序号", "值班日期", "星期", "单位", "岗位", "值班人员", "联系电话", "备注"),
        (1, datetime(2026, 12, 1), "二", "青石镇", "儿童督导员", "张三、李四", 13800000001, ""),  # noqa: DTZ001
        (),
        (2, "12月2日", "三", "", "", "王五", "", "换班"),
    )
    assert table.faults == ()
    told = [(one.row, f"{one.first}", one.name, one.place, one.post) for one in table.lines]
    assert told == [
        (4, "2026-12-01", "张三", "青石镇", "儿童督导员"),
        (4, "2026-12-01", "李四", "青石镇", "儿童督导员"),
        (6, "2026-12-02", "王五", "", ""),
    ]


def test_everything_that_is_wrong_is_said_with_its_row_and_cure() -> None:
    table = read(
        ("日期", "到", "姓名"),
        ("2026-12-01", "", "张三"),
        ("", "", "李四"),
        ("下周一", "", "李四"),
        ("2026-12-03", "2026-12-01", "李四"),
        ("2026-11-01", "", "李四"),
        ("2028-12-01", "", "李四"),
        ("2026-12-01", "2027-01-20", "李四"),
        ("2026-12-05", "", ""),
    )
    assert [(one.row, one.code) for one in table.faults] == [
        (3, "no-day"),
        (4, "odd-day"),
        (5, "backwards"),
        (6, "past"),
        (7, "far"),
        (8, "too-long"),
        (9, "no-name"),
    ]
    assert table.faults[1].sentence() == (
        "「Sheet」第4行：日期“下周一”看不懂。请写成 2026-12-01 这样，或者 12月1日"
    )
    assert [one.name for one in table.lines] == ["张三"]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([], "empty"),
        ([("日期", "姓名")], "empty"),
        ([("哪天", "谁来"), ("2026-12-01", "张三")], "no-header"),
        ([("日期", "姓名", "值班人"), ("2026-12-01", "张三", "")], "doubled-header"),
        ([("日期", "姓名", "身高"), ("2026-12-01", "张三", 180)], "unknown-header"),
    ],
)
def test_a_table_of_something_else_is_refused(rows: list[tuple[object, ...]], code: str) -> None:
    table = read(*rows)
    assert [one.code for one in table.faults] == [code]
    assert table.lines == ()


def test_the_table_comes_back_with_what_is_wrong_beside_its_rows() -> None:
    data = book(("日期", "姓名"), ("2026-12-01", "张三"), ("昨天", "李四"))
    table = read_shifts("值班表.xlsx", data, TODAY)
    assert isinstance(table, ShiftTable)
    marked = marked_up("值班表.xlsx", data, remarks_of(table.faults))
    page = load_workbook(io.BytesIO(marked)).active
    assert page is not None
    assert [row[2] for row in page.iter_rows(values_only=True)] == [
        "错误说明",
        None,
        "日期“昨天”看不懂。请写成 2026-12-01 这样，或者 12月1日。",
    ]


def test_text_from_wps_is_read_too() -> None:
    out = io.StringIO()
    csv.writer(out).writerows([("日期", "姓名"), ("2026/12/1", "张三")])
    table = read_shifts("值班表.csv", out.getvalue().encode("gb18030"), TODAY)
    assert isinstance(table, ShiftTable)
    assert [f"{one.first}" for one in table.lines] == ["2026-12-01"]
