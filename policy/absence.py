"""A pupil who is missing: what must happen by when, from the first morning to the return."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Literal, TypeAlias, assert_never

from policy.calendar import Calendar

#: What a reason means: the ladder at once or later, the police, or nothing.
Path: TypeAlias = Literal["ladder", "excused", "police", "none"]
#: Where a pupil stands: 疑似辍学 is suspected, 辍学 dropout.
Standing: TypeAlias = Literal["present", "absent", "suspected", "dropout", "missing"]

#: Who stood there is looked after for longer once they are back.
STOOD = frozenset({"suspected", "dropout", "missing"})
#: A longer school holiday is a mistake in the table, and nothing would ever fall due.
MAX_BREAK_DAYS = 200
#: A quarter has so many.
MONTHS = 3
END_OF_DAY = time(23, 59)
#: How the duties of the steps are called, and how they climb.
DUTY, LADDER, LADDER_OF_HOURS = "absent_", "absence", "absence_hours"
#: Of an observation each day has its own step; they are one kind of duty.
OBSERVED = "observation"
#: The end of the time that a notice gives: each notice has its own step, of one kind of duty.
NOTICED = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What one reason means."""

    path: Path
    #: Excused for so many school days.
    longest: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One step of the ladder."""

    name: str
    #: School days after the first one missed.
    day: int
    within: timedelta | None = None
    by: time | None = None
    whose: tuple[str, ...]
    tells: tuple[str, ...] = ()
    #: What its form asks besides: causes, helps.
    asks: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """How far 控辍保学 has come with a pupil."""

    name: str
    #: Any of these steps done reaches it.
    steps: tuple[str, ...] = ()
    #: Of a pupil who is back: at once, when looked after once, when for the last time.
    when: Literal["", "back", "observed", "closed"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is done at once: the police are called."""

    name: str
    whose: tuple[str, ...]
    tells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A school holiday."""

    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class School:
    """When there is school."""

    roll: time
    #: Whoever hears of a step late has at least so long for it.
    least: timedelta
    boarders_at_once: bool = True
    taught: frozenset[date] = frozenset()
    breaks: Mapping[str, Break] = field(default_factory=dict)

    def is_taught(self, day: date, calendar: Calendar) -> bool:
        """True on a school day."""
        if day in self.taught:
            return True
        is_off = any(one.first <= day <= one.last for one in self.breaks.values())
        return not is_off and calendar.is_workday(day)

    def add_days(self, day: date, count: int, calendar: Calendar) -> date:
        """The ``count``-th school day after a day; with 0 the day itself, or the next one."""
        while count > 0 or not self.is_taught(day, calendar):
            day += timedelta(days=1)
            if count > 0 and self.is_taught(day, calendar):
                count -= 1
        return day

    def days_before(self, day: date, count: int, calendar: Calendar) -> date:
        """The ``count``-th school day before a day."""
        while count > 0:
            day -= timedelta(days=1)
            count -= self.is_taught(day, calendar)
        return day

    def days_between(self, first: date, last: date, calendar: Calendar) -> int:
        """How many school days there are from one day to another, both counted."""
        days = (first + timedelta(days=n) for n in range((last - first).days + 1))
        return sum(self.is_taught(day, calendar) for day in days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """How a pupil who came back is looked after."""

    name: str
    #: School days after the return; of who was about to leave school, or had left, these too.
    days: tuple[int, ...]
    dropout_days: tuple[int, ...] = ()
    whose: tuple[str, ...]
    tells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Who looks whether a pupil is back when the notice to return (限期返校通知书) has run out."""

    name: str
    #: So many days after it was made out.
    days: int
    whose: tuple[str, ...]
    tells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropout:
    """When a pupil counts as 疑似辍学 and as 辍学."""

    suspected_after: int
    dropout_after: int
    suspected_reasons: tuple[str, ...] = ()
    #: Steps without which nobody counts as 辍学.
    dropout_needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Monthly:
    """The monthly report of each school (一月一报告), and the county's check (一季度一复核)."""

    #: From this day of the month each school is asked for its numbers; by when they are there.
    day: int
    due: int
    #: Posts that see the reports of the schools of their place, and that check them.
    checks: tuple[str, ...]
    #: Working days for the check of a quarter.
    check_days: int

    def asked_on(self, today: date) -> date:
        """The month whose numbers are asked for now, by its first day."""
        month = today.replace(day=1)
        return month if today.day >= self.day else (month - timedelta(days=1)).replace(day=1)

    def quarter_checked_on(self, today: date) -> date:
        """The quarter that is checked now, by its first day: all its months are behind us."""
        month = today.replace(day=1)
        last = month if today.day > self.due else (month - timedelta(days=1)).replace(day=1)
        while last.month % MONTHS:
            last = (last - timedelta(days=1)).replace(day=1)
        return last.replace(month=last.month - MONTHS + 1)


def months_of(quarter: date) -> tuple[date, ...]:
    """The first days of a quarter's months."""
    return tuple(quarter.replace(month=quarter.month + n) for n in range(MONTHS))


def month_end(month: date) -> date:
    """The last day of a month."""
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """How a school hands its children of the register to the villages for a holiday."""

    #: School days before the holiday when the school is asked, and after it.
    days: int
    #: Holidays of fewer days are nobody's business.
    shortest: int
    #: The post that takes the children of a village; and the one above, for a child who does
    #: not live there.
    takes: str
    above: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceTable:
    """What absence.toml says."""

    kinds: Mapping[str, Kind]
    rungs: Mapping[str, Rung]
    police: Call
    school: School
    observation: Observation
    notice: Notice
    dropout: Dropout
    monthly: Monthly
    handover: Handover
    #: The first is where every absence begins.
    stages: Mapping[str, Stage] = field(default_factory=dict)
    #: Whoever looks after the child at home learns of it, too, if they can be reached.
    tells_carer: bool = False

    def duties(self) -> Mapping[str, tuple[str, str]]:
        """The kinds of duties that the steps are: what is to be done, and how it climbs."""
        steps = {
            DUTY + key: (rung.name, LADDER_OF_HOURS if rung.within else LADDER)
            for key, rung in self.rungs.items()
        }
        return {
            **steps,
            DUTY + OBSERVED: (self.observation.name, LADDER),
            DUTY + NOTICED: (self.notice.name, LADDER),
        }

    def path(self, reason: str) -> Kind:
        """What a reason means; one that the table does not know is no reason."""
        return self.kinds.get(reason, _NO_REASON)


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """What is known of one absence. Moments are in the county's own zone."""

    first_day: date
    noted: datetime
    #: A key of ``reason`` in absence_lines.toml, or "".
    reason: str = ""
    #: False when the reason holds but nobody asked for leave.
    is_excused: bool = True
    #: The last day of a leave that was given, such as with a doctor's note.
    excused_until: date | None = None
    is_boarder: bool = False
    #: Nobody knows where the child is.
    cannot_be_found: bool = False
    #: When the latest notice to return was made out.
    noticed: date | None = None
    returned: date | None = None
    #: Where the pupil stood by then.
    stood: str = ""
    done: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that somebody must do."""

    key: str
    name: str
    #: From when on it is to be done, and by when.
    begins: datetime
    due: datetime
    #: Posts of roles.toml.
    whose: tuple[str, ...]
    tells: tuple[str, ...] = ()

    @property
    def duty(self) -> str:
        """The kind of duty that it is."""
        kinds = (one for one in (OBSERVED, NOTICED) if self.key.startswith(one))
        return DUTY + next(kinds, self.key)


def plan(absence: Absence, table: AbsenceTable, calendar: Calendar) -> tuple[Step, ...]:
    """Every step of an absence as it stands, also those to come, in the order of their days."""
    if absence.returned is not None:
        return tuple(_observations(absence.returned, absence, table, calendar))
    match _path(absence, table):
        case "police":
            return (_police(absence, table),)
        case "none":
            return ()
        case "ladder" | "excused":
            steps = [
                *_ladder(absence, table, calendar),
                *_after_notice(absence, table, calendar),
            ]
            return tuple(sorted(steps, key=lambda step: step.due))
        case path:
            assert_never(path)


def steps_due(
    absence: Absence, now: datetime, table: AbsenceTable, calendar: Calendar
) -> tuple[Step, ...]:
    """What is to be done now and is not done yet, the most pressing first."""
    steps = plan(absence, table, calendar)
    return tuple(step for step in steps if step.begins <= now and step.key not in absence.done)


def standing(absence: Absence, today: date, table: AbsenceTable, calendar: Calendar) -> Standing:
    """In which of the county's ledgers a pupil belongs."""
    if absence.returned is not None and absence.returned <= today:
        return "present"
    path, rule = _path(absence, table), table.dropout
    if path == "police":
        return "missing"
    if path == "none":
        return "present"
    missed = table.school.days_between(unexplained_from(absence, table, calendar), today, calendar)
    if missed >= rule.dropout_after and absence.done.issuperset(rule.dropout_needs):
        return "dropout"
    if missed >= rule.suspected_after or absence.reason in rule.suspected_reasons:
        return "suspected"
    return "absent"


def stage(absence: Absence, table: AbsenceTable) -> str:
    """How far it has come: the key of the furthest stage that was reached."""
    looked = {f"{OBSERVED}_{day}" for day in _observed_on(absence, table)}
    is_back = absence.returned is not None
    whether = {
        "back": is_back,
        "observed": is_back and bool(looked & absence.done),
        "closed": is_back and looked <= absence.done,
    }
    reached = next(iter(table.stages), "")
    for key, one in table.stages.items():
        done = any(step in absence.done or _is_given(step, absence) for step in one.steps)
        if whether.get(one.when, done):
            reached = key
    return reached


def _is_given(step: str, absence: Absence) -> bool:
    return step == NOTICED and absence.noticed is not None


def _observed_on(absence: Absence, table: AbsenceTable) -> tuple[int, ...]:
    days = table.observation.days
    return (*days, *table.observation.dropout_days) if absence.stood in STOOD else days


def unexplained_from(absence: Absence, table: AbsenceTable, calendar: Calendar) -> date:
    """Day 0: the first school day that no reason and no leave covers."""
    first = table.school.add_days(absence.first_day, 0, calendar)
    if absence.excused_until is not None and absence.excused_until >= first:
        return table.school.add_days(absence.excused_until + timedelta(days=1), 0, calendar)
    kind = table.path(absence.reason)
    if kind.path == "excused" and absence.is_excused:
        return table.school.add_days(first, kind.longest, calendar)
    return first


# -- the steps ---------------------------------------------------------------------------------

_NO_REASON = Kind(path="ladder")


def _path(absence: Absence, table: AbsenceTable) -> Path:
    return "police" if absence.cannot_be_found else table.path(absence.reason).path


def _police(absence: Absence, table: AbsenceTable) -> Step:
    call = table.police
    return Step(
        key="police",
        name=call.name,
        begins=absence.noted,
        due=absence.noted,
        whose=call.whose,
        tells=call.tells,
    )


def _ladder(absence: Absence, table: AbsenceTable, calendar: Calendar) -> Iterator[Step]:
    first = unexplained_from(absence, table, calendar)
    for key, rung in table.rungs.items():
        day = table.school.add_days(first, rung.day, calendar)
        begins = _begin(day, absence, table, calendar)
        yield Step(
            key=key,
            name=rung.name,
            begins=begins,
            due=_due(rung, day, begins, table.school.least),
            whose=rung.whose,
            tells=rung.tells,
        )


def _after_notice(absence: Absence, table: AbsenceTable, calendar: Calendar) -> Iterator[Step]:
    """On the first school day after the time that the notice gave: is the pupil back?"""
    if absence.noticed is None:
        return
    until = absence.noticed + timedelta(days=table.notice.days)
    day = table.school.add_days(until, 0, calendar)
    yield Step(
        key=f"{NOTICED}_{absence.noticed:%Y%m%d}",
        name=table.notice.name,
        begins=datetime.combine(day, table.school.roll, absence.noted.tzinfo),
        due=datetime.combine(day, calendar.closes, absence.noted.tzinfo),
        whose=table.notice.whose,
        tells=table.notice.tells,
    )


def _begin(day: date, absence: Absence, table: AbsenceTable, calendar: Calendar) -> datetime:
    """The roll of that day, or later when it was noted later; a boarder is asked for at once.

    Whoever notes it on the day itself has called the roll.
    """
    if day == absence.noted.date():
        return absence.noted
    roll = datetime.combine(day, table.school.roll, absence.noted.tzinfo)
    is_day_0 = day == unexplained_from(absence, table, calendar)
    is_of_boarder = absence.is_boarder and table.school.boarders_at_once
    is_new = day == table.school.add_days(absence.first_day, 0, calendar)
    return absence.noted if is_day_0 and is_new and is_of_boarder else max(roll, absence.noted)


def _due(rung: Rung, day: date, begins: datetime, least: timedelta) -> datetime:
    """The earlier of both terms."""
    terms = []
    if rung.within is not None:
        terms.append(begins + rung.within)
    if rung.by is not None or rung.within is None:
        terms.append(datetime.combine(day, rung.by or END_OF_DAY, begins.tzinfo))
    return max(min(terms), begins + least)


def _observations(
    returned: date, absence: Absence, table: AbsenceTable, calendar: Calendar
) -> Iterator[Step]:
    for number in _observed_on(absence, table):
        day = table.school.add_days(returned, number, calendar)
        yield Step(
            key=f"{OBSERVED}_{number}",
            name=table.observation.name,
            begins=datetime.combine(day, table.school.roll, absence.noted.tzinfo),
            due=datetime.combine(day, calendar.closes, absence.noted.tzinfo),
            whose=table.observation.whose,
            tells=table.observation.tells,
        )
