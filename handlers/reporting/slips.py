"""纸: what somebody without a telephone wrote on our paper form, entered by whoever has one.

The code on the paper binds it to one report. Whoever enters it a second time is told so and may
go on: a code that somebody mistyped must not keep a report back.
"""

from handlers import filling, form_cards
from handlers.reporting import bound, first_words
from handlers.saying import answer, button
from handlers.turn import Turn
from policy.paper_code import digits_after, is_code, say_code


def heard(turn: Turn, text: str) -> bool:
    """True for 纸 482 7197, and for 报告单 alone: then it is said how."""
    listed = turn.rules.words.listed
    digits = digits_after(text, listed("slip.say"))
    if digits and is_code(digits):
        begin(turn, digits)
    elif turn.draft is not None:
        return False
    elif digits:
        answer(turn, turn.words("slip.wrong"))
    elif text.strip() in listed("slip.alone"):
        answer(turn, turn.words("slip.how"))
    else:
        return False
    return True


def begin(turn: Turn, code: str) -> None:
    """The report form for a paper, unless that paper was entered before."""
    known = bound.case_of(turn, code)
    if known is None:
        _ask(turn, code)
        return
    text = turn.words("slip.known", number=say_code(code), when=bound.said_of(turn, known))
    answer(turn, text, button(turn.words("slip.again"), "slip.again", code))


def again(turn: Turn, code: str) -> None:
    """还是要报: it is another paper, or more is on it."""
    if is_code(code):
        _ask(turn, code)


def _ask(turn: Turn, code: str) -> None:
    preset = {**first_words.speaker(turn), bound.PAPER: code, "for_other": "yes", "how": "wrote"}
    notice = form_cards.Notice(text=turn.words("slip.begin", number=say_code(code)))
    filling.begin(turn, "report", preset=preset, notice=notice)
