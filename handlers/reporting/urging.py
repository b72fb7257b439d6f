"""报了三次没人来: how the speaker's reports stand, and 催一下 to whoever works on them."""

from datetime import timedelta
from itertools import islice

from conversation.cards import Button
from handlers.cases import casework, involved
from handlers.reporting import answering, progress
from handlers.saying import answer, button
from handlers.turn import Turn
from policy.receipt import say_number
from storage.reporting.reports import Report

#: Reports that one card speaks of, the newest.
SHOWN = 3
#: What was urged is not urged again so soon: whoever works on it was told.
AGAIN = timedelta(hours=4)
#: Urging stands in a report as words of whoever reported.
SAID = "said"


def waiting(turn: Turn) -> tuple[Report, ...]:
    """What the speaker reported and nobody has closed, newest first."""
    mine = turn.work.reports.of_contact(turn.speaker.contact_id)
    return tuple(islice((one for one in mine if casework.progress(turn, one) != "closed"), SHOWN))


def said(turn: Turn, reports: tuple[Report, ...]) -> str:
    """What is told to somebody who waits, and whom else they can ask."""
    lines = [progress.line(turn, one) for one in reports]
    return "\n".join([turn.words("urge.sorry"), *lines, turn.words("urge.else")])


def offers(turn: Turn, reports: tuple[Report, ...]) -> tuple[Button, ...]:
    """催一下, of each that was not urged a moment ago, and a call."""
    urges = (
        button(turn.words("urge.button", number=say_number(one.number)), "urge", str(one.id))[0]
        for one in reports
        if not _was_urged(turn, one)
    )
    return (*urges, button(turn.words("elder.call"), "call_me")[0])


def press(turn: Turn, report_id: str) -> None:
    """催一下: whoever works on it hears, once in some hours."""
    report = answering.own(turn, int(report_id))
    if report is None:
        answer(turn, turn.words("progress.gone"))
    elif casework.progress(turn, report) == "closed":
        answering.show(turn, report_id)
    elif _was_urged(turn, report):
        answer(turn, turn.words("urge.already", number=say_number(report.number)))
    else:
        entry = turn.work.reports.add_entry(report.id, SAID, turn.rules.words("urge.entry"))
        casework.tell_more(turn, report, str(entry), what="alarm.urged")
        case = turn.work.cases.of_report(report.id)
        is_told = case is not None and involved.working_on(turn, case)
        key = "urge.done" if is_told else "urge.nobody"
        answer(turn, turn.words(key, number=say_number(report.number)))


def _was_urged(turn: Turn, report: Report) -> bool:
    return any(
        one.kind == SAID
        and one.body == turn.rules.words("urge.entry")
        and turn.work.now - one.created_at < AGAIN
        for one in turn.work.reports.entries(report.id)
    )
