"""How often children are visited, and what people are reminded of."""

from datetime import time, timedelta
from itertools import pairwise

from policy.burden import TASKS, BurdenTable
from policy.durations import Span, Workdays, parse_span
from policy.grading import GRADES
from policy.register.columns import COLUMNS
from policy.reminders import Reminders
from policy.rhythm import (
    STEPS,
    After,
    Contact,
    FailureReason,
    Label,
    NextStep,
    PauseReason,
    PauseRule,
    Reassess,
    Rhythm,
    Tag,
    Tier,
    VisitKind,
    known_tags,
)
from policy.seasons import Season, parse_year_day
from policy.tables.reading import Reading, whole_days

DAYS_OF_WEEK = 7
MONTHS, SHORTEST_MONTH = 12, 28


def read_rhythm(reading: Reading) -> Rhythm:
    """How often which children are visited."""
    tiers = _tiers(reading)
    told = reading.table("rhythm")
    rhythm = Rhythm(
        tiers=tiers,
        otherwise=str(told.get("otherwise", "")),
        first_visit=reading.parsed(parse_span, told, "rhythm", "first_visit") or Workdays(5),
        labels=reading.each_parsed(Label, {"every": whole_days}, "rhythm", "label"),
        tags=reading.each(Tag, "rhythm", "tag"),
        kinds=reading.each_parsed(
            VisitKind,
            {"from_every": whole_days, "unseen_from_every": whole_days},
            "rhythm",
            "kind",
        ),
        failures=reading.each(FailureReason, "rhythm", "failure"),
        steps=_steps(reading),
        pause=reading.one(
            PauseRule,
            {"never": whole_days, "longest": whole_days, "resume": parse_span},
            "rhythm",
            "pause",
        )
        or PauseRule(never=timedelta(), longest=timedelta(days=1), resume=Workdays(1)),
        pause_reasons=reading.each(PauseReason, "rhythm", "pause_reason"),
        contact=_contact(reading),
        reassess=_reassess(reading),
    )
    _check_rhythm(reading, rhythm)
    return rhythm


def _reassess(reading: Reading) -> Reassess:
    made = reading.make(Reassess, "rhythm", reading.table("rhythm", "reassess"), "reassess")
    if made is None:
        return Reassess()
    path = ("rhythm", "reassess")
    for month in made.months:
        if not 1 <= month <= MONTHS:
            reading.fault("no-month", *path, "months", found=month)
    if not 1 <= made.days <= SHORTEST_MONTH:
        reading.fault("no-day", *path, "days", found=made.days)
    return made


def _contact(reading: Reading) -> Contact:
    spans = {"within": parse_span, "heard_within": parse_span}
    made = reading.one(Contact, spans, "rhythm", "contact")
    if made is None:
        return Contact(silences=2, within=Workdays(1), heard_within=Workdays(1))
    if made.silences < 1:
        reading.fault("below-one", "rhythm", "contact", "silences", found=made.silences)
    if not 1 <= made.asks_on <= DAYS_OF_WEEK:
        reading.fault("no-weekday", "rhythm", "contact", "asks_on", found=made.asks_on)
    return made


def _tiers(reading: Reading) -> dict[str, Tier]:
    """The gravest first: it has the shortest interval."""
    spans = {"every": whole_days, "first": parse_span}
    tiers = reading.each_parsed(Tier, spans, "rhythm", "tier")
    if not 3 <= len(reading.table("rhythm", "tier")) <= 5:
        reading.fault("tier-count", "rhythm", "tier", found=len(tiers))
    ordered = dict(sorted(tiers.items(), key=lambda pair: pair[1].every))
    for (key, graver), (_, lighter) in pairwise(ordered.items()):
        if _is_slower(graver.first, lighter.first) or (lighter.at_once and not graver.at_once):
            reading.fault("tier-order", "rhythm", "tier", key, found=lighter.name)
    words: dict[str, str] = {}
    for key, tier in ordered.items():
        for word in (tier.name, *tier.words):
            if words.setdefault(word, key) != key:
                reading.fault("tier-word", "rhythm", "tier", key, found=word)
    return ordered


def _steps(reading: Reading) -> dict[NextStep, After]:
    told = reading.each_parsed(After, {"within": parse_span}, "rhythm", "step")
    reading.names("unknown-next-step", told, STEPS, "rhythm", "step")
    steps: dict[NextStep, After] = {}
    for step in STEPS:
        if step not in reading.table("rhythm", "step"):
            reading.fault("missing", "rhythm", "step", step)
        steps[step] = told.get(step, After(failures=1, within=Workdays(1)))
    counts = [one.failures for one in steps.values()]
    if set(STEPS) <= set(told) and not 1 <= counts[0] < counts[1] < counts[2]:
        reading.fault("step-order", "rhythm", "step")
    return steps


def _check_rhythm(reading: Reading, rhythm: Rhythm) -> None:
    """Names in it that it, or the register, must know."""
    reading.names("unknown-tier", [rhythm.otherwise], rhythm.tiers, "rhythm", "otherwise")
    reading.names("unknown-tag", rhythm.labels, known_tags(rhythm.tags), "rhythm", "label")
    for key, tag in rhythm.tags.items():
        path = ("rhythm", "tag", key)
        reading.names("unknown-column", [tag.column], COLUMNS.table, *path, "column")
        column = COLUMNS.table.get(tag.column)
        codes = COLUMNS.codes.get(column.codes, {}) if column else {}
        reading.names("unknown-code", tag.values if column else (), codes, *path, "values")


def read_reminders(reading: Reading) -> Reminders:
    """When people are reminded, and how often at most."""
    made = reading.make(Reminders, "reminders", reading.table("reminders"))
    if made is None:
        return _NO_REMINDERS
    if made.digest_from >= made.digest_until:
        reading.fault("backwards", "reminders", "digest_from", found="digest_from")
    for key in ("most_a_day", "ahead_least", "ahead_days"):
        if getattr(made, key) < 1:
            reading.fault("below-one", "reminders", key, found=getattr(made, key))
    if made.gather_after < 1:
        reading.fault("below-one", "reminders", "gather_after", found=made.gather_after)
    reading.names("unknown-grade", made.put_off, GRADES, "reminders", "put_off")
    reading.names("unknown-grade", made.through, GRADES, "reminders", "through")
    reading.names("unknown-grade", made.at_night, GRADES, "reminders", "at_night")
    duties = reading.table("duties").get("kind", {})
    for grade, kinds in made.at_night.items():
        reading.names("unknown-duty", kinds, duties, "reminders", "at_night", grade)
    reading.names("unknown-role", made.instead, reading.table("roles"), "reminders", "instead")
    reading.names("unknown-grade", made.unseen, GRADES, "reminders", "unseen")
    return made


_NO_REMINDERS = Reminders(
    digest_from=time(7, 30),
    digest_until=time(18),
    ahead_least=1,
    ahead_days=1,
    quiet_from=time(22),
    quiet_until=time(6),
    most_a_day=1,
    gather_after=1,
    gather_within=timedelta(hours=1),
    put_off={},
    through=(),
    at_night={},
    notices_at_night=(),
    instead=(),
    unshown=timedelta(minutes=1),
    unseen={},
)


def read_seasons(reading: Reading, rhythm: Rhythm) -> dict[str, Season]:
    """Times of the year in which children are visited more often."""
    parsers = {
        "first": parse_year_day,
        "last": parse_year_day,
        "every": whole_days,
        "to_every": whole_days,
    }
    seasons = reading.each_parsed(Season, parsers, "seasons", "season")
    for key, season in seasons.items():
        path = ("seasons", "season", key)
        reading.names("unknown-tag", sorted(season.tags), known_tags(rhythm.tags), *path, "tags")
        if season.every is None and not season.once:
            reading.fault("season-wants-nothing", *path)
    return seasons


def _least(made: BurdenTable) -> int:
    return min(made.most_minutes, made.most_chars, made.most_messages)


def read_burden(reading: Reading) -> BurdenTable:
    """What filling in costs, and how much is too much."""
    made = reading.make(BurdenTable, "burden", reading.table("burden"))
    for task in TASKS:
        if task not in reading.table("burden", "cost"):
            reading.fault("missing", "burden", "cost", task)
    if made is not None and (least := _least(made)) < 1:
        reading.fault("below-one", "burden", "most_minutes", found=least)
    return made or BurdenTable(most_minutes=1, most_chars=1)


def _is_slower(graver: Span, lighter: Span) -> bool:
    """True when the graver tier's time is not surely the shorter one."""
    match graver, lighter:
        case timedelta(), timedelta():
            return graver > lighter
        case Workdays(few), Workdays(many):
            return few > many
        case timedelta(), Workdays(many):
            return graver > timedelta(days=many)
        case _:
            return True
