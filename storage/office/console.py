"""The office page's doors: a code that waits to be confirmed in the chat, and sessions."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, update

from storage.repository import Kept, Seen, given
from storage.tables import console_door, console_session, contact

if TYPE_CHECKING:
    from datetime import datetime, timedelta
    from typing import Any

    from sqlalchemy import Select

    from storage.database import Row
    from storage.people.person import Speaker

#: How the store knows the people who sit at the office page.
CHANNEL = "console"
#: Letters and digits that nobody mistakes for one another, read out or written down.
LETTERS, NUMBERS = "ABCDEFGHJKMNPQRSTVWXYZ", "23456789"
CODE_CHARS = 6
#: Browsers that wait at the door at the same time, of all networks and of one; more push out
#: whoever waits the longest, of their own network, else of that of which the most wait.
WAITING, WAITING_OF_ONE = 2000, 200
#: What wrong codes are counted as.
_GUESSES = "console-tries"


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A browser that shows a code and waits for somebody to confirm it."""

    id: int
    code: str = field(repr=False)
    asked_at: datetime
    #: Who confirmed it.
    person_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A browser at which somebody sits."""

    contact_id: int
    created_at: datetime
    seen_at: datetime
    ends_at: datetime
    #: When six digits of an authenticator app were said here.
    proven_at: datetime | None


_DOOR = select(
    console_door.c.id, console_door.c.code, console_door.c.asked_at, console_door.c.person_id
)
_OPEN = console_door.c.ends_at > given("now")
_BY_BROWSER = _DOOR.where(console_door.c.browser == given("browser"), _OPEN)
_BY_CODE = _DOOR.where(
    console_door.c.code == given("code"), console_door.c.person_id.is_(None), _OPEN
)
_COUNT = select(func.count()).select_from(console_door)
_COUNT_OF = _COUNT.where(console_door.c.network == given("network"))
_MOST = (
    select(console_door.c.network)
    .where(console_door.c.person_id.is_(None))
    .group_by(console_door.c.network)
    .order_by(func.count().desc())
    .limit(1)
)
_OLDEST_OF = (
    select(console_door.c.id)
    .where(
        console_door.c.person_id.is_(None),
        console_door.c.network.is_not_distinct_from(given("network", console_door.c.network.type)),
    )
    .order_by(console_door.c.asked_at, console_door.c.id)
    .limit(1)
)
_KNOWN = select(console_door.c.id).where(console_door.c.code == given("code"))
_ADD = insert(console_door)
_OLD = delete(console_door).where(console_door.c.ends_at <= given("now"))
_OF_BROWSER = delete(console_door).where(console_door.c.browser == given("browser"))
_DROP = delete(console_door).where(
    console_door.c.id == given("row"), console_door.c.person_id.is_(None)
)
_CONFIRM = (
    update(console_door)
    .where(console_door.c.id == given("row"), console_door.c.person_id.is_(None), _OPEN)
    .values(person_id=given("by"))
)
_ENTER = (
    delete(console_door)
    .where(
        console_door.c.browser == given("browser"), console_door.c.person_id.is_not(None), _OPEN
    )
    .returning(console_door.c.person_id)
)
_SESSION = select(
    console_session.c.contact_id,
    console_session.c.created_at,
    console_session.c.seen_at,
    console_session.c.ends_at,
    console_session.c.proven_at,
).where(
    console_session.c.mark == given("mark"),
    console_session.c.ends_at > given("now"),
    console_session.c.seen_at > given("idle_since"),
)
_BEGIN = insert(console_session)
_TOUCH = (
    update(console_session)
    .where(console_session.c.mark == given("row"))
    .values(seen_at=given("now"))
)
_PROVE = (
    update(console_session)
    .where(console_session.c.mark == given("row"))
    .values(mark=given("fresh"), proven_at=given("now"))
)
_END = delete(console_session).where(console_session.c.mark == given("row"))
_MARKS_OF = (
    select(console_session.c.mark)
    .join_from(console_session, contact, contact.c.id == console_session.c.contact_id)
    .where(contact.c.person_id == given("person_id"))
    .order_by(console_session.c.created_at.desc(), console_session.c.mark)
)
_WHOSE = (
    select(contact.c.person_id)
    .join_from(console_session, contact, contact.c.id == console_session.c.contact_id)
    .where(console_session.c.mark == given("mark"))
)
_FORGET = delete(console_session).where(console_session.c.ends_at <= given("now"))


class ConsoleSeen(Seen):
    """Who waits at the door of the office page, and who is inside."""

    def waiting(self, browser: bytes) -> Door | None:
        """The code of this browser, while it can still be confirmed or used."""
        return _door(self._db.one(_BY_BROWSER, browser=browser, now=self._now))

    def shown(self, code: str) -> Door | None:
        """The browser that shows this code to be confirmed."""
        return _door(self._db.one(_BY_CODE, code=code, now=self._now))

    def session(self, mark: bytes, idle: timedelta) -> Session | None:
        """A session that neither ended nor lay idle for so long."""
        row = self._db.one(_SESSION, mark=mark, now=self._now, idle_since=self._now - idle)
        if row is None:
            return None
        return Session(
            contact_id=row[0],
            created_at=row[1],
            seen_at=row[2],
            ends_at=row[3],
            proven_at=row[4],
        )


class Console(ConsoleSeen, Kept):
    """Doors and sessions, to be opened and closed."""

    def ask(self, browser: bytes, life: timedelta, network: str | None = None) -> str:
        """A code for this browser, in place of its earlier one; nobody is turned away."""
        self._db.run(_OLD, now=self._now)
        self._db.run(_OF_BROWSER, browser=browser)
        place = None if network is None else self._blind("network", network)
        self._make_room(place)
        code = self._free_code()
        self._db.run(
            _ADD,
            id=self._work.new_id(),
            browser=browser,
            code=code,
            network=place,
            person_id=None,
            asked_at=self._now,
            ends_at=self._now + life,
        )
        return code

    def _make_room(self, place: bytes | None) -> None:
        if place is not None and self._count(_COUNT_OF, network=place) >= WAITING_OF_ONE:
            self._push_out(place)
        elif self._count(_COUNT) >= WAITING and (most := self._db.one(_MOST)):
            self._push_out(most[0])

    def _push_out(self, place: bytes | None) -> None:
        if row := self._db.one(_OLDEST_OF, network=place):
            self._db.run(_DROP, row=row[0])

    def _count(self, rows: Select[Any], **values: object) -> int:
        row = self._db.one(rows, **values)
        return 0 if row is None else int(row[0])

    def find(self, code: str, person_id: int) -> Door | None:
        """The browser that shows the code that somebody typed; five wrong ones make them wait."""
        tries, guesser = self._work.tries, str(person_id)
        if tries.waits(_GUESSES, guesser):
            return None
        found = self.shown(code)
        if found is None:
            tries.wrong(_GUESSES, guesser)
        else:
            tries.forgive(_GUESSES, guesser)
        return found

    def confirm(self, door_id: int, person_id: int) -> bool:
        """Let the browser in as this person; False when it is too late."""
        return self._db.run(_CONFIRM, row=door_id, by=person_id, now=self._now) == 1

    def drop(self, door_id: int) -> None:
        """Nobody comes in by this code."""
        self._db.run(_DROP, row=door_id)

    def enter(self, browser: bytes) -> int | None:
        """Use up the confirmed code of this browser: who comes in, once."""
        row = self._db.one(_ENTER, browser=browser, now=self._now)
        return None if row is None else self._work.links.who_is(row[0])

    def begin(self, person_id: int, mark: bytes, life: timedelta, at_most: int) -> None:
        """Somebody sits down; of more than ``at_most`` sessions of theirs the oldest ends."""
        self._db.run(_FORGET, now=self._now)
        for row in self._db.all(_MARKS_OF, person_id=person_id)[at_most - 1 :]:
            self._db.run(_END, row=row[0])
        self._db.run(
            _BEGIN,
            mark=mark,
            contact_id=self._seat(person_id).contact_id,
            created_at=self._now,
            seen_at=self._now,
            ends_at=self._now + life,
            proven_at=None,
        )
        self._work.audit.write(person_id, "console-entered", "person", person_id, {})

    def touch(self, mark: bytes) -> None:
        """They are still there."""
        self._db.run(_TOUCH, row=mark, now=self._now)

    def prove(self, mark: bytes, fresh: bytes) -> None:
        """Whoever sits there said a code of their authenticator app: the old secret is worth
        nothing from now on, whoever else knows it.
        """
        self._db.run(_PROVE, row=mark, fresh=fresh, now=self._now)
        row = self._db.one(_WHOSE, mark=fresh)
        if row is not None:
            self._work.audit.write(row[0], "authenticator-proved", "person", row[0], {})

    def end(self, mark: bytes) -> None:
        """They got up."""
        row = self._db.one(_WHOSE, mark=mark)
        if row is not None:
            self._db.run(_END, row=mark)
            self._work.audit.write(row[0], "console-left", "person", row[0], {})

    def _seat(self, person_id: int) -> Speaker:
        """The contact as which somebody talks here. News never go to it: nobody may be there."""
        people = self._work.people
        known = [one for one in people.contacts_of(person_id) if one.channel == CHANNEL]
        if not known:
            people.add_contact(person_id, CHANNEL, secrets.token_urlsafe(16))
            known = [one for one in people.contacts_of(person_id) if one.channel == CHANNEL]
            people.mark_reachable(known[0].id, False)
        speaker = people.speaker_of(known[0].id)
        assert speaker is not None
        return speaker

    def _free_code(self) -> str:
        while True:
            chars = "".join(secrets.choice(LETTERS + NUMBERS) for _ in range(CODE_CHARS))
            if is_code(chars) and self._db.one(_KNOWN, code=chars) is None:
                return chars


def is_code(text: str) -> bool:
    """True for what looks like a code: six of its characters, letters and digits both."""
    return (
        len(text) == CODE_CHARS
        and all(char in LETTERS + NUMBERS for char in text)
        and any(char in NUMBERS for char in text)
        and any(char in LETTERS for char in text)
    )


def _door(row: Row | None) -> Door | None:
    if row is None:
        return None
    return Door(id=row[0], code=row[1], asked_at=row[2], person_id=row[3])
