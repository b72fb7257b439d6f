"""areas import: a table of places, taken after a yes."""

import argparse
from collections.abc import Sequence

from bot.commands import handing_over
from bot.commands.command import Mend, memory, mendable, say, says_yes
from bot.commands.files import content
from bot.commands.words import words
from bot.county.rules import read_rules
from bot.settings import Settings
from bot.tables.tables import read_areas
from handlers import area_tables
from policy.areas import AreaRow
from policy.words import Words
from storage.store import Store


def areas_import(asked: argparse.Namespace, settings: Settings) -> None:
    """Take an areas table after a yes; nothing is written when it has a fault."""
    content(asked.file)
    with mendable():
        rules = read_rules(settings)
    with memory(settings) as store, mendable():
        tree = store.read(lambda reading: reading.areas).result()
        rows = read_areas(asked.file, words, asked.county_name or area_tables.county_of(tree))
        guess = bool(len(tree)) and _are_renamed(store, rows, rules.words, sure=asked.yes)
        plan = store.read(lambda reading: reading.places.plan(rows, guess=guess)).result()
        effects = store.read(lambda reading: reading.places.effects(plan)).result()
        for line in area_tables.told(rules.words, plan, effects, lines=len(rows) + len(tree)):
            print(line)  # noqa: T201
        held = store.read(lambda reading: reading.places.held(plan)).result()
        if held:
            raise Mend([words("areas.held"), *area_tables.refusals(rules.words, held)])
        if len(tree) and not plan.counts():
            return
        if len(tree) and not asked.yes and not says_yes("areas.sure"):
            say("areas.dropped")
            return
        store.write(
            lambda work: area_tables.take(handing_over.office_turn(work, rules), plan)
        ).result()
    kinds = [row.kind for row in rows]
    say(
        "areas.done",
        towns=kinds.count("town"),
        villages=kinds.count("village"),
        groups=kinds.count("group"),
    )


def _are_renamed(store: Store, rows: Sequence[AreaRow], told: Words, *, sure: bool) -> bool:
    """Whether what only looks like a new name is one: a human says so."""
    guessed = store.read(lambda reading: reading.places.plan(rows, guess=True)).result()
    lines = [
        told("areas.change.guessed", before=one.before, after=one.after)
        for one in guessed.guesses()
    ]
    if not lines:
        return False
    if sure:
        raise Mend([words("areas.look"), *lines])
    print("\n".join(lines))  # noqa: T201
    return says_yes("areas.renamed")
