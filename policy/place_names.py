"""What a person means who names a place: by a name, a part, pinyin or a wrong character."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, Protocol

from policy.sounds import blur, is_latin, plain, readings, sound, spellings

#: Longer texts are cut: a place stands at the beginning or is not found.
MAX_TEXT_CHARS = 80
#: In a longer text, words that only sound like a place are chance.
SHORT_TEXT_CHARS = 8

# How good a match is; ten steps of it weigh more than any length.
_WHOLE, _STEM, _SOUND, _BLUR, _PART = 90, 80, 60, 40, 30
_GROUP = 50
_MARGIN = 10


class Place(Protocol):
    """What is indexed: an area."""

    @property
    def id(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def aliases(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class _Mention:
    """Characters ``start`` to ``end`` of the text name the place this well."""

    area: int
    start: int
    end: int
    quality: int

    @property
    def score(self) -> int:
        return self.quality + self.end - self.start


Names = dict[str, list[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class PlaceNames:
    """An index of names, built once; a search looks up, it never walks over all places."""

    _above: Mapping[int, Sequence[int]]
    _order: Mapping[int, int]
    #: Names, sounds and blurred sounds, each with the places so called and how well that says it.
    _written: Names = field(repr=False)
    _sounding: Names = field(repr=False)
    _blurred: Names = field(repr=False)
    #: In Latin letters: hewancun, hewan, hw, qshw ...
    _latin: Names = field(repr=False)
    _latin_blurred: Names = field(repr=False)
    _latin_starts: Mapping[str, Sequence[str]] = field(repr=False)
    _pairs: Mapping[str, Sequence[str]] = field(repr=False)
    #: (village, "3") -> its third group.
    _numbered: Mapping[tuple[int, str], int] = field(repr=False)
    _longest: int

    @classmethod
    def build(cls, places: Iterable[tuple[Place, Sequence[int]]]) -> "PlaceNames":
        """An index of places, each with what lies above it, the nearest first."""
        listed = list(places)
        written: Names = defaultdict(list)
        numbered: dict[tuple[int, str], int] = {}
        for place, above in listed:
            number = group_number(place.name) if above else None
            if number is not None:
                numbered[above[0], number] = place.id
            for name in (*place.aliases, *([] if number is not None else [place.name])):
                _add_name(written, place.id, plain(name))
        sounding, blurred = _by_sound(written)
        above_of = {place.id: tuple(above) for place, above in listed}
        latin = _by_letters(listed, above_of)
        return cls(
            _above=above_of,
            _order={place.id: order for order, (place, _) in enumerate(listed)},
            _written=written,
            _sounding=sounding,
            _blurred=blurred,
            _latin=latin,
            _latin_blurred=_blurred(latin),
            _latin_starts=_grouped((name[:2], name) for name in latin),
            _pairs=_grouped((pair, name) for name in written for pair in _pairs_of(name)),
            _numbered=numbered,
            _longest=max(map(len, written), default=0),
        )

    def search(self, text: str, under: int | None, limit: int) -> tuple[int, ...]:
        """Ids, best first; only those that are about as good as the best."""
        said = plain(text[:MAX_TEXT_CHARS])
        found = self._by_letters(said) if is_latin(said) else self._by_words(said, under)
        if under is not None:
            found = {
                area: score
                for area, score in found.items()
                if area == under or under in self._above[area]
            }
        best = max(found.values(), default=0)
        good = [area for area, score in found.items() if score > best - _MARGIN]
        good.sort(key=lambda area: (-found[area], len(self._above[area]), self._order[area]))
        return tuple(good[:limit])

    def spoken_of(self, text: str) -> tuple[int, ...]:
        """Ids of those whose whole names stand in a text, but for what lies above another."""
        said = list(plain(text[:MAX_TEXT_CHARS]))
        spans = self._spans(self._written, said, ())
        named = dict.fromkeys(area for area, _, _, quality in spans if quality >= _WHOLE)
        above = {one for area in named for one in self._above[area]}
        return tuple(area for area in named if area not in above)

    # -- in characters -------------------------------------------------------------------------

    def _by_words(self, text: str, under: int | None) -> dict[int, int]:
        mentions = list(self._mentions(text))
        mentions += self._parts(text, mentions)
        found: dict[int, int] = {}
        for mention in mentions:
            score = mention.score + self._named_above(mention, mentions)
            found[mention.area] = max(score, found.get(mention.area, 0))
        return found | self._groups(text, found, under)

    def _mentions(self, text: str) -> Iterator[_Mention]:
        """Places as they are written, else as they sound, else as they sound in a dialect."""
        sounds = [sound(char) for char in text]
        taken: list[tuple[int, int]] = []
        for names, units, loss, longest in (
            (self._written, list(text), 0, MAX_TEXT_CHARS),
            (self._sounding, sounds, _STEM - _SOUND, MAX_TEXT_CHARS),
            (self._blurred, [blur(s) for s in sounds], _STEM - _BLUR, SHORT_TEXT_CHARS),
        ):
            if len(text) > longest:
                return
            mentions = list(self._spans(names, units, taken))
            for area, start, end, quality in mentions:
                is_chance = loss and len(text) > SHORT_TEXT_CHARS and quality < _WHOLE
                if not is_chance:
                    yield _Mention(area, start, end, quality - loss)
            taken += [(start, end) for _, start, end, _ in mentions]

    def _spans(
        self, names: Names, units: Sequence[str], taken: Sequence[tuple[int, int]]
    ) -> Iterator[tuple[int, int, int, int]]:
        """The longest names that do not lie inside another or in what is taken."""
        reached = 0
        separator = "" if names is self._written else " "
        for start in range(len(units)):
            for end in range(min(len(units), start + self._longest), start + 1, -1):
                hits = names.get(separator.join(units[start:end]))
                if hits is None or end <= reached or _overlaps(start, end, taken):
                    continue
                for area, quality in hits:
                    yield area, start, end, quality
                reached = end
                break

    def _parts(self, text: str, mentions: Sequence[_Mention]) -> list[_Mention]:
        """What is left beside the places that were found, as a part of a name: 马家 of 马家寨."""
        if len(text) > SHORT_TEXT_CHARS:
            return []
        parts = []
        for start, end in _gaps(len(text), mentions):
            part = text[start:end]
            for name in self._pairs.get(part[:2], ()):
                if part in name:
                    parts += [_Mention(area, start, end, _PART) for area, _ in self._written[name]]
        return parts

    def _named_above(self, mention: _Mention, mentions: Sequence[_Mention]) -> int:
        """How well the places above it are named beside it: 青石 in 青石河湾."""
        best: dict[int, int] = {}
        for other in mentions:
            apart = other.end <= mention.start or other.start >= mention.end
            if apart and other.area in self._above[mention.area]:
                best[other.area] = max(other.score, best.get(other.area, 0))
        return sum(best.values())

    def _groups(self, text: str, found: Mapping[int, int], under: int | None) -> dict[int, int]:
        """三组 of a village that is named too, or that one is in."""
        numbers = [number for number in _NUMBERED.findall(_digits(text)) if number]
        villages = {**({under: 0} if under is not None else {}), **found}
        return {
            self._numbered[village, number]: score + _GROUP
            for village, score in villages.items()
            for number in numbers
            if (village, number) in self._numbered
        }

    # -- in letters ----------------------------------------------------------------------------

    def _by_letters(self, text: str) -> dict[int, int]:
        letters = re.sub(r"[^a-z]", "", text)
        if len(letters) < 2:
            return {}
        found: dict[int, int] = {}
        for name in self._latin_starts.get(letters[:2], ()):
            if name.startswith(letters):
                loss = 0 if name == letters else _WHOLE - _PART
                for area, quality in self._latin[name]:
                    found[area] = max(found.get(area, 0), quality - loss)
        return found or dict(self._latin_blurred.get(blur(letters), ()))


# -- building ----------------------------------------------------------------------------------


def _add_name(names: Names, area: int, name: str) -> None:
    for form, quality in _forms(name):
        names[form].append((area, quality))


def _forms(name: str) -> Iterator[tuple[str, int]]:
    """The name and, without its suffix, its stem."""
    yield name, _WHOLE
    if stem(name) != name:
        yield stem(name), _STEM


def stem(name: str) -> str:
    """The name without what people leave out at its end: 河湾 of 河湾村, 一组 of 一组."""
    for suffix in _NAMES["suffixes"]:
        if name.endswith(suffix) and len(name) - len(suffix) >= 2:
            return name.removesuffix(suffix)
    return name


def _by_sound(written: Names) -> tuple[Names, Names]:
    sounding: Names = defaultdict(list)
    blurred: Names = defaultdict(list)
    for name, hits in written.items():
        for sounds in readings(name):
            sounding[" ".join(sounds)].extend(hits)
            blurred[" ".join(map(blur, sounds))].extend(hits)
    return sounding, blurred


def _by_letters(
    places: Sequence[tuple[Place, Sequence[int]]], above: Mapping[int, Sequence[int]]
) -> Names:
    """Whole pinyin and initials, alone and after what lies right above: qingshihewan, qshw."""
    names: Names = defaultdict(list)
    own = {
        place.id: {
            spelling: quality
            for name in (place.name, *place.aliases)
            for form, quality in _forms(plain(name))
            for spelling in spellings(form)
        }
        for place, _ in places
        if group_number(place.name) is None
    }
    for area, spelled in own.items():
        parents = own.get(above[area][0], {}) if above[area] else {}
        for spelling, quality in spelled.items():
            names[spelling].append((area, quality))
            for parent in parents:
                names[parent + spelling].append((area, quality))
    return names


def _blurred(names: Names) -> Names:
    blurred: Names = defaultdict(list)
    for name, hits in names.items():
        blurred[blur(name)].extend(hits)
    return blurred


def _pairs_of(name: str) -> set[str]:
    return {name[at : at + 2] for at in range(len(name) - 1)}


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = defaultdict(list)
    for key, value in pairs:
        grouped[key].append(value)
    return grouped


# -- texts -------------------------------------------------------------------------------------


def group_number(name: str) -> str | None:
    """ "3" for 三组, 第三网格 and 3队; None for a place with a name of its own."""
    match = _NUMBERED.fullmatch(_digits(plain(name)))
    return match[1] if match else None


def cut_groups(text: str, cut: str) -> tuple[str, frozenset[str]]:
    """The text with ``cut`` in place of 三组 and 第3网格, and their numbers."""
    found = [match[0] for match in _WRITTEN_NUMBERED.finditer(text)]
    numbers = {number for one in found if (number := group_number(one)) is not None}
    return _WRITTEN_NUMBERED.sub(cut, text), frozenset(numbers)


def _digits(text: str) -> str:
    return re.sub("[一二三四五六七八九十]+", _to_number, text)


def _to_number(match: re.Match[str]) -> str:
    tens, ten, ones = match[0].rpartition("十")
    if not ten:
        return "".join(str(_ONES.index(char)) for char in ones)
    high = _ONES.index(tens[-1]) if tens else 1
    return str(10 * high + (_ONES.index(ones[0]) if ones else 0))


def _overlaps(start: int, end: int, taken: Sequence[tuple[int, int]]) -> bool:
    return any(start < other_end and other_start < end for other_start, other_end in taken)


def _gaps(length: int, mentions: Sequence[_Mention]) -> Iterator[tuple[int, int]]:
    """What lies between the mentions, where it is at least two characters long."""
    at = 0
    for start, end in sorted({(m.start, m.end) for m in mentions} | {(length, length)}):
        if start - at >= 2:
            yield at, start
        at = max(at, end)


_NAMES: dict[str, Any] = tomllib.loads(files("policy").joinpath("places.toml").read_text("utf-8"))[
    "names"
]
_ONES = "零一二三四五六七八九十"
_NUMBERED = re.compile(rf"第?(\d{{1,3}})(?:{'|'.join(_NAMES['numbered'])})")
_WRITTEN_NUMBERED = re.compile(
    rf"第?(?:\d{{1,3}}|[一二三四五六七八九十]{{1,3}})(?:{'|'.join(_NAMES['numbered'])})"
)
