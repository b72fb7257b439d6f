"""The year's notice of days off, taken into the county's own calendar."""

import argparse
import tomllib
from pathlib import Path

from bot.commands.command import Mend, mendable, say
from bot.commands.files import content
from bot.commands.words import words
from bot.settings import HOME, Settings
from policy.faults import PolicyFault, PolicyFaults
from policy.notice import Notice, read_notice
from policy.spreadsheet import decoded
from policy.tables import load_policy

MAX_NOTICE_BYTES = 1_000_000


def calendar(asked: argparse.Namespace, settings: Settings) -> None:
    """Take a notice as plain text; nothing is written when it has a fault."""
    if settings.county is None:
        raise Mend([words("calendar.no_county")])
    file = settings.county / "policy" / "calendar.toml"
    with mendable():
        load_policy(HOME / "policy", settings.county)
        notice = read_notice(asked.file.name, _text(asked.file))
        _enter(file, notice)
    say(
        "calendar.done",
        year=notice.year,
        file=file,
        count=len(notice.holidays),
        days=len(notice.workdays),
    )


def _text(file: Path) -> str:
    try:
        return decoded(content(file)[:MAX_NOTICE_BYTES])
    except UnicodeDecodeError:
        raise PolicyFaults([PolicyFault(code="unreadable", file=file.name)]) from None


def _enter(file: Path, notice: Notice) -> None:
    """The year below what the county wrote; the file is the old one or the new one, whole."""
    before = file.read_text("utf-8-sig") if file.is_file() else ""
    if str(notice.year) in tomllib.loads(before).get("year", {}):
        raise PolicyFaults(
            [PolicyFault(code="notice-known", file=str(file), values={"year": notice.year})]
        )
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    new.write_text(f"{before.rstrip()}\n\n{notice.as_toml()}".lstrip(), "utf-8")
    new.replace(file)
