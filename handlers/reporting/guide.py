"""要不要报？ From what one has seen to whose duty it is; it always ends in an act."""

from handlers import filling
from handlers.reporting import report
from handlers.turn import Filled, Turn


def begin(turn: Turn, _: str = "") -> None:
    """Three taps."""
    filling.begin(turn, "guide", preset=report.speaker(turn), in_place=True)


def end(turn: Turn, filled: Filled) -> None:
    """The advice was read and the person goes on to a report, with what was seen ticked."""
    report.begin_report(turn, suggested=filled.answers.get("seen", ""))
