"""Figures: what is counted and what each number means, for the chat and whatever else shows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Literal, TypeAlias

#: Who may know a figure of a place.
Of: TypeAlias = Literal["children", "cases", "gaps"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number: its name, and what it means."""

    name: str
    means: str
    of: Of
    #: The number opens its list: at the desk, and in the talk at once or one card further.
    listed: bool = False
    desk: bool = False
    #: What stands now, and not what happened in a period.
    now: bool = False
    #: The figure of which it is a part; "" for none.
    shares: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureTable:
    """The figures in the order in which they are shown."""

    #: Numbers of a period are of so long up to now.
    period: timedelta = timedelta(days=30)
    figures: Mapping[str, Figure] = field(default_factory=lambda: MappingProxyType({}))

    def known_to(self, may: frozenset[Of]) -> tuple[str, ...]:
        """The figures that somebody may know."""
        return tuple(key for key, one in self.figures.items() if one.of in may)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long a step of a case took: how many, how many in time, half and nine of ten within."""

    count: int
    in_time: int
    p50: timedelta
    p90: timedelta


def share(part: int, whole: int) -> int | None:
    """A share in whole percents; None of nothing. Only all is 100, and only nothing is 0."""
    if whole <= 0:
        return None
    if part in (0, whole):
        return 100 * part // whole
    return min(99, max(1, round(100 * part / whole)))
