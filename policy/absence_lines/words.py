"""The words of absence_lines.toml, and a line as they are looked for in it."""

import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any, Literal, TypeAlias

Excused: TypeAlias = Literal["yes", "no", "unknown"]
#: Longer lines are cut: nobody has so many pupils missing.
MAX_LINE_CHARS = 400
WORDS: dict[str, Any] = tomllib.loads(
    files("policy").joinpath("absence_lines.toml").read_text("utf-8")
)
#: Reasons, the one that counts most first.
REASONS: Mapping[str, Mapping[str, Any]] = WORDS["reason"]
_SHORT = str.maketrans(WORDS["short"]["long"], WORDS["short"]["short"])


def narrow(text: str) -> str:
    """The text with figures, letters and marks of one width."""
    return unicodedata.normalize("NFKC", text)


def shortened(text: str) -> str:
    """A text of one width in short characters: each stands where its long one stood."""
    return text.translate(_SHORT)


def either(patterns: Iterable[str]) -> str:
    """A pattern for whatever one of these finds."""
    return "|".join(f"(?:{pattern})" for pattern in patterns)


def weightiest(reasons: Iterable[str]) -> str:
    """Of several reasons the one that counts most; "" for none."""
    return min(reasons, key=[*REASONS].index, default="")
