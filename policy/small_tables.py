"""What the readers of small tables share: where the header is, and how they say what is wrong."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar

from policy.register.marking import Marks, with_marks
from policy.spreadsheet import Refusal, Sheet, cell_text, open_sheets

MAX_WORD_CHARS = 40
#: A title or a note may stand above the header: it is one of the first rows that hold anything.
HEADER_WITHIN = 10

C = TypeVar("C", bound=str)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFault:
    """One thing that whoever sent the table can mend."""

    #: The sentences of the table's own file.
    told: ClassVar[Mapping[str, Any]]
    code: str
    sheet: str
    #: The row as Excel counts it; None when it is about the whole table.
    row: int | None = None
    values: Mapping[str, object] = field(default_factory=dict, repr=False)

    def sentence(self) -> str:
        """Where, what, and how to mend it, in Chinese."""
        form = self.told["words"]["whole" if self.row is None else "place"]
        return str(form).format(sheet=self.sheet, row=self.row, **self._said())

    def remark(self) -> str:
        """The same for the row itself, where nobody need say which it is."""
        return str(self.told["words"]["beside"]).format(**self._said())

    def _said(self) -> Mapping[str, str]:
        said = self.told["faults"][self.code]
        return {key: said[key].format(**self.values) for key in ("what", "cure")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Header(Generic[C]):
    """Which row it is, counted from 0, and what its columns mean."""

    at: int
    columns: Mapping[int, C]
    #: Headings that mean nothing here.
    unknown: tuple[str, ...]


def find_header(
    sheet: Sheet, meaning: Callable[[str], C | None], needed: Collection[C]
) -> Header[C] | None:
    """The first row that has all the needed columns."""
    for number in filled(sheet)[:HEADER_WITHIN]:
        said = {at: cell_text(cell) for at, cell in enumerate(sheet.rows[number])}
        meant = {at: meaning(text) for at, text in said.items()}
        if {*needed} <= {*meant.values()}:
            return Header(
                at=number,
                columns={at: column for at, column in meant.items() if column is not None},
                unknown=tuple(text for at, text in said.items() if text and meant[at] is None),
            )
    return None


def filled(sheet: Sheet) -> list[int]:
    """The rows in which anything stands."""
    return [number for number, row in enumerate(sheet.rows) if any(map(cell_text, row))]


def named_by(synonyms: Mapping[C, Collection[str]], heading: str) -> C | None:
    """The column that a heading means, with or without what stands in brackets."""
    for wanted in (heading, re.sub(r"\([^()]*\)", "", heading)):
        plain = re.sub(r"[\W_]", "", wanted)
        for column, words in synonyms.items():
            if plain in words:
                return column
    return None


def doubled(header: Header[C]) -> dict[int, C]:
    """The columns that stood there before, by where they stand again."""
    columns = [*header.columns.items()]
    before = {at: {one for _, one in columns[:place]} for place, (at, _) in enumerate(columns)}
    return {at: one for at, one in columns if one in before[at]}


def first_words(sheet: Sheet, row: int) -> str:
    """What stands where the header should be."""
    return "、".join(filter(None, map(cell_text, sheet.rows[row])))[:MAX_WORD_CHARS]


def marked_up(
    name: str,
    data: bytes,
    remarks: Mapping[int, str],
    header_of: Callable[[Sheet], Header[C] | None],
) -> bytes:
    """The same file with a red column of what is wrong with each row; rows as Excel counts."""
    sheets = open_sheets(name, data)
    if isinstance(sheets, Refusal):
        return data
    head = header_of(sheets[0])
    at = head.at if head else 0
    marks = Marks(
        sheet=sheets[0].name,
        header_row=at + 1,
        width=max(head.columns if head else (), default=-1) + 1,
        remarks={row: ("bad", said) for row, said in remarks.items()},
        rows=range(at + 2, len(sheets[0].rows) + 1),
    )
    return with_marks(data, marks)


def remarks_of(faults: Iterable[RowFault]) -> dict[int, str]:
    """What is wrong, by row."""
    told: dict[int, list[str]] = {}
    for one in faults:
        if one.row is not None:
            told.setdefault(one.row, []).append(one.remark())
    return {row: " ".join(said) for row, said in told.items()}
