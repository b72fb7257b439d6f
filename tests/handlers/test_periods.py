"""Which days a period is: what is over ends where what runs begins."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.office.periods import PERIODS, Between, Period, between, known

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


@given(text=st.text())
def test_any_other_word_is_the_usual_period(text: str) -> None:
    assert known(text) == (text if text in PERIODS else "30")
