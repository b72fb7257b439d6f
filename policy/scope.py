"""The one place where "may this person see it?" is answered: at or below the area of a post."""

from collections.abc import Iterable, Mapping
from typing import Protocol


class Tree(Protocol):
    """The part of an area tree that scope needs."""

    def is_within(self, area: int, scope: int) -> bool:
        """True when ``area`` is ``scope`` or lies below it."""
        ...


class Post(Protocol):
    """The part of a role's description that scope needs."""

    @property
    def reads_reports(self) -> bool:
        """True for posts that are told of reports."""
        ...


def may_see(
    posts: Iterable[tuple[str, int]],
    area: int | None,
    tree: Tree,
    roles: Mapping[str, Post],
) -> bool:
    """True when one of the posts reads reports and its area holds ``area``.

    ``posts`` are (role, area id) pairs held now; what has no area is nobody's by scope.
    """
    if area is None:
        return False
    return any(
        roles[role].reads_reports and tree.is_within(area, at)
        for role, at in posts
        if role in roles
    )
