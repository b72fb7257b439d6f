"""What another office's program may be told of: that it happened, to what, and nothing else."""

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

Happening: TypeAlias = Literal[
    "report.filed", "case.changed", "child.changed", "visit.entered", "register.imported"
]
HAPPENINGS: tuple[Happening, ...] = get_args(Happening)
Subject: TypeAlias = Literal["report", "case", "child", "roster"]

#: What is only a look changes nothing.
_LOOKS = frozenset({"case.read", "report.read", "child-opened", "reporter-opened"})


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened."""

    kind: Happening
    subject: Subject
    subject_id: int


def happened(verb: str, subject: str, subject_id: int) -> Happened | None:
    """What a line of the audit means for others; None for what is no business of theirs."""
    match subject, verb:
        case _, "visit-entered":
            return Happened("visit.entered", "child", subject_id)
        case _, "roster-applied" | "roster-undone":
            return Happened("register.imported", "roster", subject_id)
        case "report", "report.filed":
            return Happened("report.filed", "report", subject_id)
        case "case", _ if verb.startswith("case.") and verb not in _LOOKS:
            return Happened("case.changed", "case", subject_id)
        case "child", _ if verb.startswith("child-") and verb not in _LOOKS:
            return Happened("child.changed", "child", subject_id)
        case _:
            return None
