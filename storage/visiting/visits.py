"""Visits (走访) and pauses, entered; and whom a change stirs.

Whatever changes a fact that the next visit depends on stirs the child: its plan is stale, and is
made anew in the same turn (handlers.turn), or page by page where an import stirred thousands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update
from sqlalchemy import insert as plain_insert

from storage.repository import Kept, given, upsert
from storage.tables import (
    child,
    pause,
    visit,
    visit_plan,
)
from storage.visiting.visit import Plan, VisitIn
from storage.visiting.visits_seen import VisitsSeen

if TYPE_CHECKING:
    from datetime import date


_lives_at = select(child.c.area_id).where(child.c.id == given("child_id")).scalar_subquery()
_ADD = plain_insert(visit).values(
    {**{one.name: given(one.name) for one in visit.c}, "area_id": _lives_at}
)
_SAY_MORE = update(visit).where(visit.c.id == given("row")).values(answers=given("now_answers"))
_REPORTED = update(visit).where(visit.c.id == given("row")).values(report_id=given("now_report"))

_ADD_PAUSE = plain_insert(pause)
_END_PAUSE = (
    update(pause)
    .where(pause.c.id == given("row"), pause.c.last_day > given("day"))
    .values(last_day=given("day"))
)

_SAVE_PLAN = upsert(
    visit_plan, "made_by", "entered_at", "tier", "tags", "tiered_at", "tagged_at", "missed"
)
_NO_PLAN = delete(visit_plan).where(visit_plan.c.child_id == given("child"))
_STIR = upsert(visit_plan, "made_by")
_QUIET = (
    update(visit_plan)
    .where(visit_plan.c.child_id == given("child"))
    .values(quiet_until=given("now_until"))
)


class Visits(VisitsSeen, Kept):
    """Visits, to be entered and planned."""

    def add(self, told: VisitIn) -> int:
        """Enter a visit; its id."""
        visit_id = self._work.new_id()
        self._db.run(
            _ADD,
            id=visit_id,
            child_id=told.child_id,
            kind=told.kind,
            result=told.result,
            reason=told.reason,
            seen=told.seen,
            alone=told.alone,
            answers=self._seal(visit, "answers", visit_id, told.answers),
            person_id=told.person_id,
            role=told.role,
            source=told.source,
            on_day=told.on_day,
            true_at=told.true_at,
            entered_at=self._now,
            next_on=told.next_on,
            report_id=None,
            erased_at=None,
        )
        self._work.audit.write(
            told.person_id,
            "visit-entered",
            "child",
            told.child_id,
            {"visit": visit_id, "result": told.result},
        )
        if told.result == "done":
            self._work.families.heard_out(told.child_id, told.true_at)
        self.stir([told.child_id])
        return visit_id

    def reported(self, visit_id: int, report_id: int) -> None:
        """A report came of it."""
        self._db.run(_REPORTED, row=visit_id, now_report=report_id)

    def say_more(self, visit_id: int, answers: str) -> None:
        """Its answers, with what came after it was entered."""
        self._db.run(
            _SAY_MORE, row=visit_id, now_answers=self._seal(visit, "answers", visit_id, answers)
        )

    def put_off(
        self,
        child_ids: Sequence[int],
        *,
        reason: str,
        first_day: date,
        last_day: date,
        by: int,
        household_id: int | None = None,
    ) -> int:
        """Days without visits, for one child or all of a household; the pause's id.

        ``child_ids`` are those who are planned anew.
        """
        pause_id = self._work.new_id()
        self._db.run(
            _ADD_PAUSE,
            id=pause_id,
            child_id=None if household_id is not None else child_ids[0],
            household_id=household_id,
            reason=reason,
            first_day=first_day,
            last_day=last_day,
            person_id=by,
            entered_at=self._now,
        )
        for child_id in child_ids:
            detail = {"pause": pause_id, "until": last_day.isoformat()}
            self._work.audit.write(by, "visits-paused", "child", child_id, detail)
        self.stir(child_ids)
        return pause_id

    def go_on(self, pause_id: int, last_day: date, child_ids: Sequence[int], *, by: int) -> bool:
        """End a pause with a day; False when it had ended by then."""
        ended = self._db.run(_END_PAUSE, row=pause_id, day=last_day) == 1
        if ended:
            for child_id in child_ids:
                self._work.audit.write(by, "visits-go-on", "child", child_id, {"pause": pause_id})
            self.stir(child_ids)
        return ended

    # -- plans ---------------------------------------------------------------------------------

    def stir(self, children: Iterable[int]) -> None:
        """A fact of these children changed: their next visit is to be planned anew."""
        ids = [*dict.fromkeys(children)]
        if ids:
            self._work.stirred.update(ids)
            self._db.run_many(_STIR, [{**_UNKNOWN, "child_id": one} for one in ids])

    def take_stock(self) -> None:
        """Let PostgreSQL count what it plans by; else it takes full tables for empty ones.

        It counts by itself a minute later: until then each look at a few children would read all.
        """
        if self._db.is_postgresql:
            self._db.tell("ANALYZE child, visit, visit_plan, duty, responsibility, pause")

    def planned(self, plans: Sequence[Plan]) -> None:
        """Keep what these next visits were planned from."""
        if plans:
            self._db.run_many(
                _SAVE_PLAN,
                [
                    {
                        "child_id": one.child_id,
                        "made_by": one.made_by,
                        "entered_at": one.entered_at,
                        "tier": one.tier,
                        "tags": one.tags,
                        "tiered_at": one.tiered_at,
                        "tagged_at": one.tagged_at,
                        "missed": one.missed,
                        "quiet_until": one.quiet_until,
                    }
                    for one in plans
                ],
            )

    def unplanned(self, children: Sequence[int]) -> None:
        """These are not visited any more."""
        if children:
            self._db.run_many(_NO_PLAN, [{"child": one} for one in children])

    def be_quiet(self, children: Sequence[int], until: date) -> None:
        """No digest speaks of these before a day."""
        if children:
            self._db.run_many(_QUIET, [{"child": one, "now_until": until} for one in children])

    def tags_mark(self, tags: Iterable[str]) -> bytes:
        """The blind index of a child's tags."""
        return self._blind("visit-tags", " ".join(sorted(tags)))


_UNKNOWN: Mapping[str, object] = {
    "made_by": "",
    "entered_at": None,
    "tier": "",
    "tags": None,
    "tiered_at": None,
    "tagged_at": None,
    "missed": None,
    "quiet_until": None,
}
