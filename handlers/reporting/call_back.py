"""给我打电话: whoever would rather talk leaves a number, and somebody telephones them.

What was told so far goes along; nothing of it is told twice.
"""

from conversation.cards import Card
from handlers import filling
from handlers.children import families, weeks
from handlers.reporting import additions, first_words, report
from handlers.saying import EMERGENCY, home_row
from handlers.turn import Filled, Turn
from policy.receipt import say_number
from storage.reporting.drafts import Draft
from storage.reporting.reports import Report

FORM = "call_back"


def begin(turn: Turn, _: str = "") -> None:
    """The number and the village, as far as nobody knows them; then somebody is told."""
    open_now = filling.name_of(turn, turn.draft) if turn.draft is not None else ""
    if open_now == FORM:
        filling.show(turn)
        return
    if turn.draft is None and weeks.menu(turn):  # the child's own worker knows them
        families.talk(turn)
        return
    told = turn.draft if open_now in first_words.REPORTS else None
    known = _report_of(turn)
    phone = turn.work.people.phone_of(turn.speaker.person_id)
    place = "" if known else _place(turn, told)
    if phone and (known or place):
        _ask_for_call(turn, phone, known, told, {"place": place} if place else {})
        return
    preset = {
        "known_phone": phone,
        "told_draft": str(told.id) if told else "",
        "told_report": str(known.id) if known else "",
        "place": place,
    }
    filling.begin(turn, FORM, preset={k: v for k, v in preset.items() if v}, in_place=True)


def filled_in(turn: Turn, filled: Filled) -> None:
    """The number is said."""
    said = filled.answers
    phone = said.get("call_phone") or said.get("known_phone", "")
    known = turn.work.reports.get(int(said["told_report"])) if said.get("told_report") else None
    before = first_words.said_before(turn, said.get("told_draft", ""))
    where = {
        name: said[name] for name in ("place", "place_words", "place_point") if said.get(name)
    }
    _ask_for_call(turn, phone, known, before, where)


def _report_of(turn: Turn) -> Report | None:
    """What is added to, or was reported a moment ago: the call is about that."""
    if turn.draft is not None:
        known = turn.draft.report_id
        return turn.work.reports.get(known) if known is not None else None
    return first_words.just_reported(turn)


def _place(turn: Turn, told: Draft | None) -> str:
    """Where it is, as far as it was said; of a worker the place of their post."""
    said = filling.answers_of(turn, told)[1].get("place", "") if told else ""
    return said or next((str(role.area_id) for role in turn.roles), "")


def _ask_for_call(
    turn: Turn, phone: str, known: Report | None, before: Draft | None, where: dict[str, str]
) -> None:
    wish = turn.words("call_back.wish", phone=phone)
    if known is not None:
        additions.words_for(turn, known, wish)
    else:
        told = first_words.words_of(turn, before) if before else ""
        message = "\n".join(filter(None, (wish, told)))
        known, _ = report.raise_known(turn, {"message": message, **where}, None, kind="message")
        if before is not None:
            _hand_on(turn, before, known)
    turn.draft = None
    text = turn.words("call_back.done", phone=phone, number=say_number(known.number))
    turn.say(Card(text=text, rows=(home_row(turn),), calls=EMERGENCY), report_id=known.id)


def _hand_on(turn: Turn, before: Draft, known: Report) -> None:
    for sent in turn.work.attachments.of_draft(before.id):
        turn.work.attachments.attach(sent.id, draft_id=None, report_id=known.id)
    filling.forget(turn, before)
