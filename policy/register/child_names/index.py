"""Finding a child as villagers speak of it: by name, sound, letters, nickname, family, school.

The index lives in memory, built from opened rows; nothing of it is ever written down.
"""

import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeAlias, TypeVar

from policy.register.child_names.beside import (
    Beside,
    KnownPlaces,
    place_words,
    read_beside,
    school_words,
    score_beside,
)
from policy.register.child_names.entry import ChildEntry
from policy.register.child_names.scores import (
    FULL,
    GIVEN,
    NICK,
    score_letters,
    score_name,
    score_owner,
)
from policy.register.child_names.sounds import (
    alike,
    given_of,
    initials,
    joined,
    readings,
    same_chars,
    sounds_of,
    spans,
    with_gap,
)
from policy.register.kinship import (
    CUT,
    KinPhrase,
    family_name,
    find_kin_phrases,
    is_family_name,
    table,
)
from policy.sounds import blur, plain

#: Longer texts are cut: a child is named at the beginning or is not found.
MAX_TEXT_CHARS = 60
#: In a longer text, words that only sound like a short name are chance.
SHORT_TEXT_CHARS = 10
#: A name of which so many children have a part tells nothing; the first ones are looked at.
MAX_CANDIDATES = 3_000

_ALIKE_LOSS = 18
_GAP, _START, _SHORT, _INITIALS, _ELDER = 44, 40, 44, 62, 50
_WRITTEN = (FULL[0], NICK[0], GIVEN[0])
_OTHER_READING, _NO_PLACE = 4, 30
#: A name and a place that fit: nobody needs to think of other places.
_SURE = 90
_MARGIN = 26
_NOBODY: frozenset[int] = frozenset()
_LETTERS = re.compile(r"[a-z]{2,}")
_SHORT_NAMES = tuple(re.compile(pattern) for pattern in table("name")["short"])


_Key = TypeVar("_Key")
#: A list for a name, which few share: it is a quarter of a set.
Index: TypeAlias = dict[str, list[int]]
Members: TypeAlias = dict[str, set[int]]


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
                total = score + score_beside(self._entries[child], beside) - loss
                if total > scored.get(child, 0):
                    scored[child] = total
        best = max(scored.values(), default=0)
        good = [child for child, score in scored.items() if score > best - _MARGIN]
        good.sort(key=lambda child: (-scored[child], child))
        return tuple(good[:limit])

    # -- what is indexed -----------------------------------------------------------------------

    def _keys(self, entry: ChildEntry) -> Iterator[tuple[Index, str]]:
        for syllables in readings(entry.name):
            yield self._initials, initials(syllables)
            yield self._initials, initials(syllables[len(family_name(entry.name)) :])
            yield self._heard, joined(syllables)
            for at in range(len(syllables)) if len(syllables) > 2 else ():
                yield self._gaps, with_gap(syllables, at)
            given = syllables[len(family_name(entry.name)) :]
            yield self._heard, joined(given)
            for syllable in given:
                yield self._syllables, blur(syllable)
        for nickname in entry.nicknames:
            for syllables in readings(nickname, is_whole=False):
                yield self._heard, joined(syllables)
        for name, _ in entry.kin():
            for syllables in readings(name):
                yield self._kin, joined(syllables)
                yield self._families, joined(syllables[: len(family_name(name))])

    def _words(self, entry: ChildEntry) -> Iterator[tuple[Members, str]]:
        _, village, town = entry.places
        yield from ((self._villages, word) for word in place_words(village))
        yield from ((self._towns, word) for word in place_words(town))
        yield from ((self._schools, word) for word in school_words(entry.school))

    # -- beside the name -----------------------------------------------------------------------

    def _heard_as(self, said: str) -> Iterator[tuple[Beside, int]]:
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

    def _beside(self, said: str, kept: Container[int]) -> Beside:
        known = KnownPlaces(villages=self._villages, towns=self._towns, schools=self._schools)
        return read_beside(said, known, kept)

    # -- the name ------------------------------------------------------------------------------

    def _inside(self, beside: Beside, scope: Container[int] | None) -> _Inside:
        """Who can be meant: those within the scope, and of every place that was named."""
        places = (
            self._villages.get(word, _NOBODY) | self._towns.get(word, _NOBODY)
            for word in beside.villages | beside.towns
        )
        return _Inside([*places, *([] if scope is None else [scope])])

    def _called(self, beside: Beside, inside: _Inside) -> Iterator[tuple[int, int]]:
        """Children who may be called so, with how good it fits."""
        yield from self._by_letters(beside.rest, inside)
        yield from self._by_name(beside.rest, inside)
        for phrase in find_kin_phrases(beside.rest):
            yield from self._by_kin(phrase, inside)

    def _by_name(self, text: str, inside: _Inside) -> Iterator[tuple[int, int]]:
        taken: set[int] = set()
        best = 0
        is_short = len(text.replace(CUT, "")) <= SHORT_TEXT_CHARS
        for start, span in spans(text):
            places = range(start, start + len(span))
            if taken.issuperset(places):
                continue  # 小明 inside of 王小明
            for child, score in self._by_span(span, inside, is_short=is_short):
                best = max(best, score)
                if score >= GIVEN[1]:
                    taken.update(places)
                yield child, score
        if best < FULL[1]:
            for _, span in spans(text):
                yield from self._by_part(span, inside)
        if not taken:
            yield from self._by_short(text, inside)

    def _by_span(self, span: str, inside: _Inside, *, is_short: bool) -> Iterator[tuple[int, int]]:
        """Whole names, given names and nicknames: as written, else as they sound."""
        for child in inside.of(self._heard.get(joined(sounds_of(span)))):
            score = score_name(self._entries[child], span)
            # What a long text only sounds like is chance, unless it is a whole name.
            if is_short or score in _WRITTEN or score >= FULL[1]:
                yield child, score + len(span)
        for other in alike(span):
            for child in inside.of(self._heard.get(joined(sounds_of(other)))):
                score = score_name(self._entries[child], other)
                if score in _WRITTEN:
                    yield child, score - _ALIKE_LOSS + len(span)

    def _by_part(self, span: str, inside: _Inside) -> Iterator[tuple[int, int]]:
        """One character of a whole name wrong, or its end left out; an elder's whole name."""
        syllables = sounds_of(span)
        for child in inside.of(self._kin.get(joined(syllables))):
            if any(name == span for name, _ in self._entries[child].kin()):
                yield child, _ELDER
        if len(syllables) == 2:
            for child in inside.of(self._gaps.get(with_gap((*syllables, "?"), 2))):
                yield child, _START + same_chars(self._entries[child].name, span)
        for at in range(len(syllables)) if len(syllables) > 2 else ():
            for child in inside.of(self._gaps.get(with_gap(syllables, at))):
                yield child, _GAP + 4 * same_chars(self._entries[child].name, span)

    def _by_short(self, text: str, inside: _Inside) -> Iterator[tuple[int, int]]:
        """小明 of 王明 or 王晓明: one character of the given name."""
        for pattern in _SHORT_NAMES:
            for match in pattern.finditer(text):
                char = match[1]
                for child in inside.of(self._syllables.get(blur(sounds_of(char)[0]))):
                    given = given_of(self._entries[child].name)
                    yield child, _SHORT + 3 * (char in given) + 2 * given.endswith(char)

    def _by_letters(self, said: str, inside: _Inside) -> Iterator[tuple[int, int]]:
        """wangxiaoming, xiaoming, wxm, wangxiao."""
        for run in _LETTERS.findall(said):
            for child in inside.of(self._heard.get(blur(run))):
                yield child, score_letters(self._entries[child], run)
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
            for child in inside.of(index.get(joined(sounds_of(name)))):
                entry = self._entries[child]
                if not phrase.sex or entry.sex in ("", phrase.sex):
                    found = True
                    yield child, self._score_kin(entry, phrase, name)
            if found:
                return

    def _score_kin(self, entry: ChildEntry, phrase: KinPhrase, owner: str) -> int:
        fits = [score_owner(name, who, owner, phrase) for name, who in entry.kin()]
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


def _owners(owner: str) -> Iterator[str]:
    """What the owner of a phrase may be called: the whole, its end, a family name."""
    for length in range(len(owner), 1, -1):
        yield owner[-length:]
    yield owner[-1]
    if len(owner) > 1:
        yield family_name(owner)


def _discard(index: dict[_Key, list[int]] | dict[_Key, set[int]], key: _Key, child: int) -> None:
    ids = index.get(key)
    if ids is not None and child in ids:
        ids.remove(child)
        if not ids:
            del index[key]
