"""The words of the pages, as data."""

import json
from importlib.resources import files
from typing import Any

WORDS: dict[str, Any] = json.loads(
    files("bot.site").joinpath("words.json").read_text(encoding="utf-8")
)


def answer(code: str) -> str:
    """The sentence for what went wrong."""
    return str(WORDS["answers"][code])
