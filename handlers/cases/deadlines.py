"""Moving a deadline: by another than the owner, with a reason; the first time still counts."""

from collections.abc import Mapping
from datetime import date, datetime, time

from handlers import filling, saying
from handlers.cases import case_card, casework, duties, involved, possible
from handlers.reaching import telling
from handlers.reaching.telling import rows, urgency
from handlers.turn import Turn
from policy.duties import next_ring
from policy.receipt import say_number
from storage.cases.case import Case
from storage.cases.duties import Duty


def ask_which(turn: Turn, case: Case) -> None:
    """改时限: which one?"""
    known = _movable(turn, case)
    offers = [
        saying.button(duties.said(turn, duty), "case.move", f"{case.id}:{duty.id}")
        for duty in known[: saying.OFFERED]
    ]
    key = "case.move_ask" if known else "case.move_none"
    text = turn.words(key, number=say_number(case.number))
    saying.answer(turn, text, *offers, *rows(possible.details_button(turn, case)))


def choose(turn: Turn, arg: str) -> None:
    """This one: until when, and why?"""
    case_id, _, duty_id = arg.partition(":")
    found = casework.may_do(turn, int(case_id), "move")
    if found is None:
        return
    case = found[0].case
    if duty_id not in {str(duty.id) for duty in _movable(turn, case)}:
        casework.say_too_late(turn, case)
        return
    about = case_card.about(case)
    filling.begin(turn, "case_move", preset={"duty": duty_id}, about=about, in_place=True)


def moved(turn: Turn, case: Case, body: Mapping[str, str]) -> Case | None:
    """The time moves; the last step of the ladder still goes by the first time."""
    duty = next(
        (one for one in _movable(turn, case) if str(one.id) == body.get("duty")),
        None,
    )
    if duty is None:
        casework.say_too_late(turn, case)
        return None
    due = end_of_day(turn, date.fromisoformat(body["until"]))
    rings = next_ring(turn.rules.policy.duties, duty, due, duties.clockwork(turn))
    turn.work.duties.move(duty.id, due, rings, duty.level)
    if case.owner.person_id is not None:
        telling.tell_person(
            turn,
            case.owner.person_id,
            case_card.card(turn, case, "case.is_moved"),
            key=f"duty:{duty.id}:moved:{turn.work.new_id()}",
            priority=urgency(case.grade),
            about=case_card.about(case),
        )
    return case


def _movable(turn: Turn, case: Case) -> tuple[Duty, ...]:
    """What others have to do about it; nobody moves their own."""
    posts = {post.role for post in turn.roles}
    return tuple(
        duty
        for duty in involved.open_duties(turn, case)
        if not involved.is_mine(turn, duty)
        and (duty.person_id is not None or duty.role not in posts)
    )


def end_of_day(turn: Turn, day: date) -> datetime:
    """When the offices close on a day; its last minute when that is behind us."""
    zone = turn.rules.zone
    closes = datetime.combine(day, turn.rules.policy.calendar.closes, zone)
    last = datetime.combine(day, time(23, 59), zone)
    return (closes if closes > turn.work.now else last).astimezone(turn.work.now.tzinfo)
