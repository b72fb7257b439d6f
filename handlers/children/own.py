"""The children in somebody's own hands, and words in which they are named."""

from collections import defaultdict
from collections.abc import Iterable

from handlers.turn import Turn
from policy.circumstances import suggest
from policy.danger import danger_signs
from policy.extraction import as_children
from storage.children.child import Child

#: Characters of a name behind whose first the given name stands.
WITH_GIVEN = 3


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


def by_full_name(text: str, children: Iterable[Child]) -> str:
    """The text with the full name for a nickname or a given name that only one of them has."""
    known: dict[str, set[str]] = defaultdict(set)
    for child in children:
        given = child.name[1:] if len(child.name) == WITH_GIVEN else ""
        for alias in (child.values.get("nickname") or "", given):
            if len(alias) > 1:
                known[alias].add(child.name)
    for alias, names in known.items():
        if len(names) == 1 and not any(name in text for name in names):
            text = text.replace(alias, next(iter(names)))
    return text


def named(turn: Turn, text: str) -> str:
    """The text with 孩子 in place of the names of the speaker's own children."""
    if not turn.roles:
        return text
    children = own(turn)
    return as_children(by_full_name(text, children), [child.name for child in children])


def named_of_own(turn: Turn, text: str) -> frozenset[str]:
    """The full names of the speaker's own children, and of their pupils, that words name."""
    if not turn.roles:
        return frozenset()
    children = own(turn)
    said = by_full_name(text, children)
    rooms = turn.work.classes.of_teachers([*turn.whose])
    pupils = [one.name for room in rooms for one in turn.work.classes.pupils(room.id)]
    return frozenset(name for name in (*(one.name for one in children), *pupils) if name in said)


def alarming(turn: Turn, text: str) -> bool:
    """True when words speak of danger, to a child or to one of the speaker's own by its name."""
    danger = turn.rules.policy.danger
    return any(danger_signs(said, danger) for said in (text, named(turn, text)))


def tells_of_child(turn: Turn, text: str) -> bool:
    """True for words that tell what happened to a child."""
    return bool(suggest(text, turn.rules.policy.circumstances)) or alarming(turn, text)
