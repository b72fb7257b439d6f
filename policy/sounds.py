"""How Chinese words sound: pinyin without tones, and what a dialect makes of it."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files
from itertools import islice, product

#: Characters with two readings multiply; more than this many readings of a name tell nothing.
MAX_READINGS = 8


def plain(text: str) -> str:
    """Without blanks and marks, in one width and case."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text).lower())


def is_latin(text: str) -> bool:
    """True for letters and digits alone."""
    return bool(re.fullmatch(r"[a-z0-9]+", text))


def readings(name: str) -> Iterator[tuple[str, ...]]:
    """How a name may be read: characters with two readings give both, within reason."""
    yield from islice(product(*(sounds(char) for char in name)), MAX_READINGS)


def spellings(name: str) -> Iterator[str]:
    """Whole pinyin and initials of each reading: hewan, hw."""
    for syllables in readings(name):
        yield "".join(syllables)
        yield "".join(syllable[0] for syllable in syllables)


@lru_cache(maxsize=8192)
def heard_as(name: str) -> frozenset[str]:
    """How a name may sound to people who do not tell all sounds apart."""
    return frozenset(blur("".join(syllables)) for syllables in readings(name))


@cache
def sounds(char: str) -> tuple[str, ...]:
    """The usual readings of a character without tones; itself when it has none."""
    at = _TABLE.find(char) if char >= _FIRST else -1
    if at < 0:
        return (char,)
    read = _TABLE.index("\t", at) + 1
    return tuple(_TABLE[read : _TABLE.index("\n", read)].split(" "))


def sound(char: str) -> str:
    """The most usual reading of a character."""
    return sounds(char)[0]


def blur(syllables: str) -> str:
    """The same for all sounds that many people do not tell apart."""
    for sharp, blunt in _BLURRED.items():
        syllables = syllables.replace(sharp, blunt)
    return syllables


#: Characters and their readings, a line for all that are read alike. From pypinyin's table (MIT),
#: which takes 7 MB and a third of a second to read; tests/policy/sounds_table.py writes it.
_TABLE = files("policy").joinpath("sounds.tsv").read_text("utf-8")
#: Zero, the first character that has a reading: the table's own marks and letters lie before it.
_FIRST = "\u3007"

_BLURRED: dict[str, str] = tomllib.loads(
    files("policy").joinpath("places.toml").read_text("utf-8")
)["names"]["sounds"]
