"""Who is looked at again: the tiers of a round, a month in which each is asked about once.

On which day of it a child's turn comes follows from its household, so that brothers and sisters
come together and nobody's thirty children come at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, func, literal_column, not_, select

from storage.children.responsibilities_seen import IS_PRIMARY
from storage.repository import Kept, Seen, given, in_parts, insert, listed
from storage.tables import area_closure, child, responsibility, tier_look

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Select

#: Nobody answers for the child.
NOBODY = 0
_BELOW = select(area_closure.c.below_id).where(area_closure.c.above_id == given("area_id"))
_WAS_LOOKED_AT = exists().where(
    tier_look.c.child_id == child.c.id, tier_look.c.round == given("round")
)
#: Who was there before the round began, and whose day has come.
_IS_ASKED = and_(
    child.c.status == literal_column("'active'"),
    child.c.created_at < given("began"),
    child.c.household_id % given("days") < given("upto"),
    not_(_WAS_LOOKED_AT),
)
_ANSWERS = and_(responsibility.c.child_id == child.c.id, IS_PRIMARY)
_WHOSE = (
    select(func.coalesce(responsibility.c.person_id, NOBODY), child.c.area_id, func.count())
    .select_from(child.outerjoin(responsibility, _ANSWERS))
    .where(_IS_ASKED)
    .group_by(responsibility.c.person_id, child.c.area_id)
)
_OF_PEOPLE = (
    select(child.c.id)
    .join_from(responsibility, child, _ANSWERS)
    .where(responsibility.c.person_id.in_(listed("people")), _IS_ASKED)
    .order_by(child.c.household_id, child.c.id)
)
_OF_NOBODY = (
    select(child.c.id)
    .select_from(child.outerjoin(responsibility, _ANSWERS))
    .where(child.c.area_id.in_(_BELOW), responsibility.c.person_id.is_(None), _IS_ASKED)
    .order_by(child.c.household_id, child.c.id)
)


def _was_there(is_so: ColumnElement[bool]) -> tuple[Select[Any], Select[Any]]:
    found = select(child.c.id).where(child.c.created_at < given("began"), is_so)
    found = found.order_by(child.c.id)
    here = found.where(child.c.area_id.in_(_BELOW), child.c.status == literal_column("'active'"))
    return here, found.where(child.c.id.in_(listed("ids")))


_LOOK = exists().where(
    tier_look.c.child_id == child.c.id,
    tier_look.c.round == given("round"),
    tier_look.c.at <= given("until"),
)
_DONE, _LEFT = _was_there(_LOOK), _was_there(not_(_LOOK))
_ADD = insert(tier_look).on_conflict_do_nothing(
    index_elements=[tier_look.c.child_id, tier_look.c.round]
)


class Round:
    """A round as statements are asked about it: since when, and how far it has come."""

    def __init__(self, month: date, began: datetime, days: int, upto: int) -> None:
        self.values = {"round": month, "began": began, "days": days, "upto": upto}


class TierLooksSeen(Seen):
    """Tiers that were looked at again, and those that wait."""

    def whose(self, told: Round) -> tuple[tuple[int, int, int], ...]:
        """How many children wait: by who answers for them (``NOBODY``), and by place."""
        rows = self._db.all(_WHOSE, now=self._now, **told.values)
        return tuple((row[0], row[1], row[2]) for row in rows)

    def of_people(self, people: Collection[int], told: Round) -> tuple[int, ...]:
        """The children of these people that wait, by household."""
        rows = self._db.all(_OF_PEOPLE, people=[*people], now=self._now, **told.values)
        return tuple(row[0] for row in rows)

    def of_nobody(self, areas: Sequence[int], told: Round) -> tuple[int, ...]:
        """Those at or below some places for whom nobody answers."""
        found: dict[int, None] = {}
        for area in areas:
            rows = self._db.all(_OF_NOBODY, area_id=area, now=self._now, **told.values)
            found |= dict.fromkeys(row[0] for row in rows)
        return tuple(found)

    def looked_at(
        self,
        month: date,
        began: datetime,
        until: datetime,
        area_id: int = 0,
        ids: Collection[int] = (),
        *,
        left: bool,
    ) -> tuple[int, ...]:
        """Who was looked at in a round up to a moment, or not: of a place, or of these."""
        here, among = _LEFT if left else _DONE
        when = {"round": month, "began": began, "until": until}
        if area_id:
            return tuple(row[0] for row in self._db.all(here, area_id=area_id, **when))
        some = [row[0] for part in in_parts(ids) for row in self._db.all(among, ids=part, **when)]
        return tuple(some)


class TierLooks(TierLooksSeen, Kept):
    """Tiers that are looked at again."""

    def note(self, child_id: int, month: date, *, by: int) -> bool:
        """The tier was looked at; False when it was before, in this round."""
        return self._db.run(_ADD, child_id=child_id, round=month, person_id=by, at=self._now) == 1
