"""What whoever reported sees of a report: how far it is, the news, what they are asked."""

import json
from datetime import datetime

from conversation.cards import Button, Card
from conversation.letters import tidy
from handlers import filling, form_cards, saying
from handlers.cases import casework, exclusion, grades
from handlers.reaching import open_ways, telling
from handlers.reporting import reporters, which_line
from handlers.saying import answer, button, note
from handlers.turn import Filled, Turn
from policy.receipt import say_number
from storage.reaching.owed import OutRow
from storage.reporting.reports import Report

#: News of a report on one card.
NEWS = 5


def show(turn: Turn, report_id: str) -> None:
    """One of the speaker's own reports."""
    report = own(turn, int(report_id))
    if report is None:
        answer(turn, turn.words("progress.gone"))
        return
    waiting = reporters.open_question(turn, report.id)
    rows = [reporters.answer_button(turn, report, waiting.id)] if waiting else []
    if casework.progress(turn, report) == "closed":
        rows += reporters.solved_rows(turn, report)
    rows.append(which_line.row(turn, report))
    turn.say(
        note(turn, told(turn, report), *rows),
        report_id=report.id,
        about=reporters.about(turn, waiting.id) if waiting else None,
        in_place=True,
    )


def told(turn: Turn, report: Report) -> str:
    """How far it is, the latest news, and what was asked, for whoever reported it."""
    state = turn.words(f"state.{casework.progress(turn, report)}")
    lines = [turn.words("progress.found", number=say_number(report.number), state=state)]
    kinds = (reporters.TOLD, reporters.WRITTEN)
    news = [one for one in turn.work.reports.entries(report.id) if one.kind in kinds]
    for entry in news[-NEWS:]:
        said = reporters.news(turn, report, entry.kind, entry.body, turn.speaker.channel)
        lines.append(turn.words("progress.news", when=_day(turn, entry.created_at), text=said))
    for one in reporters.questions(turn, report.id)[-NEWS:]:
        lines.append(
            turn.words(
                "question.asked",
                when=_day(turn, one.asked_at),
                text=reporters.asked_words(turn, one),
            )
        )
        if one.answered_at is not None:
            lines.append(turn.words("question.yours", text=one.answer))
    return "\n".join(lines)


def own(turn: Turn, report_id: int) -> Report | None:
    """A report of the speaker's own; absent and foreign are the same."""
    if turn.work.reporters.contact_of(report_id) != turn.speaker.contact_id:
        return None
    return turn.work.reports.get(report_id)


# -- answering ----------------------------------------------------------------------------------


def begin(turn: Turn, arg: str) -> None:
    """回答: a button of a question."""
    report_id, _, entry = arg.partition(":")
    report = own(turn, int(report_id))
    if report is None or reporters.open_question(turn, report.id, int(entry)) is None:
        answer(turn, turn.words("progress.gone" if report is None else "question.over"))
        return
    ask(turn, report, int(entry))


def ask(turn: Turn, report: Report, entry: int, *, notice: str = "") -> None:
    """The question, to be answered in words; whoever is asked has shown that they reported."""
    question = reporters.open_question(turn, report.id, entry)
    assert question is not None
    # A short question of our own: a longer one would be cut in a short message.
    is_open = open_ways.is_open(turn.speaker.channel)
    asked = turn.words("sms.question") if is_open else question.text
    preset = {"report_id": str(report.id), "entry_id": str(entry), "question": asked}
    above = form_cards.Notice(text=notice) if notice else None
    filling.begin(turn, "answer", preset=preset, notice=above)


def filled_in(turn: Turn, filled: Filled) -> None:
    """The form of an answer; it was begun with the number in hand."""
    report = turn.work.reports.get(int(filled.answers["report_id"]))
    assert report is not None
    _take(turn, report, int(filled.answers["entry_id"]), filled.answers["answer"])


def replied(turn: Turn, row: OutRow | None, report: Report, text: str) -> bool:
    """True when words that reply to a card were the answer to its question."""
    asked = row.about if row is not None else None
    waiting = [
        one.id
        for one in reporters.questions(turn, report.id)
        if one.answered_at is None and reporters.about(turn, one.id) == asked
    ]
    for entry in waiting:
        _take(turn, report, entry, text)
    return bool(waiting)


def heard(turn: Turn, text: str) -> bool:
    """True when the card that came last asked the speaker something: the words answer it."""
    last = next(iter(turn.work.outbox.since(turn.speaker.contact_id, 0, 1)), None)
    report = own(turn, last.report_id) if last is not None and last.report_id else None
    return report is not None and replied(turn, last, report, text)


def _take(turn: Turn, report: Report, entry: int, text: str) -> None:
    """It joins the report, whoever works on it hears, and nobody is asked again."""
    said = json.dumps({"to": str(entry), "text": tidy(text)}, ensure_ascii=False)
    cause = turn.work.reports.add_entry(report.id, "answered", said)
    exclusion.said_more(turn, report, text)
    risen = grades.rise(turn, report, text)
    if not risen:
        casework.tell_more(turn, report, str(cause), what="alarm.answered")
    thanks = turn.words("question.thanks", number=say_number(report.number))
    telling.settle(
        turn,
        reporters.about(turn, entry),
        note(turn, turn.words("question.over")),
        but=turn.speaker.contact_id,
    )
    answer(turn, thanks)
    if risen:
        turn.say(Card(text=risen, calls=saying.EMERGENCY), report_id=report.id, asks=False)


# -- how they hear ------------------------------------------------------------------------------


def discreet(turn: Turn, wanted: str) -> None:
    """消息写得隐蔽些, or as usual: for all that the speaker reported."""
    said = "yes" if wanted == "yes" else "no"
    for report in turn.work.reports.of_contact(turn.speaker.contact_id):
        turn.work.reporters.add(report.id, {"callback_discreet": said})
    answer(turn, turn.words("progress.quiet_done" if said == "yes" else "progress.loud_done"))


def discreet_button(turn: Turn, reports: tuple[Report, ...]) -> tuple[Button, ...]:
    """The other way than now."""
    ways = turn.work.reporters.ways_of(reports[0].id)
    is_on = ways is not None and ways.discreet
    label = turn.words("progress.loud" if is_on else "progress.quiet")
    return button(label, "discreet", "no" if is_on else "yes")


def _day(turn: Turn, moment: datetime) -> str:
    return turn.moment(moment)
