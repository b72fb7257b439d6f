"""What the channel costs whoever works, in minutes and typed characters a week."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeAlias

from policy.absence import DUTY

#: What costs somebody time: a card to be read, and kinds of things to be entered.
Task: TypeAlias = Literal["message", "visit", "absence", "roll", "other"]
TASKS: tuple[Task, ...] = ("message", "visit", "absence", "roll", "other")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one of a kind costs."""

    minutes: float
    chars: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BurdenTable:
    """The table burden.toml."""

    #: So much a week is too much for one person.
    most_minutes: int
    most_chars: int
    cost: Mapping[Task, Cost] = field(default_factory=lambda: MappingProxyType({}))

    def week(self, tasks: Mapping[Task, int]) -> Cost:
        """What so many of each cost together."""
        known = [(self.cost[task], count) for task, count in tasks.items() if task in self.cost]
        return Cost(
            minutes=sum(one.minutes * count for one, count in known),
            chars=sum(one.chars * count for one, count in known),
        )

    def is_too_much(self, week: Cost) -> bool:
        """True above the ceiling."""
        return week.minutes > self.most_minutes or week.chars > self.most_chars


def task_of(kind: str) -> Task:
    """What entering a duty of this kind is."""
    if kind == "visit":
        return "visit"
    return "absence" if kind.startswith(DUTY) else "other"
