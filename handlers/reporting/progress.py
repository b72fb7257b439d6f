"""查进度: how far my reports are, here or, with the number and the PIN, from anywhere."""

from conversation.cards import Action, Button, Card
from handlers import filling
from handlers.cases import casework
from handlers.people.colleagues import button
from handlers.reporting import answering, reporters
from handlers.turn import Filled, Turn
from policy.receipt import read_number, say_number
from storage.reporting.reporters import Wrong
from storage.reporting.reports import Report

#: Reports that open from the list.
OPENED = 5


def show(turn: Turn, _: str = "") -> None:
    """The speaker's own reports and their state, in plain words."""
    mine = turn.work.reports.of_contact(turn.speaker.contact_id)
    other = Button(label=turn.words("progress.other"), action=Action("progress.other"))
    opens = [
        button(turn.words("progress.open", number=say_number(one.number)), "reported", str(one.id))
        for one in mine[:OPENED]
    ]
    quiet = [answering.discreet_button(turn, mine)] if mine else []
    lines = [line(turn, report) for report in mine[:10]]
    text = "\n".join([turn.words("progress.list"), *lines]) if lines else None
    turn.say(
        Card(
            text=text or turn.words("progress.none"),
            rows=(*opens, *quiet, (other,), filling.home_row(turn)),
        ),
        in_place=True,
    )


def ask_number(turn: Turn, _: str = "") -> None:
    """From another phone: number and PIN."""
    filling.begin(turn, "progress", in_place=True)


def tell(turn: Turn, filled: Filled) -> None:
    """The state of the report whose number and PIN were given; the same words for every miss."""
    number = read_number(filled.answers["number"]) or ""
    pin = read_digits(filled.answers["pin"])
    found = turn.work.reporters.check_pin(number, pin, turn.speaker.contact_id)
    report = None if isinstance(found, Wrong) else turn.work.reports.get(found)
    if report is None:
        text = turn.words("progress.wrong")
        turn.say(Card(text=text, rows=(filling.home_row(turn),)))
        return
    said = answering.told(turn, report)
    waiting = reporters.open_question(turn, report.id)
    if waiting is None:
        turn.say(Card(text=said, rows=(filling.home_row(turn),)))
    else:
        answering.ask(turn, report, waiting.id, notice=said)


def read_digits(text: str) -> str:
    """The digits of what a person typed, whatever their width."""
    return "".join(str(int(char)) for char in text if char.isdecimal())


def line(turn: Turn, report: Report) -> str:
    """A report's number, its day and how far it is."""
    when = report.created_at.astimezone(turn.rules.zone)
    return turn.words(
        "progress.line",
        number=say_number(report.number),
        when=turn.day(when),
        state=turn.words(f"state.{casework.progress(turn, report)}"),
    )
