"""Authenticator apps: the sealed secret of each person, and who lets a lost one be forgotten."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from policy.authenticator import matching
from storage.repository import Kept, Seen, given
from storage.tables import authenticator, authenticator_reset

if TYPE_CHECKING:
    from storage.database import Row

#: RFC 4226 asks for 128 bits at least, and recommends 160.
SECRET_BYTES = 20
#: How long a new secret waits for its first code.
PENDING_LIFE = timedelta(minutes=10)
#: What wrong codes are counted as.
_GUESSES = "authenticator-tries"


class Said(Enum):
    """What became of six digits that somebody typed."""

    RIGHT = "right"
    WRONG = "wrong"
    #: Too many wrong ones: not even the right one counts now.
    WAITS = "waits"
    #: No new secret waits for its first code (any more).
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """Somebody lost their app: whose is to be forgotten, why, and who agreed."""

    id: int
    person_id: int
    why: str = field(repr=False)
    #: proposed, applied, refused
    state: str
    proposed_by: int
    proposed_at: datetime
    decided_by: int | None
    decided_at: datetime | None


_OF = select(
    authenticator.c.id,
    authenticator.c.secret,
    authenticator.c.pending,
    authenticator.c.last_step,
    authenticator.c.pending_since,
).where(authenticator.c.person_id == given("person_id"))
_SET = select(authenticator.c.person_id, authenticator.c.set_at).where(
    authenticator.c.set_at.is_not(None)
)
_ADD = insert(authenticator)
_PENDING = (
    update(authenticator)
    .where(authenticator.c.id == given("row"))
    .values(pending=given("now_pending"), pending_since=given("since"))
)
_CONFIRM = (
    update(authenticator)
    .where(authenticator.c.id == given("row"))
    .values(
        secret=given("now_secret"),
        pending=None,
        pending_since=None,
        last_step=given("step"),
        set_at=given("now"),
    )
)
# Of two that say the same code at the same moment one comes too late.
_USE = (
    update(authenticator)
    .where(authenticator.c.id == given("row"), authenticator.c.last_step < given("step"))
    .values(last_step=given("step"))
)
_FORGET = delete(authenticator).where(authenticator.c.person_id == given("person_id"))
_MOVE = (
    update(authenticator)
    .where(authenticator.c.person_id == given("gone"))
    .values(person_id=given("stays"))
)
_RESET = select(
    authenticator_reset.c.id,
    authenticator_reset.c.person_id,
    authenticator_reset.c.why,
    authenticator_reset.c.state,
    authenticator_reset.c.proposed_by,
    authenticator_reset.c.proposed_at,
    authenticator_reset.c.decided_by,
    authenticator_reset.c.decided_at,
)
_BY_ID = _RESET.where(authenticator_reset.c.id == given("id"))
_WAITING = _RESET.where(authenticator_reset.c.state == "proposed").order_by(
    authenticator_reset.c.id
)
_FORGOTTEN = (
    _RESET.where(authenticator_reset.c.state == "applied")
    .order_by(authenticator_reset.c.id.desc())
    .limit(given("count"))
)
_ASK = insert(authenticator_reset)
_DECIDE = (
    update(authenticator_reset)
    .where(authenticator_reset.c.id == given("row"), authenticator_reset.c.state == "proposed")
    .values(state=given("now_state"), decided_by=given("by"), decided_at=given("now"))
)


class AuthenticatorsSeen(Seen):
    """Who has an app, and which of them are to be forgotten."""

    def is_set(self, person_id: int) -> bool:
        """True for whoever confirmed an app."""
        row = self._db.one(_OF, person_id=person_id)
        return row is not None and row[1] is not None

    def all_set(self) -> dict[int, datetime]:
        """Everybody who confirmed an app, and when."""
        return {row[0]: row[1] for row in self._db.all(_SET)}

    def reset(self, reset_id: int) -> Reset | None:
        """One wish to forget an app."""
        row = self._db.one(_BY_ID, id=reset_id)
        return None if row is None else self._reset(row)

    def waiting(self) -> tuple[Reset, ...]:
        """The wishes that wait for a second person, the oldest first."""
        return tuple(map(self._reset, self._db.all(_WAITING)))

    def forgotten(self, count: int) -> tuple[Reset, ...]:
        """The last ones that were forgotten, the newest first."""
        return tuple(map(self._reset, self._db.all(_FORGOTTEN, count=count)))

    def _opened(self, column: str, row_id: int, sealed: bytes | None) -> bytes | None:
        text = self._open_any(authenticator, column, row_id, sealed)
        return base64.b64decode(text) if text else None

    def _reset(self, row: Row) -> Reset:
        return Reset(
            id=row[0],
            person_id=row[1],
            why=self._open(authenticator_reset, "why", row[0], row[2]),
            state=row[3],
            proposed_by=row[4],
            proposed_at=row[5],
            decided_by=row[6],
            decided_at=row[7],
        )


class Authenticators(AuthenticatorsSeen, Kept):
    """Apps, to be set up, asked and forgotten."""

    def begin(self, person_id: int) -> bytes:
        """A new secret that counts once a code of it was said; what was set before goes on."""
        secret = secrets.token_bytes(SECRET_BYTES)
        row = self._db.one(_OF, person_id=person_id)
        row_id = self._work.new_id() if row is None else row[0]
        if row is None:
            self._db.run(
                _ADD,
                id=row_id,
                person_id=person_id,
                secret=None,
                pending=None,
                pending_since=None,
                last_step=0,
                set_at=None,
            )
        sealed = self._sealed("pending", row_id, secret)
        self._db.run(_PENDING, row=row_id, now_pending=sealed, since=self._now)
        self._audit(person_id, "begun")
        return secret

    def confirm(self, person_id: int, said: str) -> Said:
        """The first code of the new secret, said in time: from now on it is the one."""
        row = self._db.one(_OF, person_id=person_id)
        secret = None if row is None else self._opened("pending", row[0], row[2])
        if row is None or secret is None:
            return Said.OVER
        if row[4] is None or self._now - row[4] > PENDING_LIFE:
            self._db.run(_PENDING, row=row[0], now_pending=None, since=None)
            return Said.OVER
        found = self._guess(person_id, secret, said, after=0)
        if isinstance(found, Said):
            return found
        sealed = self._sealed("secret", row[0], secret)
        self._db.run(_CONFIRM, row=row[0], now_secret=sealed, step=found, now=self._now)
        self._audit(person_id, "set")
        return Said.RIGHT

    def say(self, person_id: int, said: str) -> Said:
        """Six digits of the app; none is right twice."""
        row = self._db.one(_OF, person_id=person_id)
        secret = None if row is None else self._opened("secret", row[0], row[1])
        if row is None or secret is None:
            return Said.WRONG
        found = self._guess(person_id, secret, said, after=row[3])
        if isinstance(found, Said):
            return found
        return Said.RIGHT if self._db.run(_USE, row=row[0], step=found) else Said.WRONG

    def join(self, stays: int, gone: int) -> None:
        """Two persons are one: the first one's app counts, else the second's."""
        if self.is_set(stays) or not self.is_set(gone):
            self._db.run(_FORGET, person_id=gone)
            return
        self._db.run(_FORGET, person_id=stays)  # what was begun there is no app
        self._db.run(_MOVE, stays=stays, gone=gone)

    # -- a lost one -----------------------------------------------------------------------------

    def ask_reset(self, person_id: int, why: str, *, by: int) -> int:
        """Ask that somebody's app be forgotten."""
        row_id = self._work.new_id()
        self._db.run(
            _ASK,
            id=row_id,
            person_id=person_id,
            why=self._seal(authenticator_reset, "why", row_id, why),
            state="proposed",
            proposed_by=by,
            proposed_at=self._now,
            decided_by=None,
            decided_at=None,
        )
        self._work.audit.write(by, "authenticator-reset-asked", "person", person_id, {})
        return row_id

    def forget(self, reset_id: int, *, by: int) -> bool:
        """Forget it, as the second person; False when it was decided before."""
        found = self.reset(reset_id)
        if found is None or not self._decided(found, "applied", by):
            return False
        self._db.run(_FORGET, person_id=self._work.links.who_is(found.person_id))
        self._work.tries.forgive(_GUESSES, str(found.person_id))
        return True

    def refuse(self, reset_id: int, *, by: int) -> bool:
        """It stays; False when it was decided before."""
        found = self.reset(reset_id)
        return found is not None and self._decided(found, "refused", by)

    def _decided(self, found: Reset, state: str, by: int) -> bool:
        if not self._db.run(_DECIDE, row=found.id, now_state=state, by=by, now=self._now):
            return False
        self._work.audit.write(by, f"authenticator-reset-{state}", "person", found.person_id, {})
        return True

    # -- guessing -------------------------------------------------------------------------------

    def _guess(self, person_id: int, secret: bytes, said: str, *, after: int) -> int | Said:
        """The step of a right code; five wrong ones make them wait."""
        tries, guesser = self._work.tries, str(person_id)
        if tries.waits(_GUESSES, guesser):
            return Said.WAITS
        step = matching(secret, said, self._now, after=after)
        if step is None:
            self._audit(person_id, "wrong")
            locked = tries.wrong(_GUESSES, guesser).locked_until is not None
            return Said.WAITS if locked else Said.WRONG
        tries.forgive(_GUESSES, guesser)
        return step

    def _audit(self, person_id: int, what: str) -> None:
        self._work.audit.write(person_id, f"authenticator-{what}", "person", person_id, {})

    def _sealed(self, column: str, row_id: int, secret: bytes) -> bytes:
        return self._seal(authenticator, column, row_id, base64.b64encode(secret).decode())
