"""When each child is visited next, and why: by tier, labels, season, failed visits, pauses.

The answer follows from the facts alone, not from the day on which it is asked: it holds until a
fact changes, and a re-tiering is the same question asked again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Literal, TypeAlias, assert_never

from policy.calendar import Calendar
from policy.durations import Span, Workdays, due
from policy.grading import GRADES, Grade
from policy.rhythm import STEPS, NextStep, Rhythm
from policy.seasons import Season
from policy.signals import Sum
from policy.visit_facts import ChildFacts, Failure

WhyKey: TypeAlias = Literal[
    "first",
    "tier",
    "label",
    "season",
    "season_once",
    "new_tier",
    "changed",
    "missed",
    "visit",
    "phone",
    "township",
    "paused",
    "silent",
    "talk",
    "worry",
    "promised",
    "signals",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """One reason, since when it holds, and what its sentence is about."""

    key: WhyKey
    since: date
    #: The tier, label, season, failure or pause reason.
    about: str = ""
    #: The interval or the time given for it.
    within: Span | None = None
    count: int = 0
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """The one next thing for a child."""

    step: NextStep
    #: From this day on it can be done.
    earliest: date
    due: date
    #: The moment when it is overdue: when offices close on that day, or the red child's hour.
    by: datetime
    #: What set the day comes first.
    why: tuple[Why, ...]
    #: The grade of what adds up and nobody looked at; it climbs as fast as that at least.
    grade: Grade | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limit:
    """A day by which one rule wants a visit."""

    day: date
    why: Why
    earliest: date
    by: datetime | None = None


def next_visit(
    child: ChildFacts,
    rhythm: Rhythm,
    seasons: Mapping[str, Season],
    calendar: Calendar,
    zone: tzinfo,
) -> Planned:
    """When the child is visited next, what kind of step it is, and every reason."""
    planning = _Planning(child, rhythm, seasons, calendar, zone)
    limit = planning.soonest()
    paused = planning.paused(limit)
    wished = planning.wished()
    if wished is not None and wished.day <= paused.day:
        limit = paused = wished
    failed = planning.after_failures()
    summed = planning.after_signals()
    also = [one.why for one in (failed, summed) if one is not None]
    told = [paused.why, limit.why, *also, planning.of_tier().why]
    return Planned(
        step=planning.step(),
        earliest=paused.earliest,
        due=paused.day,
        by=paused.by or datetime.combine(paused.day, calendar.closes, zone),
        why=_each_once(told),
        grade=planning.grade(),
    )


def _each_once(told: Sequence[Why]) -> tuple[Why, ...]:
    """The first of each kind, in order."""
    first: dict[WhyKey, Why] = {}
    for why in told:
        first.setdefault(why.key, why)
    return tuple(first.values())


class _Planning:
    """The rules one by one, for one child."""

    def __init__(
        self,
        child: ChildFacts,
        rhythm: Rhythm,
        seasons: Mapping[str, Season],
        calendar: Calendar,
        zone: tzinfo,
    ):
        self._child = child
        self._rhythm = rhythm
        self._calendar = calendar
        self._zone = zone
        self._tier_key = rhythm.tier_of(child.tier)
        self._tier = rhythm.tiers[self._tier_key]
        self._seasons = {
            key: season
            for key, season in seasons.items()
            if rhythm.concerns(season, self._tier_key, child.tags)
        }
        self._entered = child.entered_at.astimezone(zone).date()
        good = [
            visit.on
            for visit in child.visits
            if visit.on >= self._entered and rhythm.counts(visit, self._tier_key)
        ]
        self._last_good = max(good, default=None)
        #: From here the intervals are counted.
        self._anchor = self._last_good or self._entered

    def soonest(self) -> _Limit:
        """The earliest day that any rule wants."""
        wanted = (
            self._missed(),
            self._at_once(),
            self._first_visit(),
            self.after_failures(),
            self._after_silence(),
            self.after_signals(),
            self._promised(),
            self._regular(),
        )
        return min(filter(None, wanted), key=_day)

    def step(self) -> NextStep:
        """What is to be done: each failed visit in a row changes it."""
        failed = self._failed()
        if any(self._is_straight(failure) for failure in failed):
            return "township"
        reached = [key for key in STEPS if len(failed) >= self._rhythm.steps[key].failures]
        return reached[-1] if reached else "visit"

    def paused(self, limit: _Limit) -> _Limit:
        """The limit, put off as long as a pause lasts."""
        if not self._rhythm.may_pause(self._tier_key):
            return limit
        for pause in sorted(self._child.pauses, key=lambda pause: pause.first):
            last = min(pause.last, pause.first + self._rhythm.pause.longest)
            next_day = last + timedelta(days=1)
            goes_on = max(next_day, self._after(last, self._rhythm.pause.resume))
            if pause.first <= limit.day <= goes_on:
                why = Why(key="paused", since=pause.first, about=pause.reason, until=last)
                limit = _Limit(day=goes_on, why=why, earliest=next_day)
        return limit

    # -- intervals -----------------------------------------------------------------------------

    def _regular(self) -> _Limit:
        """By tier, labels and seasons since the last good visit; a change of them gives time."""
        limits = [self._interval(self._anchor)]
        if self._child.tiered_at is not None:
            limits.append(self._given_time(self._child.tiered_at, "new_tier"))
        if self._child.tagged_at is not None:
            limits.append(self._given_time(self._child.tagged_at, "changed"))
        return max(limits, key=_day)

    def _given_time(self, changed_at: datetime, key: Literal["new_tier", "changed"]) -> _Limit:
        """Never more than a visit on the day of the change would have given."""
        settled = self._settled(changed_at, key)
        return min(settled, self._interval(settled.why.since), key=_day)

    def _settled(self, changed_at: datetime, key: Literal["new_tier", "changed"]) -> _Limit:
        """The tier's first visit after a change; nobody is late before the entry."""
        changed_at = max(changed_at, self._child.entered_at)
        by = due(changed_at, self._tier.first, self._calendar, self._zone).astimezone(self._zone)
        since = changed_at.astimezone(self._zone).date()
        why = Why(key=key, since=since, about=self._tier_key, within=self._tier.first)
        return _Limit(day=by.date(), why=why, earliest=since, by=by)

    def _interval(self, last: date) -> _Limit:
        """The next visit after one on that day."""
        limits = [self.of_tier(last), *self._of_labels(last)]
        until = min(map(_day, limits))
        limits += self._of_seasons(last, until)
        return min(limits, key=_day)

    def of_tier(self, last: date | None = None) -> _Limit:
        """By the tier alone, from the last visit or another day."""
        last = last or self._anchor
        return self._repeated(last, self._tier.every, "tier", self._tier_key)

    def _of_labels(self, last: date) -> Iterator[_Limit]:
        for key in sorted(self._child.tags & self._rhythm.labels.keys()):
            every = self._rhythm.labels[key].every
            if every < self._tier.every:
                yield self._repeated(last, every, "label", key)

    def _repeated(
        self, last: date, every: timedelta, key: Literal["tier", "label"], about: str
    ) -> _Limit:
        day = self._worked(last + every, last)
        why = Why(key=key, since=last, about=about, within=every)
        return _Limit(day=day, why=why, earliest=last + timedelta(days=1))

    def _of_seasons(self, last: date, until: date) -> Iterator[_Limit]:
        for key, season in self._seasons.items():
            for first, end in season.times(last, until, self._calendar):
                yield from self._of_season(key, season, last, first, end)

    def _of_season(
        self, key: str, season: Season, last: date, first: date, end: date
    ) -> Iterator[_Limit]:
        before = first - timedelta(days=1)
        start = max(last, before)
        if season.every is not None and start + season.every <= end:
            day = self._worked(start + season.every, start)
            why = Why(key="season", since=first, about=key, within=season.every, until=end)
            yield _Limit(day=day, why=why, earliest=start + timedelta(days=1))
        if season.once and last < first:
            why = Why(key="season_once", since=first, about=key, until=end)
            yield _Limit(day=self._worked(end, before), why=why, earliest=first)

    def _worked(self, day: date, after: date) -> date:
        """The day, or the last working day before it where one lies after the visit before."""
        worked = self._calendar.workday_by(day)
        return worked if worked > after else day

    # -- more than intervals -------------------------------------------------------------------

    def _first_visit(self) -> _Limit | None:
        if self._last_good is not None:
            return None
        day = self._after(self._entered, self._rhythm.first_visit)
        why = Why(key="first", since=self._entered, within=self._rhythm.first_visit)
        return _Limit(day=day, why=why, earliest=self._entered)

    def _at_once(self) -> _Limit | None:
        tiered_at = self._child.tiered_at
        if tiered_at is None or not self._tier.at_once:
            return None
        limit = self._settled(tiered_at, "new_tier")
        visited = self._last_good is not None and self._last_good >= limit.why.since
        return None if visited else limit

    def _after_silence(self) -> _Limit | None:
        silence, contact = self._child.silence, self._rhythm.contact
        if silence is None or not contact.on or silence.count < contact.silences:
            return None
        # A visit begins the count anew; a silence that goes on does not move the day.
        since = min(silence.count, -((self._anchor - silence.week).days // 7))
        if since < contact.silences:
            return None
        reached = silence.week - timedelta(days=7) * (since - contact.silences)
        why = Why(key="silent", since=reached, count=silence.count, within=contact.within)
        return _Limit(day=self._after(reached, contact.within), why=why, earliest=reached)

    def wished(self) -> _Limit | None:
        """By when somebody is in touch with a family that asked for it; no pause puts it off."""
        wish, contact = self._child.wish, self._rhythm.contact
        if wish is None or not contact.on:
            return None
        why = Why(key=wish.what, since=wish.since, within=contact.heard_within)
        day = self._after(wish.since, contact.heard_within)
        return _Limit(day=day, why=why, earliest=wish.since)

    def after_signals(self) -> _Limit | None:
        """Small things that are much together: somebody looks, soon after the latest of them."""
        wanted = [
            _Limit(day=self._after(one.on, one.step.look), why=_adds_up(one), earliest=one.on)
            for one in self._sums()
        ]
        return min(wanted, key=_day, default=None)

    def grade(self) -> Grade | None:
        """The gravest of what nobody looked at since."""
        grades = {one.step.grade for one in self._sums()}
        return next((grade for grade in GRADES if grade in grades), None)

    def _sums(self) -> Iterator[Sum]:
        """Those after the last good visit; what that visit itself found, too."""
        before = self._last_good or self._entered - timedelta(days=1)
        for one in self._child.sums:
            found_there = one.kind == "visit_worried" and one.on == self._last_good
            if one.on > before or found_there:
                yield one

    def _promised(self) -> _Limit | None:
        """Whoever was there last said when they would come again; a visit since fulfils it."""
        day, said_on = self._child.promised, self._child.promised_on
        if day is None or said_on is None or said_on < self._anchor or day <= self._anchor:
            return None
        why = Why(key="promised", since=said_on, until=day)
        return _Limit(day=self._worked(day, said_on), why=why, earliest=self._anchor)

    def _missed(self) -> _Limit | None:
        """What was overdue before the facts changed stays so until a visit."""
        missed = self._child.missed
        if missed is None or missed <= self._anchor:
            return None
        return _Limit(day=missed, why=Why(key="missed", since=missed), earliest=missed)

    def after_failures(self) -> _Limit | None:
        """By when the step after a failed visit is done; None when none failed."""
        failed = self._failed()
        if not failed:
            return None
        step = self.step()
        within = self._rhythm.steps[step].within
        # The last one that asks the township, and else the last one, says why.
        said = next(filter(self._is_straight, reversed(failed)), failed[-1])
        latest = failed[-1].on
        why = Why(key=step, since=latest, about=said.reason, count=len(failed), within=within)
        return _Limit(day=self._after(latest, within), why=why, earliest=latest)

    def _failed(self) -> tuple[Failure, ...]:
        """The failed visits since the last good one, or since the entry, in order."""
        before = self._last_good or self._entered - timedelta(days=1)
        since = [failure for failure in self._child.failures if failure.on > before]
        return tuple(sorted(since, key=lambda failure: failure.on))

    def _is_straight(self, failure: Failure) -> bool:
        reason = self._rhythm.failures.get(failure.reason)
        return reason is not None and reason.straight

    def _after(self, day: date, span: Span) -> date:
        match span:
            case Workdays(count):
                return self._calendar.add_workdays(day, count)
            case timedelta():
                return day + span
            case _:
                assert_never(span)


def _day(limit: _Limit) -> date:
    return limit.day


def _adds_up(one: Sum) -> Why:
    """What it was, but not that somebody reported: that is known to those who have the case."""
    about = " ".join(f"{kind}:{count}" for kind, count in one.counts.items() if kind != "report")
    return Why(key="signals", since=one.on, about=about, within=one.step.look)
