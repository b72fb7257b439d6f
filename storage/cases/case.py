"""What a case is: whose, how far it has come, who has to do with it, and its story."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


#: What ends the work on a case; later visits and a reopening may follow.
CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose a case is: a post in its place, and the person who holds it."""

    role: str
    area_id: int | None
    #: None while nobody holds the post.
    person_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case."""

    id: int
    #: Of its first report.
    number: str
    area_id: int | None
    child_id: int | None
    grade: str
    stage: str
    owner: Owner
    accepted_at: datetime | None
    seen_at: datetime | None
    seen_safe: bool | None
    outcome: str
    #: yes, no, or "" while nobody knows
    solved: str
    reopened: int
    joined_into: int | None
    version: int
    opened_at: datetime
    stage_since: datetime
    closed_at: datetime | None

    @property
    def is_open(self) -> bool:
        """True until it is closed."""
        return self.stage != CLOSED

    @property
    def is_accepted(self) -> bool:
        """True once somebody said 我来处理."""
        return self.accepted_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody who has to do with a case beside its owner, or must not hear of it."""

    id: int
    person_id: int
    #: told, partner, conference, excluded, held
    kind: str
    #: Their post; of somebody excluded, the post of whoever said so.
    role: str
    basis: str
    parts: tuple[str, ...]
    since: datetime
    until: datetime | None
    #: Who said so; 0: the program itself.
    by: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One act in the story of a case."""

    id: int
    act: str
    #: 0: the program itself.
    person_id: int
    role: str
    #: The stage after it.
    stage: str
    #: Answers by question name and, under "form", the form's version: JSON.
    body: str = field(repr=False)
    true_at: datetime
    entered_at: datetime
