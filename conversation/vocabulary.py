"""The words that the engine hears and says (words.toml)."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


def table(name: str) -> dict[str, Any]:
    """One of the tables of words.toml. Raises KeyError for a name that it does not have."""
    found = _words()[name]
    assert isinstance(found, dict)
    return found


def label(name: str, **filled: object) -> str:
    """One of the labels of words.toml, filled in."""
    words = table("labels")[name]
    assert isinstance(words, str)
    return words.format(**filled)


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(files("conversation").joinpath("words.toml").read_text("utf-8"))
