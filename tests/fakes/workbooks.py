"""Workbooks that mean harm, or that are broken."""

import io
import zipfile
from collections.abc import Callable, Sequence

from openpyxl import Workbook, load_workbook

HEADINGS = ("姓名", "性别", "出生日期", "公民身份证号码", "乡镇(街道)", "村(居)")


def workbook(*rows: Sequence[object]) -> bytes:
    """A roster with these rows."""
    book = Workbook()
    page = book.active
    assert page is not None
    for row in (HEADINGS, *rows):
        page.append(list(row))
    return _saved(book)


def bomb() -> bytes:
    """Small, and more than we unpack."""
    return _with_sheet(
        b'<row><c t="inlineStr"><is><t>' + b"x" * (1 << 26) + b"</t></is></c></row>"
    )


def far_corner() -> bytes:
    """One cell in the last corner that Excel has."""
    book = load_workbook(io.BytesIO(workbook()))
    assert book.active is not None
    book.active["XFD1048576"] = "x"
    return _saved(book)


def external_link() -> bytes:
    """Looks into another file."""
    return _with_part("xl/externalLinks/externalLink1.xml", b"<externalLink/>")


def macros() -> bytes:
    """Brings a program along."""
    return _with_part("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0")


def entities() -> bytes:
    """A billion laughs."""
    laugh = b'<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;">]>'
    return _with_part("xl/strings.xml", laugh)


def too_many_cells() -> bytes:
    """A million cells that say nothing."""
    return _with_sheet(
        b"".join(b'<row r="%d">%s</row>' % (row, b'<c r="A1"/>' * 100) for row in range(1, 10_000))
    )


def broken() -> bytes:
    """Cut in half on the way."""
    whole = workbook(("何小满", "女", "2016-03-08", "", "青石镇", "青石村"))
    return whole[: len(whole) // 2]


def no_workbook() -> bytes:
    """Something else under the name of a workbook."""
    return b"PK\x03\x04" + bytes(10_000)


WORKBOOKS: tuple[Callable[[], bytes], ...] = (
    bomb,
    far_corner,
    external_link,
    macros,
    entities,
    too_many_cells,
    broken,
    no_workbook,
)


def _saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _with_part(name: str, content: bytes) -> bytes:
    out = io.BytesIO(workbook())
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


def _with_sheet(rows: bytes) -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook())) as given,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made,
    ):
        for name in given.namelist():
            content = given.read(name)
            if name.endswith("sheet1.xml"):
                content = content.replace(b"</sheetData>", rows + b"</sheetData>")
            made.writestr(name, content)
    return out.getvalue()
