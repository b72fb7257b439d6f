"""Builds every object of the program once, from the settings; nothing is started here."""

import asyncio
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import aiohttp
from aiohttp import web
from sqlalchemy import make_url

from bot import memory
from bot.app import App
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
from bot.keeping.safekeeping import Kept, Safekeeping
from bot.pace import Pace
from bot.presence import Presence
from bot.settings import HOME, Settings, SettingsFault
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
from handlers.rules import Rules
from storage.store import Store
from storage.systems import machines

#: Seconds between two signs of life to whoever watches from outside.
HEARTBEAT_EVERY = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ways:
    """The ways in and out: where people are heard, and where cards go."""

    page: WebChannel
    office: ConsoleChannel
    programs: ConsoleChannel
    telegram: tuple[TelegramChannel, ...]
    sms: tuple[SmsChannel, ...]
    more: Sequence[Channel]

    @property
    def all(self) -> list[Channel]:
        return [self.page, self.office, self.programs, *self.more, *self.telegram, *self.sms]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Core:
    """What takes a message in and sends a card out: every other part stands on it."""

    settings: Settings
    store: Store
    clock: Clock
    rules: Rules
    ways: _Ways
    metrics: Metrics
    delivery: Delivery
    intake: Intake


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """What stands on the core: some works by the clock, some for the site, some for both."""

    files: Files
    tables: SentTables
    watch: Watch
    rule_tables: RuleTables
    references: References
    hooks: Hooks


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
    ways = _Ways(
        page=WebChannel(now=clock.now),
        office=ConsoleChannel(now=clock.now),
        programs=ConsoleChannel(now=clock.now, name=machines.CHANNEL),
        telegram=_telegram(settings, session, clock, rules),
        sms=_sms(settings, session, clock),
        more=more_channels,
    )
    core = _core(settings, store, clock, rules, ways)
    parts = await _parts(core, demo=bool(demo_people))
    ticks = _ticks(core, parts)
    safekeeping = _safekeeping(core, ticks, parts.watch) if keeps else None
    vitals = _vitals(core, parts, ticks, safekeeping, session)
    return App(
        settings=settings,
        clock=clock,
        store=store,
        rules=rules,
        metrics=core.metrics,
        ticks=ticks,
        delivery=core.delivery,
        intake=core.intake,
        tables=parts.tables,
        channels=ways.all,
        site=_site(core, parts, vitals, demo_people, demo_routes),
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


def _core(settings: Settings, store: Store, clock: Clock, rules: Rules, ways: _Ways) -> _Core:
    """Intake and delivery on these ways; the rules learn which ways there are."""
    rules.texts = bool(ways.sms)
    if settings.telegram_given_up:
        rules.given_up = frozenset({"telegram"})
    counted = metrics()
    paces = {"telegram": Pace(settings.telegram_pace, settings.telegram_chat_pace)}
    delivery = Delivery(store, ways.all, clock, counted, paces)
    delivery.give_up(rules.given_up)
    return _Core(
        settings=settings,
        store=store,
        clock=clock,
        rules=rules,
        ways=ways,
        metrics=counted,
        delivery=delivery,
        intake=Intake(store, rules, delivery, clock, counted),
    )


async def _parts(core: _Core, *, demo: bool) -> _Parts:
    """All of them, with the county's rules as they are in force now."""
    store, clock, rules, intake = core.store, core.clock, core.rules, core.intake
    by_name = {channel.name: channel for channel in core.ways.all}
    sources = _second_sources(core.settings, store, core.ways.telegram)
    rule_tables = RuleTables(
        store=store, rules=rules, ours=HOME / "policy", county=core.settings.county
    )
    await rule_tables.refresh()
    references = await store.read(References.of)
    return _Parts(
        files=Files(store, clock, rules, intake.speak_to, by_name),
        tables=SentTables(
            store=store, rules=rules, intake=intake, clock=clock, owner=core.delivery.owner
        ),
        watch=Watch(store=store, intake=intake, sources=sources),
        rule_tables=rule_tables,
        references=references,
        hooks=Hooks(
            store=store,
            intake=intake,
            references=references,
            clock=clock,
            fails=rules.policy.timing["hook_fails"],
            anywhere=demo,
        ),
    )


def _second_sources(
    settings: Settings, store: Store, telegram: Sequence[TelegramChannel]
) -> tuple[Source, ...]:
    """Who else knows what time it is: Telegram, and a database server on another machine."""
    found: list[Source] = [one.time for one in telegram]
    host = make_url(settings.database_url).host
    if host and host not in ("localhost", "127.0.0.1", "::1", socket.gethostname()):
        found.append(lambda: store.read(lambda reading: reading.pulses.database_time()))
    return tuple(found)


def _ticks(core: _Core, parts: _Parts) -> Ticks:
    """The beats of this county, set and not yet started."""
    store, clock, intake = core.store, core.clock, core.intake
    ticks = Ticks(clock)
    set_beats(
        ticks,
        store=store,
        rules=core.rules,
        intake=intake,
        bells=Bells(store, core.rules, core.delivery, clock, intake),
        watch=parts.watch,
        files=parts.files,
        tables=parts.tables,
        rule_tables=parts.rule_tables,
        hooks=parts.hooks,
    )
    if core.settings.transcribe:
        set_transcripts(ticks, Transcriber(store, intake, clock, core.settings.transcribe))
    return ticks


def _safekeeping(core: _Core, ticks: Ticks, watch: Watch) -> Safekeeping:
    """Backups, and all that a county's memory needs to outlive its machine; its beats are set."""
    settings = core.settings
    kept = Kept(
        url=settings.database_url,
        data=memory.data_folder(settings),
        folder=memory.backup_folder(settings),
        days=settings.backup_days,
        zone=settings.zone,
    )
    keeping = Safekeeping(
        core.store, core.intake, core.clock, kept, doubts=lambda: watch.held is not None
    )
    set_safekeeping(ticks, keeping)
    return keeping


def _vitals(
    core: _Core,
    parts: _Parts,
    ticks: Ticks,
    safekeeping: Safekeeping | None,
    session: aiohttp.ClientSession,
) -> Vitals:
    """Whether the program is well; whoever watches a county from outside hears its heartbeat."""
    watched: dict[str, Callable[[], str]] = {
        one.name: partial(_trouble, one) for one in core.ways.telegram
    }
    watched["clock"] = partial(_trouble, parts.watch)
    vitals = Vitals(core.store, ticks, core.clock, watched)
    if safekeeping is None:
        return vitals
    watched["safekeeping"] = partial(_trouble, safekeeping)
    if core.settings.heartbeat_url:
        heartbeat = Heartbeat(session, core.settings.heartbeat_url, vitals.check)
        ticks.every(HEARTBEAT_EVERY, "heartbeat", heartbeat.beat)
        watched["heartbeat"] = partial(_trouble, heartbeat)
    return vitals


def _trouble(watched: TelegramChannel | Watch | Safekeeping | Heartbeat) -> str:
    return watched.trouble


def _site(
    core: _Core,
    parts: _Parts,
    vitals: Vitals,
    demo_people: Sequence[DemoPerson],
    demo_routes: Sequence[web.RouteDef],
) -> web.Application:
    """The chat page, the desk, what other programs ask, and the doors of the channels."""
    settings, store, clock, rules = core.settings, core.store, core.clock, core.rules
    api = ApiRoutes(
        store=store,
        rules=rules,
        references=parts.references,
        now=clock.now,
        look=core.delivery.look,
    )
    is_shared = not settings.database_url.startswith("sqlite")
    return server.build(
        channel=core.ways.page,
        history=History(store, among_others=is_shared),
        drawer=parts.files,
        presence=Presence(store, clock),
        vitals=vitals,
        metrics=core.metrics,
        demo_people=demo_people,
        demo_routes=demo_routes,
        console_routes=console_pages(_console(core, parts, demo_people)),
        extra_routes=[
            *(web.post(one.webhook_path, one.webhook) for one in core.ways.telegram),
            *(web.post(SMS_PATH, one.hear) for one in core.ways.sms),
            *api.routes(),
        ],
        public_url=settings.public_url or "",
        bounds=Bounds(limits=lambda: rules.policy.limits, now=clock.now),
        recheck=is_shared,
    )


def _console(core: _Core, parts: _Parts, demo_people: Sequence[DemoPerson]) -> Office:
    """The officers' desk."""
    settings, rules = core.settings, core.rules
    return Office(
        desk=Desk(core.store, rules),
        channel=core.ways.office,
        references=parts.references,
        rules=rules,
        now=core.clock.now,
        https=(settings.public_url or "").startswith("https://"),
        replay=core.intake.replay,
        tables=parts.rule_tables,
        takeout=Takeout(settings),
        people=tuple(one for one in demo_people if one.has_desk),
    )


def metrics() -> Metrics:
    """The numbers of one process, declared."""
    numbers = Metrics()
    numbers.counter("turns_total", "Incoming messages taken, by outcome.")
    numbers.counter("sent_total", "Outgoing messages, by what became of them.")
    numbers.histogram("turn_seconds", "From hearing a message to its commit.")
    return numbers
