"""A second person: who decides what whoever has a case may not decide alone."""

from collections.abc import Collection

from handlers.cases import duties, hearing, involved
from handlers.people import standing
from handlers.reaching import telling
from handlers.turn import Turn
from storage.cases.case import Case
from storage.people.person import Holder

#: Whose it is where nobody who may decide can be reached, if the table names no level.
LEVEL = "township"


def ask(turn: Turn, case: Case, kind: str, what: str) -> str:
    """The open duty of this kind is the nearest's who may do it, by name; how they are called.

    Never the owner's nor the speaker's; the post of the table has it where nobody is left.
    """
    holder = next(iter(_seconds(turn, case)), None)
    table = turn.rules.policy.duties
    post = table.levels.get(table.kinds[kind].whose, table.levels[LEVEL])[0]
    given = None
    for duty in involved.open_duties(turn, case):
        if duty.kind == kind:
            person, role = (holder.person_id, holder.role) if holder else (None, post)
            turn.work.duties.give(duty.id, person, role)
            given = turn.work.duties.get(duty.id)
    if holder is not None:
        hearing.tell(turn, case, holder.person_id, what)
    return duties.whose(turn, given) if given else ""


def _seconds(turn: Turn, case: Case) -> tuple[Holder, ...]:
    """Who may be the second, the nearest first; neither the owner nor whoever asks."""
    if case.area_id is None:
        return ()
    roles, path = turn.rules.policy.roles, reversed(turn.work.areas.path(case.area_id))
    lowering = [name for name, role in roles.items() if role.lowers_grade]
    posts = [(role, area.id) for area in path for role in lowering]
    ends = case.stage == turn.rules.policy.lifecycle.closing.stage
    asks = turn.work.cases.brought_by(case.id, case.stage) if ends else None
    without = {*involved.excluded(turn, case.id), case.owner.person_id, asks}
    without |= {turn.speaker.person_id}
    found = telling.reachable(turn, posts, without={one for one in without if one is not None})
    return tuple(one for one in found if not _is_new(turn, one.person_id, lowering))


def _is_new(turn: Turn, person_id: int, lowering: Collection[str]) -> bool:
    """True for whoever holds such posts, but none by which they could be the second yet."""
    held = [post for post in turn.work.people.roles(person_id) if post.role in lowering]
    return bool(held) and not any(standing.counts(turn, post) for post in held)
