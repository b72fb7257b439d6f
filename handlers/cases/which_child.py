"""Which child of the register a case is about: said by a receiver, and taken back if wrong."""

from conversation.cards import Button
from handlers import filling
from handlers.cases import adding_up, involved, siblings
from handlers.children import register
from handlers.saying import answer, button
from handlers.turn import Filled, Turn
from storage.cases.case import Case


def lines(turn: Turn, case: Case) -> list[str]:
    """The child and who else lives there, as far as the speaker may see them."""
    seen = register.view(turn, case.child_id) if case.child_id is not None else None
    if seen is None:
        return []
    told = [turn.words("which.is", name=register.called(turn, seen))]
    own = register.own_ids(turn)
    others = [
        register.called(turn, other)
        for child in turn.work.children.of_household(seen.child.household_id)
        if child.id != seen.child.id
        and (other := register.view_of(turn, child, own=child.id in own))
    ]
    return [*told, turn.words("which.siblings", text="、".join(others))] if others else told


def rows(turn: Turn, case: Case) -> tuple[tuple[Button, ...], ...]:
    """Saying which child it is, for whoever sees children; one who is said can be taken back."""
    case_id = str(case.id)
    if case.child_id is None:
        if not register.sees_register(turn):
            return ()
        return (button(turn.words("which.find"), "case.child", case_id),)
    if register.view(turn, case.child_id) is None:
        return ()
    return (
        button(turn.words("enter.open"), "child", str(case.child_id)),
        button(turn.words("which.undo"), "case.unbind", case_id),
    )


def begin(turn: Turn, case_id: str) -> None:
    """是名册里的哪个孩子: found by name."""
    if _case(turn, case_id) is None or not register.sees_register(turn):
        answer(turn, turn.words("alarm.not_yours"))
        return
    filling.begin(turn, "which_child", preset={"case_id": case_id}, in_place=True)


def found(turn: Turn, filled: Filled) -> None:
    """Who may be meant, within what the speaker sees; one tap says so."""
    case_id = filled.answers["case_id"]
    hits = [
        button(register.called(turn, seen), "case.bind", f"{case_id}:{seen.child.id}")
        for seen in register.search(turn, filled.answers["child_said"])
    ]
    again = button(turn.words("child.find_again"), "case.child", case_id)
    key = "child.found" if hits else "child.not_found"
    answer(turn, turn.words(key), *hits, again, _back(turn, case_id))


def bind(turn: Turn, arg: str) -> None:
    """It is this child: whoever works on the case sees the file and the household."""
    case_id, _, child_id = arg.partition(":")
    case, seen = _case(turn, case_id), register.view(turn, int(child_id))
    if case is None or seen is None:
        register.refuse(turn)
        return
    _set(turn, case, seen.child.id, "child_bound")
    now = turn.work.cases.get(case.id)
    assert now is not None
    siblings.look_after(turn, now)
    text = "\n".join([turn.words("which.done"), *lines(turn, now)])
    answer(turn, text, *rows(turn, now), _back(turn, case_id))


def unbind(turn: Turn, case_id: str) -> None:
    """不是这个孩子: nobody is said to be meant any more; that somebody was stays in the story."""
    case = _case(turn, case_id)
    if case is None or case.child_id is None or register.view(turn, case.child_id) is None:
        answer(turn, turn.words("alarm.not_yours"))
        return
    _set(turn, case, None, "child_unbound")
    again = button(turn.words("which.find"), "case.child", case_id)
    answer(turn, turn.words("which.undone"), again, _back(turn, case_id))


def _set(turn: Turn, case: Case, child_id: int | None, act: str) -> None:
    by, work = turn.speaker.person_id, turn.work
    work.cases.about_child(case.id, child_id)
    for report in work.cases.reports(case.id):
        work.reports.set_child(report.id, child_id)
    siblings.forget(turn, case)
    work.cases.add_entry(case.id, act, by=by, role="", stage=case.stage)
    work.audit.write(
        by, f"case.{act}", "case", case.id, {"child": child_id, "before": case.child_id}
    )
    adding_up.unlinked(turn, case, case.child_id)
    adding_up.heed(turn, [child_id])


def _case(turn: Turn, case_id: str) -> Case | None:
    """The case, if the speaker has to do with it."""
    seen = involved.view(turn, int(case_id))
    return None if seen is None else seen.case


def _back(turn: Turn, case_id: str) -> tuple[Button, ...]:
    return button(turn.words("which.back"), "case.details", case_id)
