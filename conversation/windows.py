"""No card shows more buttons than a small phone does: eight, and three where somebody wants few.

All buttons of such a card stay on it, some are shown. What can always be typed, the ways around
a question and the way home, is left out first; what is still too much comes behind 更多.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from conversation import elders
from conversation.cards import Action, Button, Card
from conversation.elders import OTHERS as OTHERS
from conversation.packing import paired

Sentences: TypeAlias = Callable[..., str]

#: So many buttons has a card at most.
MOST = 8
#: What may be typed instead of tapped: the first of these goes first.
AROUND = ("form.later", "form.cancel", "form.mark", "form.skip", "form.back", "form.message")
TYPED = (*AROUND, "home")
#: Where several are chosen, to have chosen none says the same.
TYPED_OF_SEVERAL = ("form.skip", *TYPED)
#: What a question says of itself that can be typed.
SAID_ALREADY = "form.mark"
#: What is on every window: the alarm above the others, the way home below them.
ABOVE, BELOW = frozenset({"danger"}), frozenset({"home"})


def fitted(card: Card, words: Sentences, *, is_elder: bool) -> Card:
    """The card as its reader wants it; one that was turned over stays as it is."""
    if is_elder:
        return card if elders.is_large(card) else elders.for_elder(card, words)
    plain = elders.for_others(card) if elders.is_large(card) else card
    return plain if plain.every else folded(plain, words)


def folded(card: Card, words: Sentences, most: int = MOST) -> Card:
    """The card with so many buttons at most."""
    if len(card.buttons()) <= most:
        return card
    if card.is_question or len(card.buttons()) == most + 1:
        card = _without_typed(card, words, most)
    if len(card.buttons()) <= most:
        return card
    return _window(replace(card, every=card.all_buttons()), 0, words)


def show_others(card: Card, start: int, words: Sentences) -> Card:
    """The card with the buttons that come behind the shown ones; after the last the first."""
    if elders.is_large(card):
        return elders.show_others(card, start, words)
    return _window(card, start, words)


def _without_typed(card: Card, words: Sentences, most: int) -> Card:
    every = card.buttons()
    several = any(one.action.verb == "form.done" for one in every)
    verbs = TYPED_OF_SEVERAL if several else TYPED
    last_first = [at for at in reversed(range(len(every))) if every[at].action.verb in verbs]
    order = sorted(last_first, key=lambda at: verbs.index(every[at].action.verb))
    if not order:
        return card
    gone = frozenset(order[: len(every) - most])
    named = [every[at].label for at in sorted(gone) if every[at].action.verb != SAID_ALREADY]
    at, rows = 0, list[tuple[Button, ...]]()
    for row in card.rows:
        rows.append(tuple(one for here, one in enumerate(row, at) if here not in gone))
        at += len(row)
    text = f"{card.text}\n{words('form.typed', text='、'.join(named))}" if named else card.text
    return replace(card, text=text, rows=tuple(row for row in rows if row), every=every)


def _window(card: Card, start: int, words: Sentences) -> Card:
    above, below = _those(card.every, ABOVE), _those(card.every, BELOW)
    others = [one for one in card.every if one not in above and one not in below]
    room = MOST - 1 - len(above) - len(below)
    first = start if 0 <= start < len(others) else 0
    following = first + room
    at_end = following >= len(others)
    more = Button(
        label=words("form.again" if at_end else "form.more"),
        action=Action(OTHERS, "0" if at_end else str(following)),
    )
    shown = paired(others[first:following])
    return replace(card, rows=(*((one,) for one in above), *shown, (more, *below)))


def _those(buttons: Sequence[Button], verbs: frozenset[str]) -> tuple[Button, ...]:
    """The first of them that does one of these."""
    return tuple(one for one in buttons if one.action.verb in verbs)[:1]
