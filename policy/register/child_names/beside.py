"""What stands beside a name: village, township, group, school and class; and whether it fits."""

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from policy.place_names import cut_groups, group_number, stem
from policy.register.child_names.entry import ChildEntry
from policy.register.kinship import CUT, table
from policy.sounds import plain

#: What fits, and where there are two numbers, what does not.
_PLACE, _TOWN, _GROUP = 26, 12, (14, -22)
_SCHOOL, _GRADE, _CLASS, _LEVEL = (22, -30), (20, -26), (10, -12), (6, -24)
_LONGEST_PLACE = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What a text says beside the name."""

    #: Words of one kind of place each.
    villages: frozenset[str]
    towns: frozenset[str]
    groups: frozenset[str]
    schools: frozenset[str]
    grade: int | None = None
    class_number: int | None = None
    is_kindergarten: bool = False
    #: The text with all this cut out.
    rest: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPlaces:
    """The words for the places and schools of the children of an index."""

    villages: Container[str]
    towns: Container[str]
    schools: Container[str]


def read_beside(said: str, known: KnownPlaces, kept: Container[int]) -> Beside:
    """What a text says when nothing at ``kept`` is a place."""
    rest, schools = _cut_out(said, known.schools, kept)
    rest, towns = _cut_out(rest, known.towns, kept)
    rest, villages = _cut_out(rest, known.villages, kept)
    rest, groups = cut_groups(rest, CUT)
    words = table("class")
    rest, grade = _cut_number(rest, words["grade"])
    rest, junior = _cut_number(rest, [words["junior"]])
    rest, class_number = _cut_number(rest, [words["class"]])
    return Beside(
        villages=villages,
        towns=towns,
        groups=groups,
        schools=schools,
        grade=junior + 6 if junior else grade,
        class_number=class_number,
        is_kindergarten=any(word in said for word in words["kindergarten"]),
        rest=rest,
    )


def score_beside(entry: ChildEntry, beside: Beside) -> int:
    """How much more, or less, a child is meant for what is said beside the name."""
    return _score_places(entry, beside) + _score_schooling(entry, beside)


def _score_places(entry: ChildEntry, beside: Beside) -> int:
    """A village says more than a township; 青石 may be either, and one of them fits."""
    group, village, _ = entry.places
    score = sum(
        _PLACE if word in place_words(village) else _TOWN
        for word in beside.villages | beside.towns
    )
    if beside.groups:
        score += _fit(not beside.groups.isdisjoint(_group_words(group)), _GROUP)
    return score


def _score_schooling(entry: ChildEntry, beside: Beside) -> int:
    score = 0
    if beside.schools:
        score += _fit(not beside.schools.isdisjoint(school_words(entry.school)), _SCHOOL)
    grade, class_number = _read_grade(entry.grade)
    if beside.grade is not None:
        score += _fit(grade == beside.grade, _GRADE)
    if beside.class_number is not None:
        score += _fit(class_number == beside.class_number, _CLASS)
    if beside.is_kindergarten:
        score += _fit(_is_kindergarten(entry.school), _LEVEL)
    return score


def _fit(fits: bool, weights: tuple[int, int]) -> int:
    return weights[0] if fits else weights[1]


# -- words --------------------------------------------------------------------------------------


@lru_cache(maxsize=8192)
def place_words(names: tuple[str, ...]) -> frozenset[str]:
    """河湾村, 河湾, 老河湾."""
    words = {word for name in names for word in (plain(name), stem(plain(name)))}
    return frozenset(word for word in words if len(word) > 1)


@lru_cache(maxsize=8192)
def school_words(school: str) -> frozenset[str]:
    """青石中心小学, 青石小学, 中心小学."""
    name = plain(school)
    if not name:
        return frozenset()
    words = table("class")
    shorter = name
    for part in words["left_out"]:
        shorter = shorter.replace(part, "")
    return frozenset(
        word for word in (name, shorter) if word not in words["ends"] and len(word) > 2
    )


def _cut_out(text: str, words: Container[str], kept: Container[int]) -> tuple[str, frozenset[str]]:
    """The longest words of a text that are known, and the text without them.

    What lies at ``kept`` is no place: 王家老二 is nobody of 王家村.
    """
    found = set()
    for length in range(min(len(text), _LONGEST_PLACE), 1, -1):
        for start in range(len(text) - length + 1):
            word = text[start : start + length]
            if word in words and not any(at in kept for at in range(start, start + length)):
                found.add(word)
                text = text[:start] + CUT * length + text[start + length :]
    return text, frozenset(found)


def _cut_number(text: str, patterns: Sequence[str]) -> tuple[str, int | None]:
    for pattern in patterns:
        if match := re.search(pattern, text):
            digit = match[1]
            number = table("class")["digits"].get(digit) or int(digit)
            return text[: match.start()] + CUT + text[match.end() :], number
    return text, None


@lru_cache(maxsize=4096)
def _read_grade(said: str) -> tuple[int | None, int | None]:
    """(3, 2) of 三年级2班; (7, 1) of 初一(1)班."""
    words = table("class")
    text = plain(said)
    text, junior = _cut_number(text, [words["junior"]])
    text, grade = _cut_number(text, words["grade"])
    _, class_number = _cut_number(text, [words["class"]])
    return (junior + 6 if junior else grade), class_number


@lru_cache(maxsize=4096)
def _is_kindergarten(school: str) -> bool:
    return any(word in school for word in table("class")["kindergarten"])


@lru_cache(maxsize=8192)
def _group_words(names: tuple[str, ...]) -> frozenset[str]:
    numbers = (group_number(name) for name in names)
    return frozenset(number for number in numbers if number is not None)
