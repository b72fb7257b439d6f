"""暂缓销毁 of a report of which no case was made: 暂缓销毁 386 420 719, said by the county.

The form and the posts are those of the same act of a case (policy/lifecycle.toml).
"""

from datetime import date, datetime, time
from typing import Final

from handlers import filling
from handlers.people import colleagues
from handlers.saying import answer
from handlers.turn import Filled, Turn
from policy.paper_code import digits_after
from policy.receipt import read_number, say_number

#: What a form is about, the act, and what is held back.
ABOUT: Final = "loose:"
HOLD: Final = "hold"
REPORT: Final = "report"


def heard(turn: Turn, text: str) -> bool:
    """True for 暂缓销毁 and a number, of whoever may hold back."""
    digits = digits_after(text, turn.rules.words.listed("held.say"))
    if not digits or not _may(turn):
        return False
    found = turn.work.reports.by_number(read_number(digits) or "")
    if found is None:
        answer(turn, turn.words("held.not_there"))
    elif turn.work.cases.of_report(found.id) is not None:
        answer(turn, turn.words("held.of_case", number=say_number(found.number)))
    else:
        filling.begin(turn, f"{filling.OF_CASES}{HOLD}", about=f"{ABOUT}{found.id}")
    return True


def answered(turn: Turn, filled: Filled) -> None:
    """The form is filled in."""
    report_id = int((filled.draft.about or "").removeprefix(ABOUT))
    found, by = turn.work.reports.get(report_id), turn.speaker.person_id
    if found is None or not _may(turn):
        answer(turn, turn.words("people.not_yours"))
        return
    body, number = filled.answers, say_number(found.number)
    if body["hold"] != "yes":
        turn.work.erasures.end_hold(REPORT, found.id, by=by)
        answer(turn, turn.words("held.over", number=number))
        return
    until = datetime.combine(date.fromisoformat(body["until"]), time.max, turn.rules.zone)
    turn.work.erasures.set_hold(REPORT, found.id, by=by, reason=body["reason"], until=until)
    answer(turn, turn.words("held.until", number=number, when=turn.day(until)))


def _may(turn: Turn) -> bool:
    who = turn.rules.policy.lifecycle.acts[HOLD].who
    roots = {root.id for root in turn.work.areas.roots()}
    return any(role in who and at in roots for role, at in colleagues.held(turn))
