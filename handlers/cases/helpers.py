"""Who can be asked to help with a case, by name: people of its place, and who serves it."""

from handlers.turn import Turn


def near(turn: Turn, about: str) -> dict[str, str]:
    """Person -> name and post, the nearest first; nobody who must not hear of the case."""
    kind, _, case_id = about.partition(":")
    case = turn.work.cases.get(int(case_id)) if kind == "case" and case_id.isdigit() else None
    if case is None or case.area_id is None:
        return {}
    roles = turn.rules.policy.roles
    members = turn.work.cases.members(case.id)
    hidden = {one.person_id for one in members if one.kind == "excluded"}
    path = [area.id for area in reversed(turn.work.areas.path(case.area_id))]
    posts = sorted(
        turn.work.people.in_posts([*roles], path), key=lambda post: path.index(post.area_id)
    )
    found: dict[str, str] = {}
    for post in posts:
        name = turn.work.people.name_of(post.person_id)
        if name and post.person_id not in hidden:
            what = roles[post.role].name
            label = turn.words("people.with_posts", name=name, what=what)
            found.setdefault(str(post.person_id), label)
    return found


def serving(turn: Turn, about: str) -> dict[str, str]:
    """Provider -> name and what it does; those of the place of the case, then of the county."""
    kind, _, case_id = about.partition(":")
    case = turn.work.cases.get(int(case_id)) if kind == "case" and case_id.isdigit() else None
    path = turn.work.areas.path(case.area_id) if case and case.area_id is not None else ()
    names = {name for one in path for name in (one.name, turn.work.areas.full_name(one.id))}
    return turn.rules.policy.providers.near(names)


def called(turn: Turn, person_id: str) -> str:
    """What somebody is called; "" for nobody."""
    return turn.work.people.name_of(int(person_id)) if person_id.isdigit() else ""
