"""Children of the register who may be one, entered twice: a human says whether they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from storage.repository import BELOW_ANY, Kept, Seen, given, unindexed
from storage.tables import child, child_twin

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """Two children who may be one."""

    child_id: int
    #: Known before the first was entered.
    other_id: int


_OPEN = (
    select(child_twin.c.child_id, child_twin.c.other_id)
    .join_from(child_twin, child, child.c.id == child_twin.c.child_id)
    .where(
        child_twin.c.state == "open",
        child.c.status == "active",
        unindexed(child.c.area_id, 0).in_(BELOW_ANY),
    )
    .order_by(child_twin.c.id)
)
_ADD = insert(child_twin)
_DECIDE = (
    update(child_twin)
    .where(
        child_twin.c.child_id == given("one"),
        child_twin.c.other_id == given("other"),
        child_twin.c.state == "open",
    )
    .values(state=given("now_state"), decided_by=given("by"), decided_at=given("now"))
)


class TwinsSeen(Seen):
    """Children who may be one, to be looked at."""

    def open(self, tops: Collection[int]) -> tuple[Twin, ...]:
        """What waits for a human about children at or below these areas, oldest first."""
        rows = self._db.all(_OPEN, tops=[*tops])
        return tuple(Twin(child_id=row[0], other_id=row[1]) for row in rows)


class Twins(TwinsSeen, Kept):
    """Children who may be one, to be noted and decided about."""

    def note(self, child_id: int, other_id: int, *, by: int) -> None:
        """The first was entered and may be the second."""
        self._db.run(
            _ADD,
            id=self._work.new_id(),
            child_id=child_id,
            other_id=other_id,
            found_by=by,
            state="open",
            decided_by=None,
            decided_at=None,
            created_at=self._now,
        )

    def decide(self, one: int, other: int, state: str, *, by: int) -> bool:
        """merged or apart; False when nothing waited about these two."""
        decided = sum(
            self._db.run(_DECIDE, one=a, other=b, now_state=state, by=by, now=self._now)
            for a, b in ((one, other), (other, one))
        )
        if decided:
            self._work.audit.write(by, f"twins-{state}", "child", one, {"other": other})
        return decided > 0
