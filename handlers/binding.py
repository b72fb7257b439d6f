"""Which card an answer belongs to: the one replied to, else the newest that such words fit.

A nudge, a reminder or an alarm may come between a question and its answer. Whoever presses or
replies says which card they mean; whoever types a bare number means the question that is open,
and without one the last card they saw.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from conversation.cards import Button, Card, card_from_json
from conversation.elders import OTHERS, is_large
from conversation.numbers import option_number
from handlers.outgoing import UNMISTAKABLE
from handlers.turn import Turn
from policy.simplified import bare
from storage.reaching.owed import OutRow
from storage.reporting.drafts import Draft

#: No label is longer; a longer text is never a button.
LONGEST_LABEL = 64
_NUMBER = re.compile(r"\d{1,4}|[一二三四五六七八九十]{1,3}|(?:第|选).{1,4}")
#: What a number that may be meant for another card does not do: its label must be typed.
NOT_BY_NUMBER = frozenset({"draft.drop"})
#: Signs on labels that nobody types: 更多 ▸.
MARKS = "☐☑▸◂ "
#: What is counted of a form's question of which some choices are shown at a time.
COUNTED = frozenset({"form.choose", OTHERS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """A button that somebody named in words."""

    row: OutRow
    button: Button
    #: True when a number stands for something that a number may not do.
    only_by_label: bool = False


def replied_card(turn: Turn) -> OutRow | None:
    """The card of ours that the message replies to."""
    if turn.replies_to is None:
        return None
    row = turn.work.outbox.by_external(turn.speaker.contact_id, turn.replies_to)
    if row is None and turn.replied_token:
        row = turn.work.outbox.by_token(turn.replied_token)
    return row if row is not None and row.contact_id == turn.speaker.contact_id else None


def meant_on(row: OutRow, word: str) -> Meant | None:
    """The button of the very card that was replied to, by its label or its number."""
    card = card_from_json(row.card)
    button = _named(card, word) or _numbered(card, word)
    return Meant(row=row, button=button) if button else None


def is_called(turn: Turn, word: str) -> bool:
    """True for what a button of the card that asks is called."""
    row = turn.work.outbox.newest_of(turn.speaker)
    return row is not None and _named(card_from_json(row.card), word) is not None


def meant(turn: Turn, word: str) -> Meant | None:
    """The button that a label or a bare number means, so that no button is ever needed.

    While a form asks, numbers and options are the engine's to understand.
    """
    if len(word) > LONGEST_LABEL:
        return None
    asking = turn.work.outbox.newest_of(turn.speaker)
    form_asks = asking is not None and card_from_json(asking.card).is_question
    number = number_of(word)
    if number is not None and form_asks:
        return _shown_to_elder(asking, number)
    for row in _answerable(turn, word, asking, last_is_asking=form_asks):
        card = card_from_json(row.card)
        if (button := _named(card, word)) and (row is asking or _is_plain(turn, row, button)):
            return Meant(row=row, button=button)
        if number is not None and card.rows:
            return _by_number(row, _numbered(card, word), aside=row is not asking)
    return None


def _shown_to_elder(asking: OutRow | None, number: int) -> Meant | None:
    """Who sees two or three choices at a time means one of these by a number."""
    card = card_from_json(asking.card) if asking is not None else None
    if asking is None or card is None or not is_large(card):
        return None
    choices = [one for one in card.buttons() if one.action.verb in COUNTED]
    if all(one.action.verb == OTHERS for one in choices) or not 1 <= number <= len(choices):
        return None
    return Meant(row=asking, button=choices[number - 1])


def _is_plain(turn: Turn, row: OutRow, button: Button) -> bool:
    """True when such words are no answer: the card came last, or its labels are like no other."""
    newest = turn.speaker.card_id or 0
    about = button.action.verb.partition(".")[0]
    return row.id > newest or row.turn == 0 or about in UNMISTAKABLE


def is_still_asked(turn: Turn, row: OutRow) -> bool:
    """True when the form of this card stands where the card asks, whatever was said since."""
    if row.id == turn.speaker.card_id:
        return True
    draft = _draft_of(turn, row)
    if draft is None:
        return False
    newest = turn.work.outbox.newest_of(turn.speaker)
    later = [
        *turn.work.outbox.since(turn.speaker.contact_id, row.id),
        *([newest] if newest else []),
    ]
    return not any(
        each.draft_id == draft.id and card_from_json(each.card).is_question for each in later
    )


def turn_to(turn: Turn, row: OutRow) -> None:
    """Go on with the form of this card; the one that was open is put aside."""
    turn.draft = _draft_of(turn, row) or turn.draft


def _draft_of(turn: Turn, row: OutRow) -> Draft | None:
    """The form that the card asks for, while it is the speaker's to fill."""
    draft = turn.work.drafts.get(row.draft_id) if row.draft_id else None
    if draft is None or draft.contact_id != turn.speaker.contact_id or draft.state != "open":
        return None
    return draft


def number_of(word: str) -> int | None:
    """The button that a bare number means: 3, 三, 第三个; 两个 and 一号 tell of something else."""
    return option_number(word) if _NUMBER.fullmatch(word) else None


def _answerable(
    turn: Turn, word: str, asking: OutRow | None, *, last_is_asking: bool
) -> Iterator[OutRow]:
    """The newest first; but an open question comes before what arrived beside it."""
    if asking is not None and last_is_asking:
        yield asking
    outbox, contact_id = turn.work.outbox, turn.speaker.contact_id
    shown = (
        outbox.since(contact_id, 0)
        if number_of(word) is not None
        else outbox.meant(contact_id, asking.id if asking else 0)
    )
    yield from (row for row in shown if row.id > (asking.id if asking else 0))
    if asking is not None and not last_is_asking:
        yield asking
    yield from (row for row in shown if asking is not None and row.id < asking.id)


def _by_number(row: OutRow, button: Button | None, *, aside: bool) -> Meant | None:
    if button is None:
        return None
    only = aside and button.action.verb in NOT_BY_NUMBER
    return Meant(row=row, button=button, only_by_label=only)


def _named(card: Card, word: str) -> Button | None:
    called = bare(word)
    for button in (*card.buttons(), *card.every):
        said = button.label.casefold()
        is_it = word in (said, said.strip(MARKS)) or (called and called == bare(said))
        if is_it and button.action.verb != "form.choose":
            return button
    return None


def _numbered(card: Card, word: str) -> Button | None:
    buttons, number = card.buttons(), number_of(word)
    if card.is_question or number is None or not 1 <= number <= len(buttons):
        return None
    return buttons[number - 1]
