"""What each command does; a fault that a person can mend is raised as Mend, exit status 2."""

import argparse
import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import aiohttp

from bot import app, jail, logs
from bot.channels.terminal import TerminalChannel
from bot.clock import Clock
from bot.commands import handing_over, inviting
from bot.commands.words import words
from bot.county.publisher import FormFaults, Source, compiled, publish
from bot.county.rules import adopt, read_rules
from bot.demo import children as demo_children
from bot.demo import clock as demo_clock
from bot.demo import people as demo_people
from bot.demo.clock import DemoClock
from bot.doors import doors_of
from bot.exporting import exports
from bot.health import lookout
from bot.health.doctor import examine
from bot.poison import CannotReplay
from bot.settings import Settings
from bot.site.sessions import DemoPerson
from bot.tables.tables import TableFaults, read_areas
from handlers import area_tables
from handlers.people import invite_sheet
from handlers.people.invite_sheet import TOKEN, sheet
from policy.areas import AreaRow
from policy.faults import PolicyFaults
from policy.words import Words
from storage import anchors
from storage import backup as backups
from storage.audit import PROGRAM, Anchor, Broken, Head
from storage.faults import StoreFault
from storage.migrate import current, upgrade
from storage.opening import looking
from storage.sealing import KeyRing
from storage.store import Store


class Mend(Exception):
    """The person must mend something; ``sentences`` say what, where and how."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


def say(key: str, /, **values: object) -> None:
    """Print a sentence."""
    print(words(key, **values), flush=True)  # noqa: T201


@contextmanager
def mendable() -> Iterator[None]:
    """What a person can mend, raised as Mend."""
    try:
        yield
    except StoreFault as fault:
        raise Mend([str(fault)]) from None
    except (exports.ReasonNeeded, inviting.NoSuchPost) as error:
        raise Mend([error.sentence]) from None
    except (FormFaults, PolicyFaults, TableFaults, handing_over.NotOnePerson) as faults:
        raise Mend(list(faults.sentences)) from None


@contextmanager
def memory(settings: Settings) -> Iterator[Store]:
    """The store of these settings, closed at the end."""
    with mendable():
        store = app.open_memory(settings, Clock())
        try:
            yield store
        finally:
            store.close()


# -- running -----------------------------------------------------------------------------------


def run(_: argparse.Namespace, settings: Settings) -> None:
    """Serve until told to stop."""
    logs.set_up()
    with mendable():
        store = app.open_memory(settings, Clock())
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
        store = app.open_memory(invented, clock)
        clock.not_before(store.read(lambda reading: reading.outbox.newest()).result())
        asyncio.run(_serve_demo(invented, store, clock, demo_people.settle(store)))


async def _serve_demo(
    settings: Settings, store: Store, clock: DemoClock, people: Sequence[DemoPerson]
) -> None:
    hurry = demo_clock.routes(clock, settings.zone)
    async with aiohttp.ClientSession() as session:
        program = await app.build(
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
        program = await app.build(settings, store, Clock(), session, keeps=True)
        await program.run()


def chat(_: argparse.Namespace, settings: Settings) -> None:
    """One person in the terminal: the same talk with numbers and plain text."""
    logs.set_up(quiet=True)
    say("chat.hello")
    invented = demo_people.settings(settings)
    with mendable():
        store = app.open_memory(invented, Clock())
        demo_people.settle(store)
        asyncio.run(_chat(invented, store))


async def _chat(settings: Settings, store: Store) -> None:
    clock = Clock()
    terminal = TerminalChannel(now=clock.now)
    async with aiohttp.ClientSession() as session:
        program = await app.build(settings, store, clock, session, more_channels=[terminal])
        await program.start()
        await terminal.finished()
        await program.stop()


# -- the office's work ---------------------------------------------------------------------------


def areas_import(asked: argparse.Namespace, settings: Settings) -> None:
    """Take an areas table after a yes; nothing is written when it has a fault."""
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


def says_yes(question: str) -> bool:
    """What the person at the terminal answers; nobody there is a no."""
    try:
        said = input(words(question))
    except EOFError:
        return False
    return said.strip().casefold() in words.listed("areas.yes")


def invite(asked: argparse.Namespace, settings: Settings) -> None:
    """Invitations to a post: each is typed once by one person, within its time."""
    with mendable():
        rules = read_rules(settings)
    doors = asyncio.run(doors_of(settings))
    if asked.sheet and not doors:
        raise Mend([words("invite.no_door")])
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
        asked.sheet.write_text(page, "utf-8")
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
    asked.to.write_text(page, "utf-8")
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


def forms(asked: argparse.Namespace, settings: Settings) -> None:
    """Check, publish or export forms."""
    files = [_form_source(path) for path in asked.file]
    match asked.what:
        case "check":
            _check_forms(files)
        case "publish":
            _check_forms(files)
            with memory(settings) as store:
                publish(store, files)
            for file in files:
                say("forms.published", file=file.name, title=Path(file.name).stem)
        case _:
            for path, file in zip(asked.file, files, strict=True):
                _export_form(path, file)


def _form_source(path: Path) -> Source:
    try:
        return Source(name=path.name, data=path.read_bytes())
    except OSError:
        raise Mend([words("areas.missing", file=path)]) from None


def _check_forms(files: list[Source]) -> None:
    with mendable():
        for file, answer in zip(files, compiled(files), strict=True):
            for warning in answer["warnings"]:
                print(f"{file.name}：{warning}")  # noqa: T201
            say("forms.fine", file=file.name, count=answer["count"])


def _export_form(path: Path, file: Source) -> None:
    to = path.with_suffix(".xlsx")
    if to == path or to.exists():
        to = path.with_name(f"{path.stem}-export.xlsx")
    answer = jail.ask_now("export", name=file.name, data=jail.pack(file.data))
    if answer.get("faults"):
        raise Mend([f"{file.name}：{sentence}" for sentence in answer["faults"]])
    to.write_bytes(jail.unpack(answer["data"]))
    say("forms.exported", file=file.name, to=to)


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
        program = await app.build(settings, store, Clock(), session)
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


# -- keeping -----------------------------------------------------------------------------------


def migrate(_: argparse.Namespace, settings: Settings) -> None:
    """Bring the database to this program's shape."""
    with mendable():
        upgrade(settings.database_url)
        say("migrate.done", version=current(settings.database_url))


def audit_verify(asked: argparse.Namespace, settings: Settings) -> int:
    """Follow the chain, also beside a running bot; 1 when a row was touched or is gone."""
    file = app.anchor_file(settings)
    with mendable():
        kept = [*anchors.noted(file), *map(_anchor, asked.anchor or ())]
        now = Clock().now()
        keys = KeyRing.load(settings.key_file)
        with looking(settings.database_url, keys, now) as reading:
            verdict = reading.audit.verify(anchors=kept)
            count = reading.audit.head().seq
    match verdict:
        case Broken():
            missed = sorted((one.seq, one.day) for one in kept if one.seq >= verdict.seq)
            noted, day = missed[-1 if verdict.how == "cut-off" else 0] if missed else (0, "")
            say(f"audit.{verdict.how}", row=verdict.seq, count=count, day=day, noted=noted)
            say("audit.mend")
            return 1
        case Head():
            say("audit.fine", count=verdict.seq)
            if kept:
                days = [one.day for one in kept]
                say("audit.compared", count=len(kept), first=min(days), last=max(days))
            else:
                say("audit.alone", file=file)
            today = now.astimezone(settings.zone).date()
            say("audit.now", anchor=anchors.spelt(today, verdict))
            return 0


def _anchor(text: str) -> Anchor:
    anchor = anchors.read_anchor(text)
    if anchor is None:
        raise Mend([words("audit.no_anchor", text=text)])
    return anchor


def backup(asked: argparse.Namespace, settings: Settings) -> None:
    """A consistent copy, while the bot runs."""
    with mendable():
        backups.backup(settings.database_url, asked.file)
    say("backup.done", file=asked.file, keys=settings.key_file)


def restore(asked: argparse.Namespace, settings: Settings) -> None:
    """The database as it was in the copy; what the audit wrote since does not count any more."""
    with mendable():
        head = backups.restore(settings.database_url, asked.file)
        say("restore.done", file=asked.file, count=head.seq)
        at = Clock().now().astimezone(settings.zone)
        anchors.note(app.anchor_file(settings), at, head, restored=True)


def keys_rotate(_: argparse.Namespace, settings: Settings) -> None:
    """A new data key; what was sealed under the old ones stays readable."""
    with mendable():
        version = max(KeyRing.load(settings.key_file).rotate().data)
    say("keys.done", version=version)


def doctor(_: argparse.Namespace, settings: Settings) -> int:
    """Every check with its cure; 2 when something must be mended."""
    logging.disable(logging.CRITICAL)
    findings = asyncio.run(examine(settings, words))
    for finding in findings:
        mark = words("doctor.fine") if finding.well else words("doctor.bad")
        print(f"[{mark}] {finding.what}{finding.said and f'：{finding.said}'}")  # noqa: T201
    if all(finding.well for finding in findings):
        say("doctor.all_fine")
        return 0
    return 2
