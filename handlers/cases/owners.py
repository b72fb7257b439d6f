"""Whose a case is: who takes it, who gives it back or on, and who has it when they are gone."""

from collections.abc import Mapping
from dataclasses import replace

from conversation.cards import Card
from handlers import saying
from handlers.cases import case_card, casework, duties, involved, possible
from handlers.people import colleagues
from handlers.reaching import telling
from handlers.reaching.telling import rows, urgency
from handlers.saying import home_row
from handlers.turn import Turn
from policy.receipt import say_number
from storage.audit import PROGRAM
from storage.cases.case import Case, Owner
from storage.people.person import Holder

#: People to whom a case can be passed on, on one card.
PASSED_TO = 8


def accept(turn: Turn, case: Case, _: Mapping[str, str]) -> Case | None:
    """我来处理: the first one has it; everybody else's card says so at once."""
    post = involved.post_for(turn, case)
    if not turn.work.cases.claim(case.id, post):
        casework.say_too_late(turn, turn.work.cases.get(case.id) or case)
        return None
    after = replace(case, owner=post, accepted_at=turn.work.now)
    duties.give_to_owner(turn, case, after)
    settle(turn, after, "case.taken")
    return after


def stepped_back(turn: Turn, case: Case, _: Mapping[str, str]) -> Case | None:
    """不归我管: a receiver steps back; the owner's goes to the co-ordinator, the clock runs on."""
    me = turn.speaker.person_id
    if not involved.is_owner(turn, case):
        for member in turn.work.cases.members(case.id):
            if member.person_id == me and member.kind == "told":
                turn.work.cases.end_member(member.id)
        return case
    if is_last(turn, case):
        text = turn.words("case.nobody_else", number=say_number(case.number))
        turn.say(Card(text=text, rows=(*possible.act_rows_of(turn, case), home_row(turn))))
        return None
    return give_to(turn, case, _next_owner(turn, case), "case.returned")


def is_last(turn: Turn, case: Case) -> bool:
    """True when it is the speaker's, and nobody is left who could take it."""
    owner = _next_owner(turn, case)
    return (
        involved.is_owner(turn, case) and owner.person_id is None and case.owner.role == owner.role
    )


def _next_owner(turn: Turn, case: Case) -> Owner:
    without = involved.excluded(turn, case.id) | {turn.speaker.person_id}
    return coordinator(turn, case.area_id, without=without)


def give_to(turn: Turn, case: Case, owner: Owner, what: str) -> Case:
    """Another owner, who has yet to accept; the clock of every duty runs on.

    ``what`` heads the card that says so; "" where they hear anyway.
    """
    turn.work.cases.own(case.id, owner)
    after = replace(case, owner=owner, accepted_at=None)
    duties.give_to_owner(turn, case, after)
    settle(turn, after, "case.passed")
    cause = turn.work.new_id()
    if not any(one.kind == "acknowledge" for one in turn.work.duties.open_of("case", case.id)):
        duties.set_for_case(turn, after, "acknowledge", cause)
    if what and owner.person_id is not None:
        telling.tell_person(
            turn,
            owner.person_id,
            case_card.card(turn, after, what),
            key=f"case:{case.id}:to:{cause}",
            priority=urgency(case.grade),
            about=case_card.about(case),
        )
    return after


def settle(turn: Turn, case: Case, key: str) -> None:
    """Whatever asked to do something about the case says this now, in its place."""
    text = turn.words(key, number=say_number(case.number), name=involved.owner_name(turn, case))
    told = Card(text=text, rows=rows(possible.details_button(turn, case)))
    left = {
        contact.id: replace(
            told,
            text=f"{text}\n{duties.said(turn, own)}",
            rows=case_card.rows_of_post(turn, case, own),
        )
        for one in turn.work.cases.members(case.id)
        if one.kind == "told" and (own := involved.of_post(turn, case, one.role)) is not None
        for contact in turn.work.people.contacts_of(one.person_id)
    }
    telling.settle(turn, case_card.about(case), told, others=left)


# -- whose else it may be -----------------------------------------------------------------------


def coordinator(
    turn: Turn, area_id: int | None, *, without: frozenset[int] = frozenset()
) -> Owner:
    """Whoever takes what is nobody's: the county's post, and a person who holds it.

    Where none of its people may hear of it, the leader above them.
    """
    role = turn.rules.policy.lifecycle.start.coordinator
    path = turn.work.areas.path(area_id) if area_id is not None else ()
    if not path:
        return Owner(role=role, area_id=None, person_id=None)
    seat = path[0].id
    for post in (role, *turn.rules.policy.duties.levels["leader"]):
        for found in telling.reachable(turn, [(post, seat)], without=without):
            return Owner(role=post, area_id=seat, person_id=found.person_id)
    return Owner(role=role, area_id=seat, person_id=None)


def owner_of(holder: Holder) -> Owner:
    """Whoever holds a post, as the owner of a case."""
    return Owner(role=holder.role, area_id=holder.area_id, person_id=holder.person_id)


# -- passing on ---------------------------------------------------------------------------------


def ask_whom(turn: Turn, case: Case) -> None:
    """Who reads the reports of the place, the nearest first; not who must not hear of it."""
    offers = [
        saying.button(
            turn.words(
                "case.pass_to",
                name=colleagues.called(turn, one.person_id),
                what=colleagues.post_name(turn, one.role, one.area_id),
            ),
            "case.pass",
            f"{case.id}:{one.person_id}",
        )
        for one in _others(turn, case)[:PASSED_TO]
    ]
    key = "case.pass_ask" if offers else "case.pass_nobody"
    text = turn.words(key, number=say_number(case.number))
    saying.answer(turn, text, *offers, *rows(possible.details_button(turn, case)))


def _others(turn: Turn, case: Case) -> tuple[Holder, ...]:
    roles, tree = turn.rules.policy.roles, turn.work.areas
    if case.area_id is None:
        return ()
    reading = [name for name, role in roles.items() if role.reads_reports]
    posts = [(role, one.id) for one in reversed(tree.path(case.area_id)) for role in reading]
    without = involved.excluded(turn, case.id) | {turn.speaker.person_id}
    return telling.reachable(turn, posts, without=without)


def pass_to(turn: Turn, arg: str) -> None:
    """转给…: one tap; the other has it at once, and has yet to accept."""
    case_id, _, person_id = arg.partition(":")
    found = casework.may_do(turn, int(case_id), "pass_on")
    if found is None:
        return
    case, act = found[0].case, found[1]
    holder = next((one for one in _others(turn, case) if one.person_id == int(person_id)), None)
    if holder is None:
        casework.say_too_late(turn, case)
        return
    after = give_to(turn, case, owner_of(holder), "case.given")
    casework.record(turn, after, "pass_on", act, {"to": str(holder.person_id)})
    text = turn.words(
        "case.passed", number=say_number(case.number), name=involved.owner_name(turn, after)
    )
    saying.answer(turn, text, *rows(possible.details_button(turn, case)))


# -- when whoever has it is gone ----------------------------------------------------------------


def hand_over(turn: Turn, leaver: int, successor: int) -> tuple[int, ...]:
    """The open cases of who leaves are the successor's, accepted or not as they were; which.

    What the successor must not hear of goes to the co-ordinator.
    """
    cases = turn.work.cases.owned_by([leaver])
    for case in cases:
        hidden = involved.excluded(turn, case.id)
        if successor in hidden:
            owner = coordinator(turn, case.area_id, without=hidden | {leaver})
            give_to(turn, case, owner, "case.returned")
        else:
            owner = replace(case.owner, person_id=successor)
            turn.work.cases.own(case.id, owner, accepted=case.is_accepted)
            duties.give_to_owner(turn, case, replace(case, owner=owner))
        _note_passed(turn, case, owner, by=turn.speaker.person_id)
    return tuple(case.id for case in cases)


def _note_passed(turn: Turn, case: Case, owner: Owner, *, by: int) -> None:
    """The story knows who has it now, and that it was no act of a post."""
    turn.work.cases.add_entry(
        case.id,
        "pass_on",
        by=by,
        role="",
        stage=case.stage,
        body=casework.dump({"to": str(owner.person_id or "")}),
    )


def bring_home(turn: Turn) -> int:
    """Open cases of places that were moved go to who is responsible there now; how many.

    What else people of the old place had to do about them is their owner's.
    """
    astray = turn.work.cases.astray()
    for case in astray:
        _follow(turn, case, "case.moved", "case.moved_away", by=turn.speaker.person_id)
    return len(astray)


def follow_place(turn: Turn, case: Case) -> Case:
    """A case that is elsewhere than was said at first is somebody's there, if it was not yet.

    Everybody who hears of it there is told anyway.
    """
    seat = case.owner.area_id
    if case.area_id is None or seat is None or turn.work.areas.is_within(case.area_id, seat):
        return case
    return _follow(turn, case, "", "case.elsewhere", by=PROGRAM)


def _follow(turn: Turn, case: Case, what: str, thanks: str, *, by: int) -> Case:
    after = give_to(turn, case, _owner_there(turn, case), what)
    _thank(turn, case, after, thanks)
    _note_passed(turn, case, after.owner, by=by)
    for duty in involved.open_duties(turn, after):
        if duty.person_id is not None and not is_posted(turn, duty.person_id, after):
            turn.work.duties.give(duty.id, after.owner.person_id, after.owner.role)
    return after


def _thank(turn: Turn, before: Case, now: Case, thanks: str) -> None:
    """Whoever has a case no more because of where it is hears who has it."""
    former = before.owner.person_id
    if former is not None and former != now.owner.person_id:
        number, name = say_number(now.number), involved.owner_name(turn, now)
        text = turn.words(thanks, number=number, name=name)
        key = f"case:{now.id}:away:{turn.work.new_id()}"
        telling.tell_person(turn, former, saying.note(turn, text), key=key)


def _owner_there(turn: Turn, case: Case) -> Owner:
    """The same post where the case is now; the same person if they hold it; else the county."""
    path = reversed(turn.work.areas.path(case.area_id)) if case.area_id is not None else ()
    posts = [(case.owner.role, place.id) for place in path]
    found = telling.reachable(turn, posts, without=involved.excluded(turn, case.id))
    mine = [holder for holder in found if holder.person_id == case.owner.person_id]
    for holder in (*mine, *found):
        return owner_of(holder)
    return coordinator(turn, case.area_id, without=involved.excluded(turn, case.id))


def is_posted(turn: Turn, person_id: int, case: Case) -> bool:
    """True for whoever holds a post where the case is."""
    return case.area_id is not None and any(
        turn.work.areas.is_within(case.area_id, post.area_id)
        for post in turn.work.people.roles(person_id)
    )
