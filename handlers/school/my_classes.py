"""我的班: a teacher's classes in the talk: made by naming the pupils, taught by several."""

from collections.abc import Iterable, Sequence

from conversation.cards import Button
from handlers import filling
from handlers.people import colleagues
from handlers.saying import OFFERED, SHOWN, answer, button
from handlers.school import classes
from handlers.turn import Filled, Turn
from policy.absence_lines.names import read_names
from policy.sounds import plain
from storage.children.child import Child
from storage.school.classes import Pupil, PupilIn, School, SchoolClass

#: The pupil is not in the register, as somebody said.
NOBODY = 0


# -- lists --------------------------------------------------------------------------------------


def mine(turn: Turn, _: str = "") -> None:
    """我的班: one's own; a head sees the schools of the place."""
    if not classes.has_classes(turn):
        answer(turn, turn.words("people.not_yours"))
        return
    rows = [button(classes.called(one), "class", str(one.id)) for one in classes.own(turn)]
    rows += [button(one.name, "school", str(one.id)) for one in classes.headed(turn)]
    key = "class.mine" if rows else "class.none"
    new = [button(turn.words("class.new"), "class.new")] if classes.teaches_at(turn) else []
    answer(turn, turn.words(key, count=len(rows)), *rows[:OFFERED], *new)


def school(turn: Turn, school_id: str) -> None:
    """The classes of a school, for its head."""
    found = _headed(turn, school_id)
    if found is None:
        return
    rooms = turn.work.classes.of_school(found.id)
    rows = [button(one.name, "class", str(one.id)) for one in rooms[:OFFERED]]
    mine_row = (
        [button(turn.words("school.is_mine"), "school.mine", school_id)]
        if found.head_id is None
        else []
    )
    text = turn.words("school.classes", where=found.name, count=len(rooms))
    answer(turn, text, *rows, *mine_row)


def take_school(turn: Turn, school_id: str) -> None:
    """这是我的学校: what the school has to do comes to this head alone."""
    found = _headed(turn, school_id)
    if found is None:
        return
    turn.work.classes.heads(found.id, turn.speaker.person_id)
    turn.work.audit.write(turn.speaker.person_id, "school.headed", "school", found.id, {})
    answer(turn, turn.words("school.yours", where=found.name), _to_mine(turn))


def _headed(turn: Turn, school_id: str) -> School | None:
    found = turn.work.classes.school(int(school_id or 0))
    if found is None or not classes.heads(turn, found):
        answer(turn, turn.words("class.not_yours"))
        return None
    return found


def _to_mine(turn: Turn) -> tuple[Button, ...]:
    return button(turn.words("mine.classes"), "classes")


# -- a new class -------------------------------------------------------------------------------


def begin(turn: Turn, _: str = "") -> None:
    """登记一个班: the school is asked once."""
    if not classes.teaches_at(turn):
        answer(turn, turn.words("people.not_yours"))
        return
    known = classes.own(turn)
    preset = {"school_name": known[0].school.name} if known else {}
    filling.begin(turn, "school_class", preset=preset, in_place=True)


def told(turn: Turn, filled: Filled) -> None:
    """A class that is known already is asked for; a new one is made and filled."""
    seats = classes.teaches_at(turn)
    if not seats:
        answer(turn, turn.words("people.not_yours"))
        return
    said = filled.answers
    known = classes.find(turn, said["school_name"], said["class_name"])
    if known is not None:
        _join(turn, known)
        return
    found = classes.make(turn, said["school_name"], said["class_name"])
    _fill(turn, found, read_names(said.get("pupil_names", "")))


def _fill(turn: Turn, found: SchoolClass, names: Sequence[str]) -> None:
    """Put in who was named, and say what the class is now."""
    count = classes.put_in(turn, found, [PupilIn(name=name) for name in names])
    show(turn, str(found.id), head=turn.words("class.filled", count=count))


# -- a second teacher ---------------------------------------------------------------------------


def _join(turn: Turn, found: SchoolClass) -> None:
    """Who teaches the class already says whether the speaker does, too."""
    me = turn.speaker.person_id
    teachers = turn.work.classes.teachers(found.id)
    if me in teachers:
        show(turn, str(found.id))
        return
    classes.ask_to_join(turn, found)
    answer(turn, turn.words("class.asked", where=classes.called(found)))


def let(turn: Turn, arg: str) -> None:
    """也教这个班: one of the class's teachers says so."""
    class_id, _, person_id = arg.partition(":")
    found = classes.room(turn, class_id)
    if found is None:
        return
    person = int(person_id or 0)
    if not turn.work.classes.waits(found.id, person):
        answer(turn, turn.words("class.not_asked"))
        return
    turn.work.classes.let_teach(found.id, person)
    turn.work.audit.write(
        turn.speaker.person_id, "class.let", "class", found.id, {"person": person}
    )
    welcome = turn.words("class.welcome", where=classes.called(found))
    colleagues.tell_person(
        turn, person, welcome, _open(turn, found), key=f"let:{found.id}:{person}"
    )
    answer(turn, turn.words("class.let_done", name=colleagues.called(turn, person)))


def _open(turn: Turn, found: SchoolClass) -> tuple[Button, ...]:
    return button(turn.words("class.open"), "class", str(found.id))


# -- one class ------------------------------------------------------------------------------------


def show(turn: Turn, class_id: str, *, head: str = "") -> None:
    """How many pupils, whether the roll was called today, who is missing."""
    found = classes.room(turn, class_id)
    if found is None:
        return
    today = turn.at.date()
    pupils = turn.work.classes.pupils(found.id)
    roll = turn.work.classes.roll(found.id, today)
    missing = turn.work.absences.of_class(found.id)
    names = {one.id: one.name for one in pupils}
    lines = [
        *([head] if head else []),
        turn.words("class.title", where=classes.called(found), count=len(pupils)),
        turn.words("class.called" if roll else "class.not_called"),
    ]
    rows = [
        button(
            turn.words(
                "class.missing", name=names.get(one.pupil_id, ""), when=turn.day(one.first_day)
            ),
            "absence",
            str(one.id),
        )
        for one in missing[:5]
    ]
    if head and (count := len(doubtful(turn, found, pupils))):
        rows.append(button(turn.words("class.doubts", count=count), "class.doubts", class_id))
    if pupils:
        rows.insert(0, button(turn.words("roll.all"), "roll.all", f"{class_id}|{today}"))
        rows.insert(1, button(turn.words("roll.call"), "roll", f"{class_id}|{today}"))
    rows.append(button(turn.words("class.change"), "class.names", class_id))
    answer(turn, "\n".join(lines), *rows)


def names(turn: Turn, class_id: str) -> None:
    """The list of the class; who came, who left."""
    found = classes.room(turn, class_id)
    if found is None:
        return
    pupils = turn.work.classes.pupils(found.id)
    text = turn.words(
        "class.list", where=classes.called(found), text="、".join(one.name for one in pupils)
    )
    answer(
        turn,
        text,
        button(turn.words("class.add"), "class.add", class_id),
        button(turn.words("class.leaves"), "class.leaves", f"{class_id}:0"),
        _open(turn, found),
    )


def begin_more(turn: Turn, class_id: str) -> None:
    """加学生."""
    if classes.room(turn, class_id) is not None:
        filling.begin(turn, "class_names", preset={"class_id": class_id}, in_place=True)


def more(turn: Turn, filled: Filled) -> None:
    """The new ones are in the class."""
    found = classes.room(turn, filled.answers["class_id"])
    if found is not None:
        _fill(turn, found, read_names(filled.answers["more_names"]))


def leaves(turn: Turn, arg: str) -> None:
    """Whom to take off the list, some at a time."""
    class_id, _, at = arg.partition(":")
    found = classes.room(turn, class_id)
    if found is None:
        return
    start = int(at or 0)
    pupils = turn.work.classes.pupils(found.id)
    rows = [button(one.name, "pupil.left", str(one.id)) for one in pupils[start : start + SHOWN]]
    if len(pupils) > start + SHOWN:
        rows.append(button(turn.words("form.more"), "class.leaves", f"{class_id}:{start + SHOWN}"))
    answer(turn, turn.words("class.who_left"), *rows, _open(turn, found))


def left(turn: Turn, pupil_id: str) -> None:
    """The pupil is in this class no more."""
    pupil = turn.work.classes.pupil(int(pupil_id or 0))
    found = classes.room(turn, str(pupil.class_id) if pupil else "")
    if pupil is None or found is None:
        return
    if turn.work.absences.of_pupil(pupil.id) is not None:
        text = turn.words("class.still_missing", name=pupil.name)
        answer(turn, text, _open(turn, found))
        return
    turn.work.classes.left(pupil.id)
    turn.work.audit.write(turn.speaker.person_id, "pupil.left", "pupil", pupil.id, {})
    answer(turn, turn.words("class.left_done", name=pupil.name), _open(turn, found))


# -- whom of the register a pupil is --------------------------------------------------------------


def doubtful(turn: Turn, found: SchoolClass, pupils: Iterable[Pupil]) -> list[tuple[Pupil, Child]]:
    """Pupils with a namesake in the register, within the place of the speaker's post."""
    open_ones = {plain(one.name): one for one in pupils if one.child_id is None}
    if not open_ones:
        return []
    seats = classes.teaches_at(turn)
    areas = {area for at in seats for area in turn.work.areas.descendants(at)}
    near = turn.work.children.in_areas(sorted(areas)) if areas else ()
    return [(open_ones[key], child) for child in near if (key := plain(child.name)) in open_ones]


def doubts(turn: Turn, class_id: str) -> None:
    """One at a time: is this the child of the register?"""
    found = classes.room(turn, class_id)
    if found is None:
        return
    waiting = doubtful(turn, found, turn.work.classes.pupils(found.id))
    if not waiting or not classes.teaches(turn, found.id):
        show(turn, class_id)
        return
    pupil, child = waiting[0]
    text = turn.words(
        "class.is_it", name=pupil.name, area=turn.work.areas.full_name(child.area_id)
    )
    answer(
        turn,
        text,
        button(turn.words("class.is_so"), "pupil.is", f"{pupil.id}:{child.id}"),
        button(turn.words("class.is_not"), "pupil.is", f"{pupil.id}:{NOBODY}"),
    )


def link(turn: Turn, arg: str) -> None:
    """是 or 不是; only a namesake in one's own place can be meant."""
    pupil_id, _, child_id = arg.partition(":")
    pupil = turn.work.classes.pupil(int(pupil_id or 0))
    found = classes.room(turn, str(pupil.class_id) if pupil else "")
    if pupil is None or found is None:
        return
    meant = int(child_id or 0)
    offered = {child.id for _, child in doubtful(turn, found, [pupil])}
    if meant not in (NOBODY, *offered):
        answer(turn, turn.words("class.not_yours"))
        return
    turn.work.classes.link(pupil.id, meant)
    turn.work.audit.write(
        turn.speaker.person_id, "pupil.linked", "pupil", pupil.id, {"child": meant}
    )
    doubts(turn, str(found.id))
