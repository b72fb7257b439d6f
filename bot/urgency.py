"""What goes first in a rush: words of danger, its button, and whoever is telling of it."""

from collections.abc import Iterable
from typing import Final, TypeVar

from conversation.incoming import Chosen, Incoming, Pressed, Said, SentFile
from handlers.outgoing import Spoken
from handlers.rules import Rules
from policy.danger import danger_signs

V = TypeVar("V")

#: What the buttons do that raise an alarm.
DANGER: Final = frozenset({"danger", "danger.told", "danger.said", "danger.at"})
#: Buttons, and lanes, that are remembered; what is forgotten waits like others.
MANY: Final = 20_000


class Urgency:
    """What this process remembers of cards and lanes; it decides about nothing but order."""

    def __init__(self) -> None:
        #: Where on a card its danger button is, by the hash of its token: a third of the size,
        #: and two cards that share one change an order and nothing else.
        self._buttons: dict[int, int] = {}
        self._lanes: dict[int, None] = {}

    def of(self, incoming: Incoming, lane: str, rules: Rules) -> bool:
        """True for what should wait for nobody who is in no danger. Asked on a storage thread."""
        if hash(lane) in self._lanes:
            return True
        match incoming:
            case Said(text=text) | SentFile(caption=text):
                return bool(danger_signs(text, rules.policy.danger))
            case Pressed():
                return self._buttons.get(hash(incoming.token)) == incoming.position
            case Chosen():
                return incoming.verb in DANGER
            case _:
                return False

    def learn(self, lane: str, spoken: Iterable[Spoken], *, in_danger: bool) -> None:
        """Remember the buttons of new cards, and whether their reader is telling of danger."""
        for one in spoken:
            verbs = [button.action.verb for button in one.card.buttons()]
            at = next((place for place, verb in enumerate(verbs) if verb in DANGER), None)
            if at is not None:
                _keep(self._buttons, hash(one.token), at)
        if in_danger:
            _keep(self._lanes, hash(lane), None)
        else:
            self._lanes.pop(hash(lane), None)


def _keep(known: dict[int, V], key: int, value: V) -> None:
    known.pop(key, None)
    known[key] = value
    while len(known) > MANY:
        known.pop(next(iter(known)))
