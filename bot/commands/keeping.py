"""Keeping the memory: migrations, the audit's chain, copies, keys, and whether all is well."""

import argparse
import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from bot import memory
from bot.clock import Clock
from bot.commands.command import Mend, mendable, say
from bot.commands.words import words
from bot.health.doctor import examine
from bot.settings import Settings
from storage import anchors
from storage import backup as backups
from storage.audit import Anchor, Broken, Head
from storage.migrate import current, upgrade
from storage.opening import looking
from storage.sealing import KeyRing


def migrate(_: argparse.Namespace, settings: Settings) -> None:
    """Bring the database to this program's shape."""
    with mendable():
        upgrade(settings.database_url)
        say("migrate.done", version=current(settings.database_url))


def audit_verify(asked: argparse.Namespace, settings: Settings) -> int:
    """Follow the chain, also beside a running bot; 1 when a row was touched or is gone."""
    file = memory.anchor_file(settings)
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
        anchors.note(memory.anchor_file(settings), at, head, restored=True)


def keys_rotate(_: argparse.Namespace, settings: Settings) -> None:
    """A new data key; what was sealed under the old ones stays readable."""
    with mendable():
        version = max(KeyRing.load(settings.key_file).rotate().data)
    say("keys.done", version=version)


@contextmanager
def _unlogged() -> Iterator[None]:
    """What is found is said once, and not in the log as well."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def doctor(_: argparse.Namespace, settings: Settings) -> int:
    """Every check with its cure; 2 when something must be mended."""
    with _unlogged():
        findings = asyncio.run(examine(settings, words))
    for finding in findings:
        mark = words("doctor.fine") if finding.well else words("doctor.bad")
        print(f"[{mark}] {finding.what}{finding.said and f'：{finding.said}'}")  # noqa: T201
    if all(finding.well for finding in findings):
        say("doctor.all_fine")
        return 0
    return 2
