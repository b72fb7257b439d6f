"""负担: what the program asks of those who work, by post and place, and of oneself.

Nobody's week is anybody else's to see: a mean of few people is not said, nor what gives one away.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from handlers.people import colleagues
from handlers.saying import answer, button
from handlers.turn import Turn
from policy.burden import Measured
from policy.hiding import SMALL

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The week of those who hold a post in a place, or (without one) of all of that post."""

    post: str
    place: str
    people: int
    #: None: so few that it would be somebody's own.
    mean: Measured | None
    is_too_much: bool
    #: How many are above the ceiling; None where that is not said.
    above: int | None


def last_week(turn: Turn) -> date:
    """The Monday of the last week that is over."""
    today = turn.at.date()
    return today - timedelta(days=today.weekday()) - WEEK


def measured(turn: Turn) -> tuple[Line, ...]:
    """The last week, post by post: all of it, then place by place in the county's order."""
    weeks = _weeks(turn, last_week(turn))
    of_post: dict[str, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    tree = turn.work.areas
    for person, posts in colleagues.staff(turn).items():
        for post in posts:
            of_post[post.role][tree.town_of(post.area_id) or post.area_id].add(person)
    return tuple(
        line
        for role, described in turn.rules.policy.roles.items()
        if role in of_post
        for line in _lines(turn, described.name, of_post[role], weeks)
    )


def _lines(
    turn: Turn, post: str, places: Mapping[int, set[int]], weeks: Mapping[int, Measured]
) -> Iterator[Line]:
    everybody = frozenset[int]().union(*places.values())
    yield _line(turn, post, "", everybody, weeks, unsaid=len(everybody) < SMALL)
    few = _unsaid(places)
    for place, people in sorted(places.items()):
        name = turn.work.areas.full_name(place)
        yield _line(turn, post, name, people, weeks, unsaid=place in few)


def _unsaid(places: Mapping[int, set[int]]) -> frozenset[int]:
    """Places with few people; where these are few together, one more beside them."""
    by_size = sorted(places, key=lambda one: (len(places[one]), one))
    few = [one for one in by_size if len(places[one]) < SMALL]
    left = sum(len(places[one]) for one in few)
    if few and left < SMALL:
        few += [one for one in by_size if one not in few][:1]
    return frozenset(few)


def _line(
    turn: Turn,
    post: str,
    place: str,
    people: Collection[int],
    weeks: Mapping[int, Measured],
    *,
    unsaid: bool,
) -> Line:
    table, nothing = turn.rules.policy.burden, Measured()
    told = [weeks.get(one, nothing) for one in people]
    mean = None if unsaid else Measured.mean(told)
    above = sum(table.is_above(one) for one in told)
    return Line(
        post=post,
        place=place,
        people=len(people),
        mean=mean,
        is_too_much=mean is not None and table.is_above(mean),
        above=None if unsaid or 0 < above < SMALL or 0 < len(told) - above < SMALL else above,
    )


def _weeks(turn: Turn, week: date, people: Sequence[int] = ()) -> Mapping[int, Measured]:
    """What everybody was sent unasked in a week, and what they said and tapped."""
    begins, ends = (
        datetime.combine(day, time(), turn.rules.zone).astimezone(turn.work.now.tzinfo)
        for day in (week, week + WEEK)
    )
    sent = {one.person_id: one.sent for one in turn.work.upkeep.asked(begins, until=ends)}
    said = turn.work.burdens.of_week(week)
    return {
        one: Measured(
            minutes=(said[one].seconds / 60 if one in said else 0),
            messages=sent.get(one, 0) + (said[one].said if one in said else 0),
            chars=said[one].chars if one in said else 0,
        )
        for one in {*sent, *said, *people}
    }


# -- one's own ------------------------------------------------------------------------------------


def show(turn: Turn, _: str = "") -> None:
    """我用了多少时间: the last week and this one, for oneself alone."""
    if not turn.roles:
        answer(turn, turn.words("burden.nobody"))
        return
    table, me, week = turn.rules.policy.burden, turn.speaker.person_id, last_week(turn)
    lines = [turn.words("burden.title")]
    own = Measured()
    for key, monday in (("burden.last", week), ("burden.now", week + WEEK)):
        one = _weeks(turn, monday, [me])[me]
        own = one if key == "burden.last" else own
        lines.append(turn.words(key, value=round(one.minutes), count=one.messages, what=one.chars))
    lines.append(
        turn.words(
            "burden.ceiling",
            value=table.most_minutes,
            count=table.most_messages,
            what=table.most_chars,
        )
    )
    lines.append(turn.words("burden.over" if table.is_above(own) else "burden.under"))
    answer(turn, "\n".join(lines), button(turn.words("burden.tell"), "feedback"))
