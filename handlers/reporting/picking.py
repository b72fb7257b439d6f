"""The list of children in a report's form: whom whoever reports may see, and nobody else.

Who may not see the register is asked in words, and their form names no list.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from conversation.dialogue import Option
from handlers.children import register
from handlers.children.register import View
from handlers.school import classes
from handlers.turn import Turn
from storage.children.child import Child


@dataclass(frozen=True, slots=True)
class Children:
    """The list as one person sees it: ids of children, called as far as they may be read."""

    turn: Turn

    def browse(self) -> Sequence[Option]:
        """One's own hands, and the pupils of one's classes; the others are asked for by name."""
        own = [self._as_option(seen) for seen in _own(self.turn)]
        pupils = [option for _, option in _pupils(self.turn)]
        return tuple({one.value: one for one in (*pupils, *own)}.values())

    def search(self, text: str) -> Sequence[Option]:
        """Who may be meant; nobody is bound by a name that only sounds alike."""
        hits = [self._as_option(seen, text) for seen in register.search(self.turn, text)]
        said = "".join(text.split())
        pupils = [option for child, option in _pupils(self.turn) if child.name == said]
        return tuple({one.value: one for one in (*hits, *pupils)}.values())

    def label(self, value: str) -> str | None:
        """What the child is called; None for whom the person may not see."""
        if not (value.isascii() and value.isdigit()):
            return None
        seen = register.view(self.turn, int(value))
        if seen is not None and "name" in seen.fields | seen.masked:
            return register.called(self.turn, seen)
        pupils = (option.label for _, option in _pupils(self.turn) if option.value == value)
        return next(pupils, None)

    def _as_option(self, seen: View, text: str = "") -> Option:
        label = register.called(self.turn, seen)
        sure = "name" in seen.fields and seen.child.name == "".join(text.split())
        return Option(value=str(seen.child.id), label=label, sure=sure)


def sees_children(turn: Turn) -> bool:
    """True for whom the list holds anybody."""
    return register.sees_register(turn) or any(_pupils(turn))


def picked(turn: Turn, value: str) -> int | None:
    """The child that was picked, while the person may see them."""
    if Children(turn).label(value) is None:
        return None
    child = turn.work.children.meant(int(value))
    return None if child is None else child.id


def _own(turn: Turn) -> Iterator[View]:
    own = register.own_ids(turn)
    for child in turn.work.children.some(sorted(own)):
        seen = register.view_of(turn, child, own=True)
        if seen is not None and child.status == "active":
            yield seen


def _pupils(turn: Turn) -> Iterator[tuple[Child, Option]]:
    """Of one's classes whom the register knows: the name and the class are all that is told."""
    if not classes.knows_register(turn):
        return
    rooms = {
        pupil.child_id: (pupil.name, room.name)
        for room in classes.own(turn)
        for pupil in turn.work.classes.pupils(room.id)
        if pupil.child_id is not None
    }
    for child in turn.work.children.some(rooms):
        if child.status == "active":
            name, room = rooms[child.id]
            label = turn.words("child.label_no_age", name=name, area=room)
            yield child, Option(value=str(child.id), label=label)
