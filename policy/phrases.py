"""What a sentence says happened: phrases, minus what is denied, unreal or of somebody else."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal, TypeAlias

from policy.simplified import simplified

#: Longer texts are cut: the cost grows with the length, and danger is said early.
MAX_TEXT_CHARS = 1000
#: So far back one looks for whom a sentence is about.
MAX_BACK_CHARS = 100

About: TypeAlias = Literal["child", "any"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechTable:
    """What speech.toml says."""

    children: tuple[str, ...] = ()
    selves: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    doers: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    denials: tuple[str, ...] = ()
    affirmed: tuple[str, ...] = ()
    between: tuple[str, ...] = ()
    before_deed: tuple[str, ...] = ()
    denied_after: tuple[str, ...] = ()
    unreal: tuple[str, ...] = ()
    #: Words that phrases name together: {器物}.
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A phrase that was found: of which kind, in which words, from where to where."""

    key: str
    phrase: str = field(repr=False)
    span: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Phrase:
    """One way of saying one thing."""

    key: str
    about: About
    pattern: str
    #: The characters that it may begin with; None when that cannot be told.
    first: frozenset[str] | None

    @property
    def understood(self) -> re.Pattern[str]:
        """The pattern, ready to be matched. Raises re.error when its brackets do not match.

        Made when it is first asked for: of thirteen hundred phrases a day's words meet some
        dozens, and to make all of them was a good part of a start.
        """
        return _understood(self.pattern)


#: One character of a dialect for one that phrases have: 冇回来 is 没回来.
_DIALECT = str.maketrans("冇", "没")


class Phrases:
    """Many phrases, found in one walk over a text: each is tried only where it may begin."""

    def __init__(self, phrases: Iterable[Phrase], speech: "Speech"):
        self._all = tuple(phrases)
        self._speech = speech
        self._anywhere = tuple(one for one in self._all if one.first is None)
        self._by_first: dict[str, list[Phrase]] = defaultdict(list)
        for one in self._all:
            for char in one.first or ():
                self._by_first[char].append(one)
        #: What was looked at last: a turn asks of the same words again and again.
        self._last: tuple[str, tuple[Spoken, ...]] = ("", ())

    def named(self, keys: Iterable[str], name: str) -> tuple[Phrase, ...]:
        """The phrases of some kinds, as phrases of the kind ``name``."""
        wanted = frozenset(keys)
        return tuple(replace(one, key=name) for one in self._all if one.key in wanted)

    def find(self, text: str) -> tuple[Spoken, ...]:
        """What the text says, in its order; of one kind nothing twice at one place."""
        last = self._last
        if last[0] != text:
            said = simplified(text[:MAX_TEXT_CHARS]).translate(_DIALECT)
            last = self._last = (text, self._look(said))
        return last[1]

    def _look(self, text: str) -> tuple[Spoken, ...]:
        reached: dict[str, int] = {}
        found = []
        for start, char in enumerate(text):
            for phrase in (*self._by_first.get(char, ()), *self._anywhere):
                if start < reached.get(phrase.key, 0):
                    continue
                match = phrase.understood.match(text, start)
                if match is None:
                    continue
                reached[phrase.key] = match.end()
                if self._speech.means(match, phrase.about):
                    found.append(Spoken(key=phrase.key, phrase=match[0], span=match.span()))
        return tuple(found)


class Speech:
    """Who a sentence is about, what it denies and what it does not mean."""

    def __init__(self, table: SpeechTable):
        groups = {**table.groups, "孩子": table.children}
        self._groups = {f"{{{name}}}": f"(?:{_either(words)})" for name, words in groups.items()}
        children = (*table.children, *table.selves)
        self._person = re.compile(
            rf"(?P<child>{_either(children)})|(?P<other>{_either(table.others)})"
        )
        self._doer = re.compile(rf"(?:{_either(table.doers)})(?:他|她|了)?$")
        self._place = re.compile(rf"(?:{_either(table.places)})")
        self._denied = re.compile(rf"(?:{_either(table.denials)})(?:{_either(table.between)})*$")
        self._deed_denied = re.compile(
            rf"(?:{_either(table.denials)})(?:{_either(table.before_deed)})*$"
        )
        self._affirmed = re.compile(
            rf"(?:{_either(table.affirmed)})(?:{_either(table.between)})*$"
        )
        self._denied_after = re.compile(rf"(?:过|了)?(?:{_either(table.denied_after)})")
        self._unreal = re.compile(_either(table.unreal))

    def phrase(self, key: str, about: About, said: str) -> Phrase:
        """A phrase of a table."""
        pattern = _HEADED.sub(r"\1(?P<gap>\2)", said)
        for name, words in self._groups.items():
            pattern = pattern.replace(name, words)
        for marks, some in _SOME.items():
            pattern = pattern.replace(f"{marks}?", marks).replace(marks, some)
        return Phrase(key, about, pattern, _beginning(pattern))

    def means(self, match: re.Match[str], about: About) -> bool:
        """True when the words that matched are meant as said."""
        text, (start, end) = match.string, match.span()
        sentence, clause = _begin(text, start, _SENTENCE_END), _begin(text, start, _CLAUSE_END)
        before, after = text[clause:start], text[end:]
        deed = match.groupdict().get("gap") or ""
        if self._says(self._denied, before) or self._says(self._deed_denied, deed):
            return False
        if self._denied_after.match(after):
            return False
        if self._unreal.search(text[sentence:start] + _clause(after)):
            return False
        return about == "any" or self._is_of_child(text[sentence:end])

    def _says(self, denial: re.Pattern[str], before: str) -> bool:
        """True for words behind which something did not happen: 没有, 他爸从来不."""
        return bool(denial.search(before) and not self._affirmed.search(before))

    def _is_of_child(self, said: str) -> bool:
        """The one who is named last is a child; or nobody is named."""
        for match in reversed(list(self._person.finditer(said))):
            if match["child"]:
                return True
            if not self._is_aside(said, match):
                return False
        return True

    def _is_aside(self, said: str, match: re.Match[str]) -> bool:
        """Only the doer, a bystander or a place: 被爸爸, 跟奶奶, 在外婆家."""
        is_doer = self._doer.search(said[: match.start()]) is not None
        return is_doer or self._place.match(said[match.end() :]) is not None


_SAME_CLAUSE = r"[^，。！？；,.!?;\n]"
#: What the marks of a phrase stand for, the longer first; 没得 is 没有 in half of the country.
_SOME = {
    "……": f"(?:{_SAME_CLAUSE}{{0,12}}?)",
    "…": f"(?:{_SAME_CLAUSE}{{0,6}}?)",
    "没(有)?": "没(有|得)?",
}
#: Who, and some words before the deed: it may be denied there, 爸爸没有打孩子.
_HEADED = re.compile(r"^(\{\w+\}|\([^()?]*\))(…+)")
_CLAUSE_END = re.compile(r"[，。！？；,.!?;:：\s]")
_SENTENCE_END = re.compile(r"[。！？!?\n]")


# Kept, because the rules are read anew when a county changes one.
_understood = lru_cache(maxsize=4096)(re.compile)


def _begin(text: str, start: int, marks: re.Pattern[str]) -> int:
    first = max(0, start - MAX_BACK_CHARS)
    return max((match.end() for match in marks.finditer(text, first, start)), default=first)


def _clause(after: str) -> str:
    match = _CLAUSE_END.search(after)
    return after[: match.start()] if match else after


def _either(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) or "(?!)"


@lru_cache(maxsize=4096)
def _beginning(pattern: str) -> frozenset[str] | None:
    return _first(pattern)


def _first(pattern: str) -> frozenset[str] | None:
    """The characters that a match may begin with; None when that cannot be told simply."""
    head, rest = _head(pattern)
    if head is None:
        return None
    if rest[:1] not in {"?", "*"}:
        return head
    following = _first(rest[1:].removeprefix("?"))
    return None if following is None else head | following


def _head(pattern: str) -> tuple[frozenset[str] | None, str]:
    """The characters of the first element, and what follows it."""
    while pattern.startswith("(?<!"):  # What stands before takes no room.
        pattern = pattern[_closing(pattern) + 1 :]
    if match := re.match(r"\[([^\\^\]-]+)\]", pattern):
        return frozenset(match[1]), pattern[match.end() :]
    if match := re.match(r"\((?!\?)|\(\?:", pattern):
        end = _closing(pattern)
        firsts = [_first(one) for one in _alternatives(pattern[match.end() : end])]
        known = [first for first in firsts if first is not None]
        head = frozenset[str]().union(*known) if len(known) == len(firsts) else None
        return head, pattern[end + 1 :]
    if pattern[:1].isalnum():
        return frozenset(pattern[0]), pattern[1:]
    return None, ""


def _closing(pattern: str) -> int:
    """Where the bracket closes that the pattern begins with."""
    depth = 0
    for at, char in enumerate(pattern):
        depth += (char == "(") - (char == ")")
        if depth == 0:
            return at
    return len(pattern)


def _alternatives(body: str) -> Iterator[str]:
    depth, begin = 0, 0
    for at, char in enumerate(body):
        depth += (char == "(") - (char == ")")
        if char == "|" and depth == 0:
            yield body[begin:at]
            begin = at + 1
    yield body[begin:]
