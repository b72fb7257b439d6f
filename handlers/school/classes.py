"""A class of a school: whose it is, and how it is made and filled from the register.

``room`` is the one place where it is decided whose class it is.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from handlers.people import colleagues
from handlers.saying import answer, button
from handlers.turn import Turn
from policy.absence_lines.class_names import ClassName, read_class
from policy.roles import Role
from policy.routing import seated
from policy.sounds import plain
from storage.children.child import Child
from storage.people.person import Role as Post
from storage.school.classes import PupilIn, School, SchoolClass

#: A class has no more; a school is asked to make two of it.
MOST_PUPILS = 80


# -- whose it is --------------------------------------------------------------------------------


def has_classes(turn: Turn) -> bool:
    """True for who calls the roll of a class, or answers for a school."""
    return any(role.teaches or role.heads_school for role, _ in _posts(turn))


def people(turn: Turn) -> tuple[int, ...]:
    """The speaker, and those for whom they stand in."""
    me = turn.speaker.person_id
    return (me, *turn.work.deputies.acting_for(me, turn.work.now))


def teaches(turn: Turn, class_id: int) -> bool:
    """True for who calls the roll of this class, while they hold such a post."""
    if not teaches_at(turn):
        return False
    return not set(people(turn)).isdisjoint(turn.work.classes.teachers(class_id))


def heads(turn: Turn, school: School) -> bool:
    """True for the head of the school; while nobody said that it is theirs, any of the place."""
    if not any(turn.work.areas.is_within(school.area_id, at) for at in _heads_at(turn)):
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
        for at in _heads_at(turn)
        for one in turn.work.classes.schools_below(at)
        if heads(turn, one)
    }
    return list(found.values())


def own(turn: Turn) -> tuple[SchoolClass, ...]:
    """The classes that the speaker teaches."""
    return turn.work.classes.of_teachers(people(turn)) if teaches_at(turn) else ()


def room(turn: Turn, class_id: str) -> SchoolClass | None:
    """The class, for who teaches it or heads its school; absent and foreign are the same."""
    found = turn.work.classes.get(int(class_id or 0))
    if found is None or not (teaches(turn, found.id) or heads(turn, found.school)):
        answer(turn, turn.words("class.not_yours"))
        return None
    return found


def teaches_at(turn: Turn) -> tuple[int, ...]:
    """The places of those posts of the speaker's that call the roll of a class."""
    return tuple(one.area_id for role, one in _posts(turn) if role.teaches)


def _heads_at(turn: Turn) -> tuple[int, ...]:
    return tuple(one.area_id for role, one in _posts(turn) if role.heads_school)


def _posts(turn: Turn) -> Iterator[tuple[Role, Post]]:
    """The speaker's posts, each with what the county's table says of it."""
    roles = turn.rules.policy.roles
    return ((roles[post.role], post) for post in turn.roles if post.role in roles)


def called(found: SchoolClass) -> str:
    """青石小学三年级2班."""
    return f"{found.school.name}{found.name}"


# -- made and filled --------------------------------------------------------------------------


def find(turn: Turn, school_name: str, title: str) -> SchoolClass | None:
    """The class of that name where the speaker teaches, whoever made it."""
    seat, wanted = teaches_at(turn)[0], _short(school_name)
    for school in turn.work.classes.schools_below(seat):
        if (school.area_id, school.name) == (seat, wanted):
            return _same(turn.work.classes.of_school(school.id), _short(title))
    return None


def make(turn: Turn, school_name: str, title: str) -> SchoolClass:
    """A new class of the speaker's."""
    school = turn.work.classes.school_at(teaches_at(turn)[0], _short(school_name))
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


# -- who comes to it -----------------------------------------------------------------------------


def ask_to_join(turn: Turn, found: SchoolClass) -> None:
    """Whoever teaches the class hears that the speaker says to teach it, too."""
    me = turn.speaker.person_id
    turn.work.classes.ask_to_teach(found.id, me)
    text = turn.words("class.asks", name=colleagues.called(turn, me), where=called(found))
    yes = button(turn.words("class.let"), "class.let", f"{found.id}:{me}")
    for teacher in turn.work.classes.teachers(found.id):
        colleagues.tell_person(turn, teacher, text, yes, key=f"class:{found.id}:{me}:{teacher}")


def add_one(turn: Turn, found: SchoolClass, name: str) -> int:
    """A pupil who is new in the class; the id."""
    made = turn.work.classes.add_pupils(found.id, [PupilIn(name=name)])[0]
    turn.work.audit.write(turn.speaker.person_id, "pupil.added", "pupil", made, {})
    return made
