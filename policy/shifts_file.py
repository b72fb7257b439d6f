"""A table of who is on duty (值班表), as an office writes it: its lines, or all its faults."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import Any, Literal, TypeAlias

from policy.register.marking import Marks, with_marks
from policy.spreadsheet import Refusal, Sheet, cell_text, open_sheets

MAX_LINES = 2_000
MAX_WORD_CHARS = 40
#: So many days in a row are written in one line at most.
MAX_DAYS = 31
#: What lies further ahead is a wrong year.
AHEAD = timedelta(days=366)

Column: TypeAlias = Literal["first", "last", "name", "place", "post", "phone", "ignored"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftLine:
    """One person on duty from the first day to the last; ``row`` as Excel counts it."""

    row: int
    first: date
    last: date
    name: str = field(repr=False)
    #: As they are written; "" where they are not.
    place: str = ""
    post: str = ""
    phone: str = field(repr=False, default="")

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "ShiftLine":
        """The line in an answer of the reader."""
        days = {key: date.fromisoformat(told[key]) for key in ("first", "last")}
        return cls(**{**told, **days})


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftFault:
    """One thing that the office can mend."""

    code: str
    sheet: str
    #: The row as Excel counts it; None when it is about the whole table.
    row: int | None = None
    values: Mapping[str, object] = field(default_factory=dict)

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


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftTable:
    """The lines of a table that can be read, and all that is wrong with it."""

    sheet: str
    lines: tuple[ShiftLine, ...]
    faults: tuple[ShiftFault, ...]


def read_shifts(name: str, data: bytes, today: date) -> ShiftTable | Refusal:
    """The lines of a .xlsx or .csv file; dates without a year are the next ones to come."""
    sheets = open_sheets(name, data)
    return sheets if isinstance(sheets, Refusal) else _Reader(sheets[0], today).read()


def marked_up(name: str, data: bytes, remarks: Mapping[int, str]) -> bytes:
    """The same file with a red column of what is wrong with each row; rows as Excel counts."""
    sheets = open_sheets(name, data)
    if isinstance(sheets, Refusal):
        return data
    header, columns, _ = _header(sheets[0])
    marks = Marks(
        sheet=sheets[0].name,
        header_row=header + 1,
        width=max(columns, default=-1) + 1,
        remarks={row: ("bad", said) for row, said in remarks.items()},
        rows=range(header + 2, len(sheets[0].rows) + 1),
    )
    return with_marks(data, marks)


def remarks_of(faults: Iterable[ShiftFault]) -> dict[int, str]:
    """What is wrong, by row."""
    told: dict[int, list[str]] = {}
    for one in faults:
        if one.row is not None:
            told.setdefault(one.row, []).append(one.remark())
    return {row: " ".join(said) for row, said in told.items()}


# -- the header --------------------------------------------------------------------------------


def _header(sheet: Sheet) -> tuple[int, dict[int, Column], tuple[ShiftFault, ...]]:
    """The row of the header, what its columns mean, and what is wrong with it."""
    filled = [number for number, row in enumerate(sheet.rows) if any(map(cell_text, row))]
    if not filled:
        return 0, {}, (ShiftFault(code="empty", sheet=sheet.name),)
    for number in filled[:10]:  # A title or a note may stand above it.
        meant = {at: _column(cell_text(cell)) for at, cell in enumerate(sheet.rows[number])}
        if {"first", "name"} <= set(meant.values()):
            columns = {at: column for at, column in meant.items() if column is not None}
            return number, columns, tuple(_header_faults(sheet, number, meant))
    found = "、".join(filter(None, map(cell_text, sheet.rows[filled[0]])))[:MAX_WORD_CHARS]
    return 0, {}, (_fault("no-header", sheet.name, filled[0] + 1, found=found),)


def _header_faults(
    sheet: Sheet, number: int, meant: Mapping[int, Column | None]
) -> Iterator[ShiftFault]:
    seen: set[Column] = set()
    for at, column in meant.items():
        found = cell_text(sheet.rows[number][at])[:MAX_WORD_CHARS]
        if column is None and found:
            yield _fault("unknown-header", sheet.name, number + 1, found=found)
        if column is not None and column != "ignored":
            if column in seen:
                yield _fault("doubled-header", sheet.name, number + 1, found=found)
            seen.add(column)


def _column(header: str) -> Column | None:
    plain = re.sub(r"[\W_]", "", re.sub(r"\([^()]*\)", "", header))
    for column, synonyms in _TABLE["headers"].items():
        if plain in synonyms:
            found: Column = column
            return found
    return "ignored" if plain in _TABLE["words"]["ignored"] else None


# -- the lines ---------------------------------------------------------------------------------


class _Reader:
    """Reads the rows below the header; what is wrong with each is noted."""

    def __init__(self, sheet: Sheet, today: date) -> None:
        self._sheet, self._today = sheet, today
        self._faults: list[ShiftFault] = []

    def read(self) -> ShiftTable:
        header, columns, faults = _header(self._sheet)
        lines: tuple[ShiftLine, ...] = ()
        self._faults += faults
        if not faults:
            cells = [*self._cells(header, columns)]
            if not cells:
                self._faults.append(ShiftFault(code="empty", sheet=self._sheet.name))
            elif len(cells) > MAX_LINES:
                values = {"limit": MAX_LINES}
                fault = ShiftFault(code="too-many", sheet=self._sheet.name, values=values)
                self._faults.append(fault)
            else:
                lines = tuple(line for row, one in cells for line in self._lines(row, one))
        return ShiftTable(sheet=self._sheet.name, lines=lines, faults=tuple(self._faults))

    def _cells(
        self, header: int, columns: Mapping[int, Column]
    ) -> Iterator[tuple[int, dict[Column, object]]]:
        for number, row in enumerate(self._sheet.rows[header + 1 :], header + 2):
            cells = {columns[at]: cell for at, cell in enumerate(row) if at in columns}
            cells.pop("ignored", None)
            if any(map(cell_text, cells.values())):
                yield number, cells

    def _lines(self, row: int, cells: Mapping[Column, object]) -> Iterator[ShiftLine]:
        days = self._days(row, cells)
        names = [one for one in re.split(r"[、,;/\n]+", _word(cells, "name")) if one]
        if not names:
            self._say("no-name", row)
        for name in names if days is not None else ():
            assert days is not None
            yield ShiftLine(
                row=row,
                first=days[0],
                last=days[1],
                name=name[:MAX_WORD_CHARS],
                place=_word(cells, "place"),
                post=_word(cells, "post"),
                phone=_word(cells, "phone"),
            )

    def _days(self, row: int, cells: Mapping[Column, object]) -> tuple[date, date] | None:
        first = self._day(row, cells.get("first"), is_needed=True)
        last = self._day(row, cells.get("last")) if _word(cells, "last") else first
        if first is None or last is None:
            return None
        count = (last - first).days + 1
        if count < 1:
            self._say("backwards", row, first=first, last=last)
        elif last < self._today:
            self._say("past", row, found=last)
        elif last > self._today + AHEAD:
            self._say("far", row, found=last)
        elif count > MAX_DAYS:
            self._say("too-long", row, count=count, limit=MAX_DAYS)
        else:
            return first, last
        return None

    def _day(self, row: int, cell: object, *, is_needed: bool = False) -> date | None:
        text = cell_text(cell)
        if not text:
            if is_needed:
                self._say("no-day", row)
            return None
        day = cell.date() if isinstance(cell, datetime) else read_day(text, self._today)
        if day is None:
            self._say("odd-day", row, found=text[:MAX_WORD_CHARS])
        return day

    def _say(self, code: str, row: int, **values: object) -> None:
        self._faults.append(_fault(code, self._sheet.name, row, **values))


def read_day(text: str, today: date) -> date | None:
    """2026-12-01, 2026/12/1, 2026年12月1日, 12月1日, 12.1: the next such day to come."""
    found = re.match(
        r"(?:(\d{4})\s*[-/.年]\s*)?(\d{1,2})\s*[-/.月]\s*(\d{1,2})日?(?!\d)"
        r"\s*(?:\(?(?:星期|周).\)?|00:00(?::00)?)?$",
        text,
    )
    if found is None:
        return None
    year, month, day = (int(part) if part else 0 for part in found.groups())
    for guess in (year,) if year else (today.year, today.year + 1):
        try:
            meant = date(guess, month, day)
        except ValueError:
            continue
        if year or meant >= today:
            return meant
    return None


def _word(cells: Mapping[Column, object], column: Column) -> str:
    return cell_text(cells.get(column))


def _fault(code: str, sheet: str, row: int, **values: object) -> ShiftFault:
    said = {key: str(value) for key, value in values.items()}
    return ShiftFault(code=code, sheet=sheet, row=row, values=said)


_TABLE: dict[str, Any] = tomllib.loads(
    files("policy").joinpath("shifts_file.toml").read_text("utf-8")
)
