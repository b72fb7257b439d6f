"""查进度: how far my reports are, here or, with the number and the PIN, from anywhere."""

import re

from conversation.cards import Action, Button, Card, card_from_json
from handlers import filling
from handlers.cases import casework
from handlers.reporting import answering, reporters
from handlers.saying import button, home_row
from handlers.turn import Filled, Turn
from policy.receipt import digits_in, in_figures, read_number, say_number
from storage.reporting.reporters import Wrong
from storage.reporting.reports import Report

#: Reports that open from the list.
OPENED = 5
#: 386 420 719, 查 386420719, and behind it perhaps the PIN; however its figures are set apart:
#: 386-420-719, 386，420，719.
_APART = r"[\s,，.。、;；_—-]*"
_NUMBER = re.compile(
    r"(?:(?:查1?下?进?度?|受理号(?:是|码|:)?)\s*)*"
    rf"(?P<number>(?:[0-9]{_APART}){{8}}[0-9])"
    rf"(?:{_APART}(?:查询)?(?:密码)?[是:：]?\s*(?P<pin>(?:[0-9]{_APART}){{5}}[0-9]))?"
    r"[。.!！]?"
)
#: A PIN alone, for the number that was given before.
_PIN = re.compile(rf"(?:(?:查询)?密码)?[是:：]?\s*(?:[0-9]{_APART}){{5}}[0-9][。.!！]?")


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
            rows=(*opens, *quiet, (other,), home_row(turn)),
        ),
        in_place=True,
    )


def ask_number(turn: Turn, _: str = "") -> None:
    """From another phone: number and PIN."""
    filling.begin(turn, "progress", in_place=True)


def tell(turn: Turn, filled: Filled) -> None:
    """The state of the report whose number and PIN were given.

    The same words for every miss; nine digits that are nobody's number may be called a slip.
    """
    number = read_number(filled.answers["number"])
    if number is None:
        _missed(turn, "progress.slip")
    else:
        _tell(turn, number, digits_in(filled.answers["pin"]))


def _tell(turn: Turn, number: str, pin: str) -> None:
    found = turn.work.reporters.check_pin(number, pin, turn.speaker.contact_id)
    report = None if isinstance(found, Wrong) else turn.work.reports.get(found)
    if report is None:
        _missed(turn, "progress.wrong", number)
        return
    said = answering.told(turn, report)
    waiting = reporters.open_question(turn, report.id)
    if waiting is None:
        turn.say(Card(text=said, rows=(home_row(turn),)))
    else:
        answering.ask(turn, report, waiting.id, notice=said)


def heard(turn: Turn, text: str) -> bool:
    """True for the number of a receipt that is said unasked, alone or with its PIN.

    And for a PIN that is said once more.
    """
    figures = in_figures(text).strip()
    if _PIN.fullmatch(figures) and (before := _missed_before(turn)):
        _tell(turn, before, digits_in(figures))
        return True
    said = _NUMBER.fullmatch(figures)
    number = read_number(said["number"]) if said else None
    if said is None or (number is None and said["pin"] and figures.isdigit()):
        return False
    mine = turn.work.reports.of_contact(turn.speaker.contact_id)
    own = next((one for one in mine if one.number == number), None)
    if number is None:
        _missed(turn, "progress.slip")
    elif own is not None:
        answering.show(turn, str(own.id))
    elif said["pin"]:
        _tell(turn, number, digits_in(said["pin"]))
    else:
        filling.begin(turn, "progress", preset={"number": number})
    return True


def _missed(turn: Turn, why: str, number: str = "") -> None:
    other = Button(label=turn.words("progress.again"), action=Action("progress.other", number))
    turn.say(Card(text=turn.words(why), rows=((other,), home_row(turn))))


def _missed_before(turn: Turn) -> str:
    """The number to which the PIN did not fit, as the open card says; "" for none."""
    row = turn.work.outbox.newest_of(turn.speaker)
    buttons = card_from_json(row.card).all_buttons() if row is not None else ()
    return next((one.action.arg for one in buttons if one.action.verb == "progress.other"), "")


def line(turn: Turn, report: Report) -> str:
    """A report's number, its day and how far it is."""
    when = report.created_at.astimezone(turn.rules.zone)
    return turn.words(
        "progress.line",
        number=say_number(report.number),
        when=turn.day(when),
        state=turn.words(f"state.{casework.progress(turn, report)}"),
    )
