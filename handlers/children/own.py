"""The children in somebody's own hands, and words in which they are named."""

from handlers.turn import Turn
from policy.danger import danger_signs
from policy.extraction import as_children
from storage.children import Child


def own(turn: Turn) -> list[Child]:
    """The children in the speaker's own hands, as their own or as a deputy."""
    work, person = turn.work, turn.speaker.person_id
    absent = work.deputies.acting_for(person, work.now)
    found = {
        one.child.id: one.child
        for who in (person, *absent)
        for one in work.responsibilities.of_person(who)
    }
    return list(found.values())


def named(turn: Turn, text: str) -> str:
    """The text with 孩子 in place of the names of the speaker's own children."""
    return as_children(text, [child.name for child in own(turn)]) if turn.roles else text


def alarming(turn: Turn, text: str) -> bool:
    """True when words speak of danger, to a child or to one of the speaker's own by its name."""
    danger = turn.rules.policy.danger
    return bool(danger_signs(text, danger) or danger_signs(named(turn, text), danger))
