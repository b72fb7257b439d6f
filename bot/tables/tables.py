"""Tables of places that an office brings, read in the jail; all faults said at once."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bot import jail
from policy.areas import AreaRow
from policy.small_tables import RowFault, remarks_of
from policy.words import Words


class TableFaults(Exception):
    """The table cannot be taken; ``sentences`` say what, where and how to mend it."""

    def __init__(self, sentences: list[str], remarks: Mapping[int, str] | None = None) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences
        #: By row as Excel counts it: what is wrong with it, where it is about a row.
        self.remarks = remarks or {}


def read_areas(file: Path, words: Words, county: str = "") -> list[AreaRow]:
    """The areas in a table; raises TableFaults."""
    try:
        data = file.read_bytes()
    except OSError:
        raise TableFaults([words("areas.missing", file=file)]) from None
    try:
        answer = jail.ask_now("areas", name=file.name, data=jail.pack(data), county=county)
    except jail.Jailed:
        raise TableFaults([words("areas.too_big", file=file)]) from None
    return _rows(answer)


async def read_areas_beside(name: str, data: bytes, county: str) -> list[AreaRow]:
    """The same while everybody talks on; raises Jailed, too."""
    return _rows(await jail.ask("areas", name=name, data=jail.pack(data), county=county))


async def marked(
    kind: jail.Rows, name: str, data: bytes, remarks: Mapping[int, str]
) -> bytes | None:
    """The table with what is wrong beside each row; None where nothing is, or it cannot be."""
    if not remarks:
        return None
    try:
        answer = await jail.ask(
            "mark_rows", kind=kind, name=name, data=jail.pack(data), remarks=remarks
        )
    except jail.Jailed:  # what is wrong is said all the same, if not in the file
        return None
    return jail.unpack(answer["marked"])


def check(faults: Iterable[RowFault]) -> None:
    """Raise TableFaults with all that is wrong, in the order of the rows."""
    told = sorted(faults, key=lambda one: one.row or 0)
    if told:
        raise TableFaults([one.sentence() for one in told], remarks_of(told))


def _rows(answer: Mapping[str, Any]) -> list[AreaRow]:
    if answer.get("faults"):
        told = {int(row): said for row, said in answer["remarks"].items()}
        raise TableFaults(list(answer["faults"]), told)
    return [AreaRow.from_json(row) for row in answer["rows"]]
