"""覆盖和及时: how far the work reaches as a day ends, each number with the list that it counts.

Children are counted where they lived as the day ended, posts by who held them then.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import partial
from typing import TypeAlias, cast

from handlers.catching_up import catch_up
from handlers.children.ledger import Marks
from handlers.rules import Rules
from handlers.supervision import outcomes
from handlers.turn import Turn
from handlers.visiting import tier_rounds
from policy.figures import TIER, Pace
from storage.people.people import NOBODY
from storage.supervision.spans import Span
from storage.work import Reading, Work

#: Who is in a number: children, cases or places.
Ids: TypeAlias = tuple[int, ...]
#: Posts without which a village, or a township, is not covered (34号 of 2019).
DIRECTOR, SUPERVISOR = "child_director", "child_supervisor"
#: Of so many children a turn does not count by itself what takes a look at each.
LARGE = 3000
#: Visits at which nobody stands before anybody (policy/rhythm.toml).
FROM_AFAR = frozenset({"phone", "video"})
#: Numbers that count visits: a child may be in them several times.
VISITS = frozenset({"there", "met_there", "from_afar"})
#: Numbers that list places.
PLACES = frozenset({"unstaffed", "unsupervised"})
#: Numbers of the register alone.
_OF_MARKS: Mapping[str, Callable[[Marks], bool]] = {
    "left_behind": lambda one: one.left_behind,
    "filed": lambda one: one.filed,
    "unfiled": lambda one: not one.filed,
    "signed": lambda one: one.left_behind and one.signed,
    "unsigned": lambda one: one.left_behind and not one.signed,
    "untiered": lambda one: not one.tier,
}


def of_children(turn: Turn, area: int, span: Span) -> Mapping[str, int]:
    """Those of children and posts, alike for everybody who may know them."""
    found: dict[str, int] = {}
    marks = _marks(turn, area, span)
    found["children"] = marks.total()
    for key in (*_OF_MARKS, *_tiers(turn.rules)):
        is_so = _is_so(turn, key)
        found[key] = sum(count for one, count in marks.items() if is_so(one))
    found["stale"] = len(_stale(turn, area, span))
    found["fresh"] = found["children"] - found["stale"]
    found["unseen"] = len(_unseen(turn, area, span))
    looked, left = (len(_looked(turn, area, span, left=one)) for one in (False, True))
    found |= {"reassessed": looked, "unreassessed": left, "to_reassess": looked + left}
    due, made = turn.work.coverage.due(area, span)
    found |= {"to_visit": len(due), "covered": len(made), "uncovered": len(due) - len(made)}
    found |= _by_kind(turn, area, span)
    found["homes"] = len(turn.work.coverage.homes(area, span))
    found |= _posts(turn, area, span)
    return found


def of_cases(turn: Turn, area: int, span: Span) -> Mapping[str, int]:
    """Those of cases, without the ones of which the reader must not hear."""
    found: dict[str, int] = {}
    cases = turn.work.coverage.found(area, span, hidden=turn.hidden)
    found |= {"found": len(cases), "mended": sum(cases.values())}
    found["alarmed"] = len(_alarmed(turn, area, span))
    found["prosecuted"] = len(_prosecuted(turn, area, span))
    return found


def reached(turn: Turn, area: int, span: Span) -> Mapping[str, int]:
    """The same as ``of_children``; of a large place not counted by the turn itself."""
    if not _is_large(turn, area):
        return of_children(turn, area, span)
    key, ask = ("reached", area), partial(of_children, area=area, span=span)
    return turn.rules.beforehand.of(turn.work.now, key, lambda reading: ask(_of(turn, reading)))


def within(turn: Turn, key: str, area: int, span: Span) -> Ids:
    """The same as ``listed``; of children of a large place not looked up by the turn itself."""
    is_of_children = turn.rules.policy.figures.figures[key].of == "children"
    if not (is_of_children and _is_large(turn, area)):
        return listed(turn, key, area, span)
    return turn.rules.beforehand.of(
        turn.work.now, (key, area), lambda reading: listed(_of(turn, reading), key, area, span)
    )


def _is_large(turn: Turn, area: int) -> bool:
    return sum(turn.work.head_counts.children(area).values()) > LARGE


def _of(turn: Turn, reading: Reading) -> Turn:
    """A turn of nobody's on another connection: children and posts are counted alike for all."""
    return Turn(
        work=cast("Work", reading),
        rules=turn.rules,
        speaker=NOBODY,
        at=reading.now.astimezone(turn.rules.zone),
        finish=turn.finish,
    )


def listed(turn: Turn, key: str, area: int, span: Span) -> Ids:
    """Who is in a number: ids of children, of cases, or of places (``PLACES``)."""
    coverage, tree = turn.work.coverage, turn.work.areas
    match key:
        case "stale":
            return _stale(turn, area, span)
        case "unseen":
            return _unseen(turn, area, span)
        case "reassessed" | "unreassessed":
            return _looked(turn, area, span, left=key == "unreassessed")
        case "to_visit":
            return coverage.due(area, span)[0]
        case "covered":
            return coverage.due(area, span)[1]
        case "uncovered":
            due, made = coverage.due(area, span)
            visited = frozenset(made)
            return tuple(one for one in due if one not in visited)
        case "there" | "met_there" | "from_afar":
            return tuple(child for child, _ in visits(turn, key, area, span))
        case "homes":
            return coverage.homes(area, span)
        case "unstaffed" | "unsupervised":
            return _without(turn, area, span, *_SEATS[key])
        case "found" | "mended":
            cases = coverage.found(area, span, hidden=turn.hidden)
            return tuple(one for one, is_mended in cases.items() if key == "found" or is_mended)
        case "alarmed":
            return tuple(one for one, _, _ in _alarmed(turn, area, span))
        case "prosecuted":
            return _prosecuted(turn, area, span)
        case _:
            is_so, inside = _is_so(turn, key), frozenset(tree.descendants(area))
            _catch_up(turn)
            who = turn.rules.ledger.who(tree, _day(turn, span), inside)
            return tuple(child for child, marks in who if is_so(marks))


def blocks(rules: Rules) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Numbers that others add up to: of these a small one is not to be worked out."""
    return (
        ("children", ("filed", "unfiled")),
        ("children", ("fresh", "stale")),
        ("children", (*_tiers(rules), "untiered")),
        ("children", ("unseen",)),
        ("children", ("left_behind",)),
        ("to_reassess", ("reassessed", "unreassessed")),
        ("left_behind", ("signed", "unsigned")),
        ("to_visit", ("covered", "uncovered")),
        ("visits_done", ("there", "from_afar")),
        ("there", ("met_there",)),
        ("found", ("mended",)),
        ("alarmed", ("prosecuted",)),
        *(
            (f"after_{days}", tuple(f"{one}_{days}" for one in ("better", "worse", "unknown")))
            for days in outcomes.MARKS
        ),
    )


def alarm_pace(turn: Turn, area: int, span: Span) -> Pace | None:
    """From the first word to the police: how many, half of them within, nine of ten within."""
    took = sorted(taken - opened for _, opened, taken in _alarmed(turn, area, span))
    if not took:
        return None
    half, nine = (took[-(-part * len(took) // 10) - 1] for part in (5, 9))
    within = [one for one in took if one <= turn.rules.policy.figures.alarm]
    return Pace(count=len(took), in_time=len(within), p50=half, p90=nine)


# -- the register ---------------------------------------------------------------------------------


def _tiers(rules: Rules) -> tuple[str, ...]:
    return tuple(f"{TIER}_{key}" for key in rules.policy.rhythm.tiers)


def _is_so(turn: Turn, key: str) -> Callable[[Marks], bool]:
    if key in _OF_MARKS:
        return _OF_MARKS[key]
    rhythm, tier = turn.rules.policy.rhythm, key.removeprefix(f"{TIER}_")
    return lambda one: bool(one.tier) and rhythm.tier_of(one.tier) == tier


def _catch_up(turn: Turn) -> None:
    catch_up(turn.work, turn.rules.ledger.step)


def _day(turn: Turn, span: Span) -> date:
    return span.until.astimezone(turn.rules.zone).date()


def _marks(turn: Turn, area: int, span: Span) -> Counter[Marks]:
    _catch_up(turn)
    tree = turn.work.areas
    return turn.rules.ledger.marks(tree, _day(turn, span), turn.work.now, tree.descendants(area))


# -- children by what was done --------------------------------------------------------------------

#: Of the children of a place, or of some, those of whom something is so.
_Ask: TypeAlias = Callable[..., Ids]


def _stale(turn: Turn, area: int, span: Span) -> Ids:
    fresh, last = turn.rules.policy.figures.fresh, _day(turn, span)
    since = Span(span.until - fresh, span.until)
    return _then(turn, area, span, partial(turn.work.coverage.stale, (last - fresh, last), since))


def _unseen(turn: Turn, area: int, span: Span) -> Ids:
    return _then(turn, area, span, partial(turn.work.coverage.unseen, span.until))


def visits(turn: Turn, key: str, area: int, span: Span) -> tuple[tuple[int, datetime], ...]:
    """The visits of a number of ``VISITS``: the child, and when."""
    is_afar, must_see = key == "from_afar", key == "met_there"
    return tuple(
        (child, at)
        for child, kind, seen, at in turn.work.coverage.of_kinds(area, span)
        if (kind in FROM_AFAR) == is_afar and (seen or not must_see)
    )


def _by_kind(turn: Turn, area: int, span: Span) -> Mapping[str, int]:
    """How many went there, how many of them met the child, how many telephoned."""
    kinds = turn.work.coverage.by_kind(area, span)
    there = [told for kind, told in kinds.items() if kind not in FROM_AFAR]
    return {
        "there": sum(count for count, _ in there),
        "met_there": sum(seen for _, seen in there),
        "from_afar": sum(count for kind, (count, _) in kinds.items() if kind in FROM_AFAR),
    }


def _looked(turn: Turn, area: int, span: Span, *, left: bool) -> Ids:
    """Whose tier was looked at in the newest round, or not yet."""
    month = turn.rules.policy.rhythm.reassess.last(_day(turn, span))
    if month is None:
        return ()
    since = tier_rounds.began(turn.rules, month)
    ask = partial(turn.work.tier_looks.looked_at, month, since, span.until, left=left)
    return _then(turn, area, span, ask)


def _then(turn: Turn, area: int, span: Span, ask: _Ask) -> Ids:
    """Those who are there today, less whoever came since, and with whoever went."""
    here = ask(area_id=area)
    if span.until >= turn.work.now:
        return here
    tree = turn.work.areas
    inside = frozenset(tree.descendants(area))
    _catch_up(turn)
    came, went = set[int](), list[int]()
    for one in turn.rules.ledger.changes(_day(turn, span) + timedelta(days=1), turn.at.date()):
        was, now = (at is not None and tree.meant(at) in inside for at in (one.before, one.after))
        if now and not was:
            came.add(one.child)
        elif was and not now:
            went.append(one.child)
    gone = ask(ids=went) if went else ()
    return (*(one for one in here if one not in came), *gone)


# -- posts ----------------------------------------------------------------------------------------

#: The posts of a number, and the kind of place that each sits in.
_SEATS = {"unstaffed": ("village", DIRECTOR), "unsupervised": ("town", SUPERVISOR)}


def _seats(turn: Turn, area: int, kind: str) -> Ids:
    tree = turn.work.areas
    rows = (tree.get(one) for one in tree.descendants(area))
    return tuple(row.id for row in rows if row is not None and row.kind == kind)


def _without(turn: Turn, area: int, span: Span, kind: str, post: str) -> Ids:
    held = turn.work.coverage.held(area, post, span.until)
    return tuple(one for one in _seats(turn, area, kind) if one not in held)


def _posts(turn: Turn, area: int, span: Span) -> Iterable[tuple[str, int]]:
    for every, held, lacks in (
        ("villages", "staffed", "unstaffed"),
        ("towns", "supervised", "unsupervised"),
    ):
        kind, post = _SEATS[lacks]
        count, without = len(_seats(turn, area, kind)), len(_without(turn, area, span, kind, post))
        yield from ((every, count), (held, count - without), (lacks, without))


# -- cases ----------------------------------------------------------------------------------------


def _alarmed(turn: Turn, area: int, span: Span) -> tuple[tuple[int, datetime, datetime], ...]:
    return turn.work.coverage.alarmed(area, span, hidden=turn.hidden)


def _prosecuted(turn: Turn, area: int, span: Span) -> Ids:
    cases = [one for one, _, _ in _alarmed(turn, area, span)]
    said = turn.work.findings.of(cases, span.until)
    opened = ("police", "yes")
    return tuple(one for one in cases if any((f.who, f.said) == opened for f in said.get(one, ())))
