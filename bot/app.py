"""The running program: what it is made of, started and stopped in order."""

import asyncio
import faulthandler
import gc
import logging
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import web

from bot.channels.channel import Channel
from bot.clock import Clock, Ticks
from bot.delivery import Delivery
from bot.intake import Intake
from bot.keeping.reading_on import read_on
from bot.settings import Settings, cannot_listen
from bot.site import server
from bot.site.metrics import Metrics
from bot.tables.sent_tables import SentTables
from handlers.rules import Rules
from policy.tables import reading
from storage.faults import NotStored
from storage.store import Store
from storage.turns import core

log = logging.getLogger(__name__)

#: Seconds for which the program may be stuck before it ends itself.
STUCK_SECONDS = 30
PULSE_EVERY = 5


@dataclass(slots=True, kw_only=True)
class App:
    """The running program."""

    settings: Settings
    clock: Clock
    store: Store
    rules: Rules
    metrics: Metrics
    ticks: Ticks
    delivery: Delivery
    intake: Intake
    tables: SentTables
    channels: Sequence[Channel]
    site: web.Application
    runner: web.AppRunner | None = None
    sender: "asyncio.Task[None] | None" = None

    async def start(self) -> None:
        """Open the doors: delivery first, so that nothing waits; the channels last.

        Raises SettingsFault when the site cannot listen where it should.
        """
        self.sender = asyncio.create_task(self.delivery.run())
        self.ticks.start()
        try:
            self.runner = await server.serve(self.site, self.settings.host, self.settings.port)
        except OSError as error:
            await self.stop()
            raise cannot_listen(self.settings.listen, error) from None
        for channel in self.channels:
            await channel.start(self.intake)
        log.info("started", extra={"listen": self.settings.listen})

    async def stop(self) -> None:
        """Stop hearing, finish what was heard, send what is on its way, close the memory."""
        for channel in self.channels:
            await channel.stop()
        if self.runner is not None:
            await self.runner.cleanup()
        self.ticks.stop()
        await self.tables.stop()
        await self.delivery.stop()
        if self.sender is not None:
            await self.sender
        await asyncio.to_thread(self.store.close)
        log.info("stopped")

    async def run(self, started: Callable[[], object] = lambda: None) -> None:
        """Start, tell so, and stop at SIGTERM or SIGINT."""
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopping.set)
        core.stay(self.store.worker)
        await _pulse()
        self.ticks.every(PULSE_EVERY, "pulse", _pulse)
        await self.start()
        started()
        warming = asyncio.create_task(self._warm_up())
        await stopping.wait()
        warming.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(self.settings.stop_within):
                await self.stop()
        core.roam()
        faulthandler.cancel_dump_traceback_later()

    async def _warm_up(self) -> None:
        """Build now what the first person to name a place or a child, or to count, waits for."""
        with suppress(NotStored):
            await self.store.read(lambda look: look.areas.search("x"))
            await read_on(self.store, self.rules.ledger.step)
            await read_on(self.store, self.rules.roll.step)
        reading.forget()
        # All this lives as long as the process: the collector need not walk through it for ever.
        gc.collect()
        gc.freeze()


async def _pulse() -> None:
    """Put off the end by which a process that is stuck gives way to its next life.

    A loop inside a C library (a pattern of a form that never ends) holds the interpreter, so that
    no thread of ours could stop it; this clock ticks outside.
    """
    faulthandler.dump_traceback_later(STUCK_SECONDS, exit=True)
