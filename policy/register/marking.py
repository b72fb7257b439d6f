"""The uploader's own table, given back with what is wrong beside each row."""

import csv
import io
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from policy.listing import may_act
from policy.register.cells import is_formula, written
from policy.register.roster import Grade, Roster, words
from policy.spreadsheet import decoded

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

#: What is refused or doubtful is red; what we mended is only mentioned.
_COLOURS: Mapping[Grade, str] = {"bad": "C00000", "doubtful": "C00000", "cleaned": "7F7F7F"}
_WIDTH_CHARS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What is to be written beside the rows of a table, counted as Excel does."""

    sheet: str
    header_row: int
    #: How many columns the table has at least.
    width: int
    #: By row: the gravest grade, and all that is said about it.
    remarks: Mapping[int, tuple[Grade, str]] = field(repr=False)
    #: The rows that were read.
    rows: Collection[int] = field(repr=False)


def marked_up(data: bytes, roster: Roster) -> bytes:
    """A roster with its faults beside its rows."""
    marks = Marks(
        sheet=roster.sheet,
        header_row=roster.header_row,
        width=max((at + 1 for at in roster.columns), default=0),
        remarks=remarks_of(roster),
        rows=frozenset(row.row for row in roster.rows),
    )
    return with_marks(data, marks)


def with_marks(data: bytes, marks: Marks) -> bytes:
    """The same file with a red column 错误说明 behind the table; everything else as it was.

    Formulas between the children become plain text, so that nobody who opens the file runs them.
    """
    return _marked_workbook(data, marks) if data.startswith(b"PK") else _marked_csv(data, marks)


def remarks_of(roster: Roster) -> dict[int, tuple[Grade, str]]:
    """By row as Excel counts it: the gravest grade, and all that is said about the row."""
    return {
        row.row: (row.grade, " ".join(fault.remark() for fault in row.faults))
        for row in roster.rows
        if row.grade is not None
    }


def _marked_workbook(data: bytes, marks: Marks) -> bytes:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(data), keep_links=False)
    page = book[marks.sheet]
    _mark(page, marks)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _mark(page: "Worksheet", marks: Marks) -> None:
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    column = _free_column(page, marks)
    for (row, at), cell in list(page._cells.items()):
        if at == column and row > marks.header_row:
            cell.value = None  # what was said about an earlier version
    heading = page.cell(max(marks.header_row, 1), column, words()["column"])
    heading.font = Font(bold=True, color=_COLOURS["bad"])
    page.column_dimensions[get_column_letter(column)].width = _WIDTH_CHARS
    fonts = {grade: Font(color=colour) for grade, colour in _COLOURS.items()}
    wrapped = Alignment(wrap_text=True, vertical="top")
    for number, (grade, said) in marks.remarks.items():
        cell = page.cell(number, column, said)
        cell.font, cell.alignment = fonts[grade], wrapped
    for (row, _), cell in list(page._cells.items()):
        if row in marks.rows and _may_act(cell.value):
            cell.value = written(cell.value) if isinstance(cell.value, str) else ""
            cell.data_type = "s"
            cell.quotePrefix = True


def _may_act(value: object) -> bool:
    return is_formula(value) or (isinstance(value, str) and may_act(value))


def _free_column(page: "Worksheet", marks: Marks) -> int:
    """Behind the last heading; where we wrote before, if the file comes back to us."""
    header = {
        at: written(cell.value)
        for (row, at), cell in page._cells.items()
        if row == marks.header_row and cell.value is not None
    }
    ours = [at for at, heading in header.items() if heading == words()["column"]]
    return ours[0] if ours else max([*header, marks.width]) + 1


def _marked_csv(data: bytes, marks: Marks) -> bytes:
    rows = list(csv.reader(io.StringIO(decoded(data), newline="")))
    width = max(map(len, rows), default=0)
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for number, row in enumerate(rows, 1):
        said = marks.remarks[number][1] if number in marks.remarks else ""
        if number == marks.header_row:
            said = words()["column"]
        plain = (f"'{cell}" if _may_act(cell) else cell for cell in row)
        writer.writerow([*plain, *[""] * (width - len(row)), said])
    return out.getvalue().encode("utf-8-sig")
