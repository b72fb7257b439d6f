"""A list of pupils as a table: what it would put into which class, and the yes of who sent it.

A name that sounds like one of the class is asked about after the yes, and never guessed.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from conversation.cards import Button
from handlers import tables
from handlers.saying import answer, button
from handlers.school import classes
from handlers.school.classes import MOST_PUPILS
from handlers.turn import Turn
from policy.absence_lines.class_names import read_class
from policy.pupils_file import PupilFault, PupilLine, PupilTable
from policy.sounds import heard_as, plain
from storage.office.sent_tables import SentTable, State
from storage.school.classes import Pupil, PupilIn, SchoolClass

#: Names that one line of the preview tells.
NAMES = 8
#: Classes of one table.
LINES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """One class of a table, and its pupils as they are written."""

    school: str
    name: str
    #: Name, and whether they board.
    pupils: tuple[tuple[str, bool], ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What a table says of a class beside what is known of it."""

    room: Room
    known: SchoolClass | None
    new: tuple[tuple[str, bool], ...] = field(repr=False)
    same: int
    #: A new name, and the pupil that it sounds like.
    alike: tuple[tuple[str, bool, Pupil], ...] = field(repr=False)
    #: In the class, and not in the table.
    unlisted: tuple[str, ...] = field(repr=False)
    #: Somebody else teaches it: they are asked first.
    is_foreign: bool


def plan(turn: Turn, table: PupilTable) -> tuple[tuple[Room, ...], tuple[PupilFault, ...]]:
    """The classes of a table; what it does not say of the school the teacher's own class does."""
    own = classes.own(turn)
    usual = own[0].school.name if own else ""
    rooms: dict[tuple[str, object], tuple[str, list[PupilLine]]] = {}
    faults = []
    for line in table.lines:
        school = line.school or usual
        if not school:
            faults.append(PupilFault(code="no-school", sheet=table.sheet))
            break
        key = (school, read_class(line.room))
        rooms.setdefault(key, (line.room, []))[1].append(line)
    for name, lines in rooms.values():
        if len(lines) > MOST_PUPILS:
            values = {"found": name, "limit": MOST_PUPILS}
            faults.append(PupilFault(code="too-many-pupils", sheet=table.sheet, values=values))
    made = tuple(
        Room(
            school=school,
            name=name,
            pupils=tuple((one.name, one.boards) for one in lines),
        )
        for (school, _), (name, lines) in rooms.items()
    )
    return made, tuple(faults)


def compare(turn: Turn, room: Room) -> Compared:
    """Which names are new, which sound like somebody of the class."""
    known = classes.find(turn, room.school, room.name)
    there = turn.work.classes.pupils(known.id) if known is not None else ()
    names = {plain(one.name): one for one in there}
    listed = {plain(name) for name, _ in room.pupils}
    new = [(name, boards) for name, boards in room.pupils if plain(name) not in names]
    free = [one for key, one in names.items() if key not in listed]
    alike = {
        name: other
        for name, _ in new
        if (other := next((one for one in free if _sounds_like(name, one.name)), None))
    }
    return Compared(
        room=room,
        known=known,
        new=tuple(one for one in new if one[0] not in alike),
        same=len(room.pupils) - len(new),
        alike=tuple((name, boards, alike[name]) for name, boards in new if name in alike),
        unlisted=tuple(one.name for one in free if one not in alike.values()),
        is_foreign=known is not None and not classes.teaches(turn, known.id),
    )


def _sounds_like(name: str, other: str) -> bool:
    return not heard_as(name).isdisjoint(heard_as(other))


# -- the preview --------------------------------------------------------------------------------


def found(turn: Turn, table: SentTable, rooms: Sequence[Room], unused: Sequence[str]) -> None:
    """What would come into which class; nothing is written yet."""
    if not turn.work.sent_tables.move_on(table, "found", _kept(rooms)):
        return
    lines = [turn.words("class_table.found")]
    for room in rooms[:LINES]:
        lines += _told(turn, compare(turn, room))
    if unused:
        lines.append(turn.words("class_table.unused", text="、".join(unused[:NAMES])))
    lines.append(turn.words("class_table.sure"))
    arg = str(table.id)
    rows = [
        button(turn.words("areas.confirm"), "class_table.confirm", arg),
        button(turn.words("areas.drop"), "class_table.drop", arg),
    ]
    tables.say(turn, "\n".join(lines), *rows)


def _told(turn: Turn, one: Compared) -> list[str]:
    where = f"{one.room.school}{one.room.name}"
    if one.is_foreign:
        return [turn.words("class_table.foreign", where=where)]
    key = "class_table.new_class" if one.known is None else "class_table.of_class"
    lines = [turn.words(key, where=where, count=len(one.new), what=one.same)]
    lines += [
        turn.words("class_table.alike", name=name, other=other.name)
        for name, _, other in one.alike[:NAMES]
    ]
    if one.unlisted:
        names = "、".join(one.unlisted[:NAMES])
        lines.append(turn.words("class_table.unlisted", count=len(one.unlisted), text=names))
    return lines


# -- the yes ------------------------------------------------------------------------------------


def confirm(turn: Turn, table_id: str) -> None:
    """确认: the sure ones are in; who sounds like another is asked about, one at a time."""
    table = _own(turn, table_id, "found")
    if table is None:
        return
    if not tables.places(turn, "class"):
        answer(turn, turn.words("table.not_yours"))
        return
    asked: list[list[object]] = []
    count, waits = 0, []
    for room in _read(table.found):
        one = compare(turn, room)
        if one.is_foreign and one.known is not None:
            classes.ask_to_join(turn, one.known)
            waits.append(turn.words("class.asked", where=classes.called(one.known)))
            continue
        known = one.known or classes.make(turn, room.school, room.name)
        pupils = [PupilIn(name=name, boards=boards) for name, boards in one.new]
        count += classes.put_in(turn, known, pupils)
        asked += [[known.id, name, boards, other.id] for name, boards, other in one.alike]
    turn.work.sent_tables.move_on(table, "taken", json.dumps(asked, ensure_ascii=False))
    done = [turn.words("class_table.taken", count=count)] if count or not waits else []
    _ask_next(turn, table.id, asked, "\n".join([*done, *waits]))


def _ask_next(turn: Turn, table_id: int, asked: Sequence[list[object]], head: str) -> None:
    """The first name that nobody decided about; else the way to the classes."""
    for at, (class_id, name, _, pupil_id) in enumerate(asked):
        pupil = turn.work.classes.pupil(int(str(pupil_id)))
        room = turn.work.classes.get(int(str(class_id)))
        if pupil is None or room is None:
            continue
        text = turn.words(
            "class_table.is_it", name=name, other=pupil.name, where=classes.called(room)
        )
        answer(
            turn,
            f"{head}\n{text}" if head else text,
            button(turn.words("class_table.same"), "class_table.same", f"{table_id}:{at}"),
            button(turn.words("class_table.other"), "class_table.other", f"{table_id}:{at}"),
        )
        return
    answer(turn, head or turn.words("class_table.all_asked"), _to_classes(turn))


def same(turn: Turn, arg: str) -> None:
    """是同一个: the name stays as it is in the class."""
    _decide(turn, arg, is_new=False)


def other(turn: Turn, arg: str) -> None:
    """是另一个: one more pupil."""
    _decide(turn, arg, is_new=True)


def _decide(turn: Turn, arg: str, *, is_new: bool) -> None:
    table_id, _, at = arg.partition(":")
    table = _own(turn, table_id, "taken")
    if table is None:
        return
    asked = json.loads(table.found or "[]")
    if not int(at or 0) < len(asked):
        answer(turn, turn.words("class_table.over"))
        return
    class_id, name, boards, _ = asked.pop(int(at or 0))
    room = classes.room(turn, str(class_id))
    if room is None:
        return
    if is_new:
        classes.put_in(turn, room, [PupilIn(name=name, boards=boards)])
    turn.work.sent_tables.move_on(table, "taken", json.dumps(asked, ensure_ascii=False))
    _ask_next(turn, table.id, asked, "")


def drop(turn: Turn, table_id: str) -> None:
    """不导入: forgotten as if it had not come."""
    table = _own(turn, table_id, "found")
    if table is not None:
        turn.work.sent_tables.move_on(table, "dropped")
        answer(turn, turn.words("class_table.dropped"))


def _own(turn: Turn, table_id: str, state: State) -> SentTable | None:
    return tables.waiting(turn, table_id, "class", over="class_table.over", state=state)


def _to_classes(turn: Turn) -> tuple[Button, ...]:
    return button(turn.words("mine.classes"), "classes")


def _kept(rooms: Iterable[Room]) -> str:
    return json.dumps([[one.school, one.name, one.pupils] for one in rooms], ensure_ascii=False)


def _read(kept: str) -> list[Room]:
    return [
        Room(
            school=school,
            name=name,
            pupils=tuple((pupil, boards) for pupil, boards in pupils),
        )
        for school, name, pupils in json.loads(kept)
    ]
