"""What a duty is about, whichever it is, as whoever hears of it is told."""

from collections.abc import Callable
from dataclasses import dataclass, field

from conversation.cards import Button


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What a duty is about, for the card that tells of it."""

    #: Who must not hear of it.
    without: frozenset[int]
    about: str
    #: Three lines at most: number, grade, place; why and since when.
    text: str = field(repr=False)
    rows: tuple[tuple[Button, ...], ...] = ()
    #: What whoever has to do it may answer at once, where that is not whoever else hears.
    answers: tuple[tuple[Button, ...], ...] = ()
    #: True for what is not pushed by itself: it stands in the morning's digest.
    in_digest: bool = False
    #: Asks whoever reported how it goes.
    ask_reporters: Callable[[], None] | None = field(default=None, repr=False)
