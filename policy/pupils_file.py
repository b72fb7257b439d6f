"""A list of pupils (班级名单), as a teacher keeps it: its lines, or all its faults."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib.resources import files
from typing import Any, Literal, TypeAlias

from policy import small_tables
from policy.absence_lines.class_names import ClassName, read_class
from policy.absence_lines.names import MAX_NAME_CHARS
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
from policy.sounds import plain
from policy.spreadsheet import Refusal, Sheet, cell_text, open_sheets

MAX_LINES = 400

Column: TypeAlias = Literal["name", "class", "grade", "school", "boards"]
_TABLE: dict[str, Any] = tomllib.loads(
    files("policy").joinpath("pupils_file.toml").read_text("utf-8")
)
#: A title above the table, or the name of the sheet, may say which school and class.
_SCHOOL = re.compile(r"[一-鿿]{2,20}?(?:小学|中学|学校|幼儿园|教学点)")
_NAME = re.compile(rf"[一-鿿·]{{2,{MAX_NAME_CHARS}}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PupilLine:
    """One pupil; ``row`` as Excel counts it."""

    row: int
    name: str = field(repr=False)
    #: As it is written, without blanks; it names a class.
    room: str
    #: "" where nothing says it.
    school: str = ""
    boards: bool = False


class PupilFault(RowFault):
    """One thing that the teacher can mend."""

    told = _TABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class PupilTable:
    """The lines of a list that can be read, and all that is wrong with it."""

    sheet: str
    lines: tuple[PupilLine, ...]
    faults: tuple[PupilFault, ...]
    #: Headings of what a class does not need: it is not kept.
    unused: tuple[str, ...] = ()


def read_pupils(name: str, data: bytes) -> PupilTable | Refusal:
    """The pupils of a .xlsx or .csv file; nothing is kept but name, class, school, boarding."""
    sheets = open_sheets(name, data)
    return sheets if isinstance(sheets, Refusal) else _Reader(sheets[0], name).read()


def marked_up(name: str, data: bytes, remarks: Mapping[int, str]) -> bytes:
    """The same file with a red column of what is wrong with each row; rows as Excel counts."""
    return small_tables.marked_up(name, data, remarks, _header)


def _header(sheet: Sheet) -> Header[Column] | None:
    needed: tuple[Column] = ("name",)
    return find_header(sheet, partial(named_by, _TABLE["headers"]), needed)


# -- the lines ---------------------------------------------------------------------------------


class _Reader:
    """Reads the rows below the header; what is wrong with each is noted."""

    def __init__(self, sheet: Sheet, file: str) -> None:
        self._sheet, self._file = sheet, file
        self._faults: list[PupilFault] = []
        self._title_class = self._title_school = ""
        #: School, class and name of each pupil -> the first row that has them.
        self._seen: dict[tuple[str, ClassName | None, str], int] = {}

    def read(self) -> PupilTable:
        head = _header(self._sheet)
        lines: tuple[PupilLine, ...] = ()
        if head is None:
            self._say_of_no_header()
        else:
            self._read_title(head)
            lines = tuple(self._lines(head))
        return PupilTable(
            sheet=self._sheet.name,
            lines=lines,
            faults=tuple(self._faults),
            unused=head.unknown if head else (),
        )

    def _say_of_no_header(self) -> None:
        rows = filled(self._sheet)
        if not rows:
            self._say("empty")
        else:
            self._say("no-header", found=first_words(self._sheet, rows[0]))

    def _read_title(self, head: Header[Column]) -> None:
        """The title is nearer than the sheet's name, and that nearer than the file's."""
        title = "".join(cell_text(cell) for row in self._sheet.rows[: head.at] for cell in row)
        for text in (title, self._sheet.name, self._file):
            if not self._title_class and read_class(text):
                self._title_class = _class_in(text)
            if not self._title_school and (found := _SCHOOL.search(text)):
                self._title_school = found[0]

    def _lines(self, head: Header[Column]) -> Iterator[PupilLine]:
        for column in sorted({*doubled(head).values()}):
            self._say("doubled-header", head.at + 1, found=_TABLE["headers"][column][0])
        rows = [
            (number, cells)
            for number, row in enumerate(self._sheet.rows[head.at + 1 :], head.at + 2)
            if any((cells := _cells(row, head.columns)).values())
        ]
        if not rows:
            self._say("empty")
        if len(rows) > MAX_LINES:
            self._say("too-many", limit=MAX_LINES)
            return
        told = {"class", "grade"} & {*head.columns.values()}
        if rows and not told and not self._title_class:
            self._say("no-class")
        for number, cells in rows:
            line = self._line(number, cells)
            if line is not None:
                yield line

    def _line(self, row: int, cells: Mapping[Column, str]) -> PupilLine | None:
        name = re.sub(r"\s|\(.*\)", "", cells.get("name", ""))
        room = _room(cells) or self._title_class
        school = re.sub(r"\s", "", cells.get("school", "")) or self._title_school
        boards = _BOARDS.get(cells.get("boards", ""))
        before = len(self._faults)
        if not name:
            self._say("no-name", row)
        elif not _NAME.fullmatch(name):
            self._say("odd-name", row, found=name[:MAX_WORD_CHARS])
        if room and read_class(room) is None:
            self._say("odd-class", row, found=room[:MAX_WORD_CHARS])
        if boards is None:
            self._say("odd-boards", row, found=cells["boards"][:MAX_WORD_CHARS])
        if name:
            key = (school, read_class(room), plain(name))
            first = self._seen.setdefault(key, row)
            if first != row:
                self._say("doubled", row, found=name[:MAX_WORD_CHARS], first=first)
        if len(self._faults) > before or not room:
            return None
        return PupilLine(row=row, name=name, room=room, school=school, boards=bool(boards))

    def _say(self, code: str, row: int | None = None, **values: object) -> None:
        said = {key: str(value) for key, value in values.items()}
        fault = PupilFault(code=code, sheet=self._sheet.name, row=row, values=said)
        self._faults.append(fault)


def _cells(row: Iterable[object], columns: Mapping[int, Column]) -> dict[Column, str]:
    return {columns[at]: cell_text(cell) for at, cell in enumerate(row) if at in columns}


def _room(cells: Mapping[Column, str]) -> str:
    """三年级 and 2班 may stand in two columns."""
    grade, room = (re.sub(r"\s", "", cells.get(one, "")) for one in ("grade", "class"))
    is_whole = read_class(room) is not None and (read_class(room) or ClassName()).grade is not None
    return room if is_whole or not grade else grade + room


def _class_in(text: str) -> str:
    """三年级2班, out of 青石小学三年级2班学生名单."""
    named = read_class(text)
    assert named is not None
    found = _SCHOOL.search(text)
    rest = text[found.end() :] if found else text
    return next(
        (
            rest[:end]
            for end in range(2, len(rest) + 1)
            if rest[end - 1] in "班级" and read_class(rest[:end]) == named
        ),
        rest[:MAX_WORD_CHARS],
    )


_BOARDS: dict[str, bool] = {
    **dict.fromkeys(_TABLE["words"]["boards"], True),
    **dict.fromkeys(["", *_TABLE["words"]["goes_home"]], False),
}
