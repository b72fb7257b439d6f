"""Feedback about the product itself; nobody's name stands beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from storage.repository import Kept, Seen, given
from storage.tables import feedback

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What somebody thinks of the product."""

    id: int
    #: Answers of the feedback form, as JSON.
    body: str = field(repr=False)
    created_at: datetime


_SINCE = (
    select(feedback.c.id, feedback.c.body, feedback.c.created_at)
    .where(feedback.c.created_at >= given("moment"))
    .order_by(feedback.c.id)
)
_ADD = insert(feedback)


class FeedbackSeen(Seen):
    """Feedback, to be read."""

    def since(self, moment: datetime) -> tuple[Opinion, ...]:
        """What was said since a moment, oldest first."""
        return tuple(
            Opinion(
                id=row[0],
                body=self._open(feedback, "body", row[0], row[1]),
                created_at=row[2],
            )
            for row in self._db.all(_SINCE, moment=moment)
        )


class Feedback(FeedbackSeen, Kept):
    """Feedback, to be added to."""

    def add(self, body: str) -> int:
        """Keep an opinion; its id."""
        row_id = self._work.new_id()
        sealed = self._seal(feedback, "body", row_id, body)
        self._db.run(_ADD, id=row_id, body=sealed, created_at=self._now)
        return row_id
