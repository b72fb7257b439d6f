"""Where a filled-in form stands, what a person may do to it, and what is shown next.

Every answer is kept as XForms writes it: "" for none, "3", "2026-11-23", "a b" for several
choices, "lat lon alt accuracy" for a position, the id of a stored file.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal, Protocol, TypeAlias

#: After this many wrong answers in a row a person is offered to leave a message instead.
PATIENCE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One thing to choose."""

    value: str
    label: str = field(repr=False)
    #: True when choosing it shows what is below it (a township with its villages).
    opens: bool = False
    #: False when it only resembles what was typed: it is asked about, even if it is the only one.
    sure: bool = True


class Lists(Protocol):
    """Choices that live outside a form (the area tree; later the register of children)."""

    def browse(self, name: str, under: str) -> Sequence[Option]:
        """The options right below ``under`` ("" for the top, where one's own come first)."""
        ...

    def above(self, name: str, value: str) -> str:
        """The value one step up ("" when it is at the top)."""
        ...

    def search(self, name: str, text: str) -> Sequence[Option]:
        """What a person may have meant, best first, at most eight."""
        ...

    def near(self, name: str, point: str) -> Sequence[Option]:
        """What lies around a position, the nearest first; nothing where nobody knows."""
        ...

    def label(self, name: str, value: str) -> str | None:
        """The words for a value, or None for a value that is not in the list."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """One form being filled in. It goes through JSON between any two turns."""

    answers: Mapping[str, str] = field(default_factory=dict, repr=False)
    #: Path of the question that is asked; "" while the summary is shown.
    at: str = ""
    #: Paths of the questions that were asked and left behind (answered or skipped), in the
    #: order of the form.
    been: tuple[str, ...] = ()
    #: True when the person came from the summary to change one line.
    editing: bool = False
    #: How often in a row the question was answered wrongly.
    misses: int = 0
    #: The page of a long list of options, and the branch of a tree that is open.
    page: int = 0
    under: str = ""
    #: What a typed answer may have meant, while the person picks one; what is ticked so far,
    #: where several may be chosen.
    candidates: tuple[str, ...] = ()
    #: Paths of the questions that were answered from outside and are not asked.
    given: tuple[str, ...] = ()
    #: Where a condition of the form says that nothing counts now.
    irrelevant: tuple[str, ...] = ()


def dialogue_to_json(dialogue: Dialogue) -> str:
    """A dialogue as one line of JSON; what is as at the beginning is left out."""
    data = {
        name: dict(value) if name == "answers" else value
        for name, usual in _FRESH
        if (value := getattr(dialogue, name)) != usual
    }
    return _ENCODER.encode(data)


def dialogue_from_json(written: str) -> Dialogue:
    """The dialogue that ``dialogue_to_json`` wrote."""
    data: dict[str, Any] = json.loads(written)
    kept: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in data.items()
    }
    return Dialogue(**kept)


_FRESH = tuple((one.name, getattr(Dialogue(), one.name)) for one in fields(Dialogue))
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


# -- what a person does -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """Words: the number or the label of an option, a date phrase, a sentence ..."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chose:
    """An option's button: answers, toggles (several choices) or opens (a tree)."""

    value: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A stored file for the question that asks for one: its id and kind."""

    file: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A shared position, as XForms writes it."""

    point: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Back:
    """上一步: to the question before, or one branch up."""


@dataclass(frozen=True, slots=True)
class Skip:
    """跳过: only where no answer is required."""


@dataclass(frozen=True, slots=True)
class Keep:
    """不改: the answer stands as it is."""


@dataclass(frozen=True, slots=True)
class Done:
    """完成: the several choices are made."""


@dataclass(frozen=True, slots=True)
class Turn:
    """更多: the next (+1) or previous (-1) page of options."""

    by: int


@dataclass(frozen=True, slots=True)
class Edit:
    """A line of the summary was tapped."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What the first card offers beside its question was tapped: taken, or taken back."""

    path: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Show:
    """Nothing new: show where we are."""


@dataclass(frozen=True, slots=True)
class File:
    """确认: the summary is right."""


Move: TypeAlias = (
    Typed
    | Chose
    | Attached
    | Placed
    | Back
    | Skip
    | Keep
    | Done
    | Turn
    | Edit
    | Mark
    | Show
    | File
)

# -- what is shown ----------------------------------------------------------------------------

Problem: TypeAlias = Literal[
    "not-an-option",  # nothing like it in the list
    "several-options",  # the candidates are shown
    "one-option",  # the only candidate is shown, to be confirmed
    "not-a-number",
    "not-a-date",
    "not-a-time",
    "not-a-place",
    "near-here",  # a position came: the places around it are shown, to be confirmed
    "none-near",  # a position came, and nobody knows what lies there
    "position-kept",  # it came where something else is asked
    "too-long",
    "wants-a-file",
    "wants-another-kind",
    "required",
    "constraint",  # the form's own sentence is in Asking.because
    "no-further-back",
    "changed",  # an earlier change made this answer impossible; it is asked again
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An option of another question, to be taken in one tap without being asked."""

    path: str
    value: str
    label: str = field(repr=False)
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A question, ready to be drawn."""

    path: str
    #: XLSForm type: text, select_one, select_multiple, date, geopoint, image ...
    kind: str
    #: Notes that stand right before it.
    notes: tuple[str, ...] = ()
    label: str
    hint: str = ""
    #: This page's options, and the values that are chosen already.
    options: tuple[Option, ...] = ()
    chosen: frozenset[str] = frozenset()
    earlier: bool = False  # there is a page before
    later: bool = False  # there is a page after
    #: The answer that stands now, in words, when one changes it ("" when none).
    current: str = ""
    required: bool = False
    #: Asked as number ``step`` of about ``steps``.
    step: int
    steps: int
    can_go_back: bool = True
    problem: Problem | None = None
    #: The form's own words about the problem, when it has any.
    because: str = ""
    misses: int = 0
    appearance: str = ""
    #: On the first card of the form: what may be said of the whole in one tap.
    offers: tuple[Offer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One answered question on the summary."""

    path: str
    label: str
    answer: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewing:
    """Everything is answered: the summary, whose lines can be tapped."""

    lines: tuple[Line, ...]
    #: Those whose buttons are shown: from the first one, and up to the one before the second.
    shown: tuple[int, int]
    #: Notes that stand at the very end of the form.
    notes: tuple[str, ...] = ()
    problem: Problem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The person confirmed: the answers that count (relevant and not empty), by path."""

    answers: Mapping[str, str] = field(repr=False)


Screen: TypeAlias = Asking | Reviewing | Finished


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Where the dialogue stands after a move, and what the person sees."""

    dialogue: Dialogue
    screen: Screen
