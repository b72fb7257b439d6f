"""What comes after the receipt: words, answers and details of the same report."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta

from conversation.cards import Action, Button, Card, card_from_json
from conversation.form import Form
from conversation.incoming import SentFile
from conversation.letters import tidy
from handlers import filling, form_cards
from handlers.binding import replied_card
from handlers.cases import acts, casework, exclusion, grades, noting, placing
from handlers.children.own import alarming
from handlers.heard.open_form import TOLD
from handlers.reporting import answering, corrections
from handlers.reporting.first_words import (
    begin_from_words,
    just_reported,
    said_before,
    words_of,
)
from handlers.reporting.report import bind_child, dump, graded, split_identity, which_child
from handlers.saying import EMERGENCY, home_row
from handlers.turn import Filled, Turn
from handlers.visiting import afterwards
from policy.grading import GRADES
from policy.receipt import say_number
from storage.reaching.owed import OutRow
from storage.reporting.drafts import Draft
from storage.reporting.reports import Report

#: The pictures of an album, or of somebody in a hurry, come one by one, each within this.
ALBUM = timedelta(seconds=60)


def is_too_large(turn: Turn, incoming: SentFile) -> bool:
    """True for a file that the channels do not bring."""
    return incoming.size > turn.rules.policy.limits["file_bytes"]


def report_of_draft(turn: Turn) -> Report | None:
    """The report to which the open form adds."""
    known = turn.draft.report_id if turn.draft is not None else None
    return turn.work.reports.get(known) if known is not None else None


def words_for_receipt(turn: Turn, report: Report, text: str) -> None:
    """A reply to the receipt: an addition. A reply to a question: its answer."""
    if not answering.replied(turn, replied_card(turn), report, text):
        words_for(turn, report, text)


def words_for(turn: Turn, report: Report, text: str) -> None:
    """An addition to a report."""
    entry = turn.work.reports.add_entry(report.id, "said", tidy(text))
    confirm_added(turn, report, "", "", said=text, entry=entry)


def words_are_more(turn: Turn, told: str) -> None:
    """补充刚才报的: what was said after a receipt, kept in a draft, belongs to that report."""
    before, report = said_before(turn, told), just_reported(turn)
    if before is None or report is None:
        turn.say(Card(text=turn.words("form.gone"), rows=(home_row(turn),)))
        return
    text = filling.answers_of(turn, before)[1].get("what", "")
    for sent in turn.work.attachments.of_draft(before.id):
        turn.work.attachments.attach(sent.id, draft_id=None, report_id=report.id)
    if filling.is_untouched(before):  # else more was answered, and it goes on
        filling.forget(turn, before)
    _keep_position(turn, before, report)
    entry = turn.work.reports.add_entry(report.id, "said", text)
    confirm_added(turn, report, "", "", said=text, entry=entry)


def _keep_position(turn: Turn, before: Draft, report: Report) -> None:
    """Where somebody shared to be, beside words that were of this report."""
    if point := filling.position_of(turn, before):
        turn.work.reports.add_entry(report.id, "place", point)


def words_are_of_case(turn: Turn, arg: str) -> None:
    """是，记进去, 见到孩子了: what lies in a draft is of a case, "case:act:draft"."""
    case_id, name, told = arg.split(":")
    before = said_before(turn, told)
    if before is None:
        turn.say(Card(text=turn.words("form.gone"), rows=(home_row(turn),)))
        return
    found = casework.may_do(turn, int(case_id), name)
    if found is None:
        return
    text = words_of(turn, before)
    acts.keep_files(turn, found[0].case, before)
    _keep_position(turn, before, turn.work.cases.reports(found[0].case.id)[-1])
    if filling.is_untouched(before):  # else more was answered, and it goes on
        filling.forget(turn, before)
    noting.told(turn, *found, name, text)


def add_details(turn: Turn, filled: Filled) -> None:
    """Answers that came after the alarm: whoever gave them is done."""
    report = _report(turn, filled.draft)
    known = len(_told(turn, report, filled.draft.form_version))
    said = turn.words("receipt.added", number=say_number(report.number))
    turn.say(Card(text=said, rows=(home_row(turn),)), report_id=report.id)
    if not _add(turn, filled, is_all=True) and known > 1:
        # All but the first of them were told of together.
        casework.tell_more(turn, report, str(filled.draft.id))


def add_draft(turn: Turn, draft: Draft) -> None:
    """Additions that were left half-way are all there is."""
    _add(turn, _so_far(turn, draft), is_all=True)
    filling.forget(turn, draft)


def add_so_far(turn: Turn, draft_id: int) -> None:
    """What is answered after the alarm is read as it is answered, not when all is done."""
    draft = turn.work.drafts.get(draft_id)
    if draft is not None and draft.report_id is not None:
        _add(turn, _so_far(turn, draft), is_all=False)


def _so_far(turn: Turn, draft: Draft) -> Filled:
    form, answers = filling.answers_of(turn, draft)
    return Filled(form=form, draft=draft, answers=answers, by_path={})


def _report(turn: Turn, draft: Draft) -> Report:
    report = turn.work.reports.get(draft.report_id or 0)
    assert report is not None
    return report


def _add(turn: Turn, filled: Filled, *, is_all: bool) -> bool:
    """Put into the report what it does not know yet, and tell of it; False when it knows all.

    Which child is meant counts at the end: it may still be changed.
    """
    report = _report(turn, filled.draft)
    told, identity = split_identity(filled.answers)
    body, child_id = which_child(turn, told)
    if is_all:
        turn.work.attachments.bind(filled.draft.id, report.id)
    if is_all and child_id is not None:
        bind_child(turn, report, child_id)
    if identity:
        turn.work.reporters.add(report.id, identity)
    first: dict[str, str] = json.loads(report.answers)
    news = _news(body, [first, *_told(turn, report, filled.draft.form_version)])
    if not news:
        return False
    entry = {"form": filled.draft.form_version, **news}
    cause = turn.work.reports.add_entry(report.id, "answers", dump(entry))
    exclusion.answered_more(turn, report, body)
    text = _words(filled.form, news)
    if risen := grades.rise(turn, report, text):
        turn.say(Card(text=risen, calls=EMERGENCY), report_id=report.id, asks=False)
    else:
        found = graded(turn, filled.form.name, {**news, "what": text}).grade
        tell_more_of(turn, report, cause=str(cause) if found == GRADES[0] else "")
    return True


def _words(form: Form, answers: Mapping[str, str]) -> str:
    """What was said in words of one's own."""
    asked = ((form.named(name), value) for name, value in answers.items())
    return " ".join(value for one, value in asked if one is not None and one.kind == "text")


def _told(turn: Turn, report: Report, version: str) -> list[dict[str, str]]:
    """What was answered to a form after the receipt, one addition after the other."""
    entries = turn.work.reports.entries(report.id)
    told = (json.loads(one.body) for one in entries if one.kind == "answers")
    return [one for one in told if one.pop("form") == version]


def _news(body: Mapping[str, str], told: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The answers that are not among what was told; of a text that grew, what is new."""
    news: dict[str, str] = {}
    for name, value in body.items():
        before = [one[name] for one in told if name in one]
        if name in TOLD:
            value = value.removeprefix("\n".join(before)).strip()
        if value and value not in before[-1:]:
            news[name] = value
    return news


def tell_more_of(turn: Turn, report: Report, *, cause: str = "") -> None:
    """Whoever has the case hears of more: once for all that is added within the hour.

    What has a ``cause`` of its own waits for no hour.
    """
    casework.tell_more(turn, report, cause or f"{turn.work.now:%d%H}")


def take_along(turn: Turn, waits: OutRow, action: Action) -> None:
    """Whoever goes on with a case itself, asked whether their words are of it, has said so.

    Of a case that nobody had, only when the words told of an act of it.
    """
    if turn.draft is None or action.verb != "case.act":
        return
    case_id = action.arg.partition(":")[0]
    offered = [
        one
        for one in card_from_json(waits.card).all_buttons()
        if one.action.verb == "case.told" and one.action.arg.startswith(f"{case_id}:")
    ]
    seen = noting.may_note(turn, int(case_id)) if offered else None
    if seen is not None and (seen.case.is_accepted or len(offered) > 1):
        acts.keep_files(turn, seen.case, turn.draft)
        noting.write(turn, seen.case, words_of(turn, turn.draft))
        filling.forget(turn, turn.draft)


def words_for_case(turn: Turn, row: OutRow, text: str) -> bool:
    """True for words that reply to the card of a case: they are kept in its story.

    Danger in them may be another child's: that is asked first.
    """
    case_id = noting.case_of(row)
    seen = noting.may_note(turn, case_id) if case_id is not None else None
    if seen is None or not tidy(text):
        return False
    if form_cards.danger_in(turn, text) is not None:
        begin_from_words(turn, text, of=seen)
        return True
    before, turn.draft = turn.draft, None
    noting.keep(turn, seen.case, text)
    if before is not None:
        turn.draft = before
        filling.show(turn)
    return True


def replied_report(turn: Turn) -> Report | None:
    """The report that the message replies to, when it is the speaker's own."""
    row = replied_card(turn)
    if row is None or row.report_id is None:
        return None
    if turn.work.reporters.contact_of(row.report_id) != turn.speaker.contact_id:
        return None
    return turn.work.reports.get(row.report_id)


def words_are_of_visit(turn: Turn, arg: str) -> None:
    """补到刚才的看望: what lies in a draft belongs to a visit, "visit:draft", and its report."""
    visit_id, _, told = arg.partition(":")
    before, entered = said_before(turn, told), afterwards.meant(turn, int(visit_id))
    if before is None or entered is None:
        turn.say(Card(text=turn.words("form.gone"), rows=(home_row(turn),)))
        return
    text = tidy(words_of(turn, before))
    files = [one.id for one in turn.work.attachments.of_draft(before.id)]
    for one in files:
        turn.work.attachments.attach(one, draft_id=None, report_id=entered.report_id)
    if filling.is_untouched(before):  # else more was answered, and it goes on
        filling.forget(turn, before)
    turn.draft = None
    afterwards.add_words(turn, entered, text, files)
    report = turn.work.reports.get(entered.report_id) if entered.report_id else None
    if report is not None:
        turn.work.reports.add_entry(report.id, "said", text)
        confirm_added(turn, report, "", "", said=text)
        return
    said = turn.words("checkin.words_added", name=afterwards.called(entered))
    first = str(entered.visits[0].id)
    as_report = Button(label=turn.words("checkin.report"), action=Action("visit.report", first))
    turn.say(Card(text=said, rows=((as_report,), home_row(turn))), in_place=True)


def confirm_added(
    turn: Turn, report: Report, kind: str, album: str, *, said: str = "", entry: int = 0
) -> None:
    """It is there; danger in what was said makes the case more urgent, and 110 comes first."""
    number = say_number(report.number)
    text = (
        turn.words("receipt.added_file", what=turn.words(f"file.{kind}"), number=number)
        if kind
        else turn.words("receipt.added", number=number)
    )
    exclusion.said_more(turn, report, said)
    risen = grades.rise(turn, report, said)
    rows = () if turn.draft else (home_row(turn),)
    turn.say(
        Card(text=f"{text}\n{risen}", rows=rows, calls=EMERGENCY)
        if risen
        else Card(text=text, rows=rows),
        key=None if risen else album_key(turn, album, kind, report),
        report_id=report.id,
        in_place=True,
        asks=not turn.draft,
    )
    if not (entry and corrections.offer(turn, report, entry, said)):
        placing.ask(turn, turn.work.cases.of_report(report.id), said)
    if not risen:
        tell_more_of(turn, report, cause=f"{turn.work.new_id()}" if alarming(turn, said) else "")


def album_key(turn: Turn, album: str, kind: str = "", report: Report | None = None) -> str | None:
    """One answer for the pictures of one album, and of one minute."""
    who = turn.speaker.contact_id
    if album:
        return f"album:{who}:{album}"
    if kind != "photo":
        return None
    where = f"r{report.id}" if report else f"d{turn.draft.id if turn.draft else 0}"
    return f"photos:{who}:{where}:{turn.work.now:%m%d%H%M}"
