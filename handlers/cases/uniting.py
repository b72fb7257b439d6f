"""Two cases go on as one, and each by itself again, as if they had never been one.

Whatever joining changes is looked at before and after, and kept with the story. Taking apart puts
back what is still as joining left it; what people did since stays done.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import TypeVar

from pydantic import TypeAdapter

from conversation.cards import Card
from handlers.cases import (
    adding_up,
    case_card,
    duties,
    exclusion,
    grades,
    involved,
    owners,
    possible,
)
from handlers.reaching import telling
from handlers.reporting import reporters
from handlers.turn import Turn
from policy.duties import next_ring
from policy.grading import is_worse
from policy.receipt import say_number
from storage.cases.case import Case, Member, Owner
from storage.cases.duties import Duty

#: In the story of the one that goes on, of the other, and again when they are taken apart.
TOOK_IN, JOINED, GAVE_BACK, PARTED = "took_in", "joined", "gave_back", "parted"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseWas:
    """The part of a case that joining may change."""

    grade: str
    child_id: int | None
    owner: Owner
    accepted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberWas:
    """Somebody who had to do with it."""

    person_id: int
    kind: str
    role: str
    basis: str
    parts: tuple[str, ...]
    until: datetime | None
    by: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyWas:
    """The part of a duty that joining may change."""

    subject_id: int
    person_id: int | None
    role: str
    grade: str
    due_at: datetime
    rings_at: datetime | None
    level: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The case that goes on, who has to do with it, and what is to be done; by their rows."""

    case: CaseWas
    members: dict[int, MemberWas]
    duties: dict[int, DutyWas]


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """What is needed to take two apart."""

    before: Look
    after: Look
    #: A duty that came along -> the one of the other case that ended for it.
    instead: dict[int, int]


_UNDO = TypeAdapter(Undo)
Was = TypeVar("Was", CaseWas, MemberWas, DutyWas)


# -- joining ------------------------------------------------------------------------------------


def unite(turn: Turn, case: Case, into: Case, reason: str, *, quietly: bool = False) -> Case:
    """The first goes on in the second: reports, duties, people, and who must hear of neither.

    ``quietly``: nobody heard of the first, and nobody is told of it.
    """
    before = _look(turn, into, case)
    _keep_apart_from(turn, case, into)
    instead = _bring_duties(turn, case, into)
    _bring_people(turn, case, into)
    turn.work.cases.join(case.id, into.id, by=turn.speaker.person_id)
    cause = write(turn, into, TOOK_IN, {"case": str(case.id), "reason": reason})
    after = exclusion.around(turn, into, involved.excluded(turn, into.id))
    after = _about_the_same_child(turn, case, after)
    if is_worse(case.grade, after.grade):
        said = {"from": after.grade, "to": case.grade}
        after = grades.set_grade(turn, after, case.grade, said, what="alarm.joined")
    undo = Undo(
        before=before, after=_look(turn, after, seen=tuple(before.duties)), instead=instead
    )
    kept = _UNDO.dump_json(undo).decode()
    write(turn, case, JOINED, {"into": str(into.id), "reason": reason, "undo": kept})
    if quietly:
        return after
    number, other = say_number(case.number), say_number(into.number)
    text = turn.words("join.settled", number=number, other=other)
    look = telling.rows(possible.details_button(turn, after))
    telling.settle(turn, case_card.about(case), Card(text=text, rows=look))
    _tell(turn, "join.settled", case, after, after, after)
    reporters.tell_of(turn, after, "joined", cause)
    return after


def _keep_apart_from(turn: Turn, case: Case, into: Case) -> None:
    """Who must not hear of one hears of neither: earlier cards of the other say nothing more."""
    there, here = involved.excluded(turn, case.id), involved.excluded(turn, into.id)
    exclusion.hide(turn, case, here)
    exclusion.hide(turn, into, there - here)
    exclusion.keep_out(turn, into, there - here, basis="joined")


def _bring_duties(turn: Turn, case: Case, into: Case) -> dict[int, int]:
    """What is still to be done goes along; of two that ask the same, the one that is due first.

    So nobody gains time by it. Duty of the first case -> the one of the second that ended for it.
    """
    work, me = turn.work.duties, turn.speaker.person_id
    same = {duty.kind: duty for duty in involved.open_duties(turn, into) if not duty.what}
    instead: dict[int, int] = {}
    for duty in involved.open_duties(turn, case):
        other = None if duty.what else same.get(duty.kind)
        if (other and other.due_at <= duty.due_at) or _is_accepted(into, duty):
            work.end(duty.id, by=me, state="cancelled")
            continue
        if other is not None:
            work.end(other.id, by=me, state="cancelled")
            instead[duty.id] = other.id
        work.bring(duty.id, into.id)
        if duty.person_id == case.owner.person_id:
            work.give(duty.id, into.owner.person_id, into.owner.role)
    return instead


def _is_accepted(into: Case, duty: Duty) -> bool:
    return duty.kind == "acknowledge" and into.is_accepted


def _bring_people(turn: Turn, case: Case, into: Case) -> None:
    """Who was told of one, or let in, has to do with both."""
    known = {(one.person_id, one.kind) for one in turn.work.cases.members(into.id)}
    hidden = involved.excluded(turn, into.id)
    for one in turn.work.cases.members(case.id):
        is_new = one.kind != "excluded" and (one.person_id, one.kind) not in known
        if is_new and one.person_id not in hidden:
            _add(turn, into, one)


def _add(turn: Turn, case: Case, one: Member | MemberWas) -> None:
    turn.work.cases.add_member(
        case.id,
        one.person_id,
        one.kind,
        by=one.by,
        role=one.role,
        basis=one.basis,
        parts=one.parts,
        until=one.until,
    )


def _about_the_same_child(turn: Turn, case: Case, into: Case) -> Case:
    child = into.child_id if into.child_id is not None else case.child_id
    turn.work.cases.about_child(into.id, child)
    for report in turn.work.cases.reports(into.id):
        turn.work.reports.set_child(report.id, child)
    adding_up.heed(turn, [child])
    return turn.work.cases.get(into.id) or into


# -- taking apart -------------------------------------------------------------------------------


def newest(turn: Turn, case: Case) -> Case | None:
    """What was joined to a case last and can still be taken apart, the last one first."""
    since = turn.work.now - turn.rules.policy.timing["merge_undone"]
    for entry in reversed(turn.work.cases.entries(case.id)):
        if entry.act == TOOK_IN and entry.entered_at >= since:
            other = turn.work.cases.get(int(json.loads(entry.body)["case"]))
            if other is not None and other.joined_into == case.id:
                return other
    return None


def sever(turn: Turn, case: Case, stood: Case) -> Case:
    """They were two after all; ``stood`` is the one in which the first went on."""
    undo = _UNDO.validate_json(last(turn, case, JOINED)["undo"])
    newly = involved.excluded(turn, stood.id) - _excluded(undo.after)
    turn.work.cases.part(case.id, by=turn.speaker.person_id)
    alone = turn.work.cases.get(case.id) or case
    stands = _put_back_case(turn, stood, undo)
    _put_back_people(turn, stands, undo)
    _put_back_duties(turn, alone, stands, undo)
    for one in (alone, stands):
        for report in turn.work.cases.reports(one.id):
            turn.work.reports.set_child(report.id, one.child_id)
    alone = _with_an_owner(turn, alone, stands, newly)
    cause = write(turn, alone, PARTED, {})
    write(turn, stands, GAVE_BACK, {"case": str(case.id)})
    _tell(turn, "join.parted", alone, stands, alone, stands)
    for one in (alone, stands):
        reporters.tell_of(turn, one, "parted", cause)
    for child in {alone.child_id, stands.child_id}:
        adding_up.unlinked(turn, alone, child)
    return turn.work.cases.get(case.id) or alone


def _put_back_case(turn: Turn, now: Case, undo: Undo) -> Case:
    """Grade, child and owner, each if nobody gave another since."""
    was, left = undo.before.case, undo.after.case
    back = now
    if now.grade == left.grade:
        back = replace(back, grade=was.grade)
    if now.child_id == left.child_id:
        back = replace(back, child_id=was.child_id)
    if (now.owner, now.accepted_at) == (left.owner, left.accepted_at):
        back = replace(back, owner=was.owner, accepted_at=was.accepted_at)
    turn.work.cases.put_back(back)
    return back


def _put_back_people(turn: Turn, stands: Case, undo: Undo) -> None:
    """Who came along goes; who was kept out only because of the other comes back."""
    now = {one.id for one in turn.work.cases.members(stands.id)}
    for row in undo.after.members:
        if row in now and row not in undo.before.members:
            turn.work.cases.end_member(row)
    hidden = involved.excluded(turn, stands.id)
    for row, one in undo.before.members.items():
        if row not in undo.after.members and one.person_id not in hidden:
            _add(turn, stands, one)


def _put_back_duties(turn: Turn, case: Case, stands: Case, undo: Undo) -> None:
    work, me = turn.work.duties, turn.speaker.person_id
    for row, left in undo.after.duties.items():
        if row not in undo.before.duties and left.state == "open":
            work.end(row, by=me, state="cancelled")
    came_for = {other: work.get(row) for row, other in undo.instead.items()}
    for row, was in undo.before.duties.items():
        now = work.get(row)
        if now is None:
            continue
        is_untouched = _stands(now) == _stands(undo.after.duties[row])
        if was.subject_id != stands.id:
            _put_back_of_case(turn, case, was, now, is_untouched=is_untouched)
        elif (instead := came_for.get(row)) is not None:
            _put_back(turn, was, now)
            if instead.state != "open":
                work.end(row, by=instead.ended_by or 0, state=instead.state)
        elif is_untouched:
            _put_back(turn, was, now)


def _put_back_of_case(
    turn: Turn, case: Case, was: DutyWas, now: Duty, *, is_untouched: bool
) -> None:
    """What was done since may have been about the other: here it is still to be done.

    Not what somebody wrote down as one thing to be done; and other times and people stay.
    """
    if is_untouched or (now.state != "open" and not now.what):
        _put_back(turn, was, now)
    else:
        turn.work.duties.bring(now.id, case.id)


def _put_back(turn: Turn, was: DutyWas, now: Duty) -> None:
    """As it was; steps of its ladder that were taken since are not taken again."""
    back = replace(now, **{one.name: getattr(was, one.name) for one in fields(was)})
    if now.level > was.level:
        table, clock = turn.rules.policy.duties, duties.clockwork(turn)
        back = replace(back, level=now.level)
        back = replace(back, rings_at=next_ring(table, back, back.due_at, clock))
    turn.work.duties.put_back(back)


def _stands(duty: Duty | DutyWas) -> tuple[object, ...]:
    """What tells whether somebody did anything about a duty; not what its own ladder does."""
    return (duty.subject_id, duty.person_id, duty.role, duty.grade, duty.due_at, duty.state)


def _with_an_owner(turn: Turn, case: Case, stands: Case, newly: Collection[int]) -> Case:
    """Its own, unless they left the post or must not hear of it any more."""
    if newly:
        exclusion.hide(turn, case, newly)
        exclusion.keep_out(turn, case, newly, basis="decided")
    hidden = involved.excluded(turn, case.id)
    case = exclusion.around(turn, case, hidden)
    if case.owner.person_id is None or _holds(turn, case.owner):
        return case
    next_ = stands.owner
    if next_.person_id is None or next_.person_id in hidden or not _holds(turn, next_):
        next_ = owners.coordinator(turn, case.area_id, without=hidden)
    return owners.give_to(turn, case, next_, "case.given")


def _holds(turn: Turn, owner: Owner) -> bool:
    if owner.area_id is None:
        return True
    held = turn.work.people.in_posts((owner.role,), (owner.area_id,))
    return owner.person_id in {one.person_id for one in held}


def _excluded(seen: Look) -> frozenset[int]:
    return frozenset(one.person_id for one in seen.members.values() if one.kind == "excluded")


# -- telling ------------------------------------------------------------------------------------


def _tell(turn: Turn, what: str, case: Case, other: Case, *looks: Case) -> None:
    """The owners of both hear, each with the case where they find it, unless they did it."""
    text = turn.words(what, number=say_number(case.number), other=say_number(other.number))
    people = {one.owner.person_id: look for one, look in zip((case, other), looks, strict=True)}
    for person, look in people.items():
        hidden = {None, turn.speaker.person_id, *involved.excluded(turn, look.id)}
        if person is not None and person not in hidden:
            telling.tell_person(
                turn,
                person,
                Card(text=text, rows=telling.rows(possible.details_button(turn, look))),
                key=f"case:{case.id}:{what}:{turn.work.new_id()}",
            )


# -- what is kept -------------------------------------------------------------------------------


def write(turn: Turn, case: Case, act: str, body: dict[str, str]) -> int:
    """Into the story and the audit."""
    me = turn.speaker.person_id
    turn.work.audit.write(me, f"case.{act}", "case", case.id, {})
    return turn.work.cases.add_entry(
        case.id,
        act,
        by=me,
        role=involved.role_in(turn, case),
        stage=case.stage,
        body=json.dumps(body, ensure_ascii=False),
    )


def last(turn: Turn, case: Case, act: str) -> dict[str, str]:
    """What the latest entry of an act says."""
    found = [entry for entry in turn.work.cases.entries(case.id) if entry.act == act]
    said: dict[str, str] = json.loads(found[-1].body) if found else {}
    return said


def _look(turn: Turn, case: Case, *others: Case, seen: tuple[int, ...] = ()) -> Look:
    """How it stands now, with what is open about others, and with duties that were seen before."""
    open_ = [duty for one in (case, *others) for duty in involved.open_duties(turn, one)]
    known = [duty for row in seen if (duty := turn.work.duties.get(row)) is not None]
    return Look(
        case=_part(CaseWas, turn.work.cases.get(case.id) or case),
        members={one.id: _part(MemberWas, one) for one in turn.work.cases.members(case.id)},
        duties={duty.id: _part(DutyWas, duty) for duty in (*open_, *known)},
    )


def _part(kind: type[Was], row: object) -> Was:
    return kind(**{one.name: getattr(row, one.name) for one in fields(kind)})
