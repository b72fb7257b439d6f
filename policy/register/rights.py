"""Who reads what of a child's record: by post, and by what the child is to them."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Protocol

from policy.register.columns import COLUMNS


class Tree(Protocol):
    """The part of an area tree that rights need."""

    def is_within(self, area: int, scope: int) -> bool:
        """True when ``area`` is ``scope`` or lies below it."""
        ...


def fields_for(
    posts: Iterable[tuple[str, int]], area: int, tree: Tree, *, own: bool
) -> frozenset[str]:
    """The columns of a child living in ``area`` that the holder of ``posts`` may read.

    ``posts`` are (role, area) pairs held now; ``own`` children are in the person's own hands.
    Nothing at all means that the child is not there for them.
    """
    seen = _own() if own else frozenset()
    for role, at in posts:
        if role in _areas() and tree.is_within(area, at):
            seen |= _areas()[role]
    return seen


def reading_posts() -> frozenset[str]:
    """The posts that read records of children who are not in their own hands."""
    return frozenset(_areas())


@cache
def _own() -> frozenset[str]:
    return _columns(_table()["own"])


@cache
def _areas() -> Mapping[str, frozenset[str]]:
    return {role: _columns(told) for role, told in _table()["area"].items()}


def _columns(told: Mapping[str, Any]) -> frozenset[str]:
    groups = told.get("groups", ())
    by_group = {key for key, column in COLUMNS.table.items() if column.group in groups}
    return frozenset(by_group | {COLUMNS[key].key for key in told.get("columns", ())})


@cache
def _table() -> dict[str, Any]:
    text = files("policy").joinpath("register", "rights.toml").read_text("utf-8")
    return tomllib.loads(text)
