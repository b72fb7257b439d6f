"""Working days of 2026, and what happens when the table has run out."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import policy
from policy.calendar import Calendar
from policy.faults import PolicyFaults
from policy.tables import load_policy

CALENDAR = load_policy(Path(policy.__file__).parent).calendar
days = st.dates(min_value=date(2024, 1, 1), max_value=date(2028, 12, 31))


@pytest.mark.parametrize(
    ("day", "is_worked"),
    [
        (date(2026, 11, 23), True),
        (date(2026, 11, 22), False),
        (date(2026, 10, 1), False),
        (date(2026, 10, 10), True),
        (date(2026, 2, 14), True),
        (date(2026, 2, 16), False),
        (date(2026, 1, 4), True),
        (date(2025, 10, 8), False),
        (date(2025, 10, 11), True),
        (date(2024, 2, 18), True),
        (date(2024, 2, 9), True),
    ],
)
def test_holidays_and_make_up_days_are_as_the_notices_say(day: date, is_worked: bool) -> None:
    assert CALENDAR.is_workday(day) == is_worked


def test_a_year_has_as_many_working_days_as_the_notice_gives() -> None:
    first = date(2026, 1, 1)
    worked = sum(CALENDAR.is_workday(first + timedelta(days=n)) for n in range(365))
    # 261 weekdays, 19 of them holidays, 6 weekend days made up.
    assert worked == 261 - 19 + 6


def test_make_up_days_lie_on_weekends_and_never_on_holidays() -> None:
    assert all(day.weekday() >= 5 for day in CALENDAR.workdays)
    assert CALENDAR.workdays.isdisjoint(CALENDAR.holidays)


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2026, 11, 23), 1, date(2026, 11, 24)),
        (date(2026, 11, 20), 1, date(2026, 11, 23)),
        (date(2026, 9, 30), 1, date(2026, 10, 8)),
        (date(2026, 9, 30), 3, date(2026, 10, 10)),
        (date(2026, 11, 21), 0, date(2026, 11, 23)),
        (date(2026, 11, 23), 0, date(2026, 11, 23)),
    ],
)
def test_working_days_are_counted_over_holidays(day: date, count: int, expected: date) -> None:
    assert CALENDAR.add_workdays(day, count) == expected


def test_the_table_says_how_far_it_reaches() -> None:
    assert CALENDAR.covered_until == date(2026, 12, 31)
    assert CALENDAR.knows(date(2026, 12, 31))
    assert not CALENDAR.knows(date(2027, 1, 1))


def test_beyond_the_table_monday_to_friday_are_worked() -> None:
    assert CALENDAR.is_workday(date(2027, 1, 4))
    assert not CALENDAR.is_workday(date(2027, 1, 3))
    assert Calendar(holidays={}, workdays=frozenset()).covered_until == date.min


@given(day=days, count=st.integers(1, 40))
def test_a_counted_day_is_worked_and_lies_behind_so_many(day: date, count: int) -> None:
    end = CALENDAR.add_workdays(day, count)
    between = (day + timedelta(days=n) for n in range(1, (end - day).days + 1))
    assert CALENDAR.is_workday(end)
    assert sum(map(CALENDAR.is_workday, between)) == count


@given(day=days)
def test_the_working_day_by_a_day_is_the_last_one_that_is_not_after_it(day: date) -> None:
    found = CALENDAR.workday_by(day)
    assert CALENDAR.is_workday(found)
    between = (found + timedelta(days=n) for n in range(1, (day - found).days + 1))
    assert not any(map(CALENDAR.is_workday, between))


def test_the_notice_is_asked_for_sixty_days_before_the_table_runs_out() -> None:
    assert not CALENDAR.runs_out(date(2026, 11, 1))
    assert CALENDAR.runs_out(date(2026, 11, 2))
    assert CALENDAR.runs_out(date(2027, 5, 1))


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-23 08:30", True),
        ("2026-11-23 08:29", False),
        ("2026-11-23 17:30", False),
        ("2026-11-22 10:00", False),
        ("2026-10-10 10:00", True),
    ],
)
def test_offices_are_open_on_working_days_from_half_past_eight(moment: str, is_open: bool) -> None:
    said = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    assert CALENDAR.is_open(said) == is_open


def test_a_county_has_hours_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "policy").mkdir()
    file = tmp_path / "policy" / "calendar.toml"
    file.write_text("[office]\ncloses = 18:00:00", "utf-8")
    calendar = load_policy(Path(policy.__file__).parent, tmp_path).calendar
    assert (calendar.opens, calendar.closes) == (time(8, 30), time(18, 0))
    file.write_text('[office]\nopens = 18:00:00\ncloses = "noon"', "utf-8")
    with pytest.raises(PolicyFaults) as raised:
        load_policy(Path(policy.__file__).parent, tmp_path)
    assert [sentence.partition("policy/")[2] for sentence in raised.value.sentences] == [
        "calendar.toml「office.closes」：要写成几点几分。例如 08:30:00，不加引号"
    ]
