"""Words that correct something: not this, but that."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

#: What is no mark between two clauses.
_WORDS = r"[^，,。；;！!？?]"
#: What people put between the two, and behind the second.
_BETWEEN, _END = r"[\s,，、。；;]*", r"[。.!！~～\s]*$"


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """不是王家湾，是李家湾."""

    was: str
    now: str


def corrected(text: str, nots: Iterable[str], buts: Iterable[str]) -> Corrected | None:
    """What is wrong and what is right, where a sentence says both and no more."""
    said = f"{_one_of(nots)}(?P<was>{_WORDS}{{1,30}}?)"
    then = f"{_one_of(buts)}(?P<now>{_WORDS}{{1,40}}?)"
    found = re.search(f"{said}{_BETWEEN}{then}{_END}", text.strip())
    return Corrected(was=found["was"].strip(), now=found["now"].strip()) if found else None


def _one_of(words: Iterable[str]) -> str:
    """The longest first: 应该是 is no 是."""
    return f"(?:{'|'.join(map(re.escape, sorted(words, key=len, reverse=True)))})"
