"""Lost phones: an address that leads nobody to its person any more, until a human gives it back.

A locked contact keeps its person, what it reported and what it was shown, but not its address:
what is said there is said by a stranger, so that nobody who asks who speaks needs to ask more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, select, update

from storage.repository import Kept, Seen, given, in_parts, listed
from storage.tables import (
    console_door,
    console_session,
    contact,
    invitation,
    link_code,
    outbox,
)

if TYPE_CHECKING:
    from storage.database import Row
    from storage.people.person import Contact

#: Where nobody talks on a phone: the office page, and other offices' programs.
NO_PHONES = ("console", "api")


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """What was locked: contacts, and alarms that were shown there and nobody else got."""

    contacts: tuple[Contact, ...]
    #: What each alarm is about, and its card.
    alarms: tuple[tuple[str, str, int], ...]


_IS_LOCKED = contact.c.locked_at.is_not(None)
_other = contact.alias("other")
_OPEN_OF = (
    select(contact.c.id, contact.c.channel)
    .where(
        contact.c.person_id == given("person"),
        contact.c.locked_at.is_(None),
        contact.c.channel.not_in(NO_PHONES),
    )
    .order_by(contact.c.id)
)
_LOCKED_OF = (
    select(contact.c.id, contact.c.channel, contact.c.address)
    .where(contact.c.person_id == given("person"), _IS_LOCKED)
    .order_by(contact.c.id.desc())
)
#: Of these whose every phone is locked.
_WITHOUT = (
    select(contact.c.person_id)
    .where(
        contact.c.person_id.in_(listed("people")),
        _IS_LOCKED,
        ~exists().where(
            _other.c.person_id == contact.c.person_id,
            _other.c.locked_at.is_(None),
            _other.c.channel.not_in(NO_PHONES),
        ),
    )
    .distinct()
)
_LOCK = (
    update(contact)
    .where(contact.c.id == given("row"), contact.c.locked_at.is_(None))
    .values(address_index=given("nowhere"), locked_at=given("now"), reachable=False)
)
_UNLOCK = (
    update(contact)
    .where(contact.c.id == given("row"), _IS_LOCKED)
    .values(address_index=given("mark"), locked_at=None, reachable=True)
)
_ALARMS = select(outbox.c.id).where(
    outbox.c.contact_id == given("row"),
    outbox.c.state == "sent",
    outbox.c.about.is_not(None),
    outbox.c.priority == given("alarm"),
)
# What was shown there asks nothing any more.
_SETTLE = (
    update(outbox)
    .where(
        outbox.c.contact_id == given("row"),
        outbox.c.state == "sent",
        outbox.c.about.is_not(None),
    )
    .values(about=None, asks_since=None)
)
_NO_INVITATIONS = (
    update(invitation)
    .where(
        invitation.c.issued_by == given("person"),
        invitation.c.used_by.is_(None),
        invitation.c.expires_at > given("now"),
    )
    .values(expires_at=given("now"))
)
_NO_CODES = delete(link_code).where(link_code.c.person_id == given("person"))
_NO_DOORS = delete(console_door).where(console_door.c.person_id == given("person"))
_SESSIONS = (
    select(console_session.c.mark)
    .join_from(console_session, contact, contact.c.id == console_session.c.contact_id)
    .where(contact.c.person_id == given("person"))
    .order_by(console_session.c.seen_at.desc(), console_session.c.mark)
)
_END = delete(console_session).where(console_session.c.mark == given("mark"))


class LocksSeen(Seen):
    """Whose phones are locked."""

    def open_of(self, person_id: int) -> tuple[tuple[int, str], ...]:
        """The phones and pages that lead to a person: contact and channel."""
        return tuple((row[0], row[1]) for row in self._db.all(_OPEN_OF, person=person_id))

    def without_phone(self, people: Iterable[int]) -> frozenset[int]:
        """Of these those whose every phone is locked."""
        return frozenset(
            row[0] for some in in_parts(people) for row in self._db.all(_WITHOUT, people=some)
        )

    def at(self, person_id: int, here: Contact) -> int | None:
        """The locked contact of a person that had the address of another contact."""
        for row_id, channel, sealed in self._db.all(_LOCKED_OF, person=person_id):
            if channel == here.channel and self._open(contact, "address", row_id, sealed) == (
                here.address
            ):
                return int(row_id)
        return None


class Locks(LocksSeen, Kept):
    """Phones, to be locked and given back."""

    def lock(self, person_id: int, *, by: int, but: int | None, alarm: int) -> Locked:
        """From now on no phone leads to this person, nor any page of the desk.

        Not the contact ``but``, at which they sit themselves; at the desk that is the browser
        that was used last. Links and codes that they gave out are void.
        """
        people = self._work.people
        known = {one.id: one for one in people.contacts_of(person_id)}
        rows = [row_id for row_id, _ in self.open_of(person_id) if row_id != but]
        alarms = [alarm_ for row_id in rows for alarm_ in self._take(row_id, alarm)]
        sits = but in known and known[but].channel in NO_PHONES if but is not None else False
        sessions: list[Row] = self._db.all(_SESSIONS, person=person_id)[1 if sits else 0 :]
        for row in sessions:
            self._db.run(_END, mark=row[0])
        for statement in (_NO_CODES, _NO_DOORS):
            self._db.run(statement, person=person_id)
        links = self._db.run(_NO_INVITATIONS, person=person_id, now=self._now)
        facts = {"contacts": rows, "sessions": len(sessions), "invitations": links}
        self._work.audit.write(by, "phone-locked", "person", person_id, facts)
        return Locked(contacts=tuple(known[row_id] for row_id in rows), alarms=tuple(alarms))

    def give_back(self, row_id: int, here: Contact, *, by: int) -> None:
        """The phone was found, or the same account is on another: it is the old one again.

        The contact ``here`` that the address had meanwhile gives it up.
        """
        mark = self._mark(here)
        self._lock(here.id)
        self._db.run(_UNLOCK, row=row_id, mark=mark)
        self._work.audit.write(by, "phone-unlocked", "contact", row_id, {})

    def _take(self, row_id: int, alarm: int) -> list[tuple[str, str, int]]:
        """Lock one contact; the alarms that were shown there."""
        shown = [
            card
            for row in self._db.all(_ALARMS, row=row_id, alarm=alarm)
            if (card := self._work.outbox.get(row[0])) is not None
        ]
        self._lock(row_id)
        self._db.run(_SETTLE, row=row_id)
        return [(one.about or "", one.card, one.priority) for one in shown]

    def _lock(self, row_id: int) -> None:
        nowhere = self._blind("contact", f"locked|{row_id}")
        self._db.run(_LOCK, row=row_id, nowhere=nowhere, now=self._now)

    def _mark(self, here: Contact) -> bytes:
        return self._blind("contact", f"{here.channel}|{here.address}")
