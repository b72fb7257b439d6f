"""Self-registrations: what people say they are, until somebody of their township agrees."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from storage.repository import BELOW_ANY, Kept, Seen, given, unindexed
from storage.tables import registration

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """Somebody says what they are, and where."""

    id: int
    person_id: int
    #: Where the answer goes.
    contact_id: int
    role: str
    area_id: int
    #: name, phone, school
    said: Mapping[str, str] = field(repr=False)
    #: waiting, approved, refused
    state: str
    climbs_at: datetime | None
    #: How often it went one level up.
    climbed: int
    decided_by: int | None
    decided_at: datetime | None
    reason: str = field(repr=False)
    created_at: datetime


_REGISTRATION = select(
    registration.c.id,
    registration.c.person_id,
    registration.c.contact_id,
    registration.c.role,
    registration.c.area_id,
    registration.c.said,
    registration.c.state,
    registration.c.climbs_at,
    registration.c.climbed,
    registration.c.decided_by,
    registration.c.decided_at,
    registration.c.reason,
    registration.c.created_at,
)
_IS_WAITING = registration.c.state == "waiting"
_BY_ID = _REGISTRATION.where(registration.c.id == given("id"))
_WAITING = _REGISTRATION.where(
    unindexed(registration.c.area_id, 0).in_(BELOW_ANY), _IS_WAITING
).order_by(registration.c.id)
_OF_PERSON = _REGISTRATION.where(registration.c.person_id == given("person_id")).order_by(
    registration.c.id.desc()
)
_DUE = (
    _REGISTRATION.where(_IS_WAITING, registration.c.climbs_at <= given("now"))
    .order_by(registration.c.climbs_at, registration.c.id)
    .limit(given("limit"))
)
_ADD = insert(registration)
_DECIDE = (
    update(registration)
    .where(registration.c.id == given("row"), _IS_WAITING)
    .values(
        state=given("now_state"),
        climbs_at=None,
        decided_by=given("by"),
        decided_at=given("now"),
        reason=given("now_reason"),
    )
)
_CLIMB = (
    update(registration)
    .where(registration.c.id == given("row"), _IS_WAITING)
    .values(climbs_at=given("now_climbs_at"), climbed=registration.c.climbed + 1)
)
_WITHDRAW = (
    update(registration)
    .where(registration.c.person_id == given("person"), _IS_WAITING)
    .values(state="withdrawn", climbs_at=None, decided_at=given("now"))
)


class RegistrationsSeen(Seen):
    """Self-registrations, to be looked at."""

    def get(self, registration_id: int) -> Registration | None:
        """One registration."""
        row = self._db.one(_BY_ID, id=registration_id)
        return None if row is None else self._registration(row)

    def waiting(self, tops: Collection[int]) -> tuple[Registration, ...]:
        """Who waits for a decision at or below these areas, the longest first."""
        rows = self._db.all(_WAITING, tops=[*tops])
        return tuple(map(self._registration, rows))

    def of_person(self, person_id: int) -> tuple[Registration, ...]:
        """What a person said they are, newest first."""
        return tuple(map(self._registration, self._db.all(_OF_PERSON, person_id=person_id)))

    def due(self, now: datetime, limit: int) -> tuple[Registration, ...]:
        """Those that go one level up, the longest overdue first."""
        return tuple(map(self._registration, self._db.all(_DUE, now=now, limit=limit)))

    def _registration(self, row: Row) -> Registration:
        return Registration(
            id=row[0],
            person_id=row[1],
            contact_id=row[2],
            role=row[3],
            area_id=row[4],
            said=json.loads(self._open(registration, "said", row[0], row[5])),
            state=row[6],
            climbs_at=row[7],
            climbed=row[8],
            decided_by=row[9],
            decided_at=row[10],
            reason=self._open_any(registration, "reason", row[0], row[11]),
            created_at=row[12],
        )


class Registrations(RegistrationsSeen, Kept):
    """Self-registrations, to be asked for and decided."""

    def ask(
        self,
        person_id: int,
        contact_id: int,
        role: str,
        area_id: int,
        said: Mapping[str, str],
        *,
        climbs_at: datetime,
    ) -> int:
        """Wait for a decision; an earlier one of the same person that waits is withdrawn."""
        self._db.run(_WITHDRAW, person=person_id, now=self._now)
        asked = self._work.new_id()
        text = json.dumps({**said}, ensure_ascii=False)
        self._db.run(
            _ADD,
            id=asked,
            person_id=person_id,
            contact_id=contact_id,
            role=role,
            area_id=area_id,
            said=self._seal(registration, "said", asked, text),
            state="waiting",
            climbs_at=climbs_at,
            climbed=0,
            decided_by=None,
            decided_at=None,
            reason=None,
            created_at=self._now,
        )
        return asked

    def approve(self, registration_id: int, by: int) -> Registration | None:
        """Give the role, and keep name and phone; None when it does not wait any more.

        Who stood in a roster by this name and phone, and never spoke, was this person.
        """
        asked = self._decide(registration_id, "approved", by, "")
        if asked is not None:
            self._work.people.add_role(asked.person_id, asked.role, asked.area_id, by=by)
            if name := asked.said.get("name"):
                self._work.people.set_name(asked.person_id, name)
            if phone := asked.said.get("phone"):
                self._work.people.set_phone(asked.person_id, phone)
            self._take_over(asked, by)
        return asked

    def refuse(self, registration_id: int, by: int, reason: str) -> Registration | None:
        """Say no, and why; None when it does not wait any more."""
        return self._decide(registration_id, "refused", by, reason)

    def climb(self, registration_id: int, climbs_at: datetime | None) -> bool:
        """It went one level up; False when it does not wait any more."""
        return self._db.run(_CLIMB, row=registration_id, now_climbs_at=climbs_at) == 1

    def _take_over(self, asked: Registration, by: int) -> None:
        people = self._work.people
        name, phone = asked.said.get("name", ""), asked.said.get("phone", "")
        for other in people.by_phone(phone) if phone and name else ():
            silent = other != asked.person_id and not people.contacts_of(other)
            if silent and people.name_of(other) == name:
                self._work.links.join(asked.person_id, other, by=by)

    def _decide(
        self, registration_id: int, state: str, by: int, reason: str
    ) -> Registration | None:
        sealed = self._seal(registration, "reason", registration_id, reason) if reason else None
        decided = self._db.run(
            _DECIDE,
            row=registration_id,
            now_state=state,
            by=by,
            now=self._now,
            now_reason=sealed,
        )
        if not decided:
            return None
        asked = self.get(registration_id)
        assert asked is not None
        self._work.audit.write(
            by,
            f"registration-{state}",
            "person",
            asked.person_id,
            {"role": asked.role, "area": asked.area_id},
        )
        return asked
