"""Tokens of other offices' programs, from the command line."""

import argparse
from datetime import datetime, timedelta

from bot.commands.command import Mend, memory, mendable, say
from bot.commands.inviting import find_place, find_role
from bot.commands.words import words
from bot.county.rules import read_rules
from bot.settings import Settings
from policy.machines import KINDS
from storage.audit import PROGRAM


def tokens(asked: argparse.Namespace, settings: Settings) -> None:
    """Give a token, list them, or end one."""
    doing = {"give": _give, "list": _list, "end": _end}
    doing[asked.what](asked, settings)


def _give(asked: argparse.Namespace, settings: Settings) -> None:
    if not (asked.name and asked.area and asked.kind):
        raise Mend([words("tokens.needs")])
    with mendable():
        roles = read_rules(settings).policy.roles
    role = find_role(roles, asked.role) if asked.role else ""
    if role is None or (not role and asked.kind != ["reports.write"]):
        known = "、".join(post.name for post in roles.values())
        lacks = "no_role" if asked.role else "needs_role"
        raise Mend([words(f"tokens.{lacks}", role=asked.role, known=known)])
    with memory(settings) as store:
        area = store.read(lambda reading: find_place(reading.areas, asked.area)).result()
        if area is None:
            raise Mend([words("tokens.no_area", area=asked.area)])
        kinds = tuple(kind for kind in KINDS if kind in asked.kind)
        life = timedelta(days=asked.days)
        number, token = store.write(
            lambda work: work.machines.make(asked.name[:60], role, area, kinds, life, by=PROGRAM)
        ).result()
    say("tokens.made", name=asked.name, number=number, days=asked.days)
    print(token)  # noqa: T201


def _list(_: argparse.Namespace, settings: Settings) -> None:
    with memory(settings) as store:
        found, now = store.read(lambda reading: (reading.machines.all(), reading.now)).result()
    for one in found:
        until = words("tokens.over") if one.ends_at <= now else _day(one.ends_at, settings)
        used = _day(one.used_at, settings) if one.used_at else words("tokens.never")
        say(
            "tokens.line",
            number=one.id,
            name=one.name,
            role=one.role or "-",
            kinds=" ".join(one.kinds),
            until=until,
            used=used,
        )
    if not found:
        say("tokens.none")


def _day(moment: datetime, settings: Settings) -> str:
    return f"{moment.astimezone(settings.zone):%Y-%m-%d}"


def _end(asked: argparse.Namespace, settings: Settings) -> None:
    if asked.id is None:
        raise Mend([words("tokens.which")])
    with memory(settings) as store:
        ended = store.write(lambda work: work.machines.end(asked.id, by=PROGRAM)).result()
    if not ended:
        raise Mend([words("tokens.not_there")])
    say("tokens.ended", number=asked.id)
