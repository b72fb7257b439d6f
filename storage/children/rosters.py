"""Imported rosters: staged a few rows at a time, applied whole in one short turn."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, literal, select, update

from policy.register.columns import COLUMNS
from storage.children.child import STATUS, Cause, NewChild
from storage.children.responsibility import PRIMARY
from storage.children.roster import Applied, NotPossible, Roster, RosterRow, RosterRowIn, Stale
from storage.children.rosters_seen import BY_ID, RostersSeen
from storage.repository import Kept, given
from storage.repository import insert as insert_or
from storage.sealing import HEADER_BYTES
from storage.tables import (
    Id,
    Moment,
    SealedElsewhere,
    child,
    child_entry,
    responsibility,
    roster,
    roster_row,
    visit_plan,
)

if TYPE_CHECKING:
    from storage.children.child import Child


#: What somebody is who answers for children and holds no post yet.
RESPONSIBLE = "responsible"
#: How long a whole import can be undone.
UNDO_WITHIN = timedelta(days=30)
#: An import that nobody confirmed is forgotten.
STAGED_FOR = timedelta(days=1)
_TO_CHANGE = BY_ID.with_for_update()
_ADD = insert(roster)
_ADD_ROW = insert(roster_row)
_STAGED = child.alias("staged")
# Children who changed, or who came in by another way, since the rows were compared with them.
_STALE = select(roster_row.c.number).where(
    roster_row.c.roster_id == given("roster_id"),
    roster_row.c.kind == "changed",
    ~select(child.c.id)
    .where(
        child.c.id == roster_row.c.child_id,
        child.c.version == roster_row.c.version,
        child.c.status == "active",
    )
    .exists(),
)
_TAKEN = (
    select(roster_row.c.number)
    .join_from(roster_row, _STAGED, _STAGED.c.id == roster_row.c.child_id)
    .join(child, child.c.id_number_index == _STAGED.c.id_number_index)
    .where(
        roster_row.c.roster_id == given("roster_id"),
        roster_row.c.kind == "new",
        child.c.status.in_(("active", "left")),
    )
)
# Sealed under a key that is not the newest any more, and perhaps gone.
_OF_OLD_KEYS = select(roster_row.c.number).where(
    roster_row.c.roster_id == given("roster_id"),
    roster_row.c.kind == "changed",
    func.substr(roster_row.c.next_record, 1, HEADER_BYTES, type_=SealedElsewhere)
    != given("header", SealedElsewhere),
)
_CHANGE = (
    update(child)
    .where(
        child.c.id == roster_row.c.child_id,
        roster_row.c.roster_id == given("roster"),
        roster_row.c.kind == "changed",
    )
    .values(
        record=roster_row.c.next_record,
        id_number_index=roster_row.c.next_mark,
        born_month=roster_row.c.next_month,
        tier=roster_row.c.next_tier,
        area_id=roster_row.c.next_area_id,
        version=child.c.version + 1,
        updated_at=given("now", Moment()),
    )
)
ENTRY_COLUMNS = [
    "id",
    "child_id",
    "source",
    "source_id",
    "person_id",
    "changes",
    "true_at",
    "entered_at",
]
_REMEMBER = (
    update(roster_row)
    .where(
        child.c.id == roster_row.c.child_id,
        roster_row.c.roster_id == given("roster"),
        roster_row.c.kind == "changed",
    )
    .values(
        prev_record=child.c.record,
        prev_mark=child.c.id_number_index,
        prev_month=child.c.born_month,
        prev_tier=child.c.tier,
        prev_area_id=child.c.area_id,
        # The version that the child has once the import is applied.
        version=roster_row.c.version + 1,
    )
)
_ENTER = insert(child_entry).from_select(
    ENTRY_COLUMNS,
    select(
        roster_row.c.entry_id,
        roster_row.c.child_id,
        literal("roster"),
        roster_row.c.roster_id,
        given("by", Id),
        roster_row.c.entry_changes,
        given("now", Moment()),
        given("now", Moment()),
    ).where(
        roster_row.c.roster_id == given("roster"),
        roster_row.c.kind == "changed",
        roster_row.c.entry_id.is_not(None),
    ),
)
_APPLIED = (
    update(roster)
    .where(roster.c.id == given("row"))
    .values(state="applied", applied_by=given("by"), applied_at=given("now"))
)
_ACTIVATE = (
    update(child)
    .where(child.c.roster_id == given("roster"), child.c.status == "staged")
    .values(status="active", created_at=given("now"), updated_at=given("now"))
)
_ENTERED_NOW = (
    update(child_entry)
    .where(child_entry.c.source_id == given("roster"), child_entry.c.source == "roster")
    .values(entered_at=given("now"))
)
_FREE = (
    update(responsibility)
    .where(
        responsibility.c.kind == PRIMARY,
        responsibility.c.since.is_not(None),
        responsibility.c.until.is_(None),
        responsibility.c.child_id.in_(
            select(responsibility.c.child_id).where(
                responsibility.c.roster_id == given("roster"), responsibility.c.since.is_(None)
            )
        ),
    )
    .values(until=given("now"))
)
_RESPONSIBLE = (
    update(responsibility)
    .where(responsibility.c.roster_id == given("roster"), responsibility.c.since.is_(None))
    .values(since=given("now"))
)
ADD_RESPONSIBLE = insert(responsibility)
# Thousands at once: their next visits are planned page by page afterwards.
STIR = (
    insert_or(visit_plan)
    .from_select(
        ["child_id", "made_by", "tier"],
        select(roster_row.c.child_id, literal(""), literal(""))
        .where(roster_row.c.roster_id == given("roster"), roster_row.c.child_id.is_not(None))
        .distinct(),
        include_defaults=False,
    )
    .on_conflict_do_update(index_elements=[visit_plan.c.child_id], set_={"made_by": ""})
)

_DISCARD = (
    update(roster)
    .where(roster.c.id == given("row"), roster.c.state == "staged")
    .values(state="discarded")
)
_DISCARD_OLD = (
    update(roster)
    .where(roster.c.state == "staged", roster.c.staged_at < given("before"))
    .values(state="discarded")
)
_LEFT_OVER = (
    select(roster_row.c.id, roster_row.c.child_id, roster_row.c.kind, roster_row.c.roster_id)
    .join_from(roster_row, roster, roster.c.id == roster_row.c.roster_id)
    .where(roster.c.state == "discarded")
    .order_by(roster_row.c.id)
    .limit(given("count"))
)
#: Rows that nobody can undo any more: what they say of people need not lie there twice.
_PAST = (
    select(roster_row.c.id)
    .join_from(roster_row, roster, roster.c.id == roster_row.c.roster_id)
    .where(roster.c.state.in_(("applied", "undone")), roster.c.applied_at < given("before"))
    .order_by(roster_row.c.id)
    .limit(given("count"))
)
_DROP_ROW = delete(roster_row).where(roster_row.c.id == given("row"))
_DROP_ENTRIES = delete(child_entry).where(child_entry.c.child_id == given("row"))
_DROP_RESPONSIBLE = delete(responsibility).where(
    responsibility.c.child_id == given("row"),
    responsibility.c.roster_id == given("roster"),
    responsibility.c.since.is_(None),
)
_DROP_CHILD = delete(child).where(child.c.id == given("row"), child.c.status == "staged")


class Rosters(RostersSeen, Kept):
    """Imports, to be staged, applied and undone."""

    def stage(self, area_id: int, file_name: str, *, by: int) -> int:
        """Begin an import; its id. Nothing of it is in the register until it is applied."""
        roster_id = self._work.new_id()
        self._db.run(
            _ADD,
            id=roster_id,
            area_id=area_id,
            file_name=self._seal(roster, "file_name", roster_id, file_name),
            state="staged",
            staged_by=by,
            staged_at=self._now,
            applied_by=None,
            applied_at=None,
            undone_by=None,
            undone_at=None,
        )
        return roster_id

    def add(self, roster_id: int, rows: Sequence[RosterRowIn], *, by: int) -> None:
        """Stage some more rows: a few hundred a turn, so that nobody waits for them."""
        ids = [self._work.new_id() if one.kind == "new" else (one.child_id or 0) for one in rows]
        self._work.children.add_many(
            [
                NewChild(
                    id=child_id,
                    area_id=_area(one),
                    household_id=one.household_id or child_id,
                    values=of_record(one.values),
                )
                for one, child_id in zip(rows, ids, strict=True)
                if one.kind == "new"
            ],
            Cause(source="roster", source_id=roster_id, by=by, true_at=self._now),
            status="staged",
        )
        known = self._known(rows)
        kept = [
            {
                **self._staged(roster_id, one, child_id),
                **_NOT_READY,
                **self._ready(one, known.get(child_id)),
            }
            for one, child_id in zip(rows, ids, strict=True)
        ]
        if kept:
            self._db.run_many(_ADD_ROW, kept)
        self._stage_responsible(roster_id, rows, ids, by)

    def settle(self, roster_id: int, row: RosterRow, now: RosterRowIn, *, by: int) -> None:
        """A human said what a doubtful row of a staged import is."""
        self._db.run(_DROP_ROW, row=row.id)
        self.add(roster_id, [now], by=by)
        told = {"row": row.number, "kind": now.kind}
        self._work.audit.write(by, "roster-row-settled", "roster", roster_id, told)

    def to_change(self, roster_id: int) -> Roster | None:
        """One import, which nobody else changes until this turn has ended."""
        row = self._db.one(_TO_CHANGE, id=roster_id)
        return None if row is None else self._roster(row)

    def apply(self, roster_id: int, *, by: int) -> Applied | Stale | NotPossible:
        """Put all good rows into the register, or nothing."""
        known = self.to_change(roster_id)
        if known is None or known.state != "staged":
            return NotPossible(code="unknown" if known is None else "not-staged")
        stale = [
            row[0]
            for statement in (_STALE, _TAKEN)
            for row in self._db.all(statement, roster_id=roster_id)
        ]
        stale += [
            row[0]
            for row in self._db.all(
                _OF_OLD_KEYS, roster_id=roster_id, header=self._work.shared.sealer.header
            )
        ]
        if stale:
            return Stale(numbers=tuple(sorted({*stale})))
        self._db.run(_ENTERED_NOW, roster=roster_id, now=self._now)
        new = self._db.run(_ACTIVATE, roster=roster_id, now=self._now)
        self._db.run(_REMEMBER, roster=roster_id)
        changed = self._db.run(_CHANGE, roster=roster_id, now=self._now)
        self._db.run(_ENTER, roster=roster_id, by=by, now=self._now)
        self._db.run(_FREE, roster=roster_id, now=self._now)
        responsible = self._db.run(_RESPONSIBLE, roster=roster_id, now=self._now)
        self._db.run(STIR, roster=roster_id)
        self._db.run(_APPLIED, row=roster_id, by=by, now=self._now)
        applied = Applied(new=new, changed=changed, responsibilities=responsible)
        self._work.audit.write(
            by, "roster-applied", "roster", roster_id, {"new": new, "changed": changed}
        )
        return applied

    def discard(self, roster_id: int) -> bool:
        """Forget a staged import; ``sweep`` removes its rows. False when it is not staged."""
        return self._db.run(_DISCARD, row=roster_id) == 1

    def sweep(self, count: int = 200) -> int:
        """Remove so many rows of forgotten and of long finished imports; how many there were."""
        return self._sweep_staged(count) or self._sweep_past(count)

    # -- steps ---------------------------------------------------------------------------------

    def _sweep_past(self, count: int) -> int:
        rows = self._db.all(_PAST, before=self._now - UNDO_WITHIN, count=count)
        if rows:
            self._db.run_many(_DROP_ROW, [{"row": row[0]} for row in rows])
        return len(rows)

    def _sweep_staged(self, count: int) -> int:
        self._db.run(_DISCARD_OLD, before=self._now - STAGED_FOR)
        rows = self._db.all(_LEFT_OVER, count=count)
        if rows:
            staged = [{"row": row[1]} for row in rows if row[2] == "new"]
            held = [{"row": row[1], "roster": row[3]} for row in rows if row[1]]
            for statement, drops in (
                (_DROP_ENTRIES, staged),
                (_DROP_RESPONSIBLE, held),
                (_DROP_CHILD, staged),
                (_DROP_ROW, [{"row": row[0]} for row in rows]),
            ):
                if drops:
                    self._db.run_many(statement, drops)
        return len(rows)

    def _staged(self, roster_id: int, one: RosterRowIn, child_id: int) -> dict[str, object]:
        row_id = self._work.new_id()
        told = {
            "area": one.area_id,
            "values": {**one.values},
            "responsible": one.responsible_id,
            "faults": one.faults,
        }
        content = json.dumps(told, ensure_ascii=False)
        return {
            "id": row_id,
            "roster_id": roster_id,
            "number": one.number,
            "kind": one.kind,
            "child_id": child_id or None,
            "version": one.version,
            "content": self._seal(roster_row, "content", row_id, content),
            "outcome": None,
        }

    def _known(self, rows: Sequence[RosterRowIn]) -> dict[int, Child]:
        wanted = [one.child_id for one in rows if one.kind == "changed" and one.child_id]
        return {one.id: one for one in self._work.children.some(wanted)} if wanted else {}

    def _ready(self, one: RosterRowIn, known: Child | None) -> dict[str, object]:
        """What the short turns that apply and undo the import need only copy."""
        if one.kind == "new":
            return self._ready_to_undo({STATUS: ("active", "undone")})
        if known is None:
            return {}
        children = self._work.children
        area_id = one.area_id or known.area_id
        record, changes = children.prepare(known, of_record(one.values), area_id)
        entry_id = self._work.new_id() if changes else None
        return {
            "next_record": record["record"],
            "next_mark": record["id_number_index"],
            "next_month": record["born_month"],
            "next_tier": record["tier"],
            "next_area_id": area_id,
            "entry_id": entry_id,
            "entry_changes": children.seal_entry(entry_id, changes) if entry_id else None,
            **self._ready_to_undo({key: (after, was) for key, (was, after) in changes.items()}),
        }

    def _ready_to_undo(self, changes: Mapping[str, tuple[str, str]]) -> dict[str, object]:
        if not changes:
            return {}
        entry_id = self._work.new_id()
        sealed = self._work.children.seal_entry(entry_id, changes)
        return {"undo_entry_id": entry_id, "undo_changes": sealed}

    def _stage_responsible(
        self, roster_id: int, rows: Sequence[RosterRowIn], ids: Sequence[int], by: int
    ) -> None:
        held = [
            {
                "id": self._work.new_id(),
                "child_id": child_id,
                "person_id": one.responsible_id,
                "kind": PRIMARY,
                "since": None,
                "until": None,
                "entered_by": by,
                "roster_id": roster_id,
            }
            for one, child_id in zip(rows, ids, strict=True)
            if one.responsible_id is not None
            and (one.kind == "new" or self._is_another(child_id, one))
        ]
        if held:
            self._db.run_many(ADD_RESPONSIBLE, held)

    def _is_another(self, child_id: int, one: RosterRowIn) -> bool:
        wanted = one.kind in ("changed", "same") and child_id
        return bool(wanted) and self._work.responsibilities.primary(child_id) != one.responsible_id


_NOT_READY = dict.fromkeys(
    (
        "next_record",
        "next_mark",
        "next_month",
        "next_tier",
        "next_area_id",
        "entry_id",
        "entry_changes",
        "prev_record",
        "prev_mark",
        "prev_month",
        "prev_tier",
        "prev_area_id",
        "undo_entry_id",
        "undo_changes",
    )
)


def of_record(values: Mapping[str, str]) -> dict[str, str]:
    """The part of a row that is the child's record: place and responsible person have rows."""
    return {
        key: value
        for key, value in values.items()
        if (column := COLUMNS.table.get(key)) is not None
        and column.kind != "area"
        and column.person != "responsible"
    }


def _area(one: RosterRowIn) -> int:
    if one.area_id is None:
        raise ValueError("a new child lives somewhere")
    return one.area_id
