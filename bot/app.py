"""Builds every object once, starts and stops them in order."""

import asyncio
import faulthandler
import gc
import logging
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import aiohttp
from aiohttp import web
from sqlalchemy import make_url

from bot.beats import set_beats, set_safekeeping, set_transcripts
from bot.bells import Bells
from bot.channels.channel import Channel
from bot.channels.console import ConsoleChannel
from bot.channels.sms import SmsChannel
from bot.channels.sms.channel import PATH as SMS_PATH
from bot.channels.sms.gateway import GatewayFaults, read_gateway
from bot.channels.telegram import TelegramChannel
from bot.channels.webchat import WebChannel
from bot.clock import Clock, Ticks
from bot.commands.words import words as office_words
from bot.county.publisher import form_folders, publish_new, sources
from bot.county.rule_tables import RuleTables
from bot.county.rules import read_rules
from bot.delivery import Delivery
from bot.doors import page_door, telegram_door
from bot.exporting.takeout import Takeout
from bot.files import Files
from bot.health.heartbeat import Heartbeat
from bot.health.vitals import Vitals
from bot.health.watch import Source, Watch
from bot.history import History
from bot.hooks import Hooks
from bot.intake import Intake
from bot.keeping.reading_on import read_on
from bot.keeping.safekeeping import Kept, Safekeeping
from bot.pace import Pace
from bot.presence import Presence
from bot.settings import HOME, Settings, SettingsFault, cannot_listen
from bot.site import server
from bot.site.api.routes import ApiRoutes
from bot.site.chat import Bounds
from bot.site.console.desk import Desk
from bot.site.console.front import Office
from bot.site.console.references import References
from bot.site.console.site import routes as console_pages
from bot.site.metrics import Metrics
from bot.site.sessions import DemoPerson
from bot.tables.sent_tables import SentTables
from bot.transcribing import Transcriber
from handlers.turn import Rules
from storage import anchors
from storage.faults import NotStored
from storage.migrate import current
from storage.sealing import KeyRing
from storage.store import Store
from storage.systems import machines
from storage.turns import core
from storage.veiling import veil

log = logging.getLogger(__name__)

#: Seconds for which the program may be stuck before it ends itself.
STUCK_SECONDS = 30
PULSE_EVERY = 5
HEARTBEAT_EVERY = 60


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
            await self.store.read(lambda reading: reading.areas.search("x"))
            await read_on(self.store, self.rules.ledger.step)
            await read_on(self.store, self.rules.roll.step)
        # All this lives as long as the process: the collector need not walk through it for ever.
        gc.collect()
        gc.freeze()


async def _pulse() -> None:
    """Put off the end by which a process that is stuck gives way to its next life.

    A loop inside a C library (a pattern of a form that never ends) holds the interpreter, so that
    no thread of ours could stop it; this clock ticks outside.
    """
    faulthandler.dump_traceback_later(STUCK_SECONDS, exit=True)


def open_memory(settings: Settings, clock: Clock) -> Store:
    """The store of these settings, migrated. A first start makes the folder and the keys.

    Raises StoreFault. Keys are never made for a database that exists already.
    """
    folder = data_folder(settings)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if is_new(settings):
        settings.key_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        KeyRing.create(settings.key_file, data_folder=folder)
    store = Store.open(
        settings.database_url,
        KeyRing.load(settings.key_file, data_folder=folder),
        clock.now,
        turn_seconds=settings.turn_limit,
        writers=settings.writers,
    )
    veil(store)
    return store


def data_folder(settings: Settings) -> Path | None:
    """The folder of an SQLite database; None on PostgreSQL."""
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    return Path(url.database).resolve().parent


def backup_folder(settings: Settings) -> Path:
    """Where backups and the heads of the audit lie; raises SettingsFault inside of the data."""
    data = data_folder(settings)
    beside = (data or settings.key_file.resolve().parent).parent
    folder = (settings.backup_folder or beside / "data-backups").resolve()
    if data is not None and folder.is_relative_to(data):
        raise SettingsFault([office_words("keeping.inside", folder=folder, data=data)])
    return folder


def _kept(settings: Settings) -> Kept:
    return Kept(
        url=settings.database_url,
        data=data_folder(settings),
        folder=backup_folder(settings),
        days=settings.backup_days,
        zone=settings.zone,
    )


def anchor_file(settings: Settings) -> Path:
    """Where the heads of the audit are noted."""
    return backup_folder(settings) / anchors.NAME


def is_new(settings: Settings) -> bool:
    """True before the first start: there is neither a database nor a key file."""
    return not settings.key_file.exists() and not _has_database(settings)


def _has_database(settings: Settings) -> bool:
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        return Path(url.database or "").exists()
    return current(settings.database_url) is not None


async def build(
    settings: Settings,
    store: Store,
    clock: Clock,
    session: aiohttp.ClientSession,
    *,
    demo_people: Sequence[DemoPerson] = (),
    demo_routes: Sequence[web.RouteDef] = (),
    more_channels: Sequence[Channel] = (),
    keeps: bool = False,
) -> App:
    """Everything, wired and not yet started; ``keeps``: the county's memory, no trial's."""
    rules = await _rules(settings, store)
    if url := settings.public_url or (demo_people and f"http://{settings.listen}"):
        rules.open_door(page_door(url))
    counted = metrics()
    # The demo's clock leaps, and the phones of its visitors stay behind.
    page = WebChannel(now=clock.now, believes_phones=not demo_people)
    office = ConsoleChannel(now=clock.now)
    programs = ConsoleChannel(now=clock.now, name=machines.CHANNEL)
    telegram = _telegram(settings, session, clock, rules)
    sms = _sms(settings, session, clock)
    rules.texts = bool(sms)
    channels: list[Channel] = [page, office, programs, *more_channels, *telegram, *sms]
    paces = {"telegram": Pace(settings.telegram_pace, settings.telegram_chat_pace)}
    if settings.telegram_given_up:
        rules.given_up = frozenset({"telegram"})
    delivery = Delivery(store, channels, clock, counted, paces)
    delivery.give_up(rules.given_up)
    intake = Intake(store, rules, delivery, clock, counted)
    by_name = {channel.name: channel for channel in channels}
    files = Files(store, clock, rules, intake.speak_to, by_name)
    tables = SentTables(store=store, rules=rules, intake=intake, clock=clock, owner=delivery.owner)
    watch = Watch(store=store, intake=intake, sources=_second_sources(settings, store, telegram))
    rule_tables = RuleTables(
        store=store, rules=rules, ours=HOME / "policy", county=settings.county
    )
    await rule_tables.refresh()
    references = await store.read(References.of)
    hooks = Hooks(
        store=store,
        intake=intake,
        references=references,
        clock=clock,
        fails=rules.policy.timing["hook_fails"],
        anywhere=bool(demo_people),
    )
    ticks = Ticks(clock)
    set_beats(
        ticks,
        store=store,
        rules=rules,
        intake=intake,
        bells=Bells(store, rules, delivery, clock, intake),
        watch=watch,
        files=files,
        tables=tables,
        rule_tables=rule_tables,
        hooks=hooks,
    )
    ways: dict[str, Callable[[], str]] = {one.name: partial(_trouble, one) for one in telegram}
    ways["clock"] = partial(_trouble, watch)
    if keeps:
        keeping = Safekeeping(store, intake, clock, _kept(settings))
        set_safekeeping(ticks, keeping)
        ways["safekeeping"] = partial(_trouble, keeping)
    vitals = Vitals(store, ticks, clock, ways)
    if keeps and settings.heartbeat_url:
        heartbeat = Heartbeat(session, settings.heartbeat_url, vitals.check)
        ticks.every(HEARTBEAT_EVERY, "heartbeat", heartbeat.beat)
        ways["heartbeat"] = partial(_trouble, heartbeat)
    if settings.transcribe:
        set_transcripts(ticks, Transcriber(store, intake, clock, settings.transcribe))
    api = ApiRoutes(
        store=store, rules=rules, references=references, now=clock.now, look=delivery.look
    )
    console = Office(
        desk=Desk(store, rules),
        channel=office,
        references=references,
        rules=rules,
        now=clock.now,
        https=(settings.public_url or "").startswith("https://"),
        replay=intake.replay,
        tables=rule_tables,
        takeout=Takeout(settings),
        people=tuple(one for one in demo_people if one.has_desk),
    )
    site = server.build(
        channel=page,
        history=History(store),
        drawer=files,
        presence=Presence(store, clock),
        vitals=vitals,
        metrics=counted,
        demo_people=demo_people,
        demo_routes=demo_routes,
        console_routes=console_pages(console),
        extra_routes=[
            *(web.post(one.webhook_path, one.webhook) for one in telegram),
            *(web.post(SMS_PATH, one.hear) for one in sms),
            *api.routes(),
        ],
        public_url=settings.public_url or "",
        bounds=Bounds(limits=lambda: rules.policy.limits, now=clock.now),
        recheck=not settings.database_url.startswith("sqlite"),
    )
    return App(
        settings=settings,
        clock=clock,
        store=store,
        rules=rules,
        metrics=counted,
        ticks=ticks,
        delivery=delivery,
        intake=intake,
        tables=tables,
        channels=channels,
        site=site,
    )


async def _rules(settings: Settings, store: Store) -> Rules:
    """The rules of the work; forms and places are ready, too."""
    # Forms are compiled by a child program: a first start reads the rules meanwhile.
    rules, _ = await asyncio.gather(
        asyncio.to_thread(read_rules, settings),
        asyncio.to_thread(publish_new, store, sources(*form_folders(settings.county))),
    )
    # The index of the places costs most of a second in a large county: nobody waits for it.
    (await store.read(lambda reading: reading.areas)).prepare()
    return rules


def _second_sources(
    settings: Settings, store: Store, telegram: Sequence[TelegramChannel]
) -> tuple[Source, ...]:
    """Who else knows what time it is: Telegram, and a database server on another machine."""
    found: list[Source] = [one.time for one in telegram]
    host = make_url(settings.database_url).host
    if host and host not in ("localhost", "127.0.0.1", "::1", socket.gethostname()):
        found.append(lambda: store.read(lambda reading: reading.pulses.database_time()))
    return tuple(found)


def _telegram(
    settings: Settings, session: aiohttp.ClientSession, clock: Clock, rules: Rules
) -> tuple[TelegramChannel, ...]:
    """Telegram, where the county has a bot there."""
    if not settings.telegram_token:
        return ()
    return (
        TelegramChannel(
            settings.telegram_token,
            session,
            now=clock.now,
            api_root=settings.telegram_api,
            proxy=settings.telegram_proxy,
            public_url=settings.public_url,
            named=lambda name: rules.open_door(telegram_door(name)),
        ),
    )


def _sms(
    settings: Settings, session: aiohttp.ClientSession, clock: Clock
) -> tuple[SmsChannel, ...]:
    """Short messages, where the county has a gateway; raises SettingsFault."""
    if settings.sms is None:
        return ()
    try:
        return (SmsChannel(read_gateway(settings.sms), session, now=clock.now),)
    except GatewayFaults as wrong:
        raise SettingsFault(wrong.sentences) from None


def _trouble(watched: TelegramChannel | Watch | Safekeeping | Heartbeat) -> str:
    return watched.trouble


def metrics() -> Metrics:
    """The numbers of one process, declared."""
    numbers = Metrics()
    numbers.counter("turns_total", "Incoming messages taken, by outcome.")
    numbers.counter("sent_total", "Outgoing messages, by what became of them.")
    numbers.histogram("turn_seconds", "From hearing a message to its commit.")
    return numbers
