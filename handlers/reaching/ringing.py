"""A duty rings: each step of its ladder that was passed is taken once, the highest told first."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from conversation.cards import Action, Button, Card
from handlers.cases import case_card, duties
from handlers.matter import Matter
from handlers.people import colleagues, own_data
from handlers.reaching import calls, quiet, telling
from handlers.reaching.telling import urgency
from handlers.school import absence_telling, holidays, month_duties, quarter_checks
from handlers.turn import REMINDER, Turn
from handlers.visiting import visits
from policy.duties import LEVELS, Passed, passed
from policy.routing import seated
from storage.cases.duties import Climb, Duty

#: What a duty may be about, and how it is told.
MATTERS: Mapping[str, Callable[[Turn, Duty], Matter | None]] = {
    "case": case_card.matter,
    "child": visits.matter,
    "absence": absence_telling.matter,
    "call": calls.matter,
    "month": month_duties.matter,
    "check": quarter_checks.matter,
    "holiday": holidays.matter,
    "wish": own_data.matter,
}


def ring(turn: Turn, duty_id: int) -> None:
    """Take every step that was due by now. Whoever moves the level on takes them, nobody else."""
    duty = turn.work.duties.get(duty_id)
    if duty is None or duty.state != "open" or duty.subject not in MATTERS:
        return
    late, following = passed(turn.rules.policy.duties, duty, turn.work.now, duties.clockwork(turn))
    level = late[-1].level if late else duty.level
    if not turn.work.duties.step(duty.id, was=duty.level, level=level, rings_at=following):
        return
    with telling.as_read(turn, telling.hour(turn, duty.grade)):
        matter = MATTERS[duty.subject](turn, duty)
    if matter is None:
        turn.work.duties.end(duty.id, by=0, state="cancelled")
        return
    taken: list[tuple[Passed, tuple[int, str] | None]] = []
    # Of one whose level was set back, by an earlier version, they are written down already.
    known = {climb.level for climb in turn.work.duties.climbs(duty.id)} if late else set()
    for step in late:
        who = _who(turn, duty, step, matter)
        if step.level not in known:
            turn.work.duties.climbed(duty.id, _climb(turn, step, who))
        taken.append((step, who))
    if matter.in_digest:
        return
    _tell(turn, duty, matter, [one for one in reversed(taken) if one[1] is not None])
    if matter.ask_reporters is not None and any(step.step.to == "reporter" for step in late):
        matter.ask_reporters()
        turn.work.duties.end(duty.id, by=0)


def _climb(turn: Turn, step: Passed, who: tuple[int, str] | None) -> Climb:
    return Climb(
        level=step.level,
        passed_at=step.at,
        fired_at=turn.work.now,
        step=step.step.to,
        person_id=who[0] if who else None,
        role=who[1] if who else "",
    )


def _who(turn: Turn, duty: Duty, step: Passed, matter: Matter) -> tuple[int, str] | None:
    """One person by name: whoever has to do it, or the first of the level above who is reached.

    Where a level has nobody new, the next one hears; a miss that all know is told them again.
    Where nobody above may hear, whoever else there is does, at last whoever has to do it: no step
    is taken in silence.
    """
    if step.step.to == "self":
        return whose(turn, duty, matter)
    if step.step.to == "reporter":
        return None
    its = {duty.person_id} if duty.person_id is not None else set()
    told = {
        climb.person_id
        for climb in turn.work.duties.climbs(duty.id)
        if climb.step != "self" and climb.person_id is not None
    }
    above = LEVELS[LEVELS.index(step.step.to) :]
    for levels, without in (
        (above, matter.without | its | told),
        (above, matter.without | its),
        (LEVELS, matter.without | its),
    ):
        for level in levels:
            posts = _posts(turn, duty, turn.rules.policy.duties.levels[level])
            found = telling.on_call(turn, posts, duty.grade, without=without)
            if found:
                return found[0].person_id, found[0].role
    return whose(turn, duty, matter)


def whose(turn: Turn, duty: Duty, matter: Matter) -> tuple[int, str] | None:
    """Who has to do it now, and by which post."""
    if duty.person_id is not None:
        deputy = turn.work.deputies.deputy_of(duty.person_id, turn.work.now)
        does_it = duty.person_id if deputy in matter.without else deputy or duty.person_id
        return does_it, duty.role
    posts = _posts(turn, duty, [duty.role])
    found = telling.on_call(turn, posts, duty.grade, without=matter.without)
    return (found[0].person_id, found[0].role) if found else None


def _posts(turn: Turn, duty: Duty, roles: Sequence[str]) -> tuple[tuple[str, int], ...]:
    if duty.area_id is None:
        return ()
    return seated(roles, duty.area_id, turn.work.areas, turn.rules.policy.routing)


def _tell(
    turn: Turn,
    duty: Duty,
    matter: Matter,
    taken: Sequence[tuple[Passed, tuple[int, str] | None]],
) -> None:
    """The highest first; a person who is meant by several steps hears once."""
    told: set[int] = set()
    hour = telling.hour(turn, duty.grade)
    for step, who in taken:
        if who is None or who[0] in told:
            continue
        told.add(who[0])
        if duty.subject == "child" and quiet.is_crowded(turn, who[0]):
            continue  # nobody looks at the tenth of an hour: the next digest has them all
        when = quiet.later(turn, who[0], duty.grade, hour, kind=duty.kind)
        if when.waits and duty.grade not in turn.rules.policy.reminders.through:
            turn.work.duties.wait(duty.id, step.level)
            continue
        goes_above = step.step.to != "self" and who[0] != duty.person_id
        with telling.as_read(turn, when):
            told_of_it = card_of(turn, duty, matter, when.at, goes_above=goes_above)
        telling.tell_person(
            turn,
            who[0],
            told_of_it,
            key=f"duty:{duty.id}:{step.level}:{who[0]}",
            # A visit that was missed waits behind every alarm.
            priority=REMINDER if duty.subject == "child" else urgency(duty.grade),
            about=matter.about,
            when=when,
        )


def card_of(
    turn: Turn,
    duty: Duty,
    matter: Matter,
    at: datetime,
    *,
    goes_above: bool = False,
    by: int | None = None,
) -> Card:
    """Whose it is, what, since when it waits, what it is about; and what one may do about it.

    ``by`` is who urges. What is there to be done comes first, then a way for who cannot do it now.
    """
    late = "duty.yours_late" if duty.due_at <= at else "duty.soon"
    text = turn.words(
        "duty.climbed" if goes_above else "remind.urges" if by is not None else late,
        what=duties.name_of(turn, duty),
        when=turn.moment(duty.due_at),
        name=called(turn, duty) if by is None else colleagues.called(turn, by),
    )
    since = turn.words("remind.since", when=turn.moment(duty.set_at))
    label, verb = ("remind.urge", "duty.urge") if goes_above else ("remind.later", "duty.later")
    rows = matter.rows if goes_above else matter.answers or matter.rows
    more = Button(label=turn.words(label), action=Action(verb, str(duty.id)))
    return Card(text=f"{text}\n{since}\n\n{matter.text}", rows=(*rows, (more,)))


def called(turn: Turn, duty: Duty) -> str:
    """Whose it is, or which post's."""
    if duty.person_id is not None:
        return colleagues.called(turn, duty.person_id)
    role = turn.rules.policy.roles.get(duty.role)
    return role.name if role else duty.role
