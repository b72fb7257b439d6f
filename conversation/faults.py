"""What can be wrong with a form, said to the office: where, what, and how to mend it."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong: a code, its place in the workbook, and about what."""

    code: str
    #: survey, choices, settings, or "" for the file as a whole.
    sheet: str = ""
    #: As Excel counts them; 0 when it is no single row.
    row: int = 0
    column: str = ""
    about: str = ""
    #: Another row that has to do with it.
    other: int = 0
    #: Where in an expression, counted from 0; -1 when that says nothing.
    at: int = -1

    @property
    def what(self) -> str:
        """What is wrong, in Chinese."""
        return self._words()[0]

    @property
    def cure(self) -> str:
        """How to mend it, in Chinese."""
        return self._words()[1]

    def sentence(self) -> str:
        """All of it in one line for the office."""
        shapes = wording("sentence")
        column = column_name(self.sheet, self.column)
        shape = shapes["here"] if self.row else shapes["sheet"] if self.sheet else shapes["file"]
        return str(shape).format(
            sheet=wording("names").get(self.sheet, self.sheet),
            row=self.row,
            column=shapes["column"].format(column=column) if column else "",
            what=self.what,
            cure=self.cure,
        )

    def _words(self) -> tuple[str, str]:
        what, cure = wording("faults").get(self.code, wording("faults")["odd"])
        about = self.about or self.code
        filled = {
            "about": about,
            "other": self.other,
            "at": self.at + 1,
            "functions": wording("names")["functions"],
        }
        return what.format(**filled), cure.format(**filled)


def warning(code: str, *, row: int = 0, about: str = "", other: int = 0, count: int = 0) -> str:
    """A line about something that was passed over, or that an expert would mention."""
    words = str(wording("warnings")[code]).format(about=about, other=other, count=count)
    name = wording("names")["survey"]
    return f"「{name}」第{row}行：{words}。" if row else f"{words}。"


def column_name(sheet: str, column: str) -> str:
    """What the office calls a column of a sheet."""
    names = wording("names")["columns"]
    return str(names.get(sheet, {}).get(column) or names.get(column, column))


def wording(name: str) -> dict[str, Any]:
    """A table of the words of workbooks and their faults."""
    found = _tables()[name]
    assert isinstance(found, dict)
    return found


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(files("conversation").joinpath("sheets.toml").read_text("utf-8"))
