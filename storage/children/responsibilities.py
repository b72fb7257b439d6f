"""How it changes who answers for which child: given, ended, handed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, or_, select, update

from storage.children.responsibilities_seen import RESPONSIBILITY, ResponsibilitiesSeen
from storage.children.responsibility import PRIMARY, Responsibility, responsibility_of
from storage.repository import Kept, given
from storage.tables import contact, draft, responsibility

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

_BY_ID = RESPONSIBILITY.where(responsibility.c.id == given("id"))
_OPEN_OF_PERSON = RESPONSIBILITY.where(
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
        held = responsibility_of(row)
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
            for one in map(responsibility_of, rows)
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
