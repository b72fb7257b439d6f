"""同一个孩子、同一件事? asked of whoever reported, and only about what they reported themselves.

That somebody else reported is nothing that a reporter may learn, so that no other case is looked
at here: a neighbour who is asked would know that there was one. Whoever works with cases is asked
about those of others by ``handlers.cases.joining``.
"""

import json

from conversation.cards import Card
from handlers.cases import case_card, possible, uniting
from handlers.reaching import telling
from handlers.saying import answer, button, home_row
from handlers.turn import Turn
from policy.receipt import say_number
from policy.signals import Told, alike
from storage.cases.case import Case
from storage.reporting.reports import Report

#: Reports of theirs that a new one is compared with, the newest first.
COMPARED = 10


def ask(turn: Turn, report: Report) -> None:
    """Ask whether a new report is of what they reported before, where it looks so."""
    for before in _before(turn, report):
        if _pair(turn, report, before) is not None:
            number, when = say_number(before.number), turn.moment(before.created_at)
            pair = f"{report.id}:{before.id}"
            rows = (
                button(turn.words("same.yes"), "same.yes", pair),
                button(turn.words("same.no"), "same.no", pair),
                home_row(turn),
            )
            text = turn.words("same.ask", number=number, when=when)
            turn.say(Card(text=text, rows=rows), report_id=report.id)
            return


def yes(turn: Turn, arg: str) -> None:
    """是同一件: it goes on with the earlier one, unless somebody has taken it by itself."""
    found = _own_pair(turn, arg)
    if found is None:
        answer(turn, turn.words("progress.gone"))
        return
    report, before = found
    cases = _pair(turn, report, before)
    if cases is not None and not cases[0].is_accepted:
        _unite(turn, *cases)
    text = turn.words(
        "same.together", number=say_number(report.number), other=say_number(before.number)
    )
    answer(turn, text)


def no(turn: Turn, arg: str) -> None:
    """不是: whoever works on them is not asked whether they are one."""
    found = _own_pair(turn, arg)
    cases = _pair(turn, *found) if found is not None else None
    if cases is not None:
        for case, other in (cases, cases[::-1]):
            uniting.write(turn.as_program(), case, "kept_apart", {"other": other.number})
    answer(turn, turn.words("same.apart"))


def _unite(turn: Turn, case: Case, into: Case) -> None:
    """The program joins them, and only whoever was told of the new one hears where it went."""
    uniting.unite(turn.as_program(), case, into, "again", quietly=True)
    number, other = say_number(case.number), say_number(into.number)
    text = turn.words("join.settled", number=number, other=other)
    look = telling.rows(possible.details_button(turn, into))
    telling.settle(turn, case_card.about(case), Card(text=text, rows=look))


def _before(turn: Turn, report: Report) -> list[Report]:
    """Earlier reports of the speaker's own that may be of the same, the newest first."""
    rules = turn.rules.policy.signals.alike
    since = turn.work.now - rules.within
    mine = turn.work.reports.lately_of(turn.speaker.contact_id, since, COMPARED)
    new, village = _told(turn, report), _village(turn, report.area_id)
    return [
        one
        for one in mine
        if one.id != report.id
        and _village(turn, one.area_id) == village
        and alike(new, _told(turn, one), rules)
    ]


def _told(turn: Turn, report: Report) -> Told:
    said = json.loads(report.answers)
    return Told(
        at=report.created_at,
        child_id=None,
        circumstances=report.circumstances,
        child=said.get("child", ""),
        what=said.get("what", "") or said.get("message", ""),
        by=turn.speaker.contact_id,
    )


def _village(turn: Turn, area_id: int | None) -> int | None:
    path = turn.work.areas.path(area_id) if area_id is not None else ()
    return next((area.id for area in path if area.kind == "village"), None)


def _own_pair(turn: Turn, arg: str) -> tuple[Report, Report] | None:
    """Two reports of the speaker's own; absent and foreign ones are the same."""
    ids = [int(one) for one in arg.split(":") if one.isdecimal()]
    owners = {turn.work.reporters.contact_of(one) for one in ids}
    reports = [one for row in ids if (one := turn.work.reports.get(row)) is not None]
    if owners != {turn.speaker.contact_id} or len(reports) != len(("new", "before")):
        return None
    return reports[0], reports[1]


def _pair(turn: Turn, report: Report, before: Report) -> tuple[Case, Case] | None:
    """Their open cases, the new one first; None where they are one, over, or of two children."""
    found = [turn.work.cases.of_report(one.id) for one in (report, before)]
    cases = [turn.work.cases.standing(one.id) if one else None for one in found]
    case, into = cases
    if case is None or into is None or case.id == into.id:
        return None
    closing = turn.rules.policy.lifecycle.closing.stage
    children = {one.child_id for one in (case, into)} - {None}
    is_over = any(not one.is_open or one.stage == closing for one in (case, into))
    return None if is_over or len(children) > 1 else (case, into)
