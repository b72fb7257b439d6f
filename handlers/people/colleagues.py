"""What the talks about people share: who manages whom, and how people and posts are called."""

from collections.abc import Collection, Iterable

from conversation.cards import Button
from handlers import saying
from handlers.reaching import telling
from handlers.turn import Turn
from policy.managing import Held, managers, may_manage
from policy.roles import Role
from policy.terms import Term, last_day
from storage.people.person import Holder
from storage.people.person import Role as Post


def held(turn: Turn) -> Held:
    """The posts of the speaker, with their places."""
    return tuple((role.role, role.area_id) for role in turn.roles)


def manages(turn: Turn, role: str, area_id: int) -> bool:
    """True when the speaker brings in and lets go who holds this post there."""
    roles = turn.rules.policy.roles
    return role in roles and may_manage(held(turn), roles[role], area_id, turn.work.areas, roles)


def is_manager(turn: Turn) -> bool:
    """True when the speaker manages anybody at all."""
    roles = turn.rules.policy.roles
    return any(roles[role].manages for role, _ in held(turn) if role in roles)


def managers_of(
    turn: Turn, role: str, area_id: int, *, climbed: bool = False
) -> tuple[Holder, ...]:
    """Who decides about a new holder of a post; the county where the township has nobody."""
    roles, tree = turn.rules.policy.roles, turn.work.areas
    found = _holders(turn, managers(roles[role], area_id, tree, roles, climbed=climbed))
    if found or climbed:
        return found
    return _holders(turn, managers(roles[role], area_id, tree, roles, climbed=True))


def _holders(turn: Turn, posts: Iterable[tuple[str, int]]) -> tuple[Holder, ...]:
    found: dict[int, Holder] = {}
    for role, area_id in posts:
        for holder in turn.work.people.holders((role,), (area_id,)):
            found.setdefault(holder.person_id, holder)
    return tuple(found.values())


def post_name(turn: Turn, role: str, area_id: int) -> str:
    """青石镇河湾村 儿童主任."""
    described: Role | None = turn.rules.policy.roles.get(role)
    place = turn.work.areas.full_name(area_id)
    return turn.words("people.post", area=place, post=described.name if described else role)


def post_line(turn: Turn, post: Post) -> str:
    """青石镇河湾村 儿童主任（到 2027-06-30）: a post with the days that bound it."""
    since = post.since if post.since > turn.work.now else None
    return with_term(
        turn, post_name(turn, post.role, post.area_id), Term(since=since, until=post.until)
    )


def with_term(turn: Turn, name: str, held: Term) -> str:
    """The name of a post with the days that bound it, if any do."""
    zone = turn.rules.zone
    first = held.since and held.since.astimezone(zone).date()
    last = held.until and last_day(held.until, zone)
    if first is None and last is None:
        return name
    key = "term.both" if first and last else "term.from" if first else "term.until"
    return turn.words(key, what=name, first=first, last=last)


def posts_named(turn: Turn, names: Iterable[str]) -> str:
    """The posts of several roles, each once: 儿童督导员、县民政局（未保办）."""
    roles = turn.rules.policy.roles
    return "、".join(dict.fromkeys(roles[name].name for name in names))


def read_ahead(turn: Turn, people: Collection[int]) -> None:
    """Ask at once what many are called, for a list."""
    turn.work.people.read_ahead(people)
    turn.work.links.read_ahead(people)


def called(turn: Turn, person_id: int) -> str:
    """What a colleague is called; a stand-in while nobody said."""
    people, links = turn.work.people, turn.work.links
    return (
        people.name_of(person_id)
        or people.name_of(links.who_is(person_id))
        or turn.words("people.nameless")
    )


def tell_person(
    turn: Turn, person_id: int, text: str, *rows: tuple[Button, ...], key: str
) -> None:
    """Tell a person something, by the first of their contacts that is reached."""
    telling.tell_person(turn, person_id, saying.note(turn, text, *rows), key=key)


# -- finding people by name --------------------------------------------------------------------


def staff(turn: Turn, *, unreached: bool = False, ahead: bool = False) -> dict[int, list[Post]]:
    """Whom the speaker manages, with their posts; only whom no message reaches, if wanted.

    ``ahead`` adds those whose term begins later.
    """
    roles = turn.rules.policy.roles
    found: dict[int, dict[int, Post]] = {}
    for name, at in held(turn):
        levels = roles[name].manages if name in roles else ()
        below = [key for key, role in roles.items() if role.level in levels]
        people = turn.work.people
        posts = people.below(below, at, unreached=unreached, ahead=ahead) if below else ()
        for post in posts:
            found.setdefault(post.person_id, {})[post.id] = post
    return {person: [*posts.values()] for person, posts in found.items()}


def stand_ins(turn: Turn) -> dict[int, list[Post]]:
    """Who can do the speaker's work for a while: people of the same level nearby."""
    roles, tree = turn.rules.policy.roles, turn.work.areas
    found: dict[int, dict[int, Post]] = {}
    for mine in turn.work.people.roles(turn.speaker.person_id):
        level = roles[mine.role].level if mine.role in roles else None
        same = [key for key, role in roles.items() if role.level == level]
        above = tree.ancestors(mine.area_id)
        near = tree.descendants(above[0].id if above else mine.area_id)
        for post in turn.work.people.in_posts(same, near):
            if post.person_id != turn.speaker.person_id:
                found.setdefault(post.person_id, {})[post.id] = post
    return {person: [*posts.values()] for person, posts in found.items()}


def named(turn: Turn, people: Iterable[int], text: str) -> list[int]:
    """Those whose name is, or else holds, the text."""
    wanted = text.replace(" ", "")
    names = turn.work.people.names_of(people)
    exact = [person for person, name in names.items() if name == wanted]
    return exact or [person for person, name in names.items() if wanted and wanted in name]


def with_posts(turn: Turn, person_id: int, posts: Iterable[Post]) -> str:
    """张三（青石镇河湾村 儿童主任）."""
    told = "、".join(post_line(turn, post) for post in posts)
    return turn.words("people.with_posts", name=called(turn, person_id), what=told)
