"""What villagers say about time, and what it means on a Monday at three: 23 November 2026."""

import itertools
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversation import dates, lunar

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=SHANGHAI)
TODAY = NOW.date()
DATA = Path(__file__).parents[1] / "data"
PHRASES = DATA / "date_phrases.txt"
MOON_YEARS = DATA / "moon_years.txt"

moments = st.integers(min_value=0, max_value=17 * 366 * 24 * 60).map(
    lambda minutes: datetime(2019, 1, 1, tzinfo=SHANGHAI) + timedelta(minutes=minutes)
)


def _expected() -> list[tuple[str, datetime | None]]:
    rows = []
    for line in PHRASES.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            phrase, meaning = (cell.strip() for cell in line.split("|"))
            rows.append((phrase, None if meaning == "?" else _moment(meaning)))
    return rows


def _moment(meaning: str) -> datetime:
    return datetime.fromisoformat(meaning).replace(tzinfo=SHANGHAI)


def test_the_published_list_is_long_enough() -> None:
    assert len(_expected()) >= 120


@pytest.mark.parametrize(("phrase", "expected"), _expected())
def test_a_phrase_of_the_published_list_means_what_it_says(
    phrase: str, expected: datetime | None
) -> None:
    assert dates.parse_moment(phrase, NOW) == expected


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("昨晚一点", date(2026, 11, 22)),
        ("昨天半夜", date(2026, 11, 22)),
        ("刚才", TODAY),
        ("两个小时前", TODAY),
        ("早上", TODAY),
        ("腊月二十三", date(2026, 2, 10)),
        ("没见过", None),
    ],
)
def test_a_date_question_keeps_the_day_that_was_named(phrase: str, expected: date | None) -> None:
    assert dates.parse_date(phrase, TODAY) == expected


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("晚上八点半", time(20, 30)),
        ("八点", time(8, 0)),
        ("三点", time(15, 0)),
        ("03:20", time(3, 20)),
        ("20：05", time(20, 5)),
        ("十二点", time(12, 0)),
        ("晚上十二点", time(0, 0)),
        ("中午", time(12, 0)),
        ("放学后", time(16, 30)),
        ("半夜", time(0, 30)),
        ("早上6点到", time(6, 0)),
        ("昨天八点", None),
        ("昨天", None),
        ("随便", None),
    ],
)
def test_a_time_question_takes_a_time_of_day_only(phrase: str, expected: time | None) -> None:
    assert dates.parse_time(phrase) == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("三组张大爷家的孙子前天没来上学了", "2026-11-21"),
        ("昨晚八点半听见孩子哭", "2026-11-22 20:30"),
        ("孩子从上周五下午三点就没回家", "2026-11-20 15:00"),
        ("他爸2026年11月3日打的他", "2026-11-03"),
        ("两个小时前还在河边", "2026-11-23 13:00"),
        ("今年10岁，住10号楼，重3.5公斤", None),
        ("11月31号的事", None),
        ("家里没有大人", None),
    ],
)
def test_a_moment_is_found_inside_a_sentence(sentence: str, expected: str | None) -> None:
    assert dates.find_moment(sentence, NOW) == (_moment(expected) if expected else None)


def test_the_small_hours_belong_to_the_night_before() -> None:
    just_after_midnight = datetime(2026, 11, 23, 0, 40, tzinfo=SHANGHAI)
    assert dates.parse_moment("昨晚十一点", just_after_midnight) == datetime(
        2026, 11, 22, 23, 0, tzinfo=SHANGHAI
    )
    assert dates.parse_moment("半夜", just_after_midnight) == datetime(
        2026, 11, 23, 0, 30, tzinfo=SHANGHAI
    )


@given(text=st.text(max_size=60), now=moments)
def test_no_text_is_too_strange(text: str, now: datetime) -> None:
    dates.parse_moment(text, now)
    dates.parse_date(text, now.date())
    dates.parse_time(text)
    dates.find_moment(text, now)


@given(
    parts=st.lists(
        st.sampled_from(
            list("〇一二三十廿两半刻几年月日号初底周末天前了点分时正腊闰农历上下今昨大个0129.-/: ")
        )
        | st.sampled_from(["除夕", "星期", "小时", "清明", "昨晚", "凌晨", "三十", "去年"]),
        max_size=12,
    ),
    now=moments,
)
def test_no_mixture_of_date_words_is_too_strange(parts: list[str], now: datetime) -> None:
    text = "".join(parts)
    dates.parse_time(text)
    dates.parse_date(text, now.date())
    dates.find_moment(text, now)
    coming = dates.parse_coming_date(text, now.date())
    assert (coming is None) == (dates.parse_date(text, now.date()) is None)
    dates.parse_days(f"{text}到{text[::-1]}", now.date())
    found = dates.parse_moment(text, now)
    assert found is None or found.tzinfo is SHANGHAI


@given(now=moments, away=st.integers(min_value=-4000, max_value=400))
def test_a_day_that_is_said_is_understood(now: datetime, away: int) -> None:
    day = now.date() + timedelta(days=away)
    assert dates.parse_date(dates.say_date(day, now.date()), now.date()) == day


@given(now=moments, moment=moments)
def test_a_moment_that_is_said_is_understood(now: datetime, moment: datetime) -> None:
    assert dates.parse_moment(dates.say_moment(moment, now), now) == moment


@given(clock=st.times().map(lambda c: c.replace(second=0, microsecond=0)))
def test_a_time_that_is_said_is_understood(clock: time) -> None:
    assert dates.parse_time(dates.say_time(clock)) == clock


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (TODAY, "今天（11月23日）"),
        (date(2026, 11, 22), "昨天（11月22日）"),
        (date(2026, 11, 3), "11月3日"),
        (date(2025, 11, 3), "2025年11月3日"),
        (date(2026, 12, 3), "2026年12月3日"),
    ],
)
def test_days_are_said_plainly(day: date, said: str) -> None:
    assert dates.say_date(day, TODAY) == said


def test_a_moment_is_said_with_its_part_of_the_day() -> None:
    moment = datetime(2026, 11, 22, 20, 5, tzinfo=SHANGHAI)
    assert dates.say_moment(moment, NOW) == "昨天（11月22日）晚上8点05分"


@pytest.mark.parametrize(
    ("year", "spring_festival"),
    [
        (2020, date(2020, 1, 25)),
        (2024, date(2024, 2, 10)),
        (2026, date(2026, 2, 17)),
        (2027, date(2027, 2, 6)),
        (2033, date(2033, 1, 31)),
    ],
)
def test_the_moon_year_begins_at_the_spring_festival(year: int, spring_festival: date) -> None:
    assert lunar.to_date(lunar.LunarDay(year=year, month=1, day=1)) == spring_festival


def test_every_month_begins_as_another_library_has_it() -> None:
    for line in MOON_YEARS.read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        year, begins, months, leap = line.split()
        first = date.fromisoformat(begins)
        for position, length in enumerate(months):
            put_in = 0 < int(leap) == position
            number = position + 1 if int(leap) == 0 or position < int(leap) else position
            day = lunar.LunarDay(year=int(year), month=number, day=1, leap=put_in)
            assert lunar.to_date(day) == first
            first += timedelta(days=30 if length == "大" else 29)
        assert lunar.last_day(int(year)) == first - timedelta(days=1)


def test_the_moon_years_follow_each_other_without_a_gap() -> None:
    for year in range(lunar.FIRST_YEAR, lunar.LAST_YEAR):
        eve = lunar.last_day(year)
        assert eve is not None
        assert eve + timedelta(days=1) == lunar.to_date(
            lunar.LunarDay(year=year + 1, month=1, day=1)
        )
    assert lunar.last_day(lunar.LAST_YEAR + 1) is None


@pytest.mark.parametrize(
    ("name", "year", "day"),
    [
        ("清明", 2024, date(2024, 4, 4)),
        ("清明", 2027, date(2027, 4, 5)),
        ("冬至", 2025, date(2025, 12, 21)),
        ("冬至", 2026, date(2026, 12, 22)),
        ("小寒", 2026, date(2026, 1, 5)),
        ("立春", 2026, date(2026, 2, 4)),
        ("清明", 2500, None),
    ],
)
def test_a_solar_term_is_a_day_of_a_year(name: str, year: int, day: date | None) -> None:
    assert lunar.term(name, year) == day


def test_the_terms_of_a_year_follow_each_other_at_a_fortnight() -> None:
    for year in range(2000, 2060):
        days = sorted(day for name in lunar.TERMS if (day := lunar.term(name, year)))
        steps = [(later - day).days for day, later in itertools.pairwise(days)]
        assert len(days) == 24
        assert {day.year for day in days} == {year}
        assert set(steps) <= {14, 15, 16}


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("正月十五", date(2027, 2, 20)),
        ("腊月二十三", date(2027, 1, 30)),
        ("除夕", date(2027, 2, 5)),
        ("清明", date(2027, 4, 5)),
        ("3号", date(2026, 12, 3)),
        ("23号", TODAY),
        ("12月3号", date(2026, 12, 3)),
        ("2月29日", date(2024, 2, 29)),
        ("周五", date(2026, 11, 27)),
        ("今天", TODAY),
        ("后天", date(2026, 11, 25)),
        ("下周五", date(2026, 12, 4)),
        ("昨天", date(2026, 11, 22)),
        ("2026年1月3日", date(2026, 1, 3)),
        ("明年正月十五", date(2027, 2, 20)),
        ("不知道", None),
    ],
)
def test_what_is_to_come_is_the_next_such_day(phrase: str, expected: date | None) -> None:
    assert dates.parse_coming_date(phrase, TODAY) == expected


@pytest.mark.parametrize(
    ("phrase", "today", "first", "last"),
    [
        ("正月初一至十五", TODAY, date(2027, 2, 6), date(2027, 2, 20)),
        ("从正月初一到正月十五", TODAY, date(2027, 2, 6), date(2027, 2, 20)),
        # On the third day of it.
        ("正月初一至十五", date(2027, 2, 8), date(2027, 2, 6), date(2027, 2, 20)),
        ("腊月二十三到正月十五", TODAY, date(2027, 1, 30), date(2027, 2, 20)),
        ("除夕到初八", date(2027, 2, 1), date(2027, 2, 5), date(2027, 2, 13)),
        ("三月初三至初八", TODAY, date(2027, 4, 9), date(2027, 4, 14)),
        ("八月初一至十五", TODAY, date(2027, 9, 1), date(2027, 9, 15)),
        ("到正月十五", TODAY, TODAY, date(2027, 2, 20)),
        ("12月1日到15日", TODAY, date(2026, 12, 1), date(2026, 12, 15)),
        ("三月十日至十五", TODAY, date(2027, 3, 10), date(2027, 3, 15)),
        ("今天到周五", TODAY, TODAY, date(2026, 11, 27)),
        ("下周一到下周五", TODAY, date(2026, 11, 30), date(2026, 12, 4)),
        ("昨天到明天", TODAY, date(2026, 11, 22), date(2026, 11, 24)),
        ("2026-12-01至2027-01-15", TODAY, date(2026, 12, 1), date(2027, 1, 15)),
    ],
)
def test_days_in_a_row_are_those_that_run_or_come(
    phrase: str, today: date, first: date, last: date
) -> None:
    assert dates.parse_days(phrase, today) == (first, last)


@pytest.mark.parametrize(
    "phrase", ["", "正月十五", "到", "明天到昨天", "早到晚到", "一至二至三", "很久"]
)
def test_no_other_phrase_means_days_in_a_row(phrase: str) -> None:
    assert dates.parse_days(phrase, TODAY) is None


@given(day=st.dates(min_value=date(2018, 2, 16), max_value=date(2037, 2, 14)))
def test_a_moon_day_goes_there_and_back(day: date) -> None:
    moon = lunar.from_date(day)
    assert moon is not None
    assert lunar.to_date(moon) == day


@pytest.mark.parametrize(
    ("said", "first", "last"),
    [
        ("明天起三天", "2026-11-21", "2026-11-23"),
        ("从下周一开始请十二天", "2026-11-23", "2026-12-04"),
        ("后天请一天假", "2026-11-22", "2026-11-22"),
    ],
)
def test_a_day_and_so_many_days_are_first_and_last(said: str, first: str, last: str) -> None:
    found = dates.parse_days(said, date(2026, 11, 20))
    assert found == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize("said", ["三天", "住了三天", "明天", "三天没吃饭"])
def test_what_names_no_first_day_is_no_span(said: str) -> None:
    assert dates.parse_days(said, date(2026, 11, 20)) is None


@pytest.mark.parametrize(
    ("day", "needed"),
    [
        ("2026-11-19", False),
        ("2026-01-01", False),
        ("2025-12-31", True),
        ("2027-02-18", False),
        ("2027-11-30", True),
    ],
)
def test_a_day_needs_its_year_where_it_would_be_taken_for_another(day: str, needed: bool) -> None:
    assert dates.needs_year(date.fromisoformat(day), date(2026, 11, 20)) is needed


@pytest.mark.parametrize(
    ("said", "when"),
    [
        ("昨天晚上", True),
        ("就是昨天", True),
        ("上周五放学", True),
        ("刚才", True),
        ("半夜", True),
        ("两天前", True),
        ("小满", False),
        ("国庆", False),
        ("三月", False),
        ("刚刚", False),
        ("早早", False),
        ("昨天来我家的那个", False),
        ("明明", False),
        ("", False),
    ],
)
def test_where_a_name_is_asked_a_time_is_told_from_what_children_are_called(
    said: str, when: bool
) -> None:
    assert dates.is_when(said, NOW) is when
