"""When something happened, as people say it: 昨晚八点半, 上周五, 11.3, 腊月二十三.

What is ambiguous is read as past, because people tell what happened. A moment at exactly 00:00 is
a day whose hour nobody said.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from conversation.date_rules import (
    ALL_RULES,
    ALONE,
    DAY_MINUTES,
    FEASTS,
    SAY,
    SURE_RULES,
    Clock,
    Exact,
    NoSuchDay,
    Token,
    canonical,
    longest,
)

MAX_PHRASE_CHARS = 40
MAX_SENTENCE_CHARS = 2000
#: A day of the moon calendar comes back after at most 385.
MAX_DAYS_AHEAD = 400

#: So far ahead a day of next year is plain without its year.
MAX_DAYS_UNMISTAKEN = 300
#: 从明天起请3天假.
_SO_MANY = re.compile(r"从?(.+?)(?:起|开始)?,?(?:要)?(?:请|休|歇|一共|共|就)?(\d{1,3})天假?")

#: A time of day is read against some day; which one does not matter.
_SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)


def parse_date(text: str, today: date) -> date | None:
    """The day that a phrase names, seen from ``today``; None when it is no such phrase."""
    said = _read(text, datetime.combine(today, time.max, UTC))
    return None if said is None else said.day


def parse_coming_date(text: str, today: date) -> date | None:
    """The day that a phrase names when it speaks of what is to come: today or the next such day.

    昨天, a date with its year, and 29 February of no leap year stay what they are, in the past.
    """
    said = parse_date(text, today)
    if said is None or said >= today or parse_date(text, said) != said:
        return said
    ahead = (today + timedelta(days=days) for days in range(MAX_DAYS_AHEAD))
    return next((day for day in ahead if parse_date(text, day) == day), said)


def parse_days(text: str, today: date) -> tuple[date, date] | None:
    """First and last day of what is running or to come: 正月初一至十五, 明天到下周五, 明天起三天.

    到正月十五 begins today. None when it is no such phrase, or ends before it begins.
    """
    if counted := _SO_MANY.fullmatch(canonical(text)):
        day, count = parse_coming_date(counted[1], today), int(counted[2])
        if day is None or not 0 < count <= MAX_DAYS_AHEAD:
            return None
        return day, day + timedelta(days=count - 1)
    parts = re.split(r"至|到|—+|~|～", text.strip())
    if len(parts) != 2:
        return None
    begins, ends = (part.strip() for part in parts)
    last = _end(begins, ends, today)
    if last is None:
        return None
    first = _begin(begins, last, today) if begins else today
    return (first, last) if first is not None and first <= last else None


def _end(begins: str, ends: str, today: date) -> date | None:
    """十五 after 正月初一 is a day of that month."""
    month = re.search(r"闰?(?:[正冬腊]|[一二三四五六七八九十]{1,2}|\d{1,2})月", begins)
    if month is None or not re.fullmatch(r"初?(?:[一二三四五六七八九十廿]{1,3}|\d{1,2})", ends):
        return parse_coming_date(ends, today)
    moon = "农历" if re.search("[正冬腊初农阴旧]", begins) else ""
    return parse_coming_date(f"{moon}{month[0]}{ends}", today)


def _begin(begins: str, last: date, today: date) -> date | None:
    said = parse_date(begins, today)
    if said is None or said >= today or parse_date(begins, said) != said:
        return said
    return parse_date(begins, last)


def parse_time(text: str) -> time | None:
    """The time of day that a phrase names; None when it is no such phrase."""
    said = _read(text, _SOME_DAY)
    if said is None or said.clock is None or said.names_a_day:
        return None
    minutes = said.clock.readings[0]
    return time(minutes // 60 % 24, minutes % 60)


def parse_moment(text: str, now: datetime) -> datetime | None:
    """The moment that a phrase names, seen from ``now`` (local and aware), in the same zone."""
    said = _read(text, now)
    return None if said is None else said.moment(now)


def is_when(text: str, now: datetime) -> bool:
    """True for words that say when and nothing else, and are no name of a child (国庆, 小满)."""
    said = text.strip()
    if said in ALONE["names"] or FEASTS.search(said) or parse_moment(said, now) is None:
        return False
    return said in ALONE["times"] or find_moment(said, now) is not None


def find_moment(sentence: str, now: datetime) -> datetime | None:
    """The first moment that a sentence speaks of: 三组张大爷家的孙子前天没来."""
    line = canonical(sentence[:MAX_SENTENCE_CHARS])
    for start in (m.start() for m in re.finditer(r"\d+|\D", line)):
        try:
            token, end = longest(line, start, now, SURE_RULES)
            if token is None:
                continue
            said = _Said.of([token, *_tokens(line, end, now)], now)
        except NoSuchDay:
            continue
        return None if said is None else said.moment(now)
    return None


def say_date(day: date, today: date) -> str:
    """A day in words that parse_date reads back: 昨天（11月22日）, 2025年12月3日."""
    near = {0: "today", -1: "yesterday", -2: "before_yesterday"}.get((day - today).days)
    if near:
        return _say("near", word=SAY[near], month=day.month, day=day.day)
    is_sure = day.year == today.year and day <= today
    words = "this_year" if is_sure else "other_year"
    return _say(words, year=day.year, month=day.month, day=day.day)


def needs_year(day: date, today: date) -> bool:
    """True for a day that, said without its year, would be taken for another one."""
    return day.year != today.year and not 0 <= (day - today).days <= MAX_DAYS_UNMISTAKEN


def say_time(clock: time) -> str:
    """A time of day in words that parse_time reads back: 晚上8点30分."""
    part = [word for start, word in SAY["parts"] if start <= clock.hour][-1]
    hour = clock.hour - 12 if clock.hour > 12 else clock.hour
    said = _say("minute" if clock.minute else "hour", hour=hour, minute=clock.minute)
    return f"{part}{said}"


def say_moment(moment: datetime, now: datetime) -> str:
    """A moment in words that parse_moment reads back; only the day when its hour is unknown."""
    local = moment.astimezone(now.tzinfo)
    day = say_date(local.date(), now.date())
    return day if (local.hour, local.minute) == (0, 0) else day + say_time(local.time())


def _say(key: str, **values: object) -> str:
    return str(SAY[key]).format(**values)


# -- what was said -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """All that a phrase says."""

    day: date
    names_a_day: bool
    clock: Clock | None = None
    exact: datetime | None = None

    @classmethod
    def of(cls, tokens: Iterable[Token], now: datetime) -> "_Said | None":
        """The tokens together; None when there are none or they contradict each other."""
        days: set[date] = set()
        clock: Clock | None = None
        exact: datetime | None = None
        for token in tokens:
            match token:
                case Clock():
                    clock = token if clock is None or clock.since is not None else clock
                case Exact(moment):
                    exact = moment
                    days.add(moment.date())
                case _:
                    days.add(token)
        if len(days) > 1 or (not days and clock is None):
            return None
        day = next(iter(days), now.date())
        return cls(day=day, names_a_day=bool(days), clock=clock, exact=exact)

    def moment(self, now: datetime) -> datetime:
        """The one moment, in the zone of ``now``."""
        if self.exact is not None and self.clock is None:
            return self.exact.replace(second=0, microsecond=0)
        midnight = datetime.combine(self.day, time.min, now.tzinfo)
        if self.clock is None:
            return midnight
        moments = [midnight + timedelta(minutes=m) for m in self.clock.readings]
        past = [m for m in moments if m <= now]
        if past:
            return past[0]
        if self.clock.since is not None and _is_between(midnight, self.clock.since, now):
            return now.replace(second=0, microsecond=0)
        of_another_night = self.clock.readings[0] >= DAY_MINUTES and self.day >= now.date()
        if of_another_night or not self.names_a_day:
            return moments[0] - timedelta(days=1)
        return moments[0]


def _is_between(midnight: datetime, since: int, now: datetime) -> bool:
    return midnight + timedelta(minutes=since) < now


def _read(text: str, now: datetime) -> _Said | None:
    if len(text) > MAX_PHRASE_CHARS:
        return None
    line = canonical(text)
    tokens: list[Token] = []
    at = 0
    try:
        while at < len(line):
            token, end = longest(line, at, now, ALL_RULES)
            if end == at:
                return None
            if token is not None:
                tokens.append(token)
            at = end
    except NoSuchDay:
        return None
    return _Said.of(tokens, now)


def _tokens(line: str, at: int, now: datetime) -> Iterator[Token]:
    """What follows in a sentence, as far as it belongs to the same moment."""
    while at < len(line):
        token, end = longest(line, at, now, ALL_RULES)
        if not isinstance(token, Clock):
            return
        yield token
        at = end
