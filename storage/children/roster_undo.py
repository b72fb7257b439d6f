"""An import is taken back whole, but for the children with whom somebody did something since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, literal, or_, select, update

from storage.children.responsibility import PRIMARY
from storage.children.roster import NotPossible
from storage.children.roster_touches import DID_SOMETHING, WHY
from storage.children.rosters import ADD_RESPONSIBLE, ENTRY_COLUMNS, RESPONSIBLE, STIR, UNDO_WITHIN
from storage.repository import Kept, Seen, given
from storage.sealing import HEADER_BYTES
from storage.tables import (
    Id,
    Moment,
    SealedElsewhere,
    child,
    child_entry,
    responsibility,
    role,
    roster,
    roster_row,
)

if TYPE_CHECKING:
    from storage.children.roster import Roster


@dataclass(frozen=True, slots=True, kw_only=True)
class Stays:
    """A row that an undo leaves alone, because of what happened since."""

    number: int
    child_id: int
    #: visit, case, absence, duty, carer, left, hands, class, import, changed
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """All is as before, but for the children with whom somebody did something since."""

    #: Children who are as they were, also those who only changed hands.
    back: int
    kept: tuple[Stays, ...]
    #: Those of them who are in nobody's hands now: whoever had them has left meanwhile.
    held_by_nobody: int = 0


_UNDONE = (
    update(roster)
    .where(roster.c.id == given("row"))
    .values(state="undone", undone_by=given("by"), undone_at=given("now"))
)
#: What somebody did with a child since keeps its row, and says why.
_KEEP = update(roster_row).where(DID_SOMETHING).values(outcome=WHY)
_BACK_COUNT = (
    select(func.count())
    .select_from(roster_row)
    .where(DID_SOMETHING, roster_row.c.outcome.is_(None))
)
_WOULD_STAY = (
    select(roster_row.c.number, roster_row.c.child_id, WHY)
    .where(DID_SOMETHING, WHY.is_not(None))
    .order_by(roster_row.c.number)
)
_STAYED = (
    select(roster_row.c.number, roster_row.c.child_id, roster_row.c.outcome)
    .where(roster_row.c.roster_id == given("roster_id"), roster_row.c.outcome.is_not(None))
    .order_by(roster_row.c.number)
)
_NO_CHILD = (
    update(child)
    .where(
        child.c.id.in_(
            select(roster_row.c.child_id).where(
                roster_row.c.roster_id == given("roster"),
                roster_row.c.kind == "new",
                roster_row.c.outcome.is_(None),
            )
        )
    )
    .values(status="undone", version=child.c.version + 1, updated_at=given("now"))
)
_CHANGE_BACK = (
    update(child)
    .where(
        child.c.id == roster_row.c.child_id,
        roster_row.c.roster_id == given("roster"),
        roster_row.c.kind == "changed",
        roster_row.c.outcome.is_(None),
    )
    .values(
        record=roster_row.c.prev_record,
        id_number_index=roster_row.c.prev_mark,
        born_month=roster_row.c.prev_month,
        tier=roster_row.c.prev_tier,
        area_id=roster_row.c.prev_area_id,
        version=child.c.version + 1,
        updated_at=given("now", Moment()),
    )
)
_ENTER_BACK = insert(child_entry).from_select(
    ENTRY_COLUMNS,
    select(
        roster_row.c.undo_entry_id,
        roster_row.c.child_id,
        literal("correction"),
        roster_row.c.roster_id,
        given("by", Id),
        roster_row.c.undo_changes,
        given("now", Moment()),
        given("now", Moment()),
    ).where(
        roster_row.c.roster_id == given("roster"),
        roster_row.c.kind.in_(("new", "changed")),
        roster_row.c.outcome.is_(None),
        roster_row.c.undo_entry_id.is_not(None),
    ),
)
#: What was kept of the records before is under a key that is perhaps gone, or was not kept.
_CANNOT_GO_BACK = (
    select(roster_row.c.number)
    .where(
        roster_row.c.roster_id == given("roster_id"),
        roster_row.c.kind == "changed",
        or_(
            roster_row.c.prev_record.is_(None),
            func.substr(roster_row.c.prev_record, 1, HEADER_BYTES, type_=SealedElsewhere)
            != given("header", SealedElsewhere),
        ),
    )
    .limit(1)
)
#: The children whom an undo puts back: all that the import named, but for those it keeps.
_BACK = select(roster_row.c.child_id).where(
    roster_row.c.roster_id == given("roster"),
    roster_row.c.kind.in_(("new", "changed", "same")),
    roster_row.c.outcome.is_(None),
)
_END_RESPONSIBLE = (
    update(responsibility)
    .where(
        responsibility.c.roster_id == given("roster"),
        responsibility.c.until.is_(None),
        responsibility.c.child_id.in_(_BACK),
    )
    .values(until=given("now"))
)
_ANOTHER = responsibility.alias("another")
#: The last one of a child is the one who had it.
_BEFORE = (
    select(responsibility.c.child_id, responsibility.c.person_id)
    .where(
        responsibility.c.kind == PRIMARY,
        responsibility.c.until == given("applied_at"),
        responsibility.c.roster_id.is_distinct_from(given("roster")),
        responsibility.c.child_id.in_(_BACK),
        ~select(_ANOTHER.c.id)
        .where(
            _ANOTHER.c.child_id == responsibility.c.child_id,
            _ANOTHER.c.kind == PRIMARY,
            _ANOTHER.c.since.is_not(None),
            _ANOTHER.c.until.is_(None),
        )
        .exists(),
    )
    .order_by(responsibility.c.id)
)

# A post that somebody got as the import gave children to them, while they hold no child.
_END_POSTS = (
    update(role)
    .where(
        role.c.role == given("post"),
        role.c.since == given("applied_at"),
        role.c.until.is_(None),
        role.c.person_id.in_(
            select(responsibility.c.person_id).where(responsibility.c.roster_id == given("roster"))
        ),
        ~select(_ANOTHER.c.id)
        .where(
            _ANOTHER.c.person_id == role.c.person_id,
            _ANOTHER.c.since.is_not(None),
            or_(_ANOTHER.c.until.is_(None), _ANOTHER.c.until > given("now")),
        )
        .exists(),
    )
    .values(until=given("now"))
)


class RosterUndoSeen(Seen):
    """What an undo leaves alone, to be looked at."""

    def would_stay(self, known: Roster) -> tuple[Stays, ...]:
        """The rows that an undo would leave alone now, in the order of the file."""
        rows = self._db.all(_WOULD_STAY, roster=known.id, applied_at=known.applied_at)
        return tuple(Stays(number=row[0], child_id=row[1], why=row[2]) for row in rows)

    def stayed(self, roster_id: int) -> tuple[Stays, ...]:
        """The rows that the undo left alone."""
        rows = self._db.all(_STAYED, roster_id=roster_id)
        return tuple(Stays(number=row[0], child_id=row[1], why=row[2]) for row in rows)


class RosterUndo(RosterUndoSeen, Kept):
    """Imports, to be taken back."""

    def undo(self, roster_id: int, *, by: int) -> Undone | NotPossible:
        """Take a whole import back, within thirty days."""
        known = self._work.rosters.to_change(roster_id)
        if known is None or known.state != "applied" or known.applied_at is None:
            return NotPossible(code="unknown" if known is None else "not-applied")
        if self._now > known.applied_at + UNDO_WITHIN:
            return NotPossible(code="too-late")
        header = self._work.shared.sealer.header
        if self._db.one(_CANNOT_GO_BACK, roster_id=roster_id, header=header):
            return NotPossible(code="keys")
        self._db.run(_KEEP, roster=roster_id, applied_at=known.applied_at)
        row = self._db.one(_BACK_COUNT, roster=roster_id)
        back = 0 if row is None else int(row[0])
        self._db.run(_NO_CHILD, roster=roster_id, now=self._now)
        self._db.run(_CHANGE_BACK, roster=roster_id, now=self._now)
        self._db.run(_ENTER_BACK, roster=roster_id, by=by, now=self._now)
        kept = self.stayed(roster_id)
        nobody = self._hand_back(known, by)
        self._end_posts(known)
        self._db.run(STIR, roster=roster_id)
        self._db.run(_UNDONE, row=roster_id, by=by, now=self._now)
        self._work.audit.write(
            by,
            "roster-undone",
            "roster",
            roster_id,
            {"back": back, "kept": len(kept), "nobody": nobody},
        )
        return Undone(back=back, kept=kept, held_by_nobody=nobody)

    def _end_posts(self, known: Roster) -> None:
        self._db.run(
            _END_POSTS,
            roster=known.id,
            applied_at=known.applied_at,
            post=RESPONSIBLE,
            now=self._now,
        )

    def _hand_back(self, known: Roster, by: int) -> int:
        """Each child is in the hands of before; how many are not, whose person has left."""
        self._db.run(_END_RESPONSIBLE, roster=known.id, now=self._now)
        rows = self._db.all(_BEFORE, roster=known.id, applied_at=known.applied_at)
        before = {row[0]: row[1] for row in rows}
        left = self._work.people.left({*before.values()})
        held = {child: person for child, person in before.items() if person not in left}
        if held:
            self._db.run_many(
                ADD_RESPONSIBLE,
                [
                    {
                        "id": self._work.new_id(),
                        "child_id": child_id,
                        "person_id": person_id,
                        "kind": PRIMARY,
                        "since": self._now,
                        "until": None,
                        "entered_by": by,
                        "roster_id": None,
                    }
                    for child_id, person_id in held.items()
                ],
            )
        return len(before) - len(held)
