"""From a sheet that an office wrote to a published form, or to everything that is wrong with it.

Slow and careful: run it in a process with limits. Nothing of this is imported by a running bot.
"""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import TypeAlias

from conversation.faults import Fault
from conversation.form import Form
from conversation.proofreading import proofread
from conversation.sheets import (
    Grid,
    Sheet,
    UnreadableFileError,
    Workbook,
    read_grids,
    read_workbook,
)
from conversation.xform import Trouble, compile_xform


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A form that can be talked through, and what was passed over."""

    form: Form
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Everything that is wrong."""

    faults: tuple[Fault, ...]


Outcome: TypeAlias = Published | Refused


def publish(source: bytes, filename: str) -> Outcome:
    """The compiled form of an .xlsx, .csv or .md file, or every fault at once."""
    try:
        book = read_workbook(source, filename)
    except UnreadableFileError as error:
        return Refused(faults=(error.fault,))
    faults, warnings = proofread(book)
    if faults:
        return Refused(faults=faults)
    return _compiled(book, filename, tuple(dict.fromkeys(warnings)))


def to_xlsx(source: bytes, filename: str) -> bytes:
    """The same sheets as .xlsx for Excel and WPS; raises UnreadableFileError."""
    return as_xlsx(read_grids(source, filename))


def as_xlsx(grids: Mapping[str, Grid]) -> bytes:
    """Sheets by their titles as .xlsx for Excel and WPS."""
    from openpyxl import Workbook as Excel
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font

    book = Excel(write_only=True)
    for title, grid in grids.items():
        sheet = book.create_sheet(title)
        sheet.freeze_panes = "A2"
        for number, width in enumerate(_widths(grid)):
            sheet.column_dimensions[_letters(number)].width = width
        for place, line in enumerate(grid):
            cells = []
            for text in line:
                cell = WriteOnlyCell(sheet, value=text or None)
                cell.data_type = "s"  # never a formula, whatever it begins with
                cell.number_format = "@"
                cell.font = Font(bold=place == 0)
                cell.alignment = Alignment(vertical="top", wrap_text=True)
                cells.append(cell)
            sheet.append(cells)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _widths(grid: Sequence[Sequence[str]]) -> list[int]:
    """Room for what stands in each column, a Chinese character counted twice, within reason."""
    count = max(map(len, grid), default=0)
    columns = [[line[n] for line in grid if n < len(line)] for n in range(count)]
    return [
        min(
            60, max(8, 2 + max(sum(1 + (letter > "\u2e80") for letter in text) for text in column))
        )
        for column in columns
    ]


def _letters(number: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(number + 1))


# -- pyxform ------------------------------------------------------------------------------------


def _compiled(book: Workbook, filename: str, warnings: tuple[str, ...]) -> Outcome:
    try:
        form, troubles = compile_xform(to_xform(book, filename))
    except Exception as error:  # pyxform raises bare TypeError and KeyError on odd input
        return Refused(faults=(_from_pyxform(error, book),))
    if form is not None:
        return Published(form=form, warnings=warnings)
    rows = _rows_by_path(book)
    return Refused(faults=tuple(dict.fromkeys(_fault(trouble, rows) for trouble in troubles)))


def to_xform(book: Workbook, filename: str) -> str:
    """The XForm XML of a workbook; raises what pyxform raises."""
    from pyxform.xls2xform import convert  # half a second and 31 MB

    data: dict[str, object] = {"sheet_names": list(book.sheets)}
    for name, sheet in book.sheets.items():
        data[name] = [_kept(row.cells) for row in sheet.rows]
        data[f"{name}_header"] = [dict.fromkeys(map(_kept_text, filter(None, sheet.columns)))]
    if not any(row.get("form_id") for row in book.rows("settings")):
        data["settings"] = [{**_first(data.get("settings")), "form_id": _name_of(filename)}]
        data["settings_header"] = [dict.fromkeys(_first(data["settings"]))]
    xml = str(convert(data).xform)
    return _translated(_given_back(xml), book)


def _first(rows: object) -> dict[str, str]:
    return dict(rows[0]) if isinstance(rows, list) and rows else {}


def _name_of(filename: str) -> str:
    """A form without a number of its own is called like its file."""
    stem = PurePath(filename).stem
    return stem if re.fullmatch(r"[^\W\d][\w.\-]*", stem) else "form"


#: pyxform straightens Chinese quotes; these stand in for them on the way.
_QUOTES = {"\u201c": "\ue001", "\u201d": "\ue002", "\u2018": "\ue003", "\u2019": "\ue004"}


def _kept(cells: Mapping[str, str]) -> dict[str, str]:
    return {_kept_text(column): _kept_text(cell) for column, cell in cells.items()}


def _kept_text(text: str) -> str:
    for quote, stand_in in _QUOTES.items():
        text = text.replace(quote, stand_in)
    return text


def _given_back(xml: str) -> str:
    for quote, stand_in in _QUOTES.items():
        xml = xml.replace(stand_in, quote)
    return xml


def _translated(xml: str, book: Workbook) -> str:
    """What pyxform itself writes in English for "or other", in the words of the engine."""
    if not any("or_other" in row.get("type").split() for row in book.rows("survey")):
        return xml
    from conversation.vocabulary import label

    specify = label("specify")
    xml = xml.replace("<label>Specify other.</label>", f"<label>{specify}</label>")
    return xml.replace("<label>Other</label>", f"<label>{label('other')}</label>")


def _from_pyxform(error: Exception, book: Workbook) -> Fault:
    words = " ".join(str(error).split())
    if unnamed := re.search("named '([^']+)' has no label", words):
        rows = [row.number for row in book.rows("survey") if row.get("name") == unnamed[1]]
        return Fault(code="no-label", sheet="survey", row=rows[0] if rows else 0, column="label")
    row = re.search(r"\[row ?: ?(\d+)\]", words)
    sheet = "choices" if "'choices' sheet" in words else "survey"
    about = re.sub(r"\[row ?: ?\d+\]\s*|\s*Learn more: \S+", "", words)[:160]
    return Fault(
        code="odd",
        sheet=sheet if row else "",
        row=int(row[1]) if row else 0,
        about=about or type(error).__name__,
    )


# -- from paths back to rows --------------------------------------------------------------------


def _rows_by_path(book: Workbook) -> dict[str, int]:
    """The row of every question and section by its path below the root."""
    return dict(_walk(book.sheets["survey"]))


def _walk(sheet: Sheet) -> Iterator[tuple[str, int]]:
    around: list[str] = []
    for row in sheet.rows:
        kind, name = row.get("type").partition(" ")[0], row.get("name")
        if kind in {"end_group", "end_repeat"}:
            around = around[:-1]
            continue
        yield "/".join([*around, name]), row.number
        if kind in {"begin_group", "begin_repeat"}:
            around.append(name)


def _fault(trouble: Trouble, rows: Mapping[str, int]) -> Fault:
    numbers = sorted({_row(path, rows) for path in trouble.paths})
    return Fault(
        code=trouble.code,
        sheet="survey",
        row=_row(trouble.path, rows),
        column=trouble.column,
        about="、".join(map(str, numbers)) if numbers else trouble.about,
        at=trouble.at,
    )


def _row(path: str, rows: Mapping[str, int]) -> int:
    """The row of a path; what pyxform adds by itself belongs to the row that asked for it."""
    below = path.partition("/")[2].partition("/")[2]
    for name in (below, below.removesuffix("_count"), below.removesuffix("_other")):
        if name in rows:
            return rows[name]
    return 0
