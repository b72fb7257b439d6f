"""Which children there are, and what was known of each at which moment."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Boolean, and_, exists, func, literal_column, or_, select

from storage.children.child import (
    STATUS,
    Child,
    Entry,
    month_number,
    month_of,
    replayed,
    years_before,
)
from storage.repository import BELOW_ANY, Seen, given, listed, unindexed
from storage.tables import area_closure, child, child_entry, duty, roster_row

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Row


CHILD_COLUMNS = (
    child.c.id,
    child.c.area_id,
    child.c.household_id,
    child.c.status,
    child.c.record,
    child.c.left_reason,
    child.c.left_on,
    child.c.to_area_id,
    child.c.offered_by,
    child.c.offered_at,
    child.c.merged_into,
    child.c.version,
    child.c.roster_id,
    child.c.created_at,
    child.c.updated_at,
)
_CHILD = select(*CHILD_COLUMNS)
BY_ID = _CHILD.where(child.c.id == given("id"))
_IS_KNOWN = child.c.status.in_(("active", "left"))
_IS_ACTIVE = child.c.status == "active"
_BY_IDS = _CHILD.where(child.c.id.in_(listed("ids"))).order_by(child.c.id)
_IN_AREAS = _CHILD.where(child.c.area_id.in_(listed("area_ids")), _IS_ACTIVE).order_by(
    child.c.area_id, child.c.household_id, child.c.id
)
_PAGE = (
    _CHILD.where(
        child.c.id > given("after"), unindexed(child.c.status, "").in_(("active", "left"))
    )
    .order_by(child.c.id)
    .limit(given("count"))
)
_OF_ROSTER = (
    _CHILD.join(roster_row, roster_row.c.child_id == child.c.id)
    .where(
        roster_row.c.roster_id == given("roster_id"),
        roster_row.c.kind.in_(("new", "changed")),
        child.c.id > given("after"),
    )
    .order_by(child.c.id)
    .limit(given("count"))
)
_BY_NUMBER = _CHILD.where(child.c.id_number_index == given("mark"), _IS_KNOWN).order_by(child.c.id)
_OF_HOUSEHOLD = _CHILD.where(child.c.household_id == given("household_id"), _IS_KNOWN).order_by(
    child.c.id
)
_BORN_IN = _CHILD.where(
    _IS_ACTIVE, child.c.born_month >= given("first"), child.c.born_month <= given("last")
).order_by(child.c.born_month, child.c.id)
_MERGED = _CHILD.where(
    child.c.merged_into == given("child_id"), child.c.status == "merged"
).order_by(child.c.id)
# Few are on their way: these are read, and not each place asked for its own.
_OFFERED_TO = _CHILD.where(
    child.c.to_area_id > 0,
    unindexed(child.c.to_area_id, 0).in_(BELOW_ANY),
    unindexed(child.c.status, "") == "active",
).order_by(child.c.offered_at, child.c.id)
_IS_THERE = and_(child.c.area_id.in_(BELOW_ANY), child.c.status == given("status"))
_IS_LISTED = and_(_IS_THERE, or_(given("any_tier", Boolean()), child.c.tier.in_(listed("tiers"))))
_HAS_LATE_VISIT = exists().where(
    duty.c.kind == literal_column("'visit'"),
    duty.c.state == literal_column("'open'"),
    duty.c.subject_id == child.c.id,
    duty.c.due_at < given("visit_before"),
)
_LISTED = (
    _CHILD.where(_IS_LISTED)
    .order_by(child.c.area_id, child.c.household_id, child.c.id)
    .limit(given("count"))
    .offset(given("skip"))
)
_LISTED_LATE = _LISTED.where(_HAS_LATE_VISIT)
_BELOW_AFTER = (
    _CHILD.where(
        child.c.id > given("after"),
        unindexed(child.c.status, "").in_(listed("statuses")),
        exists().where(
            area_closure.c.below_id == child.c.area_id,
            area_closure.c.above_id == given("top", child.c.area_id.type),
        ),
    )
    .order_by(child.c.id)
    .limit(given("count"))
)
_COUNT = select(func.count()).select_from(child).where(_IS_LISTED)
_COUNT_LATE = _COUNT.where(_HAS_LATE_VISIT)
# Without a tier the index alone answers.
_COUNT_ALL = select(func.count()).select_from(child).where(_IS_THERE)
_ENTRY = select(
    child_entry.c.id,
    child_entry.c.child_id,
    child_entry.c.source,
    child_entry.c.source_id,
    child_entry.c.person_id,
    child_entry.c.changes,
    child_entry.c.true_at,
    child_entry.c.entered_at,
).order_by(child_entry.c.entered_at, child_entry.c.id)
_ENTRIES = _ENTRY.where(child_entry.c.child_id == given("child_id"))
_ENTRIES_UNTIL = _ENTRIES.where(child_entry.c.entered_at <= given("moment"))


class ChildrenSeen(Seen):
    """Children, to be looked at."""

    def get(self, child_id: int) -> Child | None:
        """One child, whatever became of them. Showing a person a file is ``open``."""
        row = self._db.one(BY_ID, id=child_id)
        return None if row is None else self.of_row(row)

    def some(self, child_ids: Collection[int]) -> tuple[Child, ...]:
        """These children, in the order of their ids."""
        return self._children(self._db.all(_BY_IDS, ids=[*child_ids]))

    def listed(
        self,
        tops: Collection[int],
        *,
        status: str = "active",
        tiers: Collection[str] = (),
        visit_before: datetime | None = None,
        skip: int,
        count: int,
    ) -> tuple[Child, ...]:
        """A page of the children at or below some areas, by area and household.

        ``tiers`` are the words of a tier as registers write them; ``visit_before`` leaves those
        whose next visit should have been by then.
        """
        statement = _LISTED if visit_before is None else _LISTED_LATE
        return self._children(
            self._db.all(
                statement,
                tops=[*tops],
                status=status,
                any_tier=not tiers,
                tiers=[*tiers] or [""],
                skip=skip,
                count=count,
                **({} if visit_before is None else {"visit_before": visit_before}),
            )
        )

    def count(
        self,
        tops: Collection[int],
        *,
        status: str = "active",
        tiers: Collection[str] = (),
        visit_before: datetime | None = None,
    ) -> int:
        """How many children ``listed`` lists in all."""
        if not tiers and visit_before is None:
            row = self._db.one(_COUNT_ALL, tops=[*tops], status=status)
            return 0 if row is None else int(row[0])
        statement = _COUNT if visit_before is None else _COUNT_LATE
        row = self._db.one(
            statement,
            tops=[*tops],
            status=status,
            any_tier=not tiers,
            tiers=[*tiers] or [""],
            **({} if visit_before is None else {"visit_before": visit_before}),
        )
        return 0 if row is None else int(row[0])

    def in_areas(self, area_ids: Collection[int]) -> tuple[Child, ...]:
        """The active children of these very areas, by area and household."""
        return self._children(self._db.all(_IN_AREAS, area_ids=[*area_ids]))

    def page(self, after: int, count: int) -> tuple[Child, ...]:
        """So many children, active or left, whose id comes after another; to walk them all."""
        return self._children(self._db.all(_PAGE, after=after, count=count))

    def below(
        self, top: int, *, statuses: Collection[str], after: int, count: int
    ) -> tuple[Child, ...]:
        """So many children at or below a place, whose id comes after another; to walk them."""
        return self._children(
            self._db.all(_BELOW_AFTER, top=top, statuses=[*statuses], after=after, count=count)
        )

    def of_roster(self, roster_id: int, after: int, count: int) -> tuple[Child, ...]:
        """The children whom an import brought or changed, whatever became of them; to walk."""
        return self._children(
            self._db.all(_OF_ROSTER, roster_id=roster_id, after=after, count=count)
        )

    def by_id_number(self, id_number: str) -> Child | None:
        """The child with this identity number."""
        row = self._db.one(_BY_NUMBER, mark=self._mark(id_number))
        return None if row is None else self.of_row(row)

    def of_household(self, household_id: int) -> tuple[Child, ...]:
        """Brothers and sisters, and the child itself."""
        return self._children(self._db.all(_OF_HOUSEHOLD, household_id=household_id))

    def turning(
        self, age: int, today: date, within: timedelta = timedelta(days=60)
    ) -> tuple[Child, ...]:
        """The active children who reach an age between today and so many days ahead."""
        first, last = years_before(today, age), years_before(today + within, age)
        rows = self._db.all(_BORN_IN, first=month_number(first), last=month_number(last))
        found = self._children(rows)
        return tuple(one for one in found if one.born_on and first <= one.born_on <= last)

    def born_in(self, month: str) -> tuple[Child, ...]:
        """The active children born in a month, 2016-09 or a day of it."""
        number = month_of(month)
        return self._children(self._db.all(_BORN_IN, first=number, last=number))

    def meant(self, child_id: int) -> Child | None:
        """The child that an id means now: one that turned out to be another is that other."""
        known = self.get(child_id)
        while known is not None and known.status == "merged" and known.merged_into is not None:
            known = self.get(known.merged_into)
        return known

    def merged_into(self, child_id: int) -> tuple[tuple[Child, datetime], ...]:
        """Who turned out to be this child, and when somebody said so."""
        return tuple(
            (one, max(e.entered_at for e in self.history(one.id, STATUS)))
            for one in self._children(self._db.all(_MERGED, child_id=child_id))
        )

    def offered_to(self, tops: Collection[int]) -> tuple[Child, ...]:
        """The children whom another place hands to one at or below these (转出, not yet 接收)."""
        return self._children(self._db.all(_OFFERED_TO, tops=[*tops]))

    def history(self, child_id: int, key: str | None = None) -> tuple[Entry, ...]:
        """All changes of a child's record, or of one column of it; oldest first."""
        entries = map(self._entry, self._db.all(_ENTRIES, child_id=child_id))
        return tuple(one for one in entries if key is None or key in one.changes)

    def as_of(self, child_id: int, moment: datetime) -> Child | None:
        """The child as the register knew them at a moment, whatever was entered since."""
        known = self.get(child_id)
        rows = self._db.all(_ENTRIES_UNTIL, child_id=child_id, moment=moment)
        if known is None or not rows:
            return None
        return replayed(known, [self._entry(row) for row in rows])

    def of_row(self, row: Row) -> Child:
        """The child in a row of CHILD_COLUMNS."""
        return Child(
            id=row[0],
            area_id=row[1],
            household_id=row[2],
            status=row[3],
            values=json.loads(self._open(child, "record", row[0], row[4])),
            left_reason=row[5],
            left_on=row[6],
            to_area_id=row[7],
            offered_by=row[8],
            offered_at=row[9],
            merged_into=row[10],
            version=row[11],
            roster_id=row[12],
            created_at=row[13],
            updated_at=row[14],
        )

    def _children(self, rows: Sequence[Row]) -> tuple[Child, ...]:
        return tuple(map(self.of_row, rows))

    def _entry(self, row: Row) -> Entry:
        return Entry(
            id=row[0],
            child_id=row[1],
            source=row[2],
            source_id=row[3],
            person_id=row[4],
            changes={
                key: (before, after)
                for key, (before, after) in json.loads(
                    self._open(child_entry, "changes", row[0], row[5])
                ).items()
            },
            true_at=row[6],
            entered_at=row[7],
        )

    def _mark(self, id_number: str) -> bytes:
        return self._blind("child-id-number", id_number)
