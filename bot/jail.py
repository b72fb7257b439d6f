"""Slow and risky reading (tables and forms from outside) in a child process with limits.

``python -m bot.jail TASK`` reads a pickle-free JSON line from standard input and writes one back;
whatever the file does to the child, the bot goes on.
"""

import asyncio
import base64
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conversation.publishing import Published

MAX_BYTES = 20_000_000
MAX_FORM_BYTES = 2_000_000
MEMORY_BYTES = 512 * 1024 * 1024
CPU_SECONDS = 20
WALL_SECONDS = 30
#: 10,000 rows are read and marked in 38 s of a processor; what is hostile is refused before.
SLOW_CPU_SECONDS = 90
SLOW_WALL_SECONDS = 180
SLOW = frozenset({"roster", "mark"})


class Jailed(Exception):
    """The child did not answer: it was too slow, too large, or it fell. ``code`` says which."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


async def ask(task: str, **given: Any) -> Any:
    """What the child answers to a task; raises Jailed."""
    return await asyncio.to_thread(ask_now, task, **given)


def ask_now(task: str, **given: Any) -> Any:
    """The same, for the command line."""
    child = subprocess.Popen(  # noqa: S603 - our own module, no shell
        [sys.executable, "-m", "bot.jail", task],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        limit = SLOW_WALL_SECONDS if task in SLOW else WALL_SECONDS
        out, _ = child.communicate(json.dumps(given).encode(), timeout=limit)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()
        raise Jailed("too-slow") from None
    if child.returncode != 0:
        raise Jailed("too-slow" if child.returncode == -signal.SIGXCPU else "fell")
    return json.loads(out)


def pack(data: bytes) -> str:
    """Bytes as a task takes them."""
    return base64.b64encode(data).decode()


def unpack(packed: str) -> bytes:
    """The bytes that ``pack`` packed."""
    return base64.b64decode(packed)


# -- inside the child ---------------------------------------------------------------------------


def _publish(sources: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    """Compile forms: for each either the form, or all its faults as sentences."""
    from conversation.publishing import Published, publish

    answers: list[dict[str, Any]] = []
    for source in sources:
        result = publish(unpack(source["data"]), source["name"])
        match result:
            case Published():
                answers.append(_published(result))
            case _:
                answers.append({"faults": [fault.sentence() for fault in result.faults]})
    return answers


def _published(published: "Published") -> dict[str, Any]:
    form = published.form
    return {
        "form": form.name,
        "title": form.title,
        "version": form.version,
        "compiled": form.to_json(),
        "count": sum(question.asked for question in form.questions),
        "warnings": list(published.warnings),
    }


def _areas(name: str, data: str, county: str) -> dict[str, Any]:
    """Read an areas table: its rows, or all its faults as sentences."""
    from policy.areas_file import AreasFaults, read_file

    result = read_file(name, unpack(data), county)
    if isinstance(result, AreasFaults):
        return {"faults": [fault.sentence() for fault in result.faults]}
    return {"rows": [asdict(row) for row in result]}


def _roster(
    name: str, data: str, areas: Sequence[Mapping[str, Any]], today: str
) -> dict[str, Any]:
    """Read a roster of children: all that it says, or why it was not opened."""
    from datetime import date

    from policy.areas import AreaRow, AreaTree
    from policy.register.marking import marked_up
    from policy.register.roster_file import read_roster
    from policy.spreadsheet import Refusal

    tree = AreaTree.build(AreaRow(**{**row, "aliases": tuple(row["aliases"])}) for row in areas)
    content = unpack(data)
    roster = read_roster(name, content, tree, date.fromisoformat(today))
    if isinstance(roster, Refusal):
        return {"refused": roster.sentence()}
    return {"roster": roster.to_json(), "marked": pack(marked_up(content, roster))}


def _mark(data: str, roster: Mapping[str, Any]) -> dict[str, str]:
    """Write beside the rows of a file what is wrong with each."""
    from policy.register.marking import marked_up
    from policy.register.roster import Roster

    return {"marked": pack(marked_up(unpack(data), Roster.from_json(roster)))}


def _export(name: str, data: str) -> dict[str, str]:
    from conversation.publishing import to_xlsx

    return {"data": pack(to_xlsx(unpack(data), name))}


TASKS: Mapping[str, Callable[..., Any]] = {
    "publish": _publish,
    "areas": _areas,
    "export": _export,
    "roster": _roster,
    "mark": _mark,
}


def _limit(task: str) -> None:
    seconds = SLOW_CPU_SECONDS if task in SLOW else CPU_SECONDS
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Answer one task."""
    task = sys.argv[1]
    _limit(task)
    given = json.loads(sys.stdin.buffer.read())
    json.dump(TASKS[task](**given), sys.stdout)


if __name__ == "__main__":
    main()
