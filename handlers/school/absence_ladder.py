"""An absence as the rules see it: how far it has come, and whose each step is."""

from handlers.cases import duties
from handlers.school import classes
from handlers.turn import Turn
from policy.absence import STOOD, Absence, Step, plan, stage, standing
from policy.duties import first_ring
from policy.routing import seated
from storage.cases.duties import DutyIn
from storage.school.absences import Missed

#: How the duties of an absence climb (policy/duties.toml): whose it is first, who goes along.
GRADE, ALONG = "yellow", "blue"


#: How the duties of an absence climb (policy/duties.toml): whose it is first, who goes along.
GRADE, ALONG = "yellow", "blue"


#: Whose the child is while nobody answers for it.
VILLAGE = "child_director"
CHILD_POST = "responsible"


def get_missed(turn: Turn, absence_id: int) -> Missed:
    """An absence that is there for certain."""
    found = turn.work.absences.get(absence_id)
    assert found is not None
    return found


def as_rule(turn: Turn, missed: Missed) -> Absence:
    """The absence as policy/absence.py knows it."""
    return Absence(
        first_day=missed.first_day,
        noted=missed.noted_at.astimezone(turn.rules.zone),
        reason=missed.reason,
        is_excused=missed.excused,
        excused_until=missed.excused_until,
        is_boarder=missed.boards,
        cannot_be_found=missed.cannot_be_found,
        noticed=missed.noticed,
        returned=missed.returned,
        stood=missed.stood,
        done=missed.done,
    )


def stage_line(turn: Turn, missed: Missed) -> str:
    """How far 控辍保学 has come with somebody who was about to leave school; "" for others."""
    table = turn.rules.policy.absence
    if stands(turn, missed) not in STOOD and missed.stood not in STOOD:
        return ""
    keys = [*table.stages]
    reached = stage(as_rule(turn, missed), table)
    if not reached:
        return ""
    return turn.words(
        "absent.stage",
        number=keys.index(reached) + 1,
        count=len(keys),
        name=table.stages[reached].name,
    )


def stands(turn: Turn, missed: Missed) -> str:
    """absent, suspected, dropout, missing or present."""
    policy = turn.rules.policy
    return standing(as_rule(turn, missed), turn.at.date(), policy.absence, policy.calendar)


def set_duties(turn: Turn, missed: Missed) -> None:
    """The duties are what the table plans: new ones are set, others moved, the rest called off."""
    policy, clock = turn.rules.policy, duties.clockwork(turn)
    work = turn.work
    waiting = {(one.kind, one.role): one for one in work.duties.open_of("absence", missed.id)}
    cause = len(work.absences.entries(missed.id))
    for step in plan(as_rule(turn, missed), policy.absence, policy.calendar):
        if step.key in missed.done or step.duty not in policy.duties.kinds:
            continue
        first = first_ring(policy.duties, step.duty, GRADE, work.now, step.due, clock)
        rings = max(first, step.begins) if first else None
        for at, (role, person, area) in enumerate(_owners(turn, missed, step)):
            set_before = waiting.pop((step.duty, role), None)
            if set_before is not None and set_before.due_at == step.due:
                continue
            made = work.duties.set(
                DutyIn(
                    key=f"a:{missed.id}:{step.key}:{role}:{cause}",
                    kind=step.duty,
                    subject="absence",
                    subject_id=missed.id,
                    area_id=area,
                    grade=ALONG if at else GRADE,
                    person_id=person,
                    role=role,
                    due_at=step.due,
                    rings_at=rings,
                )
            )
            if set_before is None:
                continue
            if made is None:
                work.duties.move(set_before.id, step.due, rings, set_before.level)
            else:  # what is known now sets the times: nobody is late by those of before
                work.duties.end(set_before.id, by=turn.speaker.person_id, state="cancelled")
    for one in waiting.values():
        work.duties.end(one.id, by=turn.speaker.person_id, state="cancelled")


def _owners(turn: Turn, missed: Missed, step: Step) -> list[tuple[str, int | None, int]]:
    """Posts with the person, as long as it is one, and the place from which it climbs."""
    found = [
        (role, held[0] if len(held) == 1 else None, area)
        for role in step.whose
        for held, area in [people_of(turn, missed, role)]
        if held
    ]
    if found:
        return found
    if step.whose == (CHILD_POST,):
        # A pupil whom the register does not know is nobody's to answer for but the school's.
        return [(VILLAGE, None, missed.area_id)] if missed.child_id else []
    return [(step.whose[0], None, people_of(turn, missed, step.whose[0])[1])]


def people_of(turn: Turn, missed: Missed, role: str) -> tuple[tuple[int, ...], int]:
    """Who does what a post does about an absence, and where that post sits."""
    room = turn.work.classes.get(missed.class_id)
    assert room is not None
    described = turn.rules.policy.roles[role]
    if described.teaches:
        return turn.work.classes.teachers(room.id)[:1], room.school.area_id
    if described.heads_school:
        return classes.who_heads(turn, room.school, role), room.school.area_id
    if role == CHILD_POST:
        keeper = turn.work.responsibilities.primary(missed.child_id) if missed.child_id else None
        return (keeper,) if keeper is not None else (), missed.area_id
    posts = seated([role], missed.area_id, turn.work.areas, turn.rules.policy.routing)
    people = [one.person_id for one in turn.work.people.in_posts([role], [at for _, at in posts])]
    return tuple(dict.fromkeys(people)), missed.area_id


def steps_begun(turn: Turn, missed: Missed) -> tuple[Step, ...]:
    """The steps whose time has come, done or not."""
    policy, now = turn.rules.policy, turn.work.now
    steps = plan(as_rule(turn, missed), policy.absence, policy.calendar)
    return tuple(step for step in steps if step.begins <= now)
