"""Duties as a handler sets them, and how their time is said."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from handlers.people import colleagues
from handlers.turn import Turn
from policy.duties import Clockwork, DutyKind, due_at, first_ring, next_ring
from storage.cases.case import Case
from storage.cases.duties import Climb, Duty, DutyIn

#: So much of what is to be done a button has room for.
BRIEF = 24


def clockwork(turn: Turn) -> Clockwork:
    """The county's calendar and zone."""
    return Clockwork(calendar=turn.rules.policy.calendar, zone=turn.rules.zone)


def set_for_case(
    turn: Turn,
    case: Case,
    kind: str,
    cause: int,
    *,
    what: str = "",
    due: datetime | None = None,
    person: int | None = None,
    post: str = "",
) -> int | None:
    """Begin a duty about a case, once for its cause, and return its id.

    It is due and somebody's, or some post's, as the table says, or as somebody chose.
    """
    duties = turn.rules.policy.duties
    described = duties.kinds[kind]
    now, clock = turn.work.now, clockwork(turn)
    until = due or due_at(described, case.grade, now, clock)
    whose, role = (None, post) if post else _whose(turn, case, described, person)
    return turn.work.duties.set(
        DutyIn(
            key=f"case:{case.id}:{kind}:{cause}",
            kind=kind,
            subject="case",
            subject_id=case.id,
            area_id=case.area_id,
            grade=case.grade,
            person_id=whose,
            role=role,
            what=what,
            due_at=until,
            rings_at=first_ring(duties, kind, case.grade, now, until, clock),
        )
    )


def _whose(turn: Turn, case: Case, kind: DutyKind, person: int | None) -> tuple[int | None, str]:
    if person is not None:
        return person, ""
    match kind.whose:
        case "owner":
            return case.owner.person_id, case.owner.role
        case "actor":
            return turn.speaker.person_id, ""
        case _:
            return None, turn.rules.policy.duties.levels[kind.whose][0]


def give_to_owner(turn: Turn, before: Case, now: Case) -> None:
    """What one owner had to do about a case is the next one's."""
    for duty in turn.work.duties.open_of("case", now.id):
        if duty.person_id == before.owner.person_id:
            turn.work.duties.give(duty.id, now.owner.person_id, now.owner.role)


def follow_grade(turn: Turn, case: Case) -> None:
    """Another grade: what is open is due as this grade wants it from now on, never later.

    Nobody is late by a time that nobody had told them.
    """
    duties, clock = turn.rules.policy.duties, clockwork(turn)
    for duty in turn.work.duties.open_of("case", case.id):
        if duty.kind not in duties.kinds:
            continue
        wanted = due_at(duties.kinds[duty.kind], case.grade, turn.work.now, clock)
        due = min(wanted, duty.due_at)
        rings = next_ring(duties, replace(duty, grade=case.grade), due, clock)
        turn.work.duties.hasten(duty.id, case.grade, due, rings)


def said(turn: Turn, duty: Duty) -> str:
    """接单：11-20 10:15 前, true for as long as the card stands; once it is late by how much."""
    key = "duty.line_late" if is_late(turn, duty.due_at) else "duty.line"
    when = turn.moment(duty.due_at)
    return turn.words(key, what=name_of(turn, duty), when=when, left=left(turn, duty.due_at))


def next_of(turn: Turn, case: Case) -> list[str]:
    """What whoever did something with the case has to do about it next; else what it waits for."""
    waiting = turn.work.duties.open_of("case", case.id)
    mine = [one for one in waiting if one.person_id is not None and one.person_id in turn.whose]
    nearest = next(iter([*_seconds(turn, case, waiting), *mine]), None)
    if nearest is None:
        return []
    lines = [said(turn, nearest)]
    if nearest not in mine:
        lines.append(turn.words("duty.whose", name=whose(turn, nearest)))
    return [turn.words("case.next", what="　".join(lines))]


def _seconds(turn: Turn, case: Case, waiting: Sequence[Duty]) -> list[Duty]:
    """What a second person has to do before the case ends."""
    lifecycle = turn.rules.policy.lifecycle
    if case.stage != lifecycle.closing.stage:
        return []
    asks = (act for act in lifecycle.acts.values() if act.to == case.stage)
    kinds = {kind for act in asks for kind in act.sets}
    return [one for one in waiting if one.kind in kinds]


def brief(turn: Turn, duty: Duty) -> str:
    """What is to be done, as a button has room for it: what just this one is, and until when."""
    if not duty.what:
        return said(turn, duty)
    what = duty.what if len(duty.what) <= BRIEF else f"{duty.what[: BRIEF - 1]}…"
    return turn.words("duty.brief", what=what, when=turn.moment(duty.due_at))


def told(turn: Turn, case: Case, duty: Duty) -> str:
    """The same for whoever reads the case: what exactly, whose, and what time it had at first."""
    lines = [said(turn, duty)]
    if duty.what:
        lines.append(turn.words("duty.what", what=duty.what))
    if not is_owners(case, duty):
        lines.append(turn.words("duty.whose", name=whose(turn, duty)))
    if duty.first_due_at != duty.due_at:
        first = turn.moment(duty.first_due_at)
        lines.append(turn.words("duty.moved", when=first))
    return "\n".join(["　".join(lines), *_urged(turn, duty)])


def is_owners(case: Case, duty: Duty) -> bool:
    """True for what whoever has the case must do, or the post that has it."""
    if duty.person_id is None:
        return duty.role == case.owner.role
    return duty.person_id == case.owner.person_id


def whose(turn: Turn, duty: Duty) -> str:
    """Who has to do it: a person, or the post in which anybody may."""
    if duty.person_id is not None:
        return colleagues.called(turn, duty.person_id)
    role = turn.rules.policy.roles.get(duty.role)
    return role.name if role else duty.role


def _urged(turn: Turn, duty: Duty) -> list[str]:
    """Who heard that it is not done: whoever looks sees how far it climbed."""
    climbs = turn.work.duties.climbs(duty.id)
    if not climbs:
        return []
    heard = dict.fromkeys(_heard(turn, climb) for climb in climbs)
    last = turn.moment(climbs[-1].fired_at)
    return [turn.words("duty.urged", count=len(climbs), text="、".join(heard), when=last)]


def _heard(turn: Turn, climb: Climb) -> str:
    if climb.person_id is None:
        return turn.words("duty.urged_nobody")
    return colleagues.called(turn, climb.person_id)


def name_of(turn: Turn, duty: Duty) -> str:
    """What is to be done, as people call it."""
    kind = turn.rules.policy.duties.kinds.get(duty.kind)
    return kind.name if kind else turn.words("duty.other")


def left(turn: Turn, due: datetime) -> str:
    """还剩 1 小时, 已超 2 天."""
    key = "duty.late" if is_late(turn, due) else "duty.left"
    return turn.words(key, time=_roughly(turn, abs(due - _read(turn))))


def is_late(turn: Turn, due: datetime) -> bool:
    """True when it is over by the time at which what is being written is read."""
    return due < _read(turn)


def _read(turn: Turn) -> datetime:
    return turn.read_at or turn.work.now


def _roughly(turn: Turn, span: timedelta) -> str:
    minutes = max(1, round(span.total_seconds() / 60))
    for key, size in (("days", 1440), ("hours", 60)):
        if minutes >= size:
            return turn.words(f"duty.{key}", count=minutes // size)
    return turn.words("duty.minutes", count=minutes)
