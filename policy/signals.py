"""What adds up about a child, what several cases have in common, and what was told twice."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Literal, TypeAlias

from policy.durations import Lasting, Spanned
from policy.grading import GRADES, Grade

#: What may be a signal about a child.
Kind: TypeAlias = Literal["report", "absence", "visit_failed", "visit_worried"]
KINDS: tuple[Kind, ...] = ("report", "absence", "visit_failed", "visit_worried")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From so many points on: the least grade, and how soon somebody looks."""

    at_least: int
    grade: Grade
    look: Spanned


@dataclass(frozen=True, slots=True, kw_only=True)
class Weak:
    """How small things about one child add up."""

    within: Lasting = timedelta(days=90)
    #: So many different people at least must have noticed them.
    people: int = 2
    weights: Mapping[Kind, int] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    #: Question of a visit's form -> answers that mean that the visitor was worried.
    worried: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: A report whose case ended so says nothing about the child.
    unfounded: tuple[str, ...] = ()

    def is_worried(self, answers: Mapping[str, str]) -> bool:
        """True when one of a visit's answers says so."""
        return any(
            not set(answers.get(name, "").split()).isdisjoint(said)
            for name, said in self.worried.items()
        )


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

    weak: Weak
    cluster: Cluster
    alike: Alike
    #: Why somebody joins two: code -> what it is called.
    reasons: Mapping[str, str] = field(default_factory=dict)


# -- what adds up about one child ---------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """Something that somebody noticed about a child."""

    kind: Kind
    on: date
    #: The person who noticed it; never shown.
    by: int | None = field(repr=False, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """What signals are together: the latest one made them enough."""

    on: date
    step: Step
    #: The latest one's.
    kind: Kind
    counts: Mapping[Kind, int]


def add_up(signals: Iterable[Signal], on: date, weak: Weak) -> Sum | None:
    """What those of the time before the end of a day are together; None while it is not enough.

    Of one person the same kind counts once a day.
    """
    first = on - weak.within
    counted = {one for one in signals if first < one.on <= on and weak.weights.get(one.kind, 0)}
    points = sum(weak.weights[one.kind] for one in counted)
    reached = [step for step in weak.steps if points >= step.at_least]
    if not reached or len({one.by for one in counted}) < weak.people:
        return None
    latest = max(counted, key=lambda one: (one.on, KINDS.index(one.kind)))
    counts = Counter(one.kind for one in counted)
    return Sum(
        on=latest.on,
        step=min(reached, key=lambda step: GRADES.index(step.grade)),
        kind=latest.kind,
        counts={kind: counts[kind] for kind in KINDS if counts[kind]},
    )


def sums(signals: Collection[Signal], weak: Weak) -> tuple[Sum, ...]:
    """What was enough on the day of each signal but a report, in order.

    A report has a case with times of its own: it weighs, but nobody is sent because of it.
    """
    days = sorted({one.on for one in signals if one.kind != "report"})
    found = (add_up(signals, day, weak) for day in days)
    return tuple(one for one in found if one is not None)


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
