"""走访: a month of visits day by day, and the children of one day or of all that is overdue."""

import calendar
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from handlers.children import register
from handlers.office import children
from handlers.office.lights import Light
from handlers.turn import Turn
from storage.cases.duties import Duty

#: Children of one day, on one page.
SHOWN = 50
#: Months before and after now that one can turn to.
MONTHS = 24
#: Before anything of ours.
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day of the calendar."""

    day: date
    #: Visits to be made until its end, and those of them that were made.
    open: int
    done: int
    light: Light
    is_today: bool
    #: The name of a day off; "" on others.
    off: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which month, and the children of which day; without a day those whose visit is overdue."""

    month: date | None = None
    day: date | None = None
    page: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A month by weeks; None stands for days of other months."""

    month: date
    weeks: tuple[tuple[Day | None, ...], ...]
    overdue: int
    lines: tuple[children.Line, ...]
    count: int


def page(turn: Turn, asked: Asked) -> Page | None:
    """A month and the wanted list; None for a month too far away."""
    month = (asked.day or asked.month or turn.at.date()).replace(day=1)
    today = turn.at.date()
    if abs((month.year - today.year) * 12 + month.month - today.month) > MONTHS:
        return None
    counts = _counted(turn, _begins(turn, month), _begins(turn, _after(month)))
    weeks = calendar.Calendar().monthdatescalendar(month.year, month.month)
    overdue = children.late_visits(turn)
    since, until = _span(turn, asked)
    count = overdue if asked.day is None else counts.get((asked.day, "open"), 0)
    return Page(
        month=month,
        weeks=tuple(
            tuple(_day(turn, day, counts) if day.month == month.month else None for day in week)
            for week in weeks
        ),
        overdue=overdue,
        lines=_lines(turn, since, until, asked.page),
        count=count,
    )


def exported(turn: Turn, asked: Asked) -> tuple[children.Line, ...]:
    """All children of the wanted day, or whose visit is overdue, for a file."""
    found, page = list[children.Line](), 0
    while len(found) < children.EXPORTED:
        lines = _lines(turn, *_span(turn, asked), page)
        if not lines:
            break
        found += lines
        page += 1
    return tuple(found)


def _span(turn: Turn, asked: Asked) -> tuple[datetime, datetime]:
    if asked.day is None:
        return LONG_AGO, turn.work.now
    return _begins(turn, asked.day), _begins(turn, asked.day + timedelta(days=1))


def _begins(turn: Turn, day: date) -> datetime:
    """The first moment of a day of the county."""
    return datetime.combine(day, time(), turn.rules.zone).astimezone(UTC)


def _after(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _counted(turn: Turn, since: datetime, until: datetime) -> Mapping[tuple[date, str], int]:
    """How many visits are due on which day, open and done."""
    found: Counter[tuple[date, str]] = Counter()
    for due_at, state, count in _by_time(turn, since, until):
        found[due_at.astimezone(turn.rules.zone).date(), state] += count
    return found


def _by_time(
    turn: Turn, since: datetime, until: datetime
) -> tuple[tuple[datetime, str, int], ...]:
    if tops := children.tops(turn):
        return turn.work.visits.by_time(tops, since, until)
    return tuple((one.due_at, "open", 1) for one in _own(turn, since, until))


def _lines(turn: Turn, since: datetime, until: datetime, page: int) -> tuple[children.Line, ...]:
    skip = page * SHOWN
    if tops := children.tops(turn):
        ids = turn.work.visits.whose(tops, since, until, skip=skip, count=SHOWN)
    else:
        own = _own(turn, since, until)[skip : skip + SHOWN]
        ids = tuple(one.subject_id for one in own)
    found = {child.id: child for child in turn.work.children.some(ids)}
    return children.lines_of(turn, [found[one] for one in ids if one in found])


def _own(turn: Turn, since: datetime, until: datetime) -> list[Duty]:
    """The visits to whom the speaker answers for, where no post shows a place."""
    planned = turn.work.duties.visits_of(register.own_ids(turn)).values()
    return sorted(
        (one for one in planned if since <= one.due_at < until), key=lambda one: one.due_at
    )


def _day(turn: Turn, day: date, counts: Mapping[tuple[date, str], int]) -> Day:
    table, today = turn.rules.policy.calendar, turn.at.date()
    waits = counts.get((day, "open"), 0)
    light: Light = "calm"
    if waits:
        light = "late" if day < today else "soon" if day == today else "calm"
    off = "" if table.is_workday(day) else table.holidays.get(day, turn.words("office.day_off"))
    return Day(
        day=day,
        open=waits,
        done=counts.get((day, "done"), 0),
        light=light,
        is_today=day == today,
        off=off,
    )
