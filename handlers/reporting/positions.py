"""A position that somebody shares: it goes where it belongs, else they are asked."""

from conversation.cards import Action, Button, Card, card_from_json
from conversation.incoming import SharedPlace
from handlers import filling, saying
from handlers.cases import placing
from handlers.reporting import first_words
from handlers.reporting.additions import confirm_added, replied_report, report_of_draft
from handlers.saying import home_row
from handlers.turn import Turn
from policy.receipt import say_number
from storage.reporting.reports import Report

#: What the button does by which a report begins where somebody is.
REPORT_AT = "report.at"


def came(turn: Turn, incoming: SharedPlace) -> None:
    """A position answers the question that asks where, else it is evidence like a photo."""
    point = f"{incoming.latitude:.6f} {incoming.longitude:.6f} 0 0"
    report = replied_report(turn)
    if report is not None:
        _add(turn, report, point)
    elif turn.draft is None:
        turn.say(_whose(turn, point))
    elif (known := report_of_draft(turn)) is not None:
        _add(turn, known, point)
        filling.show(turn)
    elif not filling.takes_position(turn):
        turn.say(_whose(turn, point), asks=False)
        filling.show(turn)
    elif (waits := first_words.asking_what(turn)) is not None:
        filling.keep_position(turn, point)
        kept = turn.words("form.evidence_of_it", what=turn.words("file.place"))
        turn.say(Card(text=kept), asks=False)
        turn.say(card_from_json(waits.card), about=waits.about)
    else:
        filling.placed(turn, point)


def add_to(turn: Turn, arg: str) -> None:
    """The person chose which report a position belongs to; ``arg`` is "report position"."""
    report_id, _, point = arg.partition(" ")
    report = turn.work.reports.get(int(report_id))
    contact = turn.work.reporters.contact_of(int(report_id))
    if report is None or contact != turn.speaker.contact_id:
        turn.say(Card(text=turn.words("form.gone"), rows=(home_row(turn),)))
        return
    _add(turn, report, point)


def _add(turn: Turn, report: Report, point: str) -> None:
    """It is part of what was reported; whoever sent it is asked whether it is there."""
    turn.work.reports.add_entry(report.id, "place", point)
    confirm_added(turn, report, "place", "")
    latitude, longitude = (float(part) for part in point.split()[:2])
    placing.ask_at(turn, turn.work.cases.of_report(report.id), latitude, longitude)


def _whose(turn: Turn, point: str) -> Card:
    """Of what is the position that came out of the blue?"""
    mine = first_words.lately_reported(turn)
    rows = [
        Button(
            label=turn.words("file.idle_add", number=say_number(report.number)),
            action=Action("place.add", f"{report.id} {point}"),
        )
        for report in mine
    ]
    danger = Button(
        label=turn.words("home.danger"), action=Action("danger.at", point), style="danger"
    )
    report = Button(label=turn.words("home.report"), action=Action(REPORT_AT, point))
    return Card(
        text=turn.words("file.idle", what=turn.words("file.place")),
        rows=tuple((one,) for one in (danger, *rows, report)),
        calls=saying.EMERGENCY,
    )
