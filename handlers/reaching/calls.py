"""打电话名单: what reached somebody by no channel is told to the next person, and by telephone.

``take`` puts a line on the list of a named person, with a time that climbs like any other duty;
they work it off with 已打通 or 没打通.
"""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace

from conversation.cards import Button, Card, card_from_json
from handlers import home
from handlers.cases import case_card, duties, involved
from handlers.matter import Matter
from handlers.people import colleagues
from handlers.reaching import open_ways, telling
from handlers.reaching.telling import rows, urgency
from handlers.saying import OFFERED, answer, button, home_row
from handlers.turn import Turn
from policy.duties import LEVELS, due_at, first_ring
from policy.grading import GRADES
from policy.receipt import say_number
from policy.routing import seated
from policy.scope import may_see
from storage.cases.case import Case
from storage.cases.duties import Duty, DutyIn
from storage.people.person import Holder
from storage.reaching.calls import Call
from storage.work import Reading

#: Of what has no grade of its own: as what waits for a working hour.
PLAIN = GRADES[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Where the matter of a card is, how urgent it is, and who must not hear of it."""

    area_id: int | None
    grade: str
    without: frozenset[int]


def about(call_id: int) -> str:
    """How rows of the outbox name a line of the list."""
    return f"call:{call_id}"


# -- onto the list ------------------------------------------------------------------------------


def take(turn: Turn, call_id: int) -> None:
    """The next person of the ladder hears in their place, and a named one is to call them."""
    call = turn.work.undelivered.get(call_id)
    if call is None or call.state != "new":
        return
    matter = _about(turn, call)
    if matter is None or call.person_id in matter.without:
        turn.work.undelivered.end(call.id, "over", by=0)
        return
    if call.cause == "unseen":
        _take_unseen(turn, call.about, matter)
        return
    above = _above(turn, matter, {call.person_id})
    known = _informed(turn, call)
    following = next((one for one in above if one.person_id not in known), None)
    if not turn.work.undelivered.put_on_list(
        call.id,
        area_id=matter.area_id,
        grade=matter.grade,
        passed_to=following.person_id if following else None,
    ):
        return
    call = replace(call, state="open", area_id=matter.area_id, grade=matter.grade)
    _text(turn, call)
    if following is not None:
        _pass_on(turn, call, following)
    caller = above[0] if above else None
    _set(turn, call, caller, is_silent=False)
    if caller is not None:
        telling.tell_person(
            turn,
            caller.person_id,
            Card(text=_line(turn, call), rows=_rows(turn, call)),
            key=f"call:{call.id}:list",
            priority=urgency(call.grade),
            about=about(call.id),
        )


def _take_unseen(turn: Turn, of: str, matter: About) -> None:
    """One person is asked, in one card, to call all who did not notice the same thing.

    Nobody hears in their place, and no call climbs: the card did arrive, and whoever is above
    hears when the time of the matter itself is over.
    """
    new = [
        one
        for one in turn.work.undelivered.of_matter(of)
        if one.state == "new" and one.cause == "unseen"
    ]
    others = _above(turn, matter, {one.person_id for one in new})
    everybody = _above(turn, matter, frozenset())  # where nobody noticed it the highest is asked
    caller = next(iter(others or everybody[-1:]), None)
    taken = [
        replace(one, state="open", area_id=matter.area_id, grade=matter.grade)
        for one in new
        if turn.work.undelivered.put_on_list(
            one.id, area_id=matter.area_id, grade=matter.grade, passed_to=None
        )
    ]
    for call in taken:
        _text(turn, call)
        _set(turn, call, caller, is_silent=True)
    to_call = [one for one in taken if caller is not None and one.person_id != caller.person_id]
    if caller is None or not to_call:
        return
    names = "、".join(_named(turn, one) for one in to_call)
    text = turn.words("call.please_look", name=names, what=card_from_json(to_call[0].card).text)
    telling.tell_person(
        turn,
        caller.person_id,
        Card(text=text, rows=(*_ways(turn, to_call), home_row(turn))),
        key=f"call:{to_call[0].id}:list",
        priority=urgency(matter.grade),
        about=telling.ring(of),
    )


def _ways(turn: Turn, taken: Sequence[Call]) -> tuple[tuple[Button, ...], ...]:
    """To the number of the one, or to the list of several."""
    if len(taken) > 1:
        return (button(turn.words("call.look"), "calls"),)
    return (button(turn.words("call.look"), "call", str(taken[0].id)), *_answers(turn, taken[0]))


def _pass_on(turn: Turn, call: Call, to: Holder) -> None:
    card = card_from_json(call.card)
    head = turn.words("call.passed", name=_named(turn, call))
    telling.tell_person(
        turn,
        to.person_id,
        replace(card, text=f"{head}\n\n{card.text}"),
        key=f"call:{call.id}:passed",
        priority=call.priority,
        about=call.about,
    )


def _text(turn: Turn, call: Call) -> None:
    """By short message they hear that something waits, where the county has a gateway.

    The number is a contact of its own, nobody's with a post: see ``handlers.open_ways``.
    """
    number = turn.work.people.phone_of(call.person_id) if turn.rules.texts else ""
    if not number:
        return
    there = turn.work.people.meet(open_ways.CHANNEL, number)
    if not there.reachable:
        return
    kind, _, row = call.about.partition(":")
    case = turn.work.cases.get(int(row)) if kind == "case" else None
    key = "sms.urgent" if call.grade == GRADES[0] else "sms.notice"
    if case is None:
        text = turn.words("sms.notice_plain", text=home.page(turn))
    else:
        text = turn.words(key, number=say_number(case.number), text=home.page(turn))
    turn.tell(
        there.contact_id,
        open_ways.CHANNEL,
        Card(text=text),
        key=f"call:{call.id}:text",
        priority=urgency(call.grade),
    )


def _set(turn: Turn, call: Call, caller: Holder | None, *, is_silent: bool) -> None:
    """It is somebody's to call; what is silent never rings."""
    table, clock = turn.rules.policy.duties, duties.clockwork(turn)
    now = turn.work.now
    until = due_at(table.kinds["call"], call.grade, now, clock)
    rings = None if is_silent else first_ring(table, "call", call.grade, now, until, clock)
    turn.work.duties.set(
        DutyIn(
            key=about(call.id),
            kind="call",
            subject="call",
            subject_id=call.id,
            area_id=call.area_id,
            grade=call.grade,
            person_id=caller.person_id if caller else None,
            role=caller.role if caller else turn.rules.policy.lifecycle.start.coordinator,
            due_at=until,
            rings_at=rings,
        )
    )


def _about(turn: Turn, call: Call) -> About | None:
    """None for what is over, or was joined to something else."""
    kind, _, row = call.about.partition(":")
    match kind:
        case "case":
            case = turn.work.cases.get(int(row))
            if case is None or case.joined_into is not None or not case.is_open:
                return None
            hidden = involved.excluded(turn, case.id)
            return About(area_id=case.area_id, grade=case.grade, without=hidden)
        case "visit":
            child = turn.work.children.meant(int(row))
            if child is None or child.status != "active":
                return None
            grade = child.tier if child.tier in GRADES else PLAIN
            return About(area_id=child.area_id, grade=grade, without=frozenset())
        case _:
            missed = turn.work.absences.get(int(row))
            if missed is None or not missed.is_open:
                return None
            return About(area_id=missed.area_id, grade=PLAIN, without=frozenset())


def _above(turn: Turn, matter: About, people: Set[int]) -> tuple[Holder, ...]:
    """Who is above and none of these, the nearest level first, as a missed duty climbs."""
    if matter.area_id is None:
        return ()
    levels, routing = turn.rules.policy.duties.levels, turn.rules.policy.routing
    posts = (
        post
        for level in LEVELS
        for post in seated(levels[level], matter.area_id, turn.work.areas, routing)
    )
    return telling.on_call(turn, posts, matter.grade, without=matter.without | people)


def _informed(turn: Turn, call: Call) -> frozenset[int]:
    """Who has, or will get, a card about the matter."""
    contacts = (
        turn.work.people.contact(row.contact_id) for row in turn.work.outbox.about(call.about)
    )
    return frozenset(one.person_id for one in contacts if one is not None)


# -- the list -----------------------------------------------------------------------------------


def is_for(turn: Turn) -> bool:
    """True for whoever has a line, or sees those of a place from above its villages."""
    return bool(_seats(turn)) or bool(mine(turn))


def mine(turn: Turn) -> tuple[Call, ...]:
    """The lines that the speaker is to work off, by themselves or for somebody who is away."""
    return tuple(one for one in turn.work.undelivered.open() if _is_mine(turn, one))


def show(turn: Turn, _: str = "") -> None:
    """打电话名单: whom to call, the most urgent first."""
    if not is_for(turn):
        answer(turn, turn.words("people.not_yours"))
        return
    order: dict[str, int] = {grade: at for at, grade in enumerate(GRADES)}
    found = sorted(
        (one for one in turn.work.undelivered.open() if _may(turn, one)),
        key=lambda one: (not _is_mine(turn, one), order.get(one.grade, 0), one.id),
    )
    lines = [button(label(turn, one), "call", str(one.id)) for one in found[:OFFERED]]
    key = "call.some" if lines else "call.none"
    answer(turn, turn.words(key, count=len(found)), *lines)


def label(turn: Turn, call: Call) -> str:
    """给王五打电话（红）."""
    name = colleagues.called(turn, call.person_id)
    return turn.words("call.label", name=name, grade=turn.words(f"grade.{call.grade}"))


def one(turn: Turn, call_id: str) -> None:
    """Whom to call, their telephone, and what for; the audit knows who looked."""
    call = _seen(turn, call_id)
    if call is None:
        return
    turn.work.audit.write(turn.speaker.person_id, "call-opened", "call", call.id)
    phone = turn.work.people.phone_of(call.person_id) or turn.words("call.no_phone")
    tries = [turn.words("call.tries", count=call.tries)] if call.tries else []
    text = "\n".join([_line(turn, call), turn.words("call.phone", phone=phone), *tries])
    answer(turn, text, *_answers(turn, call), button(turn.words("mine.calls"), "calls"))


def reached(turn: Turn, call_id: str) -> None:
    """已打通: the line is done, for whoever else had it as well."""
    call = _seen(turn, call_id)
    me = turn.speaker.person_id
    if call is None or not turn.work.undelivered.end(call.id, "reached", by=me):
        return
    turn.work.duties.end_of("call", call.id, by=me)
    text = turn.words("call.reached_by", name=colleagues.called(turn, call.person_id))
    telling.settle(turn, about(call.id), Card(text=text), but=turn.speaker.contact_id)
    answer(turn, text, button(turn.words("mine.calls"), "calls"))


def missed(turn: Turn, call_id: str) -> None:
    """没打通: it stays on the list, and its time runs on."""
    call = _seen(turn, call_id)
    if call is None or not turn.work.undelivered.missed(call.id, by=turn.speaker.person_id):
        return
    name = colleagues.called(turn, call.person_id)
    answer(
        turn,
        turn.words("call.missed", name=name, count=call.tries + 1),
        *_answers(turn, call),
        button(turn.words("mine.calls"), "calls"),
    )


def _seen(turn: Turn, call_id: str) -> Call | None:
    """An open line that the speaker may work off; absent, foreign and done sound the same."""
    call = turn.work.undelivered.get(int(call_id or 0))
    if call is None or call.state != "open" or not _may(turn, call):
        answer(turn, turn.words("call.not_there"))
        return None
    return call


def _may(turn: Turn, call: Call) -> bool:
    """Whoever has the line, or sees the place from above; not whom it hides the matter from."""
    me = turn.speaker.person_id
    matter = _about(turn, call)
    if call.person_id == me or matter is None or me in matter.without:
        return False
    tree, roles = turn.work.areas, turn.rules.policy.roles
    return _is_mine(turn, call) or may_see(_seats(turn), call.area_id, tree, roles)


def _seats(turn: Turn) -> tuple[tuple[str, int], ...]:
    """The speaker's posts above the villages that read reports."""
    roles = turn.rules.policy.roles
    return tuple(
        (role, at)
        for role, at in colleagues.held(turn)
        if role in roles and roles[role].level != "village" and roles[role].reads_reports
    )


def _is_mine(turn: Turn, call: Call) -> bool:
    return any(involved.is_mine(turn, one) for one in turn.work.duties.open_of("call", call.id))


# -- how it is said -----------------------------------------------------------------------------


def _line(turn: Turn, call: Call) -> str:
    what = card_from_json(call.card).text
    key = "call.please_look" if call.cause == "unseen" else "call.please"
    return turn.words(key, name=_named(turn, call), what=what)


def _rows(turn: Turn, call: Call) -> tuple[tuple[Button, ...], ...]:
    look = button(turn.words("call.look"), "call", str(call.id))
    return (look, *_answers(turn, call), home_row(turn))


def _answers(turn: Turn, call: Call) -> tuple[tuple[Button, ...], ...]:
    return (
        button(turn.words("call.reached"), "call.reached", str(call.id)),
        button(turn.words("call.not_reached"), "call.missed", str(call.id)),
    )


def _named(turn: Turn, call: Call) -> str:
    """王五（青石镇河湾村 儿童主任）, with the post that is nearest to the matter."""
    tree = turn.work.areas
    posts = turn.work.people.roles(call.person_id)
    near = [
        post
        for post in posts
        if call.area_id is not None and tree.is_within(call.area_id, post.area_id)
    ]
    return colleagues.with_posts(turn, call.person_id, (near or posts)[:1])


def told_of(turn: Turn, case: Case) -> list[str]:
    """未送达: whom the case's cards did not reach, and what was done about it."""
    return [*_told(turn, turn.work.undelivered.of_matter(case_card.about(case)))]


def _told(turn: Turn, calls: Iterable[Call]) -> Iterable[str]:
    for call in calls:
        is_unseen = call.cause == "unseen"
        if is_unseen and call.person_id == turn.speaker.person_id:
            continue  # they are looking
        name = colleagues.called(turn, call.person_id)
        when = turn.moment(call.created_at)
        match call.state:
            case "reached":
                by = colleagues.called(turn, call.ended_by or 0)
                key = "call.was_reached_unseen" if is_unseen else "call.was_reached"
                yield turn.words(key, name=name, when=when, other=by)
            case "new" | "open":
                key = "call.undelivered_unseen" if is_unseen else "call.undelivered"
                yield turn.words(key, name=name, when=when)
            case _:
                continue


def matter(turn: Turn, duty: Duty) -> Matter | None:
    """The line of a duty that rings; None when nobody is to be called any more."""
    call = turn.work.undelivered.get(duty.subject_id)
    if call is None or call.state != "open":
        return None
    found = _about(turn, call)
    if found is None:
        turn.work.undelivered.end(call.id, "over", by=0)
        return None
    return Matter(
        without=found.without | {call.person_id},
        about=about(call.id),
        text=_line(turn, call),
        rows=rows(*(row[0] for row in _rows(turn, call)[:-1])),
    )


def noticed(reading: Reading) -> tuple[int, ...]:
    """Lines of people who were heard after all since they were put on the list."""
    return tuple(
        call.id
        for call in reading.undelivered.open()
        if call.cause == "unseen"
        and any(
            one.heard_at is not None and one.heard_at > call.created_at
            for one in reading.people.contacts_of(call.person_id)
        )
    )


def end_noticed(turn: Turn, call_id: int) -> None:
    """Nobody need call them any more."""
    call = turn.work.undelivered.get(call_id)
    if call is not None:
        telling.end_calls(turn, call.about, lambda one: one.id == call.id)
