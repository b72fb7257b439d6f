"""What a sentence says happened: phrases, minus what is denied, unreal or of somebody else."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

#: Longer texts are cut: nobody types more by hand, and the cost grows with the length.
MAX_TEXT_CHARS = 4000

About: TypeAlias = Literal["child", "any"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechTable:
    """What speech.toml says."""

    children: tuple[str, ...]
    selves: tuple[str, ...]
    others: tuple[str, ...]
    doers: tuple[str, ...]
    places: tuple[str, ...]
    denials: tuple[str, ...]
    affirmed: tuple[str, ...]
    between: tuple[str, ...]
    denied_after: tuple[str, ...]
    unreal: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A phrase that was found: of which kind, in which words, from where to where."""

    key: str
    phrase: str = field(repr=False)
    span: tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Kind:
    key: str
    about: About
    pattern: re.Pattern[str]
    speech: "Speech"


@dataclass(frozen=True, slots=True)
class Phrases:
    """Kinds of phrases, compiled together with the ways of speaking."""

    _kinds: tuple[_Kind, ...]

    @classmethod
    def build(cls, key: str, about: About, phrases: Sequence[str], speech: "Speech") -> "Phrases":
        """One kind. Raises re.error for a phrase whose brackets do not match."""
        if not phrases:
            return cls(())
        pattern = re.compile("|".join(map(speech.pattern, phrases)))
        return cls((_Kind(key, about, pattern, speech),))

    def __add__(self, other: "Phrases") -> "Phrases":
        return Phrases(self._kinds + other._kinds)

    def only(self, keys: Iterable[str], *, named: str) -> "Phrases":
        """Some of the kinds, as one kind of this name."""
        wanted = frozenset(keys)
        return Phrases(
            tuple(replace(kind, key=named) for kind in self._kinds if kind.key in wanted)
        )

    def find(self, text: str) -> tuple[Spoken, ...]:
        """What the text says, in its order."""
        text = text[:MAX_TEXT_CHARS]
        found = [
            Spoken(key=kind.key, phrase=match[0], span=match.span())
            for kind in self._kinds
            for match in kind.pattern.finditer(text)
            if kind.speech.means(text, match.start(), match.end(), kind.about)
        ]
        return tuple(sorted(found, key=lambda spoken: (spoken.span, spoken.key)))


class Speech:
    """Who a sentence is about, what it denies and what it does not mean."""

    def __init__(self, table: SpeechTable):
        self._child = _either(table.children)
        children = (*table.children, *table.selves)
        self._person = re.compile(
            rf"(?P<child>{_either(children)})|(?P<other>{_either(table.others)})"
        )
        self._doer = re.compile(rf"(?:{_either(table.doers)})(?:他|她|了)?$")
        self._place = re.compile(rf"(?:{_either(table.places)})")
        self._denied = re.compile(rf"(?:{_either(table.denials)})(?:{_either(table.between)})*$")
        self._affirmed = re.compile(
            rf"(?:{_either(table.affirmed)})(?:{_either(table.between)})*$"
        )
        self._denied_after = re.compile(rf"(?:过|了)?(?:{_either(table.denied_after)})")
        self._unreal = re.compile(_either(table.unreal))

    def pattern(self, phrase: str) -> str:
        """A phrase of a table as a regular expression."""
        return (
            phrase.replace("…?", "…").replace("…", _SOME).replace("{孩子}", f"(?:{self._child})")
        )

    def means(self, text: str, start: int, end: int, about: About) -> bool:
        """True when the words from ``start`` to ``end`` are meant as said."""
        sentence, clause = _begin(text, start, _SENTENCE_END), _begin(text, start, _CLAUSE_END)
        before, after = text[clause:start], text[end:]
        if self._denied.search(before) and not self._affirmed.search(before):
            return False
        if self._denied_after.match(after):
            return False
        if self._unreal.search(text[sentence:start] + _clause(after)):
            return False
        return about == "any" or self._is_of_child(text[sentence:end])

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


#: What "…" stands for.
_SOME = r"(?:[^，。！？；,.!?;\n]{0,6}?)"
_CLAUSE_END = re.compile(r"[，。！？；,.!?;:：\s]")
_SENTENCE_END = re.compile(r"[。！？!?\n]")


def _begin(text: str, start: int, marks: re.Pattern[str]) -> int:
    return max((match.end() for match in marks.finditer(text, 0, start)), default=0)


def _clause(after: str) -> str:
    match = _CLAUSE_END.search(after)
    return after[: match.start()] if match else after


def _either(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) or "(?!)"
