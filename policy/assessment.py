"""The score of an assessment, and the grade that it proposes; red flags come before any score."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """What is enough by itself."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A question and the points of its answers."""

    points: Mapping[str, int]
    #: Several may be chosen, and each takes its points away from this.
    full: int | None = None

    def count(self, answer: str) -> int:
        """The points of an answer; what was not answered counts nothing."""
        each = [self.points.get(one, 0) for one in answer.split()]
        return sum(each) if self.full is None else max(0, self.full - sum(each))


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """How grave it is."""

    name: str
    #: Scores below this, and not below the bound before it.
    below: int
    grade: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """The tables of assessment.toml."""

    flags: Mapping[str, Flag]
    items: Mapping[str, Item]
    #: The gravest first.
    levels: Mapping[str, Level]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What an assessment proposes, and why."""

    level: Level
    #: None where a red flag made any score needless.
    score: int | None
    flags: tuple[str, ...]


def judge(table: Assessment, answers: Mapping[str, str]) -> Judgement:
    """What the answers propose; a human decides."""
    levels = sorted(table.levels.values(), key=lambda level: level.below)
    flags = tuple(one for one in answers.get("red_flags", "").split() if one in table.flags)
    if flags:
        return Judgement(level=levels[0], score=None, flags=flags)
    score = sum(item.count(answers.get(name, "")) for name, item in table.items.items())
    level = next((one for one in levels if score < one.below), levels[-1])
    return Judgement(level=level, score=score, flags=())
