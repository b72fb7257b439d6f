"""What a school, or a village for it, has to do: one duty, and a card to each who may do it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from conversation.cards import Card
from handlers.cases import duties
from handlers.reaching import telling
from handlers.school import classes
from handlers.turn import Turn
from policy.duties import first_ring
from storage.cases.duties import DutyIn
from storage.school.classes import School

#: How fast such a duty climbs: a grade of duties.toml.
GRADE = "yellow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A duty before it is anybody's."""

    #: Twice is once.
    key: str
    kind: str
    subject: str
    subject_id: int
    area_id: int
    due: datetime


def ask_head(
    turn: Turn, school: School, task: Task, card: Card, *, key: str, about: str | None = None
) -> None:
    """The task is the head's; every head of the place, while nobody said that it is theirs."""
    roles = turn.rules.policy.roles
    role = next((name for name, one in roles.items() if one.heads_school), "")
    ask_holders(
        turn, classes.who_heads(turn, school, role), role, task, card, key=key, about=about
    )


def ask_holders(
    turn: Turn,
    people: Sequence[int],
    role: str,
    task: Task,
    card: Card,
    *,
    key: str,
    about: str | None = None,
) -> None:
    """The task is the only holder's, else the post's; each, or their deputy, is sent the card.

    ``key`` names what is told; with the person behind it, it is told once.
    """
    give(turn, task, role, people[0] if len(people) == 1 else None)
    for person in people:
        telling.tell_person(
            turn,
            turn.work.deputies.deputy_of(person, turn.work.now) or person,
            card,
            key=f"{key}:{person}",
            about=about,
        )


def give(turn: Turn, task: Task, role: str, person: int | None) -> None:
    """The duty of a person, or of whoever holds the post."""
    table, clock = turn.rules.policy.duties, duties.clockwork(turn)
    turn.work.duties.set(
        DutyIn(
            key=task.key,
            kind=task.kind,
            subject=task.subject,
            subject_id=task.subject_id,
            area_id=task.area_id,
            grade=GRADE,
            person_id=person,
            role=role,
            due_at=task.due,
            rings_at=first_ring(table, task.kind, GRADE, turn.work.now, task.due, clock),
        )
    )


def closing(turn: Turn, day: date) -> datetime:
    """When offices close on a day."""
    closes = datetime.combine(day, turn.rules.policy.calendar.closes, turn.rules.zone)
    return closes.astimezone(turn.work.now.tzinfo)
