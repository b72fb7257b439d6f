"""What a form is made of: its questions, sections and choices, as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from functools import cached_property
from typing import Any, TypeAlias, TypeVar

from conversation import expression_checks

Made = TypeVar("Made")
#: Words with outputs between them: even places are words, odd places are expressions.
Label: TypeAlias = tuple[str, ...]
#: Kinds that a person is never asked; their values come from elsewhere.
SILENT = frozenset({"note", "calculate", "hidden", "start", "end", "today", "username"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One row of a list of choices."""

    value: str
    label: Label = ()
    #: Further columns, for conditions.
    more: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Question:
    """One row of the survey that holds a value."""

    path: str
    #: XLSForm type: text, select_one, select_multiple, date, geopoint, image, note, calculate ...
    kind: str
    label: Label = ()
    hint: Label = ()
    appearance: str = ""
    #: Expressions; "" for none.
    required: str = ""
    relevant: str = ""
    constraint: str = ""
    calculate: str = ""
    #: What it holds at first: a value, or an expression worked out when the form begins.
    default: str = ""
    default_by: str = ""
    required_says: Label = ()
    constraint_says: Label = ()
    #: The list it chooses from, the expression for its rows, and whether it lives elsewhere.
    list: str = ""
    rows: str = ""
    outside: bool = False
    #: Paths of the text and the position that may stand in for a choice.
    words: str = ""
    position: str = ""
    #: Further ``bind::`` columns.
    extras: Mapping[str, str] = field(default_factory=dict)
    #: Paths that its relevance and calculation read, that its other conditions read, and its
    #: place in an order in which everything is worked out after what it reads.
    uses: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    rank: int = 0

    @cached_property
    def name(self) -> str:
        """The name in the survey sheet."""
        return self.path.rpartition("/")[2]

    @cached_property
    def unchecked(self) -> bool:
        """True where its condition could be kept busy for ever: a human looks at the answer."""
        return "regex" in self.constraint and expression_checks.may_hang(self.constraint)

    @cached_property
    def asked(self) -> bool:
        """True when a person may be asked this by itself."""
        return self.answerable and not self.aside

    @cached_property
    def answerable(self) -> bool:
        """True when a person can give the value at all."""
        return self.kind not in SILENT and not self.calculate

    @cached_property
    def aside(self) -> bool:
        """True when it is never asked by itself, only shown once it is filled."""
        return "aside" in self.appearance.split()

    @cached_property
    def offered(self) -> bool:
        """True when its options also stand on the form's first card, below what is asked there."""
        return self.chooses and "offer" in self.appearance.split()

    @cached_property
    def chooses(self) -> bool:
        """True when its value comes from a list."""
        return self.kind in {"select_one", "select_multiple"}

    @cached_property
    def narrows(self) -> bool:
        """True when a condition decides which rows of its list are offered."""
        return "[" in self.rows

    def values(self, value: str) -> Sequence[str]:
        """The single values in what is stored."""
        return value.split() if self.kind == "select_multiple" else [value]


@dataclass(frozen=True, kw_only=True)
class Section:
    """A group, or a repeat."""

    path: str
    label: Label = ()
    relevant: str = ""
    repeat: bool = False
    #: How often a repeat stands there; "" when the person is asked for one more.
    count: str = ""
    parts: tuple["Question | Section", ...] = ()
    uses: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    rank: int = 0

    @cached_property
    def name(self) -> str:
        """The name in the survey sheet."""
        return self.path.rpartition("/")[2]

    @cached_property
    def asks_for_more(self) -> bool:
        """True for a repeat whose number the person decides."""
        return self.repeat and not self.count


Item: TypeAlias = Question | Section


# -- as data ------------------------------------------------------------------------------------


def to_data(value: Item | Choice) -> dict[str, Any]:
    """The fields that say something, for JSON; what is as usual is left out."""
    data: dict[str, Any] = {}
    for each in fields(value):
        content = getattr(value, each.name)
        if each.name == "parts":
            data["parts"] = [to_data(part) for part in content]
        elif content != _usual(each):
            data[each.name] = content
    return data


def _usual(each: Any) -> object:
    if each.default is not MISSING:
        return each.default
    return {} if each.default_factory is dict else None


def choice_of(data: dict[str, Any]) -> Choice:
    """The choice that ``to_data`` wrote."""
    return _read(Choice, data)


def section_of(data: dict[str, Any]) -> Section:
    """The section that ``to_data`` wrote, with all that is in it."""
    parts = tuple(
        section_of(part) if "parts" in part else _read(Question, part) for part in data["parts"]
    )
    return _read(Section, {**data, "parts": parts})


def _read(made: type[Made], data: dict[str, Any]) -> Made:
    return made(
        **{key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
    )
