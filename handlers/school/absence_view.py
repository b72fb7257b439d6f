"""Who has to do with an absence, and may see it: ``view`` is the one place that decides it."""

from dataclasses import dataclass, field

from handlers.children import register
from handlers.saying import answer
from handlers.school import classes
from handlers.school.absence_ladder import CHILD_POST, VILLAGE, people_of, steps_begun
from handlers.turn import Turn
from policy.masking import mask_name
from storage.school.absences import Missed
from storage.school.classes import Pupil, SchoolClass


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """An absence as somebody may see it."""

    missed: Missed
    pupil: Pupil = field(repr=False)
    room: SchoolClass
    #: The name, as far as it may be read.
    name: str = field(repr=False)
    is_named: bool
    #: The posts as which the speaker has to do with it.
    posts: frozenset[str]


def view(turn: Turn, absence_id: str) -> View | None:
    """The absence, for whoever has to do with it; absent and foreign sound the same."""
    missed = turn.work.absences.get(int(absence_id or 0))
    seen = view_of(turn, missed) if missed is not None else None
    if seen is None:
        answer(turn, turn.words("absent.not_yours"))
    return seen


def label(turn: Turn, absence_id: int) -> str:
    """王小明（11-23 起没来）, as far as it may be read; "" for what is not the speaker's."""
    missed = turn.work.absences.get(absence_id)
    seen = view_of(turn, missed) if missed is not None else None
    if seen is None:
        return ""
    return turn.words("class.missing", name=seen.name, when=turn.day(seen.missed.first_day))


def view_of(turn: Turn, missed: Missed) -> View | None:
    """The absence as far as the speaker has to do with it."""
    room = turn.work.classes.get(missed.class_id)
    pupil = turn.work.classes.pupil(missed.pupil_id)
    assert room is not None
    assert pupil is not None
    posts, acting = _posts(turn, missed, room)
    child = turn.work.children.meant(missed.child_id) if missed.child_id else None
    own = child is not None and child.id in register.own_ids(turn)
    seen = register.view_of(turn, child, own=own) if child is not None else None
    if own:
        posts |= {CHILD_POST}
    if not posts:
        return None
    named = acting or (seen is not None and "name" in seen.fields)
    name = pupil.name if named else mask_name(pupil.name)
    return View(
        missed=missed,
        pupil=pupil,
        room=room,
        name=name,
        is_named=named,
        posts=frozenset(posts),
    )


def _posts(turn: Turn, missed: Missed, room: SchoolClass) -> tuple[set[str], bool]:
    """As what the speaker has to do with it, and whether they must know who it is."""
    roles, tree = turn.rules.policy.roles, turn.work.areas
    steps = steps_begun(turn, missed)
    calls = turn.rules.policy.absence.police
    doing = {role for step in steps for role in step.whose}
    if missed.cannot_be_found:
        doing |= {*calls.whose, *calls.tells}
    if CHILD_POST in doing and missed.child_id and not people_of(turn, missed, CHILD_POST)[0]:
        doing.add(VILLAGE)
    hearing = {role for step in steps for role in step.tells}
    climbs = {role for named in turn.rules.policy.duties.levels.values() for role in named}
    posts: set[str] = set()
    if classes.teaches(turn, room.id):
        posts |= {role for role in _held(turn) if roles[role].teaches}
    if classes.heads(turn, room.school):
        posts |= {role for role in _held(turn) if roles[role].heads_school}
    of_school = bool(posts)
    there = {
        post.role
        for post in turn.roles
        if post.role in roles
        and post.role != CHILD_POST
        and not (roles[post.role].teaches or roles[post.role].heads_school)
        and tree.is_within(missed.area_id, post.area_id)
    }
    acting = there & doing
    return posts | acting | (there & (hearing | climbs)), of_school or bool(acting)


def _held(turn: Turn) -> set[str]:
    return {post.role for post in turn.roles if post.role in turn.rules.policy.roles}
