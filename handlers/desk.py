"""我的: the workplace of whoever holds a post; each button only for whom it works."""

from collections.abc import Callable
from dataclasses import dataclass

from conversation.cards import Button
from handlers import (
    account,
    broadcast,
    calls,
    cases,
    child_file,
    classes,
    colleagues,
    departure,
    entering,
    figures,
    identity,
    keeping,
    register,
    registration,
    routes,
    school_months,
    shifts,
    stewards,
    tables,
    twins,
)
from handlers.colleagues import SHOWN, answer, button
from handlers.turn import Turn
from policy.register.columns import COLUMNS


@dataclass(frozen=True, slots=True)
class Entry:
    """A button of the workplace: its verb, and for whom it is. Its label is mine.VERB."""

    verb: str
    is_for: Callable[[Turn], bool]


def _works(turn: Turn) -> bool:
    return bool(turn.roles)


ENTRIES: tuple[Entry, ...] = (
    Entry("visits", register.has_children),
    Entry("cases", cases.has_cases),
    Entry("calls", lambda turn: bool(calls.mine(turn))),
    Entry("classes", classes.has_classes),
    Entry("children", register.has_children),
    Entry("find", register.sees_register),
    Entry("enter", entering.may),
    Entry("stats", figures.sees),
    Entry("gaps", keeping.keeps),
    Entry("split", keeping.keeps),
    Entry("soon", lambda turn: bool(stewards.heads(turn))),
    Entry("tables", lambda turn: bool(tables.places(turn, "roster"))),
    Entry("invite", colleagues.is_manager),
    Entry("handover", colleagues.is_manager),
    Entry("broadcast", broadcast.may),
    Entry("unmask", identity.may_ask),
    Entry("leave", _works),
    Entry("shifts", shifts.is_for),
    Entry("account", lambda turn: True),
)


def show(turn: Turn, _: str = "") -> None:
    """The speaker's posts, what waits for them, and what they can do."""
    if not turn.roles:
        account.show(turn)
        return
    posts = [colleagues.post_name(turn, role.role, role.area_id) for role in turn.roles]
    rows = [
        button(turn.words(f"mine.{entry.verb}"), entry.verb)
        for entry in ENTRIES
        if entry.is_for(turn)
    ]
    count = len(waiting(turn))
    todo = (button(turn.words("mine.todo", count=count), "todo"),) if count else ()
    name = colleagues.called(turn, turn.speaker.person_id)
    text = turn.words("mine.text", name=name, what="\n".join(posts))
    answer(turn, text, *todo, *rows)


def todo(turn: Turn, _: str = "") -> None:
    """What waits for the speaker's answer, the oldest first."""
    rows = waiting(turn)
    key = "mine.waiting" if rows else "mine.nothing"
    answer(turn, turn.words(key, count=len(rows)), *rows[:SHOWN])


def waiting(turn: Turn) -> list[tuple[Button, ...]]:
    """What waits for the speaker's answer, a button each."""
    return [
        *(
            button(
                turn.words(
                    "mine.registration",
                    name=row.said["name"],
                    what=colleagues.post_name(turn, row.role, row.area_id),
                ),
                "register.show",
                str(row.id),
            )
            for row in registration.waiting(turn)
        ),
        *(
            button(
                turn.words("mine.dispute", name=COLUMNS[dispute.key].heading),
                "child.dispute",
                str(dispute.id),
            )
            for dispute in child_file.disputes(turn)
        ),
        *(
            button(
                turn.words("mine.offer", area=turn.work.areas.full_name(child.area_id)),
                "transfer",
                str(child.id),
            )
            for child in departure.offers(turn)
        ),
        *(
            button(turn.words("mine.twin"), "twin", f"{one.child_id}:{one.other_id}")
            for one in twins.waiting(turn)
        ),
        *(
            button(turn.words("mine.unmasking"), "unmask.show", str(wish.id))
            for wish in identity.waiting(turn)
        ),
        *(button(calls.label(turn, one), "call", str(one.id)) for one in calls.mine(turn)),
        *school_months.waiting(turn),
        *(
            button(turn.words("mine.routes", count=count), "routes")
            for count in (len(routes.mine(turn)),)
            if count
        ),
    ]
