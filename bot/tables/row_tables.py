"""Tables of who is on duty, and lists of pupils, read in the jail."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from bot import jail
from bot.tables.tables import TableFaults
from policy.pupils_file import PupilFault, PupilLine, PupilTable
from policy.shifts_file import ShiftFault, ShiftLine, ShiftTable


def read_shifts_now(name: str, data: bytes, today: date) -> ShiftTable:
    """What a table of who is on duty says; raises TableFaults, and Jailed."""
    return _shifts(jail.ask_now("shifts", name=name, data=jail.pack(data), today=f"{today}"))


async def read_shifts(name: str, data: bytes, today: date) -> ShiftTable:
    """The same while everybody talks on."""
    return _shifts(await jail.ask("shifts", name=name, data=jail.pack(data), today=f"{today}"))


async def read_pupils(name: str, data: bytes) -> PupilTable:
    """What a list of pupils says, while everybody talks on; raises like the others."""
    answer = _taken(await jail.ask("class", name=name, data=jail.pack(data)))
    return PupilTable(
        sheet=answer["sheet"],
        lines=tuple(PupilLine(**one) for one in answer["lines"]),
        faults=tuple(PupilFault(**one) for one in answer["faults"]),
        unused=tuple(answer["unused"]),
    )


def _shifts(answer: Mapping[str, Any]) -> ShiftTable:
    told = _taken(answer)
    return ShiftTable(
        sheet=told["sheet"],
        lines=tuple(map(ShiftLine.from_json, told["lines"])),
        faults=tuple(ShiftFault(**one) for one in told["faults"]),
    )


def _taken(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    if "refused" in answer:
        raise TableFaults([answer["refused"]])
    return answer
