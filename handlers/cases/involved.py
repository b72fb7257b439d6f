"""Who has to do with a case, and as what.

``view`` is the one place where that is decided.
"""

from collections.abc import Collection
from dataclasses import dataclass

from handlers.people import colleagues, standing
from handlers.turn import Turn
from policy.scope import may_see
from storage.cases.case import Case, Owner
from storage.cases.duties import Duty
from storage.people.person import Role

#: A member of this kind is only mentioned: they act, and read no words until the county decided.
HELD = "held"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A case as somebody may see it, and what they are to it."""

    case: Case
    is_to_it: frozenset[str]


def view(turn: Turn, case_id: int) -> View | None:
    """The case, for whoever has to do with it; absent and foreign are the same."""
    case = turn.work.cases.standing(case_id)
    if case is None:
        return None
    is_to_it = relations(turn, case)
    return View(case=case, is_to_it=is_to_it) if is_to_it else None


def relations(turn: Turn, case: Case) -> frozenset[str]:
    """What the speaker is to a case: owner, receiver, partner, second, and posts in its place.

    Nothing at all for whoever holds no post there any more and was not let in.
    """
    members = turn.work.cases.members(case.id)
    me = turn.speaker.person_id
    kinds = {one.kind for one in members if one.person_id == me}
    if any(one.kind == "excluded" and one.person_id == turn.seer for one in members):
        return frozenset()
    tree, roles = turn.work.areas, turn.rules.policy.roles
    held = [
        post
        for post in turn.roles
        if may_see([(post.role, post.area_id)], case.area_id, tree, roles)
    ]
    posts = {post.role for post in held}
    found = posts | ({"partner"} & kinds)
    if posts:
        found.add("receiver")
        if is_owner(turn, case):
            found.add("owner")
        elif _may_be_second(turn, held) and not _asked_for(turn, case):
            found.add("second")
    if _has_a_post(turn, case) and any(is_mine(turn, duty) for duty in open_duties(turn, case)):
        found.add("doer")
    return frozenset(found)


def _may_be_second(turn: Turn, posts: Collection[Role]) -> bool:
    roles = turn.rules.policy.roles
    return any(roles[post.role].lowers_grade and standing.counts(turn, post) for post in posts)


def _asked_for(turn: Turn, case: Case) -> bool:
    """True when the speaker brought it to where a second person decides: nobody is both."""
    if case.stage != turn.rules.policy.lifecycle.closing.stage:
        return False
    return turn.work.cases.brought_by(case.id, case.stage) == turn.speaker.person_id


def _has_a_post(turn: Turn, case: Case) -> bool:
    """True for whoever holds any post where the case is, reading or not."""
    tree = turn.work.areas
    return case.area_id is not None and any(
        tree.is_within(case.area_id, post.area_id) for post in turn.roles
    )


def is_owner(turn: Turn, case: Case) -> bool:
    """True when it is the speaker's, or somebody's they stand in for."""
    owner = case.owner
    if owner.person_id is not None:
        return owner.person_id in turn.whose
    held = {(post.role, post.area_id) for post in turn.roles}
    return (owner.role, owner.area_id) in held


def is_held(turn: Turn, case_id: int) -> bool:
    """True while the county decides whether what was said of the speaker keeps them out."""
    members = turn.work.cases.members(case_id)
    return any(one.kind == HELD and one.person_id == turn.seer for one in members)


def excluded(turn: Turn, case_id: int) -> frozenset[int]:
    """Who must not hear of a case."""
    members = turn.work.cases.members(case_id)
    return frozenset(one.person_id for one in members if one.kind == "excluded")


def working_on(turn: Turn, case: Case) -> tuple[int, ...]:
    """Others who have it in hand: the owner who accepted; before that everybody who was told."""
    if case.is_accepted and case.owner.person_id is not None:
        return (case.owner.person_id,)
    told = told_of(turn, case)
    owner = [case.owner.person_id] if case.owner.person_id is not None else []
    people = dict.fromkeys([*owner, *told])
    return tuple(one for one in people if one != turn.speaker.person_id)


def told_of(turn: Turn, case: Case) -> list[int]:
    """Who was told of it, and has not stepped back."""
    return [one.person_id for one in turn.work.cases.members(case.id) if one.kind == "told"]


def owner_name(turn: Turn, case: Case) -> str:
    """Whose it is, as people call them; the post while nobody holds it."""
    if case.owner.person_id is not None:
        return colleagues.called(turn, case.owner.person_id)
    return turn.rules.policy.roles[case.owner.role].name


# -- duties -------------------------------------------------------------------------------------


def open_duties(turn: Turn, case: Case) -> tuple[Duty, ...]:
    """What is still to be done about it, the most urgent first."""
    return turn.work.duties.open_of("case", case.id)


def is_mine(turn: Turn, duty: Duty) -> bool:
    """True when the speaker, or somebody they stand in for, has to do it."""
    return duty.person_id is not None and duty.person_id in turn.whose


def is_posts(turn: Turn, duty: Duty) -> bool:
    """True for what anybody of a post has to do, where the speaker holds that post there."""
    tree = turn.work.areas
    return (
        duty.person_id is None
        and duty.area_id is not None
        and any(
            post.role == duty.role and tree.is_within(duty.area_id, post.area_id)
            for post in turn.roles
        )
    )


def of_post(turn: Turn, case: Case, post: str) -> Duty | None:
    """What is left to a post, not to the owner."""
    left = open_duties(turn, case)
    mine = (one for one in left if post and one.role == post and one.person_id is None)
    return next(mine, None) if case.owner.role != post else None


# -- the post by which somebody acts ------------------------------------------------------------


def role_in(turn: Turn, case: Case) -> str:
    """The post by which the speaker acts in a case."""
    post = post_for(turn, case) if hats(turn, case) else None
    return post.role if post else ""


def hats(turn: Turn, case: Case) -> tuple[tuple[str, int], ...]:
    """The speaker's posts that fit a case best, each with its place: more than one is asked about.

    Those that read reports before others, and of these the nearest.
    """
    tree, roles = turn.work.areas, turn.rules.policy.roles
    fitting = [
        (post.role, post.area_id)
        for post in turn.roles
        if case.area_id is not None and tree.is_within(case.area_id, post.area_id)
    ]
    reading = [one for one in fitting if one[0] in roles and roles[one[0]].reads_reports]
    depths = {one: len(tree.path(one[1])) for one in reading or fitting}
    return tuple(one for one, depth in depths.items() if depth == max(depths.values()))


def post_for(turn: Turn, case: Case) -> Owner:
    """The speaker as an owner: with the post that they chose, or that fits best."""
    fitting = hats(turn, case)
    role, area_id = (case.owner.role, case.owner.area_id)
    if fitting:
        role, area_id = turn.hat if turn.hat in fitting else fitting[0]
    return Owner(role=role, area_id=area_id, person_id=turn.speaker.person_id)
