"""Paths of a form: what they are called, and where one that an expression names leads.

A path is written from the form's root, "/report/children[2]/name"; the indices of repeats count
from 1, and the form itself calls it without them.
"""

import re
from dataclasses import dataclass

from conversation.functions import Shape
from conversation.xpath import Call, ExpressionFault, Path, Step, Tree, Words, parse

_INDEX = re.compile(r"\[\d+\]")


def template(path: str) -> str:
    """A path without the indices of repeats: what the form itself calls it."""
    return _INDEX.sub("", path) if "[" in path else path


def parent(path: str) -> str:
    """The path one step up."""
    return path.rpartition("/")[0]


def index_of(path: str) -> int:
    """Which instance of a repeat this path is (1 when it is none)."""
    if not path.endswith("]"):
        return 1
    return int(path[path.rindex("[") + 1 : -1])


def index_along(here: str, repeat: str) -> int:
    """Which instance of a repeat a path runs through (the first when it does not)."""
    depth = repeat.count("/")
    along = "/".join(here.split("/")[: depth + 1])
    return index_of(along) if template(along) == repeat else 1


# -- where a path leads ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Way:
    """A path with the part that is certain, and the steps down that may fork at a repeat."""

    base: str
    down: tuple[Step, ...]

    @property
    def end(self) -> str:
        """What the form itself calls where it leads."""
        return "/".join([template(self.base), *(step.name for step in self.down)])


@dataclass(frozen=True, slots=True)
class Rows:
    """A path to rows of a list, and the column that is wanted ("" for the rows)."""

    name: str
    conditions: tuple[Tree, ...]
    column: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the row that a condition looks at."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where an expression stands: its own node, and what a condition in brackets looks at."""

    shape: Shape
    #: The node that "." means, with the indices of its repeats.
    here: str
    #: The node that the whole expression belongs to: what current() means.
    owner: str
    #: The list whose row a condition looks at ("" outside such a condition).
    row_of: str = ""
    position: int = 1
    size: int = 1


def resolve(path: Path, site: Site) -> Way | Rows | Column:
    """Where a path leads from there. Raises ExpressionFault for what the form does not hold."""
    if isinstance(path.start, Call):
        if path.start.name == "current" and not path.start.given:
            return _walk(path, site.owner, site)
        if path.start.name == "instance":
            return _rows(path, path.start, site)
        raise ExpressionFault("path-after-call", path.at, path.start.name)
    if path.start == "root":
        return _walk(path, "", site)
    if site.row_of:
        return _column(path, site)
    return _walk(path, site.here, site)


def _walk(path: Path, base: str, site: Site) -> Way:
    down: list[Step] = []
    for step in path.steps:
        match step.name:
            case ".":
                if step.conditions:
                    raise ExpressionFault("condition", step.at, ".")
            case "..":
                if down:
                    down.pop()
                else:
                    base = parent(base)
                if not base:
                    raise ExpressionFault("above-the-top", step.at)
            case "*":
                raise ExpressionFault("unexpected", step.at, "*")
            case name:
                below = "/".join([template(base), *(one.name for one in down), name])
                if not site.shape.holds(below):
                    raise ExpressionFault("no-such-question", step.at, name)
                if down or step.conditions or site.shape.repeats(below):
                    down.append(step)
                else:
                    base = f"{base}/{name}"
    return Way(base, tuple(down))


def _rows(path: Path, call: Call, site: Site) -> Rows:
    name = literal(call, 0)
    columns = site.shape.columns(name)
    if columns is None:
        if site.shape.outside(name):
            raise ExpressionFault("outside-list", call.at, name)
        raise ExpressionFault("no-such-list", call.at, name)
    root, *rest = path.steps
    if root.name != "root" or not rest or rest[0].name != "item" or len(rest) > 2:
        raise ExpressionFault("list-path", path.at, name)
    column = rest[1].name if len(rest) == 2 else ""
    if column and column not in columns:
        raise ExpressionFault("no-such-column", rest[1].at, column)
    return Rows(name, rest[0].conditions, column)


def _column(path: Path, site: Site) -> Column:
    first, *more = path.steps
    columns = site.shape.columns(site.row_of) or frozenset()
    if more or first.conditions or first.name not in columns:
        raise ExpressionFault("no-such-column", first.at, first.name)
    return Column(first.name)


def literal(call: Call, place: int) -> str:
    """What a call is given in quotes, at a place from 0. Raises ExpressionFault for all else."""
    if len(call.given) > place and isinstance(words := call.given[place], Words):
        return words.text
    raise ExpressionFault("wants-quoted-text", call.at, call.name)


def forks(tree: Tree, site: Site) -> bool:
    """True when a path may lead to several values."""
    if not isinstance(tree, Path):
        return False
    match resolve(tree, site):
        case Way(_, down):
            return bool(down)
        case Rows():
            return True
        case Column():
            return False


def choice_list(call: Call, site: Site) -> tuple[str, bool]:
    """The list of the question that jr:choice-name is given, and whether it lies outside the form.

    Raises ExpressionFault where that is no question with a list.
    """
    written = literal(call, 1).strip()
    path = parse(written)
    if isinstance(path, Path):
        way = resolve(path, site)
        if isinstance(way, Way) and (chosen := site.shape.list_of(way.end)):
            return chosen
    raise ExpressionFault("not-a-choice", call.at, written)
