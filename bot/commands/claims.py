"""Another office's list, from the command line."""

import argparse
import asyncio

from bot.clock import Clock
from bot.commands.command import Mend, memory, mendable, say
from bot.commands.files import content
from bot.commands.words import words
from bot.county.rules import read_rules
from bot.jail import Jailed
from bot.settings import Settings
from bot.tables.claims import bring
from bot.tables.rosters import NoAreas
from handlers.office import claims as told
from handlers.rules import Rules
from policy.register.claims import KINDS
from storage.audit import PROGRAM
from storage.store import Store


def claims(asked: argparse.Namespace, settings: Settings) -> None:
    """Keep what a list says beside the register, to be decided at the desk."""
    data = content(asked.file)
    with mendable():
        rules = read_rules(settings)
    with memory(settings) as store, mendable():
        asyncio.run(_bring(store, asked, data, rules))


async def _bring(store: Store, asked: argparse.Namespace, data: bytes, rules: Rules) -> None:
    today = Clock().now().astimezone(rules.zone).date()
    tops = await store.read(lambda reading: [row.id for row in reading.areas.roots()])
    if not tops:
        raise Mend([words("roster.no_areas")])
    try:
        brought = await bring(
            store, asked.file.name, data, asked.source, today, tops=tops, by=PROGRAM
        )
    except NoAreas:
        raise Mend([words("roster.no_areas")]) from None
    except Jailed:
        raise Mend([words("areas.too_big", file=asked.file)]) from None
    await store.write(lambda work: told.tell_new(work, rules, brought.id))
    counts = {kind: brought.counts.get(kind, 0) for kind in KINDS}
    say("claims.done", **counts)
