"""What follows when a pupil is missing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta

from policy.absence import (
    DUTY,
    MAX_BREAK_DAYS,
    NOTICED,
    AbsenceTable,
    Break,
    Call,
    Dropout,
    Handover,
    Kind,
    Monthly,
    Notice,
    Observation,
    Rung,
    School,
    Stage,
)
from policy.absence_lines.words import REASONS
from policy.tables.reading import Reading

#: Every month has such a day.
SHORTEST_MONTH = 28


#: The kind of a duty has 24 characters.
MAX_STEP_CHARS = 24 - len(DUTY)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    name: str
    day: int
    within: str = ""
    by: time | None = None
    whose: tuple[str, ...]
    tells: tuple[str, ...] = ()
    asks: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _School:
    roll: time
    least: str
    boarders_at_once: bool = True
    taught: tuple[date, ...] = ()
    breaks: dict[str, Break] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Carer:
    told: bool = False


def read_absence(reading: Reading) -> AbsenceTable:
    """What follows when a pupil is missing."""
    rungs = dict(_rungs(reading))
    names = ("police", "observation", "notice", "dropout", "monthly", "handover")
    parts = {part: reading.table("absence", part) for part in names}
    police = reading.make(Call, "absence", parts["police"], "police")
    observation = reading.make(Observation, "absence", parts["observation"], "observation")
    notice = reading.make(Notice, "absence", parts["notice"], "notice")
    dropout = reading.make(Dropout, "absence", parts["dropout"], "dropout")
    monthly = reading.make(Monthly, "absence", parts["monthly"], "monthly")
    handover = reading.make(Handover, "absence", parts["handover"], "handover")
    carer = reading.make(_Carer, "absence", reading.table("absence", "carer"), "carer")
    if notice is not None and notice.days < 1:
        reading.fault("below-one", "absence", "notice", "days", found=notice.days)
    hands = {"police": police, "observation": observation, "notice": notice}
    _check_steps(reading, rungs, hands)
    if dropout is not None:
        _check_dropout(reading, dropout, rungs)
    if handover is not None:
        posts = [handover.takes, handover.above]
        reading.names("unknown-role", posts, reading.table("roles"), "absence", "handover")
    if monthly is not None:
        _check_monthly(reading, monthly)
    return AbsenceTable(
        kinds=_kinds(reading),
        rungs=rungs,
        police=police or Call(name="", whose=()),
        school=_school(reading),
        observation=observation or Observation(name="", days=(), whose=()),
        notice=notice or Notice(name="", days=1, whose=()),
        dropout=dropout or Dropout(suspected_after=1, dropout_after=1),
        monthly=monthly or Monthly(day=1, due=2, checks=(), check_days=1),
        handover=handover or Handover(days=1, shortest=1, takes="", above=""),
        stages=_stages(reading, rungs),
        tells_carer=carer is not None and carer.told,
    )


def _check_steps(
    reading: Reading,
    rungs: Mapping[str, Rung],
    beside: Mapping[str, Call | Observation | Notice | None],
) -> None:
    """Each step is in somebody's hands, and one of them is taken on the first day."""
    for key, rung in rungs.items():
        _check_hands(reading, rung, "step", key)
    for key, one in beside.items():
        if one is not None:
            _check_hands(reading, one, key)
    if not any(rung.day == 0 for rung in rungs.values()):
        reading.fault("no-first-step", "absence", "step")


def _stages(reading: Reading, rungs: Mapping[str, Rung]) -> Mapping[str, Stage]:
    stages = reading.each(Stage, "absence", "stage")
    for key, one in stages.items():
        path = ("absence", "stage", key, "steps")
        reading.names("unknown-step", one.steps, [*rungs, NOTICED], *path)
    return stages


def _rungs(reading: Reading) -> Iterator[tuple[str, Rung]]:
    for key, step in reading.each(_Step, "absence", "step").items():
        path = ("absence", "step", key)
        if step.day < 0:
            reading.fault("below-zero", *path, "day", found=step.day)
        if len(key) > MAX_STEP_CHARS:
            reading.fault("long-key", *path, most=MAX_STEP_CHARS)
        yield (
            key,
            Rung(
                name=step.name,
                day=max(step.day, 0),
                within=reading.duration(step.within, *path, "within") if step.within else None,
                by=step.by,
                whose=step.whose,
                tells=step.tells,
                asks=step.asks,
            ),
        )


def _kinds(reading: Reading) -> Mapping[str, Kind]:
    kinds = reading.each(Kind, "absence", "kind")
    reading.names("unknown-reason", kinds, REASONS, "absence", "kind")
    for key, kind in kinds.items():
        if kind.path == "excused" and kind.longest < 1:
            reading.fault("no-longest", "absence", "kind", key)
    return kinds


def _school(reading: Reading) -> School:
    told = reading.make(_School, "absence", reading.table("absence", "school"), "school")
    if told is None:
        return School(roll=time(), least=timedelta())
    for name, one in told.breaks.items():
        if one.first > one.last:
            reading.fault("backwards", "absence", "school", "breaks", found=name)
        if (one.last - one.first).days > MAX_BREAK_DAYS:
            reading.fault(
                "long-break", "absence", "school", "breaks", found=name, most=MAX_BREAK_DAYS
            )
    return School(
        roll=told.roll,
        least=reading.duration(told.least, "absence", "school", "least") or timedelta(),
        boarders_at_once=told.boarders_at_once,
        taught=frozenset(told.taught),
        breaks=told.breaks,
    )


def _check_hands(reading: Reading, told: Rung | Call | Observation | Notice, *path: str) -> None:
    known = reading.table("roles")
    if not told.whose:
        reading.fault("no-hands", "absence", *path, "whose")
    reading.names("unknown-role", told.whose, known, "absence", *path, "whose")
    reading.names("unknown-role", told.tells, known, "absence", *path, "tells")


def _check_dropout(reading: Reading, rule: Dropout, rungs: Mapping[str, Rung]) -> None:
    path = ("absence", "dropout")
    reading.names("unknown-reason", rule.suspected_reasons, REASONS, *path, "suspected_reasons")
    reading.names("unknown-step", rule.dropout_needs, rungs, *path, "dropout_needs")
    if not 0 < rule.suspected_after < rule.dropout_after:
        reading.fault("dropout-order", *path, "suspected_after")


def _check_monthly(reading: Reading, told: Monthly) -> None:
    path = ("absence", "monthly")
    if not (0 < told.day < told.due <= SHORTEST_MONTH and told.check_days > 0):
        reading.fault("month-days", *path, "day", most=SHORTEST_MONTH)
    reading.names("unknown-role", told.checks, reading.table("roles"), *path, "checks")
    if not told.checks:
        reading.fault("no-hands", *path, "checks")
