"""A table that somebody sent (.xlsx, .csv), opened only after a look at what it would cost."""

import csv
import io
import re
import tomllib
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

MAX_FILE_BYTES = 20_000_000
#: All files inside the .xlsx together, unpacked.
MAX_UNPACKED_BYTES = 60_000_000
MAX_ENTRIES = 1_000
#: How many times larger than packed; tables of a county reach 15.
MAX_RATIO = 100
#: A packed file smaller than this may have any ratio.
SMALL_BYTES = 100_000
MAX_ROWS = 50_000
MAX_COLUMNS = 200
#: 10,000 rows of 33 columns are 330,000 cells, read in 10 s with 175 MB.
MAX_CELLS = 600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The cells of one table, from its first row."""

    name: str
    rows: Sequence[Sequence[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a file was not opened."""

    code: str
    file: str

    def sentence(self) -> str:
        """What is wrong with the file and how to mend it, in Chinese."""
        said = _WORDS["refused"][self.code]
        return str(_WORDS["whole"]).format(file=self.file, what=said["what"], cure=said["cure"])


def open_sheets(name: str, data: bytes) -> tuple[Sheet, ...] | Refusal:
    """The sheets of a file with all formulas as they are written, the shown ones first."""
    code = why_refused(name, data)
    if code is not None:
        return Refusal(code=code, file=name)
    try:
        return tuple(_xlsx(data)) if is_workbook(name) else (_csv(name, data),)
    except _UNREADABLE:
        return Refusal(code="unreadable", file=name)


def is_workbook(name: str) -> bool:
    """True for a name of a .xlsx file."""
    return name.lower().endswith((".xlsx", ".xlsm"))


def why_refused(name: str, data: bytes) -> str | None:
    """What makes the file dangerous or unreadable, found without unpacking it into memory."""
    if len(data) > MAX_FILE_BYTES:
        return "too-large"
    if not is_workbook(name):
        return "unreadable" if data.startswith((_OLE, b"PK\x03\x04")) else None
    if data.startswith(_OLE):
        return "encrypted" if "EncryptedPackage".encode("utf-16-le") in data else "unreadable"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _why_refused(archive)
    except _UNREADABLE:
        return "unreadable"


def cell_text(cell: object) -> str:
    """A cell as words: one width, no blanks around or between Chinese characters."""
    if cell is None:
        return ""
    text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
    text = unicodedata.normalize("NFKC", text).strip().strip("\u200b\ufeff")
    return re.sub(r"(?<![a-zA-Z0-9])[ \t]+|[ \t]+(?![a-zA-Z0-9])", "", text)


# -- before opening ----------------------------------------------------------------------------


def _why_refused(archive: zipfile.ZipFile) -> str | None:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES or _is_bomb(entries):
        return "bomb"
    names = [entry.filename.lower() for entry in entries]
    if len(set(names)) != len(names) or any(entry.flag_bits & 1 for entry in entries):
        return "unreadable"
    for part, code in _UNWANTED.items():
        if any(part in name for name in names):
            return code
    return next(filter(None, (_why_refused_part(archive, entry) for entry in entries)), None)


def _is_bomb(entries: Sequence[zipfile.ZipInfo]) -> bool:
    """Too large unpacked by its own word, which unpacking never exceeds; or parts that overlap."""
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        return True
    in_order = sorted(entries, key=lambda entry: entry.header_offset)
    ends = [entry.header_offset + entry.compress_size for entry in in_order]
    return any(
        entry.file_size > MAX_RATIO * max(entry.compress_size, SMALL_BYTES // MAX_RATIO)
        and entry.file_size > SMALL_BYTES
        for entry in entries
    ) or any(later.header_offset < end for end, later in zip(ends, in_order[1:], strict=False))


def _why_refused_part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> str | None:
    name = entry.filename.lower()
    if not name.endswith((".xml", ".rels")):
        return None
    seen = _Seen()
    with archive.open(entry) as part:
        kept = b""
        # A tag may lie across two blocks, so that the end of each is looked at twice.
        while block := part.read(_BLOCK_BYTES):
            code = seen.look(kept + block, is_sheet="worksheets/" in name)
            if code is not None:
                return code
            kept = block[-_TAG_BYTES:]
    return None


class _Seen:
    """What a look at the raw text of one part has found so far."""

    def __init__(self) -> None:
        self._cells = 0

    def look(self, text: bytes, *, is_sheet: bool) -> str | None:
        """The reason to refuse, if this piece gives one."""
        if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
            return "entities"
        if re.search(rb"TargetMode\s*=\s*[\"']External", text):
            return "external"
        if not is_sheet:
            return None
        self._cells += text.count(b"<c ")
        if self._cells > MAX_CELLS:
            return "too-many-cells"
        return "far-cell" if any(map(_is_far, _FILLED_CELL.findall(text))) else None


def _is_far(reference: tuple[bytes, bytes]) -> bool:
    column = 0
    for letter in reference[0]:
        column = column * 26 + letter - 64
    return column > MAX_COLUMNS or int(reference[1]) > MAX_ROWS


#: References that can be far: three letters, C.. and on, or five digits and more.
_FILLED_CELL = re.compile(
    rb"<c\b[^<>]*?\br=\"(?=[A-Z]{3}|[G-Z][A-Z]|[A-Z]+\d{5})([A-Z]{1,3})(\d{1,7})\"[^>/]*>"
    rb"(?!\s*(?:</c>|\Z))"  # painted, with nothing in it; a piece's last tag is seen in the next
)
_OLE = b"\xd0\xcf\x11\xe0"
_BLOCK_BYTES, _TAG_BYTES = 1_000_000, 200
_UNWANTED = {
    "vbaproject": "macros",
    "xl/macrosheets/": "macros",
    "externallinks/": "external",
    "/embeddings/": "embedded",
    "/activex/": "embedded",
    "oleobject": "embedded",
    "xl/connections.xml": "external",
}


# -- opening -----------------------------------------------------------------------------------


def _xlsx(data: bytes) -> Iterator[Sheet]:
    from openpyxl import load_workbook

    # Not read_only: that mode trusts the size that the file declares, and WPS declares it wrong.
    book = load_workbook(io.BytesIO(data), keep_links=False)
    for page in sorted(book.worksheets, key=lambda page: page.sheet_state != "visible"):
        yield Sheet(name=page.title, rows=_rows(page))


def _rows(page: "Worksheet") -> list[list[object]]:
    # openpyxl's own walk makes every cell up to the last one, which WPS may paint far below.
    filled = {at: cell.value for at, cell in page._cells.items() if cell.value is not None}
    last = max((row for row, _ in filled), default=0)
    widest = max((column for _, column in filled), default=0)
    rows: list[list[object]] = [[None] * widest for _ in range(last)]
    for (row, column), value in filled.items():
        rows[row - 1][column - 1] = value
    for area in page.merged_cells.ranges:
        _spread(rows, area.min_row, area.max_row, area.min_col, area.max_col)
    return rows


def _spread(rows: list[list[object]], top: int, bottom: int, left: int, right: int) -> None:
    """A cell merged over several rows of one column says the same for each of them."""
    if left == right and rows and left <= len(rows[0]):
        for row in rows[top:bottom]:
            row[left - 1] = rows[top - 1][left - 1]


def _csv(name: str, data: bytes) -> Sheet:
    text = decoded(data)
    return Sheet(name=name, rows=list(csv.reader(io.StringIO(text, newline=""), strict=True)))


def decoded(data: bytes) -> str:
    """The text of a .csv: Excel and WPS write UTF-8 with a mark, or the Chinese code page."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030")


_UNREADABLE = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    csv.Error,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    OSError,
    EOFError,
    NotImplementedError,  # a way of packing that nobody uses for tables
    RuntimeError,  # a password on one part
    SyntaxError,  # of the XML inside
)

_WORDS: dict[str, Any] = tomllib.loads(
    files("policy").joinpath("spreadsheet.toml").read_text("utf-8")
)
