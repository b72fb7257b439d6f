"""A teacher's classes: made by naming the pupils, filled from the register, taught by several.

``room`` is the one place where it is decided whose class it is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from conversation.cards import Button
from handlers import filling
from handlers.people import colleagues
from handlers.people.colleagues import OFFERED, SHOWN, answer, button
from handlers.turn import Filled, Turn
from policy.absence_lines import ClassName, read_class, read_names
from policy.routing import seated
from policy.sounds import plain
from storage.children.child import Child
from storage.school.classes import Pupil, PupilIn, School, SchoolClass

#: A class has no more; a school is asked to make two of it.
MOST_PUPILS = 80
#: The pupil is not in the register, as somebody said.
NOBODY = 0


# -- whose it is --------------------------------------------------------------------------------


def has_classes(turn: Turn) -> bool:
    """True for who calls the roll of a class, or answers for a school."""
    roles = turn.rules.policy.roles
    return any(
        roles[post.role].teaches or roles[post.role].heads_school
        for post in turn.roles
        if post.role in roles
    )


def people(turn: Turn) -> tuple[int, ...]:
    """The speaker, and those for whom they stand in."""
    me = turn.speaker.person_id
    return (me, *turn.work.deputies.acting_for(me, turn.work.now))


def teaches(turn: Turn, class_id: int) -> bool:
    """True for who calls the roll of this class, while they hold such a post."""
    if not _seats(turn, "teaches"):
        return False
    return not set(people(turn)).isdisjoint(turn.work.classes.teachers(class_id))


def heads(turn: Turn, school: School) -> bool:
    """True for the head of the school; while nobody said that it is theirs, any of the place."""
    if not any(turn.work.areas.is_within(school.area_id, at) for at in _seats(turn, "heads")):
        return False
    return school.head_id is None or school.head_id in people(turn)


def who_heads(turn: Turn, school: School, role: str) -> tuple[int, ...]:
    """The head who said that the school is theirs; else whoever heads one in the township."""
    posts = seated([role], school.area_id, turn.work.areas, turn.rules.policy.routing)
    held = turn.work.people.in_posts([role], [at for _, at in posts])
    people = tuple(dict.fromkeys(one.person_id for one in held))
    return (school.head_id,) if school.head_id in people else people


def headed(turn: Turn) -> list[School]:
    """The schools of whoever heads one."""
    found = {
        one.id: one
        for at in _seats(turn, "heads")
        for one in turn.work.classes.schools_below(at)
        if heads(turn, one)
    }
    return list(found.values())


def own(turn: Turn) -> tuple[SchoolClass, ...]:
    """The classes that the speaker teaches."""
    return turn.work.classes.of_teachers(people(turn)) if _seats(turn, "teaches") else ()


def room(turn: Turn, class_id: str) -> SchoolClass | None:
    """The class, for who teaches it or heads its school; absent and foreign are the same."""
    found = turn.work.classes.get(int(class_id or 0))
    if found is None or not (teaches(turn, found.id) or heads(turn, found.school)):
        answer(turn, turn.words("class.not_yours"))
        return None
    return found


def _seats(turn: Turn, what: str) -> tuple[int, ...]:
    roles = turn.rules.policy.roles
    return tuple(
        post.area_id
        for post in turn.roles
        if post.role in roles
        and (roles[post.role].teaches if what == "teaches" else roles[post.role].heads_school)
    )


def called(found: SchoolClass) -> str:
    """青石小学三年级2班."""
    return f"{found.school.name}{found.name}"


# -- lists --------------------------------------------------------------------------------------


def mine(turn: Turn, _: str = "") -> None:
    """我的班: one's own; a head sees the schools of the place."""
    if not has_classes(turn):
        answer(turn, turn.words("people.not_yours"))
        return
    rows = [button(called(one), "class", str(one.id)) for one in own(turn)]
    rows += [button(one.name, "school", str(one.id)) for one in headed(turn)]
    key = "class.mine" if rows else "class.none"
    new = [button(turn.words("class.new"), "class.new")] if _seats(turn, "teaches") else []
    answer(turn, turn.words(key, count=len(rows)), *rows[:OFFERED], *new)


def school(turn: Turn, school_id: str) -> None:
    """The classes of a school, for its head."""
    found = _headed(turn, school_id)
    if found is None:
        return
    classes = turn.work.classes.of_school(found.id)
    rows = [button(one.name, "class", str(one.id)) for one in classes[:OFFERED]]
    mine_row = (
        [button(turn.words("school.is_mine"), "school.mine", school_id)]
        if found.head_id is None
        else []
    )
    text = turn.words("school.classes", where=found.name, count=len(classes))
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
    if found is None or not heads(turn, found):
        answer(turn, turn.words("class.not_yours"))
        return None
    return found


def _to_mine(turn: Turn) -> tuple[Button, ...]:
    return button(turn.words("mine.classes"), "classes")


# -- a new class --------------------------------------------------------------------------------


def begin(turn: Turn, _: str = "") -> None:
    """登记一个班: the school is asked once."""
    if not _seats(turn, "teaches"):
        answer(turn, turn.words("people.not_yours"))
        return
    known = own(turn)
    preset = {"school_name": known[0].school.name} if known else {}
    filling.begin(turn, "school_class", preset=preset, in_place=True)


def told(turn: Turn, filled: Filled) -> None:
    """A class that is known already is asked for; a new one is made and filled."""
    seats = _seats(turn, "teaches")
    if not seats:
        answer(turn, turn.words("people.not_yours"))
        return
    said = filled.answers
    known = find(turn, said["school_name"], said["class_name"])
    if known is not None:
        _join(turn, known)
        return
    found = make(turn, said["school_name"], said["class_name"])
    _fill(turn, found, read_names(said.get("pupil_names", "")))


def find(turn: Turn, school_name: str, title: str) -> SchoolClass | None:
    """The class of that name where the speaker teaches, whoever made it."""
    seat, wanted = _seats(turn, "teaches")[0], _short(school_name)
    for school in turn.work.classes.schools_below(seat):
        if (school.area_id, school.name) == (seat, wanted):
            return _same(turn.work.classes.of_school(school.id), _short(title))
    return None


def make(turn: Turn, school_name: str, title: str) -> SchoolClass:
    """A new class of the speaker's."""
    school = turn.work.classes.school_at(_seats(turn, "teaches")[0], _short(school_name))
    named = read_class(_short(title)) or ClassName()
    made = turn.work.classes.add(
        school.id,
        _short(title),
        grade=named.grade,
        number=named.number,
        by=turn.speaker.person_id,
    )
    turn.work.audit.write(turn.speaker.person_id, "class.made", "class", made, {})
    found = turn.work.classes.get(made)
    assert found is not None
    return found


def _short(text: str) -> str:
    return "".join(text.split())[:40]


def _same(classes: Iterable[SchoolClass], title: str) -> SchoolClass | None:
    """三(2)班 is 三年级2班."""
    named = read_class(title)
    for one in classes:
        if one.name == title or (
            named is not None and (one.grade, one.number) == (named.grade, named.number)
        ):
            return one
    return None


def _fill(turn: Turn, found: SchoolClass, names: Sequence[str]) -> None:
    """Put in who was named, and say what the class is now."""
    count = put_in(turn, found, [PupilIn(name=name) for name in names])
    show(turn, str(found.id), head=turn.words("class.filled", count=count))


def put_in(turn: Turn, found: SchoolClass, named: Iterable[PupilIn]) -> int:
    """Put in whom the register has under this school and class, and who is named; how many."""
    there = {plain(one.name): one for one in turn.work.classes.pupils(found.id)}
    listed = [one for one in _children(turn, found) if _is_of(one, found)]
    said = {plain(one.name): one for one in named}
    of_register = {plain(one.name): one.id for one in listed}
    wanted = {
        plain(one.name): PupilIn(name=one.name, child_id=one.id)
        for one in listed
        if plain(one.name) not in said
    }
    wanted |= {key: replace(one, child_id=of_register.get(key)) for key, one in said.items()}
    new = [one for key, one in wanted.items() if key not in there]
    new = new[: max(0, MOST_PUPILS - len(there))]
    turn.work.classes.add_pupils(found.id, new)
    if listed:
        turn.work.audit.write(
            turn.speaker.person_id, "class.filled", "class", found.id, {"count": len(listed)}
        )
    return len(new)


def _children(turn: Turn, found: SchoolClass) -> tuple[Child, ...]:
    """The children of the township in which the school stands, if the rights let one know."""
    if not knows_register(turn):
        return ()
    path = turn.work.areas.path(found.school.area_id)
    town = next((row.id for row in path if row.kind == "town"), found.school.area_id)
    return turn.work.children.in_areas(turn.work.areas.descendants(town))


def knows_register(turn: Turn) -> bool:
    """True for who may know which of their pupils the register has."""
    rights = turn.rules.policy.rights
    return any("name" in rights.fields_for(post.role, "class") for post in turn.roles)


def _is_of(child: Child, found: SchoolClass) -> bool:
    """True when the register says that the child is in this class."""
    said = child.values.get("class", "")
    named = read_class(said)
    same = said == found.name or (
        named is not None and (named.grade, named.number) == (found.grade, found.number)
    )
    return bool(said) and same and _short(child.values.get("school", "")) == found.school.name


# -- a second teacher -----------------------------------------------------------------------------


def _join(turn: Turn, found: SchoolClass) -> None:
    """Who teaches the class already says whether the speaker does, too."""
    me = turn.speaker.person_id
    teachers = turn.work.classes.teachers(found.id)
    if me in teachers:
        show(turn, str(found.id))
        return
    ask_to_join(turn, found)
    answer(turn, turn.words("class.asked", where=called(found)))


def ask_to_join(turn: Turn, found: SchoolClass) -> None:
    """Whoever teaches the class hears that the speaker says to teach it, too."""
    me = turn.speaker.person_id
    turn.work.classes.ask_to_teach(found.id, me)
    text = turn.words("class.asks", name=colleagues.called(turn, me), where=called(found))
    yes = button(turn.words("class.let"), "class.let", f"{found.id}:{me}")
    for teacher in turn.work.classes.teachers(found.id):
        colleagues.tell_person(turn, teacher, text, yes, key=f"class:{found.id}:{me}:{teacher}")


def let(turn: Turn, arg: str) -> None:
    """也教这个班: one of the class's teachers says so."""
    class_id, _, person_id = arg.partition(":")
    found = room(turn, class_id)
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
    welcome = turn.words("class.welcome", where=called(found))
    colleagues.tell_person(
        turn, person, welcome, _open(turn, found), key=f"let:{found.id}:{person}"
    )
    answer(turn, turn.words("class.let_done", name=colleagues.called(turn, person)))


def _open(turn: Turn, found: SchoolClass) -> tuple[Button, ...]:
    return button(turn.words("class.open"), "class", str(found.id))


# -- one class ------------------------------------------------------------------------------------


def show(turn: Turn, class_id: str, *, head: str = "") -> None:
    """How many pupils, whether the roll was called today, who is missing."""
    found = room(turn, class_id)
    if found is None:
        return
    today = turn.at.date()
    pupils = turn.work.classes.pupils(found.id)
    roll = turn.work.classes.roll(found.id, today)
    missing = turn.work.absences.of_class(found.id)
    names = {one.id: one.name for one in pupils}
    lines = [
        *([head] if head else []),
        turn.words("class.title", where=called(found), count=len(pupils)),
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
    found = room(turn, class_id)
    if found is None:
        return
    pupils = turn.work.classes.pupils(found.id)
    text = turn.words(
        "class.list", where=called(found), text="、".join(one.name for one in pupils)
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
    if room(turn, class_id) is not None:
        filling.begin(turn, "class_names", preset={"class_id": class_id}, in_place=True)


def more(turn: Turn, filled: Filled) -> None:
    """The new ones are in the class."""
    found = room(turn, filled.answers["class_id"])
    if found is not None:
        _fill(turn, found, read_names(filled.answers["more_names"]))


def add_one(turn: Turn, found: SchoolClass, name: str) -> int:
    """A pupil who is new in the class; the id."""
    made = turn.work.classes.add_pupils(found.id, [PupilIn(name=name)])[0]
    turn.work.audit.write(turn.speaker.person_id, "pupil.added", "pupil", made, {})
    return made


def leaves(turn: Turn, arg: str) -> None:
    """Whom to take off the list, some at a time."""
    class_id, _, at = arg.partition(":")
    found = room(turn, class_id)
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
    found = room(turn, str(pupil.class_id) if pupil else "")
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
    seats = _seats(turn, "teaches")
    areas = {area for at in seats for area in turn.work.areas.descendants(at)}
    near = turn.work.children.in_areas(sorted(areas)) if areas else ()
    return [(open_ones[key], child) for child in near if (key := plain(child.name)) in open_ones]


def doubts(turn: Turn, class_id: str) -> None:
    """One at a time: is this the child of the register?"""
    found = room(turn, class_id)
    if found is None:
        return
    waiting = doubtful(turn, found, turn.work.classes.pupils(found.id))
    if not waiting or not teaches(turn, found.id):
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
    found = room(turn, str(pupil.class_id) if pupil else "")
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
