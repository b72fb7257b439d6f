"""shifts import: the roster of nights and holidays at the machine, all of it or nothing."""

import argparse

from bot.clock import Clock
from bot.commands.command import Mend, memory, mendable, say
from bot.commands.files import content
from bot.commands.handing_over import office_turn
from bot.commands.words import words
from bot.county.rules import adopt, read_rules
from bot.jail import Jailed
from bot.settings import Settings
from bot.tables import row_tables
from bot.tables.tables import check
from handlers.people import shift_tables
from handlers.turn import Turn
from policy.shifts_file import ShiftTable


def shifts(asked: argparse.Namespace, settings: Settings) -> int:
    """Put everybody of a table on duty, or nobody; they hear of it from the running bot."""
    with mendable():
        rules = read_rules(settings)
        table = _table(asked, settings)
    with memory(settings) as store, mendable():
        adopt(store, rules, settings)
        made = store.write(
            lambda work: _take(office_turn(work, rules), table, dry=asked.dry_run)
        ).result()
    say("shifts.dry" if asked.dry_run else "shifts.done", count=made)
    return 0


def _table(asked: argparse.Namespace, settings: Settings) -> ShiftTable:
    today = Clock().now().astimezone(settings.zone).date()
    try:
        return row_tables.read_shifts_now(asked.file.name, content(asked.file), today)
    except Jailed:
        raise Mend([words("areas.too_big", file=asked.file)]) from None


def _take(turn: Turn, table: ShiftTable, *, dry: bool) -> int:
    planned = shift_tables.plan(turn, table.sheet, table.lines, by_office=True)
    check((*table.faults, *planned.faults))
    print("\n".join(shift_tables.told(turn, planned.meant, len(planned.meant))))  # noqa: T201
    return len(planned.meant) if dry else shift_tables.take(turn, planned.meant)
