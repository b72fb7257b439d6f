"""Who looked at a child, as far as the speaker may know: a look because of a case tells of it."""

from collections.abc import Callable

from handlers.turn import Turn
from storage.cases.case import Case
from storage.children.child import Child
from storage.children.child_looks import Look


def teller(turn: Turn) -> Callable[[Child, Look], bool]:
    """Whether the speaker may know of a look.

    Not of others' looks since a case began of which they must not hear, at its child or at any
    child of its place: whoever works on it looks at these, and says why.
    """
    cases = turn.work.cases.some(turn.hidden)

    def may_tell(child: Child, look: Look) -> bool:
        return look.person_id == turn.seer or not any(
            look.at >= case.opened_at and _concerns(turn, case, child) for case in cases
        )

    return may_tell


def _concerns(turn: Turn, case: Case, child: Child) -> bool:
    if case.area_id is None or case.child_id == child.id:
        return True
    tree = turn.work.areas
    return tree.is_within(child.area_id, case.area_id) or tree.is_within(
        case.area_id, child.area_id
    )
