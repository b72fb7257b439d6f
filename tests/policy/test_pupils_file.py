"""Lists of pupils, as teachers keep them; all that is wrong is said, row by row."""

import csv
import io
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from policy.pupils_file import PupilTable, marked_up, read_pupils
from policy.small_tables import remarks_of
from policy.spreadsheet import Refusal


def book(*rows: tuple[Any, ...], sheet: str = "Sheet1") -> bytes:
    out, made = io.BytesIO(), Workbook()
    assert made.active is not None
    made.active.title = sheet
    for row in rows:
        made.active.append(row)
    made.save(out)
    return out.getvalue()


def read(*rows: tuple[Any, ...], name: str = "名单.xlsx", sheet: str = "Sheet1") -> PupilTable:
    table = read_pupils(name, book(*rows, sheet=sheet))
    assert isinstance(table, PupilTable)
    return table


def lines(table: PupilTable) -> list[tuple[str, str, str, bool]]:
    return [(one.name, one.room, one.school, one.boards) for one in table.lines]


def codes(table: PupilTable) -> list[tuple[int | None, str]]:
    return [(one.row, one.code) for one in table.faults]


def test_a_school_s_own_table_is_read_and_what_a_class_does_not_need_is_left() -> None:
    table = read(
        ("青石小学2026年秋季学生名册",),
        (),
        ("序号", "学生姓名", "性别", "年级(班级)", "身份证号", "是否住校", "家长电话"),
        (1, "王 小明", "男", "三(2)班", "520123201401010011", "是", 13800000001),
        (2, "李红", "女", "三年级2班", "", "走读", ""),
        (3, "买买提·艾山", "男", "三(1)班", "", "", ""),
        (),
    )
    assert table.faults == ()
    assert lines(table) == [
        ("王小明", "三(2)班", "青石小学", True),
        ("李红", "三年级2班", "青石小学", False),
        ("买买提·艾山", "三(1)班", "青石小学", False),
    ]
    assert table.unused == ("序号", "性别", "身份证号", "家长电话")
    assert "520123201401010011" not in repr(table)


@pytest.mark.parametrize(
    ("name", "sheet", "title"),
    [
        ("名单.xlsx", "Sheet1", "青石小学三年级2班学生名单"),
        ("名单.xlsx", "青石小学三(2)班", ""),
        ("青石小学三年级2班.xlsx", "Sheet1", ""),
    ],
)
def test_the_class_may_stand_above_the_table_or_in_a_name(
    name: str, sheet: str, title: str
) -> None:
    rows = [*([(title,)] if title else []), ("姓名",), ("王小明",)]
    table = read(*rows, name=name, sheet=sheet)
    assert table.faults == ()
    [(pupil, room, school, _)] = lines(table)
    assert (pupil, school) == ("王小明", "青石小学")
    assert room in ("三年级2班", "三(2)班")


def test_grade_and_class_may_stand_in_two_columns() -> None:
    rows = (("姓名", "年级", "班级"), ("王小明", "三年级", "2班"), ("李红", "三年级", "三(1)班"))
    table = read(*rows)
    assert [room for _, room, _, _ in lines(table)] == ["三年级2班", "三(1)班"]


def test_each_fault_is_said_beside_its_row_with_its_cure() -> None:
    table = read(
        ("姓名", "班级", "住校"),
        ("王小明", "三年级2班", ""),
        ("", "三年级2班", ""),
        ("13800000001", "三年级2班", ""),
        ("李红", "尖子", ""),
        ("陈浩然", "三年级2班", "有时候"),
        ("王小明", "三(2)班", "否"),
        ("王小明", "三年级1班", "否"),
    )
    assert codes(table) == [
        (3, "no-name"),
        (4, "odd-name"),
        (5, "odd-class"),
        (6, "odd-boards"),
        (7, "doubled"),
    ]
    for fault in table.faults:
        assert fault.sentence().startswith(f"「Sheet1」第{fault.row}行：")
        assert "{" not in fault.sentence()
    assert lines(table)[-1] == ("王小明", "三年级1班", "", False)


def test_what_is_no_list_at_all_says_what_a_list_needs() -> None:
    assert codes(read()) == [(None, "empty")]
    assert codes(read(("姓名", "班级"))) == [(None, "empty")]
    assert codes(read(("三年级2班",), ("王小明",))) == [(None, "no-header")]
    assert codes(read(("姓名",), ("王小明",))) == [(None, "no-class")]
    two = read(("姓名", "学生", "班级"), ("王小明", "李红", "三年级2班"))
    assert (1, "doubled-header") in codes(two)
    many = read(("姓名", "班级"), *[("王小明", "三年级2班")] * 401)
    assert codes(many) == [(None, "too-many")]
    assert isinstance(read_pupils("x.xlsx", b"PK no"), Refusal)


def test_a_csv_is_read_too_and_comes_back_with_its_faults() -> None:
    out = io.StringIO()
    csv.writer(out).writerows([("姓名", "班级"), ("王小明", "三年级2班"), ("9", "三年级2班")])
    data = out.getvalue().encode("gb18030")
    table = read_pupils("名单.csv", data)
    assert isinstance(table, PupilTable)
    marked = marked_up("名单.csv", data, remarks_of(table.faults)).decode("utf-8-sig")
    assert "不像名字" in marked.splitlines()[2]


def test_the_faults_stand_in_the_file_that_comes_back() -> None:
    data = book(("青石小学三年级2班",), ("姓名",), ("王小明",), ("？",))
    table = read_pupils("名单.xlsx", data)
    assert isinstance(table, PupilTable)
    marked = load_workbook(io.BytesIO(marked_up("名单.xlsx", data, remarks_of(table.faults))))
    assert marked.active is not None
    assert "不像名字" in "".join(str(cell.value) for cell in marked.active[4])
