"""Lists that leave the house by the command line, row by row: a long one takes no memory."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.commands.words import words
from bot.exporting.export_rows import Row, cases, duties, pages, visits
from handlers.rules import Rules
from policy.listing import Listing, write_workbook
from policy.masking import TELLING, mask, mask_name, mask_phone
from policy.register.columns import COLUMNS, Column
from storage.audit import PROGRAM
from storage.children.child import Child
from storage.children.responsibility import PRIMARY
from storage.store import Store
from storage.work import Reading

#: More names than these leave only with a reason.
WITHOUT_REASON = 50


class ReasonNeeded(Exception):
    """So many names do not leave without a reason; ``sentence`` says how to give one."""

    def __init__(self, count: int) -> None:
        self.sentence = words("export.why", count=count, most=WITHOUT_REASON)
        super().__init__(self.sentence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked for, by whom, what for; ``masked`` without names and what was written."""

    what: str
    who: str
    reason: str = field(repr=False)
    zone: tzinfo
    masked: bool = False


@dataclass(frozen=True, slots=True)
class _Anew:
    """Rows that are read again each time somebody walks through them."""

    read: Callable[[], Iterator[Row]]

    def __iter__(self) -> Iterator[Row]:
        return self.read()


def take_out(store: Store, rules: Rules, asked: Asked, put: Callable[[Listing], None]) -> int:
    """Have the list put somewhere, as it is at one moment; the number of its rows.

    Before anybody has a row of it, it is in the audit. Raises ReasonNeeded.
    """

    def look(reading: Reading) -> int:
        rows = _Anew(lambda: EXPORTS[asked.what](reading, rules, asked.masked))
        count, headings = _survey(rows)
        if count > WITHOUT_REASON and not asked.masked and not asked.reason:
            raise ReasonNeeded(count)
        store.write(
            lambda work: work.exports.note(asked.what, count, by=PROGRAM, reason=asked.reason)
        ).result()
        put(_listing(reading, asked, count, headings, rows))
        return count

    return store.read(look, long=True).result()


def as_long_workbook(listing: Listing, file: Path) -> None:
    """The list as an .xlsx of which one row is held at a time.

    What is written meanwhile lies beside the file, for its owner alone, and goes with the end.
    """
    with TemporaryDirectory(dir=file.absolute().parent) as beside, file.open("wb") as out:
        write_workbook(listing, out, {"constant_memory": True, "tmpdir": beside})


def _survey(rows: Iterable[Row]) -> tuple[int, tuple[str, ...]]:
    """How many there are, and all their headings in the order in which they come."""
    count, headings = 0, dict[str, None]()
    for row in rows:
        count += 1
        headings.update(dict.fromkeys(row))
    return count, tuple(headings)


def _listing(
    reading: Reading, asked: Asked, count: int, headings: tuple[str, ...], rows: Iterable[Row]
) -> Listing:
    when = f"{reading.now.astimezone(asked.zone):%Y-%m-%d %H:%M}"
    title = words(f"export.{asked.what}")
    return Listing(
        title=title,
        mark=words("export.mark", what=title, who=asked.who, when=when, count=count),
        headings=headings,
        rows=rows,
    )


def reports(reading: Reading, rules: Rules, masked: bool) -> Iterator[Row]:
    """All reports, without who reported; answers by the names of their questions."""
    for report in pages(reading.reports.page):
        yield {
            "number": report.number,
            "kind": report.kind,
            "grade": report.grade,
            "state": report.state,
            "area": reading.areas.full_name(report.area_id) if report.area_id else "",
            "created_at": report.created_at.isoformat(),
            "circumstances": " ".join(report.circumstances),
            **({} if masked else json.loads(report.answers)),
        }


def children(reading: Reading, rules: Rules, masked: bool) -> Iterator[Row]:
    """All active children under the official headings: what an import reads again."""
    yield from _of_register(reading, tuple(COLUMNS.table.values()), masked=masked)


def responsibilities(reading: Reading, rules: Rules, masked: bool) -> Iterator[Row]:
    """Who holds whom, one line a child; with another name in it, an import assigns anew."""
    columns = tuple(COLUMNS[key] for key in WHO_HOLDS_WHOM)
    yield from _of_register(reading, columns, words("export.others"), masked=masked)


EXPORTS: Mapping[str, Callable[[Reading, Rules, bool], Iterator[Row]]] = {
    "reports": reports,
    "children": children,
    "responsibilities": responsibilities,
    "visits": visits,
    "cases": cases,
    "duties": duties,
}
WHO_HOLDS_WHOM = (
    "town",
    "village",
    "group",
    "name",
    "id_number",
    "responsible_name",
    "responsible_phone",
)


class _Keepers:
    """Who answers for one child: kinds by person."""

    def __init__(self, reading: Reading, kinds: Mapping[int, str]) -> None:
        self._people = reading.people
        self._kinds = kinds
        self._first = next((one for one, kind in kinds.items() if kind == PRIMARY), None)

    def first(self, part: str) -> str:
        """The name or the telephone of who answers first; "" for nobody."""
        if self._first is None:
            return ""
        of = self._people.name_of if part == "name" else self._people.phone_of
        return of(self._first)

    def others(self) -> Iterator[str]:
        """The names of the others."""
        return (self._people.name_of(one) for one in self._kinds if one != self._first)


def _of_register(
    reading: Reading, columns: tuple[Column, ...], others: str = "", *, masked: bool
) -> Iterator[Row]:
    held = _held(reading)
    for child in pages(reading.children.page):
        if child.status != "active":
            continue
        keepers = _Keepers(reading, held.get(child.id, {}))
        row = {one.heading: _cell(reading, child, one, keepers, masked=masked) for one in columns}
        if others:
            names = map(mask_name, keepers.others()) if masked else keepers.others()
            row[others] = "、".join(names)
        yield row


def _held(reading: Reading) -> dict[int, dict[int, str]]:
    held: dict[int, dict[int, str]] = {}
    for root in reading.areas.roots():
        for one in reading.responsibilities.in_area(root.id):
            kinds = held.setdefault(one.child_id, {})
            if kinds.get(one.person_id) != PRIMARY:
                kinds[one.person_id] = one.kind
    return held


def _cell(
    reading: Reading, child: Child, column: Column, keepers: _Keepers, *, masked: bool
) -> str:
    if column.person == "responsible":
        told = keepers.first(column.part)
        hide = mask_name if column.part == "name" else mask_phone
        return hide(told) if masked else told
    if column.kind == "area":
        path = reading.areas.path(child.area_id)
        return next((row.name for row in path if row.kind == column.key), "")
    value = child.values.get(column.key, "")
    if masked and value and column.kind in TELLING:
        return mask(column.kind, value)
    return _said(column, value)


def _said(column: Column, value: str) -> str:
    """A value in the register's official words; 未采集 for what is not known."""
    if not value:
        return COLUMNS.words["not_collected"][0]
    if column.kind in ("choice", "choices"):
        return "、".join(COLUMNS.word(column.codes, code) for code in value.split())
    return value
