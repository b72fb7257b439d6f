"""Authenticator apps, from the command line: the way out where two others are not to be had."""

import argparse
import getpass

from bot.commands import handing_over
from bot.commands.command import Mend, memory, mendable, say
from bot.commands.words import words
from bot.county.rules import read_rules
from bot.settings import Settings
from handlers.office import authenticator, second_person


def authenticators(asked: argparse.Namespace, settings: Settings) -> None:
    """List who has an app, or have a lost one forgotten; whoever manages the county hears."""
    if asked.what == "list":
        _list(settings)
    else:
        _forget(asked.person or "", (asked.why or "").strip(), settings)


def _list(settings: Settings) -> None:
    with mendable():
        rules = read_rules(settings)
    with memory(settings) as store:
        owners = store.write(
            lambda work: authenticator.owners(handing_over.office_turn(work, rules))
        ).result()
    for one in owners:
        since = f"{one.since:%Y-%m-%d}"
        say("authenticators.line", name=one.name, what=one.posts or "-", when=since)
    if not owners:
        say("authenticators.none")


def _forget(person: str, why: str, settings: Settings) -> None:
    if not person or len(why) < second_person.WHY_CHARS:
        raise Mend([words("authenticators.needs", count=second_person.WHY_CHARS)])
    with mendable():
        rules = read_rules(settings)
    told = words("authenticators.why", text=why, who=getpass.getuser())
    with memory(settings) as store, mendable():
        count = store.write(
            lambda work: handing_over.forget_authenticator(work, rules, person, told)
        ).result()
    say("authenticators.forgotten", name=person, count=count)
