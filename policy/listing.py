"""A table that leaves the house: as JSON lines, as CSV or as a workbook, in one way for all."""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from itertools import chain, islice
from typing import TYPE_CHECKING, BinaryIO, Literal, TypeAlias

if TYPE_CHECKING:
    from xlsxwriter.format import Format as Look
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

Format: TypeAlias = Literal["jsonl", "csv", "xlsx"]
FORMATS: tuple[Format, ...] = ("jsonl", "csv", "xlsx")

#: What a spreadsheet takes for the beginning of a formula, in either width.
_BEGINS_A_FORMULA = frozenset("=+-@|%＝＋－＠")
#: A column that holds one of these in its heading is text even after somebody edits a cell.
_TEXT_COLUMNS = ("号", "电话")
#: Digits that a spreadsheet opens as a number and rounds: an identity number loses its last ones.
_LONG = 12
#: How wide a column is: as its heading and the first so many of its cells, within bounds; beside
#: a heading stands the arrow by which one sorts and filters.
_LEAST_WIDTH, _MOST_WIDTH, _ARROW, _LOOKED_AT = 6, 40, 3, 200
#: More columns than these are too small to be read on one sheet of paper.
_ON_PAPER = 12
#: What a spreadsheet counts with, and how it shows it; all else is text.
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2})?")
_NUMBER, _PERCENT = re.compile(r"0|[1-9][0-9]{0,8}"), re.compile(r"(0|[1-9][0-9]{0,2})%")
_SHOWN_AS = {"day": "yyyy-mm-dd", "moment": "yyyy-mm-dd hh:mm", "percent": "0%"}
#: Before it Excel counts a day that never was.
_FIRST_YEAR = 1901
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
    #: May be walked through more than once; a long list is read anew each time.
    rows: Iterable[Mapping[str, str]] = field(repr=False)


def headings_of(rows: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    """All headings of rows that do not have the same ones, in the order in which they come."""
    return tuple(dict.fromkeys(name for row in rows for name in row))


def as_text(listing: Listing, form: Format) -> str:
    """The table as JSON lines or CSV; the first line is the mark."""
    return "".join(text_lines(listing, form))


def text_lines(listing: Listing, form: Format) -> Iterator[str]:
    """The same a line at a time, for a list that is too long to be held."""
    return _as_csv(listing) if form == "csv" else _as_json(listing)


def as_workbook(listing: Listing) -> bytes:
    """The table as an .xlsx: the mark, the headings, then a line for each row.

    Days and numbers are such, so that one can sort, filter and add them up; all else is text, and
    nothing is a formula.
    """
    out = io.BytesIO()
    write_workbook(listing, out, {"in_memory": True})
    return out.getvalue()


def write_workbook(listing: Listing, out: BinaryIO, options: Mapping[str, str | bool]) -> None:
    """The same into a file, written as XlsxWriter is told to."""
    from xlsxwriter import Workbook  # a tenth of a second and 9 MB that only lists need

    with Workbook(out, options) as book:
        sheet = book.add_worksheet(_title(listing.title))
        sheet.write_string(0, 0, shielded(listing.mark))
        last = _write(book, sheet, listing)
        if listing.headings:
            sheet.freeze_panes(2, 1)
            sheet.autofilter(1, 0, last, len(listing.headings) - 1)
        _on_paper(sheet, len(listing.headings))


def _write(book: "Workbook", sheet: "Worksheet", listing: Listing) -> int:
    """The headings and the rows, one after another, as a file of any length wants them.

    The number of the last row.
    """
    told = lru_cache(SAID_AGAIN)(_told)  # most cells say what many others say
    shield = lru_cache(SAID_AGAIN)(shielded)
    text, head = book.add_format(_AS_TEXT), book.add_format({"bold": True})
    looks = {kind: book.add_format({"num_format": form}) for kind, form in _SHOWN_AS.items()}
    kept = [text if _is_text(name) else None for name in listing.headings]
    first = [*islice(listing.rows, _LOOKED_AT)]
    for column, name in enumerate(listing.headings):
        sheet.set_column(column, column, _width(first, name), kept[column])
        sheet.write_string(1, column, shielded(name), head)
    last = 1
    for last, row in enumerate(listing.rows, 2):
        for column, name in enumerate(listing.headings):
            value = row.get(name, "")
            if kept[column] is None and (cell := told(value)) is not None:
                _put(sheet, (last, column), cell, looks)
            elif held := shield(value):
                sheet.write_string(last, column, held[:_MAX_CHARS], kept[column])
    return last


def _is_text(heading: str) -> bool:
    return any(word in heading for word in _TEXT_COLUMNS)


def _put(
    sheet: "Worksheet", at: tuple[int, int], cell: "_Cell", looks: Mapping[str, "Look"]
) -> None:
    match cell:
        case datetime():
            sheet.write_datetime(*at, cell, looks["moment"])
        case date():
            sheet.write_datetime(*at, cell, looks["day"])
        case float():
            sheet.write_number(*at, cell, looks["percent"])
        case int():
            sheet.write_number(*at, cell)


#: A day, a moment, a number, or (0.35) a share.
_Cell: TypeAlias = datetime | date | int | float


def _told(value: str) -> _Cell | None:
    """What a spreadsheet counts with; None for text."""
    if _NUMBER.fullmatch(value):
        return int(value)
    if _PERCENT.fullmatch(value):
        return int(value[:-1]) / 100
    if not _DAY.fullmatch(value):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    if moment.year < _FIRST_YEAR:
        return None
    return moment if " " in value else moment.date()


def _width(first: Sequence[Mapping[str, str]], name: str) -> int:
    some = (row.get(name, "") for row in first)
    wide = max([_wide(name) + _ARROW, *map(_wide, some)])
    return min(max(wide + 1, _LEAST_WIDTH), _MOST_WIDTH)


def _wide(value: str) -> int:
    """How many letters wide it is: a Chinese character is as wide as two."""
    return sum(
        2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in value[:_MOST_WIDTH]
    )


def _on_paper(sheet: "Worksheet", columns: int) -> None:
    """A4 on its side, the headings on each sheet."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.repeat_rows(1)
    if columns <= _ON_PAPER:
        sheet.fit_to_pages(1, 0)


def _title(name: str) -> str:
    return _NOT_IN_TITLES.sub(" ", name)[:_MAX_TITLE_CHARS]


def shielded(value: str) -> str:
    """A value that no spreadsheet takes for a formula, and that every file format can hold."""
    if value.isprintable():
        held = value
    else:
        held = "".join(char for char in value if char.isprintable() or _is_blank(char))
    return f"'{held}" if may_act(held) else held


def _is_blank(char: str) -> bool:
    """True for what parts words: without it 张　三 and an address are run together."""
    return char in "\t\n" or unicodedata.category(char) == "Zs"


def may_act(value: str) -> bool:
    """True for what some spreadsheet may take for a formula."""
    begins = next((char for char in value if char.isprintable() and not char.isspace()), "")
    return begins in _BEGINS_A_FORMULA


def _as_csv(listing: Listing) -> Iterator[str]:
    out = io.StringIO(newline="")
    # Every cell in quotes: whatever separator a program expects, none begins within a value.
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow([shielded(listing.mark)])
    writer.writerow([shielded(name) for name in listing.headings])
    for row in listing.rows:
        writer.writerow([_digits(shielded(row.get(name, ""))) for name in listing.headings])
        yield _taken_from(out)
    yield _taken_from(out)


def _taken_from(out: io.StringIO) -> str:
    """What was written so far; nothing of it stays."""
    written = out.getvalue()
    out.seek(0)
    out.truncate()
    return written


def _digits(value: str) -> str:
    """Long digits behind a tab, which spreadsheets leave as they are and our import takes off."""
    is_long = len(value) >= _LONG and value.isascii() and value[:-1].isdecimal()
    return f"\t{value}" if is_long else value


def _as_json(listing: Listing) -> Iterator[str]:
    for row in chain(({"_mark": listing.mark},), listing.rows):
        yield json.dumps(row, ensure_ascii=False) + "\n"
