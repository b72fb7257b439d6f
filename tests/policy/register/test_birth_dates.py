"""Birth dates as rosters have them."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.register.birth_dates import BirthDate, read_birth_dates

TODAY = date(2026, 11, 23)


def texts(cell: object) -> list[str]:
    return [read.text() for read in read_birth_dates(cell, TODAY)]


@pytest.mark.parametrize(
    "cell",
    [
        "2016-09-01",
        "2016/9/1",
        "2016.9.1",
        "2016年9月1日",
        "2016年09月01号",
        "20160901",
        20160901,
        20160901.0,
        "'16.9.1",
        "16年9月1日",
        "二〇一六年九月一日",
        "二零一六年九月一号",
        "２０１６－０９－０１",
        "2016 . 9 . 1",
        "2016年9月1日出生",
        "2016-09-01 00:00:00",
        "2016、9、1",
        datetime(2016, 9, 1),  # noqa: DTZ001 - as openpyxl gives it
        date(2016, 9, 1),
        42614,
        "42614",
    ],
    ids=repr,
)
def test_a_day_is_read_in_every_spelling(cell: object) -> None:
    assert texts(cell) == ["2016-09-01"]


@pytest.mark.parametrize(
    "cell", ["2016.9", "2016年9月", "二〇一六年九月", "201609", "2016-09", 2016.9], ids=repr
)
def test_a_month_stays_a_month(cell: object) -> None:
    assert texts(cell)[0] == "2016-09"


def test_ten_and_more_are_counted_in_chinese() -> None:
    assert texts("二〇一六年十二月二十三日") == ["2016-12-23"]
    assert texts("二〇一六年十月三十日") == ["2016-10-30"]


def test_a_year_alone_stays_a_year() -> None:
    assert texts("2016年") == ["2016"]
    assert texts(2016) == ["2016"]


def test_a_number_may_have_lost_its_nought() -> None:
    assert texts(2010.1) == ["2010-01", "2010-10"]
    assert texts("2010.1") == ["2010-01"]


@pytest.mark.parametrize(
    "cell",
    [
        "",
        None,
        "不详",
        "九月",
        "2016.9.31",
        "2016.13",
        "2027.1",
        "1899-01-01",
        "农历2016年9月1日",
        True,
    ],
)
def test_what_is_no_day_up_to_today_is_not_made_one(cell: object) -> None:
    assert texts(cell) == []


def test_what_was_not_written_fits_any_day() -> None:
    born = date(2016, 9, 1)
    assert [
        BirthDate(year=2016).fits(born),
        BirthDate(year=2016, month=9).fits(born),
        BirthDate(year=2016, month=9, day=1).fits(born),
        BirthDate(year=2016, month=9, day=2).fits(born),
        BirthDate(year=2015, month=9, day=1).fits(born),
    ] == [True, True, True, False, False]


days = st.dates(date(1930, 1, 1), TODAY)
SPELLINGS = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d", "%Y-%m-%d 00:00:00"]


@given(day=days, spelling=st.sampled_from(SPELLINGS))
def test_every_day_is_read_back(day: date, spelling: str) -> None:
    assert [one.full() for one in read_birth_dates(day.strftime(spelling), TODAY)] == [day]


@given(day=days)
def test_every_day_of_excel_is_read_back(day: date) -> None:
    serial = (day - date(1899, 12, 30)).days
    assert [one.full() for one in read_birth_dates(serial, TODAY)] == [day]


@given(
    cell=st.none()
    | st.integers()
    | st.floats()
    | st.text("0123456789年月日.-/十二〇 ", max_size=12)
)
def test_no_cell_is_too_strange(cell: object) -> None:
    assert all(one.year <= 2026 for one in read_birth_dates(cell, TODAY))
