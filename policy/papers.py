"""The papers that offices sign: what stands on each, as papers.toml describes it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

#: How a text and a county's own Word file name a field.
BLANK = re.compile(r"【([^【】]{1,20})】")
#: What stands where nothing is known: room to write.
ROOM = "　　　　　　"
#: Between the cells of a row.
CELL = "\t"
#: The field in which a paper shows its number, and what the pattern of one may name.
NUMBER = "paper_number"
COUNTY, YEAR, COUNT = "county", "year", "count"
IN_NUMBER = (COUNTY, YEAR, COUNT)
#: How the names of counties end, which their letters leave out.
_ENDS = "县市区旗"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a paper; just one of these is given."""

    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    lines: str = ""
    #: A field whose lines are the rows of a table, their cells apart by CELL, below ``heads``.
    grid: str = ""
    heads: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()

    def fields(self) -> Iterator[str]:
        """The fields that it shows, by key."""
        yield from BLANK.findall(self.text)
        for row in self.rows:
            yield from row
        if self.lines:
            yield self.lines
        if self.grid:
            yield self.grid


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A paper of a case, of a child or of an absence."""

    title: str
    of: Literal["case", "child", "absence"]
    parts: tuple[Part, ...]
    #: The act of which there may be several, each with a paper of its own.
    each: str = ""
    #: How it is numbered (``IN_NUMBER`` in it are filled in); "" for a paper without a number.
    number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """The tables of papers.toml."""

    #: Key -> the name on the paper.
    fields: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    papers: Mapping[str, Paper] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, kind: str) -> tuple[str, ...]:
        """The papers of a case, of a child or of an absence."""
        return tuple(name for name, paper in self.papers.items() if paper.of == kind)


def filled(text: str, facts: Mapping[str, str]) -> str:
    """The text with what is known; the rest stays room to write."""
    return BLANK.sub(lambda blank: facts.get(blank[1]) or ROOM, text)


def series(pattern: str, county: str, year: int) -> str:
    """The pattern of a number for one county and year: what is left is the count."""
    short = county[:-1] if len(county) > 2 and county[-1] in _ENDS else county
    known = {COUNTY: short, YEAR: str(year)}
    return BLANK.sub(lambda blank: known.get(blank[1], blank[0]), pattern)


def numbered(series: str, count: int) -> str:
    """The number of one paper."""
    return series.replace(f"【{COUNT}】", str(count))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Bars of numbers that are said beside it, too; None where a number is not written."""

    title: str
    names: tuple[str, ...]
    #: What each row of bars is called, and its numbers.
    series: tuple[tuple[str, tuple[int | None, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a 通报: sentences, then perhaps a table whose first row are its headings."""

    heading: str
    lines: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    charts: tuple[Chart, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulletin:
    """A 通报, as it is written."""

    title: str
    sections: tuple[Section, ...]
    foot: tuple[str, ...] = ()
