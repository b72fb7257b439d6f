"""What whoever is reminded of a duty may answer beside doing it: later, and urging who does it.

Neither moves the day by which it is due, nor any step of its ladder.
"""

from datetime import datetime

from handlers.matter import Matter
from handlers.people import colleagues
from handlers.reaching import quiet, ringing, telling
from handlers.saying import answer
from handlers.turn import Turn
from policy.routing import Hour
from storage.cases.duties import Duty


def later(turn: Turn, duty_id: str) -> None:
    """过后再提醒: the same reminder once more; what is due stays due."""
    found = _known(turn, duty_id)
    if found is None:
        return
    duty, matter = found
    table = turn.rules.policy.reminders
    local = turn.work.now.astimezone(turn.rules.zone)
    wait = table.put_off.get(duty.grade)
    moment = table.morning_after(local) if wait is None else local + wait
    when = Hour(at=moment, in_office=True, waits=True)
    with telling.as_read(turn, when):
        again = ringing.card_of(turn, duty, matter, when.at)
    telling.tell_person(
        turn,
        turn.speaker.person_id,
        again,
        key=f"duty:{duty.id}:again:{moment:%Y%m%d%H%M}:{turn.speaker.person_id}",
        priority=telling.urgency(duty.grade),
        about=matter.about,
        when=when,
    )
    text = turn.words("remind.put_off", when=turn.moment(moment), value=turn.moment(duty.due_at))
    answer(turn, text, *matter.rows)


def urge(turn: Turn, duty_id: str) -> None:
    """催一下: whoever has to do it hears who asks; once an hour."""
    found = _known(turn, duty_id)
    if found is None:
        return
    duty, matter = found
    whose = ringing.whose(turn, duty, matter)
    if whose is None or whose[0] in turn.whose:
        answer(turn, turn.words("remind.yours"), *(matter.answers or matter.rows))
        return
    when = quiet.later(turn, whose[0], duty.grade, telling.hour(turn, duty.grade), kind=duty.kind)
    with telling.as_read(turn, when):
        asked = ringing.card_of(turn, duty, matter, when.at, by=turn.speaker.person_id)
    reached = telling.tell_person(
        turn,
        whose[0],
        asked,
        key=f"duty:{duty.id}:urged:{turn.speaker.person_id}:{_hour_of(turn.work.now)}",
        priority=telling.urgency(duty.grade),
        about=matter.about,
        when=when,
    )
    name = colleagues.called(turn, whose[0])
    answer(turn, turn.words("remind.urged" if reached else "remind.unreached", name=name))


def _hour_of(moment: datetime) -> str:
    return f"{moment:%Y%m%d%H}"


def _known(turn: Turn, duty_id: str) -> tuple[Duty, Matter] | None:
    """An open duty of which the speaker was reminded, and of which they still may hear."""
    duty = turn.work.duties.get(int(duty_id))
    if duty is not None and duty.state == "open" and _was_told(turn, duty):
        matter = ringing.MATTERS[duty.subject](turn, duty)
        if matter is not None and matter.without.isdisjoint(turn.whose):
            return duty, matter
    answer(turn, turn.words("people.not_yours"))
    return None


def _was_told(turn: Turn, duty: Duty) -> bool:
    """True for whoever has to do it, and for whom a step of its ladder was, in a post there."""
    told = {duty.person_id, *(one.person_id for one in turn.work.duties.climbs(duty.id))}
    if told.isdisjoint(turn.whose):
        return False
    areas, at = turn.work.areas, duty.area_id
    return any(at is None or areas.is_within(at, role.area_id) for role in turn.roles)
