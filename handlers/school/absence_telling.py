"""Who hears of an absence, and by which card."""

from collections.abc import Iterable, Iterator

from conversation.cards import Card
from handlers.cases import duties
from handlers.children import weeks
from handlers.matter import Matter
from handlers.reaching import quiet, telling
from handlers.saying import button, note
from handlers.school.absence_ladder import CHILD_POST, VILLAGE, as_rule, people_of
from handlers.turn import Turn
from policy.absence import steps_due
from policy.routing import Hour
from storage.cases.duties import Duty
from storage.school.absences import Missed
from storage.school.classes import SchoolClass


def about(missed: Missed) -> str:
    """How rows of the outbox name an absence."""
    return f"absence:{missed.id}"


def matter(turn: Turn, duty: Duty) -> Matter | None:
    """The absence of a duty; None when there is nothing to be told any more."""
    missed = turn.work.absences.get(duty.subject_id)
    if missed is None or missed.state not in ("open", "returned"):
        return None
    told = _card(turn, missed, "absent.waiting" if missed.is_open else "absent.is_back", [duty])
    return Matter(without=frozenset(), about=about(missed), text=told.text, rows=told.rows)


def _card(turn: Turn, missed: Missed, key: str, waiting: Iterable[Duty]) -> Card:
    """What is pushed: the place, since when, what is to be done; nobody's name."""
    lines = [
        turn.words(
            key,
            area=turn.work.areas.full_name(missed.area_id),
            when=turn.day(missed.first_day),
        ),
        *(duties.said(turn, duty) for duty in waiting),
    ]
    look = button(turn.words("absent.look"), "absence", str(missed.id))
    return Card(text="\n".join(lines), rows=(look,))


def tell_first(turn: Turn, missed: Missed, room: SchoolClass) -> None:
    """Whoever has to do something now, or must know of it the same day; not who said it."""
    policy = turn.rules.policy
    steps = steps_due(as_rule(turn, missed), turn.work.now, policy.absence, policy.calendar)
    for step in steps:
        for role in (*step.whose, *step.tells):
            tell_post(turn, missed, role, "absent.new", step.duty)
    if steps:
        _tell_carer(turn, missed, room)


def tell_post(turn: Turn, missed: Missed, role: str, key: str, kind: str) -> None:
    """Tell whoever holds a post, or the village where nobody answers for the child."""
    people, _ = people_of(turn, missed, role)
    if not people and role == CHILD_POST and missed.child_id:
        people, _ = people_of(turn, missed, VILLAGE)
    waiting = turn.work.duties.open_of("absence", missed.id)
    for person in people:
        if person == turn.speaker.person_id:
            continue
        mine = [one for one in waiting if one.kind == kind and one.person_id == person]
        telling.tell_person(
            turn,
            turn.work.deputies.deputy_of(person, turn.work.now) or person,
            _card(turn, missed, key, mine),
            key=f"a:{missed.id}:{key}:{person}",
            about=about(missed),
            when=by_day(turn),
        )


def by_day(turn: Turn) -> Hour:
    """Now, or when the night is over: who is in danger is no absence (``absences.lost``)."""
    return quiet.at_day(turn, Hour(at=turn.at, in_office=True))


def _tell_carer(turn: Turn, missed: Missed, room: SchoolClass) -> None:
    """Whoever looks after the child at home hears: of its family, or by the register's phone."""
    for person in _carers(turn, missed):
        text = turn.words("absent.carer", where=room.school.name)
        telling.tell_person(
            turn,
            person,
            note(turn, text),
            key=f"a:{missed.id}:carer:{person}",
            when=by_day(turn),
        )


def _carers(turn: Turn, missed: Missed) -> Iterator[int]:
    child = turn.work.children.get(missed.child_id) if missed.child_id else None
    if child is None:
        return
    if weeks.is_on(turn):
        for link in turn.work.families.of_child(child.id):
            if link.kind == "carer" and link.person_id is not None:
                yield link.person_id
    phone = child.values.get("guardian_phone", "")
    if phone and turn.rules.policy.absence.tells_carer:
        yield from turn.work.people.by_phone(phone)


def settle(turn: Turn, missed: Missed, key: str) -> None:
    """What asks about this absence asks no more, and says why."""
    text = turn.words(key, area=turn.work.areas.full_name(missed.area_id))
    telling.settle(turn, about(missed), Card(text=text), but=turn.speaker.contact_id)
