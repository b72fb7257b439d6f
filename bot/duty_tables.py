"""Tables of who is on duty, read in the jail; all that is wrong is said at once."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from bot import jail
from bot.tables import TableFaults
from handlers.people.shift_tables import Planned
from policy.shifts_file import ShiftFault, ShiftLine, ShiftTable, remarks_of


def read(name: str, data: bytes, today: date) -> ShiftTable:
    """What a table says; raises TableFaults, and Jailed."""
    return _table(jail.ask_now("shifts", name=name, data=jail.pack(data), today=f"{today}"))


async def read_beside(name: str, data: bytes, today: date) -> ShiftTable:
    """The same while everybody talks on."""
    return _table(await jail.ask("shifts", name=name, data=jail.pack(data), today=f"{today}"))


async def marked(name: str, data: bytes, remarks: Mapping[int, str]) -> bytes:
    """The table with what is wrong beside each row; raises Jailed."""
    answer = await jail.ask("mark_shifts", name=name, data=jail.pack(data), remarks=remarks)
    return jail.unpack(answer["marked"])


def check(table: ShiftTable, planned: Planned) -> None:
    """Raise TableFaults with all that is wrong, in the order of the rows."""
    faults = sorted((*table.faults, *planned.faults), key=lambda one: one.row or 0)
    if faults:
        raise TableFaults([one.sentence() for one in faults], remarks_of(faults))


def _table(answer: Mapping[str, Any]) -> ShiftTable:
    if "refused" in answer:
        raise TableFaults([answer["refused"]])
    return ShiftTable(
        sheet=answer["sheet"],
        lines=tuple(map(ShiftLine.from_json, answer["lines"])),
        faults=tuple(ShiftFault(**one) for one in answer["faults"]),
    )
