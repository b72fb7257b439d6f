"""缺课与辍学: the three ledgers, and who of each somebody has to do with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from conversation.cards import Button
from handlers.office import children
from handlers.office.lights import Due, due
from handlers.people.colleagues import held
from handlers.saying import button
from handlers.school import absence_ladder, absence_view, classes
from handlers.supervision import figures
from handlers.turn import Turn
from policy.absence import unexplained_from
from policy.masking import mask_name
from storage.school.absences import Missed

#: Pupils on one page, and in one file.
SHOWN, EXPORTED = 50, 5000
#: The ledgers, as policy/figures.toml calls them; the first is shown first.
LEDGERS = ("absent", "suspected", "dropout", "returned", "school_age")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One pupil of a ledger; the name is always 张*."""

    name: str = field(repr=False)
    room: str
    place: str
    first_day: date
    #: School days that nothing explains.
    days: int
    stands: str
    #: How far 控辍保学 has come; "" for who was never about to leave school.
    stage: str
    reason: str
    next: Due | None
    #: Opens it in the talk.
    look: Button


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """One ledger: how many it has, what it means."""

    key: str
    name: str
    means: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The ledgers, and a page of one of them."""

    ledgers: tuple[Ledger, ...]
    shown: Ledger
    lines: tuple[Line, ...] = ()
    of_age: tuple[children.Line, ...] = ()
    #: Of this page, those that are not the reader's yet.
    others: int = 0


def may(turn: Turn) -> bool:
    """True for whoever knows the numbers of the children of a place."""
    return bool(places(turn))


def places(turn: Turn) -> tuple[int, ...]:
    """The places whose numbers the speaker knows, none within another."""
    tree = turn.work.areas
    found = {at for _, at in held(turn) if "children" in figures.may(turn, at)}
    return tuple(
        sorted(
            at
            for at in found
            if not any(at != other and tree.is_within(at, other) for other in found)
        )
    )


def page(turn: Turn, ledger: str, number: int) -> Page | None:
    """A page of a ledger; None for one that there is not."""
    if ledger not in LEDGERS:
        return None
    table = turn.rules.policy.figures.figures
    counts = _counts(turn)
    ledgers = {
        key: Ledger(key=key, name=table[key].name, means=table[key].means, count=counts[key])
        for key in LEDGERS
        if key in table
    }
    if ledger not in ledgers:
        return None
    skip = number * SHOWN
    if ledger == "school_age":
        return Page(
            ledgers=(*ledgers.values(),),
            shown=ledgers[ledger],
            of_age=_of_school_age(turn, skip),
        )
    found = _missed(turn, ledger)[skip : skip + SHOWN]
    lines = [line for one in found if (line := _line(turn, one))]
    return Page(
        ledgers=(*ledgers.values(),),
        shown=ledgers[ledger],
        lines=tuple(lines),
        others=len(found) - len(lines),
    )


def named(turn: Turn, ledger: str) -> list[tuple[str, Line]]:
    """Whom the speaker has to do with, with the name as far as it may be read."""
    if ledger not in LEDGERS or ledger == "school_age":
        return []
    found: list[tuple[str, Line]] = []
    for missed in _missed(turn, ledger)[:EXPORTED]:
        seen = absence_view.view_of(turn, missed)
        line = _line(turn, missed)
        if seen is not None and line is not None:
            found.append((seen.name, line))
    return found


def now(turn: Turn) -> Mapping[str, int]:
    """How many are missing, and of these how many perhaps for good: for whom a step is.

    Nothing for other posts, who find them on their own page.
    """
    rungs = turn.rules.policy.absence.rungs.values()
    concerned = {role for rung in rungs for role in (*rung.whose, *rung.tells)}
    if not may(turn) or concerned.isdisjoint(name for name, _ in held(turn)):
        return {}
    return {key: len(_missed(turn, key)) for key in ("absent", "suspected")}


def _counts(turn: Turn) -> Mapping[str, int]:
    """The numbers, as the talk tells them."""
    numbers = [figures.at_school(turn, at) for at in places(turn)]
    return {key: sum(one.get(key, 0) for one in numbers) for key in LEDGERS}


def _of_school_age(turn: Turn, skip: int) -> tuple[children.Line, ...]:
    day, ids = turn.at.date(), list[int]()
    for at in places(turn):
        ids += turn.work.figures.who_is_of_school_age(
            at, figures.AGES, day, skip=0, count=skip + SHOWN
        )
    return children.lines_of(turn, turn.work.children.some(ids[skip : skip + SHOWN]))


def _missed(turn: Turn, ledger: str) -> list[Missed]:
    if ledger == "returned":
        since = (turn.at - turn.rules.policy.figures.period).date()
        return [one for at in places(turn) for one in turn.work.absences.returned_below(at, since)]
    found = [one for at in places(turn) for one in turn.work.absences.below(at)]
    return [
        one for one in found if ledger == "absent" or absence_ladder.stands(turn, one) == ledger
    ]


def _line(turn: Turn, missed: Missed) -> Line | None:
    seen = absence_view.view_of(turn, missed)
    if seen is None:
        return None
    policy = turn.rules.policy
    day_0 = unexplained_from(absence_ladder.as_rule(turn, missed), policy.absence, policy.calendar)
    waiting = turn.work.duties.open_of("absence", missed.id)
    return Line(
        name=mask_name(seen.pupil.name),
        room=classes.called(seen.room),
        place=turn.work.areas.full_name(missed.area_id),
        first_day=missed.first_day,
        days=policy.absence.school.days_between(
            day_0, missed.returned or turn.at.date(), policy.calendar
        ),
        stands=absence_ladder.stands(turn, missed),
        stage=absence_ladder.stage_line(turn, missed),
        reason=turn.words(f"absent.reason.{missed.reason or 'unknown'}"),
        next=due(turn, waiting[0], says_whose=True) if waiting else None,
        look=button(turn.words("absent.open"), "absence", str(missed.id))[0],
    )
