"""What no handler could bear: listed, taken again, discarded."""

import argparse
import asyncio

import aiohttp

from bot import wiring
from bot.clock import Clock
from bot.commands.command import Mend, memory, say
from bot.commands.words import words
from bot.poison import CannotReplay
from bot.settings import Settings
from storage.audit import PROGRAM
from storage.store import Store


def poison(asked: argparse.Namespace, settings: Settings) -> None:
    """What no handler could bear: list it, take one again, discard one."""
    if asked.what != "list" and asked.id is None:
        raise Mend([words("poison.which")])
    with memory(settings) as store:
        match asked.what:
            case "replay":
                asyncio.run(_replay(settings, store, asked.id))
            case "discard":
                if not store.write(lambda work: work.poison.discard(asked.id, PROGRAM)).result():
                    raise Mend([words("poison.not_kept", id=asked.id)])
                say("poison.discarded", id=asked.id)
            case _:
                _list_poison(settings, store)


async def _replay(settings: Settings, store: Store, poison_id: int) -> None:
    async with aiohttp.ClientSession() as session:
        program = await wiring.build(settings, store, Clock(), session)
        try:
            await program.intake.replay(poison_id)
        except CannotReplay as fault:
            raise Mend([words(f"poison.{fault.code}", id=poison_id)]) from None
    say("poison.replayed", id=poison_id)


def _list_poison(settings: Settings, store: Store) -> None:
    kept = store.read(lambda reading: reading.poison.list()).result()
    for row in kept:
        say(
            "poison.line",
            id=row.id,
            when=f"{row.taken_at.astimezone(settings.zone):%Y-%m-%d %H:%M}",
            channel=row.channel,
            error=row.error,
            state=row.state,
        )
    if not kept:
        say("poison.none")
