"""People: met, named, given roles, and heard again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, func, insert, or_, select, update

from policy.terms import Term, dates
from storage.people.people_seen import IS_AHEAD, PeopleSeen
from storage.people.person import Role, Speaker
from storage.repository import Kept, given
from storage.repository import insert as insert_or
from storage.tables import contact, person, role

if TYPE_CHECKING:
    from datetime import datetime


#: The channel of the one contact that is nobody's; nothing is ever sent there.
NOBODYS = "erased"
#: Who acts when the program itself does: nobody's id, and no way to answer.
NOBODY = Speaker(
    contact_id=0, person_id=0, channel="", reachable=False, draft=None, turn=0, card_id=None
)
_NEW_PERSON = insert(person)
_NO_PERSON = delete(person).where(person.c.id == given("id"))
_NEW_CONTACT = insert_or(contact).on_conflict_do_nothing(
    index_elements=[contact.c.channel, contact.c.address_index]
)
_SAVE_TURN = (
    update(contact)
    .where(contact.c.id == given("contact_id"))
    .values(
        turn=given("now_turn"),
        draft_id=given("now_draft"),
        card_id=given("now_card"),
        heard_at=func.coalesce(given("now_heard", contact.c.heard_at.type), contact.c.heard_at),
    )
)
_REACHABLE = (
    update(contact)
    .where(contact.c.id == given("contact_id"), contact.c.locked_at.is_(None))
    .values(reachable=given("is_so"))
)
_SET_ALARMS_ONLY = (
    update(contact).where(contact.c.id == given("contact_id")).values(alarms_only=given("is_so"))
)
_OPEN = (
    update(contact)
    .where(
        contact.c.channel == given("which"),
        contact.c.address_index == given("mark"),
        contact.c.locked_at.is_(None),
    )
    .values(open_at=given("now"), reachable=True)
)
#: Pages of people who hold a post that nobody opened, nor said a word on, for long.
_UNOPENED = select(contact.c.id).where(
    contact.c.channel == given("channel"),
    contact.c.reachable.is_(True),
    contact.c.created_at < given("before"),
    or_(contact.c.open_at.is_(None), contact.c.open_at < given("before")),
    or_(contact.c.heard_at.is_(None), contact.c.heard_at < given("before")),
    exists().where(role.c.person_id == contact.c.person_id),
)
_SET_NAME = update(person).where(person.c.id == given("person_id")).values(name=given("sealed"))
_SET_PHONE = (
    update(person)
    .where(person.c.id == given("person_id"))
    .values(phone=given("sealed"), phone_index=given("mark"))
)
_SET_ELDER = update(person).where(person.c.id == given("person_id")).values(elder=given("is_so"))
_ADD_ROLE = insert(role)
_END_ROLE = update(role).where(role.c.id == given("role_id"), IS_AHEAD).values(until=given("now"))
_AGREE = (
    update(role)
    .where(role.c.id == given("role_id"), role.c.agreed_by.is_(None))
    .values(agreed_by=given("by"))
)
_SET_TERM = (
    update(role)
    .where(role.c.id == given("role_id"))
    .values(since=given("now_since"), until=given("now_until"))
)


class People(PeopleSeen, Kept):
    """People, to be met and changed."""

    def meet(self, channel: str, address: str) -> Speaker:
        """The speaker with this address: a known one, or a new person."""
        known = self.speaker(channel, address)
        if known is not None:
            return known
        self._add(channel, address)
        met = self.speaker(channel, address)
        assert met is not None
        return met

    def nobody(self) -> int:
        """The contact that is nobody's."""
        return self.meet(NOBODYS, "").contact_id

    def add_contact(self, person_id: int, channel: str, address: str) -> bool:
        """Give a person one more address; False when somebody has it already."""
        contact_id = self._work.new_id()
        return (
            self._db.run(
                _NEW_CONTACT,
                id=contact_id,
                person_id=person_id,
                channel=channel,
                address_index=self._blind("contact", f"{channel}|{address}"),
                address=self._seal(contact, "address", contact_id, address),
                reachable=True,
                draft_id=None,
                turn=0,
                card_id=None,
                heard_at=None,
                open_at=None,
                created_at=self._now,
                alarms_only=None,
                locked_at=None,
            )
            == 1
        )

    def save_turn(
        self,
        contact_id: int,
        *,
        turn: int,
        draft_id: int | None,
        card_id: int | None,
        heard: bool = False,
    ) -> None:
        """Keep where the talk with a contact stands, and that its person was heard just now."""
        self._db.run(
            _SAVE_TURN,
            contact_id=contact_id,
            now_turn=turn,
            now_draft=draft_id,
            now_card=card_id,
            now_heard=self._now if heard else None,
        )

    def mark_reachable(self, contact_id: int, reachable: bool) -> None:
        """Keep whether messages reach this contact."""
        self._db.run(_REACHABLE, contact_id=contact_id, is_so=reachable)

    def set_alarms_only(self, contact_id: int, is_so: bool) -> None:
        """Keep whether its person wants to hear there of what is urgent alone."""
        self._db.run(_SET_ALARMS_ONLY, contact_id=contact_id, is_so=is_so)

    def mark_open(self, channel: str, address: str) -> None:
        """A page of this session is open: messages reach it."""
        mark = self._blind("contact", f"{channel}|{address}")
        self._db.run(_OPEN, which=channel, mark=mark, now=self._now)

    def rest_unopened(self, channel: str, before: datetime) -> int:
        """Pages of workers that nobody opened since then are no way to reach them; how many."""
        rows = [row[0] for row in self._db.all(_UNOPENED, channel=channel, before=before)]
        for one in rows:
            self.mark_reachable(one, False)
        return len(rows)

    def add(self, *, name: str = "", phone: str = "") -> int:
        """A person who did not speak yet (from a roster); their id."""
        person_id = self._work.new_id()
        self._db.run(
            _NEW_PERSON,
            id=person_id,
            name=self._seal(person, "name", person_id, name) if name else None,
            phone=self._seal(person, "phone", person_id, phone) if phone else None,
            phone_index=self._phone_mark(phone) if phone else None,
            elder=None,
            created_at=self._now,
        )
        return person_id

    def set_name(self, person_id: int, name: str) -> None:
        """Keep what a person is called."""
        sealed = self._seal(person, "name", person_id, name)
        self._db.run(_SET_NAME, person_id=person_id, sealed=sealed)

    def set_phone(self, person_id: int, phone: str) -> None:
        """Keep a person's telephone."""
        sealed = self._seal(person, "phone", person_id, phone)
        mark = self._phone_mark(phone)
        self._db.run(_SET_PHONE, person_id=person_id, sealed=sealed, mark=mark)

    def set_elder(self, person_id: int, is_so: bool) -> None:
        """Keep whether a person wants few and large buttons."""
        self._db.run(_SET_ELDER, person_id=person_id, is_so=is_so)

    def add_role(
        self,
        person_id: int,
        name: str,
        area_id: int,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        by: int | None = None,
    ) -> int:
        """Give a person a role in an area, from now on unless told otherwise; the role's id.

        Of a case of which ``by`` must not hear they do not hear by it, either.
        """
        if by:
            self._work.cases.keep_from_given(person_id, area_id, by=by)
        role_id = self._work.new_id()
        self._db.run(
            _ADD_ROLE,
            id=role_id,
            person_id=person_id,
            role=name,
            area_id=area_id,
            since=since or self._now,
            until=until,
            given_by=by or None,
            agreed_by=None,
        )
        return role_id

    def agree(self, role_id: int, *, by: int) -> bool:
        """Somebody else knows whoever holds it; False when it was said before, or is over."""
        known = self.role(role_id)
        if known is None or not self._db.run(_AGREE, role_id=role_id, by=by):
            return False
        detail = {"role": known.role, "area": known.area_id}
        self._work.audit.write(by, "role.agreed", "person", known.person_id, detail)
        return True

    def set_term(self, role_id: int, since: datetime, until: datetime | None, *, by: int) -> None:
        """Keep from when, and until when, a role is held; the audit says what was before."""
        known = self.role(role_id)
        if known is None:
            return
        self._db.run(_SET_TERM, role_id=role_id, now_since=since, now_until=until)
        before = dates(Term(since=known.since, until=known.until))
        self._work.audit.write(
            by,
            "role.dated",
            "person",
            known.person_id,
            {
                "role": known.role,
                "area": known.area_id,
                **dates(Term(since=since, until=until)),
                "before": before,
            },
        )

    def widen(self, role: Role, other: Role, *, by: int) -> None:
        """Hold a role from when either of two begins, and until the later of them ends."""
        ends = [one.until for one in (role, other) if one.until is not None]
        since, until = min(role.since, other.since), max(ends) if len(ends) > 1 else None
        if (since, until) != (role.since, role.until):
            self.set_term(role.id, since, until, by=by)

    def end_role(self, role_id: int) -> None:
        """End a role now; one that had not begun never does."""
        self._db.run(_END_ROLE, role_id=role_id, now=self._now)

    def _add(self, channel: str, address: str) -> None:
        person_id = self.add()
        if not self.add_contact(person_id, channel, address):
            # Another process met them a moment ago; theirs stays.
            self._db.run(_NO_PERSON, id=person_id)
