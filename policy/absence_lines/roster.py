"""Whom of a class a name of a line means."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, TypeAlias

from policy.absence_lines.names import parts_of
from policy.absence_lines.said import Absent
from policy.register.kinship import family_name, table
from policy.sounds import heard_as, plain

#: How a name of a line fits the roster: as written; likely one pupil; one of several; nobody.
Fit: TypeAlias = Literal["exact", "likely", "several", "nobody"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NameMatch:
    """Whom of the roster a name means; ``likely`` and ``several`` are asked about, too."""

    absent: Absent
    #: Places in the roster.
    pupils: tuple[int, ...] = ()
    fit: Fit = "nobody"


def match_names(absent: Iterable[Absent], roster: Sequence[str]) -> tuple[NameMatch, ...]:
    """Whom of a class the names mean; names that were written together are taken apart."""
    pupils = tuple(plain(name) for name in roster)
    return tuple(match for one in absent for match in _matches(one, pupils))


def _matches(absent: Absent, pupils: Sequence[str]) -> Iterator[NameMatch]:
    name = plain(absent.name)
    found = _places(pupils, lambda pupil: pupil == name)
    if found:
        yield NameMatch(absent=absent, pupils=found, fit="exact" if len(found) == 1 else "several")
        return
    if parts := parts_of(name, frozenset(pupils)):
        for part in parts:
            yield from _matches(replace(absent, name=part), pupils)
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
