"""Slow and risky reading (tables and forms from outside) in a child process with limits.

``python -m bot.jail TASK`` reads a pickle-free JSON line from standard input and writes one back;
whatever the file does to the child, the bot goes on.
"""

import asyncio
import base64
import json
import os
import re
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, assert_never

from storage.turns import core

if TYPE_CHECKING:
    from conversation.publishing import Published

#: Small tables whose rows can be marked.
Rows: TypeAlias = Literal["areas", "shifts", "class"]
MAX_BYTES = 20_000_000
MAX_FORM_BYTES = 2_000_000
MEMORY_BYTES = 512 * 1024 * 1024
CPU_SECONDS = 20
WALL_SECONDS = 30
#: The child's start and its first look at a table, after which what is hostile is refused: the
#: largest honest table is looked at in 0.3 s.
LOOK_CPU_SECONDS = 2.0
#: 10,000 rows are read and marked in 38 s of a processor; what is hostile is refused before.
SLOW_CPU_SECONDS = 90
SLOW_WALL_SECONDS = 180
SLOW = frozenset({"roster", "mark", "workbook"})
#: Written for whoever waits at a desk, behind whoever talks meanwhile.
LAST = frozenset({"workbook"})
#: What a child may know of our surroundings: none of our settings, and no secret.
KNOWN = ("PATH", "LANG", "LC_ALL", "TZ", "HOME", "LD_LIBRARY_PATH", "PYTHONPATH")


class Jailed(Exception):
    """The child did not answer: it was too slow, too large, or it fell. ``code`` says which."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def environment() -> dict[str, str]:
    """Our surroundings as a child may know them: what reads a hostile file, a county's command."""
    return {name: os.environ[name] for name in KNOWN if name in os.environ}


#: What is told while a child is at it: how much is done, of how much.
Progress = Callable[[int, int], None]


async def ask(task: str, *, progress: Progress | None = None, **given: Any) -> Any:
    """What the child answers to a task; raises Jailed. Cancelled, it leaves no child behind."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot.jail",
        task,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment(),
        start_new_session=True,
    )
    core.roam(child.pid)
    if task in LAST:
        core.give_way(child.pid)
    try:
        told = await asyncio.to_thread(_told, given)
        async with asyncio.timeout(_wall_seconds(task)):
            out = await _talk(child, told, progress)
    except TimeoutError:
        raise Jailed("too-slow") from None
    finally:
        if child.returncode is None:
            os.killpg(child.pid, signal.SIGKILL)
            await child.wait()
    return await asyncio.to_thread(_answer, child.returncode, out)


async def _talk(
    child: asyncio.subprocess.Process, told: bytes, progress: Progress | None
) -> bytes:
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stderr is not None
    hearing = asyncio.gather(child.stdout.read(), _hear(child.stderr, progress))
    try:
        with suppress(ConnectionError):  # it fell before it had heard all
            child.stdin.write(told)
            await child.stdin.drain()
            child.stdin.close()
        out, _ = await hearing
    finally:
        hearing.cancel()
    await child.wait()
    return out


async def _hear(stream: asyncio.StreamReader, progress: Progress | None) -> None:
    """Pass on what the child says of its progress; whatever else it says may be private."""
    while said := await stream.read(4096):
        found = re.findall(rb"^(\d{1,9})/(\d{1,9})$", said, re.MULTILINE)
        if found and progress is not None:
            progress(int(found[-1][0]), int(found[-1][1]))


def ask_now(task: str, **given: Any) -> Any:
    """The same from a thread."""
    child = subprocess.Popen(  # noqa: S603 - our own module, no shell
        [sys.executable, "-m", "bot.jail", task],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
        start_new_session=True,
    )
    core.roam(child.pid)
    try:
        out, _ = child.communicate(_told(given), timeout=_wall_seconds(task))
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()
        raise Jailed("too-slow") from None
    return _answer(child.returncode, out)


def _wall_seconds(task: str) -> int:
    return SLOW_WALL_SECONDS if task in SLOW else WALL_SECONDS


def _told(given: Mapping[str, Any]) -> bytes:
    return json.dumps(given).encode()


def _answer(code: int | None, out: bytes) -> Any:
    if code != 0:
        slow = {-signal.SIGXCPU, -signal.SIGPROF}
        raise Jailed("too-slow" if code in slow else "fell")
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


def _is_form(name: str, data: str) -> bool:
    """True for a workbook with a sheet of questions, whatever is wrong with it."""
    from conversation.sheets import is_form

    return is_form(unpack(data), name)


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
    from policy.areas_file import AreasFault, AreasFaults, read_file

    result = read_file(name, unpack(data), county)
    if isinstance(result, AreasFaults):
        rows: dict[int, list[str]] = {}
        for fault in result.faults:
            if isinstance(fault, AreasFault) and fault.row is not None:
                rows.setdefault(fault.row, []).append(fault.remark())
        return {
            "faults": [fault.sentence() for fault in result.faults],
            "remarks": {row: " ".join(said) for row, said in rows.items()},
        }
    return {"rows": [asdict(row) for row in result]}


def _mark_rows(kind: Rows, name: str, data: str, remarks: Mapping[str, str]) -> dict[str, str]:
    """Write beside the rows of a small table what is wrong with each."""
    match kind:
        case "areas":
            from policy.areas_file import marked_up
        case "shifts":
            from policy.shifts_file import marked_up
        case "class":
            from policy.pupils_file import marked_up
        case _:
            assert_never(kind)
    told = {int(row): said for row, said in remarks.items()}
    return {"marked": pack(marked_up(name, unpack(data), told))}


def _shifts(name: str, data: str, today: str) -> dict[str, Any]:
    """Read a table of who is on duty: its lines and faults, or why it was not opened."""
    from datetime import date

    from policy.shifts_file import read_shifts
    from policy.spreadsheet import Refusal

    table = read_shifts(name, unpack(data), date.fromisoformat(today))
    if isinstance(table, Refusal):
        return {"refused": table.sentence()}
    days = ("first", "last")
    return {
        "sheet": table.sheet,
        "lines": [
            {**asdict(one), **{key: getattr(one, key).isoformat() for key in days}}
            for one in table.lines
        ],
        "faults": [asdict(one) for one in table.faults],
    }


def _class(name: str, data: str) -> dict[str, Any]:
    """Read a list of pupils: its lines and faults, or why it was not opened."""
    from policy.pupils_file import read_pupils
    from policy.spreadsheet import Refusal

    table = read_pupils(name, unpack(data))
    return {"refused": table.sentence()} if isinstance(table, Refusal) else asdict(table)


def _roster(
    name: str, data: str, areas: Sequence[Mapping[str, Any]], today: str, leaves_at: int
) -> dict[str, Any]:
    """Read a roster of children: all that it says, or why it was not opened."""
    from datetime import date

    from policy.areas import AreaRow, AreaTree
    from policy.register.roster_file import read_roster
    from policy.spreadsheet import Refusal

    tree = AreaTree.build(map(AreaRow.from_json, areas))
    day = date.fromisoformat(today)
    roster = read_roster(name, unpack(data), tree, day, _tell, leaves_at=leaves_at)
    if isinstance(roster, Refusal):
        return {"refused": roster.sentence()}
    return {"roster": roster.to_json()}


def _tell(done: int, of: int) -> None:
    print(f"{done}/{of}", file=sys.stderr, flush=True)  # noqa: T201


def _mark(data: str, roster: Mapping[str, Any]) -> dict[str, str]:
    """Write beside the rows of a file what is wrong with each."""
    from policy.register.marking import marked_up
    from policy.register.roster import Roster

    return {"marked": pack(marked_up(unpack(data), Roster.from_json(roster)))}


def _export(name: str, data: str) -> dict[str, Any]:
    from conversation.publishing import to_xlsx
    from conversation.sheets import UnreadableFileError

    try:
        return {"data": pack(to_xlsx(unpack(data), name))}
    except UnreadableFileError as error:
        return {"faults": [error.fault.sentence()]}


def _written_back(compiled: str) -> str | None:
    """A published form as a workbook; None when that would be published as another version."""
    from conversation.form import Form
    from conversation.publishing import Published, as_xlsx, publish
    from conversation.written_back import written_back

    form = Form.from_json(compiled)
    workbook = as_xlsx(written_back(form))
    again = publish(workbook, f"{form.name}.xlsx")
    same = isinstance(again, Published) and again.form.version == form.version
    return pack(workbook) if same else None


def _workbook(
    title: str, mark: str, headings: Sequence[str], rows: Sequence[Sequence[str]]
) -> str:
    from policy.listing import Listing, as_workbook

    named = [dict(zip(headings, row, strict=True)) for row in rows]
    return pack(as_workbook(Listing(title=title, mark=mark, headings=tuple(headings), rows=named)))


#: The longer side of a picture's copy, tried in this order, and how well it is kept.
COPY_SIDES = (1280, 960, 640, 400)
COPY_QUALITIES = (80, 65, 50, 35)
#: A copy goes over a village's line in a second or two.
COPY_BYTES = 100_000
#: What is larger would be unpacked to more than the child may have.
MOST_PIXELS = 120_000_000


def _copy(data: str) -> str | None:
    """A small picture of the same, with nothing hidden in it; None of what is no picture."""
    from io import BytesIO

    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS // 2  # the library bears twice as many
    try:
        with Image.open(BytesIO(unpack(data)), formats=("JPEG", "PNG", "WEBP")) as found:
            found.draft("RGB", (COPY_SIDES[0], COPY_SIDES[0]))
            upright = ImageOps.exif_transpose(found)
            upright.thumbnail((COPY_SIDES[0], COPY_SIDES[0]))
            seen = upright.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    # Drawn on an empty sheet: what a picture carries beside its colours stays behind.
    clean = Image.new("RGB", seen.size, "white")
    clean.paste(seen, mask=seen)
    small = b""
    for side in COPY_SIDES:
        clean.thumbnail((side, side))
        for quality in COPY_QUALITIES:
            written = BytesIO()
            clean.save(written, "JPEG", quality=quality)
            small = written.getvalue()
            if len(small) <= COPY_BYTES:
                return pack(small)
    return pack(small)


TASKS: Mapping[str, Callable[..., Any]] = {
    "publish": _publish,
    "is_form": _is_form,
    "areas": _areas,
    "export": _export,
    "written_back": _written_back,
    "roster": _roster,
    "mark": _mark,
    "mark_rows": _mark_rows,
    "shifts": _shifts,
    "class": _class,
    "workbook": _workbook,
    "copy": _copy,
}


def _limit(task: str) -> None:
    seconds = SLOW_CPU_SECONDS if task in SLOW else CPU_SECONDS
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    # At the first of the two it is told why, at the second it is killed.
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.setitimer(signal.ITIMER_PROF, LOOK_CPU_SECONDS)


def _look(given: Mapping[str, Any]) -> None:
    """Let what is not refused at the first look take as long as its task may.

    What is refused has to say so within the time of the look.
    """
    from policy.spreadsheet import why_refused

    is_table = isinstance(given.get("name"), str) and isinstance(given.get("data"), str)
    if not is_table or why_refused(given["name"], unpack(given["data"])) is None:
        signal.setitimer(signal.ITIMER_PROF, 0)


def main() -> None:
    """Answer one task."""
    task = sys.argv[1]
    _limit(task)
    given = json.loads(sys.stdin.buffer.read())
    _look(given)
    json.dump(TASKS[task](**given), sys.stdout)


if __name__ == "__main__":
    main()
