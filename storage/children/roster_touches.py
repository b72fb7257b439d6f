"""What happened to a child since an import named it: why an undo leaves its row alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, case, exists, null, or_, select

from storage.repository import given
from storage.tables import (
    Id,
    Moment,
    absence,
    carer,
    case_entry,
    case_file,
    child,
    child_conflict,
    child_entry,
    duty,
    holiday_child,
    pause,
    pupil,
    report,
    responsibility,
    roster_row,
    visit,
)

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

_ROSTER = given("roster", Id)
_IS_NEW = roster_row.c.kind == "new"


def _since(moment: ColumnElement[object]) -> ColumnElement[bool]:
    """Later than the import; whatever hangs on a child whom it brought is."""
    return or_(_IS_NEW, moment > given("applied_at", Moment()))


def _hangs(column: ColumnElement[object], *more: ColumnElement[bool]) -> ColumnElement[bool]:
    """True when there is a row about the child of the roster's row."""
    found = select(column).where(column == roster_row.c.child_id, *more)
    return exists(found.correlate(roster_row))


def _is_child(*facts: ColumnElement[bool]) -> ColumnElement[bool]:
    return _hangs(child.c.id, *facts)


_of_case = case_file.c.id == case_entry.c.case_id
_of_household = and_(
    child.c.household_id == pause.c.household_id, child.c.id == roster_row.c.child_id
)
_ours = responsibility.c.roster_id == _ROSTER
_entered = and_(
    _since(child_entry.c.entered_at), child_entry.c.source_id.is_distinct_from(_ROSTER)
)

#: Why a row stays, what weighs most first: words call it roster.stays.WHY.
WHY = case(
    (_hangs(visit.c.child_id, _since(visit.c.entered_at)), "visit"),
    (
        or_(
            _hangs(report.c.child_id, _since(report.c.created_at)),
            _hangs(case_file.c.child_id, _of_case, _since(case_entry.c.entered_at)),
        ),
        "case",
    ),
    (_hangs(absence.c.child_id, _since(absence.c.noted_at)), "absence"),
    (
        or_(
            _hangs(
                duty.c.subject_id,
                duty.c.subject == "child",
                # What the program plans by itself is nobody's act; what somebody did is.
                or_(
                    and_(duty.c.kind != "visit", _since(duty.c.set_at)),
                    and_(duty.c.ended_by > 0, _since(duty.c.ended_at)),
                ),
            ),
            _hangs(pause.c.child_id, _since(pause.c.entered_at)),
            exists(
                select(pause.c.id)
                .where(_of_household, _since(pause.c.entered_at))
                .correlate(roster_row)
            ),
        ),
        "duty",
    ),
    (_hangs(carer.c.child_id, _since(carer.c.updated_at)), "carer"),
    (_is_child(child.c.status != "active"), "left"),
    (
        or_(
            _hangs(
                responsibility.c.child_id,
                responsibility.c.since.is_not(None),
                responsibility.c.roster_id.is_distinct_from(_ROSTER),
                _since(responsibility.c.since),
            ),
            _hangs(responsibility.c.child_id, _ours, responsibility.c.until.is_not(None)),
        ),
        "hands",
    ),
    (
        and_(_IS_NEW, or_(_hangs(pupil.c.child_id), _hangs(holiday_child.c.child_id))),
        "class",
    ),
    (_hangs(child_entry.c.child_id, _entered, child_entry.c.source == "roster"), "import"),
    (
        or_(
            _hangs(child_entry.c.child_id, _entered),
            _hangs(child_conflict.c.child_id, _since(child_conflict.c.created_at)),
            and_(_IS_NEW, _is_child(child.c.version != 1)),
            and_(
                roster_row.c.kind == "changed", _is_child(child.c.version != roster_row.c.version)
            ),
        ),
        "changed",
    ),
    else_=null(),
)

#: The rows of a roster that did something: whom they brought, changed, or gave to somebody.
DID_SOMETHING = and_(
    roster_row.c.roster_id == _ROSTER,
    or_(
        roster_row.c.kind.in_(("new", "changed")),
        and_(roster_row.c.kind == "same", _hangs(responsibility.c.child_id, _ours)),
    ),
)
