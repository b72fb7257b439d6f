"""A long list of children is read and written by a child program: nobody who talks waits for it.

``python -m bot.exporting.takeout`` looks at the memory through a connection that cannot write, as
whoever sits at the desk and at one moment, by the handlers that the pages use. What leaves is
noted by the program itself, once it is there.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from bot import jail
from bot.commands.words import words
from bot.county import rule_tables
from bot.county.rules import read_rules
from bot.settings import HOME, Settings, read_settings
from bot.site.console.seats import Seats
from handlers.office import children
from handlers.people import proof
from policy.listing import Listing, as_text, as_workbook, headings_of
from storage.engines import Place
from storage.opening import shared_to_look
from storage.sealing import KeyRing
from storage.turns import core
from storage.work import Reading

#: Seconds after which a list is given up.
WALL_SECONDS = 180


@dataclass(frozen=True, slots=True)
class Taken:
    """A list as a file; no rows for whoever is not inside any more."""

    rows: int
    body: bytes = field(repr=False)


class Takeout:
    """Has long lists written, one at a time: two would take both cores."""

    def __init__(self, settings: Settings) -> None:
        self._settings = {
            "database_url": settings.database_url,
            "key_file": str(settings.key_file.absolute()),
            "county": str(settings.county.absolute()) if settings.county else None,
            "timezone": settings.timezone,
        }
        self._one = asyncio.Lock()

    async def children(
        self, mark: bytes, asked: children.Asked, *, title: str, who: str, now: datetime, kind: str
    ) -> Taken:
        """The children that somebody wants, as a file of a kind. Raises jail.Jailed."""
        told = {
            "settings": self._settings,
            "mark": mark.hex(),
            "asked": asdict(asked),
            "title": title,
            "who": who,
            "now": now.isoformat(),
            "kind": kind,
        }
        async with self._one:
            return await _ask(told)


async def _ask(told: Mapping[str, Any]) -> Taken:
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot.exporting.takeout",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,  # it might say something private
        cwd=HOME,
        start_new_session=True,
    )
    core.give_way(program.pid)
    try:
        async with asyncio.timeout(WALL_SECONDS):
            out, _ = await program.communicate(json.dumps(told).encode())
    except TimeoutError:
        raise jail.Jailed("too-slow") from None
    finally:
        if program.returncode is None:
            os.killpg(program.pid, signal.SIGKILL)
            await program.wait()
    if program.returncode != 0:
        raise jail.Jailed("fell")
    head, _, body = out.partition(b"\n")
    return Taken(int(head), body)


# -- inside the child program --------------------------------------------------------------------


def _written(told: Mapping[str, Any]) -> Taken:
    settings = read_settings(**{key: value for key, value in told["settings"].items() if value})
    rules = read_rules(settings)
    now = datetime.fromisoformat(told["now"])
    place = Place(settings.database_url)
    with closing(place.for_reading()) as db:
        db.tell(place.begin_reading)
        reading = Reading(db, now, shared_to_look(KeyRing.load(settings.key_file)))
        rule_tables.adopt(reading, rules, HOME / "policy", settings.county)
        found = Seats(rules).seen(
            reading,
            bytes.fromhex(told["mark"]),
            "children",
            lambda turn: (
                children.exported(turn, children.Asked(**told["asked"]))
                if proof.is_given(turn)
                else None
            ),
        )
    if found is None or found.value is None:
        return Taken(0, b"")
    rows = found.value
    when = f"{now.astimezone(rules.zone):%Y-%m-%d %H:%M}"
    listing = Listing(
        title=told["title"],
        mark=words("export.mark", what=told["title"], who=told["who"], when=when, count=len(rows)),
        headings=headings_of(rows),
        rows=rows,
    )
    if told["kind"] == "xlsx":
        return Taken(len(rows), as_workbook(listing))
    return Taken(len(rows), b"\xef\xbb\xbf" + as_text(listing, "csv").encode())


def main() -> None:
    """Write one list."""
    taken = _written(json.loads(sys.stdin.buffer.read()))
    sys.stdout.buffer.write(f"{taken.rows}\n".encode() + taken.body)


if __name__ == "__main__":
    main()
