"""Tables of places that an office brings, read in the jail; all faults said at once."""

from pathlib import Path

from bot import jail
from policy.areas import AreaRow
from policy.words import Words


class TableFaults(Exception):
    """The table cannot be taken; ``sentences`` say what, where and how to mend it."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


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
    if answer.get("faults"):
        raise TableFaults(list(answer["faults"]))
    return [AreaRow(**{**row, "aliases": tuple(row["aliases"])}) for row in answer["rows"]]
