"""A table that leaves the house: as JSON lines, as CSV or as a workbook, in one way for all."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import Literal, TypeAlias

from policy.plain_book import plain_book

Format: TypeAlias = Literal["jsonl", "csv", "xlsx"]
FORMATS: tuple[Format, ...] = ("jsonl", "csv", "xlsx")

#: What a spreadsheet takes for the beginning of a formula, in either width.
_BEGINS_A_FORMULA = frozenset("=+-@|%＝＋－＠")
#: A column that holds one of these in its heading is text even after somebody edits a cell.
_TEXT_COLUMNS = ("号", "电话")
#: Digits that a spreadsheet opens as a number and rounds: an identity number loses its last ones.
_LONG = 12
_WIDTH_CHARS = 18
#: Different cells of which it is remembered how they are written.
SAID_AGAIN = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The table, and the line that says who took it and when."""

    title: str
    mark: str
    headings: tuple[str, ...]
    rows: Sequence[Mapping[str, str]] = field(repr=False)


def headings_of(rows: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    """All headings of rows that do not have the same ones, in the order in which they come."""
    return tuple(dict.fromkeys(name for row in rows for name in row))


def as_text(listing: Listing, form: Format) -> str:
    """The table as JSON lines or CSV; the first line is the mark."""
    return _as_csv(listing) if form == "csv" else "".join(_as_json(listing))


def as_workbook(listing: Listing) -> bytes:
    """The table as an .xlsx: the mark, the headings, then cells that are all text."""
    shield = lru_cache(SAID_AGAIN)(shielded)  # most cells say what many others say
    head = ([shielded(listing.mark)], [*map(shielded, listing.headings)])
    rows = ([shield(row.get(name, "")) for name in listing.headings] for row in listing.rows)
    return plain_book(
        listing.title,
        chain(head, rows),
        is_text=[any(word in name for word in _TEXT_COLUMNS) for name in listing.headings],
        frozen=2,
        width=_WIDTH_CHARS,
    )


def shielded(value: str) -> str:
    """A value that no spreadsheet takes for a formula, and that every file format can hold."""
    if value.isprintable():
        held = value
    else:
        held = "".join(char for char in value if char.isprintable() or char in "\t\n")
    return f"'{held}" if may_act(held) else held


def may_act(value: str) -> bool:
    """True for what some spreadsheet may take for a formula."""
    begins = next((char for char in value if char.isprintable() and not char.isspace()), "")
    return begins in _BEGINS_A_FORMULA


def _as_csv(listing: Listing) -> str:
    out = io.StringIO(newline="")
    # Every cell in quotes: whatever separator a program expects, none begins within a value.
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow([shielded(listing.mark)])
    writer.writerow([shielded(name) for name in listing.headings])
    for row in listing.rows:
        writer.writerow([_digits(shielded(row.get(name, ""))) for name in listing.headings])
    return out.getvalue()


def _digits(value: str) -> str:
    """Long digits behind a tab, which spreadsheets leave as they are and our import takes off."""
    is_long = len(value) >= _LONG and value.isascii() and value[:-1].isdecimal()
    return f"\t{value}" if is_long else value


def _as_json(listing: Listing) -> Iterator[str]:
    for row in ({"_mark": listing.mark}, *listing.rows):
        yield json.dumps(row, ensure_ascii=False) + "\n"
