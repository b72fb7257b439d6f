"""How often children are visited, as the county has it: rhythm.toml.

``next_visit`` says what follows from it for one child.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Literal, TypeAlias

from policy.durations import Span
from policy.register.columns import COLUMNS
from policy.seasons import Season
from policy.visit_facts import Visit

#: What is due: a visit, a call because nobody was met, or the township's help.
NextStep: TypeAlias = Literal["visit", "phone", "township"]
STEPS: tuple[NextStep, ...] = ("visit", "phone", "township")
#: The grades of the ladders of duties.toml, for the tiers from the gravest on.
CLIMBS = ("red", "orange", "yellow", "blue")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """One level of risk."""

    name: str
    every: timedelta
    #: So soon after a child was put into it.
    first: Span
    words: tuple[str, ...] = ()
    #: A child that is put into it is visited anew, however short ago the last visit was.
    at_once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """The longest interval of children with a label, whatever their tier."""

    every: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """What the register says of a child, by a name that labels and seasons may use."""

    name: str
    column: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitKind:
    """A way of visiting; it counts for tiers with such an interval or a longer one."""

    name: str
    from_every: timedelta = timedelta()
    #: When the child was neither seen nor heard.
    unseen_from_every: timedelta = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureReason:
    """Why a visit failed; ``straight`` when the township is asked at once."""

    name: str
    straight: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """What comes after so many failed visits in a row."""

    failures: int
    within: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseRule:
    """Who is never paused, how long a pause lasts at most, and when visits go on."""

    #: Tiers with such an interval or a shorter one, and the gravest in any case.
    never: timedelta
    longest: timedelta
    resume: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseReason:
    """Why visits are paused."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Where a county asks carers for 平安 each week: how many silences make a visit due."""

    silences: int
    within: Span
    #: By when somebody is in touch with a family that wants to talk.
    heard_within: Span
    on: bool = False
    #: From which day of the week (Monday is 1), and from which hour, families are asked.
    asks_on: int = 6
    asks_from: time = time(9)

    def asks_at(self, moment: datetime) -> bool:
        """True when families are asked about the week, in the county's own zone."""
        day = moment.isoweekday()
        return self.on and day >= self.asks_on and moment.time() >= self.asks_from


@dataclass(frozen=True, slots=True, kw_only=True)
class Reassess:
    """In which months each tier is looked at again, and within how many days all are asked."""

    months: tuple[int, ...] = ()
    days: int = 20

    def running(self, today: date) -> date | None:
        """The first day of the round that runs; None in a month without one."""
        return today.replace(day=1) if today.month in self.months else None

    def last(self, today: date) -> date | None:
        """The first day of the newest round that began by a day; None where there is none."""
        month = today.replace(day=1)
        for _ in range(12):
            if month.month in self.months:
                return month
            month = (month - timedelta(days=1)).replace(day=1)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """All of it as the county has it."""

    #: The gravest first.
    tiers: Mapping[str, Tier]
    otherwise: str
    first_visit: Span
    pause: PauseRule
    contact: Contact
    reassess: Reassess = field(default_factory=Reassess)
    labels: Mapping[str, Label] = field(default_factory=lambda: MappingProxyType({}))
    tags: Mapping[str, Tag] = field(default_factory=lambda: MappingProxyType({}))
    kinds: Mapping[str, VisitKind] = field(default_factory=lambda: MappingProxyType({}))
    failures: Mapping[str, FailureReason] = field(default_factory=lambda: MappingProxyType({}))
    steps: Mapping[NextStep, After] = field(default_factory=lambda: MappingProxyType({}))
    pause_reasons: Mapping[str, PauseReason] = field(default_factory=lambda: MappingProxyType({}))

    def tier_of(self, said: str) -> str:
        """The tier that a register's word means; the usual one for a word that none has."""
        for key, tier in self.tiers.items():
            if said in (key, tier.name, *tier.words):
                return key
        return self.otherwise

    def tags_of(self, record: Mapping[str, str]) -> frozenset[str]:
        """The labels and tags that a child's record gives."""
        told = {
            key
            for key, tag in self.tags.items()
            if not set(record.get(tag.column, "").split()).isdisjoint(tag.values)
        }
        return frozenset({*record.get("labels", "").split(), *told})

    def counts(self, visit: Visit, tier: str) -> bool:
        """True when a visit of that kind is one for a child of that tier."""
        kind = self.kinds.get(visit.kind)
        if kind is None:
            return False
        every = self.tiers[tier].every
        return every >= kind.from_every and (visit.seen or every >= kind.unseen_from_every)

    def concerns(self, season: Season, tier: str, tags: frozenset[str]) -> bool:
        """True when a season wants something of such a child."""
        if season.to_every is not None and self.tiers[tier].every > season.to_every:
            return False
        return not season.tags or not season.tags.isdisjoint(tags)

    def grade_of(self, said: str) -> str:
        """How fast a visit that was missed climbs: a grade of duties.toml, the gravest first."""
        place = [*self.tiers].index(self.tier_of(said))
        return CLIMBS[min(place, len(CLIMBS) - 1)]

    def may_pause(self, tier: str) -> bool:
        """False for the tiers whose visits no pause stops."""
        return tier != next(iter(self.tiers)) and self.tiers[tier].every > self.pause.never


def known_tags(rhythm_tags: Iterable[str]) -> tuple[str, ...]:
    """What a label or a season may name."""
    return (*COLUMNS.codes["labels"], *rhythm_tags)
