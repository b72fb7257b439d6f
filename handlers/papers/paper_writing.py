"""Papers as Word files: A4, margins and type by GB/T 9704-2012, blanks where nothing is known.

Imported by whoever writes one, when it is written: the libraries behind it are 7 MB.
"""

from collections.abc import Mapping, Sequence
from io import BytesIO

from docx import Document
from docx.document import Document as Word
from docx.enum.table import (
    WD_CELL_VERTICAL_ALIGNMENT,
    WD_ROW_HEIGHT_RULE,
    WD_TABLE_ALIGNMENT,
)
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from handlers.papers.chart_writing import add_chart
from policy.papers import CELL, NUMBER, Bulletin, Paper, Papers, filled

#: GB/T 9704-2012, 5.2.1 and 7.3: margins in mm, type in points.
TOP, BOTTOM, LEFT, RIGHT = 37, 35, 28, 26
TITLE_SIZE, BODY_SIZE, TABLE_SIZE = 22, 16, 12
LINE_SPACING = 28
#: Room for a line of handwriting, and how wide the text is, in mm.
ROW_HEIGHT, TEXT_WIDTH = 10, 156
#: How wide the name of a field is, and what stands beside it; two of each make a row.
NAME_WIDTH, VALUE_WIDTH = 28, 50
#: How wide the first column of other tables is: it says what, the others who and when.
FIRST_WIDTH = 54
#: In a cell, above and below, so that no letter touches the line.
CELL_SPACE = 3
#: Rows to write in where a table knows nothing.
EMPTY_ROWS = 4
TITLE_FACE, HEADING_FACE, BODY_FACE = "方正小标宋简体", "黑体", "仿宋_GB2312"


def write(paper: Paper, facts: Mapping[str, str], papers: Papers) -> bytes:
    """The paper as .docx."""
    word = _page()
    title = word.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _say(title, paper.title, TITLE_SIZE, TITLE_FACE)
    if facts.get(NUMBER):
        number = word.add_paragraph()
        number.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _say(number, facts[NUMBER], BODY_SIZE, BODY_FACE)
    for part in paper.parts:
        if part.text:
            _text(word, filled(part.text, facts))
        elif part.grid:
            _rows(word, part.heads, facts.get(part.grid, ""))
        elif part.rows:
            _table(word, part.rows, facts, papers)
        elif part.lines:
            for line in facts.get(part.lines, "").splitlines() or [""]:
                _text(word, line)
        else:
            _signs(word, part.signs)
    return _bytes(word)


def write_bulletin(bulletin: Bulletin) -> bytes:
    """A 通报 as .docx: headings, sentences, charts, and a table of places."""
    word = _page()
    title = word.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _say(title, bulletin.title, TITLE_SIZE, TITLE_FACE)
    number = 0
    for section in bulletin.sections:
        if section.heading:
            _say(_text(word, ""), section.heading, BODY_SIZE, HEADING_FACE)
        for line in section.lines:
            _text(word, line)
        for chart in section.charts:
            number += 1
            drawn = word.add_paragraph()
            drawn.alignment = WD_ALIGN_PARAGRAPH.CENTER
            add_chart(word, drawn, chart, number)
        if section.rows:
            _grid(word, section.rows)
    for line in bulletin.foot:
        _text(word, line).alignment = WD_ALIGN_PARAGRAPH.RIGHT
    return _bytes(word)


def _grid(word: Word, rows: Sequence[Sequence[str]]) -> None:
    table = word.add_table(rows=0, cols=len(rows[0]))
    table.style = "Table Grid"
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    for row in rows:
        for cell, said in zip(table.add_row().cells, row, strict=True):
            _cell(cell, said)
    word.add_paragraph()


def fill_template(template: bytes, facts: Mapping[str, str], papers: Papers) -> bytes:
    """A county's own Word file with 【受理号】 and the like filled in; its layout stays."""
    named = {papers.fields[key]: value for key, value in facts.items() if key in papers.fields}
    known = {**named, **facts}
    word = Document(BytesIO(template))
    for paragraph in _paragraphs(word):
        if "【" in paragraph.text:
            said = filled(paragraph.text, known)
            for run in paragraph.runs[1:]:
                run.text = ""
            paragraph.runs[0].text = said
    return _bytes(word)


def opens(template: bytes) -> bool:
    """True for a Word file that can be filled in."""
    try:
        Document(BytesIO(template))
    except Exception:  # whatever the library stumbles on, the file is none
        return False
    return True


def _paragraphs(word: Word) -> Sequence[Paragraph]:
    cells = [cell for table in word.tables for row in table.rows for cell in row.cells]
    return [*word.paragraphs, *(one for cell in cells for one in cell.paragraphs)]


def _page() -> Word:
    word = Document()
    section = word.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(TOP), Mm(BOTTOM)
    section.left_margin, section.right_margin = Mm(LEFT), Mm(RIGHT)
    word.core_properties.author = ""
    return word


def _text(word: Word, said: str) -> Paragraph:
    paragraph = word.add_paragraph()
    paragraph.paragraph_format.line_spacing = Pt(LINE_SPACING)
    paragraph.paragraph_format.space_after = Pt(0)
    paragraph.paragraph_format.first_line_indent = Pt(2 * BODY_SIZE)
    _say(paragraph, said, BODY_SIZE, BODY_FACE)
    return paragraph


def _table(
    word: Word, rows: Sequence[Sequence[str]], facts: Mapping[str, str], papers: Papers
) -> None:
    """Name and value side by side; one field alone takes the whole width."""
    table = word.add_table(rows=0, cols=4)
    table.style = "Table Grid"
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    _set_widths(table, (NAME_WIDTH, VALUE_WIDTH) * 2)
    for row in rows:
        cells = _row(table)
        if len(row) == 1:
            cells[1].merge(cells[3])
        for place, key in enumerate(row):
            _cell(cells[2 * place], papers.fields[key])
            _cell(cells[2 * place + 1], facts.get(key, ""))
    word.add_paragraph()


def _rows(word: Word, heads: Sequence[str], said: str) -> None:
    """A table with a row for each line; where there is none, rows to write in."""
    table = word.add_table(rows=0, cols=len(heads))
    table.style = "Table Grid"
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    rest = (TEXT_WIDTH - FIRST_WIDTH) // (len(heads) - 1)
    _set_widths(table, (FIRST_WIDTH, *[rest] * (len(heads) - 1)))
    known = [line.split(CELL) for line in said.splitlines()]
    for row in (heads, *(known or [[""] * len(heads)] * EMPTY_ROWS)):
        for cell, one in zip(_row(table), row, strict=False):
            _cell(cell, one)
    word.add_paragraph()


def _set_widths(table: Table, widths: Sequence[int]) -> None:
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)


def _row(table: Table) -> tuple[_Cell, ...]:
    """A new row, as high as a line of handwriting, and higher where more is said."""
    line = table.add_row()  # type: ignore[no-untyped-call]
    line.height, line.height_rule = Mm(ROW_HEIGHT), WD_ROW_HEIGHT_RULE.AT_LEAST
    cells: tuple[_Cell, ...] = line.cells
    return cells


def _cell(cell: _Cell, said: str) -> None:
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    paragraph = cell.paragraphs[0]
    spacing = paragraph.paragraph_format
    spacing.space_before = spacing.space_after = Pt(CELL_SPACE)
    _say(paragraph, said, TABLE_SIZE, BODY_FACE)


def _signs(word: Word, signs: Sequence[str]) -> None:
    for sign in signs:
        line = _text(word, f"{sign}：\t年　　月　　日")
        line.paragraph_format.tab_stops.add_tab_stop(Mm(TEXT_WIDTH), WD_TAB_ALIGNMENT.RIGHT)


def _say(paragraph: Paragraph, said: str, size: int, face: str) -> None:
    run = paragraph.add_run(said)
    run.font.size = Pt(size)
    run.font.name = face
    # Word takes the face of Chinese from a place of its own.
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), face)


def _bytes(word: Word) -> bytes:
    out = BytesIO()
    word.save(out)
    return out.getvalue()
