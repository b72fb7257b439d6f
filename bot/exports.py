"""Lists that leave the house by the command line: reports, children, who holds whom."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo

from bot.office_words import words
from policy.listing import Listing, headings_of
from policy.register.columns import COLUMNS, Column
from storage.audit import PROGRAM
from storage.children import Child
from storage.responsibilities import PRIMARY
from storage.store import Store
from storage.work import Reading

#: More names than these leave only with a reason.
WITHOUT_REASON = 50
PAGE = 1000
Row = dict[str, str]


class ReasonNeeded(Exception):
    """So many names do not leave without a reason; ``sentence`` says how to give one."""

    def __init__(self, count: int) -> None:
        self.sentence = words("export.why", count=count, most=WITHOUT_REASON)
        super().__init__(self.sentence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked for, by whom, what for."""

    what: str
    who: str
    reason: str
    zone: tzinfo


def take_out(store: Store, asked: Asked) -> Listing:
    """The list; before anybody has it, it is in the audit. Raises ReasonNeeded."""
    listing = store.read(lambda reading: _listing(reading, asked)).result()
    count = len(listing.rows)
    store.write(
        lambda work: work.exports.note(asked.what, count, by=PROGRAM, reason=asked.reason)
    ).result()
    return listing


def _listing(reading: Reading, asked: Asked) -> Listing:
    rows = list(EXPORTS[asked.what](reading))
    if len(rows) > WITHOUT_REASON and not asked.reason:
        raise ReasonNeeded(len(rows))
    when = f"{reading.now.astimezone(asked.zone):%Y-%m-%d %H:%M}"
    title = words(f"export.{asked.what}")
    return Listing(
        title=title,
        mark=words("export.mark", what=title, who=asked.who, when=when, count=len(rows)),
        headings=headings_of(rows),
        rows=rows,
    )


def reports(reading: Reading) -> Iterator[Row]:
    """All reports, without who reported; answers by the names of their questions."""
    for report in reading.reports.all():
        yield {
            "number": report.number,
            "kind": report.kind,
            "grade": report.grade,
            "state": report.state,
            "area": reading.areas.full_name(report.area_id) if report.area_id else "",
            "created_at": report.created_at.isoformat(),
            "circumstances": " ".join(report.circumstances),
            **json.loads(report.answers),
        }


def children(reading: Reading) -> Iterator[Row]:
    """All active children under the official headings: what an import reads again."""
    held = _held(reading)
    for child in _active(reading):
        keepers = _Keepers(reading, held.get(child.id, {}))
        yield {
            column.heading: _cell(reading, child, column, keepers)
            for column in COLUMNS.table.values()
        }


def responsibilities(reading: Reading) -> Iterator[Row]:
    """Who holds whom, one line a child; with another name in it, an import assigns anew."""
    held = _held(reading)
    columns = [COLUMNS[key] for key in WHO_HOLDS_WHOM]
    for child in _active(reading):
        keepers = _Keepers(reading, held.get(child.id, {}))
        row = {column.heading: _cell(reading, child, column, keepers) for column in columns}
        yield row | {words("export.others"): keepers.others()}


EXPORTS: Mapping[str, Callable[[Reading], Iterator[Row]]] = {
    "reports": reports,
    "children": children,
    "responsibilities": responsibilities,
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

    def others(self) -> str:
        """The names of the others."""
        return "、".join(self._people.name_of(one) for one in self._kinds if one != self._first)


def _held(reading: Reading) -> dict[int, dict[int, str]]:
    held: dict[int, dict[int, str]] = {}
    for root in reading.areas.roots():
        for one in reading.responsibilities.in_area(root.id):
            kinds = held.setdefault(one.child_id, {})
            if kinds.get(one.person_id) != PRIMARY:
                kinds[one.person_id] = one.kind
    return held


def _active(reading: Reading) -> Iterator[Child]:
    after = 0
    while page := reading.children.page(after, PAGE):
        after = page[-1].id
        yield from (child for child in page if child.status == "active")


def _cell(reading: Reading, child: Child, column: Column, keepers: _Keepers) -> str:
    if column.person == "responsible":
        return keepers.first(column.part)
    if column.kind == "area":
        path = reading.areas.path(child.area_id)
        return next((row.name for row in path if row.kind == column.key), "")
    return _said(column, child.values.get(column.key, ""))


def _said(column: Column, value: str) -> str:
    """A value in the register's official words; 未采集 for what is not known."""
    if not value:
        return COLUMNS.words["not_collected"][0]
    if column.kind in ("choice", "choices"):
        return "、".join(COLUMNS.word(column.codes, code) for code in value.split())
    return value
