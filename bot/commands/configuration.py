"""What `config` does: a county's settings as a folder, compared, taken, and taken back."""

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path

from bot.clock import Clock
from bot.commands.command import Mend, memory, mendable, say, says_yes
from bot.commands.words import words
from bot.county import configuration
from bot.county.configuration import Configuration, ConfigurationFaults, Section
from bot.county.publisher import form_folders
from bot.county.rule_tables import RuleTables
from bot.county.rules import read_rules
from bot.memory import backup_folder
from bot.settings import HOME, Settings
from handlers.office.second_person import WHY_CHARS
from storage.store import Store

#: Where what was in force lies, beside the backups, one folder for each time.
BEFORE = "configurations"


def configuration_command(asked: argparse.Namespace, settings: Settings) -> int:
    """Export, compare, take or take back; 1 when a comparison found something."""
    with mendable():
        before = _before(settings)
    folder = asked.folder
    if asked.what == "rollback" and folder is None:
        if not before:
            raise Mend([words("configuration.no_way_back")])
        folder = before[-1]
        say("configuration.rolled", folder=folder)
    if folder is None:
        raise Mend([words("configuration.which")])
    with memory(settings) as store, mendable():
        try:
            return _do(asked, folder, settings, store)
        except ConfigurationFaults as wrong:
            raise Mend(wrong.sentences) from None


def _do(asked: argparse.Namespace, folder: Path, settings: Settings, store: Store) -> int:
    tables = RuleTables(
        store=store, rules=read_rules(settings), ours=HOME / "policy", county=settings.county
    )
    folders = form_folders(settings.county)
    now = store.read(lambda reading: configuration.in_force(reading, tables, folders)).result()
    if asked.what == "export":
        _write(now, folder, store, settings)
        return 0
    then = configuration.read(folder)
    ours = configuration.our_forms(folders, now, then)
    found = configuration.compare(now, then, tables, ours)
    _tell(found)
    if not found:
        say("configuration.same")
        return 0
    if asked.what == "diff":
        return 1
    why = asked.why.strip() or (
        words("configuration.rolled", folder=folder) if asked.folder is None else ""
    )
    if len(why) < WHY_CHARS:
        raise Mend([words("configuration.why")])
    if not asked.yes and not says_yes("areas.sure"):
        say("configuration.dropped")
        return 0
    kept = _keep(now, store, settings)
    store.write(lambda work: configuration.take(work, now, then, ours, why)).result()
    say("configuration.taken", folder=kept)
    if papers := [one.name for one in found if one.name.startswith("papers/")]:
        say("configuration.papers", files="、".join(papers))
    return 0


def _tell(found: Sequence[Section]) -> None:
    nothing = words("configuration.nothing")
    for section in found:
        say("configuration.section", name=section.name)
        for one in section.differences:
            say(
                "configuration.line",
                key=one.key,
                before=one.before or nothing,
                after=one.after or nothing,
            )


def _write(now: Configuration, folder: Path, store: Store, settings: Settings) -> None:
    if folder.is_file() or (folder.exists() and any(folder.iterdir())):
        raise Mend([words("configuration.not_empty", folder=folder)])
    say("configuration.done", folder=folder, count=_put(now, folder, store, settings))


def _put(now: Configuration, folder: Path, store: Store, settings: Settings) -> int:
    """The folder, whole or not at all: it is written beside, then named."""
    roots = store.read(lambda reading: reading.areas.roots()).result()
    county = "、".join(root.name for root in roots)
    moment = Clock().now().astimezone(settings.zone)
    half = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(half, ignore_errors=True)  # of one that was stopped in the middle
    files = [*configuration.files_of(now, county=county, now=moment)]
    for place, data in files:
        to = half / place
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(data)
    if folder.exists():
        folder.rmdir()
    half.rename(folder)
    return len(files)


def _keep(now: Configuration, store: Store, settings: Settings) -> Path:
    """What was in force until now, as a folder to go back to."""
    home = backup_folder(settings) / BEFORE
    home.mkdir(parents=True, exist_ok=True)
    folder = home / f"{Clock().now().astimezone(settings.zone):%Y%m%d-%H%M%S-%f}"
    _put(now, folder, store, settings)
    return folder


def _before(settings: Settings) -> list[Path]:
    home = backup_folder(settings) / BEFORE
    return sorted(one for one in home.iterdir() if one.name[0] != ".") if home.is_dir() else []
