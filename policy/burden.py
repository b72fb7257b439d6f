"""What the channel costs whoever works, in minutes, messages and typed characters a week."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Literal, TypeAlias

from policy.absence import DUTY
from policy.durations import Lasting

#: What costs somebody time: a card to be read, and kinds of things to be entered.
Task: TypeAlias = Literal["message", "visit", "absence", "roll", "other"]
TASKS: tuple[Task, ...] = ("message", "visit", "absence", "roll", "other")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one of a kind costs."""

    minutes: float
    chars: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a week did cost: minutes at it, messages and taps both ways, typed characters."""

    minutes: float = 0
    messages: float = 0
    chars: float = 0

    @classmethod
    def mean(cls, told: Sequence["Measured"]) -> "Measured":
        """What one of them has on average."""
        count = max(len(told), 1)
        return cls(
            minutes=sum(one.minutes for one in told) / count,
            messages=sum(one.messages for one in told) / count,
            chars=sum(one.chars for one in told) / count,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BurdenTable:
    """The table burden.toml."""

    #: So much a week is too much for one person.
    most_minutes: int
    most_chars: int
    most_messages: int = 150
    #: Whoever says nothing for longer is not at it; a first word is so long in the making.
    pause: Lasting = timedelta(minutes=3)
    least: Lasting = timedelta(seconds=15)
    cost: Mapping[Task, Cost] = field(default_factory=lambda: MappingProxyType({}))

    def week(self, tasks: Mapping[Task, int]) -> Cost:
        """What so many of each cost together."""
        known = [(self.cost[task], count) for task, count in tasks.items() if task in self.cost]
        return Cost(
            minutes=sum(one.minutes * count for one, count in known),
            chars=sum(one.chars * count for one, count in known),
        )

    def is_above(self, week: Measured) -> bool:
        """True above the ceiling, of what was measured."""
        return (
            week.minutes > self.most_minutes
            or week.messages > self.most_messages
            or week.chars > self.most_chars
        )

    def is_too_much(self, week: Cost) -> bool:
        """True above the ceiling."""
        return week.minutes > self.most_minutes or week.chars > self.most_chars


def task_of(kind: str) -> Task:
    """What entering a duty of this kind is."""
    if kind == "visit":
        return "visit"
    return "absence" if kind.startswith(DUTY) else "other"
