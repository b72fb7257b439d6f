"""Who answers for which child (包保), and where nobody does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from sqlalchemy import and_, exists, func, insert, or_, select, update

from storage.children.children_seen import CHILD_COLUMNS
from storage.repository import BELOW, Kept, Seen, given, in_parts, listed, unindexed
from storage.tables import child, contact, draft, leave, responsibility, role

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Select

    from storage.children.child import Child
    from storage.database import Row

#: The one who answers first; there is one at most. Others: teacher, mother, grid_worker.
PRIMARY = "primary"

#: Why nobody answers for a child in truth.
Cause: TypeAlias = Literal[
    "nobody", "unregistered", "left", "not_yet", "unreachable", "on_leave", "elsewhere", "too_many"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Responsibility:
    """Somebody answers for a child."""

    id: int
    child_id: int
    person_id: int
    kind: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """A child in the hands of a person."""

    kind: str
    since: datetime
    child: Child


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A child for whom nobody answers in truth."""

    cause: Cause
    child_id: int
    area_id: int
    #: Who should; None for nobody.
    person_id: int | None
    #: Of somebody who holds no post yet: when they will.
    begins: datetime | None = None


#: So many people are looked up one by one.
MANY = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Troubles:
    """Why people do not answer in truth for children of a place."""

    #: For any child at all.
    causes: Mapping[int, Cause]
    #: Where each holds posts: townships, or 0 for the whole county.
    towns: Mapping[int, Collection[int]]
    #: When whoever holds no post yet will hold one.
    begins: Mapping[int, datetime]
    many: frozenset[int]
    town_of: Callable[[int], int]

    def of(self, person: int, area: int) -> Cause | None:
        """The first that applies to a child who lives there; None where all is well."""
        if (cause := self.causes.get(person)) is not None:
            return cause
        posts = self.towns[person]
        if 0 not in posts and self.town_of(area) not in (0, *posts):
            return "elsewhere"
        return "too_many" if person in self.many else None


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
_RESPONSIBILITY = select(*_COLUMNS)
_BY_ID = _RESPONSIBILITY.where(responsibility.c.id == given("id"))
_OF_CHILD = _RESPONSIBILITY.where(
    responsibility.c.child_id == given("child_id"), _IS_OPEN
).order_by(responsibility.c.id)
_EVER_OF_CHILD = _RESPONSIBILITY.where(
    responsibility.c.child_id == given("child_id"), responsibility.c.since.is_not(None)
).order_by(responsibility.c.since, responsibility.c.id)
_OF_PERSON = (
    select(responsibility.c.kind, responsibility.c.since, *CHILD_COLUMNS)
    .join_from(responsibility, child, child.c.id == responsibility.c.child_id)
    .where(responsibility.c.person_id == given("person_id"), _IS_OPEN, child.c.status == "active")
    .order_by(child.c.area_id, child.c.household_id, child.c.id)
)
_PRIMARIES = select(responsibility.c.child_id, responsibility.c.person_id).where(
    responsibility.c.child_id.in_(listed("children")), IS_PRIMARY
)
_OPEN_OF_PERSON = _RESPONSIBILITY.where(
    responsibility.c.person_id == given("person_id"),
    responsibility.c.since.is_not(None),
    or_(responsibility.c.until.is_(None), responsibility.c.until > given("now")),
).order_by(responsibility.c.id)
_ADD = insert(responsibility)
_END = (
    update(responsibility)
    .where(
        responsibility.c.id == given("row"),
        or_(responsibility.c.until.is_(None), responsibility.c.until > given("now")),
    )
    .values(until=given("now"))
)
_END_OF_CHILD = (
    update(responsibility)
    .where(
        responsibility.c.child_id == given("child"),
        responsibility.c.since.is_not(None),
        or_(responsibility.c.until.is_(None), responsibility.c.until > given("now")),
    )
    .values(until=given("now"))
)
_END_PRIMARY = _END_OF_CHILD.where(responsibility.c.kind == PRIMARY)
_MOVE_DRAFTS = (
    update(draft)
    .where(
        draft.c.state == "open",
        draft.c.contact_id.in_(
            select(contact.c.id).where(contact.c.person_id == given("from_person"))
        ),
    )
    .values(contact_id=given("to_contact"))
)
_NO_DRAFT = (
    update(contact).where(contact.c.person_id == given("from_person")).values(draft_id=None)
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
        return tuple(map(_responsibility, rows))

    def ever_of_child(self, child_id: int) -> tuple[Responsibility, ...]:
        """Who ever answered for a child, oldest first."""
        return tuple(map(_responsibility, self._db.all(_EVER_OF_CHILD, child_id=child_id)))

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
        return tuple(map(_responsibility, rows))

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


class Responsibilities(ResponsibilitiesSeen, Kept):
    """Who answers for whom, to be decided."""

    def assign(
        self,
        child_id: int,
        person_id: int,
        kind: str = PRIMARY,
        *,
        by: int,
        since: datetime | None = None,
    ) -> int:
        """Put a child into somebody's hands; a new primary takes the place of the old one."""
        for held in self.of_child(child_id):
            if held.person_id == person_id and held.kind == kind:
                return held.id
        since = since or self._now
        if kind == PRIMARY:
            self._db.run(_END_PRIMARY, child=child_id, now=since)
        added = self._add(child_id, person_id, kind, since, None, by)
        self._work.visits.stir([child_id])
        self._work.audit.write(
            by, "child-assigned", "child", child_id, {"person": person_id, "kind": kind}
        )
        return added

    def end(self, responsibility_id: int, *, by: int) -> bool:
        """Somebody does not answer for a child any more; False when that was so."""
        row = self._db.one(_BY_ID, id=responsibility_id)
        if row is None or not self._db.run(_END, row=responsibility_id, now=self._now):
            return False
        held = _responsibility(row)
        self._work.visits.stir([held.child_id])
        self._work.audit.write(
            by, "child-released", "child", held.child_id, {"person": held.person_id}
        )
        return True

    def end_of_child(self, child_id: int) -> int:
        """Nobody answers for a child any more; how many did."""
        self._work.visits.stir([child_id])
        return self._db.run(_END_OF_CHILD, child=child_id, now=self._now)

    def hand_over(
        self,
        from_person: int,
        to_person: int,
        *,
        by: int,
        until: datetime | None = None,
        child_ids: Collection[int] | None = None,
        to_contact: int | None = None,
    ) -> tuple[int, ...]:
        """Move all that is in a person's hands, or some children, to another; their ids.

        ``until`` brings them back by themselves. ``to_contact`` takes the open drafts as well.
        What the first person did stays theirs: visits and changes keep their author.
        """
        rows = self._db.all(_OPEN_OF_PERSON, person_id=from_person, now=self._now)
        held = [
            one
            for one in map(_responsibility, rows)
            if child_ids is None or one.child_id in child_ids
        ]
        for one in held:
            self._move(one, to_person, until, by)
        if to_contact is not None:
            self._db.run(_MOVE_DRAFTS, from_person=from_person, to_contact=to_contact)
            self._db.run(_NO_DRAFT, from_person=from_person)
        moved = tuple(dict.fromkeys(one.child_id for one in held))
        self._work.visits.stir(moved)
        self._work.audit.write(
            by,
            "handed-over",
            "person",
            from_person,
            {"to": to_person, "children": len(moved), "drafts": to_contact is not None},
        )
        return moved

    def _move(self, one: Responsibility, to_person: int, until: datetime | None, by: int) -> None:
        since = max(self._now, one.since)
        if until is not None and until <= since:
            return  # they are lent to somebody else until then
        self._db.run(_END, row=one.id, now=since)
        # Of two ends the nearer: what was only lent goes back to its owner all the same.
        ends = min((moment for moment in (until, one.until) if moment), default=None)
        theirs = {held.kind for held in self.of_child(one.child_id) if held.person_id == to_person}
        if one.kind not in theirs:
            self._add(one.child_id, to_person, one.kind, since, ends, by)
        if until is not None and ends == until != one.until:
            self._add(one.child_id, one.person_id, one.kind, until, one.until, by)

    def _add(
        self,
        child_id: int,
        person_id: int,
        kind: str,
        since: datetime,
        until: datetime | None,
        by: int,
    ) -> int:
        added = self._work.new_id()
        self._db.run(
            _ADD,
            id=added,
            child_id=child_id,
            person_id=person_id,
            kind=kind,
            since=since,
            until=until,
            entered_by=by,
            roster_id=None,
        )
        return added


def _responsibility(row: Row) -> Responsibility:
    return Responsibility(
        id=row[0],
        child_id=row[1],
        person_id=row[2],
        kind=row[3],
        since=row[4],
        until=row[5],
    )
