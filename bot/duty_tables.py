"""Tables of who is on duty, read in the jail and taken whole: by chat, and at the machine."""

import argparse
from collections.abc import Mapping
from datetime import date
from typing import Any

from bot import app, jail
from bot.clock import Clock
from bot.commands import Mend, memory, mendable, say
from bot.handing_over import office_turn
from bot.office_words import words
from bot.settings import Settings
from bot.tables import TableFaults
from handlers import shift_tables
from handlers.shift_tables import Planned
from handlers.turn import Turn
from policy.shifts_file import ShiftFault, ShiftLine, ShiftTable, remarks_of


async def read_beside(name: str, data: bytes, today: date) -> ShiftTable:
    """What a table says, while everybody talks on; raises TableFaults, and Jailed."""
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


# -- at the machine -----------------------------------------------------------------------------


def shifts(asked: argparse.Namespace, settings: Settings) -> int:
    """Put everybody of a table on duty, or nobody; they hear of it from the running bot."""
    with mendable():
        rules = app.read_rules(settings)
        try:
            data = asked.file.read_bytes()
        except OSError:
            raise Mend([words("areas.missing", file=asked.file)]) from None
    today = Clock().now().astimezone(settings.zone).date()
    with memory(settings) as store, mendable():
        app.adopt(store, rules, settings)
        try:
            given = {"name": asked.file.name, "data": jail.pack(data), "today": f"{today}"}
            table = _table(jail.ask_now("shifts", **given))
        except jail.Jailed:
            raise Mend([words("areas.too_big", file=asked.file)]) from None
        made = store.write(
            lambda work: _take(office_turn(work, rules), table, dry=asked.dry_run)
        ).result()
    say("shifts.dry" if asked.dry_run else "shifts.done", count=made)
    return 0


def _take(turn: Turn, table: ShiftTable, *, dry: bool) -> int:
    planned = shift_tables.plan(turn, table.sheet, table.lines, by_office=True)
    check(table, planned)
    print("\n".join(shift_tables.told(turn, planned.meant, len(planned.meant))))  # noqa: T201
    return len(planned.meant) if dry else shift_tables.take(turn, planned.meant)
