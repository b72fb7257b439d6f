"""What a new table of places means for the places that are known: each stays who it is."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from policy.areas import AreaRow, AreaTree

Change: TypeAlias = Literal["new", "parted", "reopened", "renamed", "merged", "moved", "closed"]
#: From the top down: a place is looked for below places that were found.
KINDS = ("county", "town", "village", "group")
#: The only one of its name is the same place elsewhere; a 一组 is everywhere.
MOVING = "village"

#: What a place may be called by, from its surroundings.
_Names: TypeAlias = Callable[[AreaRow], Iterable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaChange:
    """One place that does not stay as it is."""

    kind: Change
    #: Its id, as long as it had one; of a merged one the id that goes.
    area_id: int | None
    #: Full names before and after; "" where there is none. Of one that is parted: from what.
    before: str
    after: str
    #: True when nothing says so but that both are left over: a human looks at it.
    guessed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaPlan:
    """A table of places, and which of the known ones each row of it is."""

    rows: tuple[AreaRow, ...]
    #: From the table's ids to those of known places, open or closed; the others are new.
    kept: Mapping[int, int]
    #: From known places that go to the row of the table that they become part of.
    merged: Mapping[int, int]
    #: Known places that the table knows no more.
    closed: tuple[int, ...]
    #: Of these, those that several rows call their own old name, with the rows' lines.
    claimed: Mapping[int, tuple[int, ...]]
    changes: tuple[AreaChange, ...]

    def guesses(self) -> tuple[AreaChange, ...]:
        """Changes that a human has to look at."""
        return tuple(change for change in self.changes if change.guessed)

    def counts(self) -> Mapping[Change, int]:
        """How many of each kind."""
        return Counter(change.kind for change in self.changes)


def plan_areas(
    table: Sequence[AreaRow],
    known: AreaTree,
    gone: Iterable[AreaRow] = (),
    *,
    guess: bool = False,
) -> AreaPlan:
    """The known places that the rows of a table (parents before children) are.

    A row is the place of its name below the same place; else the one whose old name it has as an
    alias (further ones become part of it); else, for a village, the only one of its name in the
    county. With ``guess`` a row and a place that are left over alone below one place are one, too.
    ``gone`` are closed places, which come back under their old name. One that became part of
    another does not: all that was its own is the other's, whose id it means for good. A place of
    its name is a new one, with nothing in it.
    """
    matching = _Matching(known)
    places = [place for one in _every(known) if (place := known.get(one)) is not None]
    gone = tuple(gone)
    merged = {place for place in gone if known.meant(place.id) != place.id}
    closed = {(place.parent_id, place.name): place.id for place in gone if place not in merged}
    matching.apart = {
        (None if place.parent_id is None else known.meant(place.parent_id), place.name): place.id
        for place in merged
    }
    for kind in KINDS:
        rows = [row for row in table if row.kind == kind]
        matching.begin(place for place in places if place.kind == kind)
        matching.by_name(rows)
        matching.by_alias(rows, matching.near)
        matching.by_alias(rows, matching.anywhere)
        matching.by_former_name(rows)
        if kind == MOVING:
            matching.by_moving(rows)
        matching.come_back(rows, closed)
        if guess:
            matching.by_what_is_left(rows)
    return matching.result(table, places)


def _every(tree: AreaTree) -> Iterator[int]:
    for root in tree.roots():
        yield from tree.descendants(root.id)


class _Matching:
    """Finds the places of a table, one level after the other."""

    def __init__(self, known: AreaTree) -> None:
        self._known = known
        self._kept: dict[int, int] = {}
        #: The row that a known place is, or becomes part of.
        self._row_of: dict[int, int] = {}
        self._guessed: set[int] = set()
        self._back: set[int] = set()
        self._claimed: dict[int, tuple[int, ...]] = {}
        #: Places that became part of others, by where they were and how they were called.
        self.apart: Mapping[tuple[int | None, str], int] = {}
        #: Places of the level in hand that no row is yet.
        self._free: dict[int, AreaRow] = {}

    def begin(self, places: Iterable[AreaRow]) -> None:
        """The next level: these are its known places."""
        self._free = {place.id: place for place in places}

    # -- the ways in which a row is a place ---------------------------------------------------

    def by_name(self, rows: Iterable[AreaRow]) -> None:
        """The same name below the same place."""
        called = self._index(lambda place: [(self._above(place), place.name)])
        for row in rows:
            same = called.get((row.parent_id, row.name), [])
            parent = None if row.parent_id is None else self._kept.get(row.parent_id)
            # Where two places became one, both may have had a 一组: the kept one's stays.
            for place in sorted(same, key=lambda one: one.parent_id != parent)[:1]:
                self._take(row, place)

    def by_alias(self, rows: Sequence[AreaRow], names: _Names) -> None:
        """An old name that the row has as an alias; what two rows lay claim to is nobody's."""
        called = self._index(names)
        claims: dict[int, list[AreaRow]] = defaultdict(list)
        for row in rows:
            for alias in row.aliases:
                found = called.get((row.parent_id, alias)) or called.get(alias) or []
                # A name that several places have, anywhere, says nothing.
                for place in found if len(found) == 1 else []:
                    claims[place.id].append(row)
        for place_id, by in claims.items():
            if len({row.id for row in by}) > 1:
                self._claimed[place_id] = tuple(dict.fromkeys(row.line for row in by))
            elif place_id in self._free:
                self._take(by[0], self._free[place_id])

    def near(self, place: AreaRow) -> Iterable[object]:
        """What a place is called below the place that it lies in."""
        return [(self._above(place), place.name)]

    def anywhere(self, place: AreaRow) -> Iterable[object]:
        """What a place is called in the county: 河湾村三组; a village also without its town."""
        above = self._known.get(place.parent_id) if place.parent_id is not None else None
        full = [above.name + place.name] if above is not None else []
        return [*full, place.name] if place.kind == MOVING else full

    def by_former_name(self, rows: Iterable[AreaRow]) -> None:
        """A place that was called so before."""
        called = self._index(
            lambda place: [(self._above(place), alias) for alias in place.aliases]
        )
        for row in self._unfound(rows):
            same = called.get((row.parent_id, row.name), [])
            if len(same) == 1 and same[0].id in self._free:
                self._take(row, same[0])

    def by_moving(self, rows: Iterable[AreaRow]) -> None:
        """The only one of its name that is left, somewhere else."""
        called = self._index(lambda place: [place.name])
        left = self._unfound(rows)
        alike = Counter(row.name for row in left)
        for row in left:
            same = called.get(row.name, [])
            if len(same) == 1 and alike[row.name] == 1:
                self._take(row, same[0])

    def come_back(
        self, rows: Iterable[AreaRow], closed: Mapping[tuple[int | None, str], int]
    ) -> None:
        """A closed place of the same name below the same place."""
        for row in self._unfound(rows):
            if row.parent_id is not None and row.parent_id not in self._kept:
                continue
            above = None if row.parent_id is None else self._kept[row.parent_id]
            if (above, row.name) in closed:
                self._kept[row.id] = closed[above, row.name]
                self._back.add(row.id)

    def by_what_is_left(self, rows: Iterable[AreaRow]) -> None:
        """One row and one place below the same place."""
        left: dict[int | None, list[AreaRow]] = defaultdict(list)
        for row in self._unfound(rows):
            left[row.parent_id].append(row)
        places = self._index(lambda place: [self._above(place)])
        for above, alone in left.items():
            if len(alone) == len(places.get(above, [])) == 1:
                self._guessed.add(alone[0].id)
                self._take(alone[0], places[above][0])

    # -- what came of it ----------------------------------------------------------------------

    def result(self, table: Sequence[AreaRow], places: Sequence[AreaRow]) -> AreaPlan:
        """Every row and every place with what becomes of it."""
        merged = {
            place: row for place, row in self._row_of.items() if self._kept.get(row) != place
        }
        closed = tuple(place.id for place in places if place.id not in self._row_of)
        return AreaPlan(
            rows=tuple(table),
            kept=dict(self._kept),
            merged=merged,
            closed=closed,
            claimed={one: self._claimed[one] for one in closed if one in self._claimed},
            changes=tuple(self._changes(AreaTree.build(table), table, merged, closed)),
        )

    def _changes(
        self,
        tree: AreaTree,
        table: Iterable[AreaRow],
        merged: Mapping[int, int],
        closed: Iterable[int],
    ) -> Iterator[AreaChange]:
        for row in table:
            kind = self._kind(row)
            if kind is not None:
                yield AreaChange(
                    kind=kind,
                    area_id=self._kept.get(row.id),
                    before=self._before(row, kind),
                    after=tree.full_name(row.id),
                    guessed=row.id in self._guessed,
                )
        for place, into in merged.items():
            yield AreaChange(
                kind="merged",
                area_id=place,
                before=self._known.full_name(place),
                after=tree.full_name(into),
            )
        for place in closed:
            before = self._known.full_name(place)
            yield AreaChange(kind="closed", area_id=place, before=before, after="")

    def _before(self, row: AreaRow, kind: Change) -> str:
        match kind:
            case "new" | "reopened":
                return ""
            case "parted":
                return self._known.full_name(self._part_of(row) or 0)
            case _:
                return self._known.full_name(self._kept[row.id])

    def _part_of(self, row: AreaRow) -> int | None:
        """The place that one of this name became part of."""
        above = None if row.parent_id is None else self._kept.get(row.parent_id, -1)
        return self.apart.get((above, row.name))

    def _kind(self, row: AreaRow) -> Change | None:
        if row.id not in self._kept:
            return "new" if self._part_of(row) is None else "parted"
        if row.id in self._back:
            return "reopened"
        place = self._known.get(self._kept[row.id])
        if place is None:
            return None
        if self._above(place) != row.parent_id:
            return "moved"
        return "renamed" if place.name != row.name else None

    # -- helpers ------------------------------------------------------------------------------

    def _above(self, place: AreaRow) -> int | None:
        """The row below which a place lies; for one below a place that goes it is no row's id."""
        return None if place.parent_id is None else self._row_of.get(place.parent_id, -1)

    def _index(self, names: _Names) -> dict[object, list[AreaRow]]:
        called: dict[object, list[AreaRow]] = defaultdict(list)
        for place in self._free.values():
            for name in names(place):
                called[name].append(place)
        return called

    def _take(self, row: AreaRow, place: AreaRow) -> None:
        """The row is this place; if it is one already, the place becomes part of it."""
        self._kept.setdefault(row.id, place.id)
        self._row_of[place.id] = row.id
        del self._free[place.id]

    def _unfound(self, rows: Iterable[AreaRow]) -> list[AreaRow]:
        return [row for row in rows if row.id not in self._kept]
