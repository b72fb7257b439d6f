"""值班表: who is on duty tonight, and putting people on duty by those who manage them.

A day of duty lasts from the morning when offices open until the next morning; it counts whenever
offices are closed (policy/routing.py).
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from handlers import filling
from handlers.form_cards import Notice
from handlers.people import colleagues
from handlers.saying import OFFERED, SHOWN, answer, button
from handlers.turn import Filled, Turn
from policy.managing import may_manage
from policy.routing import Post
from storage.people.person import Role
from storage.people.shifts import Shift

#: How far ahead the table is shown, and how many lines of it.
AHEAD = timedelta(days=14)
LINES = 30
WEEK = timedelta(weeks=1)


def is_for(turn: Turn) -> bool:
    """True for whoever reads reports somewhere, or arranges who is on duty."""
    roles = turn.rules.policy.roles
    return _arranges(turn) or any(
        roles[post.role].reads_reports for post in turn.roles if post.role in roles
    )


# -- looking ------------------------------------------------------------------------------------


def show(turn: Turn, _: str = "") -> None:
    """值班表: who is on duty now or next night, near the speaker's posts."""
    if not is_for(turn):
        answer(turn, turn.words("people.not_yours"))
        return
    now = turn.work.now
    tonight = turn.work.shifts.between(_places(turn), now, _tomorrow(turn))
    lines = [_line(turn, one) for one in tonight[:LINES]]
    more = len(tonight) - LINES
    head = turn.words("shift.tonight" if lines else "shift.nobody_tonight")
    tail = [turn.words("shift.more", count=more)] if more > 0 else []
    buttons = [button(turn.words("shift.coming"), "shifts.coming")]
    if _arranges(turn):
        buttons.append(button(turn.words("shift.arrange"), "shift.arrange"))
    answer(turn, "\n".join([head, *lines, *tail]), *buttons)


def coming(turn: Turn, page: str = "") -> None:
    """The next two weeks; a tap takes somebody off duty, for whoever may."""
    if not is_for(turn):
        answer(turn, turn.words("people.not_yours"))
        return
    now, first = turn.work.now, int(page or 0) * (SHOWN - 1)
    ahead = turn.work.shifts.between(_places(turn), now, now + AHEAD)
    shown = ahead[first : first + SHOWN - 1]
    lines = [_line(turn, one) for one in shown]
    drops = [
        button(turn.words("shift.drop", what=_short(turn, one)), "shift.drop", str(one.id))
        for one in shown
        if may_arrange(turn, one.role, one.area_id)
    ]
    if len(ahead) > first + len(shown):
        following = str(int(page or 0) + 1)
        drops.append(button(turn.words("shift.following"), "shifts.coming", following))
    head = turn.words("shift.ahead" if lines else "shift.nobody_ahead")
    answer(turn, "\n".join([head, *lines]), *drops, button(turn.words("mine.shifts"), "shifts"))


def _places(turn: Turn) -> list[int]:
    """Where the speaker works, what lies above, and the places whose people they manage."""
    tree, roles = turn.work.areas, turn.rules.policy.roles
    near = [area.id for post in turn.roles for area in tree.path(post.area_id)]
    below = [
        area
        for post in turn.roles
        if post.role in roles and roles[post.role].manages
        for area in tree.descendants(post.area_id)
        if (row := tree.get(area)) is not None and row.kind != "group"
    ]
    return [*dict.fromkeys([*near, *below])]


def _tomorrow(turn: Turn) -> datetime:
    """Until when tonight lasts."""
    return turn.rules.policy.calendar.next_opening(_closing(turn))


def _closing(turn: Turn) -> datetime:
    """Today's closing time, or now where offices are closed."""
    calendar, now = turn.rules.policy.calendar, turn.at
    return (
        datetime.combine(now.date(), calendar.closes, now.tzinfo) if calendar.is_open(now) else now
    )


def _line(turn: Turn, one: Shift) -> str:
    post = colleagues.post_name(turn, one.role, one.area_id)
    name = colleagues.called(turn, one.person_id)
    return turn.words("shift.line", post=post, name=name, when=days(turn, one.since, one.until))


def _short(turn: Turn, one: Shift) -> str:
    return f"{colleagues.called(turn, one.person_id)} {days(turn, one.since, one.until)}"


def days(turn: Turn, since: datetime, until: datetime) -> str:
    """11-20, or 11-20 到 11-22: the days on whose mornings it begins."""
    first = since.astimezone(turn.rules.zone).date()
    last = until.astimezone(turn.rules.zone).date() - timedelta(days=1)
    if first >= last:
        return turn.day(first)
    return turn.words("shift.days", first=turn.day(first), last=turn.day(last))


# -- arranging ----------------------------------------------------------------------------------


def may_arrange(turn: Turn, role: str, area_id: int) -> bool:
    """True for whoever manages a post's people, or leads in the very place of the post."""
    roles = turn.rules.policy.roles
    if role not in roles:
        return False
    if may_manage(colleagues.held(turn), roles[role], area_id, turn.work.areas, roles):
        return True
    return any(
        at == area_id and name in roles and roles[name].manages
        for name, at in colleagues.held(turn)
    )


def _arranges(turn: Turn) -> bool:
    return colleagues.is_manager(turn)


def begin(turn: Turn, _: str = "") -> None:
    """排值班: four questions."""
    if not _arranges(turn):
        answer(turn, turn.words("people.not_yours"))
        return
    filling.begin(turn, "shift", in_place=True)


def told(turn: Turn, filled: Filled) -> None:
    """The days are known: one tap on whom and for which post."""
    said = filled.answers
    if said["shift_until"] < said["shift_from"]:
        again = {name: value for name, value in said.items() if name != "shift_until"}
        notice = Notice(text=turn.words("leave.backwards"))
        filling.begin(turn, "shift", preset=again, notice=notice)
        return
    span = f"{said['shift_from']}:{said['shift_until']}:{said['shift_weeks']}"
    people = arrangeable(turn)
    options = [
        (person, post)
        for person in colleagues.named(turn, people, said["shift_name"])
        for post in posts_of(turn, people[person])
        if may_arrange(turn, *post)
    ]
    rows = [
        button(
            turn.words(
                "shift.who",
                name=colleagues.called(turn, person),
                post=colleagues.post_name(turn, *post),
            ),
            "shift.set",
            f"{person}:{post[0]}:{post[1]}:{span}",
        )
        for person, post in options[:OFFERED]
    ]
    key = "shift.choose" if rows else "shift.nobody_called"
    back = button(turn.words("leave.again"), "shift.arrange")
    answer(turn, turn.words(key, name=said["shift_name"]), *rows, back)


def arrangeable(turn: Turn) -> dict[int, list[Role]]:
    """Whom the speaker manages, and who works in the very places of their posts."""
    found = colleagues.staff(turn)
    roles = turn.rules.policy.roles
    own = [area for role, area in colleagues.held(turn) if role in roles and roles[role].manages]
    for post in turn.work.people.in_posts([*roles], own) if own else ():
        known = found.setdefault(post.person_id, [])
        if post.id not in {one.id for one in known}:
            known.append(post)
    return found


def posts_of(turn: Turn, held: Iterable[Role]) -> tuple[Post, ...]:
    """The posts for which somebody can be on duty: those that read reports where they read them.

    Their own first, then the others of the same place and level: a township's people take turns.
    """
    roles = turn.rules.policy.roles
    own = [one for one in held if one.role in roles and roles[one.role].reads_reports]
    others = [
        (name, one.area_id)
        for one in own
        for name, role in roles.items()
        if role.reads_reports and role.level == roles[one.role].level
    ]
    return tuple(dict.fromkeys([*((one.role, one.area_id) for one in own), *others]))


def go(turn: Turn, arg: str) -> None:
    """Somebody is on duty on these days, in each of these weeks; they hear of it."""
    person_text, role, area_text, first, last, weeks = arg.split(":")
    person, post = int(person_text), (role, int(area_text))
    people = arrangeable(turn)
    fits = person in people and post in posts_of(turn, people[person])
    if not fits or not may_arrange(turn, *post):
        answer(turn, turn.words("people.not_yours"))
        return
    spans = spans_of(turn, date.fromisoformat(first), date.fromisoformat(last), int(weeks))
    made = put(turn, person, post, spans)
    if not made:
        answer(turn, turn.words("shift.known"), button(turn.words("mine.shifts"), "shifts"))
        return
    name, what = colleagues.called(turn, person), colleagues.post_name(turn, *post)
    when = "、".join(days(turn, since, until) for since, until in spans[:SHOWN])
    answer(
        turn,
        turn.words("shift.done", name=name, post=what, when=when, count=len(made)),
        button(turn.words("mine.shifts"), "shifts"),
    )


def spans_of(
    turn: Turn, first: date, last: date, weeks: int
) -> tuple[tuple[datetime, datetime], ...]:
    """From the morning of the first day to the morning after the last, in each week."""
    opens, zone = turn.rules.policy.calendar.opens, turn.rules.zone
    since = datetime.combine(first, opens, zone)
    until = datetime.combine(last + timedelta(days=1), opens, zone)
    return tuple((since + WEEK * week, until + WEEK * week) for week in range(weeks))


def put(
    turn: Turn, person: int, post: Post, spans: Sequence[tuple[datetime, datetime]]
) -> tuple[int, ...]:
    """Put somebody on duty for these times, but for those when they are already; the new rows.

    They hear of it.
    """
    role, area_id = post
    me, known = turn.speaker.person_id, turn.work.shifts
    made = []
    for since, until in spans:
        if not any(
            (one.person_id, one.role, one.since, one.until) == (person, role, since, until)
            for one in known.between([area_id], since, until)
        ):
            made.append(known.add(area_id, role, person, since, until, by=me))
    if made and person != me:
        when = "、".join(days(turn, since, until) for since, until in spans[:SHOWN])
        text = turn.words("shift.yours", post=colleagues.post_name(turn, *post), when=when)
        look = button(turn.words("mine.shifts"), "shifts")
        colleagues.tell_person(turn, person, text, look, key=f"shift:{made[0]}")
    return tuple(made)


def drop(turn: Turn, shift_id: str) -> None:
    """撤掉: nobody is on duty by this row any more; whoever was hears of it."""
    one = turn.work.shifts.get(int(shift_id))
    may = one is not None and may_arrange(turn, one.role, one.area_id)
    if one is None or not may or not turn.work.shifts.end(one.id, by=turn.speaker.person_id):
        answer(turn, turn.words("people.not_yours"))
        return
    what = _short(turn, one)
    if one.person_id != turn.speaker.person_id:
        text = turn.words("shift.not_yours", when=days(turn, one.since, one.until))
        colleagues.tell_person(turn, one.person_id, text, key=f"shift:{one.id}:dropped")
    answer(
        turn, turn.words("shift.dropped", what=what), button(turn.words("mine.shifts"), "shifts")
    )
