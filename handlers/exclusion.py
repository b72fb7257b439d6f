"""回避: somebody must not hear of a case, because they are kin, or because it is about them.

From then on the case does not exist for them: ``casework.relations`` gives them nothing.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace

from handlers import casework, colleagues, conflicts, duties, telling
from handlers.casework import act_rows_of, excluded
from handlers.turn import Turn
from policy.receipt import say_number
from storage.cases import Case

#: The answer of forms/case_not_ours.md by which somebody steps aside for good.
KIN = "kin"


def stepped_back(turn: Turn, case: Case, body: Mapping[str, str]) -> Case | None:
    """不归我管: whoever is kin has nothing to do with it any more; None: it did not happen."""
    me = turn.speaker.person_id
    if body.get("why") != KIN or casework.is_last(turn, case):
        return casework.stepped_back(turn, case, body)
    _hide(turn, case, [me])
    after = casework.stepped_back(turn, case, body)
    assert after is not None
    _keep_out(turn, after, [me], basis=KIN)
    return after


def kept_out(turn: Turn, case: Case, body: Mapping[str, str]) -> Case | None:
    """请他回避: those whom the speaker names; None, and said, when there is nobody so called."""
    people = conflicts.named(turn, case.area_id or 0, body.get("avoids", ""))
    people -= excluded(turn, case.id)
    if not people:
        text = turn.words("case.exclude_nobody", number=say_number(case.number))
        colleagues.answer(turn, text, *act_rows_of(turn, case))
        return None
    _hide(turn, case, people)
    _keep_out(turn, case, people, basis="decided")
    return _around(turn, case, people)


def _hide(turn: Turn, case: Case, people: Collection[int]) -> None:
    """Their earlier cards say no more than that there is nothing to do."""
    neutral = colleagues.note(turn, turn.words("case.not_for_you"))
    telling.withdraw(turn, casework.about(case), people, neutral)


def _keep_out(turn: Turn, case: Case, people: Collection[int], *, basis: str) -> None:
    me = turn.speaker.person_id
    for member in turn.work.cases.members(case.id):
        if member.person_id in people:
            turn.work.cases.end_member(member.id)
    for person in people:
        turn.work.cases.add_member(case.id, person, "excluded", by=me, basis=basis)
        turn.work.audit.write(me, "case.excluded", "case", case.id, {"person": person})


def _around(turn: Turn, case: Case, people: Collection[int]) -> Case:
    """Whatever of it was theirs is somebody else's: the case, and single duties."""
    after = case
    if case.owner.person_id in people:
        owner = casework.coordinator(turn, case.area_id, without=excluded(turn, case.id))
        after = casework.give_to(turn, case, owner, "case.returned")
    for duty in turn.work.duties.open_of("case", case.id):
        if duty.person_id in people:
            before = replace(case, owner=replace(case.owner, person_id=duty.person_id))
            duties.give_to_owner(turn, before, after)
    return after
