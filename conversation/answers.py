"""From what a person typed to the value that a form stores, and back to words."""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, TypeAlias

from conversation import dates
from conversation.dialogue import Back, Done, Keep, Move, Option, Problem, Skip, Turn
from conversation.values import is_date, moment_text

MAX_TEXT_CHARS = 2000
#: XForms integers have 32 bits; longer figures are numbers of something else (phones, cards).
MAX_INTEGER = 2_147_483_647
#: "OK" is what XForms stores for a note that was taken notice of.
ACKNOWLEDGED = "OK"
#: Whatever is longer says more than an option. It could be taken apart in so many ways, too, that
#: nobody would hear from us any more.
LONGEST_MEANT = 24


@dataclass(frozen=True, slots=True)
class Understood:
    """A value that the form can store."""

    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """What was wrong with the words."""

    problem: Problem


Reading: TypeAlias = Understood | NotUnderstood


# -- from words to a value ----------------------------------------------------------------------


def read(kind: str, text: str, now: datetime) -> Reading:
    """The value that typed words mean for a type of question without options."""
    match kind:
        case "integer":
            return _or("not-a-number", read_integer(text))
        case "decimal":
            return _or("not-a-number", read_decimal(text))
        case "date":
            day = dates.parse_date(text, now.date())
            return _or("not-a-date", None if day is None else day.isoformat())
        case "time":
            clock = dates.parse_time(text)
            return _or("not-a-time", None if clock is None else _time_text(clock, now))
        case "dateTime":
            moment = dates.parse_moment(text, now)
            return _or("not-a-date", None if moment is None else moment_text(moment))
        case "geopoint":
            return _or("not-a-place", read_point(text))
        case "image" | "audio" | "video" | "file":
            return NotUnderstood("wants-a-file")
        case _:
            return read_text(text)


def coming(text: str, now: datetime) -> str | None:
    """The day that words mean when they speak of what is to come."""
    day = dates.parse_coming_date(text, now.date())
    return None if day is None else day.isoformat()


def read_text(text: str) -> Reading:
    """A sentence without what nobody can see in it."""
    clean = tidy(text)
    return NotUnderstood("too-long") if len(clean) > MAX_TEXT_CHARS else Understood(clean)


def tidy(text: str) -> str:
    """NFC, without control, direction and zero-width characters; lines and words stay apart."""
    if text.isprintable() and unicodedata.is_normalized("NFC", text):
        return text.strip()
    composed = unicodedata.normalize("NFC", re.sub(r"\r\n?|[\u2028\u2029\x85]", "\n", text))
    seen = (" " if letter == "\t" else letter for letter in composed if _visible(letter))
    return unicodedata.normalize("NFC", "".join(seen)).strip()


def _visible(letter: str) -> bool:
    return letter in "\n\t" or unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Co", "Cn"}


def read_integer(text: str) -> str | None:
    """32 in figures of any width, 三十二 and 三十二个 as "32"; None for anything else."""
    words = _without_unit(_narrow(text))
    count = int(words) if re.fullmatch("[-+]?[0-9]{1,15}", words) else chinese_number(words)
    return None if count is None or abs(count) > MAX_INTEGER else str(count)


def read_decimal(text: str) -> str | None:
    """3.50, 三点五 and 3 as "3.5", "3.5" and "3"; None for anything else."""
    words = _without_unit(_narrow(text))
    if re.fullmatch(r"[-+]?([0-9]{1,15}(\.[0-9]{0,9})?|\.[0-9]{1,9})", words):
        return _plain(words)
    whole, point, part = words.partition("点")
    if point and (count := chinese_number(whole)) is not None and part:
        digits = [_DIGITS.get(letter) for letter in part]
        if len(digits) <= 9 and None not in digits:
            return _plain(f"{count}.{''.join(map(str, digits))}")
    count = chinese_number(words)
    return None if count is None else str(count)


def _plain(words: str) -> str:
    sign = "-" if words.startswith("-") else ""
    whole, _, part = words.lstrip("+-").partition(".")
    whole, part = whole.lstrip("0") or "0", part.rstrip("0")
    figure = f"{whole}.{part}" if part else whole
    return figure if figure == "0" else sign + figure


def read_point(text: str) -> str | None:
    """``25.1,99.2`` as XForms writes a position; None when it lies nowhere on earth."""
    parts = [part for part in re.split(r"[\s,，、;；]+", _narrow(text, spaces=True)) if part]
    if len(parts) not in {2, 3, 4} or not all(_FIGURE.fullmatch(part) for part in parts):
        return None
    latitude, longitude = float(parts[0]), float(parts[1])
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    return " ".join([*map(_plain, parts), "0", "0"][:4])


_FIGURE = re.compile(r"[-+]?[0-9]{1,15}(\.[0-9]{0,15})?")
_DIGITS = {letter: value for value, letter in enumerate("零一二三四五六七八九")} | {
    "\u3007": 0,  # the round zero of dates and house numbers
    "两": 2,
    "俩": 2,
    "仨": 3,
}
_TENS = {"十": 10, "百": 100, "千": 1000}


def chinese_number(words: str) -> int | None:
    """三十二 as 32, 两万零五 as 20005; None for what is not exactly a number (十来, 三五)."""
    high, wan, low = words.partition("万")
    if wan:
        above, below = _below_ten_thousand(high), _after_ten_thousand(low)
        return above * 10_000 + below if above and below is not None else None
    return _below_ten_thousand(words)


def _after_ten_thousand(words: str) -> int | None:
    """零 stands before what is less than a thousand, and only there."""
    if not words:
        return 0
    filled = words[0] in "零\u3007"
    count = _below_ten_thousand(words[1:] if filled else words)
    return count if count and (count < 1000) is filled else None


def _below_ten_thousand(words: str) -> int | None:
    """Digits with falling units; 零 only where a place is empty."""
    if not words:
        return None
    if len(words) > 1 and all(letter in _DIGITS for letter in words):
        return None  # 三五 means three to five
    total, digit, last = 0, None, 10_000
    for place, letter in enumerate(words):
        if letter in _TENS:
            unit = _TENS[letter]
            if unit >= last or (digit is None and (unit != 10 or place)) or digit == 0:
                return None
            total, digit, last = total + (1 if digit is None else digit) * unit, None, unit
        elif letter in _DIGITS:
            if digit not in {None, 0} or (digit == 0 and _DIGITS[letter] == 0):
                return None
            digit = _DIGITS[letter]
        else:
            return None
    if digit == 0 and len(words) > 1:
        return None
    if digit is not None and last > 10 and len(words) > 1 and words[-2] not in "零\u3007":
        return None  # 一百二 means a hundred and twenty, or is cut off
    return total + (digit or 0)


def _narrow(text: str, *, spaces: bool = False) -> str:
    words = unicodedata.normalize("NFKC", tidy(text)).replace("\u2212", "-")
    return words if spaces else re.sub(r"\s+", "", words)


def _without_unit(words: str) -> str:
    for unit in _units():
        if words.endswith(unit) and len(words) > len(unit):
            return words.removesuffix(unit)
    return words


@cache
def _units() -> tuple[str, ...]:
    return tuple(sorted(table("numbers")["units"], key=len, reverse=True))


def _time_text(clock: time, now: datetime) -> str:
    # A bare time has no day to take an offset from, so the one of now is written.
    return clock.isoformat(timespec="milliseconds") + now.isoformat()[-6:]


def _or(problem: Problem, value: str | None) -> Reading:
    return NotUnderstood(problem) if value is None else Understood(value)


# -- from words to options ----------------------------------------------------------------------


def pick(
    text: str, options: Sequence[Option], also: Mapping[str, str] = MappingProxyType({})
) -> tuple[Option, ...]:
    """The options that the words may mean: one when they are clear, none when they fit nowhere.

    The label goes before the number, the number before the form's other words for an option
    (``also``: key to value), these before a yes or no, the beginning of a label before its
    middle. A word that fits anywhere (没有, 是), or a crumb of a long label, is none.
    """
    said = key(text)
    if not said:
        return ()
    if same := _those(options, lambda label: label == said):
        return same[:1]
    if (number := option_number(text)) is not None:
        return (options[number - 1],) if 1 <= number <= len(options) else ()
    if also and (value := meant_by(said, also)):
        return tuple(option for option in options if option.value == value)
    if meant := _yes_or_no(said, options) or _unsure(said, options):
        return (meant,)
    if heads := tuple(option for option in options if _head(option.label) == said):
        return heads[:1]
    if agrees(text) or declines(text) or is_unsure(text):
        return ()
    return _those(options, lambda label: label.startswith(said) and _is_much(said, label)) or (
        _those(options, lambda label: said in label and _is_much(said, label))
    )


def meant_by(said: str, also: Mapping[str, str]) -> str | None:
    """The value for which a form has just these words, whatever stands around them: 是他奶奶呀.

    ``said`` is a key; a sentence that says more than that is none of them.
    """
    if said in also:
        return also[said]
    if len(said) > LONGEST_MEANT:
        return None
    around = _around().fullmatch(said)
    if around is None:
        return None
    return also.get(around["said"]) or also.get(around["core"])


@cache
def _around() -> re.Pattern[str]:
    before, after = (
        "|".join(map(re.escape, sorted(table("around")[side], key=len, reverse=True)))
        for side in ("before", "after")
    )
    return re.compile(f"(?:{before})*+(?P<said>(?P<core>.+?)(?:{after})*)")


def agrees(text: str) -> bool:
    """True for a bare yes (是的, 对对对), whatever it answers."""
    return _once(key(text)) in table("yes_no")["yes"]


def declines(text: str) -> bool:
    """True for a bare no (没有, 不不不), whatever it answers."""
    return _once(key(text)) in table("yes_no")["no"]


def means_nothing(text: str) -> bool:
    """True for whoever wants none of several options (没有, 都一样)."""
    return declines(text) or adds_nothing(text)


def adds_nothing(text: str) -> bool:
    """True for whoever wants no more than what is ticked (没有, 都一样); 不是 takes it away."""
    return key(text) in table("nothing")["said"]


def is_unsure(text: str) -> bool:
    """True for whoever says that they do not know (不晓得, 我也搞不清楚)."""
    return _is_unsure(key(text))


def says_nothing(text: str) -> bool:
    """True for a bare yes, no or 不晓得, where somebody is asked for words."""
    return agrees(text) or declines(text) or is_unsure(text)


def says_no_word(text: str) -> bool:
    """True for signs alone: 😭, 👍, ……; nothing typed at all is something else."""
    return bool(text.strip()) and not any(letter.isalnum() for letter in text)


def _head(label: str) -> str:
    """The words of a label before its first mark: 没有 of 没有，都好."""
    return key(_MARK.split(label, maxsplit=1)[0])


def _is_much(said: str, label: str) -> bool:
    """在家 is no answer where one of the labels is 在家挨打挨饿或者被关."""
    return len(said) >= 3 or 4 * len(said) >= len(label)


def pick_several(
    text: str, options: Sequence[Option], also: Mapping[str, str] = MappingProxyType({})
) -> tuple[str, ...] | None:
    """The values of several options, in the order of the list; None when a part is unclear."""
    whole = pick(text, options, also)
    if len(whole) == 1:
        return (whole[0].value,)
    parts = [part for part in _BETWEEN.split(tidy(text)) if part]
    if len(parts) > 2 * len(options):  # a tale, and no list of what was chosen
        return None
    found = [pick(part, options, also) for part in parts]
    if not found or any(len(options) != 1 for options in found):
        return None
    chosen = {options[0].value for options in found}
    return tuple(option.value for option in options if option.value in chosen)


_BETWEEN = re.compile(r"[\s,，、;；+和跟及与]+")
_AGAIN = re.compile(r"(.{1,3}?)\1+")
_MARKS = re.compile(r"[，。！；,!;]+")
_MARK = re.compile(r"[，,、；;（(]")
_SPACE = re.compile(r"[\s，。！？、；：,.!?;:]+")


def key(text: str) -> str:
    """Words as they are compared: width, case, space and marks do not count."""
    return _SPACE.sub("", unicodedata.normalize("NFKC", tidy(text)).casefold())


def option_number(text: str) -> int | None:
    """The number of an option: 3, 三, 第三个, 选3; None when the words are no number."""
    words = _narrow(text)
    for before in table("numbers")["before"]:
        if words.startswith(before) and len(words) > len(before):
            words = words.removeprefix(before)
    for after in table("numbers")["after"]:
        if len(words) > len(after):
            words = words.removesuffix(after)
    if re.fullmatch("[0-9]{1,4}", words):
        return int(words)
    return chinese_number(words)


def _those(options: Iterable[Option], fits: Callable[[str], bool]) -> tuple[Option, ...]:
    return tuple(option for option in options if fits(key(option.label)))


def _yes_or_no(said: str, options: Sequence[Option]) -> Option | None:
    said = _once(said)
    for option in options:
        if said in table("yes_no").get(option.value, ()):
            return option
    return None


def _once(said: str) -> str:
    """What is said several times over, once: 是是是."""
    again = _AGAIN.fullmatch(said) if len(said) <= LONGEST_MEANT else None
    return again[1] if again else said


def _is_unsure(said: str) -> bool:
    words = table("unsure")
    if said in words["said"]:
        return True
    for before in words["before"]:
        said = said.removeprefix(before)
    for after in words["after"]:
        said = said.removesuffix(after)
    return said in words["said"]


def _unsure(said: str, options: Sequence[Option]) -> Option | None:
    """The option 不清楚 for whoever says so in words of their own."""
    if not _is_unsure(said):
        return None
    labels = table("unsure")["labels"]
    return next((option for option in options if option.label in labels), None)


# -- words that act -----------------------------------------------------------------------------


def command(text: str) -> Move | None:
    """The move that typed words stand for while a question is asked (上一步, 跳过 ...)."""
    match _command_of(text):
        case "back":
            return Back()
        case "skip":
            return Skip()
        case "keep":
            return Keep()
        case "done":
            return Done()
        case "next":
            return Turn(1)
        case "previous":
            return Turn(-1)
        case _:
            return None


def _command_of(text: str) -> str | None:
    """The name of the command that the words are, said once or more: 没得了没得了，就这些."""
    said = {_plainly(part) for part in _MARKS.split(text.strip()) if part}
    found = {_commands().get(part) for part in said}
    return found.pop() if len(found) == 1 else None


def _plainly(text: str) -> str:
    """Words as they are compared, said once and without what sounds at their end: 发出去咯."""
    said = _once(key(text))
    for after in table("sounds")["after"]:
        if len(said) > len(after) + 1:
            said = said.removesuffix(after)
    return said


def confirms(text: str) -> bool:
    """True for words that file a summary (确认, 发出去嘛, 0)."""
    return key(text) in table("commands")["file"] or _plainly(text) in table("commands")["file"]


@cache
def _commands() -> dict[str, str]:
    return {
        word: name for name, words in table("commands").items() if name != "file" for word in words
    }


def table(name: str) -> dict[str, Any]:
    """A table of the words that the engine hears and says."""
    found = _words()[name]
    assert isinstance(found, dict)
    return found


def label(name: str, **filled: object) -> str:
    """One of the engine's own labels, filled in."""
    words = table("labels")[name]
    assert isinstance(words, str)
    return words.format(**filled)


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(files("conversation").joinpath("words.toml").read_text("utf-8"))


# -- values -------------------------------------------------------------------------------------


def accepts(kind: str, value: str) -> bool:
    """True when a value is written as the engine itself would store it for this type."""
    match kind:
        case "integer":
            return (
                re.fullmatch("-?[0-9]{1,10}", value) is not None and read_integer(value) == value
            )
        case "decimal":
            return re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", value) is not None
        case "date":
            return is_date(value)
        case "time":
            return _parses(time.fromisoformat, value)
        case "dateTime":
            return "T" in value and _parses(datetime.fromisoformat, value)
        case "geopoint":
            return read_point(value) is not None
        case "acknowledge":
            return value == ACKNOWLEDGED
        case "text":
            return len(value) <= MAX_TEXT_CHARS and tidy(value) == value
        case _:
            return True


def spoken(kind: str, value: str, now: datetime) -> str:
    """A stored value in words, for every type without a list of its own."""
    match kind:
        case "date" if is_date(value):
            return dates.say_date(date.fromisoformat(value), now.date())
        case "time" if accepts(kind, value):
            return dates.say_time(time.fromisoformat(value).replace(tzinfo=None))
        case "dateTime" if accepts(kind, value):
            return dates.say_moment(datetime.fromisoformat(value).astimezone(now.tzinfo), now)
        case "geopoint" if accepts(kind, value):
            latitude, longitude = map(float, value.split()[:2])
            return label("place", latitude=latitude, longitude=longitude)
        case "image" | "audio" | "video" | "file":
            return label("file")
        case "acknowledge":
            return label("acknowledge")
        case _:
            return value


def _parses(parse: Callable[[str], object], value: str) -> bool:
    try:
        parse(value)
    except ValueError:
        return False
    return True
