"""A table that leaves the house: as JSON lines, as CSV or as a workbook, in one way for all."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, TypeAlias

Format: TypeAlias = Literal["jsonl", "csv", "xlsx"]
FORMATS: tuple[Format, ...] = ("jsonl", "csv", "xlsx")

#: What a spreadsheet takes for the beginning of a formula, in either width.
_BEGINS_A_FORMULA = frozenset("=+-@|%＝＋－＠")
#: A column that holds one of these in its heading is text even after somebody edits a cell.
_TEXT_COLUMNS = ("号", "电话")
#: Digits that a spreadsheet opens as a number and rounds: an identity number loses its last ones.
_LONG = 12
_WIDTH_CHARS = 18
#: Excel's format "text": what is entered later stays as it is, too.
_AS_TEXT = {"num_format": "@"}
#: What Excel holds in one cell, and in the name of a sheet.
_MAX_CHARS, _MAX_TITLE_CHARS = 32_767, 31
_NOT_IN_TITLES = re.compile(r"[\\*?:/\[\]]")
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
    from xlsxwriter import Workbook  # a tenth of a second and 9 MB that only lists need

    shield = lru_cache(SAID_AGAIN)(shielded)  # most cells say what many others say
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        sheet, text = book.add_worksheet(_title(listing.title)), book.add_format(_AS_TEXT)
        sheet.freeze_panes(2, 0)
        sheet.write_string(0, 0, shielded(listing.mark))
        for column, name in enumerate(listing.headings):
            kept = text if any(word in name for word in _TEXT_COLUMNS) else None
            sheet.set_column(column, column, _WIDTH_CHARS, kept)
            sheet.write_string(1, column, shielded(name))
            for number, row in enumerate(listing.rows, 2):
                if value := shield(row.get(name, "")):
                    sheet.write_string(number, column, value[:_MAX_CHARS], kept)
    return out.getvalue()


def _title(name: str) -> str:
    return _NOT_IN_TITLES.sub(" ", name)[:_MAX_TITLE_CHARS]


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
