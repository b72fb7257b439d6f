"""What runs until it is stopped: the program, its lookout, the demo, a talk in the terminal."""

import argparse
import asyncio
from collections.abc import Sequence

import aiohttp

from bot import logs, memory, wiring
from bot.channels.terminal import TerminalChannel
from bot.clock import Clock
from bot.commands.command import Mend, mendable, say
from bot.commands.words import words
from bot.demo import children as demo_children
from bot.demo import clock as demo_clock
from bot.demo import people as demo_people
from bot.demo.clock import DemoClock
from bot.health import lookout
from bot.settings import Settings
from bot.site.sessions import DemoPerson
from bot.tables.tables import read_areas
from storage.store import Store


def run(_: argparse.Namespace, settings: Settings) -> None:
    """Serve until told to stop."""
    logs.set_up()
    with mendable():
        memory.require_found(settings)
        store = memory.open_store(settings, Clock())
        take_areas(settings, store)
        asyncio.run(_serve(settings, store))


def watch(_: argparse.Namespace, settings: Settings) -> None:
    """Look, from a process of its own, whether the program lives."""
    logs.set_up()
    if not lookout.has_ways(settings):
        raise Mend([words("lookout.no_way")])
    asyncio.run(lookout.watch(settings, lambda: say("lookout.ready", listen=settings.listen)))


def take_areas(settings: Settings, store: Store) -> None:
    """The county's own table of areas, as long as there are none; later: areas import."""
    file = settings.county / "areas.xlsx" if settings.county else None
    if file is None or not file.is_file():
        return
    if not store.read(lambda reading: reading.places.version()).result():
        rows = read_areas(file, words)
        store.write(lambda work: work.places.replace(rows)).result()


def demo(_: argparse.Namespace, settings: Settings) -> None:
    """An invented county on the chat page, with invented people to act as."""
    logs.set_up(quiet=True)
    invented = demo_people.settings(settings)
    clock = DemoClock()
    with mendable():
        store = memory.open_store(invented, clock)
        clock.not_before(store.read(lambda reading: reading.outbox.newest()).result())
        asyncio.run(_serve_demo(invented, store, clock, demo_people.settle(store)))


async def _serve_demo(
    settings: Settings, store: Store, clock: DemoClock, people: Sequence[DemoPerson]
) -> None:
    hurry = demo_clock.routes(clock, settings.zone)
    async with aiohttp.ClientSession() as session:
        program = await wiring.build(
            settings, store, clock, session, demo_people=people, demo_routes=hurry
        )
        bringing = demo_children.bring(store, clock.now(), settings.zone)
        children = asyncio.create_task(bringing)

        def welcome() -> None:
            say("demo.ready", listen=settings.listen)
            say("demo.stop")

        await program.run(welcome)
        children.cancel()


async def _serve(settings: Settings, store: Store) -> None:
    async with aiohttp.ClientSession() as session:
        program = await wiring.build(settings, store, Clock(), session, keeps=True)
        await program.run()


def chat(_: argparse.Namespace, settings: Settings) -> None:
    """One person in the terminal: the same talk with numbers and plain text."""
    logs.set_up(quiet=True)
    say("chat.hello")
    # Nobody comes by the page here: the port of a program that runs is left to it.
    invented = demo_people.settings(settings).model_copy(update={"listen": "127.0.0.1:0"})
    with mendable():
        store = memory.open_store(invented, Clock())
        demo_people.settle(store)
        asyncio.run(_chat(invented, store))


async def _chat(settings: Settings, store: Store) -> None:
    clock = Clock()
    terminal = TerminalChannel(now=clock.now)
    async with aiohttp.ClientSession() as session:
        program = await wiring.build(settings, store, clock, session, more_channels=[terminal])
        await program.start()
        await terminal.finished()
        await program.stop()
