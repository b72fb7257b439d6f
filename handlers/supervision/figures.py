"""统计: the numbers of one's own place; each opens its list, and nobody is ranked.

``may`` is the one place where it is decided who may know which numbers of a place. Cases of which
the speaker must not hear (``Turn.hidden``) count in none of them.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from conversation.cards import Button, Card
from handlers.cases import cases, involved
from handlers.catching_up import catch_up
from handlers.children import keeping, register
from handlers.people.colleagues import held
from handlers.reaching.telling import pages
from handlers.saying import BESIDE, OFFERED, SHOWN, answer, button
from handlers.school import absence_ladder, absence_view
from handlers.supervision import coverage, outcomes
from handlers.turn import Turn
from policy.figures import Figure, Of, Pace, share
from storage.supervision.day_counts import CAME_BACK
from storage.supervision.spans import Span

#: What comes within these days is said to whom only single children are given.
SOON = timedelta(days=7)
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


def _places(turn: Turn) -> list[int]:
    """The seats of the speaker's posts that may know any number."""
    return [area for area in dict.fromkeys(at for _, at in held(turn)) if may(turn, area)]


def sees(turn: Turn) -> bool:
    """True for whoever may know the numbers of any place."""
    return bool(_places(turn))


# -- one place ------------------------------------------------------------------------------------


def show(turn: Turn, area_id: str = "") -> None:
    """The numbers of a place with what they are a part of; of several places first which."""
    places = _places(turn)
    if area_id:
        places = [int(area_id)] if may(turn, int(area_id)) else []
        if not places:
            answer(turn, turn.words("stats.not_yours"))
            return
    if not places:
        _own(turn)
    elif len(places) == 1:
        _place(turn, places[0])
    else:
        rows = [
            button(turn.work.areas.full_name(area), "stats", str(area))
            for area in places[:OFFERED]
        ]
        answer(turn, turn.words("stats.which"), *rows)


def _place(turn: Turn, area: int) -> None:
    table = turn.rules.policy.figures
    numbers = counted(turn, area)
    lines = [turn.words("stats.title", area=turn.work.areas.full_name(area), what=_days(turn))]
    rows: list[tuple[Button, ...]] = []
    for key, count in numbers.items():
        figure = table.figures[key]
        lines.append(line(turn, figure, count, numbers))
        if figure.listed and count:
            label = turn.words("stats.open", name=figure.name, count=count)
            rows.append(button(label, "stats.list", f"{area}:{key}:0"))
    if any(table.figures[key].desk for key, count in numbers.items() if count):
        rows.append(button(turn.words("stats.lists"), "stats.lists", f"{area}:0"))
    more = [_means(turn, str(area)), button(turn.words("stats.apart"), "stats.apart", str(area))]
    if "cases" in may(turn, area):
        more.append(button(turn.words("stats.paces"), "stats.paces", str(area)))
    if may(turn, area) & {"children", "cases"}:
        more.append(button(turn.words("stats.table"), "stats.table", str(area)))
    if "children" in may(turn, area) and turn.work.classes.schools_below(area):
        more.append(button(turn.words("stats.months"), "months", str(area)))
    below = button(turn.words("stats.below"), "stats.below", f"{area}:0")
    first = [below] if turn.work.areas.children(area) else []
    answer(turn, "\n".join(lines), *first, *rows, *more)


def line(turn: Turn, figure: Figure, count: int, numbers: Mapping[str, int]) -> str:
    """A number, with the share that it is of another."""
    percent = share(count, numbers.get(figure.shares, 0)) if figure.shares else None
    key = "stats.line" if percent is None else "stats.line_share"
    return turn.words(key, name=figure.name, count=count, value=percent)


def apart(turn: Turn, arg: str) -> None:
    """覆盖和及时: how far the work reaches, and the lists behind it."""
    area, _, skip = arg.partition(":")
    place, start = int(area or 0), int(skip or 0)
    if not may(turn, place):
        answer(turn, turn.words("stats.not_yours"))
        return
    table = turn.rules.policy.figures
    span = _lately(turn)
    numbers = counted_apart(turn, place, span, coverage.reached)
    known = [key for key in table.known_to(may(turn, place), apart=True) if key in numbers]
    name = turn.work.areas.full_name(place)
    lines = [turn.words("stats.apart_title", area=name, what=_days(turn))]
    lines += [line(turn, table.figures[key], numbers[key], numbers) for key in known]
    opens = [key for key in known if table.figures[key].desk and numbers[key]]
    rows = [
        button(
            turn.words("stats.open", name=table.figures[key].name, count=numbers[key]),
            "stats.list",
            f"{area}:{key}:0",
        )
        for key in opens[start : start + BESIDE]
    ]
    if len(opens) > start + BESIDE:
        rows.append(button(turn.words("form.more"), "stats.apart", f"{area}:{start + BESIDE}"))
    answer(turn, "\n".join(lines), *rows, _means(turn, f"{area}:apart"), _back(turn, area))


def _means(turn: Turn, arg: str) -> tuple[Button, ...]:
    return button(turn.words("stats.means"), "stats.means", arg)


def counted(turn: Turn, area: int) -> Mapping[str, int]:
    """The numbers of a place that the speaker may know, in the order of the table."""
    span = _lately(turn)
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
        **turn.work.day_counts.total(CAME_BACK, area, _lately(turn)),
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


def _lately(turn: Turn) -> Span:
    return Span(turn.work.now - turn.rules.policy.figures.period, turn.work.now)


def _days(turn: Turn) -> int:
    return turn.rules.policy.figures.period // timedelta(days=1)


def _own(turn: Turn) -> None:
    """Whoever answers for single children: these, and nobody else's."""
    own = register.own_ids(turn)
    if not own:
        answer(turn, turn.words("stats.not_yours"))
        return
    waiting = turn.work.duties.of_people([turn.speaker.person_id], turn.work.now + SOON)
    visits = [one for one in waiting if one.subject == "child"]
    today = turn.at.date()
    missing = [
        one for child in own for one in turn.work.absences.of_child(child, today) if one.is_open
    ]
    text = turn.words(
        "stats.own",
        count=len(own),
        what=len(visits),
        left=sum(one.due_at < turn.work.now for one in visits),
        value=len(missing),
    )
    rows = [
        button(turn.words("mine.children"), "children"),
        *(_absence(turn, one.id) for one in missing[:OFFERED]),
    ]
    answer(turn, text, *(row for row in rows if row))


# -- what a number counts -------------------------------------------------------------------------


def lists(turn: Turn, arg: str) -> None:
    """The numbers of a period that open their lists, so many a card."""
    area, _, skip = arg.partition(":")
    place, start = int(area or 0), int(skip or 0)
    if not may(turn, place):
        answer(turn, turn.words("stats.not_yours"))
        return
    known = turn.rules.policy.figures.figures
    found = [one for one in counted(turn, place).items() if one[1] and known[one[0]].desk]
    rows = [
        button(
            turn.words("stats.open", name=known[key].name, count=count),
            "stats.list",
            f"{area}:{key}:0",
        )
        for key, count in found[start : start + SHOWN]
    ]
    if len(found) > start + SHOWN:
        rows.append(button(turn.words("form.more"), "stats.lists", f"{area}:{start + SHOWN}"))
    text = turn.words("stats.lists_which", area=turn.work.areas.full_name(place), what=_days(turn))
    answer(turn, text, *rows, _back(turn, area))


def listed(turn: Turn, arg: str) -> None:
    """The list behind a number, a page at a time; each line as far as the speaker may read it."""
    area, key, skip = (*arg.split(":"), "", "")[:3]
    figure = turn.rules.policy.figures.figures.get(key)
    place, start = int(area or 0), int(skip or 0)
    opens = figure is not None and (figure.listed or figure.desk)
    if figure is None or not opens or figure.of not in may(turn, place):
        answer(turn, turn.words("stats.not_yours"))
        return
    if key == "gaps":
        keeping.gaps(turn)
        return
    span = _lately(turn)
    if figure.apart and not outcomes.is_one(key):
        ids = coverage.within(turn, key, place, span)[start : start + SHOWN + 1]
    else:
        ids = items_of(turn, key, place, span, skip=start, count=SHOWN + 1).ids
    lines = (_row(turn, key, one) for one in ids[:SHOWN])
    rows = [*dict.fromkeys(filter(None, lines))]  # two reports may be one case
    if len(ids) > SHOWN:
        rows.append(button(turn.words("form.more"), "stats.list", f"{area}:{key}:{start + SHOWN}"))
    text = turn.words(
        "stats.list", area=turn.work.areas.full_name(place), name=figure.name, text=figure.means
    )
    answer(turn, text, *rows, _back(turn, area))


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
    figures, found = turn.work.figures, tuple[int, ...]()
    if outcomes.is_one(key):
        found = outcomes.listed(turn, key, place, span)
    elif key in coverage.VISITS:
        rows = coverage.visits(turn, key, place, span)
        shown = rows[skip : skip + count]
        ids, moments = tuple(child for child, _ in shown), tuple(at for _, at in shown)
        return Items(ids=ids, moments=moments, of=len(rows))
    elif figure.apart:
        found = coverage.listed(turn, key, place, span)
    elif key == "gaps":
        limit = turn.rules.policy.limits["children_per_person"]
        gaps = turn.work.responsibilities.gaps(place, at_most=limit)
        found = tuple(dict.fromkeys(gap.child_id for gap in gaps))
    elif key in ("entered", "left"):
        here = changes(turn, place, span)
        found = tuple(child for child, _, came in here if came == (key == "entered"))
    elif key in STANDING:
        missing = turn.work.absences.below(place)
        found = tuple(one.id for one in missing if absence_ladder.stands(turn, one) == key)
    elif key == "school_age":
        today = turn.at.date()
        return Items(ids=figures.who_is_of_school_age(place, AGES, today, skip=skip, count=count))
    elif key == "unsolved":
        ids = figures.which_reopened(place, span, skip=skip, count=count, hidden=hidden)
        return Items(ids=ids)
    else:
        return Items(ids=figures.which(key, place, skip=skip, count=count, hidden=hidden))
    return Items(ids=found[skip : skip + count], of=len(found))


def _row(turn: Turn, key: str, row_id: int) -> tuple[Button, ...]:
    """A line of a list; nothing for what the speaker may not see."""
    if key in ("absent", "returned", *STANDING):
        return _absence(turn, row_id)
    if key in coverage.PLACES:
        return button(turn.work.areas.full_name(row_id), "stats", str(row_id))
    if turn.rules.policy.figures.figures[key].of == "cases":
        cases_of = turn.work.cases
        case = cases_of.of_report(row_id) if key == "reports" else cases_of.get(row_id)
        if case is None or not involved.relations(turn, case):
            return ()
        return button(cases.line(turn, case), "case.details", str(case.id))
    seen = register.view(turn, row_id)
    return button(register.called(turn, seen), "child", str(row_id)) if seen else ()


def _absence(turn: Turn, absence_id: int) -> tuple[Button, ...]:
    label = absence_view.label(turn, absence_id)
    return button(label, "absence", str(absence_id)) if label else ()


def means(turn: Turn, arg: str) -> None:
    """What each number means: of the first card, or of the other one."""
    area_id, _, card = arg.partition(":")
    allowed = may(turn, int(area_id or 0))
    if not allowed:
        answer(turn, turn.words("stats.not_yours"))
        return
    table = turn.rules.policy.figures
    lines = [
        turn.words("stats.mean", name=table.figures[key].name, text=table.figures[key].means)
        for key in table.known_to(allowed, apart=bool(card))
    ]
    *before, last = pages(lines)
    for page in before:
        turn.say(Card(text=page), asks=False)
    answer(turn, last, _back(turn, area_id))


def paces(turn: Turn, area_id: str) -> None:
    """How long each step of the cases took: half of them, nine of ten, and how many in time."""
    area = int(area_id or 0)
    if "cases" not in may(turn, area):
        answer(turn, turn.words("stats.not_yours"))
        return
    lines = [
        turn.words(
            "stats.pace",
            name=name,
            count=pace.count,
            value=share(pace.in_time, pace.count),
            first=said_span(turn, pace.p50),
            last=said_span(turn, pace.p90),
        )
        for name, pace in steps(turn, area, _lately(turn))
    ]
    head = turn.words(
        "stats.paces_title" if lines else "stats.paces_none",
        area=turn.work.areas.full_name(area),
        what=_days(turn),
    )
    answer(turn, "\n".join([head, *lines]), _back(turn, area_id))


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


def below(turn: Turn, arg: str) -> None:
    """The places right below, in their usual order: no place stands before another."""
    area, _, skip = arg.partition(":")
    if not may(turn, int(area or 0)):
        answer(turn, turn.words("stats.not_yours"))
        return
    start = int(skip or 0)
    places = turn.work.areas.children(int(area))
    rows = [button(one.name, "stats", str(one.id)) for one in places[start : start + SHOWN]]
    if len(places) > start + SHOWN:
        rows.append(button(turn.words("form.more"), "stats.below", f"{area}:{start + SHOWN}"))
    answer(turn, turn.words("stats.which"), *rows, _back(turn, area))


def _back(turn: Turn, area: str) -> tuple[Button, ...]:
    return button(turn.words("stats.back"), "stats", area)
