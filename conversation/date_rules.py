"""The kinds of date phrase, each with what it means seen from now. The words are in dates.toml."""

import calendar
import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from typing import Any, TypeAlias

from conversation import lunar

DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A time of day: minutes after midnight of the day that was named, likeliest first.

    From 1440 on it is the night that follows. ``since`` is set when only a part of the day was
    said, and is where that part begins.
    """

    readings: tuple[int, ...]
    since: int | None = None


@dataclass(frozen=True, slots=True)
class Exact:
    """A moment counted back from now."""

    moment: datetime


Token: TypeAlias = date | Clock | Exact
#: The named parts of a phrase; a part that was not said is "" or missing.
Parts: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of phrase, and what it means seen from now. Fillers mean nothing."""

    pattern: re.Pattern[str]
    means: Callable[[Parts, datetime], Token | None]


class NoSuchDay(Exception):
    """The phrase is well formed, but there is no such day: 11月31日."""


def longest(
    line: str, at: int, now: datetime, rules: tuple[Rule, ...]
) -> tuple[Token | None, int]:
    """The longest phrase at a place and where it ends; (None, at) when there is none."""
    found = [(match, rule) for rule in rules if (match := rule.pattern.match(line, at))]
    if not found:
        return None, at
    match, rule = max(found, key=lambda pair: pair[0].end())
    try:
        return rule.means(match.groupdict(default=""), now), match.end()
    except (ValueError, OverflowError) as error:
        raise NoSuchDay from error


# -- one spelling ------------------------------------------------------------------------------


def canonical(text: str) -> str:
    """The phrase in one spelling: digits for numbers, feasts as dates, no brackets."""
    line = unicodedata.normalize("NFKC", text).lower()
    line = re.sub(r"\([^()]*\)", "", line)
    line = re.sub(r"[^\w:./+-]+", " ", line).strip(" .")
    line = re.sub(r"(?<=\d)t(?=\d)", " ", line)
    line = re.sub(r"(?<![0-9]) | (?![0-9])", "", line)
    line = _REWRITES.sub(lambda m: _WORDS["rewrites"][m[0]], line)
    line = FEASTS.sub(lambda m: _WORDS["feasts"][m[1]], line)
    line = _ABOUT_SO_MANY.sub(r"\1", line)
    line = _A_FEW.sub("3", line)
    return _NUMERALS.sub(_to_digits, line)


def _to_digits(match: re.Match[str]) -> str:
    word = match[0]
    if not any(c in _TENS for c in word):
        return "".join(str(_DIGIT[c]) for c in word)
    total, digit = 0, 0
    for c in word:
        if c in _TENS:
            total += _TENS[c] * (digit or 1) if c in "十百" else _TENS[c]
            digit = 0
        else:
            digit = _DIGIT[c]
    return str(total + digit)


def _either(words: Iterable[str]) -> str:
    return "|".join(re.escape(w) for w in sorted(words, key=len, reverse=True))


_WORDS: dict[str, Any] = tomllib.loads(
    files("conversation").joinpath("dates.toml").read_text("utf-8")
)
SAY: dict[str, Any] = _WORDS["say"]
ALONE: dict[str, Any] = _WORDS["alone"]

_DIGIT = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2, "俩": 2, "\u3007": 0}
_TENS = {"十": 10, "百": 100, "廿": 20, "卅": 30}
_COUNTING = "".join([*_DIGIT, *_TENS])
_MOON = r"(?:农历|阴历|旧历|古历)"
_NUMERALS = re.compile(f"[{_COUNTING}]{{1,8}}")
_REWRITES = re.compile(rf"(?<![天日月年周期拜时钟])(?:{_either(_WORDS['rewrites'])})")
FEASTS = re.compile(
    rf"(?<![{_COUNTING}\d点半月周期拜第初])(?:{_MOON})?({_either(_WORDS['feasts'])})"
    rf"(?![{_COUNTING}\d点日号月个小分年周组岁])"
)
_COUNTED = "天|日|周|星期|礼拜|小时|分钟"
# 三四天前 counts as three, 十几天 as ten, 几天 as three: the person sees the date and can mend it.
_ABOUT_SO_MANY = re.compile(
    rf"(?<![{_COUNTING}])([一两二三四五六七八])[两二三四五六七八九](?=个|{_COUNTED})"
    rf"|(?<=十)[几来多](?=个|年|{_COUNTED})"
)
_A_FEW = re.compile(rf"几(?=个|年|{_COUNTED})")


# -- what each kind means ----------------------------------------------------------------------


def _named_day(said: Parts, now: datetime) -> date:
    return now.date() + timedelta(days=_WORDS["days"][said["word"]])


def _this_moment(_: Parts, now: datetime) -> Exact:
    return Exact(now)


def _ago(said: Parts, now: datetime) -> Token:
    count, half, unit = int(said["count"] or 0), bool(said["half"]), said["unit"]
    if unit in _MINUTES:
        minutes = _MINUTES[unit] * (2 * count + half) // 2
        return Exact((now.astimezone(UTC) - timedelta(minutes=minutes)).astimezone(now.tzinfo))
    if unit in _DAYS:
        return now.date() - timedelta(days=_DAYS[unit] * (2 * count + half) // 2)
    if unit == "月":
        return _months_before(now.date(), count) - timedelta(days=15 * half)
    return _months_before(now.date(), 12 * count + 6 * half)


def _weekday(said: Parts, now: datetime) -> date:
    """上周 alone is its Monday; this week's Sunday is the last one until it has come."""
    weeks = said["which"].count("下") - said["which"].count("上")
    name = said.get("weekday") or "1"
    number = {"日": 6, "天": 6, "末": 5}.get(name) or int(name) - 1
    day = now.date() + timedelta(days=number - now.weekday(), weeks=weeks)
    return day - timedelta(weeks=1) if weeks == 0 and day > now.date() else day


def _full_date(said: Parts, _: datetime) -> date:
    return date(int(said["whole_year"]), int(said["month"]), int(said["day"]))


def _month_and_day(said: Parts, now: datetime) -> date:
    month = int(said["month"])
    return _in_a_year(
        said.get("year", ""),
        now.date(),
        lambda year: date(year, month, _day_of_month(said, year, month)),
    )


def _relative_month(said: Parts, now: datetime) -> date:
    months = said["which"].count("上") - said["which"].count("下")
    first = _months_before(now.date().replace(day=1), months)
    return first.replace(day=_day_of_month(said, first.year, first.month))


def _latest_such_day(said: Parts, now: datetime) -> date:
    """月底, or 3号: in this month when that is past, else in the latest that has it."""
    for months in range(4):
        month = _months_before(now.date().replace(day=1), months)
        number = _day_of_month(said, month.year, month.month)
        if number <= _length(month.year, month.month):
            found = month.replace(day=number)
            if found <= now.date():
                return found
    raise ValueError("no such day")


def _edge_of_year(said: Parts, now: datetime) -> date:
    month, day = (12, 31) if said.get("part") in {"底", "末"} else (1, 1)
    return _in_a_year(said.get("year", ""), now.date(), lambda year: date(year, month, day))


def _moon_date(said: Parts, now: datetime) -> date:
    month = {"正": 1, "冬": 11, "腊": 12}.get(said["month"]) or int(said["month"])
    leap = bool(said.get("leap"))
    days = (30, 29) if said.get("part") in {"底", "末"} else (int(said.get("day") or 1),)
    return _in_a_year(
        said.get("year") or said.get("year2", ""),
        now.date(),
        lambda year: _exists(
            next(
                filter(None, (lunar.to_date(_moon(year, month, day, leap)) for day in days)), None
            )
        ),
        base=_moon_base(month, now.date()),
        years=20,  # A leap month comes back after at most nineteen years.
    )


def _moon(year: int, month: int, day: int, leap: bool) -> lunar.LunarDay:
    return lunar.LunarDay(year=year, month=month, day=day, leap=leap)


def _new_year_day(said: Parts, now: datetime) -> date:
    """大年初二."""
    return _moon_date({"month": "正", "day": said["day"]}, now)


def _latest_moon_day(said: Parts, now: datetime) -> date:
    """初五: the latest one. Two moons are at most sixty days."""
    for back in range(61):
        day = now.date() - timedelta(days=back)
        moon = lunar.from_date(day)
        if moon is not None and moon.day == int(said["day"]):
            return day
    raise ValueError("no such day")


def _last_of_moon_year(said: Parts, now: datetime) -> date:
    return _in_a_year(
        said["year"],
        now.date(),
        lambda year: _exists(lunar.last_day(year)),
        base=_moon_base(12, now.date()),
    )


def _solar_term(said: Parts, now: datetime) -> date:
    return _in_a_year(
        said["year"], now.date(), lambda year: _exists(lunar.term(said["term"], year))
    )


def _clock(said: Parts, _: datetime) -> Clock:
    minute = int(said.get("minute") or 0)
    if said.get("half"):
        minute = 30
    if said.get("quarter"):
        minute = 15 * int(said["quarter"])
    if int(said["hour"]) > 24 or minute > 59 or (int(said["hour"]) == 24 and minute):
        raise ValueError("no such time")
    part = said.get("part")
    hours = _hours_in(part, int(said["hour"])) if part else _hours_of_no_part(said["hour"])
    return Clock(readings=tuple(60 * hour + minute for hour in hours))


def _part_of_day(said: Parts, _: datetime) -> Clock:
    part = _DAY_PARTS[said["part"]]
    return Clock(readings=(int(60 * part["usual"]),), since=60 * part["from"])


def _nothing(_: Parts, __: datetime) -> None:
    return None


# -- counting ----------------------------------------------------------------------------------


def _in_a_year(
    said: str,
    today: date,
    in_year: Callable[[int], date],
    *,
    base: int = 0,
    years: int = 9,  # 29 February comes back after at most eight.
) -> date:
    """The day in the year that was said; without one, the latest such day that is not to come."""
    if said:
        return in_year(_year(said, base or today.year))
    for year in range(today.year, today.year - years, -1):
        try:
            found = in_year(year)
        except ValueError:
            continue
        if found <= today:
            return found
    raise ValueError("no such day")


def _year(said: str, base: int) -> int:
    if said in _WORDS["years"]:
        return int(base + _WORDS["years"][said])
    number = int(said.rstrip("年"))
    return number if number > 99 else 2000 + number


def _moon_base(month: int, today: date) -> int:
    """Which year 今年 is: the last months of a moon year reach into the next common one."""
    moon = lunar.from_date(today)
    return moon.year if moon is not None and month > 10 else today.year


def _exists(day: date | None) -> date:
    if day is None:
        raise ValueError("no such day, or outside the years")
    return day


def _months_before(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 - months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, _length(year, month)))


def _day_of_month(said: Parts, year: int, month: int) -> int:
    if said.get("day"):
        return int(said["day"])
    part = said.get("part", "")
    if part in {"底", "末"}:
        return _length(year, month)
    return {"初": 1, "上旬": 5, "中": 15, "中旬": 15, "下旬": 25}.get(part, 1)


def _length(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def _hours_in(word: str, hour: int) -> tuple[int, ...]:
    part = _DAY_PARTS[word]
    fitting = [h for h in (hour, hour + 12, hour + 24) if part["from"] <= h <= part["to"]]
    return (fitting[0],) if fitting else (hour,)


def _hours_of_no_part(written: str) -> tuple[int, ...]:
    """三点 is the afternoon, 八点 the morning, unless that is to come; 03:20 is as written."""
    hour = int(written)
    if hour == 0 or hour > 12 or written.startswith("0"):
        return (hour,)
    if hour == 12:
        return (12, 0)
    return (hour + 12, hour) if hour <= 5 else (hour, hour + 12)


# -- the kinds ---------------------------------------------------------------------------------

_MINUTES = {"分钟": 1, "分": 1, "刻钟": 15, "小时": 60, "钟头": 60}
_DAYS = {"天": 1, "日": 1, "周": 7, "星期": 7, "礼拜": 7}
_DAY_PARTS: dict[str, Any] = {word: part for part in _WORDS["parts"] for word in part["words"]}

_YEAR = rf"(?P<year>{_either(_WORDS['years'])}|\d{{4}}年|\d{{2}}年)的?"
_YEAR2 = _YEAR.replace("<year>", "<year2>")
_MONTH = r"(?P<month>\d{1,2})月"
_DAY = r"(?P<day>\d{1,2})"
_MOON_MONTH = r"(?P<month>正|冬|腊)月"
_PART_OF_MONTH = r"(?P<part>初|上旬|中旬|下旬|中|底|末)"
_PART_OF_DAY = rf"(?P<part>{_either(_DAY_PARTS)})"
_ABOUT = r"(?:的|大概|大约|约|差不多|快|到| )*"
_HOUR = (
    r"(?P<hour>\d{1,2})(?:点|时)"
    r"(?:(?P<half>半)|(?P<quarter>[13])刻|过?(?P<minute>\d{1,2})分?(?!\d))?"
)
_HOUR_COLON = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d\d)?(?!\d)"
_COUNT = r"(?=[\d半])(?P<count>\d{1,3})?个?(?P<half>半)?个?"
_UNIT = rf"(?P<unit>{_either([*_MINUTES, *_DAYS, '月', '年'])})"
_WEEK = r"个?(?:周|星期|礼拜)"


def _rule(pattern: str, means: Callable[[Parts, datetime], Token | None]) -> Rule:
    return Rule(re.compile(pattern, re.ASCII), means)


#: Kinds that hold inside any sentence; 10号 or 3.5 alone may be a house or a weight.
SURE_RULES = (
    _rule(rf"(?P<word>{_either(_WORDS['days'])})", _named_day),
    _rule(_either(_WORDS["now"]["sure"]), _this_moment),
    _rule(rf"{_COUNT}{_UNIT}多?(?:以前|之前|前)", _ago),
    _rule(rf"(?P<which>上上|上|这|本|下下|下)?{_WEEK}(?P<weekday>[1-6日天末])", _weekday),
    _rule(
        r"(?P<whole_year>\d{4})[年./-](?P<month>\d{1,2})[月./-](?P<day>\d{1,2})[日号]?(?!\d)",
        _full_date,
    ),
    _rule(rf"(?:{_YEAR})?{_MONTH}{_DAY}[日号]?(?!\d)", _month_and_day),
    _rule(rf"(?P<which>上上个?|上个?|这个|本|下个?)月{_DAY}[日号]", _relative_month),
    _rule(
        rf"(?:{_YEAR})?{_MOON}?(?:{_YEAR2})?(?P<leap>闰)?{_MOON_MONTH}初?{_DAY}[日号]?(?!\d)",
        _moon_date,
    ),
    _rule(rf"(?:{_YEAR})?(?P<leap>闰)?{_MONTH}初{_DAY}(?!\d)", _moon_date),
    _rule(
        rf"(?:{_YEAR})?{_MOON}(?:{_YEAR2})?(?P<leap>闰)?{_MONTH}初?{_DAY}[日号]?(?!\d)",
        _moon_date,
    ),
    _rule(rf"{_PART_OF_DAY}{_ABOUT}{_HOUR}", _clock),
)

ALL_RULES = (
    *SURE_RULES,
    _rule(_either(_WORDS["now"]["words"]), _this_moment),
    _rule(rf"{_COUNT}(?P<unit>{_either([*_DAYS, '月', '年'])})多?了", _ago),
    _rule(rf"(?P<which>上上|上|这|本|下下|下){_WEEK}", _weekday),
    _rule(r"(?P<whole_year>20\d\d)(?P<month>\d\d)(?P<day>\d\d)(?!\d)", _full_date),
    _rule(rf"(?P<month>\d{{1,2}})[./-]{_DAY}[日号]?(?![\d:])", _month_and_day),
    _rule(rf"(?:{_YEAR})?{_MONTH}份?{_PART_OF_MONTH}?(?!\d)", _month_and_day),
    _rule(
        rf"(?P<which>上上个?|上个?|这个|本|下个?)月份?(?:{_DAY}[日号]?|{_PART_OF_MONTH})?",
        _relative_month,
    ),
    _rule(rf"月{_PART_OF_MONTH}", _latest_such_day),
    _rule(rf"{_DAY}[日号]", _latest_such_day),
    _rule(rf"(?:{_YEAR})年?(?P<part>初|底|末)?", _edge_of_year),
    _rule(r"年(?P<part>初|底|末)", _edge_of_year),
    _rule(rf"(?:{_YEAR})?{_MOON}?{_MOON_MONTH}(?P<part>初|底|末)?", _moon_date),
    _rule(rf"(?:大年|年)初{_DAY}", _new_year_day),
    _rule(rf"初{_DAY}", _latest_moon_day),
    _rule(rf"(?:{_YEAR})?除夕", _last_of_moon_year),
    _rule(rf"(?:{_YEAR})?(?P<term>{_either(lunar.TERMS)})节?", _solar_term),
    _rule(rf"(?:{_PART_OF_DAY})?{_ABOUT}{_HOUR}", _clock),
    _rule(rf"(?:{_PART_OF_DAY})?{_ABOUT}{_HOUR_COLON}", _clock),
    _rule(_PART_OF_DAY, _part_of_day),
    _rule(rf"{_either(_WORDS['fillers']['words'])}| ", _nothing),
)
