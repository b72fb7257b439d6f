"""Drafts that were left: one nudge, then danger reaches a human and the rest grows old."""

from dataclasses import replace

from conversation.cards import Action, Button, Card
from handlers import filling, form_cards
from handlers.heard.open_form import told_so_far
from handlers.reaching import open_ways
from handlers.reporting import additions, first_words, report, reporters
from handlers.saying import home_row
from handlers.turn import Filled, Turn
from policy.receipt import say_number
from storage.reporting.drafts import Bell, Draft
from storage.reporting.reports import Report

#: Reports since a draft began, among which its alarm is looked for.
LATELY = 20


def wake(turn: Turn, bell: Bell) -> None:
    """A draft's bell rang. A draft that moved on since has another bell: nothing to do."""
    draft = turn.work.drafts.get(bell.id)
    if draft is None or draft.wake_at != bell.wake_at:
        return
    alarm = _alarm_of(turn, draft)
    if alarm is not None:
        additions.add_draft(turn, replace(draft, report_id=alarm.id))
        return
    match draft.wake_for:
        case "nudge":
            _nudge(turn, draft)
        case "unfinished":
            _hand_over(turn, draft)
        case _:
            filling.forget(turn, draft)


def _alarm_of(turn: Turn, draft: Draft) -> Report | None:
    """The alarm that was raised in the middle of a report, with its words: the rest is of it."""
    words = first_words.words_of(turn, draft) if draft.report_id is None else ""
    if not words:
        return None
    since = turn.work.reports.lately_of(draft.contact_id, draft.created_at, LATELY)
    alarms = (one for one in since if one.kind == "danger")
    return next((one for one in alarms if report.told_in(one) == words), None)


def _nudge(turn: Turn, draft: Draft) -> None:
    """Remind once, beside any running talk; then wait for the second bell.

    Nobody is reminded of what may be added to a report: what was said has arrived.
    """
    timing = turn.rules.policy.timing
    turn.work.drafts.wake(draft.id, draft.updated_at + timing["draft_unfinished"], "unfinished")
    if draft.report_id is not None:
        return
    form, said = filling.answers_of(turn, draft)
    form_cards.heed_child(turn, told_so_far(said))
    go_on = Button(label=turn.words("draft.resume"), action=Action("draft.resume", str(draft.id)))
    drop = Button(label=turn.words("form.cancel_drop"), action=Action("draft.drop", str(draft.id)))
    # Words of somebody who has a case in hand, and whose they are they never said.
    of_cases = first_words.may_be_of_cases(turn, draft)
    rows = (*((one.button(draft.id),) for one in of_cases), (go_on, drop))
    text = turn.words("note.nudge" if of_cases else "draft.nudge", title=form.title)
    look = Button(label=turn.words("told.look"), action=Action("draft.resume", str(draft.id)))
    reporters.say_by_itself(
        turn,
        Card(text=text, rows=rows),
        Card(text=turn.words("draft.quiet"), rows=((look,),)),
        key=f"draft:{draft.id}:nudge",
        said=said,
    )


def _hand_over(turn: Turn, draft: Draft) -> None:
    """What adds to a report joins it; what speaks of danger reaches a human; the rest is kept.

    What was begun about a case is no new report: the case has its owner and its duties.
    """
    if draft.report_id is not None:
        additions.add_draft(turn, draft)
        return
    is_told = report.speaks_of_danger(turn, draft) or _was_left_alone(turn, draft)
    if draft.about is not None or not is_told:
        kept = draft.updated_at + turn.rules.policy.timing["draft_kept"]
        turn.work.drafts.wake(draft.id, kept, "expire")
        return
    form, answers = filling.answers_of(turn, draft)
    filled = Filled(form=form, draft=draft, answers=answers, by_path={})
    filed, pin, _ = report.file(turn, filled, kind="unfinished")
    filling.forget(turn, draft)
    form_cards.heed_child(turn, told_so_far(answers))
    number = say_number(filed.number)
    text = turn.words("draft.unfinished_told", number=number, pin=pin)
    quiet = turn.words("draft.unfinished_quiet", number=number, pin=pin)
    reporters.say_by_itself(
        turn,
        Card(text=text, rows=(home_row(turn),)),
        Card(text=quiet, rows=(home_row(turn),)),
        key=f"report:{filed.id}:receipt",
        report_id=filed.id,
        said=answers,
    )


def _was_left_alone(turn: Turn, draft: Draft) -> bool:
    """True for a report that nobody could finish, because no more answers were sent that day."""
    if not open_ways.is_open(turn.speaker.channel) or not report.tells(turn, draft):
        return False
    return turn.texts_left(turn.speaker.contact_id, draft.updated_at) <= 0


def drop(turn: Turn, draft_id: str) -> None:
    """Throw away a draft that was put aside; another that is open stays open."""
    draft = turn.work.drafts.get(int(draft_id))
    if draft is None or draft.contact_id != turn.speaker.contact_id:
        turn.say(Card(text=turn.words("form.gone"), rows=(home_row(turn),)))
    elif turn.draft is None or turn.draft.id == draft.id:
        turn.draft = draft
        filling.drop(turn)
    else:
        filling.forget(turn, draft)
        turn.say(Card(text=turn.words("form.dropped")), asks=False)
        filling.show(turn)
