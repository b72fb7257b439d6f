"""When whoever reported may be written to."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.safe_hours import next_safe

ZONE = ZoneInfo("Asia/Shanghai")
CODES = ("h08_12", "h12_14", "h14_18", "h18_21", "h22_02")
moments = st.datetimes(
    min_value=datetime(2026, 1, 1),  # noqa: DTZ001
    max_value=datetime(2027, 12, 30),  # noqa: DTZ001
    timezones=st.just(ZONE),
)


@pytest.mark.parametrize(
    ("now", "chosen", "then"),
    [
        ("11-20 10:00", "h08_12", "11-20 10:00"),
        ("11-20 12:00", "h08_12", "11-21 08:00"),
        ("11-20 07:59", "h08_12 h18_21", "11-20 08:00"),
        ("11-20 13:30", "h08_12 h18_21", "11-20 18:00"),
        ("11-20 23:30", "h18_21", "11-21 18:00"),
        ("11-21 01:00", "h22_02", "11-21 01:00"),
        ("11-21 02:00", "h22_02", "11-21 22:00"),
        ("11-20 03:00", "", "11-20 03:00"),
        ("11-20 03:00", "any", "11-20 03:00"),
        ("11-20 03:00", "h08_12 any", "11-20 03:00"),
        ("11-20 03:00", "evenings", "11-20 03:00"),
    ],
)
def test_the_hours_that_were_chosen_are_kept(now: str, chosen: str, then: str) -> None:
    assert next_safe(at(now), chosen.split()) == at(then)


@given(moments, st.sets(st.sampled_from(CODES), min_size=1))
def test_it_is_safe_then_and_within_a_day(moment: datetime, chosen: set[str]) -> None:
    then = next_safe(moment, chosen)
    assert moment <= then <= moment + timedelta(days=1)
    assert next_safe(then, chosen) == then


@given(moments, st.sets(st.sampled_from(CODES), min_size=1))
def test_nothing_waits_longer_than_it_must(moment: datetime, chosen: set[str]) -> None:
    then = next_safe(moment, chosen)
    waited = moment
    while waited + timedelta(minutes=1) < then:
        assert next_safe(waited, chosen) == then
        waited += timedelta(minutes=13)


def at(text: str) -> datetime:
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)
