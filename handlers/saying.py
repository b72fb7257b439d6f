"""What every talk says with: a card with the way home below, and a row of one button."""

from conversation.cards import Action, Button, Card
from handlers.turn import Turn

#: Of a long list so many stand on a card, beside 更多 and the way back; and where two or three
#: further buttons stand below.
SHOWN, BESIDE = 6, 5
#: So many are offered of what nobody pages through.
OFFERED = 8
#: Shown first, whatever else is said.
EMERGENCY = ("110", "120")


def answer(turn: Turn, text: str, *rows: tuple[Button, ...]) -> None:
    """Answer the speaker, with the way home below, in place of the card that was pressed."""
    turn.say(note(turn, text, *rows), in_place=True)


def note(turn: Turn, text: str, *rows: tuple[Button, ...]) -> Card:
    """A card that tells something, with the way home."""
    return Card(text=text, rows=(*rows, home_row(turn)))


def button(label: str, verb: str, arg: str = "") -> tuple[Button, ...]:
    """A row of one button; what it does is the verb with its argument."""
    return (Button(label=label, action=Action(verb, arg)),)


def home_row(turn: Turn) -> tuple[Button, ...]:
    """The one button that is never missing: back to the first screen."""
    return button(turn.words("home.again"), "home")
