"""What the commands about the register do: rosters in, lists out."""

import argparse
import asyncio
import getpass
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.clock import Clock
from bot.commands.command import Mend, memory, mendable, say
from bot.commands.files import content, free, whole
from bot.commands.numbers import read_id
from bot.commands.words import words
from bot.county.rules import adopt, read_rules
from bot.exporting.exports import Asked, as_long_workbook, take_out
from bot.jail import Jailed
from bot.settings import Settings
from bot.tables import rosters
from bot.tables.rosters import Preview
from handlers.children.rosters import put_in
from policy.listing import Format, Listing, text_lines
from storage.audit import PROGRAM
from storage.children.roster import Applied, NotPossible, Stale
from storage.children.roster_undo import Undone
from storage.store import Store

#: Characters of the bar on standard error.
BAR = 30


# -- rosters in ---------------------------------------------------------------------------------


def roster(asked: argparse.Namespace, settings: Settings) -> int:
    """Take a roster in, or take a whole import back; 2 when nothing could be done."""
    with memory(settings) as store:
        if asked.what == "undo":
            return _undo(store, asked.file, settings)
        with mendable():
            return asyncio.run(_import(store, Path(asked.file), settings, dry=asked.dry_run))


async def _import(store: Store, file: Path, settings: Settings, *, dry: bool) -> int:
    today = Clock().now().astimezone(settings.zone).date()
    data = await asyncio.to_thread(content, file)
    bar, leaves_at = _Bar(words("roster.reading")), _leaves_at(settings)
    with _said(file):
        seen = await rosters.preview(
            store, file.name, data, today, progress=bar, leaves_at=leaves_at
        )
    if _tell(seen):
        say("roster.marked_file", file=await _marked(seen, data, file))
    if dry:
        say("roster.dry")
        return 0
    bar = _Bar(words("roster.writing"))
    roster_id = await rosters.stage(store, seen, file.name, PROGRAM, progress=bar)
    done = await store.write(lambda work: put_in(work, roster_id, PROGRAM))
    match done:
        case Applied():
            say(
                "roster.done",
                new=done.new,
                changed=done.changed,
                responsible=done.responsibilities,
                id=roster_id,
            )
            return 0
        case Stale() | NotPossible():
            raise Mend([words("roster.stale")])


def _leaves_at(settings: Settings) -> int:
    """At which age a child leaves the county's register."""
    return read_rules(settings).policy.limits["leaves_register_at"]


def responsibilities(asked: argparse.Namespace, settings: Settings) -> int:
    """Children into the hands that a list names, all of the good rows at once or none."""
    with memory(settings) as store, mendable():
        return asyncio.run(_keepers(store, Path(asked.file), settings, dry=asked.dry_run))


async def _keepers(store: Store, file: Path, settings: Settings, *, dry: bool) -> int:
    today = Clock().now().astimezone(settings.zone).date()
    data = await asyncio.to_thread(content, file)
    with _said(file):
        seen = await rosters.preview_keepers(store, file.name, data, today, _leaves_at(settings))
    good, bad = seen.counts.get("same", 0), seen.counts.get("bad", 0)
    say(
        "keepers.counts",
        sheet=seen.roster.sheet,
        count=len(seen.compared),
        moves=seen.moves,
        same=good - seen.moves,
        bad=bad,
    )
    if _tell_faults(seen):
        say("roster.marked_file", file=await _marked(seen, data, file))
    if dry:
        say("roster.dry")
        return 0
    roster_id = await rosters.stage(store, seen, file.name, PROGRAM)
    match await store.write(lambda work: put_in(work, roster_id, PROGRAM)):
        case Applied(responsibilities=count):
            say("keepers.done", count=count, id=roster_id)
            return 0
        case Stale() | NotPossible():
            raise Mend([words("roster.stale")])


@contextmanager
def _said(file: Path) -> Iterator[None]:
    """Why a table was not read, in a sentence."""
    try:
        yield
    except rosters.NoAreas:
        raise Mend([words("roster.no_areas")]) from None
    except Jailed:
        raise Mend([words("areas.too_big", file=file)]) from None


def _tell(seen: Preview) -> bool:
    """Say what the roster would change; True when there is something to mend."""
    counts = {kind: seen.counts.get(kind, 0) for kind in ("new", "changed", "same")}
    doubtful, bad = seen.counts.get("doubtful", 0), seen.counts.get("bad", 0)
    say(
        "roster.counts",
        sheet=seen.roster.sheet,
        count=len(seen.compared),
        **counts,
        doubtful=doubtful,
        bad=bad,
    )
    if seen.moves:
        say("roster.moves", count=seen.moves)
    return _tell_faults(seen)


def _tell_faults(seen: Preview) -> bool:
    """Each fault as a sentence; True when there is any."""
    sentences = seen.roster.sentences("bad", "doubtful")
    for sentence in sentences:
        print(sentence)  # noqa: T201
    return bool(sentences)


async def _marked(seen: Preview, data: bytes, file: Path) -> Path:
    """The table with what is wrong, never over one that somebody may be mending."""
    stem = re.sub(rf"-{words('roster.marked')}(-\d+)?$", "", file.stem)
    beside = free(file.with_name(f"{stem}-{words('roster.marked')}{file.suffix}"))
    with _said(file):
        marked = await rosters.marked(seen, data)
    await asyncio.to_thread(_write, beside, marked)
    return beside


def _write(file: Path, data: bytes) -> None:
    with whole(file) as half:
        half.write_bytes(data)


def _undo(store: Store, told: str, settings: Settings) -> int:
    try:
        roster_id = read_id(told)
    except ValueError:
        raise Mend([words("roster.which")]) from None
    done = store.write(lambda work: work.roster_undo.undo(roster_id, by=PROGRAM)).result()
    match done:
        case Undone():
            say("roster.undone", back=done.back, kept=len(done.kept))
            if done.held_by_nobody:
                say("roster.undone_nobody", count=done.held_by_nobody)
            sentences = read_rules(settings).words
            for one in done.kept:
                say("roster.stays", number=one.number, why=sentences(f"roster.stays.{one.why}"))
            return 0
        case NotPossible():
            raise Mend([words(f"roster.{done.code}")])


class _Bar:
    """How far it is, on standard error."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __call__(self, done: int, of: int) -> None:
        full = BAR * done // max(of, 1)
        end = "\n" if done >= of else ""
        bar = "#" * full + "." * (BAR - full)
        sys.stderr.write(f"\r{self._what} [{bar}] {done}/{of}{end}")
        sys.stderr.flush()


# -- lists out ----------------------------------------------------------------------------------


def export(asked: argparse.Namespace, settings: Settings) -> None:
    """A list of reports, children, visits …, as it stands now; the audit says that it left."""
    if asked.format == "xlsx" and asked.to is None:
        raise Mend([words("export.to", what=asked.what)])
    wanted = Asked(
        what=asked.what,
        who=getpass.getuser(),
        reason=asked.reason or "",
        zone=settings.zone,
        masked=asked.masked,
    )

    def put(listing: Listing) -> None:
        _put(listing, asked.format, asked.to)

    with memory(settings) as store, mendable():
        rules = read_rules(settings)
        adopt(store, rules, settings)
        count = take_out(store, rules, wanted, put)
    if asked.to is not None:
        say("export.done", file=asked.to, count=count)


def _put(listing: Listing, form: Format, to: Path | None) -> None:
    if to is None:
        sys.stdout.writelines(text_lines(listing, form))
        return
    # Excel takes a CSV for UTF-8 only with its mark.
    encoding = "utf-8-sig" if form == "csv" else "utf-8"
    with whole(to) as half:
        if form == "xlsx":
            as_long_workbook(listing, half)
        else:
            with half.open("w", encoding=encoding, newline="") as file:
                file.writelines(text_lines(listing, form))
