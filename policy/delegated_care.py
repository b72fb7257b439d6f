"""Delegated care (委托照护): what stops it by law, and what is still wanted."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files

_TABLE: Mapping[str, Mapping[str, str]] = tomllib.loads(
    files("policy").joinpath("delegated_care.toml").read_text("utf-8")
)
#: Declarations by key, and how the law puts them.
FORBIDDEN: Mapping[str, str] = _TABLE["forbidden"]
WANTED: Mapping[str, str] = _TABLE["wanted"]


def stops(said: Mapping[str, str]) -> tuple[str, ...]:
    """The keys of what forbids this delegate; empty while nothing is known against them."""
    return tuple(key for key in FORBIDDEN if said.get(key) == "yes")


def wanting(said: Mapping[str, str]) -> tuple[str, ...]:
    """The keys of what must still be said before the delegation stands; 未采集 is wanting."""
    undeclared = (key for key in FORBIDDEN if said.get(key) not in ("yes", "no"))
    unmet = (key for key in WANTED if said.get(key, "") in ("", "no", "unknown"))
    return (*undeclared, *unmet)


def stands(said: Mapping[str, str]) -> bool:
    """True when the delegation is as the law wants it."""
    return not stops(said) and not wanting(said)
