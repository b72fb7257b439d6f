"""Finding a child as villagers speak of it: by name, sound, letters, nickname, family, school.

The index lives in memory, built from opened rows; nothing of it is ever written down.
"""

import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice, product
from typing import TypeAlias, TypeVar

from policy.place_names import cut_groups, group_number, stem
from policy.register.kinship import (
    CUT,
    KinPhrase,
    Relation,
    family_name,
    find_kin_phrases,
    is_family_name,
    relation_of,
    table,
)
from policy.sounds import blur, plain, sounds

#: Longer texts are cut: a child is named at the beginning or is not found.
MAX_TEXT_CHARS = 60
#: In a longer text, words that only sound like a short name are chance.
SHORT_TEXT_CHARS = 10
MAX_NAME_CHARS = 6
MAX_READINGS = 4
#: A name of which so many children have a part tells nothing; the first ones are looked at.
MAX_CANDIDATES = 3_000

#: How good a name fits. A whole name, a nickname, a given name: as written, as it sounds, blurred.
_FULL, _NICK, _GIVEN = (100, 86, 70), (92, 76, 60), (84, 66, 50)
_ALIKE_LOSS = 18
_GAP, _START, _SHORT, _INITIALS, _ELDER = 44, 40, 44, 62, 50
_WRITTEN = (_FULL[0], _NICK[0], _GIVEN[0])
#: What stands beside the name and fits, or does not.
_PLACE, _TOWN, _GROUP = 26, 12, (14, -22)
_SCHOOL, _GRADE, _CLASS, _LEVEL = (22, -30), (20, -26), (10, -12), (6, -24)
_OTHER_READING, _NO_PLACE = 4, 30
#: A name and a place that fit: nobody needs to think of other places.
_SURE = 90
_MARGIN = 26


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildEntry:
    """What is known of a child that somebody may call it by."""

    id: int
    name: str = field(repr=False)
    nicknames: tuple[str, ...] = field(default=(), repr=False)
    #: male, female or ""
    sex: str = ""
    #: As far as it is known: 2016, 2016-09 or 2016-09-01.
    birth: str = field(default="", repr=False)
    #: The group, the village and the township, each with its other names; () is not known.
    places: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]] = ((), (), ())
    school: str = ""
    grade: str = ""
    father: str = field(default="", repr=False)
    mother: str = field(default="", repr=False)
    #: (祖母, 张桂芳): grandparents and guardians.
    elders: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def household(self) -> tuple[str, str, str]:
        """The same for brothers and sisters; a child of unknown parents has none that we know."""
        if not self.father and not self.mother:
            return "", "", str(self.id)
        return self.father, self.mother, next(iter(self.places[1]), "")


_Key = TypeVar("_Key")
#: A list for a name, which few share: it is a quarter of a set.
Index: TypeAlias = dict[str, list[int]]
Members: TypeAlias = dict[str, set[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beside:
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


class _Inside:
    """Who can be meant at all."""

    def __init__(self, limits: Sequence[Container[int]]) -> None:
        self._limits = limits

    def of(self, ids: Iterable[int] | None) -> Iterator[int]:
        """Those of these children, the first ones if they are too many."""
        inside = (child for child in ids or () if all(child in limit for limit in self._limits))
        yield from islice(inside, MAX_CANDIDATES)


class ChildNames:
    """An index of children; each search looks up, it never walks over all of them."""

    def __init__(self) -> None:
        self._entries: dict[int, ChildEntry] = {}
        #: Blurred pinyin without blanks: of whole names, given names and nicknames.
        self._heard: Index = defaultdict(list)
        #: The same with one syllable left out: wan?min.
        self._gaps: Index = defaultdict(list)
        self._initials: Index = defaultdict(list)
        #: One syllable of a given name.
        self._syllables: Index = defaultdict(list)
        #: Families by the sound of their name, and elders by that of their whole name.
        self._families: Index = defaultdict(list)
        self._kin: Index = defaultdict(list)
        self._households: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        #: Children by the words for their places and schools.
        self._villages: Members = defaultdict(set)
        self._towns: Members = defaultdict(set)
        self._schools: Members = defaultdict(set)

    @classmethod
    def build(cls, entries: Iterable[ChildEntry]) -> "ChildNames":
        """An index of these children."""
        names = cls()
        for entry in entries:
            names.add(entry)
        return names

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, entry: ChildEntry) -> None:
        """Put a child in, or in place of what was known of it."""
        self.remove(entry.id)
        self._entries[entry.id] = entry
        for index, key in self._keys(entry):
            ids = index[key]
            if not ids or ids[-1] != entry.id:
                ids.append(entry.id)
        for members, word in self._words(entry):
            members[word].add(entry.id)
        self._households[entry.household].append(entry.id)

    def remove(self, child: int) -> None:
        """Take a child out; nothing happens when it is not in."""
        entry = self._entries.pop(child, None)
        if entry is None:
            return
        for index, key in self._keys(entry):
            _discard(index, key, child)
        for members, word in self._words(entry):
            _discard(members, word, child)
        _discard(self._households, entry.household, child)

    def search(
        self, text: str, scope: Container[int] | None = None, limit: int = 3
    ) -> tuple[int, ...]:
        """Ids within a scope, best first; only those that are about as good as the best."""
        scored: dict[int, int] = {}
        for beside, loss in self._heard_as(plain(text[:MAX_TEXT_CHARS])):
            if loss == _NO_PLACE and max(scored.values(), default=0) >= _SURE:
                break
            for child, score in self._called(beside, self._inside(beside, scope)):
                total = score + _score_beside(self._entries[child], beside) - loss
                if total > scored.get(child, 0):
                    scored[child] = total
        best = max(scored.values(), default=0)
        good = [child for child, score in scored.items() if score > best - _MARGIN]
        good.sort(key=lambda child: (-scored[child], child))
        return tuple(good[:limit])

    # -- what is indexed -----------------------------------------------------------------------

    def _keys(self, entry: ChildEntry) -> Iterator[tuple[Index, str]]:
        for syllables in _readings(entry.name):
            yield self._initials, _initials(syllables)
            yield self._initials, _initials(syllables[len(family_name(entry.name)) :])
            yield self._heard, _joined(syllables)
            for at in range(len(syllables)) if len(syllables) > 2 else ():
                yield self._gaps, _with_gap(syllables, at)
            given = syllables[len(family_name(entry.name)) :]
            yield self._heard, _joined(given)
            for syllable in given:
                yield self._syllables, blur(syllable)
        for nickname in entry.nicknames:
            for syllables in _readings(nickname, is_whole=False):
                yield self._heard, _joined(syllables)
        for name, _ in _kin_of(entry):
            for syllables in _readings(name):
                yield self._kin, _joined(syllables)
                yield self._families, _joined(syllables[: len(family_name(name))])

    def _words(self, entry: ChildEntry) -> Iterator[tuple[Members, str]]:
        _, village, town = entry.places
        yield from ((self._villages, word) for word in _place_words(village))
        yield from ((self._towns, word) for word in _place_words(town))
        yield from ((self._schools, word) for word in _school_words(entry.school))

    # -- beside the name -----------------------------------------------------------------------

    def _heard_as(self, said: str) -> Iterator[tuple[_Beside, int]]:
        """What a text may say beside the name, and how much less likely it is.

        王家老二 is the Wangs' second, or else somebody of 王家村; 许家豪 is a name, not of 许家村.
        """
        phrases = find_kin_phrases(said)
        owners = {at for phrase in phrases for at in range(phrase.joint - 1, phrase.end)}
        first = self._beside(said, owners)
        yield first, 0
        if owners and (other := self._beside(said, ())) != first:
            yield other, _OTHER_READING
        if first.villages or first.towns or first.schools:
            yield self._beside(said, range(len(said))), _NO_PLACE

    def _beside(self, said: str, kept: Container[int]) -> _Beside:
        """What a text says when nothing at ``kept`` is a place."""
        rest, schools = _cut_out(said, self._schools, kept)
        rest, towns = _cut_out(rest, self._towns, kept)
        rest, villages = _cut_out(rest, self._villages, kept)
        rest, groups = cut_groups(rest, CUT)
        words = table("class")
        rest, grade = _cut_number(rest, words["grade"])
        rest, junior = _cut_number(rest, [words["junior"]])
        rest, class_number = _cut_number(rest, [words["class"]])
        return _Beside(
            villages=villages,
            towns=towns,
            groups=groups,
            schools=schools,
            grade=junior + 6 if junior else grade,
            class_number=class_number,
            is_kindergarten=any(word in said for word in words["kindergarten"]),
            rest=rest,
        )

    # -- the name ------------------------------------------------------------------------------

    def _inside(self, beside: _Beside, scope: Container[int] | None) -> _Inside:
        """Who can be meant: those within the scope, and of every place that was named."""
        places = (
            self._villages.get(word, _NOBODY) | self._towns.get(word, _NOBODY)
            for word in beside.villages | beside.towns
        )
        return _Inside([*places, *([] if scope is None else [scope])])

    def _called(self, beside: _Beside, inside: _Inside) -> Iterator[tuple[int, int]]:
        """Children who may be called so, with how good it fits."""
        yield from self._by_letters(beside.rest, inside)
        yield from self._by_name(beside.rest, inside)
        for phrase in find_kin_phrases(beside.rest):
            yield from self._by_kin(phrase, inside)

    def _by_name(self, text: str, inside: _Inside) -> Iterator[tuple[int, int]]:
        taken: set[int] = set()
        best = 0
        is_short = len(text.replace(CUT, "")) <= SHORT_TEXT_CHARS
        for start, span in _spans(text):
            places = range(start, start + len(span))
            if taken.issuperset(places):
                continue  # 小明 inside of 王小明
            for child, score in self._by_span(span, inside, is_short=is_short):
                best = max(best, score)
                if score >= _GIVEN[1]:
                    taken.update(places)
                yield child, score
        if best < _FULL[1]:
            for _, span in _spans(text):
                yield from self._by_part(span, inside)
        if not taken:
            yield from self._by_short(text, inside)

    def _by_span(self, span: str, inside: _Inside, *, is_short: bool) -> Iterator[tuple[int, int]]:
        """Whole names, given names and nicknames: as written, else as they sound."""
        for child in inside.of(self._heard.get(_joined(_sounds_of(span)))):
            score = _score_name(self._entries[child], span)
            # What a long text only sounds like is chance, unless it is a whole name.
            if is_short or score in _WRITTEN or score >= _FULL[1]:
                yield child, score + len(span)
        for other in _alike(span):
            for child in inside.of(self._heard.get(_joined(_sounds_of(other)))):
                score = _score_name(self._entries[child], other)
                if score in _WRITTEN:
                    yield child, score - _ALIKE_LOSS + len(span)

    def _by_part(self, span: str, inside: _Inside) -> Iterator[tuple[int, int]]:
        """One character of a whole name wrong, or its end left out; an elder's whole name."""
        syllables = _sounds_of(span)
        for child in inside.of(self._kin.get(_joined(syllables))):
            if any(name == span for name, _ in _kin_of(self._entries[child])):
                yield child, _ELDER
        if len(syllables) == 2:
            for child in inside.of(self._gaps.get(_with_gap((*syllables, "?"), 2))):
                yield child, _START + _same_chars(self._entries[child].name, span)
        for at in range(len(syllables)) if len(syllables) > 2 else ():
            for child in inside.of(self._gaps.get(_with_gap(syllables, at))):
                yield child, _GAP + 4 * _same_chars(self._entries[child].name, span)

    def _by_short(self, text: str, inside: _Inside) -> Iterator[tuple[int, int]]:
        """小明 of 王明 or 王晓明: one character of the given name."""
        for pattern in _SHORT_NAMES:
            for match in pattern.finditer(text):
                char = match[1]
                for child in inside.of(self._syllables.get(blur(_sounds_of(char)[0]))):
                    given = _given(self._entries[child].name)
                    yield child, _SHORT + 3 * (char in given) + 2 * given.endswith(char)

    def _by_letters(self, said: str, inside: _Inside) -> Iterator[tuple[int, int]]:
        """wangxiaoming, xiaoming, wxm, wangxiao."""
        for run in _LETTERS.findall(said):
            for child in inside.of(self._heard.get(blur(run))):
                yield child, _score_letters(self._entries[child], run)
            for child in inside.of(self._initials.get(run)):
                is_whole = len(run) == len(self._entries[child].name)
                yield child, _INITIALS if is_whole else _INITIALS - 14
            for child in inside.of(self._gaps.get(f"{blur(run)}?")):
                yield child, _START

    # -- the family ----------------------------------------------------------------------------

    def _by_kin(self, phrase: KinPhrase, inside: _Inside) -> Iterator[tuple[int, int]]:
        for name in _owners(phrase.owner):
            index = self._families if is_family_name(name) else self._kin
            found = False
            for child in inside.of(index.get(_joined(_sounds_of(name)))):
                entry = self._entries[child]
                if not phrase.sex or entry.sex in ("", phrase.sex):
                    found = True
                    yield child, self._score_kin(entry, phrase, name)
            if found:
                return

    def _score_kin(self, entry: ChildEntry, phrase: KinPhrase, owner: str) -> int:
        fits = [_score_owner(name, who, owner, phrase) for name, who in _kin_of(entry)]
        score = max(fits, default=0)
        if phrase.sex and entry.sex:
            score += 4
        if phrase.rank is not None:
            score += self._score_rank(entry, phrase)
        return score

    def _score_rank(self, entry: ChildEntry, phrase: KinPhrase) -> int:
        """老二 counts all children of a family; 二小子 may count only the boys."""
        family = sorted(
            (self._entries[child] for child in self._households[entry.household]),
            key=lambda one: (one.birth, one.id),
        )
        of_sex = [one for one in family if one.sex == entry.sex]
        wanted = phrase.rank or 1
        fits = [
            (len(row) if wanted < 0 else wanted) == row.index(entry) + 1
            for row in ((of_sex, family) if phrase.sex else (family,))
        ]
        if fits[0]:
            # 老大 of an only child is true of every only child.
            return 16 if len(family) > 1 or not any(fits[1:]) else 8
        if any(fits):
            return 10
        # Those who have grown up are no longer in the register.
        return -8 if len(family) == 1 else -24


# -- keys --------------------------------------------------------------------------------------


def _readings(word: str, *, is_whole: bool = True) -> tuple[tuple[str, ...], ...]:
    """How a name may be read, the usual way first; 曾 as a family name is zeng, seldom ceng."""
    chars = plain(word)[:MAX_NAME_CHARS]
    options = [sounds(char)[:2] for char in chars]
    if is_whole and chars:
        usual = options[0][0]
        options[0] = tuple(dict.fromkeys((_SURNAMES.get(chars[0], usual), usual)))
    return tuple(islice(product(*options), MAX_READINGS))


@lru_cache(maxsize=2048)
def _sounds_of(span: str) -> tuple[str, ...]:
    return tuple(sounds(char)[0] for char in span)


def _joined(syllables: Sequence[str]) -> str:
    return blur("".join(syllables))


def _initials(syllables: Sequence[str]) -> str:
    return "".join(syllable[0] for syllable in syllables)


def _with_gap(syllables: Sequence[str], at: int) -> str:
    return f"{_joined(syllables[:at])}?{_joined(syllables[at + 1 :])}"


def _discard(index: dict[_Key, list[int]] | dict[_Key, set[int]], key: _Key, child: int) -> None:
    ids = index.get(key)
    if ids is not None and child in ids:
        ids.remove(child)
        if not ids:
            del index[key]


def _kin_of(entry: ChildEntry) -> Iterator[tuple[str, Relation]]:
    if entry.father:
        yield entry.father, _FATHER
    if entry.mother:
        yield entry.mother, _MOTHER
    for relation, name in entry.elders:
        if name:
            yield name, relation_of(relation)


@lru_cache(maxsize=8192)
def _place_words(names: tuple[str, ...]) -> frozenset[str]:
    """河湾村, 河湾, 老河湾."""
    words = {word for name in names for word in (plain(name), stem(plain(name)))}
    return frozenset(word for word in words if len(word) > 1)


@lru_cache(maxsize=8192)
def _school_words(school: str) -> frozenset[str]:
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


# -- scores ------------------------------------------------------------------------------------


def _score_name(entry: ChildEntry, span: str) -> int:
    """How good a span names a child whose name sounds so, blurred."""
    heard = "".join(_sounds_of(span))
    best = 0
    for form, is_whole, scores in _forms(entry):
        if form == span:
            best = max(best, scores[0])
        elif fit := _score_sound(form, heard, scores, is_whole=is_whole):
            best = max(best, fit + _same_chars(form, span))
    return best


def _score_letters(entry: ChildEntry, run: str) -> int:
    return max(
        _score_sound(form, run, scores, is_whole=is_whole)
        for form, is_whole, scores in _forms(entry)
    )


def _score_sound(form: str, heard: str, scores: Sequence[int], *, is_whole: bool) -> int:
    """How good a name sounds like pinyin without blanks."""
    usual, *others = ("".join(syllables) for syllables in _readings(form, is_whole=is_whole))
    if heard == usual:
        return scores[1]
    return scores[2] if blur(heard) in map(blur, (usual, *others)) else 0


def _forms(entry: ChildEntry) -> Iterator[tuple[str, bool, tuple[int, int, int]]]:
    """What a child is called, whether that is its whole name, and what a fit is worth."""
    yield plain(entry.name), True, _FULL
    if given := _given(entry.name):
        yield given, False, _GIVEN
    for nickname in entry.nicknames:
        yield plain(nickname), False, _NICK


def _score_owner(name: str, who: Relation, owner: str, phrase: KinPhrase) -> int:
    """How good an elder of a child is the owner of a phrase."""
    if is_family_name(owner):
        score = _score_family(name, who, owner)
    else:
        heard = blur("".join(_sounds_of(owner)))
        score = 90 if name == owner else 74 if heard in map(_joined, _readings(name)) else 0
    if not score:
        return 0
    if phrase.owner_sex and who.sex:
        score += 6 if phrase.owner_sex == who.sex else -12
    generation = 2 if phrase.through >= 2 else phrase.generation or phrase.through
    if generation and who.generation:
        score += 6 if generation == who.generation else -6
    if phrase.through >= 2 and who.generation == 2:
        score += 6 if who.by_mother == (phrase.through == 3) else -8
    return score


def _score_family(name: str, who: Relation, owner: str) -> int:
    """老王 is the father; his parents and those who took the child in are called so, too."""
    family = family_name(name)
    if family != owner and _joined(_sounds_of(family)) != _joined(_sounds_of(owner)):
        return 0
    score = 60 if who == _FATHER else 40 if who == _MOTHER else 54
    return score if family == owner else score - 10


def _score_beside(entry: ChildEntry, beside: _Beside) -> int:
    return _score_places(entry, beside) + _score_schooling(entry, beside)


def _score_places(entry: ChildEntry, beside: _Beside) -> int:
    """A village says more than a township; 青石 may be either, and one of them fits."""
    group, village, _ = entry.places
    score = sum(
        _PLACE if word in _place_words(village) else _TOWN
        for word in beside.villages | beside.towns
    )
    if beside.groups:
        score += _fit(not beside.groups.isdisjoint(_group_words(group)), _GROUP)
    return score


def _score_schooling(entry: ChildEntry, beside: _Beside) -> int:
    score = 0
    if beside.schools:
        score += _fit(not beside.schools.isdisjoint(_school_words(entry.school)), _SCHOOL)
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


# -- texts -------------------------------------------------------------------------------------


def _spans(text: str) -> Iterator[tuple[int, str]]:
    """Pieces as long as a name and where they begin, the longer ones first."""
    for length in range(min(len(text), MAX_NAME_CHARS - 2), 1, -1):
        for start in range(len(text) - length + 1):
            span = text[start : start + length]
            if CUT not in span and not span.isascii():
                yield start, span


def _alike(span: str) -> Iterator[str]:
    """The span with one character taken for another that looks like it."""
    for at, char in enumerate(span):
        for other in _LOOKS.get(char, ()):
            yield span[:at] + other + span[at + 1 :]


def _same_chars(name: str, span: str) -> int:
    return 2 * sum(one == other for one, other in zip(plain(name), span, strict=False))


def _given(name: str) -> str:
    chars = plain(name)
    return chars[len(family_name(chars)) :]


def _owners(owner: str) -> Iterator[str]:
    """What the owner of a phrase may be called: the whole, its end, a family name."""
    for length in range(len(owner), 1, -1):
        yield owner[-length:]
    yield owner[-1]
    if len(owner) > 1:
        yield family_name(owner)


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


_FATHER, _MOTHER = (
    Relation(sex="male", generation=1),
    Relation(sex="female", generation=1, by_mother=True),
)
_NOBODY: frozenset[int] = frozenset()
_LETTERS = re.compile(r"[a-z]{2,}")
_LONGEST_PLACE = 12
_SURNAMES: Mapping[str, str] = table("name")["surnames"]
_SHORT_NAMES = tuple(re.compile(pattern) for pattern in table("name")["short"])
_LOOKS: Mapping[str, str] = {
    char: "".join(group.replace(char, "") for group in table("alike")["groups"] if char in group)
    for char in "".join(table("alike")["groups"])
}
