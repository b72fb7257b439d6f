"""The village year as days, by sun, moon and solar term."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import policy
from policy.calendar import Calendar
from policy.seasons import LAST_YEAR, TERMS, Season, YearDay, parse_year_day
from policy.tables import load_policy

OURS = load_policy(Path(policy.__file__).parent)
PLAIN = Calendar(holidays={}, workdays=frozenset())
MOON_YEARS = Path(__file__).parents[1] / "data" / "moon_years.txt"


@pytest.mark.parametrize(
    ("said", "year", "day"),
    [
        ("7月1日", 2026, date(2026, 7, 1)),
        ("2月29日", 2026, date(2026, 2, 28)),
        ("2月29日", 2028, date(2028, 2, 29)),
        ("12月31日", 2026, date(2026, 12, 31)),
        ("正月初一", 2026, date(2026, 2, 17)),
        ("正月十五", 2026, date(2026, 3, 3)),
        ("腊月二十三", 2026, date(2027, 1, 30)),
        ("腊月三十", 2025, date(2026, 2, 16)),
        ("除夕", 2025, date(2026, 2, 16)),
        ("除夕", 2026, date(2027, 2, 5)),
        ("农历八月十五", 2026, date(2026, 9, 25)),
        ("冬月初十", 2026, date(2026, 12, 18)),
        ("清明", 2026, date(2026, 4, 5)),
        ("清明前10天", 2026, date(2026, 3, 26)),
        ("正月十五 后 3天", 2026, date(2026, 3, 6)),
        ("冬至", 2026, date(2026, 12, 22)),
        ("七月初一", 2025, date(2025, 8, 23)),
        ("7月1日", LAST_YEAR + 1, None),
    ],
)
def test_a_day_of_the_year_is_a_date(said: str, year: int, day: date | None) -> None:
    assert parse_year_day(said).in_year(year) == day


@pytest.mark.parametrize(
    "said",
    ["", "13月1日", "7月32日", "腊月卅一", "初一", "正月", "明天", "清明前天", "7-1"],
)
def test_nothing_else_is_a_day_of_the_year(said: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_year_day(said)


def test_the_moon_year_begins_and_ends_as_another_library_has_it() -> None:
    lines = MOON_YEARS.read_text("utf-8").splitlines()
    begins = [
        (int(year), date.fromisoformat(first))
        for year, first, *_ in (line.split() for line in lines if not line.startswith("#"))
    ]
    for year, first in begins:
        assert parse_year_day("正月初一").in_year(year) == first
        assert parse_year_day("除夕").in_year(year - 1) == first - timedelta(days=1)


def _season(first: str, last: str, *, weekends: bool = False) -> Season:
    return Season(
        name="",
        first=parse_year_day(first),
        last=parse_year_day(last),
        days="weekends" if weekends else "all",
        once=True,
    )


def test_a_time_may_end_in_the_next_year() -> None:
    season = _season("腊月二十三", "正月十五")
    times = list(season.times(date(2026, 1, 1), date(2027, 6, 1), PLAIN))
    assert times == [
        (date(2026, 2, 10), date(2026, 3, 3)),
        (date(2027, 1, 30), date(2027, 2, 20)),
    ]
    winter = _season("12月20日", "2月10日")
    assert list(winter.times(date(2027, 1, 5), date(2027, 1, 6), PLAIN)) == [
        (date(2026, 12, 20), date(2027, 2, 10))
    ]


def test_weekends_are_those_without_make_up_days() -> None:
    season = _season("9月1日", "10月31日", weekends=True)
    found = [
        first for first, _ in season.times(date(2026, 9, 17), date(2026, 10, 20), OURS.calendar)
    ]
    # Sunday 20 September and Saturday 10 October are worked.
    assert found == [date(2026, 9, 26), date(2026, 10, 3), date(2026, 10, 17)]


year_days = (
    st.sampled_from([*TERMS, "除夕", "正月初一", "正月十五", "腊月二十三", "冬月三十"])
    | st.builds("{}月{}日".format, st.integers(1, 12), st.integers(1, 31))
).map(parse_year_day)


@given(
    first=year_days,
    last=year_days,
    after=st.dates(date(2020, 1, 1), date(2035, 1, 1)),
    ahead=st.integers(0, 500),
)
def test_times_follow_each_other_and_touch_what_was_asked_for(
    first: YearDay, last: YearDay, after: date, ahead: int
) -> None:
    until = after + timedelta(days=ahead)
    season = Season(name="", first=first, last=last, once=True)
    times = list(season.times(after, until, PLAIN))
    assert all(begin <= end and end > after and begin <= until for begin, end in times)
    assert times == sorted(times)


def test_our_seasons_come_each_year() -> None:
    for key, season in OURS.seasons.items():
        times = list(season.times(date(2024, 12, 31), date(2034, 12, 31), PLAIN))
        assert len(times) >= 10, key
        assert all((end - begin).days <= 153 for begin, end in times), key
