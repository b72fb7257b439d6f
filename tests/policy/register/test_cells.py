"""Cells of every kind, with anything in them."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.register.cells import is_formula, read_cell
from policy.register.columns import COLUMNS
from policy.register.roster import RosterFault

TODAY = date(2026, 11, 23)

texts = st.text(
    "年月日十〇0123456789.-/ xX'王小明一组村(（)）级班，、=+@无未采集√\u3000１Ｏl", max_size=20
)
cells = texts | st.floats() | st.integers() | st.none() | st.booleans() | st.dates()


@settings(max_examples=300)
@given(cell=cells, key=st.sampled_from(sorted(COLUMNS.table)))
def test_whatever_stands_in_a_cell_is_read_or_can_be_complained_of(cell: object, key: str) -> None:
    column = COLUMNS[key]
    read = read_cell(column, cell, TODAY, date(2016, 1, 1))
    for fault in read.faults:
        said = RosterFault.of(fault.code, row=2, where=column.heading, **fault.values)
        assert said.sentence().startswith(f"第2行「{column.heading}」：")
    if isinstance(read.value, str):
        assert 0 < len(read.value) <= max(column.limit, 30)


@pytest.mark.parametrize("cell", ["=A1", " =A1", "@SUM(A1)", "+A1", "-A1", "=1"])
def test_what_a_spreadsheet_would_calculate_is_a_formula(cell: str) -> None:
    assert is_formula(cell)


@pytest.mark.parametrize("cell", ["-", "+86 13812345678", "-5", "王=李", "", None, 3, "=", "——"])
def test_a_dash_a_phone_or_a_number_is_none(cell: object) -> None:
    assert not is_formula(cell)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("沈 嘉凤", "沈嘉凤"),
        ("王　小　明", "王小明"),
        ("买买提•艾力", "买买提·艾力"),
        ("Mary Ann Lee", "Mary Ann Lee"),
    ],
)
def test_blanks_inside_a_chinese_name_are_chance(written: str, name: str) -> None:
    assert read_cell(COLUMNS["name"], written, TODAY).value == name


@pytest.mark.parametrize("written", ["王小明(双胞胎)", "王小明13812345678", "王", "张三/李四"])
def test_what_is_more_than_a_name_is_for_somebody_to_look_at(written: str) -> None:
    assert [f.code for f in read_cell(COLUMNS["name"], written, TODAY).faults] == ["name-odd"]
