"""Which options typed words choose; and what is a yes, a no, a 不晓得 or nothing at all."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from types import MappingProxyType

from conversation.dialogue import Option
from conversation.letters import LONGEST_MEANT, key, once, tidy
from conversation.numbers import option_number
from conversation.vocabulary import table

_BETWEEN = re.compile(r"[\s,，、;；+和跟及与]+")
#: Of a longer list the last that is seen is not the last.
MOST_SEEN = 8
_MARK = re.compile(r"[，,、；;（(]")


def pick(
    text: str, options: Sequence[Option], also: Mapping[str, str] = MappingProxyType({})
) -> tuple[Option, ...]:
    """The options that the words may mean: one when they are clear, none when they fit nowhere.

    The label goes before the number, the number before the form's other words for an option
    (``also``: key to value), these before a yes or no, the beginning of a label before its
    middle. A word that fits anywhere (没有, 是), or a crumb of a long label, is none.
    """
    said = key(text)
    if not said:
        return ()
    if same := _those(options, lambda label: label == said):
        return same[:1]
    if (number := option_number(text)) is not None:
        return (options[number - 1],) if 1 <= number <= len(options) else ()
    if says_last(text):
        return tuple(options[-1:]) if len(options) <= MOST_SEEN else ()
    if also and (value := meant_by(said, also)):
        return tuple(option for option in options if option.value == value)
    if meant := _yes_or_no(said, options) or _unsure(said, options):
        return (meant,)
    if heads := tuple(option for option in options if _head(option.label) == said):
        return heads[:1]
    if agrees(text) or declines(text) or is_unsure(text):
        return ()
    return _those(options, lambda label: label.startswith(said) and _is_much(said, label)) or (
        _those(options, lambda label: said in label and _is_much(said, label))
    )


def meant_by(said: str, also: Mapping[str, str]) -> str | None:
    """The value for which a form has just these words, whatever stands around them: 是他奶奶呀.

    ``said`` is a key; a sentence that says more than that is none of them.
    """
    if said in also:
        return also[said]
    if len(said) > LONGEST_MEANT:
        return None
    around = _around().fullmatch(said)
    if around is None:
        return None
    return also.get(around["said"]) or also.get(around["core"])


@cache
def _around() -> re.Pattern[str]:
    before, after = (
        "|".join(map(re.escape, sorted(table("around")[side], key=len, reverse=True)))
        for side in ("before", "after")
    )
    return re.compile(f"(?:{before})*+(?P<said>(?P<core>.+?)(?:{after})*)")


def agrees(text: str) -> bool:
    """True for a bare yes (是的, 对对对), whatever it answers."""
    return once(key(text)) in table("yes_no")["yes"]


def declines(text: str) -> bool:
    """True for a bare no (没有, 不不不), whatever it answers."""
    return once(key(text)) in table("yes_no")["no"]


def means_nothing(text: str) -> bool:
    """True for whoever wants none of several options (没有, 都一样)."""
    return declines(text) or adds_nothing(text)


def adds_nothing(text: str) -> bool:
    """True for whoever wants no more than what is ticked (没有, 都一样); 不是 takes it away."""
    return key(text) in table("nothing")["said"]


def is_unsure(text: str) -> bool:
    """True for whoever says that they do not know (不晓得, 我也搞不清楚)."""
    return _is_unsure(key(text))


def says_nothing(text: str) -> bool:
    """True for a bare yes, no or 不晓得, where somebody is asked for words."""
    return agrees(text) or declines(text) or is_unsure(text)


def says_no_word(text: str) -> bool:
    """True for signs alone: 😭, 👍, ……; nothing typed at all is something else."""
    return bool(text.strip()) and not any(letter.isalnum() for letter in text)


def _head(label: str) -> str:
    """The words of a label before its first mark: 没有 of 没有，都好."""
    return key(_MARK.split(label, maxsplit=1)[0])


def _is_much(said: str, label: str) -> bool:
    """在家 is no answer where one of the labels is 在家挨打挨饿或者被关."""
    return len(said) >= 3 or 4 * len(said) >= len(label)


def pick_several(
    text: str, options: Sequence[Option], also: Mapping[str, str] = MappingProxyType({})
) -> tuple[str, ...] | None:
    """The values of several options, in the order of the list; None when a part is unclear."""
    parts = [part for part in _BETWEEN.split(tidy(text)) if part]
    whole = () if _are_numbers(parts) else pick(text, options, also)
    if len(whole) == 1:
        return (whole[0].value,)
    if len(parts) > 2 * len(options):  # a tale, and no list of what was chosen
        return None
    found = [pick(part, options, also) for part in parts]
    if not found or any(len(options) != 1 for options in found):
        return None
    chosen = {options[0].value for options in found}
    return tuple(option.value for option in options if option.value in chosen)


def says_last(text: str) -> bool:
    """True for 最后一个."""
    return key(text) in table("numbers")["last"]


def are_numbers(text: str) -> bool:
    """True for several numbers, where one is wanted: 一和二 is no place."""
    return _are_numbers([part for part in _BETWEEN.split(tidy(text)) if part])


def _are_numbers(parts: Sequence[str]) -> bool:
    """True for numbers that stand apart: 1 3 is the first and the third, never the thirteenth."""
    return len(parts) > 1 and all(option_number(part) is not None for part in parts)


def _those(options: Iterable[Option], fits: Callable[[str], bool]) -> tuple[Option, ...]:
    return tuple(option for option in options if fits(key(option.label)))


def _yes_or_no(said: str, options: Sequence[Option]) -> Option | None:
    said = once(said)
    for option in options:
        if said in table("yes_no").get(option.value, ()):
            return option
    return None


def _is_unsure(said: str) -> bool:
    words = table("unsure")
    if said in words["said"]:
        return True
    for before in words["before"]:
        said = said.removeprefix(before)
    for after in words["after"]:
        said = said.removesuffix(after)
    return said in words["said"]


def _unsure(said: str, options: Sequence[Option]) -> Option | None:
    """The option 不清楚 for whoever says so in words of their own."""
    if not _is_unsure(said):
        return None
    labels = table("unsure")["labels"]
    return next((option for option in options if option.label in labels), None)
