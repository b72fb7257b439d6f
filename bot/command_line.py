"""What each command is given, and which function of bot/commands/ it is."""

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bot.commands import (
    areas,
    attachments,
    authenticators,
    calendar,
    claims,
    configuration,
    forms,
    keeping,
    people,
    poison,
    register,
    routes,
    running,
    shifts,
    slips,
    stats,
    tokens,
)
from bot.commands.command import Mend
from bot.commands.files import in_a_sentence
from bot.commands.numbers import read_day, read_id
from bot.commands.parser import Parser
from bot.commands.words import words
from bot.exporting.exports import EXPORTS
from bot.settings import Settings, SettingsFault, read_settings
from handlers.people.invite_sheet import WALLS
from policy.listing import FORMATS
from policy.machines import KINDS, LIVES
from policy.register.claims import SOURCES
from policy.summary import CALIBERS

#: What a command writes (lists of children, links of invitations) is for its owner alone.
OWNERS_ALONE = 0o077

Run = Callable[[argparse.Namespace, Settings], int | None]
#: Adds a command of this name, whose arguments come next.
Add = Callable[[str, Run], argparse.ArgumentParser]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it went well, 2 when the person must mend something."""
    for out in (sys.stdout, sys.stderr):  # a rare character never stops a command
        if isinstance(out, io.TextIOWrapper):
            out.reconfigure(errors="backslashreplace")
    asked = _parser().parse_args(argv)
    before = os.umask(OWNERS_ALONE)
    try:
        settings = read_settings(asked.config, **_given(asked))
        status = int(asked.run(asked, settings) or 0)
        sys.stdout.flush()
    except Mend as mend:
        print("\n".join(mend.sentences), file=sys.stderr)
        return 2
    except SettingsFault as fault:
        print("\n".join(fault.sentences), file=sys.stderr)
        return 2
    except BrokenPipeError:  # whoever read on, as `| head` does, has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if error.filename is None:
            raise
        print(in_a_sentence(error), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(words("stopped"), file=sys.stderr)
        return 130
    else:
        return status
    finally:
        os.umask(before)


def _given(asked: argparse.Namespace) -> dict[str, Any]:
    return {"listen": asked.listen} if getattr(asked, "listen", None) else {}


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m bot", description=words("about"))
    parser.add_argument("--config", type=Path, help=words("config"))
    parts = parser.add_subparsers(required=True, metavar=words("usage.a_command"))

    def add(name: str, run: Run) -> argparse.ArgumentParser:
        said = words(f"help.{name}")
        part = parts.add_parser(name, help=said, description=said)
        part.set_defaults(run=run)
        return part

    for commands_of in (_running, _keeping, _people, _tables, _figures, _programs):
        commands_of(add)
    return parser


def _running(add: Add) -> None:
    add("run", running.run)
    add("watch", running.watch)
    add("demo", running.demo).add_argument("--listen", help=words("listen"))
    add("chat", running.chat)
    add("doctor", keeping.doctor)
    add("migrate", keeping.migrate)
    form = add("forms", forms.forms)
    form.add_argument("what", choices=("check", "publish", "export"))
    form.add_argument("file", type=Path, nargs="+")


def _keeping(add: Add) -> None:
    audit = add("audit", keeping.audit_verify)
    _with(audit, "verify")
    audit.add_argument(
        "--anchor", action="append", metavar=words("audit.anchor"), help=words("audit.anchor_help")
    )
    _with(add("attachments", attachments.attachments), "verify")
    add("backup", keeping.backup).add_argument("file", type=Path)
    add("restore", keeping.restore).add_argument("file", type=Path)
    _with(add("keys", keeping.keys_rotate), "rotate")
    drawer = add("poison", poison.poison)
    drawer.add_argument("what", choices=("list", "replay", "discard"))
    drawer.add_argument("id", type=read_id, nargs="?")


def _people(add: Add) -> None:
    invite = add("invite", people.invite)
    invite.add_argument("--role", required=True, help=words("role"))
    invite.add_argument("--area", required=True, help=words("area"))
    for name in ("from", "until"):
        invite.add_argument(
            f"--{name}",
            dest=f"post_{name}",
            type=read_day,
            metavar="2027-06-30",
            help=words(f"post_{name}"),
        )
    _how_many(invite, "invite.count", 1, at_most=200)
    invite.add_argument("--sheet", type=Path, metavar=words("html"), help=words("sheet"))
    posters = add("poster", people.poster)
    posters.add_argument("wall", choices=WALLS, help=words("poster.wall"))
    posters.add_argument("--place", default="", help=words("poster.place"))
    posters.add_argument("--to", required=True, type=Path, metavar=words("html"))
    papers = add("slips", slips.slips)
    _how_many(papers, "slips.count", 10, at_most=500)
    papers.add_argument("--place", default="", help=words("poster.place"))
    papers.add_argument("--to", required=True, type=Path, metavar=words("html"))
    handing = add("hand-over", people.hand_over)
    handing.add_argument("--from", required=True, dest="leaver", help=words("leaver"))
    handing.add_argument("--to", required=True, dest="successor", help=words("successor"))
    apps = add("authenticators", authenticators.authenticators)
    apps.add_argument("what", choices=("list", "forget"))
    apps.add_argument("--person", help=words("authenticators.whose"))
    apps.add_argument("--why", help=words("authenticators.why_help"))


def _tables(add: Add) -> None:
    places = add("areas", areas.areas_import)
    _with(places, "import", "file")
    places.add_argument("--county-name", default="", help=words("county_name"))
    places.add_argument("--yes", action="store_true", help=words("areas_yes"))
    _with(add("calendar", calendar.calendar), "import", "file")
    roster = add("roster", register.roster)
    roster.add_argument("what", choices=("import", "undo"))
    roster.add_argument("file", metavar=words("roster_named"), help=words("roster_file"))
    on_duty = add("shifts", shifts.shifts)
    _with(on_duty, "import", "file")
    keepers = add("responsibilities", register.responsibilities)
    _with(keepers, "import", "file")
    for part in (roster, on_duty, keepers):
        part.add_argument("--dry-run", action="store_true", help=words("roster_dry"))
    lists = add("claims", claims.claims)
    _with(lists, "import", "file")
    called = {words(f"claims.called.{one}"): one for one in SOURCES}
    lists.add_argument(
        "--source",
        required=True,
        type=lambda said: called.get(said, said),
        choices=SOURCES,
        help=words("claims.source"),
    )


def _figures(add: Add) -> None:
    export = add("export", register.export)
    export.add_argument("what", choices=tuple(EXPORTS))
    export.add_argument("--format", choices=FORMATS, default="jsonl", help=words("export_format"))
    export.add_argument("--to", type=Path, help=words("export_to"))
    export.add_argument("--reason", help=words("export_reason"))
    export.add_argument("--masked", action="store_true", help=words("export_masked"))
    numbers = add("stats", stats.stats)
    numbers.add_argument("--as-of", type=read_day, metavar="2026-11-30", help=words("as_of"))
    numbers.add_argument("--area", default="", help=words("area"))
    numbers.add_argument(
        "--caliber", type=int, choices=CALIBERS, default=16, help=words("caliber")
    )
    numbers.add_argument("--shared", action="store_true", help=words("shared"))
    numbers.add_argument("--figures", action="store_true", help=words("stats.figures"))
    numbers.add_argument("--xlsx", type=Path, metavar=words("xlsx"), help=words("stats.xlsx_help"))
    config = add("config", configuration.configuration_command)
    config.add_argument("what", choices=("export", "diff", "apply", "rollback"))
    config.add_argument("folder", type=Path, nargs="?", help=words("configuration.folder_help"))
    config.add_argument("--why", default="", help=words("configuration.why_help"))
    config.add_argument("--yes", action="store_true", help=words("configuration.yes_help"))
    drill = add("routes", routes.check)
    _with(drill, "check")
    drill.add_argument("--area", default="", help=words("routes_area"))
    drill.add_argument("--to", type=Path, help=words("routes_to"))
    drill.add_argument("--reason", help=words("export_reason"))


def _programs(add: Add) -> None:
    programs = add("tokens", tokens.tokens)
    programs.add_argument("what", choices=("give", "list", "end"))
    programs.add_argument("id", type=read_id, nargs="?")
    programs.add_argument("--name", help=words("tokens.name"))
    programs.add_argument("--role", default="", help=words("tokens.role"))
    programs.add_argument("--area", help=words("area"))
    programs.add_argument("--kind", action="append", choices=KINDS, help=words("tokens.kind"))
    programs.add_argument("--days", type=int, choices=LIVES, default=90, help=words("tokens.days"))


def _how_many(part: argparse.ArgumentParser, key: str, usual: int, *, at_most: int) -> None:
    """How many are wanted, in words of the key."""
    part.add_argument(
        "--count",
        type=int,
        default=usual,
        choices=range(1, at_most + 1),
        metavar=words("number"),
        help=words(key),
    )


def _with(part: argparse.ArgumentParser, *names: str) -> None:
    """Fixed words of a two-word command, and the file it takes."""
    for name in names:
        if name == "file":
            part.add_argument("file", type=Path)
        else:
            part.add_argument("what", choices=(name,))
