"""What was taken in: the key of every arrival, so that twice is once."""

from datetime import datetime

from sqlalchemy import delete, select

from storage.repository import Kept, given, insert
from storage.tables import inbox

_TAKE = insert(inbox).on_conflict_do_nothing(index_elements=[inbox.c.key])
_FORGET = delete(inbox).where(
    inbox.c.key.in_(
        select(inbox.c.key).where(inbox.c.taken_at < given("before")).limit(given("limit"))
    )
)


class Inbox(Kept):
    """Keys of arrivals."""

    def take(self, key: str, contact_id: int | None = None, *, even_deadly: bool = False) -> bool:
        """True when the arrival is new, False when it was taken before.

        Raises Deadly for one that the process died of time and again.
        """
        index = self._blind("inbox", key)
        if not even_deadly:
            self._work.take_in_hand(index)
        return self._db.run(_TAKE, key=index, contact_id=contact_id, taken_at=self._now) == 1

    def forget(self, before: datetime, limit: int) -> int:
        """Forget keys taken before a moment, some at a time; how many were forgotten."""
        return self._db.run(_FORGET, before=before, limit=limit)
