"""What a family says of an absence, as its teacher passes it on: 家长说他在外婆家, 电话没人接."""

from collections.abc import Sequence
from functools import partial

from conversation.cards import Card
from conversation.letters import tidy
from handlers import filling
from handlers.reporting import first_words
from handlers.reporting.instead import Instead
from handlers.saying import answer, button, home_row, note
from handlers.school import absence_acts, absence_card, absence_view, classes
from handlers.school.absence_view import View
from handlers.turn import Turn
from policy.absence_lines.reading import read_reason, speaks_of_family
from policy.danger import danger_signs

#: Absences that one question offers.
MOST = 6
#: How the words stand in the story of an absence.
TOLD = "told"


def heard(turn: Turn, text: str) -> bool:
    """True when a teacher passes on what a family said while pupils of theirs are missing."""
    mine = classes.own(turn) if speaks_of_family(text) else ()
    missing = [one for room in mine for one in turn.work.absences.of_class(room.id)]
    views = [seen for one in missing if (seen := absence_view.view_of(turn, one))]
    pupils = [one for room in mine for one in turn.work.classes.pupils(room.id)] if views else []
    named = {one.id for one in pupils if one.name in text}
    meant = [one for one in views if not named or one.pupil.id in named][:MOST]
    if not meant:
        return False
    instead = [_instead(turn, one) for one in meant]
    is_alarm = bool(danger_signs(text, turn.rules.policy.danger))
    asks = None if is_alarm else partial(_which, turn, meant)
    first_words.begin_from_words(turn, text, instead=instead, asks=asks)
    return True


def take(turn: Turn, arg: str) -> None:
    """The words in a draft are of this absence, "absence:draft": kept, and the reason in them."""
    absence_id, _, told = arg.partition(":")
    before = first_words.said_before(turn, told)
    if before is None:
        turn.say(Card(text=turn.words("form.gone"), rows=(home_row(turn),)))
        return
    seen = absence_view.view(turn, absence_id)
    if seen is None or not seen.missed.is_open:
        return
    text = tidy(first_words.words_of(turn, before))
    if filling.is_untouched(before):
        filling.forget(turn, before)
    turn.draft = None
    by = turn.speaker.person_id
    turn.work.absences.add_entry(seen.missed.id, TOLD, by=by, note=text)
    turn.work.audit.write(by, "absence.told", "absence", seen.missed.id, {})
    _go_on(turn, seen, read_reason(text))


def _go_on(turn: Turn, seen: View, reason: str) -> None:
    """The reason, where the words have one that is known; else it is asked by one tap."""
    row = str(seen.missed.id)
    if reason == "missing":
        absence_acts.ask_missing(turn, row)
    elif reason in absence_acts.REASONS:
        absence_acts.because(turn, f"{row}:{reason}")
    elif seen.missed.reason:
        answer(
            turn,
            turn.words("absent.told_kept", name=seen.name),
            absence_card.to(turn, seen.missed),
        )
    else:
        absence_acts.why(turn, row)


def _which(turn: Turn, meant: Sequence[View], told: int) -> Card:
    rows = [(_instead(turn, one).button(told),) for one in meant]
    other = button(turn.words("absent.told_other"), "form.show")
    key = "absent.told_one" if len(meant) == 1 else "absent.told_which"
    return note(turn, turn.words(key), *rows, other)


def _instead(turn: Turn, seen: View) -> Instead:
    label = turn.words("absent.told_of", name=seen.name)
    return Instead(label=label, verb="absence.told", of=f"{seen.missed.id}:")
