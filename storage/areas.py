"""The rows of the area tree, and how an imported table takes their place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, literal, select, update

from policy.areas import AreaRow, AreaTree
from storage.repository import Kept, Seen, from_lines, given, lines, upsert
from storage.tables import area, area_closure, meta

if TYPE_CHECKING:
    from storage.database import Row

_VERSION = select(meta.c.value).where(meta.c.key == "areas")
_SET_VERSION = upsert(meta, "value")
_ROWS = select(
    area.c.id,
    area.c.parent_id,
    area.c.kind,
    area.c.name,
    area.c.aliases,
    area.c.position,
    area.c.latitude,
    area.c.longitude,
)
_ALL = _ROWS.order_by(area.c.position, area.c.id)
_OPEN = _ALL.where(area.c.closed_at.is_(None))
_PUT = upsert(area, "kind", "aliases", "position", "latitude", "longitude", "closed_at")
_CLOSE = update(area).where(area.c.id == given("row")).values(closed_at=given("now"))
_NO_CLOSURE = delete(area_closure)
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
_CLOSURE = insert(area_closure).from_select(
    ["above_id", "below_id", "depth"], select(_line.c.above, _line.c.below, _line.c.depth)
)


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
        tree = AreaTree.build(self.load())
        self._remember(version, tree)
        return tree

    def version(self) -> str:
        """Changes whenever the areas do; "" before the first import."""
        row = self._db.one(_VERSION)
        return "" if row is None else row[0]

    def _remember(self, version: str, tree: AreaTree) -> None:
        self._reading.shared.areas = (version, tree)


class Places(PlacesSeen, Kept):
    """The area rows, to be replaced."""

    _replaced = False

    def replace(self, rows: Sequence[AreaRow]) -> dict[int, int]:
        """Take an imported table, parents before children; from the table's ids to the kept ones.

        An area keeps its id by its name under its parent; one that is not in the table is closed.
        """
        ever = {(row.parent_id, row.name): row.id for row in map(_area, self._db.all(_ALL))}
        before = {row.id: row for row in self.load()}
        kept = self._ids(rows, ever)
        now = [replace(row, id=kept[row.id], parent_id=_kept(kept, row.parent_id)) for row in rows]
        self._db.run_many(_PUT, [_values(row) for row in now if row != before.get(row.id)])
        self._close(before.keys() - set(kept.values()))
        self._db.run(_NO_CLOSURE)
        self._db.run(_CLOSURE)
        self._db.run(_SET_VERSION, key="areas", value=str(self._work.new_id()))
        self._replaced = True
        self._work.__dict__.pop("areas", None)
        return kept

    def _ids(
        self, rows: Sequence[AreaRow], known: Mapping[tuple[int | None, str], int]
    ) -> dict[int, int]:
        kept: dict[int, int] = {}
        for row in rows:
            place = (_kept(kept, row.parent_id), row.name)
            kept[row.id] = known[place] if place in known else self._work.new_id()
        return kept

    def _close(self, area_ids: Iterable[int]) -> None:
        self._db.run_many(_CLOSE, [{"row": one, "now": self._now} for one in area_ids])

    def _remember(self, version: str, tree: AreaTree) -> None:
        # This turn may yet be rolled back, so that others must not see its tree.
        if not self._replaced:
            super()._remember(version, tree)


def _values(row: AreaRow) -> dict[str, object]:
    return {
        "id": row.id,
        "parent_id": row.parent_id,
        "kind": row.kind,
        "name": row.name,
        "aliases": lines(row.aliases),
        "position": row.position,
        "latitude": row.latitude,
        "longitude": row.longitude,
        "closed_at": None,
    }


def _kept(kept: Mapping[int, int], area_id: int | None) -> int | None:
    return None if area_id is None else kept[area_id]


def _area(row: Row) -> AreaRow:
    return AreaRow(
        id=row[0],
        parent_id=row[1],
        kind=row[2],
        name=row[3],
        aliases=from_lines(row[4]),
        position=row[5],
        latitude=row[6],
        longitude=row[7],
    )
