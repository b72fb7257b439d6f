"""Danger to a child, heard in free words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from policy.phrases import About, Phrases, Spoken

#: A sign: its kind, the words, and where they stand.
Sign: TypeAlias = Spoken


#: The kind that says so.
DESPAIR = "self_harm"
#: The kinds of hearing nothing from home; who cannot be reached may be missing as well.
NO_ANSWER = frozenset({"no_answer", "no_answer_home"})
MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class DangerKind:
    """One kind of danger and the phrases that speak of it."""

    words: str
    about: About
    phrases: tuple[str, ...] = field(repr=False)
    #: What a county adds, such as words of its dialect.
    more: tuple[str, ...] = field(default=(), repr=False)
    #: False for what a child lacks: it counts, but nobody is sent to 110 because of it.
    alarm: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Danger:
    """All kinds, compiled."""

    kinds: Mapping[str, DangerKind]
    phrases: Phrases = field(repr=False)


def danger_signs(text: str, danger: Danger) -> tuple[Sign, ...]:
    """What in a text is cause for alarm, in its order; not what is denied or unreal."""
    return tuple(one for one in danger.phrases.find(text) if danger.kinds[one.key].alarm)


def is_despair(text: str, danger: Danger) -> bool:
    """True when the words are of somebody who may harm themself; it may be whoever writes."""
    return any(sign.key == DESPAIR for sign in danger_signs(text, danger))


def is_far(text: str, danger: Danger) -> bool:
    """True when all that is known is that nobody at home answers: somebody has to knock there."""
    kinds = {sign.key for sign in danger_signs(text, danger)}
    return not kinds.isdisjoint(NO_ANSWER) and kinds <= {*NO_ANSWER, MISSING}


def danger_facts(text: str, danger: Danger) -> dict[str, str]:
    """What grading may know of a text: the kinds of danger and want that it speaks of, if any."""
    kinds = sorted({sign.key for sign in danger.phrases.find(text)})
    return {"danger_words": " ".join(kinds)} if kinds else {}
