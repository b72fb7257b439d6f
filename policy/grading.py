"""How urgent a report is, by rules that a county may change, with the facts that made it so."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeAlias

Grade: TypeAlias = Literal["red", "orange", "yellow", "blue"]

#: The most urgent first.
GRADES: tuple[Grade, ...] = ("red", "orange", "yellow", "blue")
#: A reason for lowering a grade is a sentence, not a full stop.
MIN_REASON_CHARS = 4

Value: TypeAlias = str | Set[str]
Facts: TypeAlias = Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A number that lies between."""

    at_least: int | None = None
    at_most: int | None = None


#: One value, any of several, or a number between.
Wanted: TypeAlias = str | tuple[str, ...] | Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When all these facts hold, the grade is at least this."""

    grade: Grade
    reason: str
    when: Mapping[str, Wanted]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grading:
    """The rules, and the grade of a report that none of them speaks of."""

    rules: Mapping[str, Rule] = field(default_factory=lambda: MappingProxyType({}))
    otherwise: Grade = "yellow"

    def reasons(self, keys: Iterable[str]) -> tuple[str, ...]:
        """The words of reasons that were kept by their keys; a rule that is gone says nothing."""
        return tuple(self.rules[key].reason for key in keys if key in self.rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A fact that made the grade."""

    key: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """A grade and every reason for it."""

    grade: Grade
    reasons: tuple[Reason, ...] = ()


def grade(facts: Facts, grading: Grading) -> Graded:
    """The most urgent grade that a rule gives, with all the rules that give it."""
    fired = {key: rule for key, rule in grading.rules.items() if _holds(rule, facts)}
    grades = {rule.grade for rule in fired.values()}
    worst = next((grade for grade in GRADES if grade in grades), grading.otherwise)
    return Graded(
        grade=worst,
        reasons=tuple(
            Reason(key=key, text=rule.reason) for key, rule in fired.items() if rule.grade == worst
        ),
    )


def is_worse(new: str, old: str) -> bool:
    """True when a grade is more urgent than another."""
    return GRADES.index(new) < GRADES.index(old)


def may_change(old: str, new: str, reason: str, *, lowers: bool = True) -> bool:
    """True when a human may give this grade: up freely, down only with a reason and the right."""
    if old not in GRADES or new not in GRADES or old == new:
        return False
    if is_worse(new, old):
        return True
    return lowers and len("".join(reason.split())) >= MIN_REASON_CHARS


def _holds(rule: Rule, facts: Facts) -> bool:
    return all(_is(facts.get(name, ""), wanted) for name, wanted in rule.when.items())


def _is(value: Value, wanted: Wanted) -> bool:
    values = frozenset(value.split()) if isinstance(value, str) else value
    match wanted:
        case str():
            return wanted in values
        case tuple():
            return not values.isdisjoint(wanted)
        case Range(at_least=least, at_most=most):
            return any(
                (least is None or number >= least) and (most is None or number <= most)
                for number in map(_number, values)
                if number is not None
            )


def _number(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 10 else None
