"""Whose visits are due: every person's share of a day, and of a place that nobody answers for."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from handlers.rules import Rules
from handlers.visiting import tier_rounds
from policy.routing import seated
from storage.visiting.visit import Due
from storage.work import Reading

#: Children of whom the digests of one turn speak.
TOLD = 400
#: Why a child's own people are not reached, as far as a digest speaks of it.
UNDELIVERED = ("unreachable", "unregistered")


@dataclass(slots=True, kw_only=True)
class Share:
    """What stands in one person's digest: children by what they are to them."""

    own: list[int] = field(default_factory=list)
    #: Whose own people are away, unknown or were not reached.
    instead: list[int] = field(default_factory=list)
    undelivered: list[int] = field(default_factory=list)
    #: Missed visits that climbed to them.
    climbed: list[int] = field(default_factory=list)
    #: How many children of theirs have a tier that is to be looked at again.
    tiers: int = 0
    #: How many visits come up in the next days, where they are many.
    ahead: int = 0

    def all(self) -> list[int]:
        """The children whose visit is this person's to do."""
        return [*self.own, *self.instead]

    def told(self) -> list[int]:
        """All children of whom the digest speaks."""
        return [*self.all(), *self.climbed]


def of_day(reading: Reading, rules: Rules, day: date) -> Mapping[int, Share]:
    """Every person's share of a day; while anybody is there, nothing overdue is without them."""
    until = end_of(day, rules)
    quiet = reading.visits.quiet_on(day)
    found: dict[int, Share] = defaultdict(Share)
    hands, dues = _Hands(reading, rules), reading.visits.due(until)
    climbed = reading.visits.climbed(morning_of(day, rules))
    least = rules.policy.reminders.ahead_least
    ahead = reading.visits.ahead(until, horizon_of(day, rules), least)
    hands.meet({due.person_id for due in dues if due.person_id is not None}.union(climbed, ahead))
    for due in dues:
        person, cause = hands.of(due)
        if person is None or due.child_id in quiet:
            continue
        share = found[person]
        (share.instead if cause else share.own).append(due.child_id)
        if cause in UNDELIVERED:
            share.undelivered.append(due.child_id)
    for person, children in climbed.items():
        if hands.is_reached(person):
            share = found[person]
            share.climbed += [one for one in children if one not in {*quiet, *share.all()}]
    for person, count in ahead.items():
        if (who := hands.for_tiers(person, 0)) is not None:
            found[who].ahead += count
    for owner, area, count in tier_rounds.whose(reading, rules):
        who = hands.for_tiers(owner, area)
        if who is not None:
            found[who].tiers += count
    return found


class _Hands:
    """Who has a visit to do today, found at once for all persons and once for each place."""

    def __init__(self, reading: Reading, rules: Rules) -> None:
        self._reading, self._rules = reading, rules
        self._gaps = {
            gap.child_id: gap.cause
            for root in reading.areas.roots()
            for gap in reading.responsibilities.gaps(root.id, at_most=1 << 30)
            if gap.cause != "elsewhere"  # far away, but reached
        }
        self._deputies = reading.deputies.all_at(reading.now)
        self._places: dict[int | None, int | None] = {}
        self._reached: dict[int, bool] = {}

    def meet(self, people: Collection[int]) -> None:
        """Ask at once which of these are reached, and of whoever stands in for them."""
        asked = {*people, *(self._deputies.get(one, one) for one in people)}
        reaches = self._reading.people.reaches(asked)
        self._reached |= {one: one in reaches for one in asked}

    def of(self, due: Due) -> tuple[int | None, str]:
        """The person, and why it is not whom the child was given to."""
        cause = self._gaps.get(due.child_id, "")
        if due.person_id is not None and not cause:
            person = self._stand_in(due.person_id)
            if person is not None:
                return person, ""
            cause = "unreachable"
        return self._instead(due.area_id), cause or "nobody"

    def for_tiers(self, owner: int, area_id: int) -> int | None:
        """Who looks at the tiers of somebody's children: they, or whoever stands in for them."""
        return self._stand_in(owner) if owner else self._instead(area_id)

    def is_reached(self, person_id: int) -> bool:
        """True for whom a message finds."""
        if person_id not in self._reached:
            self.meet([person_id])
        return self._reached[person_id]

    def _stand_in(self, person_id: int) -> int | None:
        """The person, or whoever does their work today; None when neither is reached."""
        whose = self._deputies.get(person_id, person_id)
        return whose if self.is_reached(whose) else None

    def _instead(self, area_id: int | None) -> int | None:
        if area_id not in self._places:
            self._places[area_id] = self._nearest(area_id)
        return self._places[area_id]

    def _nearest(self, area_id: int | None) -> int | None:
        if area_id is None:
            return None
        reading, policy = self._reading, self._rules.policy
        for role, seat in seated(policy.reminders.instead, area_id, reading.areas, policy.routing):
            for holder in reading.people.holders((role,), (seat,)):
                away = reading.deputies.away(holder.person_id, reading.now)
                if away is None:
                    return holder.person_id
                if away.deputy_id is not None and self.is_reached(away.deputy_id):
                    return away.deputy_id
        return None


def pages(shares: Mapping[int, Share]) -> Iterator[Mapping[int, Share]]:
    """The shares, so many at a time as one turn tells: whoever talks meanwhile waits for it."""
    page: dict[int, Share] = {}
    count = 0
    for person, share in shares.items():
        page[person] = share
        count += len(share.told())
        if count >= TOLD:
            yield page
            page, count = {}, 0
    if page:
        yield page


def morning_of(day: date, rules: Rules) -> datetime:
    """When the digest of a day is due: what climbs later is the next morning's."""
    return datetime.combine(day, rules.policy.reminders.digest_from, rules.zone)


def horizon_of(day: date, rules: Rules) -> datetime:
    """How far a morning looks ahead."""
    return end_of(
        rules.policy.calendar.add_workdays(day, rules.policy.reminders.ahead_days), rules
    )


def end_of(day: date, rules: Rules) -> datetime:
    """The moment at which a day of the county is over."""
    return datetime.combine(day + timedelta(days=1), time(), rules.zone)
