"""Invitations: a link that gives one person one role in one place, once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import insert, or_, select, update

from policy.terms import OPEN, Term, dates
from storage.repository import Kept, Seen, given
from storage.tables import invitation

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from storage.database import Row

_TOKEN_BYTES = 16
#: What wrong links are counted as.
GUESSES = "invite-tries"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What a link stands for."""

    id: int
    role: str
    area_id: int
    issued_by: int
    issued_at: datetime
    expires_at: datetime
    used_by: int | None
    used_at: datetime | None
    #: From when and until when the post is held.
    post: Term = OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The person holds the role from now on."""

    invitation: Invitation
    role_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Void:
    """The link gives nothing (any more); ``again`` tells its issuer of a second use."""

    invitation: Invitation | None
    #: Somebody else used it before.
    again: bool


Answer: TypeAlias = Accepted | Void

_INVITATION = select(
    invitation.c.id,
    invitation.c.role,
    invitation.c.area_id,
    invitation.c.issued_by,
    invitation.c.issued_at,
    invitation.c.expires_at,
    invitation.c.used_by,
    invitation.c.used_at,
    invitation.c.post_since,
    invitation.c.post_until,
)
_BY_TOKEN = _INVITATION.where(invitation.c.token_index == given("mark"))
_ISSUED_BY = _INVITATION.where(invitation.c.issued_by == given("person_id")).order_by(
    invitation.c.id.desc()
)
_ADD = insert(invitation)
_USE = (
    update(invitation)
    .where(
        invitation.c.id == given("row"),
        invitation.c.used_by.is_(None),
        invitation.c.expires_at > given("now"),
        or_(invitation.c.post_until.is_(None), invitation.c.post_until > given("now")),
    )
    .values(used_by=given("person"), used_at=given("now"))
)


class InvitationsSeen(Seen):
    """Invitations, to be looked at."""

    def find(self, token: str) -> Invitation | None:
        """What a link stands for, used and expired ones too."""
        row = self._db.one(_BY_TOKEN, mark=self._blind("invitation", token))
        return None if row is None else _invitation(row)

    def issued_by(self, person_id: int) -> tuple[Invitation, ...]:
        """What somebody gave out, newest first."""
        return tuple(map(_invitation, self._db.all(_ISSUED_BY, person_id=person_id)))


class Invitations(InvitationsSeen, Kept):
    """Invitations, to be given out and used."""

    def issue(
        self, role: str, area_id: int, issuer: int, life: timedelta, post: Term = OPEN
    ) -> tuple[int, str]:
        """A new invitation: its id, and the token, which nobody can look up later."""
        invitation_id, token = self._work.new_id(), secrets.token_urlsafe(_TOKEN_BYTES)
        self._db.run(
            _ADD,
            id=invitation_id,
            token_index=self._blind("invitation", token),
            role=role,
            area_id=area_id,
            issued_by=issuer,
            issued_at=self._now,
            expires_at=self._now + life,
            used_by=None,
            used_at=None,
            post_since=post.since,
            post_until=post.until,
        )
        self._work.audit.write(
            issuer,
            "invited",
            "invitation",
            invitation_id,
            {"role": role, "area": area_id, **dates(post)},
        )
        return invitation_id, token

    def use(self, token: str, person_id: int) -> Answer:
        """Give the person the role that the link stands for; the first one wins.

        Pressed again by the one who used it, it is void without blame. Whoever tried five links
        in vain finds all of them void for an hour. All together have no bound: nobody hits one
        of 2^128 by trying, and a bound would close the door to those who were invited.
        """
        tries, guesser = self._work.tries, str(person_id)
        if tries.waits(GUESSES, guesser):
            return Void(invitation=None, again=False)
        known = self.find(token)
        if known is None or not self._db.run(_USE, row=known.id, person=person_id, now=self._now):
            return self._void(known, person_id)
        tries.forgive(GUESSES, guesser)
        post = known.post
        since = None if post.since is None else max(post.since, self._now)
        role_id = self._work.people.add_role(
            person_id,
            known.role,
            known.area_id,
            since=since,
            until=post.until,
            by=known.issued_by,
        )
        self._work.audit.write(
            person_id, "invitation-used", "invitation", known.id, {"role": role_id}
        )
        return Accepted(invitation=known, role_id=role_id)

    def _void(self, known: Invitation | None, person_id: int) -> Void:
        used_by = known.used_by if known else None
        if used_by != person_id:
            self._work.tries.wrong(GUESSES, str(person_id))
        return Void(invitation=known, again=used_by is not None and used_by != person_id)


def _invitation(row: Row) -> Invitation:
    return Invitation(
        id=row[0],
        role=row[1],
        area_id=row[2],
        issued_by=row[3],
        issued_at=row[4],
        expires_at=row[5],
        used_by=row[6],
        used_at=row[7],
        post=Term(since=row[8], until=row[9]),
    )
