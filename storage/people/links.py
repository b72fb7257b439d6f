"""Linking codes: the same person on Telegram and on the chat page becomes one person."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from storage.repository import Kept, Seen, given, in_parts, listed, upsert
from storage.tables import (
    broadcast,
    broadcast_reader,
    case_file,
    case_member,
    child,
    class_teacher,
    console_door,
    contact,
    duty,
    family_link,
    holiday_child,
    invitation,
    leave,
    link_code,
    person_joined,
    phone_call,
    registration,
    responsibility,
    role,
    roster,
    school,
    sent_table,
    shift,
)

if TYPE_CHECKING:
    from datetime import datetime

#: How long a code can be typed.
LIFE = timedelta(minutes=10)
_DIGITS = 8
#: What wrong codes are counted as.
GUESSES = "link-tries"


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """The code is the other person's; it is used up."""

    person_id: int
    #: Who gave it out for them, because their phone was lost.
    given_by: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotLinked:
    """No such code (any more), or too many wrong ones."""

    locked_until: datetime | None


_ADD = insert(link_code)
_FORGET_OF = delete(link_code).where(link_code.c.person_id == given("person"))
_FORGET_OLD = delete(link_code).where(link_code.c.expires_at <= given("now"))
_USE = (
    delete(link_code)
    .where(link_code.c.code_index == given("mark"), link_code.c.expires_at > given("now"))
    .returning(link_code.c.person_id, link_code.c.given_by)
)
_TAKEN = select(link_code.c.person_id).where(link_code.c.code_index == given("mark"))
_INTO = select(person_joined.c.into_id).where(person_joined.c.person_id == given("person_id"))
_INTO_OF = select(person_joined.c.person_id, person_joined.c.into_id).where(
    person_joined.c.person_id.in_(listed("people"))
)
_JOINED = upsert(person_joined, "into_id", "joined_at")
_JOINED_BEFORE = (
    update(person_joined)
    .where(person_joined.c.into_id == given("gone"))
    .values(into_id=given("stays"))
)
#: Where a person is named by what belongs to them. What they did names them for ever.
BELONGING = (
    contact.c.person_id,
    role.c.person_id,
    registration.c.person_id,
    responsibility.c.person_id,
    leave.c.person_id,
    leave.c.deputy_id,
    shift.c.person_id,
    case_file.c.owner_id,
    case_member.c.person_id,
    duty.c.person_id,
    invitation.c.issued_by,
    invitation.c.used_by,
    school.c.head_id,
    class_teacher.c.person_id,
    sent_table.c.person_id,
    roster.c.staged_by,
    child.c.offered_by,
    broadcast.c.person_id,
    broadcast_reader.c.person_id,
    holiday_child.c.person_id,
    console_door.c.person_id,
    phone_call.c.person_id,
    phone_call.c.passed_to,
    link_code.c.person_id,
    link_code.c.given_by,
    family_link.c.person_id,
)
_MOVES = tuple(
    update(column.table).where(column == given("gone")).values({column: given("stays")})
    for column in BELONGING
)
#: Where each has one row of their own for the same thing: what both know goes into the first's.
_OTHERS = broadcast_reader.alias()
_READ = tuple(
    update(broadcast_reader)
    .where(broadcast_reader.c.person_id == given("stays"), column.is_(None))
    .values(
        {
            column: select(_OTHERS.c[column.name])
            .where(
                _OTHERS.c.broadcast_id == broadcast_reader.c.broadcast_id,
                _OTHERS.c.person_id == given("gone"),
            )
            .scalar_subquery()
        }
    )
    for column in (broadcast_reader.c.put_at, broadcast_reader.c.read_at)
)
_SENT_TWICE = delete(broadcast_reader).where(
    broadcast_reader.c.person_id == given("gone"),
    broadcast_reader.c.broadcast_id.in_(
        select(_OTHERS.c.broadcast_id).where(_OTHERS.c.person_id == given("stays"))
    ),
)
_CALLED_TOO = phone_call.alias()
_TO_CALL = ("new", "open")
_CALLED_TWICE = (
    update(phone_call)
    .where(
        phone_call.c.person_id == given("gone"),
        phone_call.c.state.in_(_TO_CALL),
        phone_call.c.about.in_(
            select(_CALLED_TOO.c.about).where(
                _CALLED_TOO.c.person_id == given("stays"), _CALLED_TOO.c.state.in_(_TO_CALL)
            )
        ),
    )
    .values(state="over", ended_at=given("now"))
)
_TWIN = class_teacher.alias()
_TEACHES_TWICE = delete(class_teacher).where(
    class_teacher.c.person_id == given("gone"),
    class_teacher.c.class_id.in_(
        select(_TWIN.c.class_id).where(_TWIN.c.person_id == given("stays"))
    ),
)


class LinksSeen(Seen):
    """Who turned out to be whom."""

    #: Who of those that a look has read ahead is somebody else now.
    _ahead: Mapping[int, int] = MappingProxyType({})

    def read_ahead(self, people: Collection[int]) -> None:
        """Ask of many at once, for a look; a turn may change what it has read."""
        if not isinstance(self, Kept):
            rows = [
                row for some in in_parts(people) for row in self._db.all(_INTO_OF, people=some)
            ]
            self._ahead = {one: one for one in people} | {row[0]: row[1] for row in rows}

    def who_is(self, person_id: int) -> int:
        """The person that an id means now."""
        if (known := self._ahead.get(person_id)) is not None:
            return known
        row = self._db.one(_INTO, person_id=person_id)
        return person_id if row is None else int(row[0])


class Links(LinksSeen, Kept):
    """Linking codes, to be given and used; and two persons to be made one."""

    def offer(self, person_id: int, *, given_by: int | None = None) -> str:
        """Eight digits that mean this person for ten minutes, once; earlier ones are void.

        ``given_by`` gives them out for somebody whose phone was lost.
        """
        self._db.run(_FORGET_OLD, now=self._now)
        self._db.run(_FORGET_OF, person=person_id)
        code = self._free_code()
        self._db.run(
            _ADD,
            code_index=self._blind("link", code),
            person_id=person_id,
            expires_at=self._now + LIFE,
            given_by=given_by,
        )
        if given_by is not None:
            self._work.audit.write(given_by, "phone-code-given", "person", person_id, {})
        return code

    def offer_way(self, person_id: int, life: timedelta) -> str:
        """What stands in a link and means this person, once; earlier ones and codes are void."""
        self._db.run(_FORGET_OF, person=person_id)
        way = secrets.token_urlsafe(16)
        self._db.run(
            _ADD,
            code_index=self._blind("link", way),
            person_id=person_id,
            expires_at=self._now + life,
            given_by=None,
        )
        return way

    def use(self, code: str, person_id: int) -> Linked | NotLinked:
        """Whose code it is. ``person_id`` typed it: five wrong ones make them wait an hour.

        Many together are bound, too; whoever holds a post, or came by a link that nobody guesses,
        goes on.
        """
        tries, guesser = self._work.tries, str(person_id)
        is_known = not code.isdecimal() or self._work.people.roles(person_id)
        if not is_known and (until := tries.all_wait(GUESSES)):
            return NotLinked(locked_until=until)
        if waits := tries.waits(GUESSES, guesser):
            return NotLinked(locked_until=waits.locked_until)
        row = self._db.one(_USE, mark=self._blind("link", code), now=self._now)
        if row is not None:
            tries.forgive(GUESSES, guesser)
            return Linked(person_id=row[0], given_by=row[1])
        return NotLinked(locked_until=tries.wrong(GUESSES, guesser).locked_until)

    def join(self, stays: int, gone: int, *, by: int) -> None:
        """Two persons are one: what belongs to the second goes to the first.

        Name and phone are taken where the first has none. What the second did keeps their id,
        and ``who_is`` tells who that is now.
        """
        if stays == gone:
            return
        people = self._work.people
        if not people.name_of(stays) and (name := people.name_of(gone)):
            people.set_name(stays, name)
        if not people.phone_of(stays) and (phone := people.phone_of(gone)):
            people.set_phone(stays, phone)
        if people.is_elder(gone):
            people.set_elder(stays, True)
        self._drop_doubles(stays, gone, by)
        self._work.authenticators.join(stays, gone)
        self._work.erasures.join(stays, gone)
        for move in _MOVES:
            self._db.run(move, stays=stays, gone=gone)
        self._db.run(_JOINED_BEFORE, stays=stays, gone=gone)
        self._db.run(_JOINED, person_id=gone, into_id=stays, joined_at=self._now)
        self._work.audit.write(by, "persons-joined", "person", stays, {"gone": gone})

    def _drop_doubles(self, stays: int, gone: int, by: int) -> None:
        people = self._work.people
        held = {(one.role, one.area_id): one for one in people.roles_ahead(stays)}
        for one in people.roles_ahead(gone):
            if same := held.get((one.role, one.area_id)):
                people.widen(same, one, by=by)
                people.end_role(one.id)
        for read in _READ:
            self._db.run(read, stays=stays, gone=gone)
        self._db.run(_SENT_TWICE, stays=stays, gone=gone)
        self._db.run(_CALLED_TWICE, stays=stays, gone=gone, now=self._now)
        classes = self._work.classes
        taught = {one.id for one in classes.of_teachers([stays])}
        for room in classes.of_teachers([gone]):
            if room.id not in taught:
                classes.let_teach(room.id, stays)
        self._db.run(_TEACHES_TWICE, stays=stays, gone=gone)

    def _free_code(self) -> str:
        while True:
            code = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}d}"
            if self._db.one(_TAKEN, mark=self._blind("link", code)) is None:
                return code
