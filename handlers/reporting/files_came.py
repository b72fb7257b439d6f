"""A file that somebody sends: it goes where it belongs, else they are asked."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from conversation.cards import Action, Button, Card, card_from_json
from conversation.incoming import FileKind, SentFile
from conversation.letters import tidy
from handlers import filling, tables
from handlers.cases import case_card, casework, noting
from handlers.heard import question
from handlers.reporting.additions import (
    ALBUM,
    album_key,
    confirm_added,
    replied_report,
    report_of_draft,
    tell_more_of,
)
from handlers.reporting.first_words import (
    asking_what,
    begin_danger,
    begin_from_words,
    begin_report,
    lately_reported,
)
from handlers.reporting.positions import REPORT_AT
from handlers.saying import home_row
from handlers.turn import Turn
from handlers.visiting import afterwards, hearing
from policy.receipt import say_number
from storage.reaching.owed import OutRow
from storage.reporting.reports import Report

#: What the button does by which a report begins with a file.
NEW = "file.new"
#: Words that come so soon behind a file speak of it.
BEHIND = timedelta(minutes=30)


def file_came(turn: Turn, incoming: SentFile) -> int | None:
    """Keep the file with whatever the person is talking about.

    The file, where it came with words that nobody has heard yet.
    """
    report = replied_report(turn)
    asked = turn.draft is not None and question.asks_for_file(turn, incoming.kind)
    if report is None and not asked and tables.offers(turn, incoming):
        tables.take(turn, _keep(turn, incoming, None, loose=True), incoming)
        return None
    file_id = _keep(turn, incoming, report)
    if report is not None:
        if incoming.caption:
            turn.work.reports.add_entry(report.id, "said", tidy(incoming.caption))
        confirm_added(turn, report, incoming.kind, incoming.album, said=incoming.caption)
    elif turn.draft is None and tidy(incoming.caption):
        return file_id
    elif turn.draft is None:
        ask_where(turn, incoming.kind, file_id, album=incoming.album)
    elif question.asks_for_file(turn, incoming.kind):
        filling.attached(turn, file_id, incoming.kind)
    elif incoming.kind == "voice" and _is_sentence(turn):
        # Who cannot type has said it: the recording is the sentence.
        filling.typed(turn, _see_voice(turn))
    else:
        _keep_with_draft(turn, incoming)
    if report is None and (known := report_of_draft(turn)) is not None:
        tell_more_of(turn, known)
    return None


def _is_sentence(turn: Turn) -> bool:
    """True where a recording stands for the sentence that is asked; of elders for every one."""
    if question.must_have_text(turn):
        return True
    return (
        turn.is_elder
        and question.asks_for_text(turn)
        and question.is_answer(turn, _see_voice(turn))
    )


def _see_voice(turn: Turn) -> str:
    return turn.words("file.see", what=turn.words("file.voice"))


def add_to(turn: Turn, arg: str) -> None:
    """The person chose which report a file belongs to; ``arg`` is "report file"."""
    report_id, file_id = (int(part) for part in arg.split())
    report = turn.work.reports.get(report_id)
    if report is None or turn.work.reporters.contact_of(report_id) != turn.speaker.contact_id:
        turn.say(Card(text=turn.words("form.gone"), rows=(home_row(turn),)))
        return
    _give(turn, file_id, report_id=report_id)
    confirm_added(turn, report, "document", "")


def add_to_case(turn: Turn, arg: str) -> None:
    """The person chose which case in their hands a file is of; ``arg`` is "case file"."""
    case_id, file_id = (int(part) for part in arg.split())
    found, kept = casework.may_do(turn, case_id, noting.NOTE), turn.work.attachments.get(file_id)
    if found is None or kept is None or kept.contact_id != turn.speaker.contact_id:
        return
    case = found[0].case
    _give(turn, file_id, report_id=turn.work.cases.reports(case.id)[-1].id)
    what = turn.words("file.see", what=turn.words(f"file.{kept.kind}"))
    noting.keep(turn, case, what)


def add_to_visit(turn: Turn, arg: str) -> None:
    """The person chose the visit that they entered just now; ``arg`` is "visit file"."""
    visit_id, file_id = (int(part) for part in arg.split())
    entered, kept = afterwards.meant(turn, visit_id), turn.work.attachments.get(file_id)
    if entered is None or kept is None or kept.contact_id != turn.speaker.contact_id:
        turn.say(Card(text=turn.words("form.gone"), rows=(home_row(turn),)))
        return
    afterwards.keep(turn, entered, _give(turn, file_id, report_id=entered.report_id))
    report = turn.work.reports.get(entered.report_id) if entered.report_id else None
    if report is not None:
        confirm_added(turn, report, kept.kind, "")
        return
    what = turn.words(f"file.{kept.kind}")
    said = turn.words("file.with_visit", what=what, name=afterwards.called(entered))
    turn.say(Card(text=said, rows=(home_row(turn),)), in_place=True)


def new_report_with(turn: Turn, file_id: str) -> None:
    """A new report that begins with the file."""
    sent = list(_loose(turn))
    begin_report(turn, point=next((one.arg for one in sent if one.verb == REPORT_AT), ""))
    _take_along(turn, [*sent, Action(NEW, file_id)])


def new_report_at(turn: Turn, point: str) -> None:
    """A new report that begins where the person is, with what was sent before."""
    sent = list(_loose(turn))
    begin_report(turn, point=point)
    _take_along(turn, sent)


def danger_with(turn: Turn, point: str) -> None:
    """孩子现在有危险, with what was sent just now, and where the person is if that was shared."""
    sent = list(_loose(turn))
    shared = next((one.arg for one in sent if one.verb == REPORT_AT), "")
    begin_danger(turn, point=point or shared)
    _take_along(turn, sent)


def words_behind(turn: Turn, text: str) -> bool:
    """True for words that come right behind a file or a position: all begin one report."""
    sent = list(_loose(turn))
    if not sent:
        return False
    begin_from_words(turn, text)
    _take_along(turn, sent)
    return True


def _take_along(turn: Turn, sent: Sequence[Action]) -> None:
    """What was sent out of the blue belongs to the form that began."""
    assert turn.draft is not None
    for one in sent:
        if one.verb == NEW:
            _give(turn, int(one.arg), draft_id=turn.draft.id)
        else:
            filling.keep_position(turn, one.arg)


def _loose(turn: Turn) -> Iterator[Action]:
    """What begins a report with what was sent just now, of the cards that still wait for it."""
    newest = turn.work.outbox.newest_of(turn.speaker)
    if newest is None or _begins_with(turn, newest) is None:
        return  # mostly so: older cards are not opened
    since = turn.work.outbox.since(turn.speaker.contact_id, 0)
    for row in (newest, *(one for one in since if one.id < newest.id)):
        new = _begins_with(turn, row)
        if new is None:
            return
        yield new


def _begins_with(turn: Turn, row: OutRow) -> Action | None:
    """How the card begins a report with what it is about; None for another, or an older one."""
    if turn.work.now - row.created_at > BEHIND:
        return None
    buttons = card_from_json(row.card).all_buttons()
    return next((one.action for one in buttons if one.action.verb in (NEW, REPORT_AT)), None)


def as_evidence(turn: Turn, file_id: str) -> None:
    """A table that is no roster: evidence, like any other file."""
    found = tables.own(turn, file_id)
    if found is None:
        turn.say(Card(text=turn.words("form.gone"), rows=(home_row(turn),)))
    elif turn.draft is None:
        ask_where(turn, "document", found.id)
    else:
        _give(turn, found.id, draft_id=turn.draft.id)
        what = turn.words("file.document")
        turn.say(Card(text=turn.words("form.evidence", what=what)), asks=False)
        filling.show(turn)


def _keep(turn: Turn, incoming: SentFile, report: Report | None, *, loose: bool = False) -> int:
    """The file's row, bound to the report or the draft; its bytes come from the channel."""
    draft = None if report or loose else turn.draft
    draft_id = draft.id if draft else None
    # What is filled in after an alarm has its report already.
    report_id = report.id if report else draft.report_id if draft else None
    attachments = turn.work.attachments
    if turn.speaker.channel == "web":  # given to us before it was spoken of
        attachments.attach(int(incoming.source), draft_id=draft_id, report_id=report_id)
        return int(incoming.source)
    return attachments.want(
        turn.speaker.contact_id,
        kind=incoming.kind,
        channel=turn.speaker.channel,
        source=incoming.source,
        draft_id=draft_id,
        report_id=report_id,
        name=incoming.name,
        mime=incoming.mime,
        size=incoming.size,
        message=turn.heard_as,
    )


def give_to_draft(turn: Turn, file_id: int) -> None:
    """The file that came with the words belongs to the form that they began."""
    assert turn.draft is not None
    _give(turn, file_id, draft_id=turn.draft.id)


def _give(
    turn: Turn, file_id: int, *, draft_id: int | None = None, report_id: int | None = None
) -> list[int]:
    """Give the speaker's own file to a draft or a report, with the rest of its album; all ids."""
    attachments = turn.work.attachments
    found = attachments.get(file_id)
    if found is None or found.contact_id != turn.speaker.contact_id:
        return []
    album = [found]
    for one in attachments.loose_of(found.contact_id, found.created_at, turn.work.now):
        if one.created_at - album[-1].created_at > ALBUM:
            break
        album.append(one)
    ids = list(dict.fromkeys(one.id for one in album))
    for one_id in ids:
        attachments.attach(one_id, draft_id=draft_id, report_id=report_id)
    return ids


def _keep_with_draft(turn: Turn, incoming: SentFile) -> None:
    waits, known = asking_what(turn), report_of_draft(turn)
    what = turn.words(f"file.{incoming.kind}")
    if known is not None:
        text = turn.words("receipt.added_file", what=what, number=say_number(known.number))
    else:
        key = "form.evidence_of_it" if waits is not None else _what_becomes_of_it(turn)
        text = turn.words(key, what=what)
    if turn.is_elder and incoming.kind == "voice" and waits is None:
        text = turn.words("elder.voice")
    turn.say(
        Card(text=text),
        key=album_key(turn, incoming.album, incoming.kind),
        asks=False,
    )
    if incoming.caption:
        filling.said_below(turn, incoming.caption)
    elif turn.spoken and waits is not None:
        turn.say(card_from_json(waits.card))
    elif turn.spoken:
        filling.show(turn)


def _what_becomes_of_it(turn: Turn) -> str:
    """The key of what is said to a file that comes while a form is open."""
    draft = turn.draft
    if draft is not None and (draft.about or "").startswith(case_card.ABOUT):
        return "form.evidence_of_it"
    is_visit = draft is not None and filling.name_of(turn, draft) == hearing.VISIT
    return "form.evidence_of_visit" if is_visit else "form.evidence"


def ask_where(turn: Turn, kind: FileKind, file_id: int, *, album: str = "") -> None:
    """Of what is the file that came out of the blue?"""
    if kind == "photo" and _is_asked_where(turn):
        return  # one answer takes them all
    rows = [
        (
            Button(
                label=turn.words("file.idle_add", number=say_number(report.number)),
                action=Action("file.add", f"{report.id} {file_id}"),
            ),
        )
        for report in lately_reported(turn)
    ]
    in_hand = [
        (
            Button(
                label=noting.label(turn, one.case),
                action=Action("file.case", f"{one.case.id} {file_id}"),
            ),
        )
        for one in noting.lately(turn)
    ]
    visited = afterwards.offers(turn, file_id)
    new = Button(label=turn.words("file.idle_new"), action=Action(NEW, str(file_id)))
    alarm = Button(label=turn.words("home.danger"), action=Action("danger.at"), style="danger")
    danger = () if turn.roles else ((alarm,),)  # whoever works here has it on the first screen
    what = turn.words(f"file.{kind}")
    turn.say(
        Card(
            text=turn.words("file.idle", what=what),
            rows=(*visited, *in_hand, *rows, (new,), *danger),
        ),
        key=album_key(turn, album),
    )


def _is_asked_where(turn: Turn) -> bool:
    """True while the question where a picture belongs, asked just now, waits for its answer."""
    newest = turn.work.outbox.newest_of(turn.speaker)
    return (
        newest is not None
        and turn.work.now - newest.created_at <= ALBUM
        and any(one.action.verb == NEW for one in card_from_json(newest.card).all_buttons())
    )
