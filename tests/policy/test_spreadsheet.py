"""Files that are no honest tables, and how quickly they are turned away."""

import io
import struct
import time
import tracemalloc
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.styles import PatternFill

from policy.spreadsheet import Refusal, Sheet, open_sheets

#: The promise is two seconds on a quiet machine; the suite shares its cores.
PATIENCE_SECONDS = 6


def honest(fill: Callable[[Workbook], None] = lambda _book: None) -> bytes:
    book = Workbook()
    page = book.worksheets[0]
    page.append(["姓名", "身份证号"])
    page.append(["王小明", "520599201901299700"])
    fill(book)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def with_part(name: str, content: bytes, data: bytes | None = None) -> bytes:
    """An honest file with one part put in or replaced."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data or honest())) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.infolist():
            if entry.filename != name:
                new.writestr(entry, old.read(entry))
        new.writestr(name, content)
    return out.getvalue()


def sheet_of(cells: str) -> bytes:
    xml = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{cells}</sheetData></worksheet>"
    )
    return with_part("xl/worksheets/sheet1.xml", xml.encode())


def overlapping() -> bytes:
    """Two entries of the directory that point into the same packed bytes."""
    data = bytearray(with_part("xl/a.xml", b"<a/>" * 50))
    first = data.index(b"PK\x01\x02")
    second = data.index(b"PK\x01\x02", first + 4)
    data[second + 42 : second + 46] = struct.pack("<I", 1)
    return bytes(data)


EXTERNAL = (
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    b'<Relationship Id="r1" Type="x" Target="http://example.invalid/a" TargetMode="External"/>'
    b"</Relationships>"
)

HOSTILE = {
    "a sheet of 80 MB of blanks": (sheet_of(" " * 80_000_000), "bomb"),
    "a part that grows 1000 times": (sheet_of(" " * 5_000_000), "bomb"),
    "nested zeros": (with_part("xl/media/a.png", b"\0" * 30_000_000), "bomb"),
    "overlapping parts": (overlapping(), "bomb"),
    "a cell at the last corner": (sheet_of('<c r="XFD1048576"><v>1</v></c>'), "far-cell"),
    "a cell far to the right": (sheet_of('<c s="1" r="GS2" t="n"><v>1</v></c>'), "far-cell"),
    "a cell far below": (sheet_of('<c r="A50001"><v>1</v></c>'), "far-cell"),
    "a link to another workbook": (
        with_part("xl/externalLinks/externalLink1.xml", b"<a/>"),
        "external",
    ),
    "a relationship to the outside": (
        with_part("xl/worksheets/_rels/sheet1.xml.rels", EXTERNAL),
        "external",
    ),
    "macros": (with_part("xl/vbaProject.bin", b"\0"), "macros"),
    "an embedded file": (with_part("xl/embeddings/oleObject1.bin", b"\0"), "embedded"),
    "entities": (
        with_part("xl/styles.xml", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a/>'),
        "entities",
    ),
    "tags that never end": (
        sheet_of("".join(f"<c {at * 2654435761 % 2**32:x} " for at in range(250_000))),
        "unreadable",
    ),
    "a password": (
        b"\xd0\xcf\x11\xe0" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"),
        "encrypted",
    ),
    "an old .xls": (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "unreadable"),
    "an archive of nothing": (b"PK\x05\x06" + b"\0" * 18, "unreadable"),
    "broken": (honest()[:1500], "unreadable"),
    "too large": (b"\0" * 20_000_001, "too-large"),
}


@pytest.mark.parametrize(("data", "code"), HOSTILE.values(), ids=list(HOSTILE))
def test_a_hostile_file_is_refused_soon_and_in_words(data: bytes, code: str) -> None:
    started = time.process_time()
    refused = open_sheets("花名册.xlsx", data)
    assert time.process_time() - started < PATIENCE_SECONDS
    assert isinstance(refused, Refusal)
    assert refused.code == code
    assert refused.sentence().startswith("「花名册.xlsx」：")


def test_a_bomb_is_refused_without_being_unpacked_into_memory() -> None:
    data, _ = HOSTILE["a sheet of 80 MB of blanks"]
    tracemalloc.start()
    open_sheets("花名册.xlsx", data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000


def test_more_cells_than_a_county_has_are_refused() -> None:
    row = "".join(f'<c r="{chr(65 + at % 26)}1"><v>{at * 7919 % 9973}</v></c>' for at in range(20))
    refused = open_sheets("花名册.xlsx", sheet_of(row * 30_001))
    assert isinstance(refused, Refusal)
    assert refused.code in {"too-many-cells", "bomb"}


def test_colour_painted_to_the_end_of_the_sheet_is_no_harm() -> None:
    def paint(book: Workbook) -> None:
        grey = PatternFill("solid", fgColor="DDDDDD")
        book.worksheets[0].cell(row=900_000, column=300).fill = grey

    sheets = open_sheets("花名册.xlsx", honest(paint))
    assert not isinstance(sheets, Refusal)
    assert sheets[0].rows == [["姓名", "身份证号"], ["王小明", "520599201901299700"]]


def test_a_formula_is_shown_as_it_is_written() -> None:
    data = honest(lambda book: book.worksheets[0].append(['=HYPERLINK("http://a")', 1]))
    sheets = open_sheets("a.xlsx", data)
    assert not isinstance(sheets, Refusal)
    assert sheets[0].rows[2][0] == '=HYPERLINK("http://a")'


def test_hidden_sheets_come_last() -> None:
    def hide(book: Workbook) -> None:
        book.create_sheet("看得见")
        book.worksheets[0].sheet_state = "hidden"

    sheets = open_sheets("a.xlsx", honest(hide))
    assert not isinstance(sheets, Refusal)
    assert [sheet.name for sheet in sheets] == ["看得见", "Sheet"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_a_csv_is_one_sheet(encoding: str) -> None:
    sheets = open_sheets("名单.csv", "姓名,电话\n王小明,1\n".encode(encoding))
    assert sheets == (Sheet(name="名单.csv", rows=[["姓名", "电话"], ["王小明", "1"]]),)


@given(
    cut=st.integers(0, 6000), put=st.binary(max_size=8), name=st.sampled_from(["a.xlsx", "a.csv"])
)
def test_no_broken_file_is_too_strange(cut: int, put: bytes, name: str) -> None:
    data = HONEST[:cut] + put + HONEST[cut + len(put) :]
    open_sheets(name, data)


HONEST = honest()
