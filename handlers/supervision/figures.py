"""The numbers of a place, and what each of them counts.

``may`` is the one place where it is decided who may know which numbers of a place. Cases of which
the speaker must not hear (``Turn.hidden``) count in none of them.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers.catching_up import catch_up
from handlers.children import keeping
from handlers.people.colleagues import held
from handlers.school import absence_ladder
from handlers.supervision import coverage, outcomes
from handlers.turn import Turn
from policy.figures import Of, Pace
from storage.supervision.day_facts import CAME_BACK
from storage.supervision.spans import Span

#: 义务教育: from six on, nine years.
AGES = (6, 15)
#: Ledgers of pupils who are missing, by where they stand (policy/absence.py).
STANDING = ("suspected", "dropout")


def may(turn: Turn, area_id: int) -> frozenset[Of]:
    """Which kinds of figures of a place the speaker may know; none beside their posts."""
    roles, tree = turn.rules.policy.roles, turn.work.areas
    reading = turn.rules.policy.rights.reading_posts()
    found: set[Of] = set()
    for role, at in held(turn):
        if role in roles and tree.is_within(area_id, at):
            found |= {"children"} if role in reading else set()
            found |= {"cases"} if roles[role].reads_reports else set()
    if any(tree.is_within(area_id, at) for at in keeping.places(turn)):
        found.add("gaps")
    return frozenset(found)


def places(turn: Turn) -> list[int]:
    """The seats of the speaker's posts that may know any number."""
    return [area for area in dict.fromkeys(at for _, at in held(turn)) if may(turn, area)]


def sees(turn: Turn) -> bool:
    """True for whoever may know the numbers of any place."""
    return bool(places(turn))


# -- counting -----------------------------------------------------------------------------------


def counted(turn: Turn, area: int) -> Mapping[str, int]:
    """The numbers of a place that the speaker may know, in the order of the table."""
    span = lately(turn)
    here = changes(turn, area, span) if "children" in may(turn, area) else []
    return counted_beside(turn, area, span, here)


def counted_beside(
    turn: Turn,
    area: int,
    span: Span,
    here: Sequence[tuple[int, str, bool]],
    then: Mapping[int, int] | None = None,
) -> Mapping[str, int]:
    """The same where it is known already who came into the register and who went.

    Of a span that is over also how many children there were then.
    """
    allowed, found = may(turn, area), dict[str, int]()
    table, is_over = turn.rules.policy.figures, span.until < turn.work.now
    if "children" in allowed:
        found |= turn.work.figures.of_children(area, span)
        found["entered"] = sum(is_in for _, _, is_in in here)
        found["left"] = len(here) - found["entered"]
    if "cases" in allowed:
        found |= turn.work.figures.of_cases(area, span, hidden=turn.hidden)
        found |= outcomes.counted(turn, area, span)
    if then is not None:
        found["children"] = sum(then.values())
    if not is_over:
        found |= _standing(turn, area, allowed)
    return {
        key: found.get(key, 0)
        for key in table.known_to(allowed)
        if key in found or not (is_over and table.figures[key].now)
    }


def counted_apart(
    turn: Turn,
    area: int,
    span: Span,
    of_children: Callable[[Turn, int, Span], Mapping[str, int]] = coverage.of_children,
) -> Mapping[str, int]:
    """How far the work reaches as a span ends: of a card and a page of their own.

    With them what they are parts of.
    """
    allowed, found = may(turn, area), dict[str, int]()
    if "children" in allowed:
        found |= of_children(turn, area, span)
    if "cases" in allowed:
        found |= coverage.of_cases(turn, area, span)
        found |= outcomes.counted(turn, area, span)
    return found


def _standing(turn: Turn, area: int, allowed: frozenset[Of]) -> Mapping[str, int]:
    """What stands now: of a period that is over nobody knows it any more."""
    found: dict[str, int] = {}
    if "children" in allowed:
        found |= turn.work.figures.children_now(area)
        found |= _ledgers(turn, area)
    if "cases" in allowed:
        found |= turn.work.figures.cases_now(area, hidden=turn.hidden)
    if "gaps" in allowed:
        limit = turn.rules.policy.limits["children_per_person"]
        gaps = turn.work.responsibilities.gap_counts(area, at_most=limit)
        found["gaps"] = sum(gaps.values())
    return found


def at_school(turn: Turn, area: int) -> Mapping[str, int]:
    """Who is of age, who is missing, and who came back: whoever asks may know it."""
    return {
        "absent": turn.work.figures.absent_now(area),
        **turn.work.day_counts.total(CAME_BACK, area, lately(turn)),
        **_ledgers(turn, area),
    }


def _ledgers(turn: Turn, area: int) -> Mapping[str, int]:
    missing = Counter(absence_ladder.stands(turn, one) for one in turn.work.absences.below(area))
    return {
        **{key: missing[key] for key in STANDING},
        "school_age": turn.work.figures.of_school_age(area, AGES, turn.at.date()),
    }


def changes(turn: Turn, area: int, span: Span) -> list[tuple[int, str, bool]]:
    """Who came into the register of a place, or went out of it, in a span: child, why, came.

    The day on which it begins is no part of it, the day on which it ends is.
    """
    tree, ledger = turn.work.areas, turn.rules.ledger
    inside = frozenset(tree.descendants(area))
    catch_up(turn.work, ledger.step)
    begin, last = (at.astimezone(turn.rules.zone).date() for at in (span.since, span.until))
    found: list[tuple[int, str, bool]] = []
    for one in ledger.changes(begin + timedelta(days=1), last):
        was, now = (at is not None and tree.meant(at) in inside for at in (one.before, one.after))
        if was != now:
            found.append((one.child, one.why, now))
    return found


def children_then(turn: Turn, area: int, span: Span) -> Mapping[int, int]:
    """How many children the register had as a span ended, by place or by its part.

    Those of today, less whoever came since, and with whoever went.
    """
    found, tree = Counter(turn.work.head_counts.children(area)), turn.work.areas
    ledger, inside = turn.rules.ledger, frozenset(tree.descendants(area))
    catch_up(turn.work, ledger.step)
    last = span.until.astimezone(turn.rules.zone).date()
    for one in ledger.changes(last + timedelta(days=1), turn.at.date()):
        for at, by in ((one.before, 1), (one.after, -1)):
            if at is not None and tree.meant(at) in inside:
                found[tree.meant(at)] += by
    return found


def lately(turn: Turn) -> Span:
    """The days up to now of which numbers of a period tell, as the county has them."""
    return Span(turn.work.now - turn.rules.policy.figures.period, turn.work.now)


# -- what a number counts -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """What a number counts, a page of it: ids of absences, cases or children."""

    ids: tuple[int, ...] = ()
    #: Of a number of a period: when each was.
    moments: tuple[datetime, ...] = ()
    #: How many there are in all, where that is known.
    of: int | None = None


def items_of(turn: Turn, key: str, place: int, span: Span, *, skip: int, count: int) -> Items:
    """What a number of a place counts, the newest first of what has a day; nothing not theirs."""
    figure = turn.rules.policy.figures.figures.get(key)
    if figure is None or figure.of not in may(turn, place) or not (figure.listed or figure.desk):
        return Items()
    hidden = turn.hidden if figure.of == "cases" else ()
    page = turn.work.day_lists.page(key, place, span, skip=skip, count=count, hidden=hidden)
    if page is not None:
        ids = tuple(row[0] for row in page.rows)
        return Items(ids=ids, moments=tuple(row[1] for row in page.rows), of=page.of)
    whole = _whole(turn, key, place, span)
    if whole is not None:
        return Items(ids=whole[skip : skip + count], of=len(whole))
    figures = turn.work.figures
    if key in coverage.VISITS:
        rows = coverage.visits(turn, key, place, span)
        shown = rows[skip : skip + count]
        ids, moments = tuple(child for child, _ in shown), tuple(at for _, at in shown)
        return Items(ids=ids, moments=moments, of=len(rows))
    if key == "school_age":
        today = turn.at.date()
        return Items(ids=figures.who_is_of_school_age(place, AGES, today, skip=skip, count=count))
    if key == "unsolved":
        ids = figures.which_reopened(place, span, skip=skip, count=count, hidden=hidden)
        return Items(ids=ids)
    return Items(ids=figures.which(key, place, skip=skip, count=count, hidden=hidden))


def _whole(turn: Turn, key: str, place: int, span: Span) -> tuple[int, ...] | None:
    """All that a number counts, where that is known at once; None where the store pages it."""
    if outcomes.is_one(key):
        return outcomes.listed(turn, key, place, span)
    if key in coverage.VISITS:
        return None
    if turn.rules.policy.figures.figures[key].apart:
        return coverage.listed(turn, key, place, span)
    if key == "gaps":
        limit = turn.rules.policy.limits["children_per_person"]
        gaps = turn.work.responsibilities.gaps(place, at_most=limit)
        return tuple(dict.fromkeys(gap.child_id for gap in gaps))
    if key in ("entered", "left"):
        here = changes(turn, place, span)
        return tuple(child for child, _, came in here if came == (key == "entered"))
    if key in STANDING:
        missing = turn.work.absences.below(place)
        return tuple(one.id for one in missing if absence_ladder.stands(turn, one) == key)
    return None


def steps(turn: Turn, area: int, span: Span) -> list[tuple[str, Pace]]:
    """Each step of the cases with its pace; first how soon the police had them."""
    kinds = turn.rules.policy.duties.kinds
    alarm = coverage.alarm_pace(turn, area, span)
    first = [(turn.words("stats.alarm"), alarm)] if alarm else []
    return first + [
        (kinds[kind].name if kind in kinds else turn.words("duty.other"), pace)
        for kind, pace in turn.work.paces.of(area, span, hidden=turn.hidden).items()
    ]


def said_span(turn: Turn, span: timedelta) -> str:
    """A span in the unit in which people speak of it."""
    minutes = round(span.total_seconds() / 60)
    for key, size in (("days", 1440), ("hours", 60)):
        if minutes >= 2 * size:
            return turn.words(f"duty.{key}", count=round(minutes / size))
    return turn.words("duty.minutes", count=minutes)
