"""A line word by word: what is known, and the runs between, which may be names."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from policy.absence_lines.line import CUT, EVERYBODY_CUT, Line
from policy.absence_lines.names import FAMILIES
from policy.absence_lines.words import REASONS, WORDS, either

#: What is passed over when one looks at what follows a word.
_PASSED = {"blank", "cut", "noise"}
#: Beside a run these show that it is whole.
_EDGES = {"blank", "cut", "mark", "colon", "list", "open", "close", "absent"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A word that is known, or a run of characters that may be names."""

    kind: str
    #: The reason of a reason.
    key: str = ""
    text: str = field(default="", repr=False)
    #: The kind of the next word that tells something; after a run the reason of a reason.
    then: str = ""
    #: Nothing but a mark stands before it.
    is_first: bool = False


def tokens(line: Line) -> tuple[Token, ...]:
    """The words of what was not cut from a line, each with what it stands beside."""
    found = tuple(_joined(_words(line.short, line.written)))
    return tuple(_with_neighbours(found, at) for at in range(len(found)))


def _words(short: str, written: str) -> Iterator[Token]:
    at = run = 0
    while at < len(short):
        kind, key, end = _longest(short, at)
        if not kind:
            at += 1
            continue
        if run < at:
            yield Token(kind="run", text=written[run:at])
        yield Token(kind=kind, key=key, text=written[at:end])
        at = run = end
    if run < at:
        yield Token(kind="run", text=written[run:at])


def _longest(short: str, at: int) -> tuple[str, str, int]:
    best = ("", "", at)
    for kind, key, pattern in _LEXICON:
        match = pattern.match(short, at)
        if match is not None and match.end() > best[2]:
            best = (kind, key, match.end())
    return best


def _joined(tokens: Iterable[Token]) -> Iterator[Token]:
    """曹 阳 is one name: a family name alone, and what follows after a blank."""
    held: list[Token] = []
    for token in tokens:
        held.append(token)
        kinds = [one.kind for one in held]
        if kinds == ["run", "blank", "run"][: len(kinds)] and _may_be_family(held[0].text):
            if len(held) < 3:
                continue
            if len(token.text) <= 2:
                yield Token(kind="run", text=held[0].text + token.text)
                held = []
                continue
            held, kept = held[2:], held[:2]
            yield from kept
            if _may_be_family(token.text):
                continue
        yield from held
        held = []
    yield from held


def _may_be_family(text: str) -> bool:
    return len(text) == 1 and text in FAMILIES


def _with_neighbours(tokens: tuple[Token, ...], at: int) -> Token:
    token = tokens[at]
    after = [one for one in tokens[at + 1 :] if one.kind not in _PASSED]
    then = ""
    if after:
        then = after[0].kind
        if token.kind == "run" and after[0].kind == "reason":
            then = after[0].key
    before = tokens[at - 1].kind if at else "mark"
    return Token(
        kind=token.kind,
        key=token.key,
        text=token.text,
        then=then,
        is_first=before in _EDGES,
    )


#: Nothing but a mark, a blank or a bracket may stand beside.
_ALONE = r"(?<![^\s,、。;:(\x00「【])(?:{})(?![^\s,、。;:)\x00」】])"


def _lexicon() -> Iterator[tuple[str, str, re.Pattern[str]]]:
    """Kinds of words; of two that are equally long the first counts."""
    for key, one in REASONS.items():
        yield "reason", key, re.compile(either(one["said"]))
        if one.get("alone"):
            yield "reason", key, re.compile(_ALONE.format(either(one["alone"])))
    yield "absent", "", re.compile(either(WORDS["missing"]["said"]))
    yield "present", "", re.compile(either(WORDS["missing"]["present"]))
    yield "all", "", re.compile(either(WORDS["all_of_them"]["said"]))
    yield "noise", "", re.compile(either(WORDS["noise"]["said"]))
    yield "cut", "", re.compile(f"{CUT}+")
    yield "everybody", "", re.compile(f"{EVERYBODY_CUT}+")
    yield "noise", "", re.compile(r"(?<!\d)\d{1,2}[.、)](?=\s*[一-龥])")
    yield "colon", "", re.compile(r"\s*[:：]\s*|--+")
    yield "open", "", re.compile(r"\s*[(「【\[<《“\"]")
    yield "close", "", re.compile(r"[)」】\]>》”\"]")
    yield "list", "", re.compile(r"\s*[、/|&+]\s*")
    yield "mark", "", re.compile(r"\s*[,。;!?~…‥.\n—-]+\s*")
    yield "blank", "", re.compile(r"\s+")


_LEXICON = tuple(_lexicon())
#: Each reason with words for it.
REASON_WORDS = tuple((key, words) for kind, key, words in _LEXICON if kind == "reason")
