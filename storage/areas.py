"""The rows of the area tree, and how an imported table takes their place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

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
    area.c.closed_at,
)
_ALL = _ROWS.order_by(area.c.position, area.c.id)
_OPEN = _ALL.where(area.c.closed_at.is_(None))
_ADD = insert(area)
_CHANGE = (
    update(area)
    .where(area.c.id == given("row"))
    .values(
        kind=given("now_kind"),
        aliases=given("now_aliases"),
        position=given("now_position"),
        closed_at=None,
    )
)
_CLOSE = update(area).where(area.c.id == given("row")).values(closed_at=given("now"))
_NO_CLOSURE = delete(area_closure)
_ADD_CLOSURE = insert(area_closure)


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
        known = {(row[1], row[3]): row[0] for row in self._db.all(_ALL)}
        kept = self._take(rows, known)
        self._close(set(known.values()) - set(kept.values()))
        self._rebuild_closure({kept[row.id]: _kept(kept, row.parent_id) for row in rows})
        self._db.run(_SET_VERSION, key="areas", value=str(self._work.new_id()))
        self._replaced = True
        self._work.__dict__.pop("areas", None)
        return kept

    def _take(
        self, rows: Sequence[AreaRow], known: Mapping[tuple[int | None, str], int]
    ) -> dict[int, int]:
        kept: dict[int, int] = {}
        for row in rows:
            parent_id = _kept(kept, row.parent_id)
            area_id = known.get((parent_id, row.name))
            if area_id is None:
                area_id = self._add(row, parent_id)
            else:
                self._change(row, area_id)
            kept[row.id] = area_id
        return kept

    def _add(self, row: AreaRow, parent_id: int | None) -> int:
        area_id = self._work.new_id()
        self._db.run(
            _ADD,
            id=area_id,
            parent_id=parent_id,
            kind=row.kind,
            name=row.name,
            aliases=lines(row.aliases),
            position=row.position,
            closed_at=None,
        )
        return area_id

    def _change(self, row: AreaRow, area_id: int) -> None:
        self._db.run(
            _CHANGE,
            row=area_id,
            now_kind=row.kind,
            now_aliases=lines(row.aliases),
            now_position=row.position,
        )

    def _close(self, area_ids: Iterable[int]) -> None:
        self._db.run_many(_CLOSE, [{"row": one, "now": self._now} for one in area_ids])

    def _rebuild_closure(self, parents: Mapping[int, int | None]) -> None:
        self._db.run(_NO_CLOSURE)
        self._db.run_many(_ADD_CLOSURE, _closure(parents))

    def _remember(self, version: str, tree: AreaTree) -> None:
        # This turn may yet be rolled back, so that others must not see its tree.
        if not self._replaced:
            super()._remember(version, tree)


def _closure(parents: Mapping[int, int | None]) -> list[dict[str, int]]:
    rows = []
    for below in parents:
        above: int | None = below
        depth = 0
        while above is not None:
            rows.append({"above_id": above, "below_id": below, "depth": depth})
            above, depth = parents[above], depth + 1
    return rows


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
    )
