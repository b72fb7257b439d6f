"""Whoever reported hears back, at the hours and in the words that are safe for them, and is asked.

Everything that is sent to a reporter goes through ``tell``, ``ask`` or ``say_by_itself``, except
the answer to what they did themselves in this turn.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TypeAlias

from conversation.cards import Action, Button, Card, to_child
from conversation.letters import tidy
from handlers import saying
from handlers.reaching import open_ways
from handlers.reaching.telling import pairs
from handlers.turn import REMINDER, Turn
from policy.grading import GRADES
from policy.receipt import say_number
from policy.safe_hours import next_safe
from storage.cases.case import Case
from storage.people.person import Contact
from storage.reporting.reporters import Ways
from storage.reporting.reports import Report
from storage.systems import machines

Row: TypeAlias = tuple[Button, ...]

#: Whoever sent something so lately still has the phone in their hand.
STILL_THERE = timedelta(minutes=10)
#: How news are kept that the program words, and those that whoever works on it wrote.
TOLD, WRITTEN = "told", "written"
#: What whoever reported is told with a question below it.
ASKS_WHETHER_SOLVED = frozenset({"closed", "still"})

#: Why a report is graded as it is, where a child speaks of itself (policy/grading.toml).
OF_CHILD = "child_itself"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What whoever works on a case asked the reporter, and the answer."""

    id: int
    text: str = field(repr=False)
    asked_at: datetime
    #: "" while nobody answered.
    answer: str = field(repr=False, default="")
    answered_at: datetime | None = None


# -- naming -------------------------------------------------------------------------------------


def called(turn: Turn, case: Case) -> Mapping[int, str]:
    """Of each report: 匿名线人 412, where no name was left; the number is of this case alone."""
    reports = turn.work.cases.reports(case.id)
    nameless = [report.id for report in reports if report.anonymous]
    numbers = turn.work.reporters.numbers_in(case.id, nameless)
    known = dict.fromkeys((report.id for report in reports), turn.words("question.reporter"))
    return known | {
        report: turn.words("question.nameless", number=number)
        for report, number in numbers.items()
    }


# -- telling ------------------------------------------------------------------------------------


def tell(turn: Turn, report: Report, text: str, *rows: Row, key: str, kind: str = TOLD) -> None:
    """News of a report, once for its cause: it stays readable under the number."""
    found = _reached(turn, report)
    if found is None or turn.work.outbox.spoke(key):
        return
    turn.work.reports.add_entry(report.id, kind, text)
    shown = news(turn, report, kind, text, found[1].channel)
    _push(turn, report, *found, shown, *rows, key=key)


def news(turn: Turn, report: Report, kind: str, text: str, channel: str) -> str:
    """What somebody wrote is for whoever reported alone: a short message says that it is there."""
    if kind == WRITTEN and open_ways.is_open(channel):
        return turn.words("sms.said", number=say_number(report.number))
    return text


def say_by_itself(
    turn: Turn,
    card: Card,
    quiet: Card,
    *,
    key: str,
    report_id: int | None = None,
    said: Mapping[str, str] = MappingProxyType({}),
    spoke_at: datetime | None = None,
) -> None:
    """What the program says of itself to whoever reports or began to, in a turn without words.

    At their hours, and as ``quiet`` to whoever wants it discreet; ``said`` are their answers that
    are no report yet. Who sent what it is about a moment ago still holds the phone: at once.
    """
    here = turn.speaker
    ways = turn.work.reporters.ways_to(here.contact_id, said)
    now = turn.work.now.astimezone(turn.rules.zone)
    is_answer = spoke_at is not None and turn.work.now - spoke_at <= STILL_THERE
    said_of_it = quiet if ways.discreet and not is_answer else card
    turn.tell(
        here.contact_id,
        here.channel,
        to_child(said_of_it) if turn.of_child else said_of_it,
        key=key,
        priority=REMINDER,
        report_id=report_id,
        not_before=None if is_answer else next_safe(now, ways.hours),
    )


def quiet_card(turn: Turn, report: Report) -> Card:
    """The number alone, and the way to read what there is."""
    text = turn.words("told.discreet", number=say_number(report.number))
    look = saying.button(turn.words("told.look"), "reported", str(report.id))
    return saying.note(turn, text, look)


def tell_of(turn: Turn, case: Case, what: str, cause: int) -> None:
    """Everybody who reported hears how it goes, without the case's secrets."""
    for report in others(turn, case):
        text = turn.words(f"told.{what}", number=say_number(report.number))
        rows = solved_rows(turn, report) if what in ASKS_WHETHER_SOLVED else ()
        tell(turn, report, text, *rows, key=f"report:{report.id}:news:{cause}")


def solved_rows(turn: Turn, report: Report) -> tuple[Row, ...]:
    """What whoever reported may answer once a case is closed: whether it helped."""
    return pairs(
        [
            Button(label=turn.words(f"told.{said}"), action=Action(f"case.{said}", str(report.id)))
            for said in ("solved", "unsolved")
        ]
    )


def say_back(turn: Turn, case: Case, body: Mapping[str, str]) -> Case | None:
    """给报告人回话: plain words of whoever works on it."""
    cause = turn.work.new_id()
    told = others(turn, case)
    for report in told:
        number, said = say_number(report.number), tidy(body["words"])
        text = turn.words("told.feedback", number=number, text=said)
        tell(turn, report, text, key=f"report:{report.id}:news:{cause}", kind=WRITTEN)
    _say_what_was_not_sent(turn, case, told)
    return case


def _say_what_was_not_sent(turn: Turn, case: Case, told: Sequence[Report]) -> None:
    """Whoever wrote to reporters hears of those who get short messages, which say no words."""
    found = [found[1] for report in told if (found := _reached(turn, report))]
    if any(open_ways.is_open(one.channel) for one in found):
        text = turn.words("question.by_text", number=say_number(case.number))
        turn.say(Card(text=text), asks=False)


def others(turn: Turn, case: Case) -> tuple[Report, ...]:
    """The reports of a case that can be answered, without the speaker's own."""
    return tuple(
        report
        for report in turn.work.cases.reports(case.id)
        if (found := _reached(turn, report)) and found[1].person_id != turn.speaker.person_id
    )


def _reached(turn: Turn, report: Report) -> tuple[Ways, Contact] | None:
    ways = turn.work.reporters.ways_of(report.id)
    contact = turn.work.people.contact(ways.contact_id) if ways else None
    # Another office's program is not told: it asks how its report stands.
    return (ways, contact) if ways and contact and contact.channel != machines.CHANNEL else None


def _push(
    turn: Turn,
    report: Report,
    ways: Ways,
    contact: Contact,
    text: str,
    *rows: Row,
    key: str,
    about: str | None = None,
) -> None:
    """Send it when it is safe; who wants it discreet sees the number alone, and taps to read."""
    card = quiet_card(turn, report) if ways.discreet else saying.note(turn, text, *rows)
    now = turn.work.now.astimezone(turn.rules.zone)
    turn.tell(
        contact.id,
        contact.channel,
        to_child(card) if OF_CHILD in report.reasons else card,
        key=key,
        priority=REMINDER,
        report_id=report.id,
        about=about,
        not_before=_hour_of(turn, report, ways, now),
    )


def _hour_of(turn: Turn, report: Report, ways: Ways, now: datetime) -> datetime:
    """An hour that they chose; else by day, but whoever told of danger may lie awake."""
    if ways.hours or report.grade == GRADES[0]:
        return next_safe(now, ways.hours)
    return turn.rules.policy.reminders.loud(now)


# -- asking -------------------------------------------------------------------------------------


def ask(turn: Turn, case: Case, body: Mapping[str, str]) -> Case | None:
    """问报告人: one question to whoever reported; neither side learns who the other is."""
    asked = others(turn, case)
    if not asked:
        text = turn.words("question.nobody", number=say_number(case.number))
        saying.answer(turn, text)
        return None
    for report in asked:
        _ask(turn, report, tidy(body["question"]))
    _say_what_was_not_sent(turn, case, asked)
    return case


def _ask(turn: Turn, report: Report, question: str) -> None:
    found = _reached(turn, report)
    assert found is not None
    entry = turn.work.reports.add_entry(report.id, "asked", question)
    number = say_number(report.number)
    is_open = open_ways.is_open(found[1].channel)
    push = "sms.asked" if is_open else "question.push"
    _push(
        turn,
        report,
        *found,
        turn.words(push, number=number, text=question),
        *(() if is_open else (answer_button(turn, report, entry),)),
        key=about(turn, entry),
        about=about(turn, entry),
    )


def asked_words(turn: Turn, question: Question) -> str:
    """What was asked, for whoever is asked; where anybody may read it, that something was."""
    return turn.words("sms.not_here") if open_ways.is_open(turn.speaker.channel) else question.text


def about(turn: Turn, entry: int) -> str:
    """How the cards of a question are known; it does not say of which report."""
    return turn.work.outbox.veiled(f"question:{entry}")


def answer_button(turn: Turn, report: Report, entry: int) -> tuple[Button, ...]:
    """回答."""
    return saying.button(turn.words("question.answer"), "answer", f"{report.id}:{entry}")


def questions(turn: Turn, report_id: int) -> tuple[Question, ...]:
    """What was asked about a report, oldest first, each with its first answer."""
    entries = turn.work.reports.entries(report_id)
    answers: dict[int, tuple[str, datetime]] = {}
    for entry in entries:
        if entry.kind == "answered":
            body = json.loads(entry.body)
            answers.setdefault(int(body["to"]), (body["text"], entry.created_at))
    return tuple(
        Question(
            id=entry.id,
            text=entry.body,
            asked_at=entry.created_at,
            answer=answers[entry.id][0] if entry.id in answers else "",
            answered_at=answers[entry.id][1] if entry.id in answers else None,
        )
        for entry in entries
        if entry.kind == "asked"
    )


def open_question(turn: Turn, report_id: int, entry: int | None = None) -> Question | None:
    """The newest question that waits for an answer, or this one if it does."""
    waiting = [one for one in questions(turn, report_id) if one.answered_at is None]
    return next((one for one in reversed(waiting) if entry in (None, one.id)), None)
