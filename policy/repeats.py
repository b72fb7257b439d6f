"""Whether an alarm says once more what the same person said a moment ago."""

from collections.abc import Collection
from dataclasses import dataclass, field
from difflib import SequenceMatcher

#: Sentences that share so much are one sentence, said again.
ALIKE = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One alarm about a place: its child in the register, its words, and whom they name."""

    child_id: int | None
    words: str = field(repr=False)
    names: frozenset[str] = field(default=frozenset(), repr=False)


def is_more_of_the_same(new: Said, before: Collection[Said], *, alike: int, most: int) -> bool:
    """True when so many alarms about the place say it already, or so many say anything at all.

    Another child, by the register or by a name that was not said before, is never the same.
    """
    of_child = [one for one in before if new.child_id is None or one.child_id == new.child_id]
    named = {name for one in of_child for name in one.names}
    if not new.names <= named:
        return False
    same = [one for one in of_child if _are_alike(new.words, one.words)]
    return len(same) >= alike or len(of_child) >= most


def _are_alike(one: str, other: str) -> bool:
    """True for one sentence said again: a word more or less, but no other name in its place."""
    matcher = SequenceMatcher(None, _bare(one), _bare(other), autojunk=False)
    if matcher.real_quick_ratio() < ALIKE or matcher.ratio() < ALIKE:
        return False
    return not any(how == "replace" for how, *_ in matcher.get_opcodes())


def _bare(words: str) -> str:
    """The letters alone: signs and blanks make no other sentence."""
    return "".join(char for char in words if char.isalnum())[:200]
