"""Who brings people in and lets them go: a post manages lower posts at or below its own place."""

from collections.abc import Iterable, Mapping
from typing import Protocol, TypeAlias

from policy.roles import Level, Role

Held: TypeAlias = Iterable[tuple[str, int]]


class Area(Protocol):
    """The part of an area that seats need."""

    @property
    def id(self) -> int: ...
    @property
    def kind(self) -> str: ...


class Tree(Protocol):
    """The part of an area tree that seats and scope need."""

    def path(self, area: int) -> tuple[Area, ...]:
        """From the county down to the area."""
        ...

    def is_within(self, area: int, scope: int) -> bool:
        """True when ``area`` is ``scope`` or lies below it."""
        ...


def seat(post: Role, area: int, tree: Tree) -> int | None:
    """Where somebody who named ``area`` holds the post; None when they must say it closer.

    A post that reads reports never sits above its level, where it would read too much.
    """
    path = tree.path(area)
    seats = {one.kind: one.id for one in path}
    match post.level:
        case "county":
            return seats.get("county")
        case "township":
            return seats.get("town")
        case "village":
            if post.reads_reports:
                return seats.get("village")
            return path[-1].id if {"town", "village"} & seats.keys() else None


def may_manage(held: Held, post: Role, area: int, tree: Tree, roles: Mapping[str, Role]) -> bool:
    """True when one of the ``held`` (role, area) pairs manages this post in this place."""
    return any(
        post.level in roles[role].manages and tree.is_within(area, at)
        for role, at in held
        if role in roles
    )


def managed_levels(held: Held, roles: Mapping[str, Role]) -> tuple[Level, ...]:
    """The levels whose people the holder may bring in, lowest first."""
    mine = {level for role, _ in held if role in roles for level in roles[role].manages}
    levels: tuple[Level, ...] = ("village", "township", "county")
    return tuple(level for level in levels if level in mine)


def managers(
    post: Role, area: int, tree: Tree, roles: Mapping[str, Role], *, climbed: bool = False
) -> tuple[tuple[str, int], ...]:
    """Who answers for a new holder: the posts one level up with their seats; climbed, the county.

    ``area`` is where the post is held.
    """
    level: Level = "township" if post.level == "village" and not climbed else "county"
    wanted = {"township": "town", "county": "county"}[level]
    places = [one.id for one in tree.path(area) if one.kind == wanted]
    return tuple(
        (name, place)
        for name, role in roles.items()
        if role.level == level and post.level in role.manages
        for place in places
    )
