"""The poison drawer: what is kept of an arrival that no turn could bear, and taking it again."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Final

from bot.channels.channel import Arrival
from bot.channels.telegram.reading import Heard, read_body
from conversation.incoming import Chosen, Left, Pressed, Said, SentFile, SharedPlace, Unreadable

_KINDS: Final = {
    kind.__name__: kind
    for kind in (Said, Pressed, Chosen, SentFile, SharedPlace, Unreadable, Left)
}
#: Channels whose messages are read anew: the fault may have been in the reading.
_READERS: Final[Mapping[str, Callable[[bytes, datetime], Heard]]] = {"telegram": read_body}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An arrival from the drawer."""

    arrival: Arrival
    #: The newest card that its person had been asked by; 0 when nobody knows.
    card_id: int | None


class CannotReplay(Exception):
    """It stays in the drawer; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def pack(arrival: Arrival, card_id: int | None) -> bytes:
    """What the drawer keeps, sealed there: as it came, and what was understood of it."""
    known = asdict(arrival)
    del known["network"]  # where somebody is is kept nowhere
    known["raw"] = base64.b64encode(arrival.raw).decode()
    known["at"] = arrival.at.isoformat()
    known["kind"] = type(arrival.incoming).__name__
    return json.dumps(known | {"card_id": card_id}).encode()


def unpack(kept: bytes) -> Kept:
    """The arrival as the program of today reads it; raises CannotReplay."""
    try:
        known = json.loads(kept)
        card_id = known.pop("card_id")
        incoming = _KINDS[known.pop("kind")](**known.pop("incoming"))
        at = datetime.fromisoformat(known.pop("at"))
        raw = base64.b64decode(known.pop("raw"))
        arrival = Arrival(incoming=incoming, at=at, raw=raw, **known)
    except (ValueError, KeyError, TypeError):
        raise CannotReplay("unreadable") from None
    arrival = _read_anew(arrival)
    if not arrival.address:
        raise CannotReplay("nobody")
    return Kept(arrival=arrival, card_id=card_id)


def _read_anew(arrival: Arrival) -> Arrival:
    reader = _READERS.get(arrival.channel)
    if reader is None:
        return arrival
    heard = reader(arrival.raw, arrival.at)
    return replace(heard, key=arrival.key) if isinstance(heard, Arrival) else arrival
