"""Who answers for which child (包保), and where nobody does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, get_args

from sqlalchemy import and_, exists, func, or_, select

from storage.children.children_seen import CHILD_COLUMNS
from storage.children.responsibility import (
    PRIMARY,
    Cause,
    Gap,
    Own,
    Responsibility,
    Troubles,
    responsibility_of,
)
from storage.repository import BELOW, Seen, given, in_parts, listed, unindexed
from storage.tables import child, contact, leave, responsibility, role

if TYPE_CHECKING:
    from sqlalchemy import Select

    from storage.database import Row

#: So many people are looked up one by one.
MANY = 2000


def _these(cause: str | None) -> Collection[str]:
    every: tuple[Cause, ...] = get_args(Cause)
    return every if cause is None else (cause,)


_COLUMNS = (
    responsibility.c.id,
    responsibility.c.child_id,
    responsibility.c.person_id,
    responsibility.c.kind,
    responsibility.c.since,
    responsibility.c.until,
)
_IS_OPEN = and_(
    responsibility.c.since <= given("now"),
    or_(responsibility.c.until.is_(None), responsibility.c.until > given("now")),
)
#: Answers first, at the moment "now".
IS_PRIMARY = and_(responsibility.c.kind == PRIMARY, _IS_OPEN)
RESPONSIBILITY = select(*_COLUMNS)
_OF_CHILD = RESPONSIBILITY.where(
    responsibility.c.child_id == given("child_id"), _IS_OPEN
).order_by(responsibility.c.id)
_OF_PERSON = (
    select(responsibility.c.kind, responsibility.c.since, *CHILD_COLUMNS)
    .join_from(responsibility, child, child.c.id == responsibility.c.child_id)
    .where(responsibility.c.person_id == given("person_id"), _IS_OPEN, child.c.status == "active")
    .order_by(child.c.area_id, child.c.household_id, child.c.id)
)
_PRIMARIES = select(responsibility.c.child_id, responsibility.c.person_id).where(
    responsibility.c.child_id.in_(listed("children")), IS_PRIMARY
)

_IN_AREA = and_(child.c.status == "active", child.c.area_id.in_(BELOW))
_HOLDS = select(responsibility.c.id).where(responsibility.c.child_id == child.c.id, IS_PRIMARY)
_NOBODY = (
    select(child.c.id, child.c.area_id)
    .where(child.c.area_id.in_(listed("areas")), child.c.status == "active", ~_HOLDS.exists())
    .order_by(child.c.area_id, child.c.id)
)
# A person's load counts wherever the children live.
_LOADS = (
    select(responsibility.c.person_id, func.count())
    .join_from(responsibility, child, child.c.id == responsibility.c.child_id)
    .where(
        responsibility.c.person_id.in_(listed("people")),
        IS_PRIMARY,
        unindexed(child.c.status, "") == "active",
    )
    .group_by(responsibility.c.person_id)
)
_HOLDS_ROLE = (
    role.c.since <= given("now"),
    or_(role.c.until.is_(None), role.c.until > given("now")),
)
_TO_COME = (
    select(role.c.person_id, func.min(role.c.since))
    .where(
        role.c.person_id.in_(listed("people")),
        role.c.since > given("now"),
        or_(role.c.until.is_(None), role.c.until > role.c.since),
    )
    .group_by(role.c.person_id)
)
_ALL_WITH_ROLE = select(role.c.person_id, role.c.area_id).where(*_HOLDS_ROLE).distinct()
_WITH_ROLE = _ALL_WITH_ROLE.where(role.c.person_id.in_(listed("people")))
_EVER_WITH_ROLE = select(role.c.person_id).where(role.c.person_id.in_(listed("people"))).distinct()
_HAS_CONTACT = exists().where(
    contact.c.person_id == role.c.person_id, contact.c.reachable.is_(True)
)
_ALL_UNREACHED = select(role.c.person_id).where(*_HOLDS_ROLE, ~_HAS_CONTACT).distinct()
_UNREACHED = _ALL_UNREACHED.where(role.c.person_id.in_(listed("people")))
_ALL_AWAY = select(leave.c.person_id, leave.c.deputy_id).where(
    leave.c.since <= given("now"), leave.c.until > given("now")
)
_AWAY = _ALL_AWAY.where(leave.c.person_id.in_(listed("people")))
_CHILDREN_OF = (
    select(child.c.id, child.c.area_id, responsibility.c.person_id)
    .join_from(responsibility, child, child.c.id == responsibility.c.child_id)
    .where(
        responsibility.c.person_id.in_(listed("people")),
        IS_PRIMARY,
        unindexed(child.c.status, "") == "active",
        unindexed(child.c.area_id, 0).in_(BELOW),
    )
    .order_by(child.c.area_id, child.c.id)
)
_PLACES_OF = (
    select(child.c.area_id)
    .join_from(responsibility, child, child.c.id == responsibility.c.child_id)
    .where(
        responsibility.c.person_id == given("person_id"), IS_PRIMARY, child.c.status == "active"
    )
    .distinct()
)
_WHO_HOLDS_WHOM = (
    select(*_COLUMNS)
    .join_from(responsibility, child, child.c.id == responsibility.c.child_id)
    .where(_IN_AREA, _IS_OPEN)
    .order_by(child.c.area_id, child.c.id, responsibility.c.id)
)


class ResponsibilitiesSeen(Seen):
    """Who answers for whom, to be looked at."""

    def of_child(self, child_id: int) -> tuple[Responsibility, ...]:
        """Who answers for a child now."""
        rows = self._db.all(_OF_CHILD, child_id=child_id, now=self._now)
        return tuple(map(responsibility_of, rows))

    def primary(self, child_id: int) -> int | None:
        """The person who answers for a child first; None when nobody does."""
        held = self.of_child(child_id)
        return next((one.person_id for one in held if one.kind == PRIMARY), None)

    def primaries(self, children: Collection[int]) -> Mapping[int, int]:
        """The person who answers first for each of these children; not who have nobody."""
        rows = self._db.all(_PRIMARIES, children=[*children], now=self._now)
        return {row[0]: row[1] for row in rows}

    def of_person(self, person_id: int) -> tuple[Own, ...]:
        """The active children in a person's hands now, by group of the village and household."""
        rows = self._db.all(_OF_PERSON, person_id=person_id, now=self._now)
        child_of = self._reading.children.of_row
        return tuple(Own(kind=row[0], since=row[1], child=child_of(row[2:])) for row in rows)

    def holds(self, person_id: int, child_id: int) -> bool:
        """True when the child is in the person's hands now."""
        return any(one.person_id == person_id for one in self.of_child(child_id))

    def in_area(self, area_id: int) -> tuple[Responsibility, ...]:
        """Who holds whom at or below an area now."""
        rows = self._db.all(_WHO_HOLDS_WHOM, area_id=area_id, now=self._now)
        return tuple(map(responsibility_of, rows))

    def loads(self, area_id: int) -> Mapping[int, int]:
        """How many active children each person there answers for first."""
        there = self._reading.head_counts.of(area_id).loads()
        if [root.id for root in self._reading.areas.roots()] == [area_id]:
            return there  # a person's children count wherever they live: all live here
        return {row[0]: row[1] for row in self._each(_LOADS, sorted(there))}

    def has_in(self, person_id: int, area_id: int) -> bool:
        """True when somebody answers first for a child at or below an area."""
        rows = self._db.all(_PLACES_OF, person_id=person_id, now=self._now)
        return any(self._reading.areas.is_within(row[0], area_id) for row in rows)

    def gap_counts(self, area_id: int, *, at_most: int) -> Mapping[Cause, int]:
        """How many gaps there are by cause, without reading any child."""
        troubles, heads = self._troubles(area_id, at_most), self._reading.head_counts.of(area_id)
        found: Counter[Cause] = Counter()
        found["nobody"] = sum(heads.nobody.values())
        for (person, area), count in heads.held.items():
            if (cause := troubles.of(person, area)) is not None:
                found[cause] += count
        return +found

    def gaps(self, area_id: int, *, at_most: int, cause: str | None = None) -> tuple[Gap, ...]:
        """The active children at or below an area for whom nobody answers in truth.

        ``at_most`` children may be in one person's hands. A child is named once, by the first
        cause: nobody, unregistered (a name of a roster that never came), left (holds no post any
        more), not yet (their post begins later), unreachable, on leave without a deputy,
        elsewhere (holds posts in other townships alone), too many. With ``cause`` those of one
        cause alone.
        """
        heads = self._reading.head_counts
        nobody = heads.where_nobody(area_id) if cause in (None, "nobody") else ()
        found = [
            Gap(cause="nobody", child_id=row[0], area_id=row[1], person_id=None)
            for areas in in_parts(sorted(nobody))
            for row in self._db.all(_NOBODY, areas=areas, now=self._now)
        ]
        if cause == "nobody":
            return tuple(found)
        troubles = self._troubles(area_id, at_most)
        wanted = {
            person
            for person, area in heads.of(area_id).held
            if troubles.of(person, area) in _these(cause)
        }
        for people in in_parts(sorted(wanted)):
            rows = self._db.all(_CHILDREN_OF, area_id=area_id, now=self._now, people=people)
            for child_id, area, person in rows:
                why = troubles.of(person, area)
                if why is not None and why in _these(cause):
                    found.append(
                        Gap(
                            cause=why,
                            child_id=child_id,
                            area_id=area,
                            person_id=person,
                            begins=troubles.begins.get(person),
                        )
                    )
        return tuple(found)

    def _troubles(self, area_id: int, at_most: int) -> Troubles:
        loads = self.loads(area_id)
        towns = self._towns_of(loads)
        to_come = self._each(_TO_COME, sorted({*loads} - {*towns}))
        begins = {row[0]: row[1] for row in to_come}
        return Troubles(
            causes=self._causes(loads, towns, begins),
            towns=towns,
            begins=begins,
            many=frozenset(one for one, load in loads.items() if load > at_most),
            town_of=self._reading.areas.town_of,
        )

    def _towns_of(self, people: Collection[int]) -> Mapping[int, Collection[int]]:
        """Where each of them holds posts: townships, or 0 for the whole county."""
        town_of = self._reading.areas.town_of
        found: dict[int, set[int]] = {}
        for person, area in self._of(_WITH_ROLE, _ALL_WITH_ROLE, people):
            found.setdefault(person, set()).add(town_of(area))
        return found

    def _causes(
        self,
        people: Collection[int],
        towns: Mapping[int, Collection[int]],
        begins: Collection[int],
    ) -> dict[int, Cause]:
        """What keeps somebody from answering for any child at all."""
        causes: dict[int, Cause] = {
            person_id: "on_leave"
            for person_id, deputy_id in self._of(_AWAY, _ALL_AWAY, people)
            if deputy_id is None
        }
        unreached = self._of(_UNREACHED, _ALL_UNREACHED, people)
        causes |= {row[0]: "unreachable" for row in unreached}
        without = [one for one in people if one not in towns]
        known = {row[0] for row in self._each(_EVER_WITH_ROLE, without)}
        for one in without:
            causes[one] = "unregistered" if one not in known else "left"
            if one in begins:
                causes[one] = "not_yet"
        return causes

    def _of(self, some: Select[Any], every: Select[Any], people: Collection[int]) -> list[Row]:
        """Rows of these people; where they are many, all are read and the others left out."""
        if len(people) <= MANY:
            return self._each(some, sorted(people))
        return [row for row in self._db.all(every, now=self._now) if row[0] in people]

    def _each(self, statement: Select[Any], people: Sequence[int]) -> list[Row]:
        return [
            row
            for part in in_parts(people)
            for row in self._db.all(statement, people=part, now=self._now)
        ]
