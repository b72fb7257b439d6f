"""收不到报告的岗位: where a report would reach nobody, found before one comes.

``look`` compares who would hear now with what the last look found; the county hears at once of a
post that red reports do not reach any more, and of all that is open once a week.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from conversation.cards import Card
from handlers.people import colleagues
from handlers.people.staff import Hours
from handlers.reaching import telling
from handlers.rules import Rules
from handlers.saying import answer, button, home_row
from handlers.turn import Turn
from policy.drill import HOURS, Drill, Gap
from policy.grading import GRADES
from policy.managing import may_manage
from storage.reaching.route_gaps import RouteGap
from storage.work import Reading

#: Lines on one card.
LINES = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became another since the last look."""

    opened: tuple[Gap, ...]
    changed: tuple[tuple[RouteGap, Gap], ...]
    closed: tuple[RouteGap, ...]
    #: Nothing was looked at before: it is no news.
    is_first: bool


def drill(reading: Reading, rules: Rules) -> Drill:
    """The drill over the tables and the people of the store."""
    policy = rules.policy
    return Drill(
        tree=reading.areas,
        routing=policy.routing,
        levels=policy.duties.levels,
        calendar=policy.calendar,
        circumstances=tuple(policy.circumstances.lines),
        staff_at=Hours(reading).at,
    )


def villages(reading: Reading) -> tuple[int, ...]:
    """Where reports come from."""
    tree = reading.areas
    return tuple(
        area
        for root in tree.roots()
        for area in tree.descendants(root.id)
        if (row := tree.get(area)) is not None and row.kind == "village"
    )


# -- looking ------------------------------------------------------------------------------------


def look(reading: Reading, rules: Rules) -> Change | None:
    """What is another than at the last look; None where nothing is."""
    places = villages(reading)
    if not places:
        return None
    now = drill(reading, rules).gaps(places, reading.now.astimezone(rules.zone))
    known = {(one.role, one.area_id): one for one in reading.route_gaps.open()}
    posts = {one.post for one in now}
    change = Change(
        opened=tuple(one for one in now if one.post not in known),
        changed=tuple(
            (was, one)
            for one in now
            if (was := known.get(one.post)) is not None
            and (was.hours, was.grade) != (one.hours, one.grade)
        ),
        closed=tuple(one for post, one in known.items() if post not in posts),
        is_first=not reading.route_gaps.was_looked(),
    )
    return change if change.is_first or change.opened or change.changed or change.closed else None


def keep(turn: Turn, change: Change) -> None:
    """Write what the look found, and tell the county at once of what red does not reach."""
    kept = turn.work.route_gaps
    news = [one for one in change.opened if kept.add(*one.post, one.grade, one.hours)]
    news += [
        now
        for was, now in change.changed
        if kept.change(was, now.grade, now.hours) and not set(now.hours) <= set(was.hours)
    ]
    for one in change.closed:
        kept.end(one.id)
    kept.looked()
    urgent = [one for one in news if one.grade == GRADES[0]]
    if urgent and not change.is_first:
        lines = [_line(turn, one.post, one.hours) for one in urgent]
        _tell_county(turn, "routes.opened", lines, key=f"routes:{turn.work.new_id()}")


def tell_week(turn: Turn) -> None:
    """One card of the week to the county with what is open."""
    found = _sorted(turn, turn.work.route_gaps.open())
    if found:
        year, week, _ = turn.at.isocalendar()
        lines = [_line(turn, (one.role, one.area_id), one.hours) for one in found]
        _tell_county(turn, "routes.week", lines, key=f"routes:{year}{week:02}")


def _tell_county(turn: Turn, what: str, lines: Sequence[str], *, key: str) -> None:
    roles = turn.rules.policy.roles
    managing = [
        name
        for name, role in roles.items()
        if role.level == "county" and "township" in role.manages
    ]
    posts = [(role, root.id) for root in turn.work.areas.roots() for role in managing]
    shown = [*lines[:LINES], *_more(turn, len(lines) - LINES)]
    card = Card(
        text="\n".join([turn.words(what, count=len(lines)), *shown]),
        rows=(
            button(turn.words("routes.look"), "routes"),
            button(turn.words("mine.invite"), "invite"),
            home_row(turn),
        ),
    )
    for one in telling.on_call(turn, posts, GRADES[0]):
        telling.tell_person(turn, one.person_id, card, key=f"{key}:{one.person_id}")


# -- showing ------------------------------------------------------------------------------------


def mine(turn: Turn) -> tuple[RouteGap, ...]:
    """The gaps of the posts whose people the speaker manages, the most urgent first."""
    roles, tree, held = turn.rules.policy.roles, turn.work.areas, colleagues.held(turn)
    if not colleagues.is_manager(turn):
        return ()
    found = [
        one
        for one in turn.work.route_gaps.open()
        if one.role in roles and may_manage(held, roles[one.role], one.area_id, tree, roles)
    ]
    return _sorted(turn, found)


def show(turn: Turn, page: str = "") -> None:
    """Which posts hear of nothing, at which hours, since when."""
    if not colleagues.is_manager(turn):
        answer(turn, turn.words("people.not_yours"))
        return
    found, first = mine(turn), int(page or 0) * LINES
    shown = found[first : first + LINES]
    lines = [
        turn.words(
            "routes.since",
            what=_line(turn, (one.role, one.area_id), one.hours),
            when=turn.day(one.since),
        )
        for one in shown
    ]
    key = "routes.some" if found else "routes.none"
    more = len(found) > first + LINES
    answer(
        turn,
        "\n".join([turn.words(key, count=len(found)), *lines]),
        *([button(turn.words("routes.following"), "routes", str(first // LINES + 1))] * more),
        *([button(turn.words("mine.invite"), "invite")] if found else []),
        *([button(turn.words("mine.shifts"), "shifts")] if found else []),
    )


def _line(turn: Turn, post: tuple[str, int], hours: Sequence[str]) -> str:
    return line(turn.rules, colleagues.post_name(turn, *post), hours)


def line(rules: Rules, post: str, hours: Sequence[str]) -> str:
    """青石镇 派出所（夜里、周末）."""
    if len(hours) >= len(HOURS) - ("holiday" not in hours):
        return rules.words("routes.always", post=post)
    when = "、".join(rules.words(f"routes.{one}") for one in hours)
    return rules.words("routes.at", post=post, when=when)


def _sorted(turn: Turn, found: Sequence[RouteGap]) -> tuple[RouteGap, ...]:
    order: dict[str, int] = {grade: at for at, grade in enumerate(GRADES)}
    tree = turn.work.areas
    return tuple(
        sorted(found, key=lambda one: (order.get(one.grade, 0), tree.full_name(one.area_id)))
    )


def _more(turn: Turn, count: int) -> list[str]:
    return [turn.words("routes.more", count=count)] if count > 0 else []
