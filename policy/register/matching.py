"""Whether two records are about the same child."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, TypeAlias

from policy.sounds import plain, readings

#: exact: the same number; probable: somebody should look; no: two children.
Likeness: TypeAlias = Literal["exact", "probable", "no"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """What tells one child from another."""

    name: str = field(repr=False)
    id_number: str = field(default="", repr=False)
    #: As far as it is known: 2016, 2016-09 or 2016-09-01.
    birth: str = field(default="", repr=False)
    phones: frozenset[str] = field(default=frozenset(), repr=False)
    #: Father's and mother's names.
    parents: frozenset[str] = field(default=frozenset(), repr=False)
    #: The village; 0 when it is not known.
    village: int = 0


def same_child(row: Child, known: Child) -> Likeness:
    """How sure it is that both are one child.

    A number decides when the names sound alike, too. Without it a child is known by its name in
    pinyin and its birth date, with a phone, a parent or the village besides. Twins are two: their
    names differ.
    """
    alike = sounds_alike(row.name, known.name)
    if row.id_number and row.id_number == known.id_number:
        return "exact" if alike else "probable"
    if not alike or not _may_be_one_day(row.birth, known.birth):
        return "no"
    shared = bool(row.phones & known.phones or row.parents & known.parents)
    if row.id_number and known.id_number:
        # Two sound numbers are two children, unless all else is the same.
        return "probable" if shared and row.birth == known.birth else "no"
    return "probable" if shared or (row.village and row.village == known.village) else "no"


def find_same(row: Child, known: Iterable[Child]) -> tuple[Likeness, Child | None]:
    """The most alike of several, and how alike it is."""
    best: tuple[Likeness, Child | None] = ("no", None)
    for one in known:
        match same_child(row, one):
            case "exact":
                return "exact", one
            case "probable":
                best = ("probable", one)
            case "no":
                pass
    return best


def keys_of(child: Child) -> frozenset[str]:
    """What to look a child up by: two records of one child share at least one of these."""
    sounds = {f"{sound}/{child.birth[:4]}" for sound in _sounds(plain(child.name))}
    return frozenset(sounds | ({child.id_number} if child.id_number else set()))


def sounds_alike(name: str, other: str) -> bool:
    """True when both may be read the same."""
    return not _sounds(plain(name)).isdisjoint(_sounds(plain(other)))


def _may_be_one_day(birth: str, other: str) -> bool:
    """2016-09 may be 2016-09-01; where nothing is written, nothing is known."""
    return bool(birth and other) and (birth.startswith(other) or other.startswith(birth))


@lru_cache(maxsize=4096)
def _sounds(name: str) -> frozenset[str]:
    return frozenset(" ".join(syllables) for syllables in readings(name))
