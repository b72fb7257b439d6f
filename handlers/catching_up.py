"""What takes long is read step by step, or counted beforehand, and no turn waits for it."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from storage.work import Reading

T = TypeVar("T")
#: What was counted beforehand is told for so long, and of so many questions.
TOLD_FOR, QUESTIONS = timedelta(minutes=5), 100

#: Takes in a part of what is not known yet; True once nothing is missing.
Step = Callable[[Reading], bool]
#: Steps that a turn or a page takes itself: in a small county these are all.
AT_MOST = 3


class NotRead(Exception):
    """Too much is not read yet for a turn: it is undone, and taken once more when all is."""

    def __init__(self, step: Step) -> None:
        super().__init__()
        self.step = step


def catch_up(reading: Reading, step: Step) -> None:
    """Have nothing missing; raises NotRead where that is more than a few steps."""
    if not any(step(reading) for _ in range(AT_MOST)):
        raise NotRead(step)


@dataclass(slots=True)
class Beforehand:
    """What was counted on a reading connection for a turn that asks for it; one a process."""

    _known: dict[Hashable, tuple[datetime, Any]] = field(default_factory=dict, repr=False)

    def of(self, now: datetime, key: Hashable, count: Callable[[Reading], T]) -> T:
        """What was counted a moment ago; else NotRead: it is counted, and the turn retaken."""
        known = self._known.get(key)
        if known is not None and timedelta() <= now - known[0] < TOLD_FOR:
            return cast("T", known[1])

        def step(reading: Reading) -> bool:
            while len(self._known) >= QUESTIONS:
                self._known.pop(next(iter(self._known)))
            self._known[key] = (reading.now, count(reading))
            return True

        raise NotRead(step)
