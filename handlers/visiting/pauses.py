"""Pauses: a child is away with somebody for a while, and no visit is due."""

from datetime import date, timedelta

from conversation.cards import Button
from conversation.dates import parse_days
from handlers import filling
from handlers.children import register
from handlers.children.register import View
from handlers.form_cards import Notice
from handlers.saying import answer, button
from handlers.turn import Filled, Turn
from handlers.visiting import digest, planning, visits
from handlers.visiting.beginning import name_of, seen_of
from storage.children.child import Child


def begin_pause(turn: Turn, child_id: str) -> None:
    """先不走访: why, and from when to when."""
    seen = seen_of(turn, int(child_id))
    if seen is None:
        register.refuse(turn)
        return
    if not turn.rules.policy.rhythm.may_pause(turn.rules.policy.rhythm.tier_of(seen.child.tier)):
        back = button(turn.words("child.back"), "child", child_id)
        answer(turn, turn.words("checkin.never_paused", name=name_of(seen)), back)
        return
    many = len(_household(turn, seen)) > 1
    preset = {
        "child_id": child_id,
        "child_label": name_of(seen),
        "visit_many": "yes" if many else "no",
    }
    filling.begin(turn, "visit_pause", preset=preset, in_place=True)


def paused(turn: Turn, filled: Filled) -> None:
    """The days are understood, or asked again; visits go on by themselves afterwards."""
    told = filled.answers
    seen = seen_of(turn, int(told["child_id"]))
    if seen is None:
        register.refuse(turn)
        return
    days = parse_days(told["pause_days"], turn.at.date())
    if days is None:
        again = {name: value for name, value in told.items() if name != "pause_days"}
        notice = Notice(text=turn.words("checkin.which_days"))
        filling.begin(turn, "visit_pause", preset=again, notice=notice)
        return
    whole = told.get("whole") == "all"
    children = _household(turn, seen) if whole else [seen.child]
    names = "、".join(one.name for one in children)
    turn.work.visits.put_off(
        [one.id for one in children],
        reason=told["pause_reason"],
        first_day=days[0],
        last_day=days[1],
        by=turn.speaker.person_id,
        household_id=seen.child.household_id if whole else None,
    )
    planning.plan_stirred(turn.work, turn.rules)
    digest.refresh(turn, [turn.speaker.person_id])
    _say_next(turn, seen, "checkin.paused", days[0], days[1], names)


def go_on(turn: Turn, pause_id: str) -> None:
    """接着走访: a pause ends today."""
    pause = turn.work.visits.pause(int(pause_id))
    seen = _of_pause(turn, pause.child_id, pause.household_id) if pause else None
    if pause is None or seen is None:
        register.refuse(turn)
        return
    whole = pause.household_id is not None
    children = _household(turn, seen) if whole else [seen.child]
    names = "、".join(one.name for one in children)
    yesterday = turn.at.date() - timedelta(days=1)
    ids = [one.id for one in children]
    turn.work.visits.go_on(pause.id, yesterday, ids, by=turn.speaker.person_id)
    planning.plan_stirred(turn.work, turn.rules)
    _say_next(turn, seen, "checkin.goes_on", pause.first_day, yesterday, names)


def _say_next(turn: Turn, seen: View, key: str, first: date, last: date, names: str) -> None:
    duty = turn.work.duties.visits_of([seen.child.id]).get(seen.child.id)
    text = turn.words(
        key,
        name=names,
        first=visits.say_day(turn, first),
        last=visits.say_day(turn, last),
        left=visits.left(turn, duty.due_at) if duty else "",
    )
    answer(turn, text, button(turn.words("child.back"), "child", str(seen.child.id)))


def pause_rows(turn: Turn, seen: View) -> list[tuple[Button, ...]]:
    """The pauses that run, each to be ended; else one to begin."""
    today = turn.at.date()
    running = [
        one
        for one in turn.work.visits.pauses([seen.child.id], [seen.child.household_id])
        if one.last_day >= today
    ]
    if not running:
        return [button(turn.words("checkin.pause"), "visit.pause", str(seen.child.id))]
    return [
        button(
            turn.words(
                "checkin.go_on",
                first=visits.say_day(turn, one.first_day),
                last=visits.say_day(turn, one.last_day),
            ),
            "visit.go_on",
            str(one.id),
        )
        for one in running
    ]


def _of_pause(turn: Turn, child_id: int | None, household_id: int | None) -> View | None:
    if child_id is not None:
        return seen_of(turn, child_id)
    household = turn.work.children.of_household(household_id or 0)
    return next((seen for one in household if (seen := seen_of(turn, one.id))), None)


def _household(turn: Turn, seen: View) -> list[Child]:
    """The children of the house that the speaker visits."""
    household = turn.work.children.of_household(seen.child.household_id)
    return [one for one in household if one.status == "active" and seen_of(turn, one.id)]
