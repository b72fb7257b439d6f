"""What is kept of the whole register in memory is read step by step, and no turn waits for it."""

from collections.abc import Callable

from storage.work import Reading

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
