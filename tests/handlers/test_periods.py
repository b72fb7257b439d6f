"""Which days a period is: what is over ends where what runs begins."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.office.periods import (
    MOST_DAYS,
    PERIODS,
    Between,
    Period,
    between,
    from_to,
    known,
)

DAY = timedelta(days=1)
_DAYS = st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1))


@pytest.mark.parametrize(
    ("period", "today", "first", "last"),
    [
        ("month", date(2026, 12, 1), date(2026, 12, 1), date(2026, 12, 1)),
        ("last_month", date(2026, 12, 1), date(2026, 11, 1), date(2026, 11, 30)),
        ("last_month", date(2027, 1, 31), date(2026, 12, 1), date(2026, 12, 31)),
        ("last_month", date(2028, 3, 31), date(2028, 2, 1), date(2028, 2, 29)),
        ("quarter", date(2026, 6, 30), date(2026, 4, 1), date(2026, 6, 30)),
        ("last_quarter", date(2026, 6, 30), date(2026, 1, 1), date(2026, 3, 31)),
        ("last_quarter", date(2027, 1, 1), date(2026, 10, 1), date(2026, 12, 31)),
        ("year", date(2026, 3, 5), date(2026, 1, 1), date(2026, 3, 5)),
        ("last_year", date(2026, 1, 1), date(2025, 1, 1), date(2025, 12, 31)),
        ("30", date(2026, 11, 30), date(2026, 11, 1), date(2026, 11, 30)),
        ("365", date(2026, 11, 30), date(2025, 12, 1), date(2026, 11, 30)),
    ],
)
def test_a_period_is_these_days(period: Period, today: date, first: date, last: date) -> None:
    assert between(period, today) == Between(first, last)


@given(today=_DAYS)
def test_what_is_over_ends_on_the_day_before_what_runs(today: date) -> None:
    pairs: tuple[tuple[Period, Period], ...] = (
        ("last_month", "month"),
        ("last_quarter", "quarter"),
        ("last_year", "year"),
    )
    for over, running in pairs:
        was, now = between(over, today), between(running, today)
        assert was.first <= was.last == now.first - DAY
        assert was.is_over(today)
        assert not now.is_over(today)
        assert between(running, was.last) == was


TODAY = date(2026, 11, 30)


@given(text=st.text())
def test_any_other_word_is_the_usual_period(text: str) -> None:
    assert known(text, TODAY) == (text if text in PERIODS else "30")


@given(first=_DAYS, last=_DAYS, today=_DAYS)
def test_days_of_ones_own_are_these_days_both_of_them_or_it_is_said_what_is_wrong(
    first: date, last: date, today: date
) -> None:
    days = from_to(f"{first}", f"{last}", today)
    if first <= last <= today and last - first < MOST_DAYS * DAY:
        assert days == Between(first, last)
        assert between(days, today) == days
        assert known(f"{days}", today) == days  # as links carry it on
        assert days.is_over(today) == (last < today)
    else:
        assert days in ("order", "future", "long")
        assert known(f"{first}_{last}", today) == "30"


@pytest.mark.parametrize(
    ("first", "last", "wrong"),
    [
        ("", "2026-11-30", "not_day"),
        ("2026-11-01", "", "not_day"),
        ("2026-11-31", "2026-11-30", "not_day"),
        ("2026-1-1", "2026-11-30", "not_day"),
        ("20261101", "20261130", "not_day"),
        ("2026-W45-1", "2026-11-30", "not_day"),
        ("２０２６-11-01", "2026-11-30", "not_day"),
        ("1999-12-31", "2000-01-01", "early"),
        ("0001-01-01", "0001-01-02", "early"),
        ("2026-11-30", "2026-11-29", "order"),
        ("2026-12-01", "2026-12-01", "future"),
        ("2023-11-01", "2026-11-30", "long"),
    ],
)
def test_what_is_no_span_of_days_says_why(first: str, last: str, wrong: str) -> None:
    assert from_to(first, last, TODAY) == wrong
