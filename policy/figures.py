"""Figures: what is counted and what each number means, for the chat and whatever else shows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import MappingProxyType
from typing import Literal, TypeAlias

#: Who may know a figure of a place.
Of: TypeAlias = Literal["children", "cases", "gaps"]
#: The figure that stands for one of each risk tier.
TIER = "tier"


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
    #: False for what counts places: a small one tells of nobody.
    of_people: bool = True
    #: Of a card and a page of their own: how far the work reaches, as the days end.
    apart: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureTable:
    """The figures in the order in which they are shown."""

    #: Numbers of a period are of so long up to now.
    period: timedelta = timedelta(days=30)
    #: A file was looked at in time when somebody changed it, or visited the child, within so long.
    fresh: timedelta = timedelta(days=92)
    #: The visit 30 or 90 days after the end of a case is still waited for so long.
    outcome_late: timedelta = timedelta(days=7)
    #: The police are to have a case within so long of the first word.
    alarm: timedelta = timedelta(minutes=30)
    figures: Mapping[str, Figure] = field(default_factory=lambda: MappingProxyType({}))

    def known_to(self, may: frozenset[Of], *, apart: bool = False) -> tuple[str, ...]:
        """The figures that somebody may know: those of the first card, or the others."""
        found = ((key, one) for key, one in self.figures.items() if one.of in may)
        return tuple(key for key, one in found if one.apart == apart)

    def with_tiers(self, tiers: Mapping[str, str]) -> "FigureTable":
        """The figure of a tier stands for one of each, by the name that the county gave it."""
        found: dict[str, Figure] = {}
        for key, one in self.figures.items():
            if key == TIER:
                found |= {
                    f"{TIER}_{tier}": replace(one, name=one.name + name)
                    for tier, name in tiers.items()
                }
            else:
                found[key] = one
        return replace(self, figures=found)


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
