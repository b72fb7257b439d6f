"""How counted days change: kept of a place, added to by its moves, forgotten."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import delete, select
from sqlalchemy import insert as plain_insert

from storage.repository import Kept, given, in_parts, insert, listed
from storage.supervision.day_counts_seen import DayCountsSeen, Recount
from storage.supervision.day_facts import NONE, NUMBERS, Numbers, added
from storage.tables import day_count, day_count_move, day_count_place, meta

if TYPE_CHECKING:
    from policy.areas import AreaTree

#: Moves that one turn adds up.
PAGE = 1000
_HOLD_PLACES = select(meta.c.value).where(meta.c.key == "areas").with_for_update()
_MOVES = (
    select(
        day_count_move.c.id,
        day_count_move.c.area_id,
        day_count_move.c.day,
        *(day_count_move.c[name] for name in NUMBERS),
    )
    .where(day_count_move.c.id > given("after"))
    .order_by(day_count_move.c.id)
    .limit(given("limit"))
)
_NO_MOVES = delete(day_count_move).where(day_count_move.c.id.in_(listed("ids")))
_putting = insert(day_count)
_ADD = _putting.on_conflict_do_update(
    index_elements=[day_count.c.place_id, day_count.c.day],
    set_={name: day_count.c[name] + _putting.excluded[name] for name in NUMBERS},
)
_PUT = plain_insert(day_count)
_DROP = delete(day_count).where(day_count.c.place_id == given("place"))
_COUNTED = insert(day_count_place).on_conflict_do_nothing()
_FORGET = delete(day_count_place).where(day_count_place.c.place_id.in_(listed("places")))


def part_of(tree: AreaTree, area: int) -> int:
    """The place right below the county in which a place lies; 0 for the county and nowhere."""
    row = tree.get(area)
    path = tree.path(area)
    return path[1].id if row is not None and row.id == area and len(path) > 1 else 0


class DayCounts(DayCountsSeen, Kept):
    """Facts of places, to be added up."""

    def keep(self, told: Recount) -> bool:
        """From now on these days are counted; False when the places changed meanwhile."""
        # Whoever changes the places waits for us, or we for them.
        row = self._db.one(_HOLD_PLACES)
        is_stale = told.areas_version != ("" if row is None else row[0])
        if is_stale or told.place_id in self._places():
            return False
        self._db.run(_DROP, place=told.place_id)
        self._db.run_many(
            _PUT,
            [_row(told.place_id, day, numbers) for day, numbers in sorted(told.days.items())],
        )
        for some in in_parts(told.moves):
            self._db.run(_NO_MOVES, ids=some)
        self._db.run(_COUNTED, place_id=told.place_id)
        return True

    def fold(self, after: int) -> int | None:
        """Add a page of moves up; after which the next one begins, None when there is none."""
        tree, counted = self._reading.areas, self._places()
        page = self._db.all(_MOVES, after=after, limit=PAGE)
        found: dict[tuple[int, date], Numbers] = defaultdict(lambda: NONE)
        done: list[int] = []
        for move, area, day, *numbers in page:
            part = part_of(tree, area)
            if part and part not in counted:
                continue  # its recount takes them
            done.append(move)
            if part:
                found[part, day] = added(found[part, day], numbers)
        self._db.run_many(
            _ADD, [_row(*at, numbers) for at, numbers in sorted(found.items()) if any(numbers)]
        )
        for some in in_parts(done):
            self._db.run(_NO_MOVES, ids=some)
        return page[-1][0] if len(page) == PAGE else None

    def forget(self, places: Collection[int]) -> None:
        """What is kept of these is wrong: their rows count until they are counted anew."""
        for some in in_parts(places):
            self._db.run(_FORGET, places=some)


def _row(place_id: int, day: date, numbers: Numbers) -> dict[str, object]:
    return {"place_id": place_id, "day": day, **dict(zip(NUMBERS, numbers, strict=True))}
