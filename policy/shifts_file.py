"""A table of who is on duty (值班表), as an office writes it: its lines, or all its faults."""

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import Any, Literal, TypeAlias

from policy import small_tables
from policy.small_tables import (
    MAX_WORD_CHARS,
    Header,
    RowFault,
    doubled,
    filled,
    find_header,
    first_words,
    named_by,
)
from policy.spreadsheet import Refusal, Sheet, cell_text, open_sheets

MAX_LINES = 2_000
#: So many days in a row are written in one line at most.
MAX_DAYS = 31
#: What lies further ahead is a wrong year.
AHEAD = timedelta(days=366)

Column: TypeAlias = Literal["first", "last", "name", "place", "post", "phone", "ignored"]
_TABLE: dict[str, Any] = tomllib.loads(
    files("policy").joinpath("shifts_file.toml").read_text("utf-8")
)


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


class ShiftFault(RowFault):
    """One thing that the office can mend."""

    told = _TABLE


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
    return small_tables.marked_up(name, data, remarks, _header)


def _header(sheet: Sheet) -> Header[Column] | None:
    return find_header(sheet, _column, ("first", "name"))


def _column(heading: str) -> Column | None:
    synonyms: Mapping[Column, Collection[str]] = {
        **_TABLE["headers"],
        "ignored": _TABLE["words"]["ignored"],
    }
    return named_by(synonyms, heading)


# -- the lines ---------------------------------------------------------------------------------


class _Reader:
    """Reads the rows below the header; what is wrong with each is noted."""

    def __init__(self, sheet: Sheet, today: date) -> None:
        self._sheet, self._today = sheet, today
        self._faults: list[ShiftFault] = []

    def read(self) -> ShiftTable:
        head = _header(self._sheet)
        lines: tuple[ShiftLine, ...] = ()
        if head is None:
            self._say_of_no_header()
        elif self._is_well(head):
            cells = [*self._cells(head)]
            if not cells:
                self._say("empty")
            elif len(cells) > MAX_LINES:
                self._say("too-many", limit=MAX_LINES)
            else:
                lines = tuple(line for row, one in cells for line in self._lines(row, one))
        return ShiftTable(sheet=self._sheet.name, lines=lines, faults=tuple(self._faults))

    def _say_of_no_header(self) -> None:
        rows = filled(self._sheet)
        if not rows:
            self._say("empty")
        else:
            self._say("no-header", rows[0] + 1, found=first_words(self._sheet, rows[0]))

    def _is_well(self, head: Header[Column]) -> bool:
        for heading in head.unknown:
            self._say("unknown-header", head.at + 1, found=heading[:MAX_WORD_CHARS])
        for at, column in doubled(head).items():
            if column != "ignored":
                found = cell_text(self._sheet.rows[head.at][at])[:MAX_WORD_CHARS]
                self._say("doubled-header", head.at + 1, found=found)
        return not self._faults

    def _cells(self, head: Header[Column]) -> Iterator[tuple[int, dict[Column, object]]]:
        for number, row in enumerate(self._sheet.rows[head.at + 1 :], head.at + 2):
            cells = {head.columns[at]: cell for at, cell in enumerate(row) if at in head.columns}
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

    def _say(self, code: str, row: int | None = None, **values: object) -> None:
        said = {key: str(value) for key, value in values.items()}
        fault = ShiftFault(code=code, sheet=self._sheet.name, row=row, values=said)
        self._faults.append(fault)


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
