"""A child named by its family: 老王家二小子, 张大爷家的孙子, 王建国的大女儿."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

#: Stands where a place or a school was: nothing reaches across it.
CUT = "|"
#: 欧阳建国 is as long as a name gets.
MAX_OWNER_CHARS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class KinPhrase:
    """Whose child it is, and which of that family's."""

    #: A family name or a whole name.
    owner: str = field(repr=False)
    #: What a title tells of the owner: 大爷 is a man of the grandparents' generation.
    owner_sex: str = ""
    generation: int = 0
    #: The child's sex, when the word tells it.
    sex: str = ""
    #: 1 is the eldest, -1 the youngest.
    rank: int | None = None
    #: 2: a grandchild, 3: a daughter's child, 1: a child, 0: any of them.
    through: int = 0
    #: Where the owner ends, and where the whole ends.
    joint: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """Who an elder is to the child."""

    sex: str = ""
    generation: int = 0
    by_mother: bool = False


def find_kin_phrases(text: str) -> tuple[KinPhrase, ...]:
    """All phrases of this kind in a text without blanks and marks."""
    found = (_phrase(text, match) for match in _PHRASE.finditer(text))
    return tuple(phrase for phrase in found if phrase is not None)


def relation_of(word: str) -> Relation:
    """What 祖父 or 外婆 tells; an empty one for neighbours and others."""
    told = _TABLE["relation"].get(word)
    if told is None:
        return Relation()
    return Relation(sex=told[0], generation=told[1], by_mother=told[2])


def family_name(name: str) -> str:
    """欧阳 of 欧阳娜, 王 of 王小明."""
    return name[:2] if len(name) > 2 and name.startswith(_DOUBLE) else name[:1]


def is_family_name(text: str) -> bool:
    """True for one character, and for the family names of two."""
    return len(text) == 1 or text in _DOUBLE


def table(key: str) -> Mapping[str, Any]:
    """A part of the words of kinship.toml."""
    part: Mapping[str, Any] = _TABLE[key]
    return part


def _phrase(text: str, match: re.Match[str]) -> KinPhrase | None:
    before = text[: match.start()].rpartition(CUT)[2]
    name, title = _owner(before)
    if not name:
        return None
    word = _WORDS.get(match["word"] or "", _NO_WORD)
    return KinPhrase(
        owner=name,
        owner_sex=title["sex"] if title else "",
        generation=title["generation"] if title else 0,
        sex=word["sex"] or _sex_of(match["alone"] or ""),
        rank=_rank(match),
        through=word["through"],
        joint=match.start(),
        end=match.end(),
    )


def _owner(before: str) -> tuple[str, Mapping[str, Any] | None]:
    """The name that ends a text, and the title after it."""
    for word, title in _TITLES.items():
        if before.endswith(word) and len(before) > len(word):
            return _name(before.removesuffix(word)), title
    return _name(before), None


def _name(before: str) -> str:
    name = before
    for word in _STOPS:
        name = name.rpartition(word)[2] or name if word in name[:-1] else name
    name = name[-MAX_OWNER_CHARS:]
    for word in _BEFORE:
        if name.startswith(word) and len(name) > len(word):
            name = name.removeprefix(word)
    return name


def _rank(match: re.Match[str]) -> int | None:
    alone = _CHILD["alone"].get(match["alone"] or "")
    if alone is not None:
        return int(alone)
    said = match["old"] or match["rank"]
    return int(_CHILD["ranks"][said]) if said else None


def _sex_of(word: str) -> str:
    return str(_WORDS.get(word, _NO_WORD)["sex"])


def _any_of(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


_TABLE: dict[str, Any] = tomllib.loads(
    files("policy").joinpath("register", "kinship.toml").read_text("utf-8")
)
_CHILD = _TABLE["child"]
_DOUBLE = tuple(_TABLE["name"]["double"])
_STOPS = tuple(sorted(_TABLE["owner"]["stops"], key=len, reverse=True))
_BEFORE = tuple(sorted(_TABLE["owner"]["before"], key=len, reverse=True))
_NO_WORD: Mapping[str, Any] = {"sex": "", "through": 0}
_WORDS = {word: kind for kind in reversed(_CHILD["word"]) for word in kind["words"]}
_TITLES = dict(
    sorted(
        ((word, title) for title in _TABLE["title"] for word in title["words"]),
        key=lambda pair: -len(pair[0]),
    )
)
_RANKS = "".join(_CHILD["ranks"])
_CHILD_TERM = (
    rf"(?P<alone>{_any_of(_CHILD['alone'])})"
    rf"|{_CHILD['old']}(?P<old>[{_RANKS}])"
    rf"|(?P<rank>[{_RANKS}])?(?P<word>{_any_of(_WORDS)})"
)
#: Without a word between, only what can be nothing else: 王老二, 张大爷孙子, 李强二女儿.
_PHRASE = re.compile(
    rf"(?:(?:{_any_of(_TABLE['owner']['joints'])})|(?=老[{_RANKS}])"
    rf"|(?={_any_of(w for w, k in _WORDS.items() if k['through'] >= 2)})"
    rf"|(?=[{_RANKS}](?:{_any_of(w for w in _WORDS if len(w) > 1)})))"
    rf"(?:{_CHILD_TERM})"
)
