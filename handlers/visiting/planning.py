"""The next visit of each child as a duty: set, moved, given to another, or taken back.

The rule is ``policy.next_visit.next_visit``; here its facts are gathered, for many children at
once, and its answer is kept. A plan that nothing changed is not written again.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta, tzinfo
from typing import TYPE_CHECKING, Protocol, assert_never

from handlers.children import noticing
from policy.durations import Span, Workdays, parse_span
from policy.duties import Clockwork, first_ring
from policy.fingerprint import fingerprint
from policy.grading import is_worse
from policy.next_visit import Planned, Why, next_visit
from policy.rhythm import NextStep
from policy.signals import sums
from policy.visit_facts import ChildFacts, Failure, Pause, Silence, Visit, Wish
from storage.cases.duties import Duty, DutyIn
from storage.children.families import Heard
from storage.visiting.visit import Past, Plan

if TYPE_CHECKING:
    from policy.calendar import Calendar
    from policy.rhythm import Rhythm
    from policy.seasons import Season
    from policy.tables import Policy
    from storage.children.child import Child
    from storage.visiting.visit import Pause as PauseRow
    from storage.work import Work

#: Children that a person's own turn plans anew; more are planned by the beat, a moment later.
IN_TURN = 60
#: Pages of a long plan after which the engine counts its rows.
_COUNTED_AFTER = frozenset({2, 10, 50, 250})
#: Weeks that are older say nothing of a family.
HEARD_SINCE = timedelta(days=400)
#: How a plan is made; another number plans every child anew.
_WAY = 1


class Tables(Protocol):
    """What planning needs of the rules."""

    @property
    def policy(self) -> Policy: ...
    @property
    def zone(self) -> tzinfo: ...
    @property
    def tables(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """What a visit's duty says beside its day."""

    step: NextStep
    earliest: date
    why: tuple[Why, ...]


def mark_of(policy: Policy) -> str:
    """Names the tables that a plan follows from."""
    ladder = policy.duties.ladders.get(policy.duties.kinds["visit"].ladder)
    return fingerprint(
        _WAY, policy.rhythm, policy.seasons, policy.calendar, ladder, policy.signals.weak
    )


def plan_stirred(work: Work, rules: Tables) -> None:
    """Plan the children whom this turn stirred; of very many the beat plans the rest."""
    stirred = sorted(work.stirred)[:IN_TURN]
    work.stirred.clear()
    if stirred:
        plan(work, rules, stirred)


def plan(work: Work, rules: Tables, child_ids: Collection[int]) -> None:
    """Have each of these children one next visit, or none when they are not visited any more."""
    known = work.children.some(child_ids)
    planner = _Planner(work, rules, known)
    for child in known:
        if child.status == "active":
            planner.plan(child)
        else:
            planner.let_go(child.id)
    planner.save()


def plan_page(work: Work, rules: Tables, child_ids: Collection[int], page: int) -> None:
    """Plan one page of many, by its number: an import has filled tables that nobody counted."""
    plan(work, rules, child_ids)
    if page in _COUNTED_AFTER:
        work.visits.take_stock()


def foreseen(work: Work, rules: Tables, child: Child) -> date:
    """By when the child is to be visited again, if somebody visits them at home today."""
    return _Planner(work, rules, [child]).after_today(child)


def read(duty: Duty) -> Next:
    """What a visit's duty says."""
    told = json.loads(duty.what)
    return Next(
        step=told["step"],
        earliest=date.fromisoformat(told["from"]),
        why=tuple(
            Why(
                key=key,
                since=date.fromisoformat(since),
                about=about,
                within=parse_span(within) if within else None,
                count=count,
                until=date.fromisoformat(until) if until else None,
            )
            for key, since, about, within, count, until in told["why"]
        ),
    )


class _Planner:
    """Plans of a page of children."""

    def __init__(self, work: Work, rules: Tables, children: Collection[Child]) -> None:
        ids = [one.id for one in children]
        self._work, self._rules, self._policy = work, rules, rules.policy
        self._clock = Clockwork(calendar=rules.policy.calendar, zone=rules.zone)
        self._today = work.now.astimezone(rules.zone).date()
        self._plans = work.visits.plans(ids)
        self._duties = work.duties.visits_of(ids)
        self._past: Mapping[int, Past] = work.visits.past(ids, self._today)
        self._noticed = noticing.signals(work, self._policy, rules.zone, ids)
        self._hands = work.responsibilities.primaries(ids)
        self._pauses = work.visits.pauses(ids, {one.household_id for one in children})
        self._families = self._heard(ids)
        self._made: list[Plan] = []
        self._gone: list[int] = []
        self._set: list[DutyIn] = []
        self._again: list[tuple[int, DutyIn]] = []
        self._ended: list[int] = []

    def _heard(self, ids: Collection[int]) -> Mapping[int, Heard]:
        """What families said, where the county asks them."""
        if not self._policy.rhythm.contact.on:
            return {}
        return self._work.families.heard(ids, self._today - HEARD_SINCE)

    def plan(self, child: Child) -> None:
        """One child's next visit."""
        before = self._plans.get(child.id)
        duty = self._duties.get(child.id)
        now = self._kept(child, before, duty)
        self._made.append(now)
        self._follow(child, duty, next_visit(self._facts(child, now), *self._tables()))

    def after_today(self, child: Child) -> date:
        """The day of the visit after one that takes place today."""
        plan = self._kept(child, self._plans.get(child.id), self._duties.get(child.id))
        facts = self._facts(child, plan)
        visits = (*facts.visits, Visit(on=self._today, kind="home", seen=True))
        return next_visit(
            replace(facts, visits=visits, promised=None, wish=None), *self._tables()
        ).due

    def let_go(self, child_id: int) -> None:
        """Nobody visits the child any more."""
        self._gone.append(child_id)
        if duty := self._duties.get(child_id):
            self._ended.append(duty.id)

    def save(self) -> None:
        """Write what became another."""
        self._work.visits.unplanned(self._gone)
        self._work.visits.planned(self._made)
        for duty_id in self._ended:
            self._work.duties.end(duty_id, by=0, state="cancelled")
        self._work.duties.rewrite(self._again)
        self._work.duties.set_many(self._set)

    # -- facts ---------------------------------------------------------------------------------

    def _tables(self) -> tuple[Rhythm, Mapping[str, Season], Calendar, tzinfo]:
        policy = self._policy
        return policy.rhythm, policy.seasons, policy.calendar, self._rules.zone

    def _kept(self, child: Child, before: Plan | None, duty: Duty | None) -> Plan:
        """What the register does not keep, brought up to now."""
        now = self._work.now
        tags = self._work.visits.tags_mark(self._policy.rhythm.tags_of(child.values))
        fresh = Plan(
            child_id=child.id,
            made_by=self._rules.tables,
            entered_at=now,
            tier=child.tier,
            tags=tags,
        )
        if before is None or before.entered_at is None:
            return fresh
        tiered, tagged = before.tier != child.tier, before.tags != tags
        month = self._policy.rhythm.reassess.running(now.astimezone(self._rules.zone).date())
        if tiered and month is not None:  # whoever changed it has looked
            self._work.tier_looks.note(child.id, month, by=0)
        late = (
            duty.due_at.astimezone(self._rules.zone).date() if duty and duty.due_at < now else None
        )
        return replace(
            fresh,
            entered_at=before.entered_at,
            tiered_at=now if tiered else before.tiered_at,
            tagged_at=now if tagged else before.tagged_at,
            missed=late if (tiered or tagged) and late else before.missed,
        )

    def _facts(self, child: Child, plan: Plan) -> ChildFacts:
        assert plan.entered_at is not None
        past = self._past.get(child.id) or Past()
        latest = max((day for day, _, _ in past.done), default=None)
        said_on, again = past.promised or (None, None)
        stands = said_on is not None and (latest is None or said_on >= latest)
        heard = self._families.get(child.id) or Heard()
        return ChildFacts(
            entered_at=plan.entered_at,
            tier=child.tier,
            tags=self._policy.rhythm.tags_of(child.values),
            tiered_at=plan.tiered_at,
            tagged_at=plan.tagged_at,
            visits=tuple(Visit(on=day, kind=kind, seen=seen) for day, kind, seen in past.done),
            failures=tuple(Failure(on=day, reason=why) for day, why in past.failed),
            pauses=tuple(
                Pause(reason=one.reason, first=one.first_day, last=one.last_day)
                for one in self._pauses
                if _concerns(one, child)
            ),
            sums=sums(self._noticed.get(child.id, ()), self._policy.signals.weak),
            silence=_silence(heard),
            wish=self._wish(heard),
            missed=plan.missed,
            promised=again if stands else None,
            promised_on=said_on if stands else None,
        )

    def _wish(self, heard: Heard) -> Wish | None:
        if heard.wanted == "" or heard.wanted_at is None:
            return None
        return Wish(what=heard.wanted, since=heard.wanted_at.astimezone(self._rules.zone).date())

    # -- the duty ------------------------------------------------------------------------------

    def _follow(self, child: Child, duty: Duty | None, planned: Planned) -> None:
        wanted = self._wanted(child, planned)
        if duty is None:
            self._set.append(wanted)
        elif duty.level and planned.by > duty.due_at:
            # It climbed: the steps stay with what was missed, another duty has its own.
            self._ended.append(duty.id)
            self._set.append(wanted)
        elif _differs(duty, wanted):
            rings = duty.rings_at if duty.level else wanted.rings_at
            self._again.append((duty.id, replace(wanted, rings_at=rings)))

    def _wanted(self, child: Child, planned: Planned) -> DutyIn:
        duties, now = self._policy.duties, self._work.now
        grade = self._policy.rhythm.grade_of(child.tier)
        if planned.grade is not None and is_worse(planned.grade, grade):
            grade = planned.grade
        person = self._hands.get(child.id)
        return DutyIn(
            key=f"visit:{child.id}:{self._work.new_id()}",
            kind="visit",
            subject="child",
            subject_id=child.id,
            area_id=child.area_id,
            grade=grade,
            person_id=person,
            role="" if person is not None else duties.levels["township"][0],
            what=_written(planned),
            due_at=planned.by,
            rings_at=first_ring(duties, "visit", grade, now, planned.by, self._clock),
        )


def _silence(heard: Heard) -> Silence | None:
    return Silence(count=heard.silent, week=heard.week) if heard.week else None


def _concerns(pause: PauseRow, child: Child) -> bool:
    return child.id == pause.child_id or child.household_id == pause.household_id


def _differs(duty: Duty, wanted: DutyIn) -> bool:
    return (duty.due_at, duty.person_id, duty.role, duty.grade, duty.area_id, duty.what) != (
        wanted.due_at.astimezone(duty.due_at.tzinfo),
        wanted.person_id,
        wanted.role,
        wanted.grade,
        wanted.area_id,
        wanted.what,
    )


def _written(planned: Planned) -> str:
    why = [
        [
            one.key,
            one.since.isoformat(),
            one.about,
            _span(one.within),
            one.count,
            one.until.isoformat() if one.until else "",
        ]
        for one in planned.why
    ]
    told = {"step": planned.step, "from": planned.earliest.isoformat(), "why": why}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _span(span: Span | None) -> str:
    """As ``parse_span`` reads it."""
    match span:
        case None:
            return ""
        case Workdays(count):
            return f"{count} workdays"
        case timedelta():
            return f"{span // timedelta(hours=1)}h"
        case _:
            assert_never(span)
