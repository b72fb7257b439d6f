"""Spans of time as a table writes them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import policy
from policy.durations import Span, Workdays, due, parse_duration, parse_span
from policy.tables import load_policy


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("30s", timedelta(seconds=30)),
        ("15m", timedelta(minutes=15)),
        ("2h", timedelta(hours=2)),
        (" 3d ", timedelta(days=3)),
        ("4w", timedelta(weeks=4)),
    ],
)
def test_a_span_is_a_number_and_a_unit(text: str, span: timedelta) -> None:
    assert parse_duration(text) == span


@pytest.mark.parametrize("text", ["", "15", "m", "0m", "-1h", "1.5h", "15 分", "1h30m", "999999d"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_duration(text)


SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = load_policy(Path(policy.__file__).parent).calendar
moments = st.integers(0, 5 * 365 * 24 * 60).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=SHANGHAI) + timedelta(minutes=minutes)
)


@pytest.mark.parametrize(
    ("text", "span"),
    [("1 workday", Workdays(1)), ("5 workdays", Workdays(5)), ("2h", timedelta(hours=2))],
)
def test_a_span_may_count_working_days(text: str, span: Span) -> None:
    assert parse_span(text) == span


@pytest.mark.parametrize("text", ["0 workdays", "workday", "1.5 workdays", "-1 workday", "5 天"])
def test_no_other_span_is_known(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_span(text)


@pytest.mark.parametrize(
    ("start", "span", "over"),
    [
        # A Friday evening: the weekend does not count.
        ("2026-11-20 20:00", Workdays(1), "2026-11-23 17:30"),
        # Before 国庆: seven days off, and Saturday the 10th is worked.
        ("2026-09-30 09:00", Workdays(3), "2026-10-10 17:30"),
        # In the middle of the holidays.
        ("2026-10-03 03:00", Workdays(1), "2026-10-08 17:30"),
        # Half past midnight in Shanghai is still the day before in UTC.
        ("2026-11-24 00:30", Workdays(1), "2026-11-25 17:30"),
        ("2026-10-03 03:00", timedelta(hours=24), "2026-10-04 03:00"),
    ],
)
def test_a_span_is_over_when_offices_close(start: str, span: Span, over: str) -> None:
    begin = datetime.fromisoformat(start).replace(tzinfo=SHANGHAI)
    end = datetime.fromisoformat(over).replace(tzinfo=SHANGHAI)
    assert due(begin, span, CALENDAR, SHANGHAI) == end
    assert due(begin.astimezone(UTC), span, CALENDAR, SHANGHAI) == end


@given(start=moments, count=st.integers(1, 30))
def test_more_working_days_end_later_and_in_office_hours(start: datetime, count: int) -> None:
    end = due(start, Workdays(count), CALENDAR, SHANGHAI)
    assert CALENDAR.is_workday(end.date())
    assert end.date() > start.date()
    assert end < due(start, Workdays(count + 1), CALENDAR, SHANGHAI)
