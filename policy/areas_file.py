"""A county's table of places, as an office writes it, read into areas or a list of faults."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal, TypeAlias

from policy.areas import AreaRow
from policy.register.marking import Marks, with_marks
from policy.spreadsheet import MAX_ROWS, Refusal, Sheet, cell_text, open_sheets

MAX_NAME_CHARS = 40

Column: TypeAlias = Literal[
    "county", "town", "village", "group", "alias", "village_alias", "group_alias",
    "longitude", "latitude", "ignored",
]  # fmt: skip
#: Where in the world a county of China may lie: from, to.
WITHIN: Mapping[Column, tuple[float, float]] = {"longitude": (73, 136), "latitude": (3, 54)}


@dataclass(frozen=True, slots=True, kw_only=True)
class AreasFault:
    """One thing that the office can mend."""

    code: str
    sheet: str
    #: The row as Excel counts it; None when it is about the whole table.
    row: int | None = None
    values: Mapping[str, object]

    def sentence(self) -> str:
        """Where, what, and how to mend it, in Chinese."""
        form = _TABLE["words"]["whole" if self.row is None else "place"]
        return str(form).format(sheet=self.sheet, row=self.row, **self._said())

    def remark(self) -> str:
        """The same for the row itself, where nobody need say which it is."""
        return str(_TABLE["words"]["beside"]).format(**self._said())

    def _said(self) -> Mapping[str, str]:
        said = _TABLE["faults"][self.code]
        return {key: said[key].format(**self.values) for key in ("what", "cure")}


@dataclass(frozen=True, slots=True)
class AreasFaults:
    """The table was refused: everything that is wrong with it."""

    faults: tuple[AreasFault | Refusal, ...]


def read_file(name: str, data: bytes, county: str = "") -> tuple[AreaRow, ...] | AreasFaults:
    """The areas in a .xlsx or .csv file; ``county`` names the county when no column does."""
    sheet = read_cells(name, data)
    return sheet if isinstance(sheet, AreasFaults) else read_areas(sheet, county)


def read_cells(name: str, data: bytes) -> Sheet | AreasFaults:
    """The first sheet of a .xlsx or .csv file."""
    sheets = open_sheets(name, data)
    return AreasFaults((sheets,)) if isinstance(sheets, Refusal) else sheets[0]


def marked_up(name: str, data: bytes, remarks: Mapping[int, str]) -> bytes:
    """The same file with a red column of what is wrong with each row; rows as Excel counts."""
    sheet = read_cells(name, data)
    if isinstance(sheet, AreasFaults):
        return data
    header, columns, _ = _header(sheet)
    marks = Marks(
        sheet=sheet.name,
        header_row=header + 1,
        width=max(columns, default=-1) + 1,
        remarks={row: ("bad", said) for row, said in remarks.items()},
        rows=range(header + 2, len(sheet.rows) + 1),
    )
    return with_marks(data, marks)


def read_areas(sheet: Sheet, county: str = "") -> tuple[AreaRow, ...] | AreasFaults:
    """Areas numbered in the order of the table, parents before children; or every fault."""
    if len(sheet.rows) > MAX_ROWS:
        return AreasFaults(
            (AreasFault(code="too-many", sheet=sheet.name, values={"limit": MAX_ROWS}),)
        )
    header, columns, faults = _header(sheet)
    if faults:
        return AreasFaults(tuple(faults))
    lines = list(_lines(sheet, header, columns))
    faults = [fault for line in lines for fault in _faults_of(sheet.name, line)]
    faults += _doubled(sheet.name, lines)
    if not lines:
        faults = [AreasFault(code="no-rows", sheet=sheet.name, values={})]
    if faults:
        faults.sort(key=lambda fault: fault.row or 0)
        return AreasFaults(tuple(faults))
    return tuple(_Growing(county or _TABLE["words"]["county"]).take(lines))


# -- rows --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One row of the table; ``row`` as Excel counts it."""

    row: int
    cells: Mapping[Column, str]

    def get(self, column: Column) -> str:
        return self.cells.get(column, "")

    def names(self) -> tuple[str, str, str, str]:
        return self.get("county"), self.get("town"), self.get("village"), self.get("group")


def _header(sheet: Sheet) -> tuple[int, dict[int, Column], list[AreasFault]]:
    """The row of the header, what its columns mean, and what is wrong with it."""
    filled = [number for number, row in enumerate(sheet.rows) if any(map(cell_text, row))]
    if not filled:
        return 0, {}, [AreasFault(code="empty", sheet=sheet.name, values={})]
    for number in filled[:10]:  # A title or a note may stand above it.
        meant = {at: _column(cell_text(cell)) for at, cell in enumerate(sheet.rows[number])}
        if {"town", "village"} <= set(meant.values()):
            faults = list(_header_faults(sheet, number, meant))
            columns = {at: column for at, column in meant.items() if column is not None}
            return number, columns, faults
    found = "、".join(filter(None, map(cell_text, sheet.rows[filled[0]])))[:MAX_NAME_CHARS]
    return 0, {}, [_fault("no-header", sheet.name, filled[0], found=found)]


def _header_faults(
    sheet: Sheet, number: int, meant: Mapping[int, Column | None]
) -> Iterator[AreasFault]:
    seen: set[str] = set()
    for at, column in meant.items():
        found = cell_text(sheet.rows[number][at])
        if column is None and found:
            yield _fault("unknown-header", sheet.name, number, found=found[:MAX_NAME_CHARS])
        if column is not None and column != "ignored" and column in seen:
            yield _fault("doubled-header", sheet.name, number, found=found)
        seen.add(column or "")


def _column(header: str) -> Column | None:
    plain = re.sub(r"[\W_]", "", re.sub(r"\([^()]*\)", "", header))
    wordy = re.sub(r"[\W_]", "", header)
    for column, synonyms in _TABLE["headers"].items():
        if plain in synonyms or wordy in synonyms:
            found: Column = column
            return found
    return "ignored" if plain in _TABLE["words"]["ignored"] else None


def _lines(sheet: Sheet, header: int, columns: Mapping[int, Column]) -> Iterator[_Line]:
    for number, row in enumerate(sheet.rows[header + 1 :], header + 1):
        cells = {columns[at]: cell_text(cell) for at, cell in enumerate(row) if at in columns}
        cells.pop("ignored", None)
        if any(cells.values()):
            yield _Line(row=number + 1, cells=cells)


# -- faults ------------------------------------------------------------------------------------


def _faults_of(sheet: str, line: _Line) -> Iterator[AreasFault]:
    at = line.row - 1
    for name in line.names():
        if len(name) > MAX_NAME_CHARS:
            yield _fault("too-long", sheet, at, found=name[:10], limit=MAX_NAME_CHARS)
        elif re.search(r"[\n\r/;,|<>\"]|^[=+@-]|\x00", name):
            yield _fault("odd-name", sheet, at, found=" ".join(name.split())[:20])
    _, town, village, group = line.names()
    if not town and (village or group):
        yield _fault("no-town", sheet, at)
    if group and not village:
        yield _fault("no-village", sheet, at, found=group[:MAX_NAME_CHARS])
    yield from _odd_positions(sheet, line)
    if not any(line.names()):
        found = next(filter(None, line.cells.values()))
        yield _fault("alone-alias", sheet, at, found=found[:MAX_NAME_CHARS])


def _odd_positions(sheet: str, line: _Line) -> Iterator[AreasFault]:
    """Both columns or neither, in degrees, within China."""
    written = [column for column in WITHIN if line.get(column)]
    for column in written:
        low, high = WITHIN[column]
        if not low <= (_degrees(line.get(column)) or 0) <= high:
            found = line.get(column)[:MAX_NAME_CHARS]
            yield _fault(f"odd-{column}", sheet, line.row - 1, found=found)
    if len(written) == 1:
        yield _fault("half-position", sheet, line.row - 1)


def _degrees(written: str) -> float | None:
    """99.1234, 99.1234° or 99.1234E as a number."""
    plain = re.fullmatch(r"[东北]?[经纬]?\s*(\d{1,3}(?:\.\d+)?)\s*[°度]?\s*[ENen]?", written)
    return float(plain[1]) if plain else None


def _doubled(sheet: str, lines: Iterable[_Line]) -> list[AreasFault]:
    first: dict[tuple[str, ...], int] = {}
    faults = []
    for line in lines:
        earlier = first.setdefault(line.names(), line.row)
        if earlier != line.row and any(line.names()):
            found = "".join(line.names())[:MAX_NAME_CHARS]
            faults.append(_fault("doubled", sheet, line.row - 1, found=found, first=earlier))
    return faults


def _fault(code: str, sheet: str, at: int, **values: object) -> AreasFault:
    return AreasFault(code=code, sheet=sheet, row=at + 1, values=values)


# -- areas -------------------------------------------------------------------------------------


class _Growing:
    """Areas as the rows name them: each place once, below the one that it belongs to."""

    def __init__(self, county: str):
        self._county = county
        self._ids: dict[tuple[str, ...], int] = {}
        self._aliases: dict[int, list[str]] = {}
        #: Latitude and longitude.
        self._positions: dict[int, tuple[float, float]] = {}
        #: The first row that names a place.
        self._lines: dict[int, int] = {}

    def take(self, lines: Sequence[_Line]) -> list[AreaRow]:
        """The areas of all rows."""
        shared = _aliases_of_villages(lines)
        for line in lines:
            self._place(line, line.row in shared)
        rows = [self._row(path, area) for path, area in self._ids.items()]
        return sorted(rows, key=lambda row: row.id)

    def _place(self, line: _Line, alias_is_the_village_s: bool) -> None:
        county, *below = line.names()
        path: tuple[str, ...] = (county or self._county,)
        places = [self._id(path)]
        for name in filter(None, below):
            path = (*path, name)
            places.append(self._id(path))
        for place in places:
            self._lines.setdefault(place, line.row)
        village = places[min(2, len(places) - 1)]
        self._alias(village if alias_is_the_village_s else places[-1], line.get("alias"))
        self._alias(village, line.get("village_alias"))
        self._alias(places[-1], line.get("group_alias"))
        north, east = _degrees(line.get("latitude")), _degrees(line.get("longitude"))
        if north is not None and east is not None:
            self._positions.setdefault(places[-1], (north, east))

    def _id(self, path: tuple[str, ...]) -> int:
        return self._ids.setdefault(path, len(self._ids) + 1)

    def _alias(self, area: int, said: str) -> None:
        known = self._aliases.setdefault(area, [])
        known += [one for one in re.split(r"[、,;/\s]+", said) if one and one not in known]

    def _row(self, path: tuple[str, ...], area: int) -> AreaRow:
        north, east = self._positions.get(area, (None, None))
        return AreaRow(
            id=area,
            parent_id=self._ids[path[:-1]] if path[:-1] else None,
            kind=("county", "town", "village", "group")[len(path) - 1],
            name=path[-1],
            aliases=tuple(self._aliases.get(area, ())),
            position=area,
            latitude=north,
            longitude=east,
            line=self._lines[area],
        )


def _aliases_of_villages(lines: Sequence[_Line]) -> set[int]:
    """Rows whose alias is the village's: it is written once, in the village's first row.

    Where several rows of a village have one, each is that of its own group.
    """
    of_village: dict[tuple[str, ...], list[_Line]] = {}
    for line in lines:
        of_village.setdefault(line.names()[:3], []).append(line)
    return {
        rows[0].row
        for rows in of_village.values()
        if rows[0].get("alias") and not any(row.get("alias") for row in rows[1:])
    }


_TABLE: dict[str, Any] = tomllib.loads(files("policy").joinpath("places.toml").read_text("utf-8"))
