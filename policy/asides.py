"""What people ask the bot itself, which is no report; and whether a child speaks of itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from policy.phrases import Phrases

#: A longer message asks for nothing at one's workplace.
LONGEST_WISH = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """One such question, and the phrases that ask it."""

    words: str
    #: A longer message tells a story.
    longest: int
    phrases: tuple[str, ...] = field(repr=False)
    #: What a county adds.
    more: tuple[str, ...] = field(default=(), repr=False)
    #: True where the question may name what it asks about: 我报的没人管那个咋样了 is no alarm.
    covers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Ways of saying something: that one is a child, what one wants at work."""

    phrases: tuple[str, ...] = field(repr=False)
    more: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asides:
    """All of them, compiled."""

    kinds: Mapping[str, Aside]
    phrases: Phrases = field(repr=False)
    child: Phrases = field(repr=False)
    #: Words of several children who have nothing to do with each other.
    several: Phrases = field(repr=False)
    #: Adverts, links and what is passed on.
    advert: Phrases = field(repr=False)
    #: By the key of what is asked for at work.
    work: Phrases = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question that was heard, and what is left of the message without it."""

    key: str
    rest: str = field(repr=False)
    #: True when hardly anything else was said.
    alone: bool


def asked(text: str, asides: Asides) -> Asked | None:
    """What a message asks the bot itself; None for a message that tells something."""
    said = text.strip()
    if len(said) > max((kind.longest for kind in asides.kinds.values()), default=0):
        return None
    for one in asides.phrases.find(said):
        kind = asides.kinds[one.key]
        if len(said) <= kind.longest:
            begin, end = one.span
            rest = said[:begin] + said[end:]
            alone = 2 * (end - begin) >= len(said)
            return Asked(key=one.key, rest=rest if kind.covers else said, alone=alone)
    return None


def wanted(text: str, asides: Asides) -> tuple[str, str] | None:
    """What somebody wants at their workplace, and whom or what it names: 找赵雨涵."""
    said = text.strip().rstrip("。！!？?")
    if len(said) > LONGEST_WISH:
        return None
    for one in asides.work.find(said):
        begin, end = one.span
        if 2 * (end - begin) >= len(said) or one.key == "find":
            return one.key, said[:begin] + said[end:]
    return None


def is_child(text: str, asides: Asides) -> bool:
    """True when whoever writes speaks of itself as a child does."""
    return bool(asides.child.find(text))


def tells_of_several(text: str, asides: Asides) -> bool:
    """True for words of several children: 一个是王家老二，一个是小花."""
    return bool(asides.several.find(text))


def is_advert(text: str, asides: Asides) -> bool:
    """True for an advert, a link, a notice that is passed on."""
    return bool(asides.advert.find(text))
