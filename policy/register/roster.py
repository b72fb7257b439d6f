"""What a roster says once it is read: the children in it and what is wrong with each row."""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.resources import files
from typing import Any, Literal, TypeAlias

#: bad: the row is not taken; doubtful: taken, and somebody should look; cleaned: mended by us.
Grade: TypeAlias = Literal["bad", "doubtful", "cleaned"]
GRADES: tuple[Grade, ...] = ("bad", "doubtful", "cleaned")

#: A code, a text, or an ISO date (as far as it was written); several codes or phones.
Value: TypeAlias = str | tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterFault:
    """One thing that is wrong, said so that an office can mend it."""

    code: str
    grade: Grade
    #: The row as Excel counts it; None when it is about the whole table.
    row: int | None = None
    #: The sheet's name, or the heading of the cell; "" when it is about the whole row.
    where: str = ""
    values: Mapping[str, object] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls, code: str, *, row: int | None = None, where: str = "", **values: object
    ) -> "RosterFault":
        """A fault with the grade that the table gives its code."""
        grade: Grade = _WORDS["fault"][code]["grade"]
        return cls(code=code, grade=grade, row=row, where=where, values=values)

    def sentence(self) -> str:
        """Where, what, and how to mend it, in Chinese."""
        form = "whole" if self.row is None else "in_cell" if self.where else "in_row"
        what, cure = self.parts()
        return str(_WORDS[form]).format(
            sheet=self.where, heading=self.where, row=self.row, what=what, cure=cure
        )

    def remark(self) -> str:
        """The same beside the row, where nobody needs to be told which row it is."""
        what, cure = self.parts()
        return f"「{self.where}」{what}。{cure}" if self.where else f"{what}。{cure}"

    def hint(self) -> str:
        """Where and what, without what stands in the cell: for a screen that anybody may see."""
        said = _WORDS["fault"][self.code]
        what = said.get("hint", said["what"]).format(**self.values)
        form = "hint" if self.where else "hint_row"
        return str(_WORDS[form]).format(row=self.row, heading=self.where, what=what)

    def parts(self) -> tuple[str, str]:
        """What it is, and the cure."""
        said = _WORDS["fault"][self.code]
        return said["what"].format(**self.values), said["cure"].format(**self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterRow:
    """One child as the roster tells it, cleaned."""

    #: As Excel counts it.
    row: int
    #: By key of the column; what was not collected is not there.
    values: Mapping[str, Value] = field(repr=False)
    #: The id of the nearest place that is known.
    area: int | None
    faults: tuple[RosterFault, ...] = ()

    @property
    def grade(self) -> Grade | None:
        """The gravest of its faults; None when there is none."""
        graver = [grade for grade in GRADES if any(f.grade == grade for f in self.faults)]
        return graver[0] if graver else None

    def text(self, key: str) -> str:
        """A value as one text; "" when it is not there."""
        value = self.values.get(key, "")
        return value if isinstance(value, str) else value[0]

    def several(self, key: str) -> tuple[str, ...]:
        """A value as several."""
        value = self.values.get(key, ())
        return (value,) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """A whole table of children; with a bad fault of its own it has no rows."""

    sheet: str
    #: The last row of the header, as Excel counts it.
    header_row: int = 0
    #: Column (A is 0) -> key.
    columns: Mapping[int, str] = field(default_factory=dict)
    rows: tuple[RosterRow, ...] = ()
    #: What is wrong with the table as a whole.
    faults: tuple[RosterFault, ...] = ()

    def rows_of(self, grade: Grade | None) -> tuple[RosterRow, ...]:
        """The rows whose gravest fault is of this grade."""
        return tuple(row for row in self.rows if row.grade == grade)

    def sentences(self, *grades: Grade) -> tuple[str, ...]:
        """All faults of these grades in Chinese, the table's own first."""
        faults = [*self.faults, *(fault for row in self.rows for fault in row.faults)]
        return tuple(fault.sentence() for fault in faults if fault.grade in grades)

    def to_json(self) -> dict[str, Any]:
        """The roster as JSON takes it, for the way out of the child process that read it."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Roster":
        """The roster that was written with to_json."""
        return cls(
            sheet=told["sheet"],
            header_row=told["header_row"],
            columns={int(at): key for at, key in told["columns"].items()},
            rows=tuple(map(_row, told["rows"])),
            faults=_faults(told["faults"]),
        )


def _row(told: Mapping[str, Any]) -> RosterRow:
    values = {k: v if isinstance(v, str) else tuple(v) for k, v in told["values"].items()}
    return RosterRow(
        row=told["row"], values=values, area=told["area"], faults=_faults(told["faults"])
    )


def _faults(told: list[dict[str, Any]]) -> tuple[RosterFault, ...]:
    return tuple(RosterFault(**one) for one in told)


def words() -> Mapping[str, str]:
    """Words around the faults."""
    found: Mapping[str, str] = _WORDS["words"]
    return found


_WORDS: dict[str, Any] = tomllib.loads(
    files("policy").joinpath("register", "faults.toml").read_text("utf-8")
)
