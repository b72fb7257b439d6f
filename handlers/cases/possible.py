"""What may be done about a case now, and the buttons for it."""

from collections.abc import Callable, Iterable, Mapping

from conversation.cards import Action, Button
from handlers import saying
from handlers.cases import involved
from handlers.cases.involved import View
from handlers.reaching.telling import pairs
from handlers.turn import Turn
from policy.lifecycle import Act, offered
from storage.cases.case import Case
from storage.cases.duties import Duty

#: Duties that make up a plan.
PLANNED = ("goal", "plan_item")
#: Acts on the card of a case, beside the ways to more of them and elsewhere.
ACTS = 4


def offers(turn: Turn, seen: View) -> tuple[str, ...]:
    """What the speaker may do with the case now; first of all what ends a duty."""
    acts = turn.rules.policy.lifecycle.acts
    names = [
        name
        for name in offered(turn.rules.policy.lifecycle, seen.case, seen.is_to_it)
        if (not acts[name].of or answerable(turn, seen, acts[name]))
        and (name not in OFFERED_IF or OFFERED_IF[name](turn, seen.case))
    ]
    due = [name for name in names if is_awaited(turn, seen.case, name)]
    return tuple(dict.fromkeys([*due, *names]))


def is_awaited(turn: Turn, case: Case, name: str) -> bool:
    """True for an act by which something is done that waits to be done."""
    act = turn.rules.policy.lifecycle.acts[name]
    return any(duty.kind in (*act.of, *act.ends) for duty in involved.open_duties(turn, case))


def answerable(turn: Turn, seen: View, act: Act) -> tuple[Duty, ...]:
    """The open duties that the speaker may say are done by this act: all, or their own."""
    found = [duty for duty in involved.open_duties(turn, seen.case) if duty.kind in act.of]
    if not seen.is_to_it.isdisjoint({*act.who} - {"doer"}):
        return tuple(found)
    return tuple(duty for duty in found if involved.is_mine(turn, duty))


def _has_partners(turn: Turn, case: Case) -> bool:
    return any(one.kind == "partner" for one in turn.work.cases.members(case.id))


def _has_plan(turn: Turn, case: Case) -> bool:
    return any(duty.kind in PLANNED for duty in turn.work.duties.of("case", case.id))


#: Acts that are shown only where there is something for them to do.
OFFERED_IF: Mapping[str, Callable[[Turn, Case], bool]] = {
    "shut_out": _has_partners,
    "plan_signed": _has_plan,
    "readmit": lambda turn, case: bool(involved.excluded(turn, case.id)),
}


# -- buttons ------------------------------------------------------------------------------------


def details_button(turn: Turn, case: Case) -> Button:
    """看详情."""
    return Button(label=turn.words("alarm.details"), action=Action("case.details", str(case.id)))


def act_button(turn: Turn, case: Case, name: str) -> Button | None:
    """The button of an act; None for one that the county switched off."""
    act = turn.rules.policy.lifecycle.acts.get(name)
    if act is None:
        return None
    return Button(label=act.label, action=Action("case.act", f"{case.id}:{name}"))


def act_buttons(turn: Turn, seen: View) -> list[Button]:
    """What the speaker may do with the case now."""
    found = (act_button(turn, seen.case, name) for name in offers(turn, seen))
    return [button for button in found if button]


def act_rows(turn: Turn, seen: View) -> tuple[tuple[Button, ...], ...]:
    """The first of these, two in a row, and the way to the others."""
    buttons = act_buttons(turn, seen)
    more = [more_row(turn, seen.case)] if len(buttons) > ACTS else []
    return (*pairs(buttons[:ACTS]), *more)


def act_rows_of(turn: Turn, case: Case) -> tuple[tuple[Button, ...], ...]:
    """The same for a case that was looked at already."""
    return act_rows(turn, View(case=case, is_to_it=involved.relations(turn, case)))


def more_row(turn: Turn, case: Case, page: int = 0) -> tuple[Button, ...]:
    """更多."""
    return saying.button(turn.words("case.more"), "case.more", f"{case.id}:{page}")


def rows_of(turn: Turn, case: Case, acts: Iterable[str]) -> tuple[tuple[Button, ...], ...]:
    """These acts, as far as the county has them, and the details."""
    buttons = [button for name in acts if (button := act_button(turn, case, name))]
    return pairs([*buttons, details_button(turn, case)])
