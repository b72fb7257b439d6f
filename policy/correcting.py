"""Words that correct something: not this, but that; 说错了，是昨天."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

#: What is no mark between two clauses.
_WORDS = r"[^，,。；;！!？?]"
#: What people put between the two, and behind the second.
_MARKS, _END = r"[\s,，、。；;：:.!！…]", r"[。.!！~～\s]*$"
_BETWEEN = f"{_MARKS}*"
_RIGHT = re.compile(f"(?P<now>{_WORDS}{{1,40}}?){_END}")
#: Whoever puts one answer right says no more than this; a longer text is a story.
LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """不是王家湾，是李家湾."""

    was: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """打错了，应该是12岁: what is wrong and what is right, as far as it was said."""

    #: "" where nobody said what.
    was: str = field(default="", repr=False)
    now: str = field(default="", repr=False)
    #: The words by which somebody says so, 地方打错了; "" for 不是二组，是三组.
    lead: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How people say so."""

    #: 说错了, and what may stand before it: 我, 刚才.
    wrongs: frozenset[str]
    before: frozenset[str]
    #: 不是, and 是.
    nots: frozenset[str]
    buts: frozenset[str]


def corrected(text: str, nots: frozenset[str], buts: frozenset[str]) -> Corrected | None:
    """What is wrong and what is right, where a sentence says both and no more."""
    found = _both(nots, buts).search(text.strip())
    return Corrected(was=found["was"].strip(), now=found["now"].strip()) if found else None


def mended(text: str, ways: Ways) -> Mended | None:
    """What somebody who was just asked for it says of an answer; None for any other words."""
    said = text.strip()
    if len(said) > LONGEST:
        return None
    lead = _leads(ways)
    if alone := lead.alone.fullmatch(said):
        return Mended(lead=alone["lead"])
    found = lead.marked.fullmatch(said) or lead.surely.fullmatch(said)
    rest, wrong = (found["rest"], found["lead"]) if found else (said, "")
    if both := corrected(rest, ways.nots, ways.buts) or _turned_round(rest, ways):
        return Mended(was=both.was, now=both.now, lead=wrong)
    right = _RIGHT.fullmatch(rest)
    return Mended(now=right["now"].strip(), lead=wrong) if wrong and right else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leads:
    """说错了: alone, before a mark, and where no mark is needed."""

    alone: re.Pattern[str]
    marked: re.Pattern[str]
    surely: re.Pattern[str]


@lru_cache(maxsize=8)
def _leads(ways: Ways) -> _Leads:
    before = f"(?:{_one_of(ways.before)}|{_MARKS})*"
    lead, rest = f"(?P<lead>{before}{_one_of(ways.wrongs)})", "(?P<rest>.{1,80})"
    # 不是在家摔的 corrects nothing: only 打错了在河湾村 needs no mark.
    surely = f"(?P<lead>{before}{_one_of(ways.wrongs - ways.nots)})(?={_one_of(ways.buts)})"
    return _Leads(
        alone=re.compile(f"{lead}{_MARKS}*"),
        marked=re.compile(f"{lead}{_MARKS}+{rest}"),
        surely=re.compile(f"{surely}{rest}"),
    )


def without_is(text: str, ways: Ways) -> str:
    """应该是三组 without its first words."""
    return re.sub(f"^{_one_of(ways.buts)}", "", text, count=1).strip()


def _turned_round(text: str, ways: Ways) -> Corrected | None:
    """是三组，不是二组."""
    found = _round(ways.nots, ways.buts).fullmatch(text)
    return Corrected(was=found["was"].strip(), now=found["now"].strip()) if found else None


@lru_cache(maxsize=8)
def _both(nots: frozenset[str], buts: frozenset[str]) -> re.Pattern[str]:
    said = f"{_one_of(nots)}(?P<was>{_WORDS}{{1,30}}?)"
    then = f"{_one_of(buts)}(?P<now>{_WORDS}{{1,40}}?)"
    return re.compile(f"{said}{_BETWEEN}{then}{_END}")


@lru_cache(maxsize=8)
def _round(nots: frozenset[str], buts: frozenset[str]) -> re.Pattern[str]:
    now = f"(?:{_one_of(buts)})?(?P<now>{_WORDS}{{1,40}}?)"
    was = f"{_one_of(nots)}(?P<was>{_WORDS}{{1,30}}?)"
    return re.compile(f"{now}{_BETWEEN}{was}{_END}")


def _one_of(words: Iterable[str]) -> str:
    """The longest first: 应该是 is no 是."""
    return f"(?:{'|'.join(map(re.escape, sorted(words, key=len, reverse=True)))})"
