"""A published form: a whole of items and lists that never changes, to JSON text and back.

What a form computes (conditions, calculations, outputs in labels) stays text here and becomes
closures at first use; the closures are kept with the form.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeVar, assert_never

from conversation import expression_checks, expressions
from conversation.dialogue import Option
from conversation.expressions import Number, Text, Truth
from conversation.functions import VOLATILE, Row, World
from conversation.items import Choice, Item, Question, Section, choice_of, section_of, to_data
from conversation.letters import key
from conversation.paths import parent, template

Made = TypeVar("Made")
#: Bumped when compiled forms of an older version cannot be read any more.
FORMAT = 1
#: The column of a list for other words by which people mean an option.
ALSO = "also"
#: The column of a list for how a child that tells of itself reads an option.
CHILD = "child"


class _ByPath(dict[str, Made]):
    """What a form has at each path; an instance of a repeat has what the repeat has."""

    def __missing__(self, path: str) -> Made:
        plain = template(path)
        if plain == path:
            raise KeyError(path)
        return self[plain]


class _Lineages(dict[str, frozenset[str]]):
    """Of each path that was asked about: the path itself and everything around it."""

    def __missing__(self, path: str) -> frozenset[str]:
        found = self[path] = frozenset(_around(path))
        return found


@dataclass(frozen=True, kw_only=True, eq=False)
class Form:
    """One immutable version of a form."""

    name: str
    title: str
    root: Section
    lists: Mapping[str, tuple[Choice, ...]] = field(default_factory=dict)

    @classmethod
    def from_json(cls, written: str) -> "Form":
        """The form that ``to_json`` wrote; raises ValueError for anything else."""
        data = json.loads(written)
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise ValueError("not a compiled form of this format")
        return cls(
            name=data["name"],
            title=data["title"],
            root=section_of(data["root"]),
            lists={
                name: tuple(choice_of(one) for one in some) for name, some in data["lists"].items()
            },
        )

    def to_json(self) -> str:
        """The whole form as one line of JSON, the same for the same form."""
        data = {
            "format": FORMAT,
            "name": self.name,
            "title": self.title,
            "root": to_data(self.root),
            "lists": {name: [to_data(one) for one in some] for name, some in self.lists.items()},
        }
        return json.dumps(data, ensure_ascii=False, separators=(",", ":"))

    @cached_property
    def version(self) -> str:
        """What names this version for ever: the digest of the compiled text."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    @cached_property
    def items(self) -> Mapping[str, Item]:
        """Every section and question by path, in the order of the form; of instances, too."""
        return MappingProxyType(_ByPath({item.path: item for item in _within(self.root)}))

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """Every question in the order of the form."""
        return tuple(item for item in self.items.values() if isinstance(item, Question))

    @cached_property
    def offers(self) -> tuple[Question, ...]:
        """What the first card offers beside its own question."""
        return tuple(one for one in self.questions if one.offered and one.path not in self.nested)

    def question(self, path: str) -> Question:
        """The question at a path, with or without indices; raises KeyError."""
        item = self.items[path]
        if isinstance(item, Section):
            raise KeyError(path)
        return item

    def named(self, name: str) -> Question | None:
        """The first question with this name."""
        return self._by_name.get(name)

    def names(self, answers: Mapping[str, str]) -> dict[str, str]:
        """Answers by question name; inside a repeat the name keeps its indices (kids[2]/age)."""
        return {self._short(path): value for path, value in answers.items()}

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The place of every item in the order of the form."""
        return {path: place for place, path in enumerate(self.items)}

    @cached_property
    def readers(self) -> Mapping[str, tuple[Item, ...]]:
        """Who must be worked out again when the value at a path changes."""
        return self._who_reads(lambda item: item.uses)

    @cached_property
    def checkers(self) -> Mapping[str, tuple[Item, ...]]:
        """Whose answer must be looked at again when the value at a path changes."""
        return self._who_reads(lambda item: item.checks)

    @cached_property
    def moving(self) -> tuple[Item, ...]:
        """Who depends on something that changes by itself, like the time."""
        return tuple(
            item
            for item in self.items.values()
            if any(
                expression_checks.calls(one) & VOLATILE
                for one in _worked_out(item)
                if any(name in one for name in VOLATILE)
            )
        )

    @cached_property
    def dynamic(self) -> tuple[Item, ...]:
        """Who has anything to be worked out at all."""
        return tuple(item for item in self.items.values() if any(_worked_out(item)))

    @cached_property
    def nested(self) -> frozenset[str]:
        """The paths of what stands inside a repeat."""
        return frozenset(
            item.path
            for repeat in self._repeats
            for item in self.below(repeat)
            if item.path != repeat
        )

    @cached_property
    def _below(self) -> dict[str, tuple[Item, ...]]:
        return {}

    def below(self, path: str) -> tuple[Item, ...]:
        """An item with everything inside it."""
        found = self._below.get(path)
        if found is None:
            item = self.items[path]
            found = tuple(_within(item)) if isinstance(item, Section) else (item,)
            self._below[path] = found
        return found

    @cached_property
    def seats(self) -> Mapping[str, int]:
        """The place of every item among its siblings."""
        return _ByPath(
            {
                part.path: seat
                for section in self.items.values()
                if isinstance(section, Section)
                for seat, part in enumerate(section.parts)
            }
        )

    @cached_property
    def around(self) -> Mapping[str, Section]:
        """The section around every item."""
        return _ByPath(
            {
                part.path: section
                for section in self.items.values()
                if isinstance(section, Section)
                for part in section.parts
            }
        )

    @cached_property
    def counted(self) -> Mapping[str, int]:
        """How many questions are asked at and below each path, one instance of each repeat."""
        found: dict[str, int] = {}
        for item in reversed(tuple(self.items.values())):
            if isinstance(item, Section):
                found[item.path] = sum(found[part.path] for part in item.parts)
            else:
                found[item.path] = int(item.asked)
        return found

    @cached_property
    def lineages(self) -> Mapping[str, frozenset[str]]:
        """By path: the path itself and everything around it, as relevance is noted."""
        return _Lineages()

    @cached_property
    def options(self) -> Mapping[str, tuple[Option, ...]]:
        """What the lists offer whose words are always the same."""
        return {
            name: tuple(
                Option(value=one.value, label="".join(one.label) or one.value) for one in some
            )
            for name, some in self.lists.items()
            if all(len(one.label) < 2 for one in some)
        }

    @cached_property
    def also(self) -> Mapping[str, Mapping[str, str]]:
        """By list: other words for its options, as answers are compared, to their values."""
        return {
            name: words
            for name, some in self.lists.items()
            if (words := {key(word): one.value for one in some for word in _also(one)})
        }

    @cached_property
    def childs(self) -> Mapping[str, Mapping[str, str]]:
        """By list: its options' labels to what a child that tells of itself reads instead."""
        return {
            name: {"".join(one.label): one.more[CHILD] for one in some if one.more.get(CHILD)}
            for name, some in self.lists.items()
        }

    # -- closures, made at first use ------------------------------------------------------------

    def truth(self, source: str, here: str) -> Truth:
        """An expression at a place that answers yes or no."""
        return self._closure("truth", source, here, expressions.truth)

    def number(self, source: str, here: str) -> Number:
        """An expression at a place that gives a number."""
        return self._closure("number", source, here, expressions.number)

    def result(self, source: str, here: str) -> Text:
        """An expression at a place that gives what is stored."""
        return self._closure("result", source, here, expressions.result)

    def output(self, source: str, here: str) -> Text:
        """An expression at a place that is shown inside a label."""
        return self._closure("text", source, here, expressions.text)

    def offered(self, source: str, here: str) -> Callable[[World], list[Row]]:
        """The rows of a list that a question offers."""
        return self._closure("rows", source, here, expressions.rows)

    def _closure(
        self, kind: str, source: str, here: str, make: Callable[[str, str, "Form"], Made]
    ) -> Made:
        key = (kind, source, here)
        made = self._closures.get(key)
        if made is None:
            made = self._closures[key] = make(source, here, self)
        return made

    # -- the shape that expressions ask for -----------------------------------------------------

    def holds(self, path: str) -> bool:
        """True when a question or section has this path (without indices)."""
        return path in self.items

    def repeats(self, path: str) -> bool:
        """True when this path is a repeat."""
        return path in self._repeats

    def columns(self, name: str) -> frozenset[str] | None:
        """The columns of a list of choices, or None for a list that is not in the form."""
        if name not in self.lists:
            return None
        return frozenset({"name", "label"}.union(*(one.more for one in self.lists[name])))

    def rows(self, name: str) -> Sequence[Row]:
        """The rows of a list of choices."""
        return self._rows[name]

    def list_of(self, path: str) -> tuple[str, bool] | None:
        """The list that a question chooses from, and whether it lives outside the form."""
        match self.items.get(path):
            case Question(list=name, outside=outside) if name:
                return name, outside
            case _:
                return None

    def outside(self, name: str) -> bool:
        """True for a list that lives outside the form."""
        return name not in self.lists

    def choice(self, name: str, value: str) -> Choice | None:
        """The row of a list with this value."""
        return self._choices[name].get(value)

    @cached_property
    def _rows(self) -> dict[str, list[Row]]:
        return {
            name: [{**one.more, "name": one.value, "label": "".join(one.label)} for one in some]
            for name, some in self.lists.items()
        }

    @cached_property
    def _choices(self) -> dict[str, dict[str, Choice]]:
        return {name: {one.value: one for one in some} for name, some in self.lists.items()}

    @cached_property
    def _repeats(self) -> frozenset[str]:
        return frozenset(
            path for path, item in self.items.items() if isinstance(item, Section) and item.repeat
        )

    @cached_property
    def _by_name(self) -> dict[str, Question]:
        return {question.name: question for question in reversed(self.questions)}

    @cached_property
    def _closures(self) -> dict[tuple[str, str, str], Any]:
        return {}

    def _who_reads(
        self, what: Callable[[Item], tuple[str, ...]]
    ) -> Mapping[str, tuple[Item, ...]]:
        found: dict[str, list[Item]] = {}
        for item in self.items.values():
            for path in what(item):
                found.setdefault(path, []).append(item)
        return {path: tuple(some) for path, some in found.items()}

    def _short(self, path: str) -> str:
        first = path.find("[")
        if first < 0:
            return path.rpartition("/")[2]
        return path[path.rindex("/", 0, first) + 1 :]


def _within(section: Section) -> Iterator[Item]:
    yield section
    for part in section.parts:
        if isinstance(part, Section):
            yield from _within(part)
        else:
            yield part


def _also(option: Choice) -> Iterator[str]:
    """How else people mean an option: other words for it, and what children read."""
    yield from option.more.get(ALSO, "").split()
    yield from filter(None, [option.more.get(CHILD, "")])


def _around(path: str) -> Iterator[str]:
    """``/data/kids[2]/age`` is in ``/data/kids``: a repeat is noted without its last index."""
    while path:
        yield path.rpartition("[")[0] if path.endswith("]") else path
        path = parent(path)


def _worked_out(item: Item) -> tuple[str, ...]:
    match item:
        case Question():
            return (item.relevant, item.calculate)
        case Section():
            return (item.relevant, item.count)
        case _:
            assert_never(item)
