"""改一处: which line of a sent report is to be changed, by its reporter or who works on it."""

from collections.abc import Sequence

from conversation.cards import Button
from handlers import saying
from handlers.cases import cases, involved
from handlers.reporting import corrected
from handlers.reporting.corrected import Line
from handlers.turn import Turn
from policy.lifecycle import may
from policy.receipt import say_number
from storage.cases.case import Case
from storage.reporting.reports import Report

#: The act by which somebody who works on a case corrects a report of it.
FIX = "fix"
#: Lines on one card, and how much of each a button has room for.
SHOWN, ROOM = 6, 28


def is_own(turn: Turn, report: Report) -> bool:
    """True for whoever reported it."""
    return turn.work.reporters.contact_of(report.id) == turn.speaker.contact_id


def may_fix(turn: Turn, report: Report) -> bool:
    """True for whoever reported it, and who works on its case and reads what was said."""
    if is_own(turn, report):
        return True
    case = turn.work.cases.of_report(report.id)
    seen = involved.view(turn, case.id) if case is not None else None
    act = turn.rules.policy.lifecycle.acts.get(FIX)
    return (
        seen is not None
        and act is not None
        and may(act, seen.case, seen.is_to_it)
        and "answers" in cases.parts_of(turn, seen)
    )


def meant(turn: Turn, report_id: int) -> Report | None:
    """The report, if the speaker may change something in it; absent and foreign are the same."""
    report = turn.work.reports.get(report_id)
    return report if report is not None and may_fix(turn, report) else None


def ask(turn: Turn, arg: str) -> None:
    """Which line? "report", or "report:page"."""
    report_id, _, page = arg.partition(":")
    report = meant(turn, int(report_id))
    if report is None:
        saying.answer(turn, turn.words("progress.gone"))
        return
    _show(turn, report, corrected.lines(turn, report), int(page or 0))


def ask_of_case(turn: Turn, case: Case) -> None:
    """The same of all the reports of a case."""
    reports = [one for one in turn.work.cases.reports(case.id) if may_fix(turn, one)]
    if len(reports) == 1:
        ask(turn, str(reports[0].id))
        return
    offers = [
        saying.button(say_number(one.number), "fix", str(one.id))
        for one in reports[: saying.OFFERED]
    ]
    text = turn.words(
        "fix.which_report" if offers else "fix.nothing", number=say_number(case.number)
    )
    saying.answer(turn, text, *offers)


def row(turn: Turn, report: Report) -> tuple[Button, ...]:
    """改一处."""
    return saying.button(turn.words("fix.button"), "fix", str(report.id))


def _show(turn: Turn, report: Report, lines: Sequence[Line], page: int) -> None:
    number = say_number(report.number)
    if not lines:
        saying.answer(turn, turn.words("fix.nothing", number=number))
        return
    pages = [lines[at : at + SHOWN] for at in range(0, len(lines), SHOWN)]
    here = page % len(pages)
    offers = [_button(turn, report, line) for line in pages[here]]
    if len(pages) > 1:
        arg = f"{report.id}:{here + 1}"
        offers.append(saying.button(turn.words("form.more"), "fix", arg))
    saying.answer(turn, turn.words("fix.which", number=number), *offers)


def _button(turn: Turn, report: Report, line: Line) -> tuple[Button, ...]:
    said = turn.words("fix.line", label=line.label, text=line.answer)
    label = said if len(said) <= ROOM else f"{said[: ROOM - 1]}…"
    return saying.button(label, "fix.line", f"{report.id}:{line.part.id}:{line.name}")
