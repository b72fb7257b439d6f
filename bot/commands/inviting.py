"""Invitations from the command line: how the first officers of a county come in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo

from policy.areas import AreaTree
from policy.managing import seat
from policy.roles import Role
from policy.tables import Policy
from policy.terms import Term, term
from policy.words import Words
from storage.audit import PROGRAM
from storage.work import Work


class NoSuchPost(Exception):
    """The post, the place or its days are none; ``sentence`` says how to mend it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """What was given out; each token is for one person, once."""

    role: str
    #: The post as the county calls it, with its place.
    post: str
    until: datetime
    tokens: tuple[str, ...] = field(repr=False)


def invite(
    work: Work,
    policy: Policy,
    words: Words,
    *,
    role: str,
    area: str,
    count: int,
    zone: tzinfo,
    days: tuple[date | None, date | None] = (None, None),
) -> Invited:
    """Invitations to a post, from one day to another; raises NoSuchPost."""
    key = find_role(policy.roles, role)
    if key is None:
        known = "、".join(post.name for post in policy.roles.values())
        raise NoSuchPost(words("invite.no_role", role=role, known=known))
    place = find_place(work.areas, area)
    at = seat(policy.roles[key], place, work.areas) if place is not None else None
    if at is None:
        raise NoSuchPost(words("invite.no_area", area=area, role=policy.roles[key].name))
    held = term(*days, today=work.now.astimezone(zone).date(), zone=zone)
    if not isinstance(held, Term):
        raise NoSuchPost(words(f"invite.days_{held}"))
    life = policy.timing["invite_life"]
    tokens = tuple(work.invitations.issue(key, at, PROGRAM, life, held)[1] for _ in range(count))
    post = f"{work.areas.full_name(at)} {policy.roles[key].name}"
    return Invited(role=key, post=post, until=work.now + life, tokens=tokens)


def find_role(roles: Mapping[str, Role], said: str) -> str | None:
    """A post by its key or by the county's name for it."""
    if said in roles:
        return said
    return next((key for key, post in roles.items() if post.name == said), None)


def find_place(tree: AreaTree, said: str) -> int | None:
    """A place by its name, the whole of it where there are several."""
    for root in tree.roots():
        if root.name == said:
            return root.id
    found = [area for area in tree.search(said) if said in (area.name, tree.full_name(area.id))]
    return found[0].id if len(found) == 1 else None
