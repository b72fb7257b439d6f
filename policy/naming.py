"""How words speak of somebody whom they name: as who did it, as kin, or by the way."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, TypeAlias

#: accused, related: they must not hear of it; harmless: they were told, or do their work;
#: unclear: nothing says which.
Naming: TypeAlias = Literal["accused", "related", "unclear", "harmless"]
#: The gravest first.
NAMINGS: tuple[Naming, ...] = ("accused", "related", "unclear", "harmless")
#: Stands for a name in the patterns; names that are joined are one.
_SOMEBODY = "某"
_ENDS = re.compile(r"[,，.。;；!！?？:：\n\r…]+")
#: A clause that says what the one named before it does.
_GOES_ON = re.compile(
    r"(?:还|又|就|却|也|反而|天天|经常|总是)*(?:压着|瞒|包庇|不管|不让|打|骂|关|锁)"
)
_JOINED = re.compile(r"某(?:(?:、|和|跟|与|及|还有|同)某)+")


def spoken_of(text: str, names: Iterable[str]) -> Mapping[str, Naming]:
    """How a text speaks of each of these names that stands in it: the gravest of its clauses."""
    wanted = sorted({name for name in names if name}, key=len, reverse=True)
    found: dict[str, Naming] = {}
    last: list[str] = []
    for clause in _ENDS.split("".join(text.split(" "))):
        named = [name for name in wanted if name in clause]
        if not named and last and _GOES_ON.match(clause):
            named, clause = last, f"{_SOMEBODY}{clause}"
        if named:
            kind = _of_clause(_without_names(clause, named))
            for name in named:
                found[name] = min(kind, found.get(name, kind), key=NAMINGS.index)
        last = named
    return found


def _without_names(clause: str, names: Iterable[str]) -> str:
    for name in names:
        clause = clause.replace(name, _SOMEBODY)
    return _JOINED.sub(_SOMEBODY, clause)


def _of_clause(clause: str) -> Naming:
    for kind in NAMINGS:
        if any(pattern.search(clause) for pattern in _patterns(kind)):
            return kind
    return "unclear"


@cache
def _patterns(kind: str) -> tuple[re.Pattern[str], ...]:
    table = tomllib.loads(files("policy").joinpath("naming.toml").read_text("utf-8"))
    return tuple(re.compile(one) for one in table.get(kind, ()))
