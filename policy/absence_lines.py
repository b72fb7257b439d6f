"""Who is missing, from one line as teachers type it: 三(2)班缺:王小明、李红(病)."""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from importlib.resources import files
from typing import Any, Literal, TypeAlias

from policy.register.kinship import family_name, is_family_name, table
from policy.sounds import heard_as, plain

#: Longer lines are cut: nobody has so many pupils missing.
MAX_LINE_CHARS = 400
#: A name of a people who write theirs long: 古丽米热·买买提.
MAX_NAME_CHARS = 20

Excused: TypeAlias = Literal["yes", "no", "unknown"]
#: How a name of a line fits the roster: as written; likely one pupil; one of several; nobody.
Fit: TypeAlias = Literal["exact", "likely", "several", "nobody"]
#: Reads a phrase of a day as seen from today.
ReadDay: TypeAlias = Callable[[str, date], date | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassName:
    """A class: (3, 2) is 三年级2班, (7, 1) 初一1班, (-1, None) 大班, (None, 2) 2班."""

    grade: int | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """One who is missing: the name as written, without blanks; why; whether it is excused."""

    name: str = field(repr=False)
    #: A key of ``reason`` in absence_lines.toml; "" when none was given.
    reason: str = ""
    excused: Excused = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceLine:
    """What a line says."""

    class_name: ClassName | None
    day: date
    absent: tuple[Absent, ...] = ()
    all_present: bool = False
    #: How many are missing, when the line says so.
    stated: int | None = None
    #: What was not understood.
    leftovers: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NameMatch:
    """Whom of the roster a name means; ``likely`` and ``several`` are asked about, too."""

    absent: Absent
    #: Places in the roster.
    pupils: tuple[int, ...] = ()
    fit: Fit = "nobody"


def read_line(text: str, today: date, read_day: ReadDay, known: Iterable[str] = ()) -> AbsenceLine:
    """Everything that a line says; what it does not say is open, never guessed.

    ``known`` are names of pupils that help to tell names from other words.
    """
    line = _Line(text)
    day = line.cut_day(today, read_day)
    class_name = line.cut_class()
    line.cut_everybody()
    stated = line.cut_counts()
    said = _Said(frozenset(map(plain, known)))
    for token in _tokens(line):
        said.hear(token)
    absent, leftovers = said.absent(), said.leftovers
    # What was not understood may be a name.
    is_told = said.means_everybody or stated == 0
    is_nobody = is_told and not absent and not stated and not leftovers
    return AbsenceLine(
        class_name=class_name,
        day=day,
        absent=absent,
        all_present=is_nobody,
        stated=None if is_nobody else stated,
        leftovers=leftovers,
    )


def match_names(absent: Iterable[Absent], roster: Sequence[str]) -> tuple[NameMatch, ...]:
    """Whom of a class the names mean; names that were written together are taken apart."""
    pupils = tuple(plain(name) for name in roster)
    return tuple(match for one in absent for match in _matches(one, pupils))


def speaks_of_absence(text: str) -> bool:
    """True for words that only a line about who is missing has."""
    return _OF_ABSENCE_WORDS.search(_Line(text).short) is not None


def speaks_of_family(text: str) -> bool:
    """True for what a family said, or that nobody of it is reached: 家长说病了, 电话没人接."""
    said = _Line(text).short
    return _FAMILY.search(said) is not None or "unreachable" in _reasons_in(said)


def read_reason(text: str) -> str:
    """Why somebody is away, in any words: a key of ``reason``; "" where they do not say."""
    return min(_reasons_in(_Line(text).short), key=REASONS.index, default="")


def _reasons_in(said: str) -> set[str]:
    return {key for kind, key, words in _LEXICON if kind == "reason" and words.search(said)}


def read_arrivals(text: str) -> tuple[str, ...]:
    """The names of a line that says no more than that they are there: 更正：李红、王小明来了."""
    found = _ARRIVED.fullmatch(unicodedata.normalize("NFKC", text).translate(_SHORT))
    return read_names(found["names"]) if found else ()


def read_class(text: str) -> ClassName | None:
    """The class that a text names: 三年级2班, 三(2)班, 初一1班."""
    return _Line(text).cut_class()


def read_names(text: str) -> tuple[str, ...]:
    """Names of pupils as they are pasted, each once: with numbers before them, or in columns."""
    found = dict.fromkeys(
        name
        for part in _BETWEEN_NAMES.split(unicodedata.normalize("NFKC", text))
        if 2 <= len(name := _NOT_OF_NAMES.sub("", part)) <= MAX_NAME_CHARS
    )
    return tuple(found)


# -- the line ----------------------------------------------------------------------------------

#: Stands for what was read already.
_CUT = "\x00"
#: Stands for words for everybody.
_EVERYBODY_CUT = "\x01"


class _Line:
    """A line in one width; ``short`` is the same in short characters, with what is read cut."""

    def __init__(self, text: str) -> None:
        self.written = unicodedata.normalize("NFKC", text)[:MAX_LINE_CHARS]
        self.short = self.written.translate(_SHORT)

    def cut_day(self, today: date, read_day: ReadDay) -> date:
        """The latest day that is named; today when none is."""
        days = []
        for match in _DAY.finditer(self.short):
            day = read_day(match[0], today)
            if day is None or day > today:
                continue
            if not _NOT_MISSED.match(self.short, match.end()):
                days.append(day)
            self._cut(match)
        return max(days, default=today)

    def cut_class(self) -> ClassName | None:
        """The class that is named."""
        for pattern in _CLASSES:
            if match := pattern.search(self.short):
                self._cut(match)
                return _class_name(match)
        return None

    def cut_everybody(self) -> None:
        """Words for everybody: what they mean depends on who is named before them."""
        for match in _REST.finditer(self.short):
            self._cut(match)
        for match in _EVERYBODY.finditer(self.short):
            self._cut(match, _EVERYBODY_CUT)

    def cut_counts(self) -> int | None:
        """How many are said to be missing, all together."""
        missing = [number for pattern in _MISSING_COUNTS for number in self._cut_all(pattern)]
        enrolled, present = self._cut_all(_ENROLLED), self._cut_all(_PRESENT_COUNT)
        self._cut_all(_OTHER_COUNT)
        if missing:
            return sum(missing)
        return enrolled[0] - present[0] if enrolled and present else None

    def _cut_all(self, pattern: re.Pattern[str]) -> list[int]:
        found = list(pattern.finditer(self.short))
        for match in found:
            self._cut(match)
        return [_number(match[1]) for match in found]

    def _cut(self, match: re.Match[str], mark: str = _CUT) -> None:
        start, end = match.span()
        self.short = self.short[:start] + mark * (end - start) + self.short[end:]


def _class_name(match: re.Match[str]) -> ClassName:
    said = match.groupdict()
    number = said.get("number") or said.get("number2")
    nursery, level, year = said.get("nursery"), said.get("level"), said.get("year")
    grade = _NURSERY[nursery] if nursery else _number(year) if year else None
    if level and grade is not None:
        grade += _LEVELS[level]
    return ClassName(grade=grade, number=_number(number) if number else None)


def _number(said: str) -> int:
    if said.isdecimal():
        return int(said)
    tens, ten, ones = said.rpartition("十")
    high = 10 * (_DIGITS[tens] if tens else 1) if ten else 0
    return high + (_DIGITS[ones] if ones else 0)


# -- its words ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    """A word that is known, or a run of characters that may be names."""

    kind: str
    #: The reason of a reason.
    key: str = ""
    text: str = field(default="", repr=False)
    #: The kind of the next word that tells something; after a run the reason of a reason.
    then: str = ""
    #: Nothing but a mark stands before it.
    is_first: bool = False


def _tokens(line: _Line) -> tuple[_Token, ...]:
    found = tuple(_joined(_words(line.short, line.written)))
    return tuple(_with_neighbours(found, at) for at in range(len(found)))


def _words(short: str, written: str) -> Iterator[_Token]:
    at = run = 0
    while at < len(short):
        kind, key, end = _longest(short, at)
        if not kind:
            at += 1
            continue
        if run < at:
            yield _Token(kind="run", text=written[run:at])
        yield _Token(kind=kind, key=key, text=written[at:end])
        at = run = end
    if run < at:
        yield _Token(kind="run", text=written[run:at])


def _longest(short: str, at: int) -> tuple[str, str, int]:
    best = ("", "", at)
    for kind, key, pattern in _LEXICON:
        match = pattern.match(short, at)
        if match is not None and match.end() > best[2]:
            best = (kind, key, match.end())
    return best


def _joined(tokens: Iterable[_Token]) -> Iterator[_Token]:
    """曹 阳 is one name: a family name alone, and what follows after a blank."""
    held: list[_Token] = []
    for token in tokens:
        held.append(token)
        kinds = [one.kind for one in held]
        if kinds == ["run", "blank", "run"][: len(kinds)] and _may_be_family(held[0].text):
            if len(held) < 3:
                continue
            if len(token.text) <= 2:
                yield _Token(kind="run", text=held[0].text + token.text)
                held = []
                continue
            held, kept = held[2:], held[:2]
            yield from kept
            if _may_be_family(token.text):
                continue
        yield from held
        held = []
    yield from held


def _may_be_family(text: str) -> bool:
    return len(text) == 1 and text in _FAMILIES


def _with_neighbours(tokens: tuple[_Token, ...], at: int) -> _Token:
    token = tokens[at]
    after = [one for one in tokens[at + 1 :] if one.kind not in _PASSED]
    then = ""
    if after:
        then = after[0].kind
        if token.kind == "run" and after[0].kind == "reason":
            then = after[0].key
    before = tokens[at - 1].kind if at else "mark"
    return _Token(
        kind=token.kind,
        key=token.key,
        text=token.text,
        then=then,
        is_first=before in _EDGES,
    )


#: What is passed over when one looks at what follows a word.
_PASSED = {"blank", "cut", "noise"}
#: Beside a run these show that it is whole.
_EDGES = {"blank", "cut", "mark", "colon", "list", "open", "close", "absent"}


# -- what they say together --------------------------------------------------------------------


@dataclass(slots=True)
class _Person:
    name: str
    reasons: list[str]
    is_there: bool = False


class _Said:
    """What was heard so far."""

    def __init__(self, known: frozenset[str]) -> None:
        self._known = known
        self._people: list[_Person] = []
        self._left: list[str] = []
        #: Those of whom nothing was said yet, and those of whom something was said last.
        self._open: list[_Person] = []
        self._last: list[_Person] = []
        #: The reason of 缺: ("") or 病假: before the names; None without such a word.
        self._header: str | None = None
        self._listed: list[_Person] = []
        self._means_all = False
        self._in_bracket = False
        self.means_everybody = False

    @property
    def leftovers(self) -> tuple[str, ...]:
        """What was not understood."""
        return tuple(self._left)

    def absent(self) -> tuple[Absent, ...]:
        """Those who are missing, each once."""
        people: dict[str, list[str]] = {}
        for one in self._people:
            if not one.is_there:
                people.setdefault(one.name, []).extend(one.reasons)
        return tuple(_absent(name, reasons) for name, reasons in people.items())

    def hear(self, token: _Token) -> None:
        """Take one word in."""
        match token.kind:
            case "run":
                self._hear_run(token)
            case "absent" | "reason":
                self._hear_why(token)
            case "present":
                self._tell_present()
            case "everybody":
                self.means_everybody = self.means_everybody or not self._open
                self._tell_present()
            case "all":
                self._means_all = True
            case "open":
                self._in_bracket = bool(self._people)
            case "close":
                if self._in_bracket:
                    self._last, self._open = self._people[-1:], []
                self._in_bracket = False
            case _:
                pass

    def _hear_run(self, token: _Token) -> None:
        names, rest = self._names_in(token)
        if self._in_bracket:  # Who told it, more often than who is missing, too.
            names = tuple(name for name in names if name in self._known)
            rest = "" if names else token.text
        if rest := _trimmed(rest):
            self._left.append(rest)
        for name in names:
            reasons = [self._header] if self._header else []
            person = _Person(name, reasons)
            self._people.append(person)
            (self._open if self._header is None else self._listed).append(person)

    def _names_in(self, token: _Token) -> tuple[tuple[str, ...], str]:
        """The names in a run, and what of it is no name."""
        names = _parts_of_roster(token.text, self._known) or _names(token.text)
        if names:
            return names, ""
        names, rest = _known_in(token.text, self._known)
        if names:
            return names, rest
        if self._is_nickname(token):
            return (_trimmed(token.text),), ""
        return (), token.text

    def _is_nickname(self, token: _Token) -> bool:
        """毛毛没来; 缺:毛毛."""
        name = _trimmed(token.text)
        if not (2 <= len(name) <= 5) or not token.is_first or name in _NEVER:
            return False
        is_listed = self._header is not None and token.then in _ENDS
        return is_listed or token.then in _OF_ABSENCE

    def _hear_why(self, token: _Token) -> None:
        if not self._in_bracket and self._is_header(token):
            self._header, self._listed, self._open = token.key, [], []
            self._means_all = False
            return
        for person in self._meant():
            if token.key:
                person.reasons.append(token.key)
        if self._open:
            self._last, self._open = self._open, []
        if not self._in_bracket:
            self._means_all = False

    def _is_header(self, token: _Token) -> bool:
        if token.then == "colon":
            return True
        return not self._open and not self._listed_now() and token.then == "run"

    def _listed_now(self) -> bool:
        """A list that has begun goes on: 缺:王小明 发烧 李红."""
        return self._header == "" and bool(self._listed)

    def _meant(self) -> Sequence[_Person]:
        """Of whom a word tells that has no names after it."""
        if self._means_all:
            return self._listed or self._open or self._last
        if self._in_bracket:
            return self._people[-1:]
        if self._open:
            return self._open
        if self._header is not None and self._listed:
            return self._listed[-1:]
        return self._last

    def _tell_present(self) -> None:
        for person in self._open:
            person.is_there = True
        self._open = []


#: After a whole run that stands in a list.
_ENDS = {"", "list", "mark", "open", "run", "absent", "cut", "colon", "sick", "personal", "leave"}
#: Words after which any short run is somebody.
_OF_ABSENCE = {"absent", "leave", "unexplained", "late"}


def _absent(name: str, reasons: Sequence[str]) -> Absent:
    reason = min(reasons, key=REASONS.index, default="")
    excused: Excused = _EXCUSED[reason] if reason else "unknown"
    if "unexplained" in reasons:
        excused = "no"
    return Absent(name=name, reason=reason, excused=excused)


# -- names -------------------------------------------------------------------------------------


def _names(run: str) -> tuple[str, ...]:
    """The names that a run of characters is made of; none when it is not made of names."""
    for text in dict.fromkeys((_trimmed(run, before=False), _trimmed(run))):
        if "·" in text:
            return (text,) if len(text) <= MAX_NAME_CHARS else ()
        for parts in (_parts_at_joints(text), (text,)):
            cut = [_cut_names(part) for part in parts]
            if all(cut):
                return tuple(name for names in cut for name in names)
    return ()


def _parts_at_joints(text: str) -> tuple[str, ...]:
    """牛犇和童心 in two; 李和平 is one."""
    parts = tuple(_JOINS.split(text)) if len(text) > 3 else (text,)
    return parts if all(len(part) > 1 for part in parts) else (text,)


def _cut_names(text: str) -> tuple[str, ...]:
    """The text as names, each with its family name first; () when it cannot be."""
    if len(text) > MAX_NAME_CHARS:
        return ()
    best: dict[int, tuple[int, tuple[str, ...]]] = {0: (0, ())}
    for end in range(2, len(text) + 1):
        ways = [
            (best[end - size][0] + cost, (*best[end - size][1], text[end - size : end]))
            for size in range(2, min(end, 4) + 1)
            if end - size in best and (cost := _cost(text[end - size : end])) is not None
        ]
        if ways:
            best[end] = min(ways)
    return best.get(len(text), (0, ()))[1]


def _cost(name: str) -> int | None:
    """How unusual a name is; None when it is none."""
    if is_family_name(name[:2]) and len(name) > 2:
        return 2 if len(name) == 4 else 3
    if name[0] not in _FAMILIES or name in _NEVER:
        return None
    return {2: 3, 3: 2, 4: 12}[len(name)] + (0 if name[0] in _USUAL else 2)


def _known_in(run: str, known: frozenset[str]) -> tuple[tuple[str, ...], str]:
    """Known names among other words: 昨晚刘一鸣没回宿舍; not 李红 in 李红梅."""
    names, rest, at = [], "", 0
    while at < len(run):
        name = next(
            (run[at:end] for end in range(len(run), at + 1, -1) if run[at:end] in known), ""
        )
        after = run[at + len(name) :]
        if name and (not after or after[0] in _FOLLOWING):
            names.append(name)
            at += len(name)
        else:
            rest += run[at]
            at += 1
    return tuple(names), rest


def _trimmed(run: str, *, before: bool = True) -> str:
    text = run.rstrip(_AFTER) if len(run.rstrip(_AFTER)) > 1 else run
    if before:
        text = text.lstrip(_BEFORE)
    return text if len(text) > 1 or text not in _BEFORE + _AFTER else ""


# -- the roster --------------------------------------------------------------------------------


def _matches(absent: Absent, pupils: Sequence[str]) -> Iterator[NameMatch]:
    name = plain(absent.name)
    found = _places(pupils, lambda pupil: pupil == name)
    if found:
        yield NameMatch(absent=absent, pupils=found, fit="exact" if len(found) == 1 else "several")
        return
    if parts := _parts_of_roster(name, frozenset(pupils)):
        for part in parts:
            one = Absent(name=part, reason=absent.reason, excused=absent.excused)
            yield from _matches(one, pupils)
        return
    for is_like in (_sounds_alike, _is_given_name, _is_one_wrong):
        found = _places(pupils, partial(is_like, name))
        if found:
            fit: Fit = "likely" if len(found) == 1 else "several"
            yield NameMatch(absent=absent, pupils=found, fit=fit)
            return
    yield NameMatch(absent=absent)


def _places(pupils: Sequence[str], fits: Callable[[str], bool]) -> tuple[int, ...]:
    return tuple(at for at, pupil in enumerate(pupils) if fits(pupil))


def _parts_of_roster(text: str, known: frozenset[str]) -> tuple[str, ...]:
    """A text as names of the roster alone; () when it is not."""
    if text in known:
        return (text,)
    if len(text) > MAX_NAME_CHARS:
        return ()
    for size in range(2, len(text) - 1):
        if text[:size] in known and (rest := _parts_of_roster(text[size:], known)):
            return (text[:size], *rest)
    return ()


def _sounds_alike(name: str, pupil: str) -> bool:
    return len(name) == len(pupil) and not heard_as(name).isdisjoint(heard_as(pupil))


def _is_given_name(name: str, pupil: str) -> bool:
    """小明 for 王小明, and 明明 or 小明 for 王明."""
    given = pupil.removeprefix(family_name(pupil))
    return name == given if len(given) > 1 else name in (2 * given, f"小{given}")


def _is_one_wrong(name: str, pupil: str) -> bool:
    """One character of three is another, or one of two looks like the right one."""
    if len(name) != len(pupil):
        return False
    wrong = [(one, other) for one, other in zip(name, pupil, strict=True) if one != other]
    return len(wrong) == 1 and (len(name) > 2 or _look_alike(*wrong[0]))


def _look_alike(char: str, other: str) -> bool:
    return any(char in group and other in group for group in table("alike")["groups"])


# -- the table ---------------------------------------------------------------------------------


def _either(patterns: Iterable[str]) -> str:
    return "|".join(f"(?:{pattern})" for pattern in patterns)


_WORDS: dict[str, Any] = tomllib.loads(
    files("policy").joinpath("absence_lines.toml").read_text("utf-8")
)
_SHORT = str.maketrans(_WORDS["short"]["long"], _WORDS["short"]["short"])
_DAY = re.compile(_either(_WORDS["day"]["said"]))
_NOT_MISSED = re.compile(_WORDS["day"]["not_missed"])
_ARRIVED = re.compile("{before}(?P<names>.+?){said}{after}".format_map(_WORDS["arrived"]))
_CLASSES = tuple(
    re.compile(
        pattern.replace("{年}", _WORDS["class"]["year"]).replace("{班}", _WORDS["class"]["number"])
    )
    for pattern in _WORDS["class"]["patterns"]
)
_NURSERY: Mapping[str, int] = _WORDS["class"]["nursery"]
_LEVELS = {"初": 6, "高": 9}
_DIGITS = {char: number for number, char in enumerate("零一二三四五六七八九")} | {"两": 2}


def _counting(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace("{数}", _WORDS["count"]["number"]))


_MISSING_COUNTS = tuple(_counting(pattern) for pattern in _WORDS["count"]["missing"])
_ENROLLED, _PRESENT_COUNT, _OTHER_COUNT = (
    _counting(_WORDS["count"][part]) for part in ("enrolled", "present", "other")
)
_EVERYBODY = re.compile(_either(_WORDS["everybody"]["said"]))
_REST = re.compile(_WORDS["rest"])
_REASONS: Mapping[str, Mapping[str, Any]] = _WORDS["reason"]
#: Reasons, the one that counts most first.
REASONS = tuple(_REASONS)
_EXCUSED: Mapping[str, Excused] = {key: one["excused"] for key, one in _REASONS.items()}
#: Nothing but a mark, a blank or a bracket may stand beside.
_ALONE = r"(?<![^\s,、。;:(\x00「【])(?:{})(?![^\s,、。;:)\x00」】])"


def _lexicon() -> Iterator[tuple[str, str, re.Pattern[str]]]:
    """Kinds of words; of two that are equally long the first counts."""
    for key, one in _REASONS.items():
        yield "reason", key, re.compile(_either(one["said"]))
        if one.get("alone"):
            yield "reason", key, re.compile(_ALONE.format(_either(one["alone"])))
    yield "absent", "", re.compile(_either(_WORDS["missing"]["said"]))
    yield "present", "", re.compile(_either(_WORDS["missing"]["present"]))
    yield "all", "", re.compile(_either(_WORDS["all_of_them"]["said"]))
    yield "noise", "", re.compile(_either(_WORDS["noise"]["said"]))
    yield "cut", "", re.compile(f"{_CUT}+")
    yield "everybody", "", re.compile(f"{_EVERYBODY_CUT}+")
    yield "noise", "", re.compile(r"(?<!\d)\d{1,2}[.、)](?=\s*[一-龥])")
    yield "colon", "", re.compile(r"\s*[:：]\s*|--+")
    yield "open", "", re.compile(r"\s*[(「【\[<《“\"]")
    yield "close", "", re.compile(r"[)」】\]>》”\"]")
    yield "list", "", re.compile(r"\s*[、/|&+]\s*")
    yield "mark", "", re.compile(r"\s*[,。;!?~…‥.\n—-]+\s*")
    yield "blank", "", re.compile(r"\s+")


_LEXICON = tuple(_lexicon())
_JOINS = re.compile(_WORDS["joins"])
_BEFORE: str = _WORDS["noise"]["before"]
_AFTER: str = _WORDS["noise"]["after"]
_FOLLOWING: str = _WORDS["noise"]["following"]
_NEVER = frozenset(_WORDS["names"]["never"])
_USUAL = frozenset(_WORDS["names"]["usual"])
_FAMILIES = _USUAL | frozenset(_WORDS["names"]["family"]) - {"\n"}
_OF_ABSENCE_WORDS = re.compile(
    _either(
        [
            *_WORDS["missing"]["said"],
            *_WORDS["everybody"]["said"],
            *_WORDS["reason"]["leave"]["said"],
            *_WORDS["reason"]["unexplained"]["said"],
        ]
    )
)
_FAMILY = re.compile(_WORDS["family"]["said"])
_BETWEEN_NAMES = re.compile(r"[\s,、。;:|/]+")
_NOT_OF_NAMES = re.compile(r"[^一-龥㐀-䶵·A-Za-z]|^(?:男|女)$|^(?:姓名|序号|性别|学生)$")
