"""Which areas there are, as they lie now or lay before, and what another table would change."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Column,
    ColumnElement,
    FromClause,
    Select,
    false,
    func,
    or_,
    select,
    true,
)

from policy.area_changes import AreaPlan, plan_areas
from policy.areas import AreaRow, AreaTree
from storage.cases.case import CLOSED
from storage.children.responsibilities_seen import IS_PRIMARY
from storage.repository import Seen, from_lines, given, listed
from storage.tables import (
    api_token,
    area,
    area_closure,
    area_past,
    case_file,
    child,
    claim,
    claim_list,
    duty,
    hook,
    hook_event,
    invitation,
    meta,
    metadata,
    phone_call,
    registration,
    responsibility,
    role,
    roster,
    roster_row,
    route_gap,
    school_check,
    shift,
    visit,
)

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Row


_VERSION = select(meta.c.value).where(meta.c.key == "areas")
WRITTEN = (
    "id",
    "parent_id",
    "kind",
    "name",
    "aliases",
    "position",
    "latitude",
    "longitude",
    "former",
    "closed_at",
    "merged_into",
)
ALL = select(*(area.c[name] for name in WRITTEN)).order_by(area.c.position, area.c.id)
_OPEN = ALL.where(area.c.closed_at.is_(None))
_GONE = ALL.where(area.c.closed_at.is_not(None))
_MERGED = select(area.c.id, area.c.merged_into).where(area.c.merged_into.is_not(None))
_CHANGED_AFTER = select(func.min(area_past.c.until)).where(area_past.c.until > given("moment"))
# Of each place the first change after a moment: it says how the place was at that moment.
_PAST = (
    select(
        area_past.c.area_id,
        area_past.c.is_there,
        area_past.c.parent_id,
        area_past.c.kind,
        area_past.c.name,
        area_past.c.position,
    )
    .where(area_past.c.until > given("moment"))
    .order_by(area_past.c.until.desc())
)
#: Trees of the past that are kept in memory.
TREES_KEPT = 8
#: Ids that one statement takes.
_PAGE = 500
# What points at a place: by a foreign key, or as an id that an import or its undo writes.
POINTERS: tuple[Column[Any], ...] = (
    *(
        column
        for table in metadata.sorted_tables
        if table not in (area, area_closure)
        for column in table.columns
        if any(key.references(area) for key in column.foreign_keys)
    ),
    roster_row.c.next_area_id,
    roster_row.c.prev_area_id,
)
# What keeps a place open. Other rows of these tables are history; of every other table all do.
_KEEPS: Mapping[FromClause, ColumnElement[bool]] = {
    api_token: api_token.c.ends_at > given("now"),
    hook: hook.c.state != "gone",
    hook_event: false(),
    role: or_(role.c.until.is_(None), role.c.until > given("now")),
    claim: claim.c.state.in_(("open", "asked")),
    claim_list: false(),
    child: child.c.status.not_in(("merged", "undone")),
    duty: duty.c.state == "open",
    invitation: invitation.c.used_at.is_(None) & (invitation.c.expires_at > given("now")),
    phone_call: phone_call.c.state.in_(("new", "open")),
    registration: registration.c.state == "waiting",
    roster: roster.c.state == "staged",
    roster_row: false(),
    route_gap: false(),
    school_check: school_check.c.state == "open",
    shift: shift.c.until > given("now"),
    visit: false(),
}
_HELD = {
    column: select(column, func.count())
    .where(column.in_(listed("ids")), _KEEPS.get(column.table, true()))
    .group_by(column)
    for column in POINTERS
}
_GOES_ALONG = (
    select(child.c.area_id, func.count())
    .where(child.c.area_id.in_(listed("ids")), child.c.status == "active")
    .group_by(child.c.area_id),
    select(role.c.area_id, func.count())
    .where(role.c.area_id.in_(listed("ids")), _KEEPS[role])
    .group_by(role.c.area_id),
    select(case_file.c.area_id, func.count())
    .where(case_file.c.area_id.in_(listed("ids")), case_file.c.stage != CLOSED)
    .group_by(case_file.c.area_id),
)
_HANDS = (
    select(child.c.area_id, child.c.id, role.c.area_id)
    .join_from(child, responsibility, responsibility.c.child_id == child.c.id)
    .join(role, role.c.person_id == responsibility.c.person_id)
    .where(
        child.c.area_id.in_(listed("ids")), child.c.status == "active", IS_PRIMARY, _KEEPS[role]
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A place that cannot be closed, and how many rows of which tables need it."""

    name: str
    counts: Mapping[str, int]
    #: The lines of the table that all call it their old name.
    claimed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Effect:
    """What goes along with a place that is called otherwise, or lies elsewhere."""

    children: int = 0
    posts: int = 0
    cases: int = 0
    #: Children whose people hold no post where the place lies from then on.
    apart: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """The same of all places that change, by their id, and of all together."""

    of: Mapping[int, Effect] = field(default_factory=dict)
    whole: Effect = Effect()


class PlacesSeen(Seen):
    """The area rows, to be looked at."""

    def load(self) -> tuple[AreaRow, ...]:
        """All areas that are not closed."""
        return tuple(map(_area, self._db.all(_OPEN)))

    def tree(self) -> AreaTree:
        """The areas as a tree, built once for each version of them."""
        version = self.version()
        known = self._reading.shared.areas
        if known is not None and known[0] == version:
            return known[1]
        tree = AreaTree.build(self.load(), {row[0]: row[1] for row in self._db.all(_MERGED)})
        self._remember(version, tree)
        return tree

    def tree_at(self, moment: datetime) -> AreaTree:
        """The areas as they lay just before a moment, as far as that was written down."""
        row = self._db.one(_CHANGED_AFTER, moment=moment)
        if row is None or row[0] is None:
            return self._reading.areas
        key = (self.version(), row[0])
        past = self._reading.shared.past_areas
        if key not in past:
            past[key] = self._built_at(moment)
            while len(past) > TREES_KEPT:
                past.pop(next(iter(past)))
        return past[key]

    def _built_at(self, moment: datetime) -> AreaTree:
        rows = {row.id: row for row in self.load()}
        for area_id, is_there, parent_id, kind, name, position in self._db.all(
            _PAST, moment=moment
        ):
            rows.pop(area_id, None)
            if is_there:
                rows[area_id] = AreaRow(
                    id=area_id, parent_id=parent_id, kind=kind, name=name, position=position
                )
        return AreaTree.build(rows.values(), {row[0]: row[1] for row in self._db.all(_MERGED)})

    def version(self) -> str:
        """Changes whenever the areas do; "" before the first import."""
        row = self._db.one(_VERSION)
        return "" if row is None else row[0]

    def plan(self, rows: Sequence[AreaRow], *, guess: bool = False) -> AreaPlan:
        """What a table of places would change; a guess is for a human to look at."""
        return plan_areas(rows, self.tree(), map(_area, self._db.all(_GONE)), guess=guess)

    def held(self, plan: AreaPlan) -> tuple[Held, ...]:
        """The places that it would close though something needs them."""
        counts: dict[int, dict[str, int]] = {}
        for column, statement in _HELD.items():
            for ids in pages(plan.closed):
                for area_id, count in self._db.all(statement, ids=ids, now=self._now):
                    of_area = counts.setdefault(area_id, {})
                    of_area[column.table.name] = of_area.get(column.table.name, 0) + count
        tree = self.tree()
        return tuple(
            Held(name=tree.full_name(one), counts=counts[one], claimed=plan.claimed.get(one, ()))
            for one in plan.closed
            if one in counts
        )

    def effects(self, plan: AreaPlan) -> Effects:
        """What goes along with places that are renamed, merged or moved."""
        tree = self.tree()
        changed = [
            change.area_id
            for change in plan.changes
            if change.kind in ("renamed", "merged", "moved") and change.area_id is not None
        ]
        below = {one: tree.descendants(one) for one in changed}
        every = sorted({place for places in below.values() for place in places})
        told = [self._counted(statement, every) for statement in _GOES_ALONG]
        apart = self._apart(plan, [one for one in every if one not in plan.closed])
        counts = (*told, apart)

        def effect(places: Iterable[int]) -> Effect:
            return Effect(*(sum(count.get(one, 0) for one in places) for count in counts))

        return Effects(
            of={one: effect(places) for one, places in below.items()}, whole=effect(every)
        )

    def _counted(self, statement: Select[Any], area_ids: Sequence[int]) -> dict[int, int]:
        return {
            row[0]: row[1]
            for ids in pages(area_ids)
            for row in self._db.all(statement, ids=ids, now=self._now)
        }

    def _apart(self, plan: AreaPlan, area_ids: Sequence[int]) -> Counter[int]:
        """How many children of a place come away from all posts of whoever answers for them."""
        above = _after(plan)
        posts: dict[tuple[int, int], set[int]] = defaultdict(set)
        for ids in pages(area_ids):
            for area_id, child_id, post_at in self._db.all(_HANDS, ids=ids, now=self._now):
                posts[area_id, child_id].add(post_at)
        return Counter(
            area_id
            for (area_id, _), places in posts.items()
            if places & {one.id for one in self.tree().path(area_id)}
            and not places & above.get(area_id, frozenset())
        )

    def _remember(self, version: str, tree: AreaTree) -> None:
        self._reading.shared.areas = (version, tree)


def _after(plan: AreaPlan) -> Mapping[int, frozenset[int]]:
    """Each known place that stays, with those that hold it when the table was taken."""
    parents = {row.id: row.parent_id for row in plan.rows}
    known_as = {known: row for row, known in plan.kept.items()} | dict(plan.merged)
    found = {}
    for known, row in known_as.items():
        at: int | None = row
        line = {known}
        while at is not None:
            if at in plan.kept:
                line.add(plan.kept[at])
            at = parents[at]
        found[known] = frozenset(line)
    return found


def pages(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """So many ids at a time as a statement takes."""
    return (ids[at : at + _PAGE] for at in range(0, len(ids), _PAGE))


def _area(row: Row) -> AreaRow:
    return AreaRow(
        id=row[0],
        parent_id=row[1],
        kind=row[2],
        name=row[3],
        aliases=tuple(dict.fromkeys((*from_lines(row[4]), *from_lines(row[8])))),
        position=row[5],
        latitude=row[6],
        longitude=row[7],
    )
