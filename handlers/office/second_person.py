"""What two persons decide at the desk: its differences, why, and who may be the second."""

from collections.abc import Mapping
from dataclasses import dataclass

from handlers.turn import Turn

#: What one must write at least, so that it can be understood later.
WHY_CHARS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is said otherwise; "" where it said, or says, nothing."""

    key: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a change would bring: its differences, or everything that is wrong with it."""

    differences: tuple[Difference, ...] = ()
    faults: tuple[str, ...] = ()


def between(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Difference, ...]:
    """What is said otherwise, one thing after another."""
    return tuple(
        Difference(key=key, before=before.get(key, ""), after=after.get(key, ""))
        for key in dict.fromkeys((*before, *after))
        if before.get(key) != after.get(key)
    )


def is_needed(turn: Turn) -> bool:
    """False where the county says that one person is enough."""
    return turn.rules.policy.limits["rule_change_persons"] > 1


def may_be(turn: Turn, first: int) -> bool:
    """Nobody is the second person to themselves, by whichever account."""
    links = turn.work.links
    return links.who_is(turn.speaker.person_id) != links.who_is(first)
