"""An .xlsx of one sheet in which every cell is text.

openpyxl makes an object and an XML element of every cell: of 20,000 children eight seconds of a
processor. Where all cells are alike and most say what others say, one look into a table does.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

#: What Excel holds in one cell, and in the name of a sheet.
MAX_CHARS, MAX_TITLE_CHARS = 32_767, 31
_NOT_IN_TITLES = re.compile(r"[\\*?:/\[\]]")
#: Rows written in one go.
_AT_ONCE = 500
#: The best that deflate does is a tenth smaller and takes twice as long.
_COMPRESS_LEVEL = 3
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def plain_book(
    title: str,
    rows: Iterable[Sequence[str]],
    *,
    is_text: Sequence[bool],
    frozen: int,
    width: int,
) -> bytes:
    """The file. ``is_text`` says which columns keep Excel's format "text", also where empty.

    The first ``frozen`` rows stay in sight. Cells hold what XML can hold; whatever would act as a
    formula is shielded before.
    """
    out = io.BytesIO()
    strings: dict[str, int] = {}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=_COMPRESS_LEVEL) as book:
        for name, told in _frame(title).items():
            book.writestr(name, _HEAD + told)
        _write(book, "xl/worksheets/sheet1.xml", _sheet(rows, strings, is_text, frozen, width))
        _write(book, "xl/sharedStrings.xml", _shared(strings))
    return out.getvalue()


def _write(book: zipfile.ZipFile, name: str, told: Iterable[str]) -> None:
    # 20,000 rows may be more than the four gigabytes that a file has room for without it.
    with book.open(name, "w", force_zip64=True) as file:
        file.write(_HEAD.encode())
        for part in told:
            file.write(part.encode())


def _sheet(
    rows: Iterable[Sequence[str]],
    strings: dict[str, int],
    is_text: Sequence[bool],
    frozen: int,
    width: int,
) -> Iterator[str]:
    columns = [(_letters(at), ' s="1"' if text else "") for at, text in enumerate(is_text)]
    yield f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    yield f'<pane ySplit="{frozen}" topLeftCell="A{frozen + 1}" activePane="bottomLeft"'
    yield ' state="frozen"/></sheetView></sheetViews>'
    if columns:
        yield f'<cols><col min="1" max="{len(columns)}" width="{width}" customWidth="1"/></cols>'
    yield "<sheetData>"
    written: list[str] = []
    for number, row in enumerate(rows, 1):
        written.append(f'<row r="{number}">')
        written += _cells(number, row, columns if number > frozen else _plain(len(row)), strings)
        written.append("</row>")
        if number % _AT_ONCE == 0:
            yield "".join(written)
            written.clear()
    yield "".join(written)
    yield "</sheetData></worksheet>"


def _plain(count: int) -> list[tuple[str, str]]:
    return [(_letters(at), "") for at in range(count)]


def _cells(
    number: int,
    row: Sequence[str],
    columns: Sequence[tuple[str, str]],
    strings: dict[str, int],
) -> Iterator[str]:
    for (letters, style), value in zip(columns, row, strict=True):
        if value:
            at = strings.setdefault(value, len(strings))
            yield f'<c r="{letters}{number}"{style} t="s"><v>{at}</v></c>'
        elif style:
            yield f'<c r="{letters}{number}"{style}/>'


def _shared(strings: Iterable[str]) -> Iterator[str]:
    yield f'<sst xmlns="{_MAIN}">'
    for value in strings:
        yield f'<si><t xml:space="preserve">{escape(value[:MAX_CHARS])}</t></si>'
    yield "</sst>"


def _letters(at: int) -> str:
    """A, B, ... Z, AA: what the column after ``at`` others is called."""
    told = ""
    while at >= 0:
        at, letter = at // 26 - 1, at % 26
        told = chr(ord("A") + letter) + told
    return told


def _frame(title: str) -> dict[str, str]:
    """All parts of the file but its cells."""
    name = quoteattr(_NOT_IN_TITLES.sub(" ", title)[:MAX_TITLE_CHARS])
    parts = {
        "/xl/workbook.xml": "sheet.main",
        "/xl/worksheets/sheet1.xml": "worksheet",
        "/xl/styles.xml": "styles",
        "/xl/sharedStrings.xml": "sharedStrings",
    }
    overrides = "".join(
        f'<Override PartName="{part}" ContentType="{_TYPE}.{kind}+xml"/>'
        for part, kind in parts.items()
    )
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f"{overrides}</Types>",
        "_rels/.rels": _relations({"officeDocument": "xl/workbook.xml"}),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
        f'<sheets><sheet name={name} sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relations(
            {
                "worksheet": "worksheets/sheet1.xml",
                "styles": "styles.xml",
                "sharedStrings": "sharedStrings.xml",
            }
        ),
        "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}">'
        '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf/></cellStyleXfs>'
        '<cellXfs count="2"><xf xfId="0"/>'
        '<xf xfId="0" numFmtId="49" applyNumberFormat="1"/></cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
        "</styleSheet>",
    }


def _relations(targets: dict[str, str]) -> str:
    told = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets.items(), 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{told}</Relationships>'
