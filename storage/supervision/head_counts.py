"""Active children counted by place and by who answers for them: kept where nothing changed since.

Triggers of the tables (migration 0044) only mark the place whose children or whose hands change,
in the transaction of the change. A place with a mark is counted from its rows, all others from
what a beat counted after its last mark, so that a number is the same either way. A hand-over that
lies ahead is a mark for that moment. What is smaller than the county is few rows anyway.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, func, insert, literal_column, or_, select, union, union_all

from storage.children.responsibilities_seen import IS_PRIMARY
from storage.children.responsibility import PRIMARY
from storage.repository import BELOW, Kept, Seen, given, in_parts, listed
from storage.tables import child, head_count, head_count_mark, responsibility

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, CompoundSelect, Select

    from policy.areas import AreaTree
    from storage.database import Row

#: In whose hands a child is: nobody's, or whoever's it may be.
NOBODY, EVERYBODY = 0, -1
#: Places that one turn counts anew, and marks that it looks at.
PAGE, MARKS = 200, 5000
#: Where so many are marked, all are counted from their rows.
MANY = 1000


@dataclass(frozen=True, slots=True)
class Heads:
    """Active children of a place and all below it, by place or by the township in which it lies.

    Whoever is in several hands at once is in all of them, and counted once among the children.
    """

    held: Counter[tuple[int, int]] = field(default_factory=Counter)
    nobody: Counter[int] = field(default_factory=Counter)
    children: Counter[int] = field(default_factory=Counter)

    def loads(self) -> Mapping[int, int]:
        """How many each person has of them."""
        found: dict[int, int] = defaultdict(int)
        for (person, _), count in self.held.items():
            found[person] += count
        return found

    def add(self, rows: Iterable[Row]) -> None:
        """Rows of a place, a person (or nobody, or everybody), and how many children."""
        held, others = self.held, {NOBODY: self.nobody, EVERYBODY: self.children}
        for at, person, count in rows:
            if (found := others.get(person)) is None:
                held[person, at] += count
            else:
                found[at] += count


def part_of(tree: AreaTree, area: int) -> int:
    """Under which place the children of one are added up: its township, or else itself."""
    return tree.town_of(area) or area


# -- statements -----------------------------------------------------------------------------------

_IS_ACTIVE = child.c.status == "active"


def _rows(where: ColumnElement[bool]) -> CompoundSelect[Any]:
    """Places, people and how many children, from the rows themselves."""
    answers = and_(responsibility.c.child_id == child.c.id, IS_PRIMARY)
    hands = (
        select(child.c.area_id, func.coalesce(responsibility.c.person_id, NOBODY), func.count())
        .select_from(child.outerjoin(responsibility, answers))
        .where(_IS_ACTIVE, where)
        .group_by(child.c.area_id, responsibility.c.person_id)
    )
    children = (
        select(child.c.area_id, literal_column(str(EVERYBODY)), func.count())
        .where(_IS_ACTIVE, where)
        .group_by(child.c.area_id)
    )
    return union_all(hands, children)


def _whole(both: CompoundSelect[Any]) -> Select[Any]:
    return select(*both.subquery().c)


_IN_THESE = child.c.area_id.in_(listed("areas"))
_ROWS_BELOW, _ROWS_OF = _whole(_rows(child.c.area_id.in_(BELOW))), _whole(_rows(_IN_THESE))
_CHILDREN_BELOW = (
    select(child.c.area_id, func.count())
    .where(_IS_ACTIVE, child.c.area_id.in_(BELOW))
    .group_by(child.c.area_id)
)
_COUNTS = or_(head_count_mark.c.at.is_(None), head_count_mark.c.at <= given("now"))
_MARKED = _whole(
    union(
        select(head_count_mark.c.area_id).where(head_count_mark.c.area_id.is_not(None), _COUNTS),
        select(child.c.area_id).join_from(
            head_count_mark, child, child.c.id == head_count_mark.c.child_id
        ),
    )
)
_KEPT = (
    select(head_count.c.part_id, head_count.c.person_id, func.sum(head_count.c.children))
    .where(head_count.c.area_id.not_in(listed("marked")))
    .group_by(head_count.c.part_id, head_count.c.person_id)
)
_KEPT_OF_NOBODY = select(head_count.c.area_id).where(
    head_count.c.area_id.not_in(listed("marked")), head_count.c.person_id == NOBODY
)
_KEPT_OF = select(
    head_count.c.area_id, head_count.c.part_id, head_count.c.person_id, head_count.c.children
).where(head_count.c.area_id.in_(listed("areas")))
_MARKS = (
    select(
        head_count_mark.c.id,
        func.coalesce(head_count_mark.c.area_id, child.c.area_id, NOBODY),
    )
    .join_from(head_count_mark, child, child.c.id == head_count_mark.c.child_id, isouter=True)
    .where(_COUNTS)
    .order_by(head_count_mark.c.id)
    .limit(given("count"))
)
#: What will begin or end of itself.
_AHEAD = (
    select(child.c.area_id, responsibility.c.since, responsibility.c.until)
    .join_from(child, responsibility, responsibility.c.child_id == child.c.id)
    .where(
        _IN_THESE,
        _IS_ACTIVE,
        responsibility.c.kind == PRIMARY,
        or_(responsibility.c.since > given("now"), responsibility.c.until > given("now")),
    )
)
_DROP = delete(head_count).where(head_count.c.area_id.in_(listed("areas")))
_NO_MARKS = delete(head_count_mark).where(head_count_mark.c.id.in_(listed("ids")))
_NONE_AHEAD = delete(head_count_mark).where(
    head_count_mark.c.area_id.in_(listed("areas")), head_count_mark.c.at.is_not(None)
)
_PUT = insert(head_count)
_MARK = insert(head_count_mark).values(area_id=given("place"), at=given("since"))


class HeadCountsSeen(Seen):
    """Active children of places, added up."""

    #: The place that a look asked for last.
    _asked: tuple[int, Heads] | None = None

    def of(self, area_id: int) -> Heads:
        """Who holds how many children of a place, and where."""
        if self._asked is None or self._asked[0] != area_id or not self._reading.is_look:
            self._asked = (area_id, self._count(area_id))
        return self._asked[1]

    def children(self, area_id: int) -> Mapping[int, int]:
        """How many active children there are, by place or by township."""
        if self._is_whole(area_id):
            return self.of(area_id).children
        return {row[0]: row[1] for row in self._db.all(_CHILDREN_BELOW, area_id=area_id)}

    def where_nobody(self, area_id: int) -> tuple[int, ...]:
        """The places at or below one where there are children in nobody's hands."""
        marked = self._marked()
        if not self._is_kept(area_id, marked):
            return tuple(self.of(area_id).nobody)
        kept = self._db.all(_KEPT_OF_NOBODY, marked=[NOBODY, *marked])
        rows = self._rows(self._below(area_id, marked))
        return (*(row[0] for row in kept), *(row[0] for row in rows if row[1] == NOBODY))

    def _count(self, area_id: int) -> Heads:
        marked, found = self._marked(), Heads()
        if self._is_kept(area_id, marked):
            found.add(self._db.all(_KEPT, marked=[NOBODY, *marked]))
            found.add(self._rows(self._below(area_id, marked)))
        else:
            found.add(self._db.all(_ROWS_BELOW, area_id=area_id, now=self._now))
        return found

    def _is_kept(self, area_id: int, marked: Collection[int]) -> bool:
        return self._is_whole(area_id) and len(marked) <= MANY

    def _is_whole(self, area_id: int) -> bool:
        """True for the county, in which all places lie."""
        return [root.id for root in self._reading.areas.roots()] == [area_id]

    def _below(self, area_id: int, some: Collection[int]) -> list[int]:
        return [one for one in self._reading.areas.descendants(area_id) if one in some]

    def _marked(self) -> frozenset[int]:
        """The places whose rows count."""
        return frozenset(row[0] for row in self._db.all(_MARKED, now=self._now))

    def _rows(self, areas: Iterable[int]) -> list[Row]:
        return [
            row
            for some in in_parts(areas)
            for row in self._db.all(_ROWS_OF, areas=some, now=self._now)
        ]

    # -- whether they are right -----------------------------------------------------------------

    def holds(self, area_id: int) -> bool:
        """True while what is kept of the places at or below one is what their rows say."""
        marked, tree = self._marked(), self._reading.areas
        inside = [one for one in tree.descendants(area_id) if one not in marked]
        kept = [row for some in in_parts(inside) for row in self._db.all(_KEPT_OF, areas=some)]
        told = [(area, part_of(tree, area), *what) for area, *what in self._rows(inside)]
        return sorted(kept) == sorted(told)


class HeadCounts(HeadCountsSeen, Kept):
    """Active children of places, to be added up."""

    def add_up(self) -> bool:
        """Count a page of what is marked anew; False when nothing was left."""
        rows = self._db.all(_MARKS, now=self._now, count=MARKS)
        areas = [*dict.fromkeys(area for _, area in rows)][:PAGE]
        taken = frozenset(areas)
        tree, ahead = self._reading.areas, self._ahead(areas)
        inside = frozenset(one for root in tree.roots() for one in tree.descendants(root.id))
        counted = self._rows(areas)
        for some in in_parts(areas):
            self._db.run(_DROP, areas=some)
            self._db.run(_NONE_AHEAD, areas=some)
        for ids in in_parts(mark for mark, area in rows if area in taken):
            self._db.run(_NO_MARKS, ids=ids)
        self._db.run_many(
            _PUT,
            [
                {
                    "area_id": area,
                    "person_id": person,
                    "part_id": part_of(tree, area),
                    "children": count,
                }
                for area, person, count in counted
                if area in inside
            ],
        )
        self._db.run_many(
            _MARK,
            [{"place": area, "since": at} for area, at in ahead.items()],
        )
        return bool(rows)

    def forget(self, areas: Iterable[int]) -> None:
        """What is kept of these is wrong: their rows count until they are counted anew."""
        self._db.run_many(_MARK, [{"place": area, "since": None} for area in areas])

    def _ahead(self, areas: Iterable[int]) -> Mapping[int, datetime]:
        """When the next hand of each place begins or ends of itself."""
        found: dict[int, datetime] = {}
        for some in in_parts(areas):
            for area, *ends in self._db.all(_AHEAD, areas=some, now=self._now):
                for at in ends:
                    if at is not None and at > self._now:
                        found[area] = min(at, found.get(area, at))
        return found
