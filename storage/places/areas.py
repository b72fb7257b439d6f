"""The rows of the area tree, and how an imported table takes their place."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Column,
    ColumnElement,
    FromClause,
    Select,
    delete,
    false,
    func,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy import insert as plain_insert

from policy.area_changes import AreaPlan, plan_areas
from policy.areas import AreaRow, AreaTree
from storage.audit import PROGRAM
from storage.cases.case import CLOSED
from storage.children.responsibilities import IS_PRIMARY
from storage.repository import Kept, Seen, from_lines, given, insert, lines, listed, upsert
from storage.supervision.day_counts import part_of
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
    school,
    school_check,
    shift,
    visit,
)

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Row

_VERSION = select(meta.c.value).where(meta.c.key == "areas")
_SET_VERSION = upsert(meta, "value")
_WRITTEN = (
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
_ALL = select(*(area.c[name] for name in _WRITTEN)).order_by(area.c.position, area.c.id)
_OPEN = _ALL.where(area.c.closed_at.is_(None))
_GONE = _ALL.where(area.c.closed_at.is_not(None))
_MERGED = select(area.c.id, area.c.merged_into).where(area.c.merged_into.is_not(None))
_PUT = upsert(area, *_WRITTEN[1:])
_NAME = update(area).where(area.c.id == given("row")).values(name=given("now_name"))
_CLOSE = (
    update(area)
    .where(area.c.id == given("row"))
    .values(closed_at=given("now"), merged_into=given("now_into"))
)
_LOCK = select(area.c.id).where(area.c.id.in_(listed("ids"))).with_for_update()
_NO_CLOSURE = delete(area_closure)
# Of two changes at one moment the first one knows how the place was before it.
_REMEMBER = insert(area_past).on_conflict_do_nothing(
    index_elements=[area_past.c.area_id, area_past.c.until]
)
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
_own = (
    select(area.c.id.label("below"), area.c.id.label("above"), literal(0).label("depth"))
    .where(area.c.closed_at.is_(None))
    .cte("line", recursive=True)
)
_line = _own.union_all(
    select(_own.c.below, area.c.parent_id, _own.c.depth + 1)
    .join_from(_own, area, area.c.id == _own.c.above)
    .where(area.c.parent_id.is_not(None))
)
_CLOSURE = plain_insert(area_closure).from_select(
    ["above_id", "below_id", "depth"], select(_line.c.above, _line.c.below, _line.c.depth)
)

#: Trees of the past that are kept in memory.
TREES_KEPT = 8
#: Ids that one statement takes.
_PAGE = 500

# What points at a place: by a foreign key, or as an id that an import or its undo writes.
_POINTERS: tuple[Column[Any], ...] = (
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
    for column in _POINTERS
}
_REPOINT = [
    update(column.table).where(column.in_(listed("gone"))).values({column: given("now_area")})
    for column in _POINTERS
]
# Gaps of the place that remains are found anew; of checks it has one a quarter.
_END_GAPS = (
    update(route_gap)
    .where(route_gap.c.area_id.in_(listed("gone")), route_gap.c.ended_at.is_(None))
    .values(ended_at=given("now"))
)
_quarters = select(school_check.c.quarter).where(school_check.c.area_id == given("now_area"))
_DROP_CHECKS = delete(school_check).where(
    school_check.c.area_id == given("one"), school_check.c.quarter.in_(_quarters)
)
_MOVE_CHECKS = (
    update(school_check)
    .where(school_check.c.area_id == given("one"))
    .values(area_id=given("now_area"))
)
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
_POSTS = (
    select(role.c.id, role.c.person_id, role.c.role)
    .where(role.c.area_id == given("area_id"), role.c.until.is_(None))
    .order_by(role.c.since, role.c.id)
)
_END_POST = update(role).where(role.c.id == given("row")).values(until=given("now"))
_SCHOOLS = select(school.c.id, school.c.name, school.c.area_id).where(
    school.c.area_id.in_(listed("ids"))
)
_RENAME_SCHOOL = update(school).where(school.c.id == given("row")).values(name=given("now_name"))


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


class StillHeld(Exception):
    """Places that a table would close are needed: nothing was written."""

    def __init__(self, held: Sequence[Held]) -> None:
        super().__init__(f"{len(held)} places are needed")
        self.held = tuple(held)


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
            for ids in _pages(plan.closed):
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
            for ids in _pages(area_ids)
            for row in self._db.all(statement, ids=ids, now=self._now)
        }

    def _apart(self, plan: AreaPlan, area_ids: Sequence[int]) -> Counter[int]:
        """How many children of a place come away from all posts of whoever answers for them."""
        above = _after(plan)
        posts: dict[tuple[int, int], set[int]] = defaultdict(set)
        for ids in _pages(area_ids):
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


class Places(PlacesSeen, Kept):
    """The area rows, to be replaced."""

    _replaced = False

    def replace(self, rows: Sequence[AreaRow], by: int = PROGRAM) -> dict[int, int]:
        """Take a table of places as it is; from its ids to the kept ones. Raises StillHeld."""
        return self.take(self.plan(rows), by)

    def take(self, plan: AreaPlan, by: int) -> dict[int, int]:
        """Write all that a table changes; from its ids to the kept ones.

        Raises StillHeld when it would close a place that something needs.
        """
        for ids in _pages([*plan.closed, *plan.merged]):
            self._db.all(_LOCK, ids=ids)
        if held := self.held(plan):
            raise StillHeld(held)
        kept = {row.id: plan.kept.get(row.id) or self._work.new_id() for row in plan.rows}
        lay = self._parts()
        before = {row[0]: row for row in self._db.all(_ALL)}
        rows = [_to_ids(row, kept) for row in plan.rows]
        into = {gone: kept[row] for gone, row in plan.merged.items()}
        into |= self._make_room(rows, before)
        self._keep_past(rows, before, {*plan.closed, *into})
        self._put(rows, before, into)
        for target in sorted(set(into.values())):
            self._merge(target, [gone for gone in into if into[gone] == target], before)
        closed = (*plan.closed, *into)
        self._db.run_many(
            _CLOSE, [{"row": one, "now": self._now, "now_into": into.get(one)} for one in closed]
        )
        self._db.run(_NO_CLOSURE)
        self._db.run(_CLOSURE)
        self._db.run(_SET_VERSION, key="areas", value=str(self._work.new_id()))
        self._replaced = True
        self._work.__dict__.pop("areas", None)
        lies = self._parts()
        moved = {one for one in {*lay, *lies} if lay.get(one) != lies.get(one)} | {*into.values()}
        parts = {lie[one][0] for lie in (lay, lies) for one in moved if one in lie}
        self._work.day_counts.forget(sorted(parts))
        self._work.head_counts.forget(sorted(moved & {*lay}))
        self._work.paces.forget()
        self._work.audit.write(by, "areas-taken", "area", rows[0].id, _facts(plan, into))
        return kept

    def _parts(self) -> dict[int, tuple[int, int]]:
        """Of each place the one right below the county in which it lies, and the township."""
        tree = AreaTree.build(self.load())
        return {
            one: (part_of(tree, one), tree.town_of(one))
            for root in tree.roots()
            for one in tree.descendants(root.id)
        }

    def _keep_past(
        self, rows: Iterable[AreaRow], before: Mapping[int, Row], gone: Collection[int]
    ) -> None:
        """How places lay that lie otherwise from now on; the first table of all was always so."""
        changed = []
        for row in rows if before else ():
            was = before.get(row.id)
            if was is None:
                changed.append(_was(row.id, None, row))
            elif (was[9] is not None, *was[1:4], was[5]) != (
                False,
                row.parent_id,
                row.kind,
                row.name,
                row.position,
            ):
                changed.append(_was(row.id, was, row))
        changed += [_was(one, before[one], None) for one in gone if before[one][9] is None]
        self._db.run_many(_REMEMBER, [{**one, "until": self._now} for one in changed])

    def _make_room(self, rows: Iterable[AreaRow], before: Mapping[int, Row]) -> dict[int, int]:
        """Names that others are to bear; a closed place gives its own up to whoever has it now,
        unless it is part of another.
        """
        bearers = {(row.parent_id, row.name): row.id for row in rows}
        staying = set(bearers.values())
        given_up = {}
        for area_id, row in before.items():
            bearer = bearers.get((row[1], row[3]), area_id)
            if bearer != area_id:
                self._db.run(_NAME, row=area_id, now_name=f"~{area_id}")
                if area_id not in staying and row[10] is None:
                    given_up[area_id] = bearer
        return given_up

    def _put(
        self, rows: Sequence[AreaRow], before: Mapping[int, Row], into: Mapping[int, int]
    ) -> None:
        """The rows that are new or not as they were."""
        gone: dict[int, list[Row]] = defaultdict(list)
        for one in into:
            gone[into[one]].append(before[one])
        taken = {(row.parent_id, row.name) for row in rows}
        values = []
        for row in rows:
            known = before.get(row.id)
            names = () if known is None else (*from_lines(known[8]), known[3])
            for other in gone[row.id]:
                names = (*names, other[3], *from_lines(other[4]), *from_lines(other[8]))
            former = [name for name in dict.fromkeys(names) if (row.parent_id, name) not in taken]
            told = _values(row, tuple(former))
            if known is None or known != tuple(told[name] for name in _WRITTEN):
                values.append(told)
        self._db.run_many(_PUT, values)

    def _merge(self, target: int, gone: Sequence[int], before: Mapping[int, Row]) -> None:
        """All that points at the places that go points at the one that remains."""
        self._tell_schools_apart(target, gone, before)
        self._db.run(_END_GAPS, gone=gone, now=self._now)
        for one in gone:
            self._db.run(_DROP_CHECKS, one=one, now_area=target)
            self._db.run(_MOVE_CHECKS, one=one, now_area=target)
        for statement in _REPOINT:
            self._db.run(statement, gone=gone, now_area=target)
        seen: set[tuple[int, str]] = set()
        for post_id, person_id, held in self._db.all(_POSTS, area_id=target):
            if (person_id, held) in seen:
                self._db.run(_END_POST, row=post_id, now=self._now)
            seen.add((person_id, held))

    def _tell_schools_apart(
        self, target: int, gone: Sequence[int], before: Mapping[int, Row]
    ) -> None:
        """Two schools of one name come to lie in one place: one is called after its old place."""
        taken = {name for _, name, _ in self._db.all(_SCHOOLS, ids=[target])}
        for school_id, name, area_id in self._db.all(_SCHOOLS, ids=gone):
            if name in taken:
                name = f"{name[:40]}（{before[area_id][3][:15]}）"
                self._db.run(_RENAME_SCHOOL, row=school_id, now_name=name)
            taken.add(name)

    def _remember(self, version: str, tree: AreaTree) -> None:
        # This turn may yet be rolled back, so that others must not see its tree.
        if not self._replaced:
            super()._remember(version, tree)


def _facts(plan: AreaPlan, into: Mapping[int, int]) -> dict[str, object]:
    """What the audit keeps: counts, and the ids of places that are not what they were."""
    changed = {
        kind: [change.area_id for change in plan.changes if change.kind == kind]
        for kind in ("reopened", "renamed", "moved", "closed")
    }
    told: dict[str, object] = {kind: ids for kind, ids in changed.items() if ids}
    merged = {"merged": [[gone, target] for gone, target in into.items()]} if into else {}
    counts = plan.counts()
    new = counts.get("new", 0) + counts.get("parted", 0)
    return {"places": len(plan.rows), "new": new, **told, **merged}


def _values(row: AreaRow, former: tuple[str, ...]) -> dict[str, object]:
    return {
        "id": row.id,
        "parent_id": row.parent_id,
        "kind": row.kind,
        "name": row.name,
        "aliases": lines(row.aliases),
        "position": row.position,
        "latitude": row.latitude,
        "longitude": row.longitude,
        "former": lines(former),
        "closed_at": None,
        "merged_into": None,
    }


def _was(area_id: int, was: Row | None, now: AreaRow | None) -> dict[str, object]:
    """A place as it was before a table; one that was not there says so."""
    if was is None:
        assert now is not None
        return {
            "area_id": area_id,
            "is_there": False,
            "parent_id": now.parent_id,
            "kind": now.kind,
            "name": now.name,
            "position": now.position,
        }
    return {
        "area_id": area_id,
        "is_there": was[9] is None,
        "parent_id": was[1],
        "kind": was[2],
        "name": was[3],
        "position": was[5],
    }


def _to_ids(row: AreaRow, kept: Mapping[int, int]) -> AreaRow:
    """A row of the table under the ids that its places have."""
    above = None if row.parent_id is None else kept[row.parent_id]
    return replace(row, id=kept[row.id], parent_id=above)


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


def _pages(ids: Sequence[int]) -> Iterator[Sequence[int]]:
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
