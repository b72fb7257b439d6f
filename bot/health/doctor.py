"""体检: each thing that must be well, and what to do when it is not."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from yarl import URL

from bot import memory
from bot.channels.sms.channel import PATH
from bot.channels.sms.gateway import GatewayFaults, read_gateway
from bot.channels.telegram.webhook import webhook_path
from bot.clock import Clock
from bot.county.publisher import FormFaults, compiled, sources
from bot.county.rules import adopt, read_rules
from bot.settings import Settings, SettingsFault
from conversation.form import Form
from handlers.office import administration
from handlers.rules import Rules
from policy.faults import PolicyFaults
from policy.words import Words
from storage.backup import all_in, moment_of
from storage.faults import StoreFault
from storage.sealing import KeyRing, refuse_beside
from storage.store import Store
from storage.work import Reading

LEAST_FREE_MB = 200
OLD_BACKUP = timedelta(days=1)
#: Whoever lost their authenticator app needs so many others who manage the county.
TWO_OTHERS = 2


#: What /readyz tells of that has a sentence of its own.
_VITALS = frozenset({"database", "ticks", "oldest_waiting", "telegram"})
#: And which of its readings have one.
_READINGS = frozenset({"DatabaseMoved", "DatabaseReplaced"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at: well or not, and the sentence with the cure."""

    what: str
    well: bool
    said: str = ""


async def examine(settings: Settings, words: Words) -> Sequence[Finding]:
    """Look at everything; nothing is changed."""
    return [finding async for finding in _looks(settings, words)]


async def _looks(settings: Settings, words: Words) -> AsyncIterator[Finding]:
    now = Clock().now()
    folder = memory.data_folder(settings)
    if folder is not None:
        yield _disk(folder, words)
        yield _rights(folder, words)
        if not memory.is_new(settings):
            yield _backups(settings, now, words)
    if memory.is_new(settings):
        yield _keys_to_be(settings, words)
        yield Finding(what=words("doctor.database"), well=True, said=words("doctor.new"))
    else:
        keys = _keys(settings, words)
        yield keys
        if keys.well and folder is not None and not memory.has_database(settings):
            yield _no_database(settings, words)
        elif keys.well:
            for finding in await asyncio.to_thread(_memory, settings, now, words):
                yield finding
                if finding.said == words("doctor.running"):
                    yield await _alive(settings, words)
    try:
        rules = read_rules(settings)
    except PolicyFaults as wrong:
        yield Finding(what=words("doctor.policy"), well=False, said="\n".join(wrong.sentences))
    else:
        yield Finding(what=words("doctor.policy"), well=True)
        yield _calendar(rules, now, words)
    if settings.county:
        yield await asyncio.to_thread(_county_forms, settings.county / "forms", words)
    yield await _telegram(settings, words)
    yield await _sms(settings, words)


def _no_database(settings: Settings, words: Words) -> Finding:
    """It is not made by a look."""
    what = words("doctor.database")
    try:
        memory.require_found(settings)
    except StoreFault as fault:
        return Finding(what=what, well=False, said=str(fault))
    except SettingsFault:  # told with the backups
        return Finding(what=what, well=True, said=words("doctor.new"))
    return Finding(what=what, well=True, said=words("doctor.new"))


def _disk(folder: Path, words: Words) -> Finding:
    place = folder if folder.exists() else folder.parent
    free = shutil.disk_usage(place).free // 1_000_000
    well = free >= LEAST_FREE_MB
    return Finding(
        what=words("doctor.disk"),
        well=well,
        said="" if well else words("doctor.disk_bad", free=free),
    )


def _backups(settings: Settings, now: datetime, words: Words) -> Finding:
    """A bot that runs makes them by itself; whoever looks wants to know that it did."""
    what = words("doctor.backups")
    try:
        folder = memory.backup_folder(settings)
    except SettingsFault as fault:
        return Finding(what=what, well=False, said="\n".join(fault.sentences))
    files = all_in(folder)
    newest = moment_of(files[-1]) if files else None
    if newest is None:  # before the program ran for the first time
        return Finding(what=what, well=True, said=words("doctor.backups_none", folder=folder))
    if now - newest > OLD_BACKUP:
        return Finding(what=what, well=False, said=words("doctor.backups_old", folder=folder))
    when = f"{newest.astimezone(settings.zone):%Y-%m-%d %H:%M}"
    said = words("doctor.backups_fine", count=len(files), when=when, folder=folder)
    return Finding(what=what, well=True, said=said)


def _rights(folder: Path, words: Words) -> Finding:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".probe"
        probe.write_text("x")
        probe.unlink()
    except OSError:
        said = words("doctor.rights_bad", folder=folder)
        return Finding(what=words("doctor.rights"), well=False, said=said)
    return Finding(what=words("doctor.rights"), well=True)


def _keys_to_be(settings: Settings, words: Words) -> Finding:
    """Before the first start there is no file yet, but its place is known."""
    try:
        refuse_beside(settings.key_file, memory.data_folder(settings))
    except StoreFault as fault:
        return Finding(what=words("doctor.keys"), well=False, said=str(fault))
    return Finding(what=words("doctor.keys"), well=True, said=words("doctor.keys_new"))


def _keys(settings: Settings, words: Words) -> Finding:
    try:
        KeyRing.load(settings.key_file, data_folder=memory.data_folder(settings))
    except StoreFault as fault:
        return Finding(what=words("doctor.keys"), well=False, said=str(fault))
    return Finding(what=words("doctor.keys"), well=True)


def _county_forms(folder: Path, words: Words) -> Finding:
    try:
        compiled(sources(folder))
    except FormFaults as wrong:
        what = words("doctor.county_forms")
        return Finding(what=what, well=False, said="\n".join(wrong.sentences))
    return Finding(what=words("doctor.county_forms"), well=True)


def _calendar(rules: Rules, now: datetime, words: Words) -> Finding:
    calendar = rules.policy.calendar
    ends = calendar.runs_out(now.astimezone(rules.zone).date())
    return Finding(
        what=words("doctor.calendar"),
        well=not ends,
        said=rules.words("calendar.runs_out", when=calendar.covered_until)
        + words("doctor.calendar_how")
        if ends
        else "",
    )


def _memory(settings: Settings, now: datetime, words: Words) -> Sequence[Finding]:
    try:
        store = Store.open(settings.database_url, KeyRing.load(settings.key_file), Clock().now)
    except StoreFault as fault:
        running = fault.code == "database-in-use"
        said = words("doctor.running") if running else str(fault)
        return [Finding(what=words("doctor.database"), well=running, said=said)]
    try:
        return [
            Finding(what=words("doctor.database"), well=True),
            *_contents(store, now, words),
            *_receivers(store, settings, words),
            *_authenticators(store, settings, words),
        ]
    finally:
        store.close()


async def _alive(settings: Settings, words: Words) -> Finding:
    """What the running program says of itself."""
    address = f"http://{settings.listen}/readyz"
    what = words("doctor.alive")
    try:
        timeout = aiohttp.ClientTimeout(total=5)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(address) as answer,
        ):
            vitals: Mapping[str, Mapping[str, Any]] = await answer.json()
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return Finding(what=what, well=False, said=words("doctor.running_bad", address=address))
    said = [
        words(f"doctor.alive_{_told(name, vital['reading'])}", name=name, reading=vital["reading"])
        for name, vital in vitals.items()
        if not vital["well"]
    ]
    return Finding(what=what, well=not said, said="\n".join(said))


def _told(name: str, reading: str) -> str:
    if reading in _READINGS:
        return reading
    return name if name in _VITALS else "other"


def _contents(store: Store, now: datetime, words: Words) -> Sequence[Finding]:
    def count(look: Callable[[Reading], object]) -> bool:
        return bool(store.read(look).result())

    newest = store.read(lambda reading: reading.outbox.newest()).result()
    late = (newest - now).total_seconds() / 60 if newest else 0.0
    some_forms = count(lambda reading: reading.forms.all_current())
    some_areas = count(lambda reading: reading.places.version())
    wrong = store.read(_counted_wrongly).result()
    unchecked = store.read(_unchecked).result()
    return [
        Finding(
            what=words("doctor.clock"),
            well=late < 1,
            said="" if late < 1 else words("doctor.clock_bad", minutes=round(late)),
        ),
        Finding(
            what=words("doctor.forms"),
            well=some_forms,
            said="" if some_forms else words("doctor.forms_none"),
        ),
        Finding(
            what=words("doctor.patterns"),
            well=not unchecked,
            said="\n".join(
                words("doctor.patterns_slow", form=form, question=question)
                for form, question in unchecked
            ),
        ),
        Finding(
            what=words("doctor.areas"),
            well=some_areas,
            said="" if some_areas else words("doctor.areas_none"),
        ),
        Finding(
            what=words("doctor.visits"),
            well=not wrong,
            said=words("doctor.visits_bad", count=wrong) if wrong else "",
        ),
    ]


def _unchecked(reading: Reading) -> list[tuple[str, str]]:
    """Forms in use and their questions whose own check could be kept busy for ever."""
    return [
        (row.title, question.name)
        for row in reading.forms.in_use()
        if "regex" in row.compiled
        for question in Form.from_json(row.compiled).questions
        if question.unchecked
    ]


def _counted_wrongly(reading: Reading) -> int:
    """Of how many places what is kept of visits and children is not what the rows say."""
    days, heads = reading.day_counts, reading.head_counts
    return sum(not (days.holds(place) and heads.holds(place)) for place in days.places())


def _receivers(store: Store, settings: Settings, words: Words) -> Sequence[Finding]:
    """Somebody in the county must be there of whom every report is told in the end."""
    try:
        last = read_rules(settings).policy.routing.last
    except PolicyFaults:  # said elsewhere
        return ()
    some = store.read(
        lambda reading: bool(
            reading.people.holders(last, [root.id for root in reading.areas.roots()])
        )
    ).result()
    said = "" if some else words("doctor.receivers_none")
    return [Finding(what=words("doctor.receivers"), well=some, said=said)]


def _authenticators(store: Store, settings: Settings, words: Words) -> Sequence[Finding]:
    """Whoever loses an authenticator app needs two others, or this machine."""
    try:
        rules = read_rules(settings)
        adopt(store, rules, settings)
    except PolicyFaults:  # said elsewhere
        return ()
    if not rules.policy.limits["authenticator_asked"]:
        return ()
    keepers = store.read(lambda reading: administration.keepers(reading, rules)).result()
    count = len(keepers)
    said = "" if count > TWO_OTHERS else words("doctor.authenticators_few", count=count)
    return [Finding(what=words("doctor.authenticators"), well=True, said=said)]


async def _telegram(settings: Settings, words: Words) -> Finding:
    """Whether Telegram knows us, and brings what people say to where we listen."""
    if not settings.telegram_token:
        return _of_telegram(words, well=True, said=words("doctor.telegram_none"))
    try:
        await _ask_telegram(settings, "getMe")
        info = await _ask_telegram(settings, "getWebhookInfo")
    except _NoAnswer as fault:
        return _of_telegram(words, well=False, said=fault.sentence(settings, words))
    if settings.public_url is None:
        return _of_telegram(words, well=True)
    url = settings.public_url + webhook_path(settings.telegram_token)
    if info.get("url") not in ("", url):
        return _of_telegram(words, well=False, said=words("doctor.telegram_moved"))
    if error := info.get("last_error_message"):
        count = info.get("pending_update_count", 0)
        said = words("doctor.telegram_errors", error=error, count=count)
        return _of_telegram(words, well=False, said=said)
    return _of_telegram(words, well=True)


async def _sms(settings: Settings, words: Words) -> Finding:
    """Whether the gateway's table can be used, is nobody else's to read, and leads somewhere."""
    what, file = words("sms.what"), settings.sms
    if file is None:
        return Finding(what=what, well=True, said=words("sms.none"))
    try:
        gateway = await asyncio.to_thread(read_gateway, file)
    except GatewayFaults as wrong:
        return Finding(what=what, well=False, said="\n".join(wrong.sentences))
    if file.stat().st_mode & 0o077:
        return Finding(what=what, well=False, said=words("sms.open_to_all", file=file))
    url = URL(gateway.send.url)
    try:
        _, writer = await asyncio.wait_for(
            asyncio.open_connection(url.host, url.port, ssl=url.scheme == "https"), timeout=5
        )
        writer.close()
    except (OSError, TimeoutError):
        return Finding(what=what, well=False, said=words("sms.away", url=url.origin()))
    if settings.public_url is None:
        return Finding(what=what, well=False, said=words("sms.no_url"))
    address = f"{settings.public_url}{PATH}"
    return Finding(what=what, well=True, said=words("sms.fine", file=file.name, address=address))


def _of_telegram(words: Words, *, well: bool, said: str = "") -> Finding:
    return Finding(what=words("doctor.telegram"), well=well, said=said)


class _NoAnswer(Exception):
    """Telegram did not answer, or did not know us."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error

    def sentence(self, settings: Settings, words: Words) -> str:
        """What it means and how to mend it."""
        if self.error in {"401", "404"}:
            return words("doctor.telegram_token")
        return words("doctor.telegram_bad", root=settings.telegram_api, error=self.error)


async def _ask_telegram(settings: Settings, method: str) -> Mapping[str, Any]:
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session,
            session.get(
                f"{settings.telegram_api}/bot{settings.telegram_token}/{method}",
                proxy=settings.telegram_proxy,
            ) as answer,
        ):
            if answer.status != 200:
                raise _NoAnswer(str(answer.status))
            result: Mapping[str, Any] = (await answer.json())["result"]
            return result
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError, KeyError) as fault:
        raise _NoAnswer(type(fault).__name__) from None
