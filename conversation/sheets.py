"""A workbook with a form in it (.xlsx, .csv, .md), read into XLSForm's own names.

Sheets, columns, types and signs may be Chinese; what comes out is what pyxform takes.
"""

import csv
import io
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from itertools import product
from typing import TypeAlias, TypeVar

from conversation.faults import Fault, wording

MAX_BYTES = 2_000_000
#: More than any form has.
MAX_ROWS, MAX_COLUMNS = 5_000, 200
#: A title, a note, a line for the seal: so far down the line of headings is looked for.
MAX_ABOVE = 10

Grid: TypeAlias = list[list[str]]
Part = TypeVar("Part", str, list[str])
#: An old .xls or an encrypted .xlsx begins so; every other workbook is a ZIP file.
_OLE, _ZIP = b"\xd0\xcf\x11\xe0", b"PK\x03\x04"
_WORKBOOKS, _OLD_WORKBOOKS = ("xlsx", "xlsm", "xltx", "xltm"), ("xls", "et")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a sheet: its number as Excel counts, and its cells by column."""

    number: int
    cells: Mapping[str, str]

    def get(self, column: str) -> str:
        """A cell; "" when it is empty."""
        return self.cells.get(column, "")

    def all(self, column: str) -> Iterator[str]:
        """A cell in every language."""
        for name, cell in self.cells.items():
            if name == column or name.startswith(f"{column}::"):
                yield cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A sheet by its XLSForm name, with XLSForm's names for its columns."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workbook:
    """The sheets that make a form, and the names of those that do not."""

    sheets: Mapping[str, Sheet]
    others: tuple[str, ...]
    #: Titles of sheets that would be the same one.
    twice: tuple[tuple[str, ...], ...] = ()

    def rows(self, name: str) -> tuple[Row, ...]:
        """The rows of a sheet, none when it is missing."""
        return self.sheets[name].rows if name in self.sheets else ()


class UnreadableFileError(Exception):
    """The file is no workbook that can be opened; ``fault`` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.code)
        self.fault = fault


def read_workbook(source: bytes, filename: str) -> Workbook:
    """The sheets in XLSForm's names; raises UnreadableFileError."""
    grids = read_grids(source, filename)
    titles = _titles(grids)
    taken = {title for some in titles.values() for title in some}
    return Workbook(
        sheets={name: _sheet(name, grids[some[0]]) for name, some in titles.items()},
        others=tuple(title for title, grid in grids.items() if grid and title not in taken),
        twice=tuple(some for some in titles.values() if len(some) > 1),
    )


def _titles(grids: Mapping[str, Grid]) -> dict[str, tuple[str, ...]]:
    """By XLSForm's name of a sheet, what is called so: first what has words, and the very name."""
    titles: dict[str, tuple[str, ...]] = {}
    for filled, exactly in product((True, False), (True, False)):
        found = {
            title: _sheet_name(title, exactly=exactly)
            for title, grid in grids.items()
            if bool(grid) is filled
        }
        for name in sorted({one for one in found.values() if one} - titles.keys()):
            titles[name] = tuple(title for title, one in found.items() if one == name)
    return titles or ({"survey": tuple(grids)} if len(grids) == 1 else {})


def is_form(source: bytes, filename: str) -> bool:
    """True for a workbook that has a sheet of questions by name, whatever stands on it."""
    if filename.rpartition(".")[2].lower() not in _WORKBOOKS or source.startswith(_OLE):
        return False
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings(action="ignore"):
            titles = load_workbook(io.BytesIO(source), read_only=True).sheetnames
    except Exception:  # openpyxl and its XML readers raise kinds of their own
        return False
    return any(_sheet_name(title, exactly=False) == "survey" for title in titles)


# -- the file -----------------------------------------------------------------------------------


def read_grids(source: bytes, filename: str) -> dict[str, Grid]:
    """Every sheet as rows of trimmed texts; raises UnreadableFileError."""
    if len(source) > MAX_BYTES:
        raise UnreadableFileError(Fault(code="too-large"))
    grids = _read(source, filename.rpartition(".")[2].lower())
    if not any(grids.values()):
        raise UnreadableFileError(Fault(code="not-a-table"))
    return grids


def _read(source: bytes, extension: str) -> dict[str, Grid]:
    """By what the file is: people change an extension and think that they saved it anew."""
    if extension not in {*_WORKBOOKS, *_OLD_WORKBOOKS, "csv", "md"}:
        raise UnreadableFileError(Fault(code="unknown-file", about=extension))
    if source.startswith(_OLE):
        locked = "EncryptedPackage".encode("utf-16-le") in source
        raise UnreadableFileError(Fault(code="locked" if locked else "old-workbook"))
    if source.startswith(_ZIP):
        return _read_xlsx(source)
    match extension:
        case "csv":
            return _read_csv(_decoded(source))
        case "md":
            return _read_md(_decoded(source))
        case _:
            raise UnreadableFileError(Fault(code="not-a-workbook"))


def _read_xlsx(source: bytes) -> dict[str, Grid]:
    from openpyxl import load_workbook  # 50 ms and 10 MB: only for .xlsx

    try:
        with warnings.catch_warnings(action="ignore"):  # about styles, which nobody needs here
            book = load_workbook(io.BytesIO(source), read_only=True, data_only=True)
            return {
                sheet.title: _trimmed(
                    _not_too_many(
                        [_cell(value) for value in row]
                        for row in sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True)
                    )
                )
                for sheet in book.worksheets
            }
    except UnreadableFileError:
        raise
    except Exception as error:  # openpyxl and its XML readers raise kinds of their own
        raise UnreadableFileError(Fault(code="not-a-workbook")) from error


def _not_too_many(lines: Iterable[list[str]]) -> Iterator[list[str]]:
    """A sheet that is formatted to its last row ends where the words end."""
    for number, line in enumerate(lines):
        if number < MAX_ROWS:
            yield line
        elif any(line):
            raise UnreadableFileError(Fault(code="too-many-rows", about=str(MAX_ROWS)))


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case float() if value.is_integer():
            return str(int(value))
        case datetime() if value.time() == time.min:
            return value.date().isoformat()
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return _clean(str(value))


def _read_csv(text: str) -> dict[str, Grid]:
    """XLSForm's csv: a sheet's name stands alone in the first column, its rows are indented."""
    lines = list(csv.reader(io.StringIO(text, newline="")))
    titled = any(len(line) > 1 and not line[0].strip() for line in lines)
    if not titled:
        return {"survey": _trimmed([_clean(cell) for cell in line] for line in lines)}
    return _indented([_clean(cell) for cell in line] for line in lines)


def _read_md(text: str) -> dict[str, Grid]:
    return _indented(_md_cells(line) for line in text.splitlines() if line.lstrip()[:1] == "|")


def _md_cells(line: str) -> list[str]:
    inside = line.strip()[1:].rpartition("|")[0]
    cells = [_clean(cell.replace("\\|", "|")) for cell in re.split(r"(?<!\\)\|", inside)]
    return [] if all(re.fullmatch(r":?-+:?", cell) for cell in cells) else cells


def _indented(lines: Iterable[list[str]]) -> dict[str, Grid]:
    grids: dict[str, Grid] = {}
    current: Grid | None = None
    for line in lines:
        title, cells = (line[0], line[1:]) if line else ("", [])
        if title:
            current = grids.setdefault(title, [])
        if current is not None and any(cells):
            current.append(cells)
    return grids


def _decoded(source: bytes) -> str:
    # WPS on a Chinese Windows writes .csv as GBK.
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return source.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFileError(Fault(code="bad-encoding"))


def _clean(text: str) -> str:
    plain = text.replace("\xa0", " ").replace("_x000D_", "").replace("\r\n", "\n")
    return _NOT_XML.sub("", plain).strip()


#: What no XML can hold, and marks that nobody sees, as they come along from a chat or a web page.
_NOT_XML = re.compile(
    "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
    "|[\u200b\u200e\u200f\u202a-\u202e\u2060\ufeff]"
)


def _trimmed(lines: Iterable[list[str]]) -> Grid:
    """Without what is empty at the end; lines between stay, so that rows keep their numbers."""
    grid = [_without_end(line) for line in lines]
    return grid[: len(_without_end(grid))]


def _without_end(parts: list[Part]) -> list[Part]:
    last = next((n for n in range(len(parts), 0, -1) if parts[n - 1]), 0)
    return parts[:last]


# -- the names ----------------------------------------------------------------------------------


def _sheet(name: str, grid: Grid) -> Sheet:
    if not grid:
        return Sheet(name=name, columns=(), rows=())
    head = _head(name, grid)
    columns = _columns_of(name, grid[head])
    rows = [
        Row(number=number, cells=_cells(name, columns, line))
        for number, line in enumerate(grid[head + 1 :], head + 2)
    ]
    return Sheet(name=name, columns=columns, rows=tuple(rows))


def _head(sheet: str, grid: Grid) -> int:
    """The line of headings: the first, unless it lacks what another line has."""

    def known(number: int) -> int:
        return len({*_columns(sheet).values()} & {*_columns_of(sheet, grid[number])})

    if needed(sheet) <= {*_columns_of(sheet, grid[0])} and known(0):
        return 0
    return max(range(min(len(grid), MAX_ABOVE)), key=known)


def needed(sheet: str) -> frozenset[str]:
    """The columns without which a sheet says nothing."""
    return frozenset(wording("needed").get(sheet, ()))


def _columns_of(sheet: str, line: Sequence[str]) -> tuple[str, ...]:
    return tuple(_column_name(sheet, header) for header in line)


def _cells(sheet: str, columns: Sequence[str], line: Sequence[str]) -> dict[str, str]:
    found = {}
    for column, cell in zip(columns, line, strict=False):
        if column and cell and column not in found:
            found[column] = _value(column, cell) if sheet == "survey" else cell
    return found


def _value(column: str, cell: str) -> str:
    others = wording("others")
    if column == "type":
        return type_name(cell)
    if column in {"required", "read_only"}:
        for answer in ("yes", "no"):
            if cell in others[answer] or cell.lower() == answer:
                return answer
    if column == "appearance":
        return " ".join(cell.split())
    if column == "default" and not _WORKED_OUT.search(cell):
        return cell
    return halfwidth(cell) if column in others["expressions"] else _WIDE_NAME.sub(r"${\1}", cell)


def type_name(cell: str) -> str:
    """A type in XLSForm's words: 单选 村 或其他 as select_one 村 or_other."""
    words = " ".join(cell.replace("\u3000", " ").split())
    for alias, name in _types():
        if words.lower() == alias:
            return name
        if words.lower().startswith(alias + " "):
            rest = words[len(alias) + 1 :]
            for other in wording("others")["or_other"]:
                rest = re.sub(rf"\s+{other}$", " or_other", rest)
            return f"{name} {rest}"
    joined = _JOINED.fullmatch(words)
    return type_name(f"{joined[1]} {joined[2]}") if joined else words


#: 单选有无, 单选（有无）, 单选：有无
_JOINED = re.compile(r"(单选|多选)题?[\s（(:：_—-]*([^\s（(:：)）]+)[)）]?")
#: A ${name} between words, with some of its signs from a Chinese keyboard.
_WIDE_NAME = re.compile("[$\uff04][{\uff5b]([\\w.\\-]+)[}\uff5d]")
#: A default that is an expression, not a value.
_WORKED_OUT = re.compile("[$\uff04][{\uff5b]|[(\uff08]")


_WIDE = str.maketrans(
    {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    | {"\u3000": " ", "\u201c": "'", "\u201d": "'", "\u2018": "'", "\u2019": "'", "\u3002": "."}
    | {"\u2264": "<=", "\u2265": ">=", "\u2260": "!=", "\u2212": "-", "\u00d7": "*"}
)
_QUOTED = re.compile(r"""("[^"]*"|'[^']*'|\u201c[^\u201d]*\u201d|\u2018[^\u2019]*\u2019)""")


def halfwidth(expression: str) -> str:
    """An expression with the signs of a Chinese keyboard made plain; quoted words stay."""
    parts = _QUOTED.split(expression)
    for place, part in enumerate(parts):
        if place % 2 == 0:
            parts[place] = _as_xpath(part.translate(_WIDE))
        elif part[0] in "\u201c\u2018":
            quote = '"' if "'" in part else "'"
            parts[place] = f"{quote}{part[1:-1]}{quote}"
    return "".join(parts)


#: How other languages write what XPath has a sign or word for, none of which XPath knows.
_SIGNS = tuple(
    (re.compile(pattern), sign)
    for pattern, sign in (
        (r"\$[(\[]\s*([\w.\-]+)\s*[)\]]", r"${\1}"),
        (r"(?<!\$){\s*([\w.\-]+)\s*}", r"${\1}"),
        (r"={2,3}", "="),
        (r"<\s*>", "!="),
        (r"\s*&&\s*", " and "),
        (r"\s*\|\|\s*", " or "),
        (r"(?<=[\s)])(?:AND|And)(?=[\s(])", "and"),
        (r"(?<=[\s)])(?:OR|Or)(?=[\s(])", "or"),
    )
)


def _as_xpath(expression: str) -> str:
    for pattern, sign in _SIGNS:
        expression = pattern.sub(sign, expression)
    return expression


def _sheet_name(title: str, *, exactly: bool = True) -> str | None:
    """Which sheet is called so; 选项（新） is one when none has the name itself."""
    plain = "".join(title.split()).lower()
    if not exactly:
        plain = re.sub(r"[（(].*[）)]$|[\d.]+$", "", plain)
    for name, aliases in wording("sheets").items():
        if plain in aliases:
            return str(name)
    return None


def _column_name(sheet: str, header: str) -> str:
    """``题目::中文`` as ``label::中文``; a header that is not known stays as it is."""
    plain = re.sub(r"\s*(::?)\s*", r"\1", " ".join(header.split()))
    plain = re.sub(r"^bind:(?!:)", "bind::", plain)
    known = _columns(sheet)
    if plain.lower() in known:
        return known[plain.lower()]
    head, mark, language = plain.replace("\uff1a", ":").partition("::")
    if not mark:
        head, mark, language = plain.replace("\uff1a", ":").partition(":")
    if mark and head.strip().lower() in known:
        return f"{known[head.strip().lower()]}::{language.strip()}"
    return plain


@cache
def _columns(sheet: str) -> dict[str, str]:
    table = wording("columns")[sheet]
    return {alias: name for name, aliases in table.items() for alias in (name, *aliases)}


@cache
def _types() -> tuple[tuple[str, str], ...]:
    """Every alias with its name, longest first."""
    pairs = [
        (alias.lower(), name)
        for name, aliases in wording("types").items()
        for alias in (name, *aliases)
    ]
    return tuple(sorted(pairs, key=lambda pair: -len(pair[0])))
