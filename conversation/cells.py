"""What can be wrong with a cell by itself, whatever stands around it."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time

from conversation.faults import Fault
from conversation.sheets import Workbook

#: What a program puts into a cell that it could not work out.
_CELL_ERRORS = frozenset({"#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"})
#: What names a form, and its file in a folder of settings.
_FORM_ID = re.compile(r"\w[\w.\-]*\Z")


def cell_faults(book: Workbook) -> Iterator[Fault]:
    """Cells in which a formula failed."""
    for name, sheet in book.sheets.items():
        for row in sheet.rows:
            for column, cell in row.cells.items():
                if cell.upper() in _CELL_ERRORS:
                    yield Fault(
                        code="cell-error", sheet=name, row=row.number, column=column, about=cell
                    )


def settings_faults(book: Workbook) -> Iterator[Fault]:
    """A name that is none."""
    for row in book.rows("settings"):
        name = row.get("form_id")
        if name and not _FORM_ID.match(name):
            yield Fault(
                code="bad-form-id", sheet="settings", row=row.number, column="form_id", about=name
            )


def _is_made_by(make: Callable[[str], object]) -> Callable[[str], bool]:
    def fits(text: str) -> bool:
        try:
            make(text)
        except ValueError:
            return False
        return True

    return fits


#: What a default must be, by the type of its question.
FITTING: Mapping[str, Callable[[str], bool]] = {
    "integer": _is_made_by(int),
    "decimal": _is_made_by(float),
    "date": _is_made_by(date.fromisoformat),
    "time": _is_made_by(time.fromisoformat),
    "dateTime": _is_made_by(datetime.fromisoformat),
}
