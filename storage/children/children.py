"""Children of the register (台账): one sealed record each, and every change of it beside it.

A record maps a key of policy/register/columns.toml to what is known; a key that is not there is
未采集, which is never the same as no.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import (
    Boolean,
    and_,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from policy.register.columns import COLUMNS
from storage.repository import BELOW_ANY, Kept, Seen, given, listed, unindexed
from storage.tables import (
    area_closure,
    child,
    child_entry,
    duty,
    roster_row,
)

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Row

#: Facts about the child's place in the register, beside the columns, in the changes of an entry.
AREA, STATUS, LEFT_REASON, LEFT_ON = "_area", "_status", "_left_reason", "_left_on"
#: Where the child is offered to, and what was said about a move in somebody's own words.
TO, NOTE = "_to", "_note"
#: What a record says where something was known and is removed for good.
ERASED = "*"

Values: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A child as the register knows them."""

    id: int
    area_id: int
    household_id: int
    #: active, left; staged, undone and merged ones are shown to nobody
    status: str
    values: Values = field(repr=False)
    left_reason: str | None = None
    left_on: date | None = None
    #: Where the child moves to, until the new place accepts.
    to_area_id: int | None = None
    offered_by: int | None = None
    offered_at: datetime | None = None
    merged_into: int | None = None
    version: int
    roster_id: int | None = None
    created_at: datetime
    updated_at: datetime

    @property
    def name(self) -> str:
        """The child's name; "" while it is not known."""
        return self.values.get("name", "")

    @property
    def is_erased(self) -> bool:
        """True once its time was over: only what figures count is left."""
        return self.name == ERASED

    @property
    def id_number(self) -> str:
        """The identity number; "" while it is not known."""
        return self.values.get("id_number", "")

    @property
    def tier(self) -> str:
        """The risk tier; "" while nobody assessed it."""
        return self.values.get("tier", "")

    @property
    def labels(self) -> tuple[str, ...]:
        """Codes: left_behind, orphan ..."""
        return tuple(self.values.get("labels", "").split())

    @property
    def born_on(self) -> date | None:
        """The birthday, when the whole of it is known."""
        return _whole_date(self.values.get("birth_date", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One change of a child's record."""

    id: int
    child_id: int
    #: roster, visit, report, correction, registration
    source: str
    source_id: int | None
    person_id: int
    #: From key to its value before and after; "" is 未采集.
    changes: Mapping[str, tuple[str, str]] = field(repr=False)
    #: When it came true, and when we heard of it.
    true_at: datetime
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why records change: from what source, whose word it is, and when it came true."""

    source: str
    source_id: int | None = None
    by: int
    true_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """All that was wanted is so now; ``keys`` are those that differed."""

    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Some grave columns were not what the changer saw; they wait for a human, as disputes."""

    #: What was changed all the same.
    keys: tuple[str, ...]
    #: From key to the dispute's id.
    disputes: Mapping[str, int]


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
_BY_ID = _CHILD.where(child.c.id == given("id"))
_TO_CHANGE = _BY_ID.with_for_update()
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
_ADD = insert(child)
_SAVE = (
    update(child)
    .where(child.c.id == given("row"))
    .values(
        record=given("now_record"),
        id_number_index=given("now_mark"),
        born_month=given("now_month"),
        tier=given("now_tier"),
        version=given("now_version"),
        updated_at=given("now"),
    )
)
_PLACE = (
    update(child)
    .where(child.c.id == given("row"))
    .values(
        area_id=given("now_area"),
        household_id=given("now_household"),
        status=given("now_status"),
        left_reason=given("now_reason"),
        left_on=given("now_left_on"),
        to_area_id=given("now_to"),
        offered_by=given("now_offered_by"),
        offered_at=given("now_offered_at"),
        merged_into=given("now_merged"),
        version=given("now_version"),
        updated_at=given("now"),
    )
)
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
_ADD_ENTRY = insert(child_entry)


class ChildrenSeen(Seen):
    """Children, to be looked at."""

    def get(self, child_id: int) -> Child | None:
        """One child, whatever became of them. Showing a person a file is ``open``."""
        row = self._db.one(_BY_ID, id=child_id)
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
        first, last = _years_before(today, age), _years_before(today + within, age)
        rows = self._db.all(_BORN_IN, first=_month(first), last=_month(last))
        found = self._children(rows)
        return tuple(one for one in found if one.born_on and first <= one.born_on <= last)

    def born_in(self, month: str) -> tuple[Child, ...]:
        """The active children born in a month, 2016-09 or a day of it."""
        number = _month_of(month)
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
        return _replayed(known, [self._entry(row) for row in rows])

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


class Children(ChildrenSeen, Kept):
    """Children, to be entered and changed."""

    def add(
        self,
        area_id: int,
        values: Values,
        *,
        source: str,
        by: int,
        true_at: datetime | None = None,
        source_id: int | None = None,
        household_id: int | None = None,
    ) -> int:
        """Enter an active child; their id."""
        child_id = self._work.new_id()
        self.add_many(
            [
                NewChild(
                    id=child_id,
                    area_id=area_id,
                    household_id=household_id or child_id,
                    values=values,
                )
            ],
            Cause(source=source, source_id=source_id, by=by, true_at=true_at or self._now),
            status="active",
        )
        return child_id

    def add_many(self, children: Sequence[NewChild], cause: Cause, *, status: str) -> None:
        """Enter many children at once; staged ones are seen by nobody until they are active."""
        if not children:
            return
        known = [(one, _known(one.values)) for one in children]
        roster_id = cause.source_id if cause.source == "roster" else None
        more = {"status": status, "roster_id": roster_id}
        self._db.run_many(_ADD, [{**self._row(one, values), **more} for one, values in known])
        entries = [
            (
                one.id,
                {
                    AREA: ("", str(one.area_id)),
                    STATUS: ("", "active"),
                    **{key: ("", value) for key, value in values.items()},
                },
            )
            for one, values in known
        ]
        self._enter(entries, cause)
        if status == "active":
            self._work.visits.stir(one.id for one in children)

    def _row(self, one: NewChild, values: Values) -> dict[str, Any]:
        return {
            "id": one.id,
            "area_id": one.area_id,
            "household_id": one.household_id,
            **self._record(one.id, values),
            "left_reason": None,
            "left_on": None,
            "to_area_id": None,
            "offered_by": None,
            "offered_at": None,
            "merged_into": None,
            "version": 1,
            "created_at": self._now,
            "updated_at": self._now,
            "erased_at": None,
        }

    def prepare(
        self, known: Child, values: Values, area_id: int
    ) -> tuple[dict[str, Any], dict[str, tuple[str, str]]]:
        """The columns of the child's row with these values, and what differs; nothing is saved."""
        changes = _differing(known, values)
        if area_id != known.area_id:
            changes[AREA] = (str(known.area_id), str(area_id))
        return self._record(known.id, _known({**known.values, **values})), changes

    def seal_entry(self, entry_id: int, changes: Mapping[str, tuple[str, str]]) -> bytes:
        """What differs, as the entry with this id keeps it."""
        text = json.dumps(changes, ensure_ascii=False)
        return self._seal(child_entry, "changes", entry_id, text)

    def _enter(
        self, entries: Sequence[tuple[int, Mapping[str, tuple[str, str]]]], cause: Cause
    ) -> None:
        """Write down changes of records: (child's id, from key to before and after)."""
        rows = []
        for child_id, changes in entries:
            entry_id = self._work.new_id()
            rows.append(
                {
                    "id": entry_id,
                    "child_id": child_id,
                    "source": cause.source,
                    "source_id": cause.source_id,
                    "person_id": cause.by,
                    "changes": self.seal_entry(entry_id, changes),
                    "true_at": cause.true_at,
                    "entered_at": self._now,
                }
            )
        self._db.run_many(_ADD_ENTRY, rows)
        if cause.source != "roster":  # an import is one thing that happened
            self._work.changed.update(child_id for child_id, _ in entries)

    def change(
        self,
        child_id: int,
        wanted: Values,
        *,
        source: str,
        by: int,
        true_at: datetime | None = None,
        expect: Values | None = None,
        source_id: int | None = None,
    ) -> Changed | Conflict:
        """Change columns of a child's record; "" makes one 未采集 again.

        ``expect`` is what the changer saw. A grave column that is something else by now, and
        not what is wanted either, is left as it is: a human settles it.
        """
        known, seen = self._to_change(child_id), expect or {}
        cause = Cause(source=source, source_id=source_id, by=by, true_at=true_at or self._now)
        disputed = {
            key: value
            for key, value in wanted.items()
            if _is_grave(key) and known.values.get(key, "") not in {value, seen.get(key, "")}
        }
        agreed = {key: value for key, value in wanted.items() if key not in disputed}
        keys = self._correct(known, agreed, cause)
        if not disputed:
            return Changed(keys=keys)
        disputes = {
            key: self._work.disputes.put(
                child_id,
                key,
                cause,
                seen=seen.get(key, ""),
                stands=known.values.get(key, ""),
                wanted=value,
            )
            for key, value in disputed.items()
        }
        return Conflict(keys=keys, disputes=disputes)

    def correct(self, child_id: int, wanted: Values, cause: Cause) -> None:
        """Have a human's word on columns, whatever stands there by now."""
        self._correct(self._to_change(child_id), wanted, cause)

    def open(self, child_id: int, actor: int, *, code: str = "", reason: str = "") -> Child | None:
        """A child's file for somebody to read; that they did is in the audit with this turn."""
        known = self.get(child_id)
        if known is None:
            return None
        self._work.child_looks.note(child_id, actor, code=code, reason=reason)
        return known

    # -- coming and going ----------------------------------------------------------------------

    def leave(
        self,
        child_id: int,
        reason: str,
        on: date,
        *,
        by: int,
        note: str = "",
        true_at: datetime | None = None,
    ) -> None:
        """The child needs no care from here any more; nobody is responsible from now on."""
        known = self._to_change(child_id)
        self._move(
            replace(known, status="left", left_reason=reason, left_on=on, **_NOT_OFFERED),
            known,
            by,
            note,
            true_at,
        )
        self._work.responsibilities.end_of_child(child_id)
        self._work.audit.write(by, "child-left", "child", child_id, {"reason": reason})

    def come_back(self, child_id: int, *, by: int) -> None:
        """The child who had left is here again; somebody must be made responsible."""
        known = self._to_change(child_id)
        self._move(replace(known, status="active", left_reason=None, left_on=None), known, by)
        self._work.audit.write(by, "child-returned", "child", child_id, {})

    def transfer(
        self,
        child_id: int,
        to_area_id: int,
        *,
        by: int,
        note: str = "",
        true_at: datetime | None = None,
    ) -> None:
        """Offer the child to another place; all stays as it is until that place accepts."""
        known = self._to_change(child_id)
        offered = replace(known, to_area_id=to_area_id, offered_by=by, offered_at=self._now)
        self._move(offered, known, by, note, true_at)
        self._work.audit.write(by, "child-offered", "child", child_id, {"area": to_area_id})

    def accept_transfer(self, child_id: int, *, by: int) -> bool:
        """The new place takes the child; the old one's people are free. False: not offered."""
        known = self._to_change(child_id)
        if known.to_area_id is None or known.status != "active":
            return False
        self._move(replace(known, area_id=known.to_area_id, **_NOT_OFFERED), known, by)
        self._work.responsibilities.end_of_child(child_id)
        self._work.audit.write(by, "child-accepted", "child", child_id, {"from": known.area_id})
        return True

    def refuse_transfer(self, child_id: int, *, by: int, note: str = "") -> None:
        """The child stays where they are."""
        known = self._to_change(child_id)
        self._move(replace(known, **_NOT_OFFERED), known, by, note)
        self._work.audit.write(by, "child-refused", "child", child_id, {"area": known.to_area_id})

    def move(
        self,
        child_id: int,
        area_id: int,
        *,
        by: int,
        note: str = "",
        true_at: datetime | None = None,
    ) -> None:
        """The child lives elsewhere in the same hands (another group of the village)."""
        known = self._to_change(child_id)
        self._move(replace(known, area_id=area_id, **_NOT_OFFERED), known, by, note, true_at)
        self._work.audit.write(by, "child-moved", "child", child_id, {"from": known.area_id})

    def join_household(self, child_id: int, other_id: int) -> None:
        """The two are brothers or sisters, and so are those who live with either."""
        kept, joining = self.get(child_id), self.get(other_id)
        assert kept is not None
        assert joining is not None
        for one in self.of_household(joining.household_id):
            self._place(replace(one, household_id=kept.household_id))

    def merge(self, child_id: int, twice_id: int, *, by: int) -> None:
        """The second is the first, entered twice: what only it knew goes to the first."""
        kept, twice = self._to_change(child_id), self._to_change(twice_id)
        more = {k: v for k, v in twice.values.items() if not kept.values.get(k)}
        self._correct(kept, more, self._correction(by, of=twice_id))
        self._move(replace(twice, status="merged", merged_into=child_id), twice, by)
        self._work.responsibilities.end_of_child(twice_id)
        self._work.audit.write(by, "child-merged", "child", twice_id, {"into": child_id})

    def unmerge(self, twice_id: int, *, by: int) -> bool:
        """They are two children after all; what the first learned of the second is taken back."""
        twice = self._to_change(twice_id)
        if twice.merged_into is None:
            return False
        kept = self._to_change(twice.merged_into)
        learned = {
            key: after
            for entry in self.history(kept.id)
            if entry.source == "correction" and entry.source_id == twice_id
            for key, (_, after) in entry.changes.items()
        }
        back = {key: "" for key, value in learned.items() if kept.values.get(key) == value}
        self._correct(kept, back, self._correction(by))
        self._move(replace(twice, status="active", merged_into=None), twice, by)
        self._work.audit.write(by, "child-unmerged", "child", twice_id, {"from": kept.id})
        return True

    # -- steps ---------------------------------------------------------------------------------

    def _to_change(self, child_id: int) -> Child:
        # The row is locked, so that two processes never both see the old value.
        row = self._db.one(_TO_CHANGE, id=child_id)
        if row is None:
            raise LookupError("no such child")
        return self.of_row(row)

    def _correct(self, known: Child, wanted: Values, cause: Cause) -> tuple[str, ...]:
        """Save the record with these values, and what differs beside it; the keys of that."""
        changes = _differing(known, wanted)
        if changes:
            record = self._record(known.id, _known({**known.values, **wanted}))
            self._db.run(_SAVE, **_saving(known, record, self._now))
            self._work.visits.stir([known.id])
            self._enter([(known.id, changes)], cause)
        return tuple(changes)

    def _correction(
        self, by: int, *, true_at: datetime | None = None, of: int | None = None
    ) -> Cause:
        """Somebody's word, now unless they say since when; of another child's record, or not."""
        at = true_at or self._now
        return Cause(source="correction", source_id=of, by=by, true_at=at)

    def _record(self, child_id: int, values: Values) -> dict[str, Any]:
        number = values.get("id_number")
        return {
            "record": self._seal(
                child, "record", child_id, json.dumps(values, ensure_ascii=False)
            ),
            "id_number_index": self._mark(number) if number else None,
            "born_month": _month_of(values.get("birth_date", "")),
            "tier": values.get("tier", ""),
        }

    def _move(
        self,
        now: Child,
        known: Child,
        by: int,
        note: str = "",
        true_at: datetime | None = None,
    ) -> None:
        self._place(now)
        changes = {
            key: (before, after)
            for key, before, after in (
                (AREA, str(known.area_id), str(now.area_id)),
                (STATUS, known.status, now.status),
                (LEFT_REASON, known.left_reason or "", now.left_reason or ""),
                (LEFT_ON, str(known.left_on or ""), str(now.left_on or "")),
                (TO, str(known.to_area_id or ""), str(now.to_area_id or "")),
                (NOTE, "", note),
            )
            if before != after
        }
        if changes:
            self._enter([(now.id, changes)], self._correction(by, true_at=true_at))

    def _place(self, now: Child) -> None:
        self._work.visits.stir([now.id])
        self._db.run(
            _PLACE,
            row=now.id,
            now_area=now.area_id,
            now_household=now.household_id,
            now_status=now.status,
            now_reason=now.left_reason,
            now_left_on=now.left_on,
            now_to=now.to_area_id,
            now_offered_by=now.offered_by,
            now_offered_at=now.offered_at,
            now_merged=now.merged_into,
            now_version=now.version + 1,
            now=self._now,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewChild:
    """A child to be entered."""

    id: int
    area_id: int
    household_id: int
    values: Values = field(repr=False)


_NOT_OFFERED: Mapping[str, Any] = {"to_area_id": None, "offered_by": None, "offered_at": None}


def _is_grave(key: str) -> bool:
    column = COLUMNS.table.get(key)
    return column is not None and column.grave


def _differing(known: Child, wanted: Values) -> dict[str, tuple[str, str]]:
    return {
        key: (known.values.get(key, ""), value)
        for key, value in wanted.items()
        if known.values.get(key, "") != value
    }


def _saving(known: Child, record: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    return {
        "row": known.id,
        "now_record": record["record"],
        "now_mark": record["id_number_index"],
        "now_month": record["born_month"],
        "now_tier": record["tier"],
        "now_version": known.version + 1,
        "now": now,
    }


def _known(values: Values) -> dict[str, str]:
    return {key: value for key, value in values.items() if value}


def _replayed(known: Child, entries: Sequence[Entry]) -> Child:
    values: dict[str, str] = {}
    for entry in entries:
        values |= {key: after for key, (_, after) in entry.changes.items()}
    place = {key: values.pop(key, "") for key in (AREA, STATUS, LEFT_REASON, LEFT_ON, TO, NOTE)}
    return replace(
        known,
        values=_known(values),
        area_id=int(place[AREA]),
        status=place[STATUS],
        left_reason=place[LEFT_REASON] or None,
        left_on=date.fromisoformat(place[LEFT_ON]) if place[LEFT_ON] else None,
        updated_at=entries[-1].entered_at,
        **_NOT_OFFERED,
    )


def _whole_date(text: str) -> date | None:
    return date.fromisoformat(text) if len(text) == 10 else None


def _month(day: date) -> int:
    return day.year * 12 + day.month


def _month_of(text: str) -> int | None:
    """Of 2016-09-01 or 2016-09; a year alone has no month."""
    return int(text[:4]) * 12 + int(text[5:7]) if len(text) >= 7 else None


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February, and that year has none
        return date(day.year - years, 3, 1)
