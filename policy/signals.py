"""What is common to several cases, and what is perhaps one matter told twice."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal, TypeAlias

from policy.durations import Lasting
from policy.grading import Grade


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """So many cases of at least this grade that have something in common alert the county."""

    cases: int = 3
    within: Lasting = timedelta(days=14)
    grade: Grade = "yellow"
    #: What the name of a school ends with.
    schools: tuple[str, ...] = ()

    def school_in(self, text: str) -> str:
        """青石小学 in 青石小学三年级; "" where none is named."""
        said = "".join(text.split())
        ends = [at + len(end) for end in self.schools if (at := said.find(end)) > 0]
        return said[: min(ends)] if ends else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """When two reports are perhaps about the same matter."""

    within: Lasting = timedelta(days=14)
    #: Who reported about such a circumstance before is heard once more within this.
    again: Lasting = timedelta(days=1)
    #: Per cent of the shorter one's pairs of letters that the other has as well.
    share: int = 35
    #: Words that name nobody.
    common: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """The tables of signals.toml."""

    cluster: Cluster
    alike: Alike
    #: Why somebody joins two: code -> what it is called.
    reasons: Mapping[str, str] = field(default_factory=dict)


# -- what is common to several cases ------------------------------------------------------------

#: What several cases may have in common.
Common: TypeAlias = Literal["village", "school", "adult"]


def are_enough(cases: Iterable[tuple[int, int | None]], rules: Cluster) -> bool:
    """True when cases that have something in common, each with its child, alert the county.

    One child counts once, and a child whom nobody knows counts for each case.
    """
    children = {("child", child) if child else ("case", case) for case, child in cases}
    return len(children) >= rules.cases


# -- what is perhaps one matter -----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A report, as far as it is compared."""

    at: datetime
    child_id: int | None
    circumstances: Collection[str]
    #: Which child, as the reporter called it; and what they saw.
    child: str = field(repr=False, default="")
    what: str = field(repr=False, default="")
    #: By what they were sent; never shown.
    by: int | None = field(repr=False, default=None)


def alike(one: Told, other: Told, rules: Alike) -> bool:
    """True when two reports of one village are perhaps about the same child and matter."""
    if one.child_id is not None and other.child_id is not None:
        return one.child_id == other.child_id
    if abs(one.at - other.at) > rules.within:
        return False
    if _names(one, other, rules) or _names(other, one, rules):
        return True
    if set(one.circumstances).isdisjoint(other.circumstances):
        return False
    if one.by is not None and one.by == other.by and abs(one.at - other.at) <= rules.again:
        return True
    return _share(one.what, other.what) * 100 >= rules.share


def _names(one: Told, other: Told, rules: Alike) -> bool:
    """True when what the first one calls the child stands in the other one, too."""
    said = _without(one.child, rules.common)
    heard = _without(other.child, rules.common) + "|" + _without(other.what, rules.common)
    return any(pair in heard for pair in _pairs(said))


def _share(one: str, other: str) -> float:
    mine, theirs = _pairs(one), _pairs(other)
    fewer = min(len(mine), len(theirs))
    return len(mine & theirs) / fewer if fewer else 0.0


def _pairs(text: str) -> frozenset[str]:
    letters = [char if char.isalnum() else "|" for char in text]
    return frozenset(
        first + second for first, second in pairwise(letters) if "|" not in (first, second)
    )


def _without(text: str, common: Iterable[str]) -> str:
    for word in sorted(common, key=len, reverse=True):
        text = text.replace(word, "|")
    return text
