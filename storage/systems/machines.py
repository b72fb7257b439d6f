"""Other offices' programs: their tokens, and what was answered to what may be asked again."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from sqlalchemy import delete, insert, select, update

from policy.machines import PREFIX, Kind
from storage.people.person import Role
from storage.repository import Kept, Seen, from_lines, given, lines
from storage.tables import api_answer, api_token, audit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from storage.database import Row

#: How the store knows these programs. News never go to their contacts: nobody reads there.
CHANNEL = "api"
_TOKEN_BYTES = 32
#: A token is marked as used so often at most.
TOUCHED = timedelta(minutes=1)
#: How the audit speaks of a token, and says that its program read a list; which stands before it.
_SUBJECT, _TAKEN = "api_token", ".taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What a token stands for; the token itself nobody can look up."""

    id: int
    #: Of the program.
    name: str
    #: The post as which it sees; "" for one that only reports.
    role: str
    area_id: int
    kinds: tuple[Kind, ...]
    contact_id: int
    made_by: int
    made_at: datetime
    ends_at: datetime
    used_at: datetime | None

    def post(self, person_id: int) -> tuple[Role, ...]:
        """The one post of the program's turns; it is nobody's, so that nothing is told to it."""
        if not self.role:
            return ()
        return (
            Role(
                id=0,
                person_id=person_id,
                role=self.role,
                area_id=self.area_id,
                since=self.made_at,
                until=self.ends_at,
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """What a program read in clear with one answer."""

    at: datetime
    what: str
    area_id: int
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What was answered before to the same key."""

    #: True when the same was asked then.
    is_same: bool
    status: int
    body: str = field(repr=False)


_TOKEN = select(
    api_token.c.id,
    api_token.c.name,
    api_token.c.role,
    api_token.c.area_id,
    api_token.c.kinds,
    api_token.c.contact_id,
    api_token.c.made_by,
    api_token.c.made_at,
    api_token.c.ends_at,
    api_token.c.used_at,
)
_BY_MARK = _TOKEN.where(api_token.c.mark == given("mark"), api_token.c.ends_at > given("now"))
_ALL = _TOKEN.order_by(api_token.c.id.desc())
_BY_ID = _TOKEN.where(api_token.c.id == given("id"))
_ADD = insert(api_token)
_TOUCH = update(api_token).where(api_token.c.id == given("row")).values(used_at=given("now"))
_END = (
    update(api_token)
    .where(api_token.c.id == given("row"), api_token.c.ends_at > given("now"))
    .values(ends_at=given("now"))
)
_ANSWER = select(
    api_answer.c.id, api_answer.c.asked, api_answer.c.status, api_answer.c.body
).where(api_answer.c.token_id == given("token_id"), api_answer.c.key == given("key"))
_KEEP = insert(api_answer)
_TOOK = (
    select(audit.c.at, audit.c.verb, audit.c.detail)
    .where(
        audit.c.subject == _SUBJECT,
        audit.c.subject_id == given("token_id"),
        audit.c.verb.like(f"%{_TAKEN}"),
    )
    .order_by(audit.c.seq.desc())
    .limit(given("count"))
)
_OLD = (
    select(api_answer.c.id)
    .where(api_answer.c.at < given("before"))
    .order_by(api_answer.c.at)
    .limit(given("count"))
    .scalar_subquery()
)
_FORGET = delete(api_answer).where(api_answer.c.id.in_(_OLD))


class MachinesSeen(Seen):
    """Tokens, to be looked at."""

    def by_token(self, token: str) -> Token | None:
        """What a token stands for, as long as it lives."""
        row = self._db.one(_BY_MARK, mark=_mark(token), now=self._now)
        return None if row is None else _token(row)

    def all(self) -> tuple[Token, ...]:
        """Every token that was ever made, the newest first."""
        return tuple(map(_token, self._db.all(_ALL)))

    def get(self, token_id: int) -> Token | None:
        """One token."""
        row = self._db.one(_BY_ID, id=token_id)
        return None if row is None else _token(row)

    def took(self, token_id: int, count: int) -> tuple[Took, ...]:
        """What its program read in clear, the last answers first."""
        return tuple(map(_took, self._db.all(_TOOK, token_id=token_id, count=count)))

    def answered(self, token_id: int, key: str, asked: bytes) -> Answered | None:
        """What was answered to this key before."""
        row = self._db.one(_ANSWER, token_id=token_id, key=key)
        if row is None:
            return None
        return Answered(
            is_same=bytes(row[1]) == asked,
            status=row[2],
            body=self._open(api_answer, "body", row[0], row[3]),
        )

    def must_touch(self, token: Token) -> bool:
        """True when it is to be marked as used."""
        return token.used_at is None or self._now - token.used_at > TOUCHED


class Machines(MachinesSeen, Kept):
    """Tokens, to be made, marked and ended."""

    def make(
        self,
        name: str,
        role: str,
        area_id: int,
        kinds: Sequence[Kind],
        life: timedelta,
        *,
        by: int,
    ) -> tuple[int, str]:
        """A new program with its token: the id, and the token, which is told this once."""
        token_id, token = self._work.new_id(), PREFIX + secrets.token_urlsafe(_TOKEN_BYTES)
        self._db.run(
            _ADD,
            id=token_id,
            mark=_mark(token),
            name=name,
            role=role,
            area_id=area_id,
            kinds=lines(tuple(kinds)),
            contact_id=self._contact(name),
            made_by=by,
            made_at=self._now,
            ends_at=self._now + life,
            used_at=None,
        )
        detail = {"role": role, "area": area_id, "kinds": " ".join(kinds)}
        self._work.audit.write(by, "token-made", _SUBJECT, token_id, detail)
        return token_id, token

    def touch(self, token: Token) -> None:
        """It is used now."""
        if self.must_touch(token):
            self._db.run(_TOUCH, row=token.id, now=self._now)

    def end(self, token_id: int, *, by: int) -> bool:
        """It opens nothing from now on; False when it was over."""
        if not self._db.run(_END, row=token_id, now=self._now):
            return False
        self._work.audit.write(by, "token-ended", _SUBJECT, token_id)
        return True

    def note(self, token: Token, what: str, area_id: int, rows: int, *, by: int) -> None:
        """The audit says what its program reads in clear, of which place and how many rows."""
        detail = {"rows": rows, "area": area_id}
        self._work.audit.write(by, f"{what}{_TAKEN}", _SUBJECT, token.id, detail)

    def keep_answer(self, token_id: int, key: str, asked: bytes, status: int, body: str) -> None:
        """Keep what is answered, for who asks once more."""
        row = self._work.new_id()
        self._db.run(
            _KEEP,
            id=row,
            token_id=token_id,
            key=key,
            asked=asked,
            status=status,
            body=self._seal(api_answer, "body", row, body),
            at=self._now,
        )

    def forget_answers(self, before: datetime, count: int) -> int:
        """Forget what was answered long ago; how many."""
        return self._db.run(_FORGET, before=before, count=count)

    def _contact(self, name: str) -> int:
        """The person that the audit names, and its contact, at which nobody listens."""
        people = self._work.people
        speaker = people.meet(CHANNEL, secrets.token_urlsafe(16))
        people.set_name(speaker.person_id, name)
        people.mark_reachable(speaker.contact_id, False)
        return speaker.contact_id


def _mark(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _took(row: Row) -> Took:
    told = json.loads(row[2])
    return Took(
        at=row[0], what=row[1].removesuffix(_TAKEN), area_id=told["area"], rows=told["rows"]
    )


def _token(row: Row) -> Token:
    return Token(
        id=row[0],
        name=row[1],
        role=row[2],
        area_id=row[3],
        kinds=cast("tuple[Kind, ...]", from_lines(row[4])),
        contact_id=row[5],
        made_by=row[6],
        made_at=row[7],
        ends_at=row[8],
        used_at=row[9],
    )
