"""兄弟姐妹: a case about one child of a household asks somebody to see the others, too."""

from collections.abc import Mapping

from handlers.cases import duties, grades
from handlers.turn import Turn
from storage.cases.case import Case

KIND = "see_siblings"


def look_after(turn: Turn, case: Case, _: Mapping[str, str] | None = None) -> None:
    """Set the duty once it is known which child it is and somebody works on it."""
    known = turn.work.duties.of("case", case.id)
    is_set = any(duty.kind == KIND and duty.state != "cancelled" for duty in known)
    if case.is_open and case.is_accepted and not is_set and _others(turn, case):
        duties.set_for_case(turn, case, KIND, turn.work.new_id())


def forget(turn: Turn, case: Case) -> None:
    """It was another child: these brothers and sisters need not be seen because of it."""
    turn.work.duties.end_of(
        "case", case.id, by=turn.speaker.person_id, kinds=[KIND], state="cancelled"
    )


def seen(turn: Turn, case: Case, body: Mapping[str, str]) -> Case | None:
    """They were seen; one who is not safe makes the case red, at once."""
    if body.get("safe") != "no" or case.grade == "red":
        return case
    return grades.set_grade(turn, case, "red", {"from": case.grade, "to": "red"})


def _others(turn: Turn, case: Case) -> bool:
    child = turn.work.children.get(case.child_id) if case.child_id is not None else None
    home = turn.work.children.of_household(child.household_id) if child is not None else ()
    return any(one.id != case.child_id and one.status == "active" for one in home)
