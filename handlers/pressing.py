"""What a button does: of a card that was pressed or named, or of a page beside the talk."""

from conversation import windows
from conversation.cards import Action, action_in, card_from_json
from conversation.incoming import Chosen, Pressed
from handlers import binding, filling, home
from handlers.doing import FORM_VERBS, VERBS, is_stale
from handlers.office import tryout_talk
from handlers.reporting import additions, first_words
from handlers.turn import Turn
from storage.reaching.owed import OutRow


def pressed(turn: Turn, press: Pressed) -> None:
    """Do what the button does, where it is theirs and still asks; else show where they are."""
    newest = turn.work.outbox.newest_of(turn.speaker)
    is_newest = newest is not None and newest.token == press.token
    row = newest if is_newest else turn.work.outbox.by_token(press.token)
    if row is None:
        turn.toast = turn.words("stale.old")
        reshow(turn)
        return
    if row.contact_id != turn.speaker.contact_id:
        turn.toast = turn.words("stale.foreign")
        reshow(turn)
        return
    action = action_in(row.card, press.position)
    if action is None:
        reshow(turn)
        return
    if row.id == turn.speaker.card_id:
        # What carries a file stays where it is: the file would vanish with it.
        turn.in_place = turn.replies_to if row.document_id is None else None
    do(turn, row, action)


def do(turn: Turn, row: OutRow, action: Action) -> None:
    """Do what a button of a card does, whether it was pressed, named or numbered."""
    if action.verb == tryout_talk.PRESS:
        tryout_talk.press(turn, row, action.arg)
    elif action.verb == windows.OTHERS:
        _show_others(turn, row, int(action.arg))
    elif action.verb in VERBS:
        waits = first_words.asking_what(turn)
        if waits is not None and waits.id != row.id:
            additions.take_along(turn, waits, action)
            turn.draft = None  # what it asks can wait; it is no part of what follows
        VERBS[action.verb](turn, action.arg)
    elif is_stale(action) and not binding.is_still_asked(turn, row):
        turn.toast = turn.words("stale.form")
        turn.in_place = None
        reshow(turn)
    else:
        if row.id != turn.speaker.card_id:
            binding.turn_to(turn, row)
        FORM_VERBS[action.verb](turn, action.arg)


def _show_others(turn: Turn, row: OutRow, start: int) -> None:
    """更多, 都不是，看别的: the same card with its next buttons; what it asks is asked still."""
    card = card_from_json(row.card)
    if card.is_question and not binding.is_still_asked(turn, row):
        turn.toast = turn.words("stale.form")
        reshow(turn)
        return
    if card.is_question and row.id != turn.speaker.card_id:
        binding.turn_to(turn, row)
    turn.say(
        windows.show_others(card, start, turn.words),
        report_id=row.report_id,
        about=row.about,
        in_place=True,
    )


def reshow(turn: Turn) -> None:
    """Where the person is now: the open question, else the first screen."""
    if turn.draft is not None:
        filling.show(turn)
    else:
        home.show(turn)


def chosen(turn: Turn, choice: Chosen) -> None:
    """What a page offered beside the talk; it names no step of a form."""
    if choice.verb in VERBS:
        VERBS[choice.verb](turn, choice.arg)
    else:
        reshow(turn)
