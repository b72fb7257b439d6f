"""A roster as townships send it, read into children, with everything that is wrong said."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import zip_longest
from typing import TypeAlias

from policy.areas import AreaTree
from policy.register.birth_dates import read_birth_dates
from policy.register.cells import Cell, read_cell, written
from policy.register.columns import COLUMNS, IGNORED
from policy.register.matching import Child, keys_of, same_child, sounds_alike
from policy.register.roster import Roster, RosterFault, RosterRow
from policy.register.roster_places import RosterPlaces
from policy.register.row_checks import LEAVES_AT, checked_row
from policy.spreadsheet import Refusal, Sheet, open_sheets

MAX_ROSTER_ROWS = 20_000
#: Titles and notes above a header are never longer.
MAX_TITLE_ROWS = 40
MAX_SHOWN_CHARS = 40


#: What is told while it goes on: how many rows are read, of how many.
Progress: TypeAlias = Callable[[int, int], None]
#: Rows between two such words.
TELL_EVERY = 250


def _silent(done: int, of: int) -> None:
    pass


def read_roster(
    name: str,
    data: bytes,
    tree: AreaTree,
    today: date,
    progress: Progress = _silent,
    *,
    leaves_at: int = LEAVES_AT,
) -> Roster | Refusal:
    """The children of a .xlsx or .csv file, from the sheet that holds most of them."""
    sheets = open_sheets(name, data)
    if isinstance(sheets, Refusal):
        return sheets
    return read_sheets(sheets, tree, today, progress, leaves_at=leaves_at)


def read_sheets(
    sheets: Sequence[Sheet],
    tree: AreaTree,
    today: date,
    progress: Progress = _silent,
    *,
    leaves_at: int = LEAVES_AT,
) -> Roster:
    """The same from cells."""
    headers = [(sheet, header) for sheet in sheets if (header := _find_header(sheet))]
    if not headers:
        return _without_header(sheets)
    sheet, header = max(headers, key=lambda one: len(one[0].rows) - one[1].at)
    lines = list(_lines(sheet, header))
    faults = [
        *_header_faults(sheet, header),
        *(
            RosterFault.of("other-sheet", where=sheet.name, found=other.name[:MAX_SHOWN_CHARS])
            for other, at in headers
            if other is not sheet and any(_lines(other, at))
        ),
    ]
    if not lines:
        faults = [RosterFault.of("no-rows", where=sheet.name)]
    if len(lines) > MAX_ROSTER_ROWS:
        faults = [RosterFault.of("too-many-rows", where=sheet.name, limit=MAX_ROSTER_ROWS)]
        lines = []
    rows = _Reading(header, RosterPlaces(tree), today, leaves_at).rows(lines, progress)
    return Roster(
        sheet=sheet.name,
        header_row=header.at + 1,
        columns=header.columns,
        rows=tuple(_compared(rows)),
        faults=tuple(faults),
    )


# -- the header --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    """The last line of the header: ``at`` counts from 0."""

    at: int
    #: Column -> key, for those that are read.
    columns: Mapping[int, str]
    headings: tuple[str, ...]
    #: Columns with headings that are not known, and those that say again what another says.
    unknown: tuple[int, ...]
    doubled: tuple[int, ...]

    def is_better_than(self, other: "_Header") -> bool:
        """More columns; or as many, as the lower line of a header of two."""
        more = len(self.columns) - len(other.columns)
        return more > 0 or (more == 0 and self.at == other.at + 1)

    def heading_of(self) -> dict[str, str]:
        """Key -> heading as the file has it."""
        return {key: self.headings[at] for at, key in self.columns.items()}


def _find_header(sheet: Sheet) -> _Header | None:
    """The row that names most columns, if it names the children and two things of them."""
    above: Sequence[str] = ()
    best: _Header | None = None
    for at, row in enumerate(sheet.rows[:MAX_TITLE_ROWS]):
        texts = [_heading(cell) for cell in row]
        over = _spread(above, len(texts))
        # Where the lower line of a header is blank, the upper one speaks.
        low = [
            text or high for text, high in zip_longest(texts, above[: len(texts)], fillvalue="")
        ]
        header = _header(at, low, over)
        is_header = sum(map(COLUMNS.knows, texts)) >= _FEWEST_OWN
        if is_header and (best is None or header.is_better_than(best)):
            best = header
        above = texts
    if best is None or "name" not in best.columns.values() or len(best.columns) < _FEWEST:
        return None
    return best


def _header(at: int, texts: Sequence[str], above: Sequence[str]) -> _Header:
    columns: dict[int, str] = {}
    unknown, doubled = [], []
    for column, key in enumerate(COLUMNS.read_headings(above, texts)):
        if key is None:
            unknown.append(column)
        elif key in columns.values():
            doubled.append(column)
        elif key != IGNORED:
            columns[column] = key
    return _Header(
        at=at,
        columns=columns,
        headings=tuple(texts),
        unknown=tuple(unknown),
        doubled=tuple(doubled),
    )


def _heading(cell: object) -> str:
    return "".join(written(cell).split())


def _spread(above: Sequence[str], width: int) -> list[str]:
    """A heading over several columns stands in the first of them."""
    spread: list[str] = []
    for text in above[:width]:
        spread.append(text or (spread[-1] if spread else ""))
    return spread + [""] * (width - len(spread))


def _header_faults(sheet: Sheet, header: _Header) -> Iterator[RosterFault]:
    for code, columns in (
        ("unknown-heading", header.unknown),
        ("doubled-heading", header.doubled),
    ):
        for column in columns:
            found = header.headings[column][:MAX_SHOWN_CHARS]
            yield RosterFault.of(code, where=sheet.name, found=found)
    for key in COLUMNS.core:
        if key not in header.columns.values():
            yield RosterFault.of("missing-column", where=sheet.name, found=COLUMNS[key].heading)


def _without_header(sheets: Sequence[Sheet]) -> Roster:
    sheet = sheets[0]
    texts = ([text for cell in row if (text := _heading(cell))] for row in sheet.rows)
    found = "、".join(next(filter(None, texts), []))[:MAX_SHOWN_CHARS]
    code = "no-header" if found else "empty-sheet"
    fault = RosterFault.of(code, where=sheet.name, found=found)
    return Roster(sheet=sheet.name, faults=(fault,))


# -- the rows ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One row of the sheet with something in it; ``row`` as Excel counts it."""

    row: int
    cells: Mapping[str, object] = field(repr=False)


def _lines(sheet: Sheet, header: _Header) -> Iterator[_Line]:
    """The rows of children: no blank ones, no footer, no header printed again."""
    name_at = next(at for at, key in header.columns.items() if key == "name")
    name = header.headings[name_at]
    for number, row in enumerate(sheet.rows[header.at + 1 :], header.at + 2):
        cells = {
            key: row[at]
            for at, key in header.columns.items()
            if at < len(row) and not _is_blank(row[at])
        }
        again = name_at < len(row) and _heading(row[name_at]) == name
        if cells and not again and not _is_footer(row, cells):
            yield _Line(row=number, cells=cells)


def _is_blank(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _is_footer(row: Sequence[object], cells: Mapping[str, object]) -> bool:
    if "name" in cells and "id_number" in cells:
        return False
    first = next(filter(None, map(_heading, row)), "")
    return first.startswith(COLUMNS.words["footers"])


class _Reading:
    """The rows of one sheet, one after the other."""

    def __init__(self, header: _Header, places: RosterPlaces, today: date, leaves_at: int):
        self._keys = tuple(header.columns.values())
        self._headings = header.heading_of()
        self._places = places
        self._today = today
        self._leaves_at = leaves_at
        self._known: dict[tuple[str, str], Cell] = {}

    def rows(self, lines: Sequence[_Line], progress: Progress) -> list[RosterRow]:
        """Each row read and checked for itself."""
        rows = []
        for number, line in enumerate(lines):
            if number % TELL_EVERY == 0:
                progress(number, len(lines))
            rows.append(self._row(line))
        return rows

    def _row(self, line: _Line) -> RosterRow:
        births = read_birth_dates(line.cells.get("birth_date"), self._today)
        # Half a year off is near enough to tell a century.
        near = date(births[0].year, births[0].month or 6, 15) if births else None
        cells = {key: self._cell(key, line.cells.get(key), near) for key in self._keys}
        place = self._places.find(*(_text(cells, key) for key in _PLACE))
        return checked_row(line.row, cells, place, self._headings, self._today, self._leaves_at)

    def _cell(self, key: str, raw: object, near: date | None) -> Cell:
        if raw is None:
            return _NOTHING
        column = COLUMNS[key]
        if column.kind not in _OFTEN_THE_SAME or not isinstance(raw, str):
            return read_cell(column, raw, self._today, None if column.person else near)
        if (key, raw) not in self._known:
            self._known[key, raw] = read_cell(column, raw, self._today)
        return self._known[key, raw]


def _text(cells: Mapping[str, Cell], key: str) -> str:
    value = cells[key].value if key in cells else None
    return value if isinstance(value, str) else ""


# -- between rows ------------------------------------------------------------------------------


def _compared(rows: Sequence[RosterRow]) -> Iterator[RosterRow]:
    """The rows with what one says against another."""
    more: dict[int, list[RosterFault]] = {}
    seen: dict[str, list[RosterRow]] = {}
    for row in rows:
        child = child_of(row)
        keys = keys_of(child) if child.name else frozenset()
        known = {one.row: one for key in keys for one in seen.get(key, ())}
        for first in known.values():
            for fault in _doubled(first, row):
                more.setdefault(fault.row or 0, []).append(fault)
        for key in keys:
            seen.setdefault(key, []).append(row)
    for row in rows:
        yield replace(row, faults=(*row.faults, *more[row.row])) if row.row in more else row


def _doubled(first: RosterRow, later: RosterRow) -> Iterator[RosterFault]:
    if first.values == later.values:
        yield RosterFault.of("row-doubled", row=later.row, first=first.row)
        return
    one, other = child_of(first), child_of(later)
    is_same_number = bool(one.id_number) and one.id_number == other.id_number
    if is_same_number and not sounds_alike(one.name, other.name):
        yield RosterFault.of("id-claimed", row=first.row, later=later.row)
        yield RosterFault.of("id-doubled", row=later.row, first=first.row)
    elif same_child(other, one) != "no":
        yield RosterFault.of("child-doubled", row=later.row, first=first.row)


def child_of(row: RosterRow) -> Child:
    """What tells the child of a row from others."""
    phones = ("guardian_phone", "father_phone", "mother_phone", "household_phone")
    parents = (row.text("father_name"), row.text("mother_name"))
    return Child(
        name=row.text("name"),
        id_number=row.text("id_number"),
        birth=row.text("birth_date"),
        phones=frozenset(number for key in phones for number in row.several(key)),
        parents=frozenset(filter(None, parents)),
        village=row.area or 0,
    )


#: The name and two things more make a roster.
_FEWEST = 3
#: The lower line of a header has headings of its own; a row of a child has none but by chance.
_FEWEST_OWN = 2
_NOTHING = Cell()
_OFTEN_THE_SAME = ("choice", "choices", "area", "school")
_PLACE = ("town", "village", "group", "address")
