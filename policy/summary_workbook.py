"""The official table as a workbook: headings, printed numbers, signs, and the relations."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from policy.listing import Listing, shielded
from policy.summary import ALL
from policy.summary_table import Row, Summary
from policy.words import Words

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

#: Rows above the numbers: title, unit and day, groups, columns, their printed numbers.
TITLE, UNIT, GROUPS, NAMES, NUMBERS = range(1, 6)
FIRST = NUMBERS + 1
#: 区域, 数量 and 占总统计量 stand before the groups.
BEFORE = 3
_WIDTHS = (16, 9, 10)
_WIDTH = 8.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Who took the table out, and when."""

    who: str
    when: str


def as_workbook(summary: Summary, words: Words, taken: Taken) -> bytes:
    """The table as .xlsx; numbers are numbers, and no name is a formula."""
    from openpyxl import Workbook

    book = Workbook()
    page = book.worksheets[0]
    page.title = words("table_file.page")
    _head(page, summary, words, taken)
    for at, row in enumerate((summary.total, *summary.rows)):
        name = words("table_file.total") if at == 0 else row.name
        _line(page, FIRST + at, name, row, summary)
    _foot(page, FIRST + len(summary.rows) + 2, summary, words, taken)
    _dress(page, summary)
    _relations(book, summary, words)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_listing(summary: Summary, words: Words, taken: Taken) -> Listing:
    """The same table for programs that read no workbook: one line a place."""
    heads = [words(f"table_file.{head}") for head in ("area", "count", "share")]
    heads += [f"{one.key} {one.name}" for one in summary.columns]
    lines = [
        (
            words("table_file.total") if at == 0 else row.name,
            str(_cell(row.counts[ALL])),
            row.share,
            *(str(_cell(row.counts[one.key])) for one in summary.columns),
        )
        for at, row in enumerate((summary.total, *summary.rows))
    ]
    return Listing(
        title=words("table_file.page"),
        mark=words("table_file.mark", name=taken.who, when=taken.when),
        headings=tuple(heads),
        rows=[dict(zip(heads, line, strict=True)) for line in lines],
    )


def _head(page: "Worksheet", summary: Summary, words: Words, taken: Taken) -> None:
    last = len(summary.keys) + BEFORE - 1
    _put(page, TITLE, 1, words("table_file.title", what=summary.caliber))
    page.merge_cells(start_row=TITLE, end_row=TITLE, start_column=1, end_column=last)
    final = "table_file.day" if summary.is_final else "table_file.day_open"
    unit = words("table_file.unit", name=summary.place)
    _put(page, UNIT, 1, f"{unit}　　{words(final, when=f'{summary.day:%Y年%m月%d日}')}")
    page.merge_cells(start_row=UNIT, end_row=UNIT, start_column=1, end_column=last)
    for at, head in enumerate(("area", "count", "share"), 1):
        _put(page, GROUPS, at, words(f"table_file.{head}"))
        page.merge_cells(start_row=GROUPS, end_row=NAMES, start_column=at, end_column=at)
    _put(page, NUMBERS, 2, ALL)
    column = BEFORE + 1
    for group in summary.groups:
        _put(page, GROUPS, column, group.name)
        end = column + len(group.columns) - 1
        page.merge_cells(start_row=GROUPS, end_row=GROUPS, start_column=column, end_column=end)
        for at, one in enumerate(group.columns, column):
            _put(page, NAMES, at, one.name)
            _put(page, NUMBERS, at, one.key)
        column = end + 1


def _line(page: "Worksheet", number: int, name: str, row: Row, summary: Summary) -> None:
    _put(page, number, 1, name)
    _put(page, number, 2, _cell(row.counts[ALL]))
    _put(page, number, 3, _percent(row.share))
    page.cell(number, 3).number_format = "0.00"
    for at, column in enumerate(summary.columns, BEFORE + 1):
        _put(page, number, at, _cell(row.counts[column.key]))


def _foot(page: "Worksheet", row: int, summary: Summary, words: Words, taken: Taken) -> None:
    _put(page, row, 1, words("table_file.signs"))
    _put(page, row + 1, 1, words("table_file.holds" if summary.holds else "table_file.broken"))
    _put(page, row + 2, 1, words("table_file.mark", name=taken.who, when=taken.when))
    if summary.is_shared:
        _put(page, row + 3, 1, words("table_file.hidden"))


def _dress(page: "Worksheet", summary: Summary) -> None:
    from openpyxl.styles import Alignment, Border, Font, Side
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.properties import PageSetupProperties

    thin = Side(style="thin")
    last_row = FIRST + len(summary.rows)
    centred = Alignment(horizontal="center", vertical="center", wrap_text=True)
    for cells in page.iter_rows(
        min_row=GROUPS, max_row=last_row, max_col=BEFORE + len(summary.columns)
    ):
        for cell in cells:
            cell.border = Border(left=thin, right=thin, top=thin, bottom=thin)
            cell.alignment = centred
    page.cell(TITLE, 1).font = Font(size=18, bold=True)
    page.cell(TITLE, 1).alignment = centred
    page.row_dimensions[TITLE].height = 30
    page.row_dimensions[NAMES].height = 60
    for at in range(1, BEFORE + len(summary.columns) + 1):
        width = _WIDTHS[at - 1] if at <= BEFORE else _WIDTH
        page.column_dimensions[get_column_letter(at)].width = width
    page.freeze_panes = f"{get_column_letter(BEFORE + 1)}{FIRST}"
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = page.PAPERSIZE_A3
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    page.print_title_rows = f"{GROUPS}:{NUMBERS}"
    page.print_title_cols = "A:C"


def _relations(book: "Workbook", summary: Summary, words: Words) -> None:
    """What is printed on the form to be checked, with both sides; nothing of hidden numbers."""
    page = book.create_sheet(words("table_file.relations"))
    heads = ("area", "relation", "left", "right", "state")
    for at, head in enumerate(heads, 1):
        _put(page, 1, at, words(f"table_file.{head}"))
    page.column_dimensions["B"].width = 48
    row = 2
    for of_row in summary.checked:
        for check in of_row.checks:
            sides = ("*", "*") if summary.is_shared else (check.left, check.right)
            state = words("table_file.ok" if check.holds else "table_file.wrong")
            _all(page, row, (of_row.name, check.relation, *sides, state))
            row += 1


def _all(page: "Worksheet", row: int, values: Sequence[str | int]) -> None:
    for at, value in enumerate(values, 1):
        _put(page, row, at, value)


def _put(page: "Worksheet", row: int, column: int, value: str | float) -> None:
    page.cell(row, column, shielded(value) if isinstance(value, str) else value)


def _percent(share: str) -> str | float:
    """A number, where it is one; the form wants two places."""
    return float(share) if share.replace(".", "", 1).isdecimal() else share


def _cell(count: int | None) -> str | int:
    return "*" if count is None else count
