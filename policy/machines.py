"""What another office's program may be allowed, and how its token looks."""

import re
from typing import Literal, TypeAlias, get_args

#: ``names`` lets names, numbers and what people wrote stand in clear, as far as the post reads
#: them; each such answer is in the audit with its rows.
Kind: TypeAlias = Literal[
    "reports.write",
    "reports.read",
    "children.read",
    "cases.read",
    "visits.read",
    "figures.read",
    "names",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
#: Days for which a token may live.
LIVES = (30, 90, 180, 365)

#: A beginning that is found where somebody left a token lying.
PREFIX = "xiangban_"
_TOKEN = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")


def is_token(text: str) -> bool:
    """True for what looks like one of ours."""
    return _TOKEN.fullmatch(text) is not None
