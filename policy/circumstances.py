"""What a report is about: plain lines that people choose, and the official items behind them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from policy.grading import Grade
from policy.phrases import Phrases


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficialList:
    """A version of an official list of circumstances."""

    title: str
    since: date
    items: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstance:
    """One plain line."""

    words: str
    #: Items of the official lists: "13.1", "2020.6".
    official: tuple[str, ...]
    #: Where the urgency starts.
    grade: Grade
    #: The police are to be told at once.
    police: bool
    #: What receivers have to do.
    must: tuple[str, ...]
    #: What the reporter should not do.
    never: str
    #: Kinds of danger that mean it, and other phrases that suggest it.
    danger: tuple[str, ...] = ()
    phrases: tuple[str, ...] = field(default=(), repr=False)
    #: What a county adds.
    more: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """The plain lines, the official lists and the words that suggest them."""

    lines: Mapping[str, Circumstance]
    lists: Mapping[str, OfficialList]
    suggesting: Phrases = field(repr=False)

    def official(self, code: str) -> tuple[tuple[str, str], ...]:
        """The official items of a line: title of the list, wording."""
        pairs = (item.split(".") for item in self.lines[code].official)
        return tuple((self.lists[name].title, self.lists[name].items[n]) for name, n in pairs)


def suggest(text: str, circumstances: Circumstances) -> tuple[str, ...]:
    """The lines that a free text seems to be about, in the order of the table."""
    heard = {spoken.key for spoken in circumstances.suggesting.find(text)}
    return tuple(code for code in circumstances.lines if code in heard)
