"""Children of the register (台账): entered, changed, handed from place to place, told apart."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, update

from policy.register.columns import COLUMNS
from storage.children.child import (
    AREA,
    LEFT_ON,
    LEFT_REASON,
    NOT_OFFERED,
    NOTE,
    STATUS,
    TO,
    Cause,
    Changed,
    Child,
    Conflict,
    NewChild,
    Values,
    differing,
    month_of,
    only_known,
)
from storage.children.children_seen import BY_ID, ChildrenSeen
from storage.repository import Kept, given
from storage.tables import child, child_entry

if TYPE_CHECKING:
    from datetime import datetime


_TO_CHANGE = BY_ID.with_for_update()
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
_ADD_ENTRY = insert(child_entry)


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
        known = [(one, only_known(one.values)) for one in children]
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
        changes = differing(known, values)
        if area_id != known.area_id:
            changes[AREA] = (str(known.area_id), str(area_id))
        return self._record(known.id, only_known({**known.values, **values})), changes

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
            replace(known, status="left", left_reason=reason, left_on=on, **NOT_OFFERED),
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
        self._move(replace(known, area_id=known.to_area_id, **NOT_OFFERED), known, by)
        self._work.responsibilities.end_of_child(child_id)
        self._work.audit.write(by, "child-accepted", "child", child_id, {"from": known.area_id})
        return True

    def refuse_transfer(self, child_id: int, *, by: int, note: str = "") -> None:
        """The child stays where they are."""
        known = self._to_change(child_id)
        self._move(replace(known, **NOT_OFFERED), known, by, note)
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
        self._move(replace(known, area_id=area_id, **NOT_OFFERED), known, by, note, true_at)
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
        changes = differing(known, wanted)
        if changes:
            record = self._record(known.id, only_known({**known.values, **wanted}))
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
            "born_month": month_of(values.get("birth_date", "")),
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


def _is_grave(key: str) -> bool:
    column = COLUMNS.table.get(key)
    return column is not None and column.grave


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
