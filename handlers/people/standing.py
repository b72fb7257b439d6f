"""Who counts as the second of two persons: not whoever the first may have invited a moment ago.

A post by which two decide something together counts once it is held for a while, or once somebody
else of such a post says that they know whoever holds it; each new one is told to the others. Who
was invited by the office at its own machine counts at once, so that a county can begin.
"""

from datetime import timedelta

from handlers.people import colleagues
from handlers.saying import answer, button
from handlers.turn import Turn
from policy.roles import Role
from storage.people.person import Role as Post


def counts(turn: Turn, post: Post) -> bool:
    """True when whoever holds this post may be a second person by it."""
    is_known = post.given_by is None or post.agreed_by is not None
    return is_known or turn.work.now - post.since >= _wait(turn)


def tell_of_new(turn: Turn, person_id: int, role: str, area_id: int) -> None:
    """The others who decide with whoever holds such a post hear that there is one more."""
    described = turn.rules.policy.roles.get(role)
    if described is None or not decides_with_others(described):
        return
    mine = [one for one in turn.work.people.roles_ahead(person_id) if one.role == role]
    post = next((one for one in reversed(mine) if one.area_id == area_id), None)
    if post is None or counts(turn, post):
        return
    # Whoever has not said their name yet is told of once more: nobody knows the nameless.
    is_named = bool(turn.work.people.name_of(person_id))
    text = turn.words(
        "standing.new" if is_named else "standing.nameless",
        name=colleagues.called(turn, person_id),
        what=colleagues.post_line(turn, post),
        other=colleagues.called(turn, post.given_by or 0),
        count=-(-_wait(turn) // timedelta(days=1)),
    )
    knows = button(turn.words("standing.knows"), "standing.agree", str(post.id))
    for other in _others(turn, post):
        key = f"post:{post.id}:new:{is_named:d}:{other}"
        colleagues.tell_person(turn, other, text, *([knows] if is_named else []), key=key)


def tell_of_named(turn: Turn) -> None:
    """The speaker said their name: whoever heard of a post of theirs hears whose it is."""
    for post in turn.work.people.roles_ahead(turn.speaker.person_id):
        tell_of_new(turn, post.person_id, post.role, post.area_id)


def agree(turn: Turn, role_id: str) -> None:
    """我认识他: they count from now on."""
    post = turn.work.people.role(int(role_id or 0))
    if post is None or turn.speaker.person_id not in _others(turn, post):
        answer(turn, turn.words("people.not_yours"))
        return
    turn.work.people.agree(post.id, by=turn.speaker.person_id)
    name = colleagues.called(turn, post.person_id)
    answer(turn, turn.words("standing.agreed", name=name))


def decides_with_others(role: Role) -> bool:
    """True for posts by which somebody is one of two persons."""
    return (
        role.opens_identity or role.lowers_grade or (role.level == "county" and bool(role.manages))
    )


def _others(turn: Turn, post: Post) -> tuple[int, ...]:
    """Who counts by such a post there or above: neither its holder nor whoever gave it."""
    roles, who_is = turn.rules.policy.roles, turn.work.links.who_is
    names = [name for name, role in roles.items() if decides_with_others(role)]
    path = [place.id for place in turn.work.areas.path(post.area_id)]
    both = {who_is(post.person_id), who_is(post.given_by or 0)}
    return tuple(
        dict.fromkeys(
            one.person_id
            for one in turn.work.people.in_posts(names, path)
            if one.person_id not in both and counts(turn, one)
        )
    )


def _wait(turn: Turn) -> timedelta:
    return turn.rules.policy.timing["second_person_after"]
