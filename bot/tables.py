"""Tables that an office brings, read in the jail: areas and rosters; all faults said at once."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

from bot import jail
from policy.areas import AreaRow
from policy.register.roster import Roster
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRoster:
    """A roster as it was read, and the uploader's own file with what is wrong beside each row."""

    roster: Roster
    marked: bytes = field(repr=False)


def read_roster(file: Path, areas: Iterable[AreaRow], today: date, words: Words) -> ReadRoster:
    """The children in a table; raises TableFaults when it cannot be read at all."""
    try:
        data = file.read_bytes()
    except OSError:
        raise TableFaults([words("areas.missing", file=file)]) from None
    try:
        answer = jail.ask_now(
            "roster",
            name=file.name,
            data=jail.pack(data),
            areas=[asdict(row) for row in areas],
            today=today.isoformat(),
        )
    except jail.Jailed:
        raise TableFaults([words("areas.too_big", file=file)]) from None
    if "refused" in answer:
        raise TableFaults([answer["refused"]])
    return ReadRoster(
        roster=Roster.from_json(answer["roster"]), marked=jail.unpack(answer["marked"])
    )


def mark_roster(file: Path, roster: Roster) -> bytes:
    """The uploader's own file with what is wrong beside each row; raises TableFaults."""
    data = jail.pack(file.read_bytes())
    return jail.unpack(jail.ask_now("mark", data=data, roster=roster.to_json())["marked"])
