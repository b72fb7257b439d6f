"""The poison drawer: arrivals that no turn could digest, kept for an operator."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from storage.repository import Kept, Seen, given, insert
from storage.tables import poison

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Poisoned:
    """An arrival in the drawer; its content is only opened for somebody."""

    id: int
    channel: str
    #: The class of what was raised, and where.
    error: str
    #: kept, replayed, discarded
    state: str
    taken_at: datetime
    raw: bytes = field(default=b"", repr=False)


_POISON = select(poison.c.id, poison.c.channel, poison.c.error, poison.c.state, poison.c.taken_at)
_LIST = _POISON.where(poison.c.state == given("state")).order_by(poison.c.id).limit(given("limit"))
_BY_ID = _POISON.add_columns(poison.c.raw).where(poison.c.id == given("id"))
_ID_OF = select(poison.c.id).where(poison.c.key == given("key"))
_KEEP = insert(poison).on_conflict_do_nothing(index_elements=[poison.c.key])
_TAKE_OUT = (
    update(poison)
    .where(poison.c.id == given("row"), poison.c.state == "kept")
    .values(state=given("now_state"))
)
_FAILED = update(poison).where(poison.c.id == given("row")).values(error=given("now_error"))


class PoisonSeen(Seen):
    """The drawer, from outside."""

    def list(self, state: str = "kept", limit: int = 100) -> tuple[Poisoned, ...]:
        """What lies in the drawer, oldest first, without the content."""
        return tuple(
            Poisoned(id=row[0], channel=row[1], error=row[2], state=row[3], taken_at=row[4])
            for row in self._db.all(_LIST, state=state, limit=limit)
        )


class Poison(PoisonSeen, Kept):
    """The drawer, to be filled, opened and cleared."""

    def keep(self, channel: str, key: str, raw: bytes, error: str) -> int:
        """Put an arrival into the drawer; its id, the same for the same arrival."""
        row_id = self._work.new_id()
        index = self._blind("poison", key)
        self._db.run(
            _KEEP,
            id=row_id,
            channel=channel,
            key=index,
            raw=self._reading.shared.sealer.seal(poison.name, "raw", row_id, raw),
            error=error[:200],
            state="kept",
            taken_at=self._now,
        )
        row = self._db.one(_ID_OF, key=index)
        assert row is not None
        return int(row[0])

    def open(self, row_id: int, actor: int) -> Poisoned | None:
        """An arrival with its content; that ``actor`` looked is in the audit."""
        row = self._db.one(_BY_ID, id=row_id)
        if row is None:
            return None
        self._work.audit.write(actor, "poison-opened", "poison", row_id, {})
        return Poisoned(
            id=row[0],
            channel=row[1],
            error=row[2],
            state=row[3],
            taken_at=row[4],
            raw=self._reading.shared.sealer.open(poison.name, "raw", row_id, row[5]),
        )

    def discard(self, row_id: int, actor: int) -> bool:
        """It will not be replayed; False when it lies in the drawer no more."""
        return self._take_out(row_id, "discarded", actor)

    def replayed(self, row_id: int, actor: int) -> bool:
        """It is given to intake once more, in this very turn; False when it was taken out before.

        Of two that try at once, the second waits for the first and gets False.
        """
        return self._take_out(row_id, "replayed", actor)

    def failed_again(self, row_id: int, actor: int, error: str) -> None:
        """It was tried once more in vain, and stays."""
        self._db.run(_FAILED, row=row_id, now_error=error[:200])
        self._work.audit.write(actor, "poison-failed-again", "poison", row_id, {})

    def _take_out(self, row_id: int, state: str, actor: int) -> bool:
        if not self._db.run(_TAKE_OUT, row=row_id, now_state=state):
            return False
        self._work.audit.write(actor, f"poison-{state}", "poison", row_id, {})
        return True
