"""The same card with few and large buttons, one below the other, and a person to be called.

All buttons of the card stay on it, a window of them is shown. Whoever finds none of these theirs
sees the next ones; what is typed or said means a button that is not in sight, too.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from conversation.cards import Action, Button, Card

Sentences: TypeAlias = Callable[..., str]

#: So many buttons are a choice that can be overlooked at once, the one to others among them.
SHOWN = 3
#: The next buttons of the same card, and to be telephoned.
OTHERS, CALL = "others", "call_me"
#: What is no choice: it can be said at any time.
UNSHOWN = frozenset({"form.later"})
#: What stands first: danger, and the way on once something was chosen.
FIRST = frozenset({"danger", "main"})


def is_large(card: Card) -> bool:
    """True for a card as elders see it."""
    return bool(card.every) and any(one.action.verb == CALL for one in card.buttons())


def for_elder(card: Card, words: Sentences) -> Card:
    """The card as elders see it first."""
    plain = for_others(card)
    buttons = [one for one in plain.buttons() if one.action.verb not in UNSHOWN]
    buttons.sort(key=lambda one: one.style not in FIRST)
    return _window(replace(plain, every=tuple(buttons)), 0, words)


def show_others(card: Card, start: int, words: Sentences) -> Card:
    """The card with the buttons that come behind the shown ones; after the last the first."""
    return _window(card, start if 0 <= start < len(card.every) else 0, words)


def for_others(card: Card) -> Card:
    """The card as everybody else sees it: all its buttons at once."""
    if not card.every:
        return card
    rows = tuple((one,) for one in card.every if one.action.verb != CALL)
    return replace(card, rows=rows, every=())


def _window(card: Card, start: int, words: Sentences) -> Card:
    every = card.every
    shown = every if len(every) <= SHOWN else every[start : start + SHOWN - 1]
    following = start + len(shown)
    more = []
    if len(every) > SHOWN:
        at_end = following >= len(every)
        label = words("elder.again" if at_end else "elder.others")
        more = [Button(label=label, action=Action(OTHERS, "0" if at_end else str(following)))]
    call = Button(label=words("elder.call"), action=Action(CALL))
    # A card without any choice still is one of an elder.
    return replace(
        card, rows=tuple((one,) for one in (*shown, *more, call)), every=every or (call,)
    )
