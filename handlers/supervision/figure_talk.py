"""统计 in the talk: the numbers of one's own place; each opens its list, and nobody is ranked."""

from collections.abc import Mapping
from datetime import timedelta

from conversation.cards import Button, Card
from handlers.cases import cases, involved
from handlers.children import keeping, register
from handlers.reaching.telling import pages
from handlers.saying import BESIDE, OFFERED, SHOWN, answer, button
from handlers.school import absence_view
from handlers.supervision import coverage, figures, outcomes
from handlers.supervision.figures import (
    STANDING,
    counted,
    counted_apart,
    items_of,
    lately,
    may,
    said_span,
    steps,
)
from handlers.turn import Turn
from policy.figures import Figure, share

#: What comes within these days is said to whom only single children are given.
SOON = timedelta(days=7)


def show(turn: Turn, area_id: str = "") -> None:
    """The numbers of a place with what they are a part of; of several places first which."""
    places = figures.places(turn)
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
    span = lately(turn)
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


# -- what a number counts ----------------------------------------------------------------------


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
    span = lately(turn)
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


# -- what it means, and how fast ---------------------------------------------------------------


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


def _means(turn: Turn, arg: str) -> tuple[Button, ...]:
    return button(turn.words("stats.means"), "stats.means", arg)


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
        for name, pace in steps(turn, area, lately(turn))
    ]
    head = turn.words(
        "stats.paces_title" if lines else "stats.paces_none",
        area=turn.work.areas.full_name(area),
        what=_days(turn),
    )
    answer(turn, "\n".join([head, *lines]), _back(turn, area_id))


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


def _days(turn: Turn) -> int:
    return turn.rules.policy.figures.period // timedelta(days=1)
