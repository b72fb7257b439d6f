"""分析: the numbers of a place, what each means, how they lie over places and days, and lists."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TypeAlias

from handlers.children.ledger import MAY_LACK
from handlers.office import cases, children
from handlers.office.periods import USUAL, Between, Period, between, span_of
from handlers.people.colleagues import held
from handlers.school import absence_view
from handlers.supervision import coverage, figures
from handlers.turn import Turn
from policy.figures import Of, Pace, share
from policy.grading import GRADES
from policy.register.columns import COLUMNS
from storage.supervision.spans import Span

#: How many reports were how urgent and of what.
Reported: TypeAlias = Mapping[tuple[str, tuple[str, ...]], int]

#: Lines of a list on one page.
SHOWN = 50
#: Hours of one square of the week.
HOURS = 4
#: Days of one bar of a chart: of so many days at most a day each, of so many a week; else more.
STEPS, LONG_STEP = ((31, 1), (366, 7)), 28
#: Numbers by place: what each is of.
BY_PLACE: Mapping[str, Of] = {
    "children": "children",
    "visits_due": "children",
    "visits_in_time": "children",
    "visits_overdue": "children",
    "reports": "cases",
    "cases": "cases",
}
#: Of these what stands now, of a period that is over not told.
STANDING = ("visits_overdue", "cases")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which place, and which period."""

    area: int | None = None
    period: Period = USUAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """One number."""

    key: str
    name: str
    means: str
    count: int
    #: Of the number that it is a part of, in percents.
    share: int | None
    opens: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A name and a number of a small table."""

    name: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How long one step of the cases took."""

    name: str
    pace: Pace
    share: int | None
    #: Within which time half of them were done, and nine of ten.
    half: str
    nine: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One place below, with its numbers in the order of ``BY_PLACE``."""

    id: int
    name: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """All that the page shows; empty parts are not the reader's."""

    area: int
    name: str
    period: Period
    first: date
    last: date
    #: True for a period that ended before today.
    is_over: bool
    #: True when its numbers may be told to others: no other such period ends or begins inside it.
    is_for_others: bool
    above: tuple[tuple[int, str], ...]
    others: tuple[tuple[int, str], ...]
    numbers: tuple[Number, ...]
    net: int | None
    reasons: tuple[Counted, ...]
    places: tuple[Place, ...]
    keys: tuple[str, ...]
    grades: tuple[Counted, ...]
    circumstances: tuple[Counted, ...]
    steps: tuple[Step, ...]
    #: Reports and visits, a week or a day each, by the first day of it.
    reported: tuple[tuple[date, int], ...]
    visited: tuple[tuple[date, int], ...]
    #: For each day of the week, reports by hours of the day.
    week: tuple[tuple[int, ...], ...]
    lacks: tuple[Counted, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """覆盖和及时 of a place as some days end."""

    area: int
    name: str
    period: Period
    first: date
    last: date
    above: tuple[tuple[int, str], ...]
    below: tuple[tuple[int, str], ...]
    others: tuple[tuple[int, str], ...]
    numbers: tuple[Number, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """What a number counts, a page of it."""

    name: str
    means: str
    place: str
    #: Of which days it is; None for what stands now.
    span: Between | None
    children: tuple[children.Line, ...]
    #: Of each of these children the day that is counted, where the number is of days.
    days: tuple[date, ...]
    cases: tuple[cases.Line, ...]
    absences: tuple[str, ...]
    places: tuple[tuple[int, str], ...]
    #: How many there are in all, where that is known.
    of: int | None
    more: bool


def places(turn: Turn) -> tuple[int, ...]:
    """The places of the speaker's posts with numbers for them."""
    return tuple(at for at in dict.fromkeys(at for _, at in held(turn)) if _may(turn, at))


def page(turn: Turn, asked: Asked) -> Page | None:
    """The numbers of a place; None for a place that is not there or not the speaker's."""
    mine = places(turn)
    area = asked.area if asked.area is not None else mine[0] if mine else 0
    row, may = turn.work.areas.get(area), _may(turn, area)
    if row is None or not may:
        return None
    tree, days = turn.work.areas, between(asked.period, turn.at.date())
    span, is_over = span_of(turn, days), days.is_over(turn.at.date())
    moved = figures.changes(turn, area, span) if "children" in may else []
    knows_then = is_over and "children" in may
    then = figures.children_then(turn, area, span) if knows_then else None
    counts = figures.counted_beside(turn, area, span, moved, then)
    hidden = turn.hidden if "cases" in may else ()
    told = turn.work.trends.reported(area, span, hidden=hidden) if "cases" in may else {}
    hours = _local(turn, turn.work.trends.hours(area, span, hidden=hidden)) if told else {}
    visited = turn.work.trends.visited(area, span) if "children" in may else {}
    return Page(
        area=area,
        name=row.name,
        period=asked.period,
        first=days.first,
        last=days.last,
        is_over=is_over,
        is_for_others=is_over and days.is_whole,
        above=tuple((one.id, one.name) for one in tree.path(area)[:-1] if _may(turn, one.id)),
        others=_others(turn, area, mine),
        numbers=_numbers(turn, counts, days),
        net=counts["entered"] - counts["left"] if "entered" in counts else None,
        reasons=_reasons(turn, moved),
        places=_below(turn, area, _keys(may, is_over=is_over), span, then, hidden),
        keys=_keys(may, is_over=is_over),
        grades=_grades(turn, told),
        circumstances=_circumstances(turn, told),
        steps=_steps(turn, area, span) if "cases" in may else (),
        reported=_spread(_by_day(hours), days) if "cases" in may else (),
        visited=_spread(visited, days) if "children" in may else (),
        week=_week(hours) if told else (),
        lacks=_lacks(turn, area) if "children" in may and not is_over else (),
    )


def reach(turn: Turn, asked: Asked) -> Reach | None:
    """How far the work reaches at a place as some days end; None for what is not the speaker's."""
    mine = places(turn)
    area = asked.area if asked.area is not None else mine[0] if mine else 0
    row, may = turn.work.areas.get(area), _may(turn, area)
    if row is None or not may:
        return None
    tree, days = turn.work.areas, between(asked.period, turn.at.date())
    counts = figures.counted_apart(turn, area, span_of(turn, days))
    shown = turn.rules.policy.figures.known_to(may, apart=True)
    below = (one for one in tree.children(area) if one.kind != "group")
    return Reach(
        area=area,
        name=row.name,
        period=asked.period,
        first=days.first,
        last=days.last,
        above=tuple((one.id, one.name) for one in tree.path(area)[:-1] if _may(turn, one.id)),
        below=tuple((one.id, one.name) for one in below),
        others=_others(turn, area, mine),
        numbers=tuple(_number(turn, key, counts) for key in shown),
    )


def listed(turn: Turn, asked: Asked, key: str, skip: int) -> List | None:
    """What a number counts, each line as far as the speaker may read it."""
    figure = turn.rules.policy.figures.figures.get(key)
    area = asked.area or 0
    if figure is None or figure.of not in figures.may(turn, area):
        return None
    whole = between(asked.period, turn.at.date())
    is_gone = figure.now and whole.is_over(turn.at.date())
    if is_gone or not (figure.listed or figure.desk):
        return None
    span = span_of(turn, whole)
    items = figures.items_of(turn, key, area, span, skip=skip, count=SHOWN + 1)
    shown, days = items.ids[:SHOWN], tuple[date, ...]()
    is_absence = key in ("absent", "returned", *figures.STANDING)
    is_case, is_place = figure.of == "cases", key in coverage.PLACES
    if key == "reports":
        found = [turn.work.cases.of_report(one) for one in shown]
        shown = tuple(one.id for one in found if one)
    is_child = not (is_absence or is_case or is_place)
    lines = children.lines_of(turn, turn.work.children.some(shown)) if is_child else ()
    if items.moments and lines:
        zone, of = turn.rules.zone, {line.id: line for line in lines}
        seen = [(at, of[one]) for one, at in zip(shown, items.moments, strict=False) if one in of]
        days = tuple(at.astimezone(zone).date() for at, _ in seen)
        lines = tuple(line for _, line in seen)
    return List(
        name=figure.name,
        means=figure.means,
        place=turn.work.areas.full_name(area),
        span=None if figure.now else whole,
        children=lines,
        days=days,
        cases=cases.lines_of(turn, dict.fromkeys(shown)) if is_case else (),
        absences=tuple(filter(None, (absence_view.label(turn, one) for one in shown)))
        if is_absence
        else (),
        places=tuple((one, turn.work.areas.full_name(one)) for one in shown) if is_place else (),
        of=items.of,
        more=len(items.ids) > SHOWN,
    )


# -- parts ----------------------------------------------------------------------------------------


def _may(turn: Turn, area: int) -> frozenset[Of]:
    return figures.may(turn, area) & {"children", "cases"}


def _keys(may: frozenset[Of], *, is_over: bool) -> tuple[str, ...]:
    """The numbers by place that the speaker may know of a period."""
    return tuple(
        key for key, of in BY_PLACE.items() if of in may and not (is_over and key in STANDING)
    )


def _numbers(turn: Turn, counts: Mapping[str, int], days: Between) -> tuple[Number, ...]:
    table = turn.rules.policy.figures.figures
    is_over = days.is_over(turn.at.date())
    then = turn.words("analysis.children_then", when=f"{days.last}")
    found = (_number(turn, key, counts) for key in counts)
    return tuple(
        replace(one, means=then, opens=False) if is_over and table[one.key].now else one
        for one in found
    )


def _number(turn: Turn, key: str, counts: Mapping[str, int]) -> Number:
    figure, count = turn.rules.policy.figures.figures[key], counts[key]
    return Number(
        key=key,
        name=figure.name,
        means=figure.means,
        count=count,
        share=share(count, counts.get(figure.shares, 0)) if figure.shares else None,
        opens=bool(count) and (figure.listed or figure.desk),
    )


def _reasons(turn: Turn, moved: Sequence[tuple[int, str, bool]]) -> tuple[Counted, ...]:
    """Why children came and went, in words."""
    found = Counter((came, why) for _, why, came in moved)
    ways = {
        **{(True, why): f"analysis.{why}" for why in ("new", "back")},
        (True, "elsewhere"): "analysis.moved_in",
        (False, "elsewhere"): "analysis.moved_out",
        (False, "merged"): "analysis.merged",
        (False, "undone"): "analysis.undone",
    }
    return tuple(
        Counted(name=turn.words(ways.get(key, f"child.left.{key[1]}")), count=count)
        for key, count in sorted(found.items(), key=lambda item: (not item[0][0], item[0][1]))
    )


def _below(
    turn: Turn,
    area: int,
    keys: Sequence[str],
    span: Span,
    then: Mapping[int, int] | None,
    hidden: Sequence[int],
) -> tuple[Place, ...]:
    """The places right below in the county's own order: nobody stands before another."""
    below = [one for one in turn.work.areas.children(area) if one.kind != "group"]
    if not below:
        return ()
    tree = turn.work.areas
    homes = {inside: one.id for one in below for inside in tree.descendants(one.id)}
    found: dict[str, Counter[int]] = {}
    for key in keys:
        found[key] = Counter()
        known = then if key == "children" else None
        by_area = (
            turn.work.trends.by_area(key, area, span, hidden=hidden) if known is None else known
        )
        for at, count in by_area.items():
            found[key][homes.get(at, area)] += count
    return tuple(
        Place(
            id=one.id,
            name=one.name,
            counts={key: counts[one.id] for key, counts in found.items()},
        )
        for one in below
    )


def _others(turn: Turn, area: int, mine: Iterable[int]) -> tuple[tuple[int, str], ...]:
    """The speaker's places from which no way leads down to this one."""
    tree = turn.work.areas
    return tuple(
        (one, tree.full_name(one)) for one in mine if one != area and not tree.is_within(area, one)
    )


def _grades(turn: Turn, told: Reported) -> tuple[Counted, ...]:
    return tuple(
        Counted(
            name=turn.words(f"grade.{grade}"),
            count=sum(count for (given, _), count in told.items() if given == grade),
        )
        for grade in (GRADES if told else ())
    )


def _circumstances(turn: Turn, told: Reported) -> tuple[Counted, ...]:
    lines = turn.rules.policy.circumstances.lines
    found: Counter[str] = Counter()
    for (_, codes), count in told.items():
        for code in codes:
            found[code] += count
    return tuple(
        Counted(name=lines[code].words, count=found[code]) for code in lines if found[code]
    )


def _steps(turn: Turn, area: int, span: Span) -> tuple[Step, ...]:
    return tuple(
        Step(
            name=name,
            pace=pace,
            share=share(pace.in_time, pace.count),
            half=figures.said_span(turn, pace.p50),
            nine=figures.said_span(turn, pace.p90),
        )
        for name, pace in figures.steps(turn, area, span)
    )


def _spread(by_day: Mapping[date, int], days: Between) -> tuple[tuple[date, int], ...]:
    """Day by day, week by week or four weeks by four; days without anything are noughts."""
    many = (days.last - days.first).days + 1
    step = next((step for most, step in STEPS if many <= most), LONG_STEP)
    starts = [days.first + timedelta(days=at) for at in range(0, many, step)]
    return tuple(
        (start, sum(by_day.get(start + timedelta(days=at), 0) for at in range(step)))
        for start in starts
    )


def _local(turn: Turn, hours: Mapping[datetime, int]) -> Mapping[datetime, int]:
    return {hour.astimezone(turn.rules.zone): count for hour, count in hours.items()}


def _by_day(hours: Mapping[datetime, int]) -> Mapping[date, int]:
    found: Counter[date] = Counter()
    for hour, count in hours.items():
        found[hour.date()] += count
    return found


def _week(hours: Mapping[datetime, int]) -> tuple[tuple[int, ...], ...]:
    found: Counter[tuple[int, int]] = Counter()
    for hour, count in hours.items():
        found[hour.weekday(), hour.hour // HOURS] += count
    return tuple(tuple(found[day, part] for part in range(24 // HOURS)) for day in range(7))


def _lacks(turn: Turn, area: int) -> tuple[Counted, ...]:
    """未采集 by column, as far as the reader's posts see the column."""
    tree, ledger = turn.work.areas, turn.rules.ledger
    inside = tree.descendants(area)
    lacks = ledger.lacks(tree, turn.at.date(), turn.work.now, inside)
    sight = turn.rules.policy.rights.sight(held(turn), area, tree, own=False)
    return tuple(
        Counted(name=COLUMNS[key].heading, count=lacks[key])
        for key in MAY_LACK
        if key in sight.full and lacks[key]
    )
