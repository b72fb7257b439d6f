"""Who comes in and who leaves: invitations, posters for walls, handing over."""

import argparse
import asyncio

from bot.commands import handing_over, inviting
from bot.commands.command import Mend, memory, mendable, say
from bot.commands.files import require_writable, whole
from bot.commands.words import words
from bot.county.rules import adopt, read_rules
from bot.doors import doors_of
from bot.settings import Settings
from handlers.people import invite_sheet
from handlers.people.invite_sheet import TOKEN, sheet


def invite(asked: argparse.Namespace, settings: Settings) -> None:
    """Invitations to a post: each is typed once by one person, within its time."""
    with mendable():
        rules = read_rules(settings)
    doors = asyncio.run(doors_of(settings))
    if asked.sheet and not doors:
        raise Mend([words("invite.no_door")])
    if asked.sheet:  # who cannot be given a sheet is not invited
        require_writable(asked.sheet)
    with memory(settings) as store, mendable():
        adopt(store, rules, settings)
        invited = store.write(
            lambda work: inviting.invite(
                work,
                rules.policy,
                words,
                role=asked.role,
                area=asked.area,
                count=asked.count,
                days=(asked.post_from, asked.post_until),
                zone=settings.zone,
            )
        ).result()
    hours = round(rules.policy.timing["invite_life"].total_seconds() / 3600)
    say("invite.made", role=asked.role, area=asked.area, hours=hours)
    for token in invited.tokens:
        for door in ("/start TOKEN", *doors):
            print(door.replace(TOKEN, token))  # noqa: T201
    if asked.sheet:
        page = sheet(
            invited.tokens,
            doors,
            rules.words,
            role=invited.role,
            post=invited.post,
            until=invited.until.astimezone(settings.zone),
        )
        with whole(asked.sheet) as half:
            half.write_text(page, "utf-8")
        say("invite.sheet", file=asked.sheet)


def poster(asked: argparse.Namespace, settings: Settings) -> None:
    """A page for the wall of a village or a school, with the way in for everybody."""
    with mendable():
        rules = read_rules(settings)
    doors = asyncio.run(doors_of(settings))
    if not doors:
        raise Mend([words("poster.no_door")])
    page = invite_sheet.poster(
        asked.wall, doors, rules.words, place=asked.place, hotlines=rules.policy.hotlines
    )
    with whole(asked.to) as half:
        half.write_text(page, "utf-8")
    say("poster.made", file=asked.to)


def hand_over(asked: argparse.Namespace, settings: Settings) -> None:
    """All that one person holds goes to another, in one turn; the running bot tells them."""
    with mendable():
        rules = read_rules(settings)
    with memory(settings) as store, mendable():
        adopt(store, rules, settings)
        moved = store.write(
            lambda work: handing_over.by_names(work, rules, asked.leaver, asked.successor)
        ).result()
    counts = {
        "posts": len(moved.posts),
        "children": moved.children,
        "cases": moved.cases,
        "duties": moved.duties,
        "shifts": moved.shifts,
        "drafts": moved.drafts,
        "reports": moved.reports,
    }
    told = [words(f"handover.{what}", count=count) for what, count in counts.items() if count]
    what = "、".join(told) or words("handover.nothing")
    say("handover.done", name=asked.leaver, other=asked.successor, what=what)
