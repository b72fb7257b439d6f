"""要不要报？ From what one has seen to whose duty it is; it always ends in an act."""

from handlers import filling
from handlers.children.own import alarming
from handlers.heard import question
from handlers.reporting import first_words
from handlers.turn import Filled, Turn
from policy.circumstances import suggest


def begin(turn: Turn, _: str = "") -> None:
    """Three taps."""
    filling.begin(turn, "guide", preset=first_words.speaker(turn), in_place=True)


def end(turn: Turn, filled: Filled) -> None:
    """The advice was read and the person goes on to a report, with what was seen ticked."""
    first_words.begin_report(turn, suggested=filled.answers.get("seen", ""))


def left_by(turn: Turn, text: str) -> bool:
    """True when somebody tells what happened instead of tapping on: that is a report then."""
    if turn.draft is None or filling.answers_of(turn, turn.draft)[0].name != "guide":
        return False
    speaks = alarming(turn, text) or bool(suggest(text, turn.rules.policy.circumstances))
    if not speaks or question.is_answer(turn, text):
        return False
    filling.forget(turn, turn.draft)
    return True
