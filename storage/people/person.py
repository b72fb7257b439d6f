"""Who speaks and who is reached: a contact, a role, who holds it, and by which ways."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from storage.reporting.drafts import Draft

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """A person as one channel knows them, and what they are in the middle of."""

    contact_id: int
    person_id: int
    channel: str
    reachable: bool
    #: The form that is being filled in, while it is open.
    draft: Draft | None
    turn: int
    #: The card that a bare number answers.
    card_id: int | None
    #: Its row, still sealed: ``outbox.newest_of`` opens it. None when it is forgotten.
    card: Row | None = field(default=None, repr=False)
    #: True while something that was put before waits for them and is not in our hands.
    is_owed: bool = False
    #: True for who wants few and large buttons.
    is_elder: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One way to reach a person."""

    id: int
    person_id: int
    channel: str
    address: str = field(repr=False)
    reachable: bool
    #: When its person last said or tapped something here.
    heard_at: datetime | None
    #: True where they want to hear of what is urgent alone.
    alarms_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What a person is, where, and since when."""

    id: int
    person_id: int
    role: str
    area_id: int
    since: datetime
    until: datetime | None
    #: Who gave it, and who else said that they know whoever holds it; None: the program, nobody.
    given_by: int | None = None
    agreed_by: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Somebody who holds a role and can be reached, by one of their contacts."""

    person_id: int
    contact_id: int
    channel: str
    role: str
    area_id: int
    #: False where nobody is reached, and they are told all the same.
    is_reached: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The way by which a person is reached."""

    contact_id: int
    channel: str
    #: True where they want to hear of what is urgent alone.
    alarms_only: bool = False
