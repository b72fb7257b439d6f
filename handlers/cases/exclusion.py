"""回避: somebody must not hear of a case, because they are kin, or because it is about them.

From then on the case does not exist for them: ``involved.relations`` gives them nothing. Whom
words blame (policy/naming.py) is kept out at once, and the county looks at it; it ends by
another's word alone. Who is only mentioned can still act, and the county decides.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from conversation.cards import Card
from handlers import filling, saying
from handlers.cases import (
    case_card,
    casework,
    closing,
    conflicts,
    duties,
    grades,
    involved,
    owners,
    possible,
)
from handlers.cases.involved import excluded
from handlers.cases.possible import act_rows_of
from handlers.heard.open_form import TOLD
from handlers.people import colleagues
from handlers.reaching import telling
from handlers.reaching.telling import rows, urgency
from handlers.turn import Turn
from policy.naming import Naming
from policy.receipt import say_number
from storage.audit import PROGRAM
from storage.cases.case import Case, Member
from storage.reporting.reports import Report

#: The answer of forms/case_not_ours.md by which somebody steps aside for good.
KIN = "kin"
#: Whom words mention, until the county decides: a member of this kind reads no words of it.
HELD = involved.HELD


def stepped_back(turn: Turn, case: Case, body: Mapping[str, str]) -> Case | None:
    """不归我管: whoever is kin has nothing to do with it any more; None: it did not happen."""
    me = turn.speaker.person_id
    if body.get("why") != KIN or owners.is_last(turn, case):
        return owners.stepped_back(turn, case, body)
    hide(turn, case, [me])
    after = owners.stepped_back(turn, case, body)
    assert after is not None
    keep_out(turn, after, [me], basis=KIN)
    return around(turn, after, [me])


def kept_out(turn: Turn, case: Case, body: Mapping[str, str]) -> Case | None:
    """请他回避: those whom the speaker names; None, and said, when there is nobody so called."""
    people = conflicts.named(turn, case.area_id or 0, body.get("avoids", ""))
    people -= excluded(turn, case.id)
    if not people:
        text = turn.words("case.exclude_nobody", number=say_number(case.number))
        saying.answer(turn, text, *act_rows_of(turn, case))
        return None
    hide(turn, case, people)
    keep_out(turn, case, people, basis="decided")
    return around(turn, case, people)


# -- named in words -----------------------------------------------------------------------------


def opened(turn: Turn, report: Report) -> None:
    """A new report: whom it blames was left out from the start.

    Who is only mentioned keeps the case, but not the words, until the county has looked.
    """
    case = turn.work.cases.of_report(report.id)
    if case is not None and case.area_id is not None:
        told = conflicts.said_of(turn, case.area_id, json.loads(report.answers))
        _hold(turn, case, {person for person, kind in told.items() if kind == "unclear"})


def said_more(turn: Turn, report: Report, text: str) -> None:
    """Whoever reported said something later, in their own words."""
    case = turn.work.cases.of_report(report.id)
    if case is not None:
        heard(turn, case, conflicts.spoken(turn, case.area_id or 0, text))


def answered_more(turn: Turn, report: Report, said: Mapping[str, str]) -> None:
    """Whoever reported answered more questions: whom they suspect is kept out, whoever it is."""
    case = turn.work.cases.of_report(report.id)
    if case is None:
        return
    meant = conflicts.meant_in(turn, case.area_id, said) - excluded(turn, case.id)
    if meant:
        hide(turn, case, meant)
        keep_out(turn, case, meant, basis="meant", by=PROGRAM)
        case = around(turn, case, meant)
    if case.area_id is not None:
        told = conflicts.said_of(turn, case.area_id, said)
        _hold(turn, case, {person for person, kind in told.items() if kind == "unclear"})


def noted(turn: Turn, case: Case, body: Mapping[str, str]) -> Case:
    """Whoever works on it wrote something down; whom they chose to help is no suspect.

    A colleague who is only mentioned there is none either.
    """
    chosen = {int(one) for one in body.get("helper", "").split() if one.isdigit()}
    words = "\n".join(body.get(name, "") for name in TOLD)
    told = conflicts.spoken(turn, case.area_id or 0, words)
    blamed = {who: kind for who, kind in told.items() if kind in ("accused", "related")}
    return heard(turn, case, {who: kind for who, kind in blamed.items() if who not in chosen})


def heard(turn: Turn, case: Case, told: Mapping[int, Naming]) -> Case:
    """Who is blamed in what came later, or is kin, is kept out at once; the county may undo it.

    Who is only mentioned stays reachable, and the county decides.
    """
    gone = {*excluded(turn, case.id), turn.speaker.person_id}
    blamed = {who for who, kind in told.items() if kind in ("accused", "related")} - gone
    if blamed:
        hide(turn, case, blamed)
        keep_out(turn, case, blamed, basis="named", by=PROGRAM)
        case = around(turn, case, blamed)
        _ask_county(turn, case, "named_hidden", "case.named_out", ("readmit",), without=blamed)
    _hold(turn, case, {who for who, kind in told.items() if kind == "unclear"})
    return case


def _hold(turn: Turn, case: Case, people: Collection[int]) -> None:
    """They keep what they have to do, and read none of the words, until the county decides."""
    known = {one.person_id for one in turn.work.cases.members(case.id) if one.kind == HELD}
    known |= {turn.speaker.person_id, *excluded(turn, case.id)}
    new = {*people} & conflicts.readers(turn, case.area_id or 0) - known
    for person in sorted(new):
        turn.work.cases.add_member(case.id, person, HELD, by=PROGRAM, basis="mentioned")
        turn.work.audit.write(PROGRAM, "case.held", "case", case.id, {"person": person})
    if new:
        _ask_county(
            turn, case, "named_held", "case.named_ask", ("exclude", "readmit"), without=new
        )


def _ask_county(
    turn: Turn, case: Case, told: str, what: str, acts: Sequence[str], *, without: Collection[int]
) -> None:
    cause = turn.work.cases.add_entry(case.id, told, by=PROGRAM, role="", stage=case.stage)
    hidden = excluded(turn, case.id) | {*without}
    person = owners.coordinator(turn, case.area_id, without=frozenset(hidden)).person_id
    if person is None:
        return
    text = turn.words(what, number=say_number(case.number))
    buttons = (possible.act_button(turn, case, act) for act in acts)
    telling.tell_person(
        turn,
        person,
        Card(text=text, rows=rows(*buttons, possible.details_button(turn, case))),
        key=f"case:{case.id}:named:{cause}",
        priority=urgency(case.grade),
    )


# -- letting back -------------------------------------------------------------------------------


def may_let_back(turn: Turn, case: Case) -> tuple[Member, ...]:
    """Whom the speaker may let back: what their own post said, another ends."""
    me, posts = turn.speaker.person_id, {post.role for post in turn.roles}
    return tuple(
        one
        for one in turn.work.cases.members(case.id)
        if one.kind in ("excluded", HELD) and one.by != me and one.role not in posts
    )


def ask_whom_back(turn: Turn, case: Case) -> None:
    """不用再回避: who?"""
    offers = [
        saying.button(
            colleagues.called(turn, one.person_id), "case.readmit", f"{case.id}:{one.id}"
        )
        for one in may_let_back(turn, case)[: saying.OFFERED]
    ]
    key = "case.readmit_ask" if offers else "case.readmit_nobody"
    text = turn.words(key, number=say_number(case.number))
    saying.answer(turn, text, *offers, *rows(possible.details_button(turn, case)))


def choose_back(turn: Turn, arg: str) -> None:
    """This one: why?"""
    case_id, _, member_id = arg.partition(":")
    found = casework.may_do(turn, int(case_id), "readmit")
    if found is None:
        return
    case = found[0].case
    if member_id not in {str(one.id) for one in may_let_back(turn, case)}:
        casework.say_too_late(turn, case)
        return
    about, preset = case_card.about(case), {"member": member_id}
    filling.begin(turn, "case_readmit", preset=preset, about=about, in_place=True)


def let_back(turn: Turn, case: Case, body: Mapping[str, str]) -> Case | None:
    """They are to the case what they would be if nobody had said so; the audit keeps by whom."""
    known = may_let_back(turn, case)
    chosen = next((one for one in known if str(one.id) == body.get("member")), None)
    if chosen is None:
        casework.say_too_late(turn, case)
        return None
    person, me = chosen.person_id, turn.speaker.person_id
    for one in turn.work.cases.members(case.id):
        if one.kind in ("excluded", HELD) and one.person_id == person:
            turn.work.cases.end_member(one.id)
    turn.work.audit.write(me, "case.readmitted", "case", case.id, {"person": person})
    if chosen.kind == HELD:
        return case
    hearers = {holder.person_id: holder.role for holder in grades.receivers(turn, case)}
    if person in hearers:
        turn.work.cases.add_member(case.id, person, "told", by=me, role=hearers[person])
        telling.tell_person(
            turn,
            person,
            case_card.card(turn, case, "case.readmitted"),
            key=f"case:{case.id}:back:{chosen.id}",
            priority=urgency(case.grade),
            about=case_card.about(case),
        )
    return case


# -- keeping out --------------------------------------------------------------------------------


def hide(turn: Turn, case: Case, people: Collection[int]) -> None:
    """Their earlier cards say no more than that there is nothing to do."""
    neutral = saying.note(turn, turn.words("case.not_for_you"))
    telling.withdraw(turn, case_card.about(case), people, neutral)


def keep_out(
    turn: Turn, case: Case, people: Collection[int], *, basis: str, by: int | None = None
) -> None:
    """They have nothing to do with it from now on; it says by whom, and why."""
    me = turn.speaker.person_id if by is None else by
    role = involved.role_in(turn, case) if by is None else ""
    for member in turn.work.cases.members(case.id):
        if member.person_id in people:
            turn.work.cases.end_member(member.id)
    for person in people:
        turn.work.cases.add_member(case.id, person, "excluded", by=me, role=role, basis=basis)
        turn.work.audit.write(me, "case.excluded", "case", case.id, {"person": person})


def around(turn: Turn, case: Case, people: Collection[int]) -> Case:
    """Whatever of it was theirs is somebody else's: the case, and single duties."""
    after = case
    if case.owner.person_id in people:
        owner = owners.coordinator(turn, case.area_id, without=excluded(turn, case.id))
        after = owners.give_to(turn, case, owner, "case.returned")
    for duty in turn.work.duties.open_of("case", case.id):
        if duty.person_id in people and duty.kind == closing.SECONDS:
            closing.ask_another(turn, after)
        elif duty.person_id in people:
            before = replace(case, owner=replace(case.owner, person_id=duty.person_id))
            duties.give_to_owner(turn, before, after)
    return after
