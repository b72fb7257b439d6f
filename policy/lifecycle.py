"""How a case goes on: its stages, and who may do what in which of them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

from policy.durations import Lasting

#: What somebody is to a case; the name of a post counts as well.
WHO = ("owner", "receiver", "partner", "second", "doer")
When: TypeAlias = Literal["waiting", "accepted", "any"]
#: What must be true of a case beforehand.
Need: TypeAlias = Literal["seen_safe"]
#: As the stage after an act: where the case was before it came here.
BEFORE = "before"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """受理, 应急处置 ..."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something that somebody may do with a case."""

    #: On the button.
    label: str
    #: In the story: 张三接了这件事.
    did: str
    who: tuple[str, ...]
    when: When = "accepted"
    #: Where it is offered; none: everywhere but in a closed case.
    stages: tuple[str, ...] = ()
    #: The stage after it, one, or one by the stage before it or by grade; none: it stays.
    to: str | Mapping[str, str] = ""
    needs: tuple[Need, ...] = ()
    form: bool = False
    #: Kinds of duties; it is done about one open duty of these, and not offered without one.
    of: tuple[str, ...] = ()
    #: Of several such duties it is about the nearest, and about every one that is overdue.
    nearest: bool = False
    #: That duty stays open: it is about it, but it is not done.
    keeps: bool = False
    ends: tuple[str, ...] = ()
    #: Whatever else was open lapses.
    lapses: bool = False
    sets: tuple[str, ...] = ()
    tells: str = ""
    #: Whoever has the case in hand hears of it when another did it.
    owner_hears: bool = False
    #: Acts that usually come next: offered at once.
    then: tuple[str, ...] = ()
    #: Words by which somebody tells of it in a sentence of their own.
    heard: tuple[str, ...] = ()

    def stage_after(self, stage: str, grade: str) -> str:
        """The stage in which it leaves a case of this grade; ``BEFORE``: where it came from."""
        to = self.to if isinstance(self.to, str) else self.to.get(stage, self.to.get(grade, ""))
        return to or stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """How a case begins."""

    stage: str
    sets: tuple[str, ...]
    #: The post that takes what is nobody's.
    coordinator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """What begins when somebody makes a case as urgent as this, unless it is going on already."""

    #: For the owner, once the case is accepted.
    owner: tuple[str, ...] = ()
    #: Post -> kinds of duties, for posts that hear of such a case.
    posts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """What a case must be to be closed."""

    #: The stage in which it waits for a second person.
    stage: str = "closing"
    #: The child was seen, and safe, no longer ago.
    seen_within: Lasting
    #: Kinds of duties that may lapse with the end without a word.
    lapses_unsaid: tuple[str, ...] = ()
    #: From this age on the child itself is asked afterwards whether it is better.
    asks_child_from: int = 6


#: What a form names as a list, and the part of lifecycle.toml that holds its lines.
LISTS = {
    "outcomes": "outcome",
    "bases": "basis",
    "measures": "measure",
    "ground36": "ground36",
    "applicants": "applicant",
    "ground92": "ground92",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One line of such a list."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """The tables of lifecycle.toml."""

    start: Start
    closing: Closing
    #: By grade.
    raised: Mapping[str, Raised] = field(default_factory=dict)
    #: List of a form -> value -> what it is called.
    lists: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    stages: Mapping[str, Stage]
    acts: Mapping[str, Act]


class Standing(Protocol):
    """The part of a case that decides what may be done."""

    @property
    def stage(self) -> str: ...
    @property
    def is_open(self) -> bool: ...
    @property
    def is_accepted(self) -> bool: ...


class Sight(Protocol):
    """The part of a case that tells when the child was last seen."""

    @property
    def seen_at(self) -> datetime | None: ...
    @property
    def seen_safe(self) -> bool | None: ...


def may(act: Act, case: Standing, is_to_it: Collection[str]) -> bool:
    """True when somebody who is all this to a case may do the act now."""
    if act.stages:
        if case.stage not in act.stages:
            return False
    elif not case.is_open:
        return False
    if act.when != "any" and case.is_accepted != (act.when == "accepted"):
        return False
    return not set(act.who).isdisjoint(is_to_it)


def offered(lifecycle: Lifecycle, case: Standing, is_to_it: Collection[str]) -> tuple[str, ...]:
    """The acts that somebody may do now, in the order of the table."""
    return tuple(name for name, act in lifecycle.acts.items() if may(act, case, is_to_it))


def lacks(act: Act, case: Sight, closing: Closing, now: datetime) -> tuple[Need, ...]:
    """What must be true before the act and is not."""
    fresh = case.seen_at is not None and now - case.seen_at <= closing.seen_within
    held: Mapping[Need, bool] = {"seen_safe": fresh and case.seen_safe is True}
    return tuple(need for need in act.needs if not held[need])
