"""The rows of the area tree, and how an imported table takes their place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import (
    delete,
    literal,
    select,
    update,
)
from sqlalchemy import insert as plain_insert

from policy.area_changes import AreaPlan
from policy.areas import AreaRow, AreaTree
from storage.audit import PROGRAM
from storage.places.areas_seen import ALL, POINTERS, WRITTEN, Held, PlacesSeen, pages
from storage.repository import Kept, from_lines, given, insert, lines, listed, upsert
from storage.supervision.day_counts import part_of
from storage.tables import (
    area,
    area_closure,
    area_past,
    meta,
    role,
    route_gap,
    school,
    school_check,
)

if TYPE_CHECKING:
    from storage.database import Row

_SET_VERSION = upsert(meta, "value")
_PUT = upsert(area, *WRITTEN[1:])
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
_REPOINT = [
    update(column.table).where(column.in_(listed("gone"))).values({column: given("now_area")})
    for column in POINTERS
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


class StillHeld(Exception):
    """Places that a table would close are needed: nothing was written."""

    def __init__(self, held: Sequence[Held]) -> None:
        super().__init__(f"{len(held)} places are needed")
        self.held = tuple(held)


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
        for ids in pages([*plan.closed, *plan.merged]):
            self._db.all(_LOCK, ids=ids)
        if held := self.held(plan):
            raise StillHeld(held)
        kept = {row.id: plan.kept.get(row.id) or self._work.new_id() for row in plan.rows}
        lay = self._parts()
        before = {row[0]: row for row in self._db.all(ALL)}
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
            if known is None or known != tuple(told[name] for name in WRITTEN):
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
