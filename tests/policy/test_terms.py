"""From which day to which a post is held: both days belong to it, and none of the past."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.terms import OPEN, Term, last_day, term

TODAY = date(2026, 11, 29)
ZONE = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)


@given(st.none() | st.integers(0, 4000), st.none() | st.integers(0, 4000))
def test_both_days_belong_to_the_term(first: int | None, longer: int | None) -> None:
    begins = None if first is None else TODAY + first * DAY
    ends = None if longer is None else (begins or TODAY) + longer * DAY
    held = term(begins, ends, today=TODAY, zone=ZONE)
    assert isinstance(held, Term)
    if held.since is not None:
        assert begins == held.since.astimezone(ZONE).date() > TODAY
    else:
        assert begins in (None, TODAY)
    assert ends == (None if held.until is None else last_day(held.until, ZONE))


@pytest.mark.parametrize(
    ("first", "last", "wrong"),
    [
        (TODAY - DAY, None, "begun"),
        (None, TODAY - DAY, "over"),
        (TODAY + 2 * DAY, TODAY + DAY, "backwards"),
    ],
)
def test_what_is_past_and_what_ends_before_it_begins_is_no_term(
    first: date | None, last: date | None, wrong: str
) -> None:
    assert term(first, last, today=TODAY, zone=ZONE) == wrong


def test_no_days_are_from_now_on_and_for_ever() -> None:
    assert term(None, None, today=TODAY, zone=ZONE) == OPEN
