"""Which paper a report came on: the case is marked by the paper's code."""

import secrets
from collections.abc import Mapping

from handlers.turn import Turn
from policy.paper_code import code_of, is_code, say_code
from policy.receipt import say_number
from storage.cases.case import Case
from storage.reporting.reports import Report
from storage.work import Reading

#: How a case is marked, and where the form keeps the code.
PAPER = "paper"


def case_of(turn: Turn, code: str) -> Case | None:
    """The first case that was entered from this paper; none of which one must not hear."""
    case = turn.work.cases.first_marked(PAPER, code)
    return None if case is None or case.id in turn.hidden else case


def said_of(turn: Turn, case: Case) -> str:
    """When it was entered; and its number, for whoever works here: others could try its PIN."""
    when = turn.moment(case.opened_at)
    if not turn.roles:
        return when
    return turn.words("slip.number", when=when, number=say_number(case.number))


def fresh_codes(reading: Reading, count: int) -> tuple[str, ...]:
    """So many codes of papers, each another, none of which was entered before."""
    found: dict[str, None] = {}
    while len(found) < count:
        code = code_of(secrets.randbelow(1_000_000))
        if reading.cases.first_marked(PAPER, code) is None:
            found[code] = None
    return tuple(found)


def bind(turn: Turn, filed: Report, answers: Mapping[str, str]) -> str:
    """Mark the case of a report with its paper; what is said of it in the receipt, or ""."""
    code = answers.get(PAPER, "")
    case = turn.work.cases.of_report(filed.id)
    if not is_code(code) or case is None:
        return ""
    before = case_of(turn, code)
    turn.work.cases.mark(case.id, PAPER, code)
    if before is None:
        return turn.words("slip.bound", number=say_code(code))
    return turn.words("slip.twice", number=say_code(code), when=said_of(turn, before))
