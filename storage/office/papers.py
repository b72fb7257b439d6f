"""The numbers of papers: without gaps, never used twice, given in the transaction of the paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import insert as plain_insert
from sqlalchemy import select

from storage.repository import Kept, Seen, given, insert
from storage.tables import paper_number, paper_series

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """A paper that got a number."""

    series: str
    count: int
    paper: str
    made_by: int
    made_at: datetime


_OF = (
    select(
        paper_number.c.series,
        paper_number.c.count,
        paper_number.c.paper,
        paper_number.c.made_by,
        paper_number.c.made_at,
    )
    .where(
        paper_number.c.subject == given("subject"),
        paper_number.c.subject_id == given("subject_id"),
        paper_number.c.paper == given("paper"),
    )
    .order_by(paper_number.c.id)
)
# Whoever comes second waits for the first to commit; what is undone gives its number back.
_NEXT = (
    insert(paper_series)
    .values(series=given("series"), last=1)
    .on_conflict_do_update(
        index_elements=[paper_series.c.series], set_={"last": paper_series.c.last + 1}
    )
    .returning(paper_series.c.last)
)
_ENTER = plain_insert(paper_number)


class PapersSeen(Seen):
    """The book of papers, to be looked at."""

    def of(self, subject: str, subject_id: int, paper: str) -> tuple[Numbered, ...]:
        """The numbers that a paper of something got, the first one first."""
        rows = self._db.all(_OF, subject=subject, subject_id=subject_id, paper=paper)
        return tuple(
            Numbered(series=row[0], count=row[1], paper=row[2], made_by=row[3], made_at=row[4])
            for row in rows
        )


class Papers(PapersSeen, Kept):
    """The book of papers, to be written in."""

    def number(
        self, series: str, *, paper: str, subject: str, subject_id: int, by: int
    ) -> Numbered:
        """The next number of a series, entered for this paper."""
        row = self._db.one(_NEXT, series=series)
        assert row is not None
        self._db.run(
            _ENTER,
            id=self._work.new_id(),
            series=series,
            count=row[0],
            paper=paper,
            subject=subject,
            subject_id=subject_id,
            made_by=by,
            made_at=self._now,
        )
        return Numbered(series=series, count=row[0], paper=paper, made_by=by, made_at=self._now)
