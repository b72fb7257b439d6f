"""What the commands about the register do: rosters in, lists out."""

import argparse
import asyncio
import csv
import io
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bot import rosters
from bot.clock import Clock
from bot.commands import Mend, memory, mendable, say, shielded
from bot.office_words import words
from bot.rosters import PROGRAM, Preview
from bot.settings import Settings
from policy.register.columns import COLUMNS
from storage.children import Child
from storage.rosters import Applied, NotPossible, Stale, Undone
from storage.store import Store
from storage.work import Work

#: Characters of the bar on standard error.
BAR = 30
PAGE = 1000


# -- rosters in ---------------------------------------------------------------------------------


def roster(asked: argparse.Namespace, settings: Settings) -> int:
    """Take a roster in, or take a whole import back; 2 when nothing could be done."""
    with memory(settings) as store:
        if asked.what == "undo":
            return _undo(store, asked.file)
        with mendable():
            return asyncio.run(_import(store, Path(asked.file), settings, dry=asked.dry_run))


async def _import(store: Store, file: Path, settings: Settings, *, dry: bool) -> int:
    today = Clock().now().astimezone(settings.zone).date()
    bar = _Bar(words("roster.reading"))
    seen = await rosters.preview(store, file, today, words, progress=bar)
    _tell(seen, file)
    if dry:
        say("roster.dry")
        return 0
    bar = _Bar(words("roster.writing"))
    roster_id = await rosters.stage(store, seen, file.name, PROGRAM, progress=bar)
    done = await store.write(lambda work: rosters.put_in(work, roster_id, PROGRAM))
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


def _tell(seen: Preview, file: Path) -> None:
    counts = {kind: seen.counts.get(kind, 0) for kind in ("new", "changed", "same")}
    doubtful, bad = seen.counts.get("doubtful", 0), seen.counts.get("bad", 0)
    say(
        "roster.counts",
        sheet=seen.read.roster.sheet,
        count=len(seen.compared),
        **counts,
        doubtful=doubtful,
        bad=bad,
    )
    sentences = seen.read.roster.sentences("bad", "doubtful")
    for sentence in sentences:
        print(sentence)  # noqa: T201
    for one in seen.compared:
        if one.outcome == "doubtful" and one.known is not None:
            say("roster.perhaps_known", row=one.row.row)
    if sentences:
        marked = file.with_name(f"{file.stem}-{words('roster.marked')}{file.suffix}")
        marked.write_bytes(seen.read.marked)
        say("roster.marked_file", file=marked)


def _undo(store: Store, told: str) -> int:
    if not told.isdecimal():
        raise Mend([words("roster.which")])
    done = store.write(lambda work: rosters.undo(work, int(told), PROGRAM)).result()
    match done:
        case Undone():
            say("roster.undone", back=done.back, kept=len(done.kept))
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
    """All active children, or who answers for whom; that it was done is in the audit."""
    with memory(settings) as store:
        rows = store.write(lambda work: _exported(work, asked.what)).result()
    match asked.format:
        case "jsonl":
            for row in rows:
                print(json.dumps(row, ensure_ascii=False))  # noqa: T201
        case "csv":
            _write_csv(rows)
        case _:
            if asked.to is None:
                raise Mend([words("export.to")])
            asked.to.write_bytes(as_workbook(rows))
            say("export.done", file=asked.to, count=len(rows))


def _exported(work: Work, what: str) -> list[dict[str, str]]:
    rows = list(_children(work) if what == "children" else _responsibilities(work))
    work.audit.write(PROGRAM, f"{what}.exported", "area", 0, {"rows": len(rows)})
    return rows


def _children(work: Work) -> Iterator[dict[str, str]]:
    for child in _active(work):
        yield {
            words("export.place"): work.areas.full_name(child.area_id),
            **{
                column.heading: read_value(key, child.values.get(key, ""))
                for key, column in COLUMNS.table.items()
                if column.kind != "area" and column.person != "responsible"
            },
        }


def _responsibilities(work: Work) -> Iterator[dict[str, str]]:
    held: dict[int, list[int]] = {}
    for root in work.areas.roots():
        for one in work.responsibilities.in_area(root.id):
            held.setdefault(one.child_id, []).append(one.person_id)
    for child in _active(work):
        for person in held.get(child.id, [None]):
            yield {
                words("export.place"): work.areas.full_name(child.area_id),
                COLUMNS["name"].heading: child.name,
                COLUMNS["responsible_name"].heading: (
                    work.people.name_of(person) if person else words("export.nobody")
                ),
                COLUMNS["responsible_phone"].heading: (
                    work.people.phone_of(person) if person else ""
                ),
            }


def _active(work: Work) -> Iterator[Child]:
    after = 0
    while page := work.children.page(after, PAGE):
        after = page[-1].id
        yield from (child for child in page if child.status == "active")


def read_value(key: str, value: str) -> str:
    """A value in the register's official words; 未采集 for what is not known."""
    column = COLUMNS[key]
    if not value:
        return COLUMNS.words["not_collected"][0]
    match column.kind:
        case "choice" | "choices":
            return "、".join(COLUMNS.word(column.codes, code) for code in value.split())
        case _:
            return value


def _write_csv(rows: Sequence[Mapping[str, str]]) -> None:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    out = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
    out.writeheader()
    out.writerows({name: shielded(value) for name, value in row.items()} for row in rows)


def as_workbook(rows: Sequence[Mapping[str, str]]) -> bytes:
    """The rows as an .xlsx: all cells are text, no formula among them."""
    from openpyxl import Workbook

    book = Workbook()
    page = book.active
    assert page is not None
    columns = list(dict.fromkeys(name for row in rows for name in row))
    page.append(columns)
    for row in rows:
        page.append([shielded(row.get(name, "")) for name in columns])
    page.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
