"""A question that was put again before anybody saw it: one card is enough."""

from conversation.cards import Card

#: Where nothing else stands below it, a card asks nothing.
HOME = "home"


def takes_the_place(card: Card, earlier: Card) -> bool:
    """True when whoever reads only this card misses nothing of one that asks the same."""
    return (
        _asks(earlier)
        and (card.rows, card.every, card.first) == (earlier.rows, earlier.every, earlier.first)
        and (card.wants_place, card.carries) == (earlier.wants_place, earlier.carries)
        and card.document is None
        and earlier.document is None
        and not card.wipes
        and not earlier.wipes
        and {*earlier.calls} <= {*card.calls}
        and _says_all(card.text, earlier.text)
    )


def _asks(card: Card) -> bool:
    return any(button.action.verb != HOME for button in card.all_buttons())


def _says_all(text: str, earlier: str) -> bool:
    """True when every line of the earlier text stands in this one, in the same order."""
    lines = iter(text.splitlines())
    return all(line in lines for line in earlier.splitlines())
