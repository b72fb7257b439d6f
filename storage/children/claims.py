"""Other offices' lists: what they say of children, and what was made of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from sqlalchemy import and_, delete, func, insert, or_, select, update

from policy.register.claims import Claim, Kind, Source
from storage.erasing.erasure import Gone
from storage.repository import BELOW_ANY, Kept, Seen, given
from storage.tables import claim, claim_list

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Row

#: What waits for somebody.
WAITING = ("open", "asked")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimList:
    """A list that an office gave."""

    id: int
    source: Source
    area_id: int
    file_name: str = field(repr=False)
    brought_by: int
    brought_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptClaim:
    """What a list says of one child, and what was made of it."""

    id: int
    list_id: int
    claim: Claim = field(repr=False)
    #: open, asked, accepted, rejected; of both: nothing
    state: str
    reason: str = field(repr=False)
    decided_by: int | None
    decided_at: datetime | None


_LIST = select(
    claim_list.c.id,
    claim_list.c.source,
    claim_list.c.area_id,
    claim_list.c.file_name,
    claim_list.c.brought_by,
    claim_list.c.brought_at,
).where(claim_list.c.whole)
_ALL = _LIST.order_by(claim_list.c.id.desc())
_BY_ID = _LIST.where(claim_list.c.id == given("id"))
_CLAIM = select(
    claim.c.id,
    claim.c.list_id,
    claim.c.kind,
    claim.c.row,
    claim.c.child_id,
    claim.c.area_id,
    claim.c.said,
    claim.c.state,
    claim.c.reason,
    claim.c.decided_by,
    claim.c.decided_at,
)
_IS_THERE = claim.c.area_id.in_(BELOW_ANY)
_OF_LIST = (
    _CLAIM.where(claim.c.list_id == given("list_id"), claim.c.kind == given("kind"), _IS_THERE)
    .order_by(claim.c.id)
    .limit(given("count"))
    .offset(given("skip"))
)
_ONE = _CLAIM.where(claim.c.id == given("id"))
_COUNTS = (
    select(claim.c.kind, claim.c.state, func.count())
    .where(claim.c.list_id == given("list_id"), _IS_THERE)
    .group_by(claim.c.kind, claim.c.state)
)
_WAITING = (
    select(func.count())
    .select_from(claim.join(claim_list, claim_list.c.id == claim.c.list_id))
    .where(claim.c.state.in_(WAITING), claim_list.c.whole, claim.c.area_id.in_(BELOW_ANY))
)
_BY_PLACE = (
    select(claim.c.area_id, func.count())
    .where(claim.c.list_id == given("list_id"), claim.c.state.in_(WAITING))
    .group_by(claim.c.area_id)
)
_HIDE = update(claim_list).where(claim_list.c.id == given("row")).values(whole=False)
_PART = (
    select(claim.c.id, claim.c.said)
    .where(claim.c.list_id == given("row"))
    .order_by(claim.c.id)
    .limit(given("count"))
)
_DROP = delete(claim).where(claim.c.id.in_(_PART.with_only_columns(claim.c.id)))
_DROP_LIST = delete(claim_list).where(claim_list.c.id == given("row"))
_OLD = (
    select(claim_list.c.id)
    .where(
        or_(
            claim_list.c.brought_at < given("before"),
            and_(claim_list.c.whole.is_(False), claim_list.c.brought_at < given("unfinished")),
        )
    )
    .order_by(claim_list.c.id)
    .limit(1)
)
_ADD_LIST = insert(claim_list)
_ADD = insert(claim)
_WHOLE = update(claim_list).where(claim_list.c.id == given("row")).values(whole=True)
_DECIDE = (
    update(claim)
    .where(claim.c.id == given("row"), claim.c.state.in_(WAITING))
    .values(
        state=given("now_state"),
        reason=given("now_reason"),
        decided_by=given("by"),
        decided_at=given("now"),
    )
)


class ClaimsSeen(Seen):
    """Lists and what they say, to be looked at."""

    def lists(self) -> tuple[ClaimList, ...]:
        """Every list, the newest first."""
        return tuple(map(self._list, self._db.all(_ALL)))

    def get_list(self, list_id: int) -> ClaimList | None:
        """One list."""
        row = self._db.one(_BY_ID, id=list_id)
        return None if row is None else self._list(row)

    def of_list(
        self, list_id: int, kind: str, tops: Sequence[int], *, skip: int, count: int
    ) -> tuple[KeptClaim, ...]:
        """A page of what a list says in one way, at or below some places."""
        rows = self._db.all(
            _OF_LIST, list_id=list_id, kind=kind, tops=[*tops], skip=skip, count=count
        )
        return tuple(map(self._claim, rows))

    def get(self, claim_id: int) -> KeptClaim | None:
        """One of them."""
        row = self._db.one(_ONE, id=claim_id)
        return None if row is None else self._claim(row)

    def counts(self, list_id: int, tops: Sequence[int]) -> Mapping[tuple[str, str], int]:
        """How many there are, by kind and state, at or below some places."""
        rows = self._db.all(_COUNTS, list_id=list_id, tops=[*tops])
        return {(kind, state): count for kind, state, count in rows}

    def by_place(self, list_id: int) -> Mapping[int, int]:
        """How many of a list wait for somebody, by place."""
        return {row[0]: row[1] for row in self._db.all(_BY_PLACE, list_id=list_id)}

    def waiting(self, tops: Sequence[int]) -> int:
        """How many wait for somebody at or below some places."""
        row = self._db.one(_WAITING, tops=[*tops])
        return 0 if row is None else int(row[0])

    def _list(self, row: Row) -> ClaimList:
        return ClaimList(
            id=row[0],
            source=cast("Source", row[1]),
            area_id=row[2],
            file_name=self._open(claim_list, "file_name", row[0], row[3]),
            brought_by=row[4],
            brought_at=row[5],
        )

    def _claim(self, row: Row) -> KeptClaim:
        said = json.loads(self._open(claim, "said", row[0], row[6]))
        return KeptClaim(
            id=row[0],
            list_id=row[1],
            claim=Claim(
                kind=cast("Kind", row[2]),
                row=row[3],
                child_id=row[4],
                area=row[5],
                values=said["values"],
                differs={key: (ours, theirs) for key, (ours, theirs) in said["differs"].items()},
            ),
            state=row[7],
            reason=self._open_any(claim, "reason", row[0], row[8]),
            decided_by=row[9],
            decided_at=row[10],
        )


class Claims(ClaimsSeen, Kept):
    """Lists and what they say, to be kept and decided."""

    def begin(self, source: Source, area_id: int, file_name: str, *, by: int) -> int:
        """A new list, seen by nobody until it is whole; its id."""
        row = self._work.new_id()
        self._db.run(
            _ADD_LIST,
            id=row,
            source=source,
            area_id=area_id,
            file_name=self._seal(claim_list, "file_name", row, file_name),
            whole=False,
            brought_by=by,
            brought_at=self._now,
        )
        return row

    def add(self, list_id: int, claims: Sequence[Claim], place: int) -> None:
        """A part of what it says; what lies nowhere lies in ``place``."""
        rows = []
        for one in claims:
            row = self._work.new_id()
            said = {"values": dict(one.values), "differs": dict(one.differs)}
            text = json.dumps(said, ensure_ascii=False)
            rows.append(
                {
                    "id": row,
                    "list_id": list_id,
                    "kind": one.kind,
                    "row": one.row,
                    "child_id": one.child_id,
                    "area_id": place if one.area is None else one.area,
                    "said": self._seal(claim, "said", row, text),
                    "state": "" if one.kind == "both" else "open",
                    "reason": None,
                    "decided_by": None,
                    "decided_at": None,
                }
            )
        if rows:
            self._db.run_many(_ADD, rows)

    def finish(self, list_id: int, source: Source, rows: int, *, by: int) -> None:
        """All of it is kept."""
        self._db.run(_WHOLE, row=list_id)
        detail = {"source": source, "rows": rows}
        self._work.audit.write(by, "claims-brought", "claim_list", list_id, detail)

    def drop(self, list_id: int, count: int) -> bool:
        """Take away a part of a list, which nobody sees from then on; True once it is gone."""
        self._db.run(_HIDE, row=list_id)
        if self._db.run(_DROP, row=list_id, count=count) == count:
            return False
        self._db.run(_DROP_LIST, row=list_id)
        return True

    def forget(self, before: datetime, unfinished: datetime, count: int, rule: str) -> None:
        """Take away what was brought before a moment, or was cut off before the other one."""
        if row := self._db.one(_OLD, before=before, unfinished=unfinished):
            gone = Gone()
            gone.add(part[1] for part in self._db.all(_PART, row=row[0], count=count))
            self.drop(row[0], count)
            self._work.erasures.mark("claim", "list", row[0], rule, gone)

    def decide(self, claim_id: int, state: str, *, by: int, reason: str = "") -> bool:
        """What was made of it; False when that was settled before."""
        sealed = self._seal(claim, "reason", claim_id, reason) if reason else None
        changed = self._db.run(
            _DECIDE, row=claim_id, now_state=state, now_reason=sealed, by=by, now=self._now
        )
        if changed:
            self._work.audit.write(by, f"claim-{state}", "claim", claim_id)
        return changed == 1
