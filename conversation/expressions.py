"""XForms expressions as closures: XPath 1.0 as XLSForms use it, with what each reads.

What could not be worked out later is refused by name and position when a form is published.
Semantics follow ODK where it differs from plain XPath: an irrelevant value is "", dates count
days when numbers are wanted, and a node's truth is the truth of its text.
"""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias, assert_never
from typing import Literal as OneOf

from conversation.functions import FUNCTIONS, NO_ROW, OF_PATHS, Row, Shape, World
from conversation.patterns import ends_soon
from conversation.values import moment_of_days, spelled, stored, to_moment, to_number
from conversation.xpath import (
    Call,
    ExpressionFault,
    Figure,
    Minus,
    Pair,
    Path,
    Step,
    Tree,
    Words,
    parse,
)

Kind: TypeAlias = OneOf["text", "number", "truth", "nodes"]
Text: TypeAlias = Callable[[World, Row], str]
Number: TypeAlias = Callable[[World, Row], float]
Truth: TypeAlias = Callable[[World, Row], bool]
Nodes: TypeAlias = Callable[[World, Row], list[str]]


# -- paths --------------------------------------------------------------------------------------

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


@dataclass(frozen=True, slots=True)
class _Way:
    """A path with the part that is certain, and the steps down that may fork at a repeat."""

    base: str
    down: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class _Rows:
    """A path to rows of a list, and the column that is wanted ("" for the rows)."""

    name: str
    conditions: tuple[Tree, ...]
    column: str


@dataclass(frozen=True, slots=True)
class _Column:
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


def _resolve(path: Path, site: Site) -> _Way | _Rows | _Column:
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


def _walk(path: Path, base: str, site: Site) -> _Way:
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
    return _Way(base, tuple(down))


def _rows(path: Path, call: Call, site: Site) -> _Rows:
    name = _literal(call, 0)
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
    return _Rows(name, rest[0].conditions, column)


def _column(path: Path, site: Site) -> _Column:
    first, *more = path.steps
    columns = site.shape.columns(site.row_of) or frozenset()
    if more or first.conditions or first.name not in columns:
        raise ExpressionFault("no-such-column", first.at, first.name)
    return _Column(first.name)


def _literal(call: Call, place: int) -> str:
    if len(call.given) > place and isinstance(words := call.given[place], Words):
        return words.text
    raise ExpressionFault("wants-quoted-text", call.at, call.name)


# -- what an expression reads, and whether it can be used ---------------------------------------


def check(source: str, here: str, shape: Shape) -> frozenset[str]:
    """The paths that an expression at ``here`` reads; raises ExpressionFault if it cannot work."""
    found: set[str] = set()
    _check(parse(source), Site(shape=shape, here=here, owner=here), found)
    return frozenset(found)


def check_condition(source: str, here: str, shape: Shape, name: str) -> None:
    """Raise ExpressionFault if this cannot be a condition on the rows of a list."""
    _check(parse(source), Site(shape=shape, here=here, owner=here, row_of=name), set())


def _check(tree: Tree, site: Site, found: set[str]) -> None:
    match tree:
        case Figure() | Words():
            pass
        case Pair(_, left, right):
            _check(left, site, found)
            _check(right, site, found)
        case Minus(of):
            _check(of, site, found)
        case Call():
            _check_call(tree, site, found)
        case Path():
            _check_path(tree, site, found)
        case _:
            assert_never(tree)


def _check_call(call: Call, site: Site, found: set[str]) -> None:
    if call.name in {"current", "instance"}:
        raise ExpressionFault("wants-path", call.at, call.name)
    function = FUNCTIONS.get(call.name)
    if function is None:
        raise ExpressionFault("no-such-function", call.at, call.name)
    if not function.least <= len(call.given) <= function.most:
        raise ExpressionFault("wrong-count", call.at, call.name)
    if call.name == "jr:choice-name":
        _check_choice_name(call, site)
    if call.name == "pulldata":
        _check_pulldata(call, site)
    if call.name == "jr:itext":
        _literal(call, 0)
    if call.name == "regex" or call.name == "matches":
        _check_pattern(call)
    if call.name == "indexed-repeat":
        _check_indexed(call, site)
    for given in call.given:
        if call.name in OF_PATHS and not isinstance(given, Path):
            raise ExpressionFault("wants-path", call.at, call.name)
        _check(given, site, found)


def _check_path(path: Path, site: Site, found: set[str]) -> None:
    match _resolve(path, site):
        case _Column():
            pass
        case _Rows(name, conditions, _):
            inner = Site(shape=site.shape, here=site.here, owner=site.owner, row_of=name)
            for condition in conditions:
                _check(condition, inner, found)
        case _Way(base, down):
            here = template(base)
            for step in down:
                here = f"{here}/{step.name}"
                if site.shape.repeats(here):
                    found.add(here)
                inner = Site(shape=site.shape, here=here, owner=site.owner)
                for condition in step.conditions:
                    _check(condition, inner, found)
            found.add(here)


def _check_choice_name(call: Call, site: Site) -> None:
    _choice_list(call, site)


def _choice_list(call: Call, site: Site) -> tuple[str, bool]:
    written = _literal(call, 1).strip()
    path = parse(written)
    if isinstance(path, Path):
        way = _resolve(path, site)
        if isinstance(way, _Way):
            place = "/".join([template(way.base), *(step.name for step in way.down)])
            if chosen := site.shape.list_of(place):
                return chosen
    raise ExpressionFault("not-a-choice", call.at, written)


def _check_pulldata(call: Call, site: Site) -> None:
    name, column, key = (_literal(call, place) for place in range(3))
    if site.shape.outside(name):
        if (column, key) != ("label", "name"):
            raise ExpressionFault("outside-list", call.at, name)
        return
    columns = site.shape.columns(name)
    if columns is None:
        raise ExpressionFault("no-such-list", call.at, name)
    for wanted in (column, key):
        if wanted not in columns:
            raise ExpressionFault("no-such-column", call.at, wanted)


def _check_pattern(call: Call) -> None:
    pattern = _literal(call, 1)
    try:
        re.compile(pattern)
    except (re.error, OverflowError) as error:
        raise ExpressionFault("bad-pattern", call.at, pattern) from error
    if not ends_soon(pattern):
        raise ExpressionFault("slow-pattern", call.at, pattern)


def _check_indexed(call: Call, site: Site) -> None:
    if len(call.given) % 2 == 0:
        raise ExpressionFault("wrong-count", call.at, call.name)
    target = call.given[0]
    if not isinstance(target, Path) or not isinstance(_resolve(target, site), _Way):
        raise ExpressionFault("wants-path", call.at, call.name)
    for given in call.given[1::2]:
        way = _resolve(given, site) if isinstance(given, Path) else None
        if not isinstance(way, _Way) or not site.shape.repeats(_end(way)):
            raise ExpressionFault("not-a-repeat", call.at, call.name)


def _end(way: _Way) -> str:
    return "/".join([template(way.base), *(step.name for step in way.down)])


# -- closures -----------------------------------------------------------------------------------


def truth(source: str, here: str, shape: Shape) -> Truth:
    """An expression at a place, as a closure that answers yes or no."""
    return _truth(parse(source), Site(shape=shape, here=here, owner=here))


def text(source: str, here: str, shape: Shape) -> Text:
    """An expression at a place, as a closure that gives a text."""
    return _text(parse(source), Site(shape=shape, here=here, owner=here))


def number(source: str, here: str, shape: Shape) -> Number:
    """An expression at a place, as a closure that gives a number."""
    return _number(parse(source), Site(shape=shape, here=here, owner=here))


def result(source: str, here: str, shape: Shape) -> Text:
    """An expression at a place, as a closure that gives what a calculation stores."""
    tree = parse(source)
    site = Site(shape=shape, here=here, owner=here)
    if kind(tree) == "number":
        count = _number(tree, site)
        return lambda w, r: stored(count(w, r))
    return _text(tree, site)


def rows(source: str, here: str, shape: Shape) -> Callable[[World], list[Row]]:
    """The rows of a list that a question at a place offers now."""
    tree = parse(source)
    site = Site(shape=shape, here=here, owner=here)
    way = _resolve(tree, site) if isinstance(tree, Path) else None
    if not isinstance(way, _Rows):
        raise ExpressionFault("list-path", 0, source)
    return _chosen_rows(way, site)


def kind(tree: Tree) -> Kind:
    """What an expression gives before anything asks for something else."""
    match tree:
        case Figure() | Minus():
            return "number"
        case Words():
            return "text"
        case Pair(sign, _, _):
            return "number" if sign in {"+", "-", "*", "div", "mod"} else "truth"
        case Path():
            return "nodes"
        case Call("if", (_, yes, no)):
            return kind(yes) if kind(yes) == kind(no) else "text"
        case Call("once", (given,)):
            return kind(given)
        case Call(name, _):
            return _GIVES[FUNCTIONS[name].gives]
        case _:
            assert_never(tree)


_GIVES: dict[str, Kind] = {"s": "text", "n": "number", "b": "truth"}


def _text(tree: Tree, site: Site) -> Text:
    match tree:
        case Figure(value):
            written = spelled(value)
            return lambda w, r: written
        case Words(words):
            return lambda w, r: words
        case Path():
            return _first(tree, site)
        case Call("if", (condition, yes, no)):
            test, one, other = _truth(condition, site), _text(yes, site), _text(no, site)
            return lambda w, r: one(w, r) if test(w, r) else other(w, r)
        case Call("once", (given,)):
            return _once(_text(given, site), site.owner)
        case Call(name, _) if FUNCTIONS[name].gives == "s":
            return _called(tree, site)
        case _:
            if kind(tree) == "number":
                count = _number(tree, site)
                return lambda w, r: spelled(count(w, r))
            test = _truth(tree, site)
            return lambda w, r: "true" if test(w, r) else "false"


def _number(tree: Tree, site: Site) -> Number:
    match tree:
        case Figure(value):
            return lambda w, r: value
        case Minus(of):
            count = _number(of, site)
            return lambda w, r: -count(w, r)
        case Pair(sign, left, right) if sign in _SUMS:
            return _sum(sign, _number(left, site), _number(right, site))
        case Call("if", (condition, yes, no)):
            test, one, other = _truth(condition, site), _number(yes, site), _number(no, site)
            return lambda w, r: one(w, r) if test(w, r) else other(w, r)
        case Call("position", (Path() as path,)):
            place = float(index_of(_node(path, site)))
            return lambda w, r: place
        case Call("position", ()):
            place = float(site.position)
            return lambda w, r: place
        case Call("last", ()):
            size = float(site.size)
            return lambda w, r: size
        case Call("count", (Path() as path,)):
            nodes = _nodes(path, site)
            return lambda w, r: float(len(nodes(w, r)))
        case Call(name, _) if name != "once" and FUNCTIONS[name].gives == "n":
            return _called(tree, site)
        case Call() | Words() | Path() | Pair():
            if kind(tree) == "truth":
                test = _truth(tree, site)
                return lambda w, r: 1.0 if test(w, r) else 0.0
            words = _text(tree, site)
            return lambda w, r: to_number(words(w, r), w.now.tzinfo)
        case _:
            assert_never(tree)


def _truth(tree: Tree, site: Site) -> Truth:
    match tree:
        case Pair("and", left, right):
            one, other = _truth(left, site), _truth(right, site)
            return lambda w, r: one(w, r) and other(w, r)
        case Pair("or", left, right):
            one, other = _truth(left, site), _truth(right, site)
            return lambda w, r: one(w, r) or other(w, r)
        case Pair("=" | "!=" as sign, left, right):
            return _equal(sign == "=", left, right, site)
        case Pair("<" | "<=" | ">" | ">=" as sign, left, right):
            return _compare(sign, left, right, site)
        case Call("if", (condition, yes, no)):
            test, this, that = _truth(condition, site), _truth(yes, site), _truth(no, site)
            return lambda w, r: this(w, r) if test(w, r) else that(w, r)
        case Call(name, _) if name != "once" and FUNCTIONS[name].gives == "b":
            return _called(tree, site)
        case _:
            if kind(tree) == "number":
                count = _number(tree, site)
                return lambda w, r: bool(figure := count(w, r)) and not math.isnan(figure)
            words = _text(tree, site)
            return lambda w, r: words(w, r) != ""


_SUMS: dict[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "div": lambda a, b: _divide(a, b),
    "mod": lambda a, b: math.fmod(a, b) if b and math.isfinite(a) else math.nan,
}


def _sum(sign: str, one: Number, other: Number) -> Number:
    run = _SUMS[sign]
    return lambda w, r: run(one(w, r), other(w, r))


def _divide(a: float, b: float) -> float:
    if b:
        return a / b
    return math.nan if a == 0 or math.isnan(a) else math.copysign(math.inf, a)


def _equal(same: bool, left: Tree, right: Tree, site: Site) -> Truth:
    kinds = {kind(left), kind(right)}
    if "truth" in kinds:
        yes, no = _truth(left, site), _truth(right, site)
        return lambda w, r: (yes(w, r) == no(w, r)) is same
    if "number" in kinds:
        return _compare("=" if same else "!=", left, right, site)
    if _forks(left, site) or _forks(right, site):
        some, others = _values(left, site), _values(right, site)
        return lambda w, r: any((a == b) is same for a in some(w, r) for b in others(w, r))
    if isinstance(left, Words):
        left, right = right, left
    one = _text(left, site)
    if isinstance(right, Words):
        words = right.text
        return lambda w, r: (one(w, r) == words) is same
    other = _text(right, site)
    return lambda w, r: (one(w, r) == other(w, r)) is same


_ORDERS: dict[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


def _compare(sign: str, left: Tree, right: Tree, site: Site) -> Truth:
    holds = _ORDERS[sign]
    if _forks(left, site) or _forks(right, site):
        some, others = _values(left, site), _values(right, site)
        return lambda w, r: any(
            holds(to_number(a, w.now.tzinfo), to_number(b, w.now.tzinfo))
            for a in some(w, r)
            for b in others(w, r)
        )
    one, other = _number(left, site), _number(right, site)
    return lambda w, r: holds(one(w, r), other(w, r))


def _forks(tree: Tree, site: Site) -> bool:
    """True when a path may lead to several values."""
    if not isinstance(tree, Path):
        return False
    match _resolve(tree, site):
        case _Way(_, down):
            return bool(down)
        case _Rows():
            return True
        case _Column():
            return False


def _values(tree: Tree, site: Site) -> Nodes:
    if isinstance(tree, Path):
        return _nodes(tree, site)
    one = _text(tree, site)
    return lambda w, r: [one(w, r)]


def _first(path: Path, site: Site) -> Text:
    match _resolve(path, site):
        case _Column(name):
            return lambda w, r: r.get(name, "")
        case _Way(base, ()):
            return lambda w, r: w.value(base)
        case _:
            nodes = _nodes(path, site)
            return lambda w, r: next(iter(nodes(w, r)), "")


def _nodes(path: Path, site: Site) -> Nodes:
    """The values that a path leads to, in the order of the form."""
    way = _resolve(path, site)
    match way:
        case _Column(name):
            return lambda w, r: [r[name]] if name in r else []
        case _Rows():
            found = _chosen_rows(way, site)
            column = way.column
            return lambda w, r: [row.get(column, "") for row in found(w)]
        case _Way():
            places = _places(way, site)
            return lambda w, r: [w.value(place) for place in places(w)]
        case _:
            assert_never(way)


def _node(path: Path, site: Site) -> str:
    way = _resolve(path, site)
    return way.base if isinstance(way, _Way) and not way.down else site.here


def _places(way: _Way, site: Site) -> Callable[[World], list[str]]:
    """The concrete paths that a way leads to now."""
    shape, cache = site.shape, dict[tuple[int, str, int, int], Truth]()

    def allowed(w: World, tree: Tree, places: list[str]) -> list[str]:
        return [
            place
            for nth, place in enumerate(places, 1)
            if condition(tree, place, nth, len(places))(w, NO_ROW)
        ]

    def condition(tree: Tree, place: str, nth: int, size: int) -> Truth:
        key = (id(tree), place, nth, size)
        if key not in cache:
            inner = Site(shape=shape, here=place, owner=site.owner, position=nth, size=size)
            cache[key] = _condition(tree, inner)
        return cache[key]

    def places(w: World) -> list[str]:
        found = [way.base]
        for step in way.down:
            found = [at for base in found for at in below(w, base, step)]
        return found

    def below(w: World, base: str, step: Step) -> list[str]:
        path = f"{base}/{step.name}"
        if shape.repeats(template(path)):
            found = [f"{path}[{nth}]" for nth in range(1, w.instances(path) + 1)]
        else:
            found = [path]
        for tree in step.conditions:
            found = allowed(w, tree, found)
        return found

    return places


def _condition(tree: Tree, site: Site) -> Truth:
    """A condition in brackets; a number there is a position."""
    if kind(tree) == "number":
        wanted, place = _number(tree, site), site.position
        return lambda w, r: wanted(w, r) == place
    return _truth(tree, site)


def _chosen_rows(way: _Rows, site: Site) -> Callable[[World], list[Row]]:
    every = list(site.shape.rows(way.name))
    inner = Site(shape=site.shape, here=site.here, owner=site.owner, row_of=way.name)
    match way.conditions:
        case ():
            return lambda w: every
        case (only,) if kind(only) != "number":
            test = _truth(only, inner)
            return lambda w: [row for row in every if test(w, row)]
        case conditions:
            return lambda w: _narrowed(w, every, conditions, inner)


def _narrowed(w: World, every: list[Row], conditions: tuple[Tree, ...], site: Site) -> list[Row]:
    left = every
    for tree in conditions:
        if kind(tree) == "number":
            wanted = _number(tree, site)
            left = [row for nth, row in enumerate(left, 1) if wanted(w, row) == nth]
        else:
            test = _truth(tree, site)
            left = [row for row in left if test(w, row)]
    return left


def _once(inner: Text, owner: str) -> Text:
    return lambda w, r: w.kept(owner) or inner(w, r)


# -- functions that look at the form itself -----------------------------------------------------


def _moment(tree: Tree, site: Site) -> Callable[[World, Row], datetime | None]:
    """A date or moment; what is worked out as a number counts days since 1970."""
    if kind(tree) == "number":
        days = _number(tree, site)
        return lambda w, r: moment_of_days(days(w, r), w.now.tzinfo)
    words = _text(tree, site)
    return lambda w, r: to_moment(words(w, r), w.now.tzinfo)


def _called(call: Call, site: Site) -> Callable[[World, Row], Any]:
    """A call as a closure; the caller has looked up what it gives."""
    built = _BY_HAND.get(call.name)
    if built is not None:
        return built(call, site)
    function = FUNCTIONS[call.name]
    run = function.run
    assert run is not None
    makers: dict[str, Callable[[Tree, Site], Callable[[World, Row], object]]] = {
        "s": _text,
        "n": _number,
        "b": _truth,
        "x": _values,
        "d": _moment,
    }
    given = [makers[function.wants(n)](tree, site) for n, tree in enumerate(call.given)]
    match given:
        case []:
            return lambda w, r: run(w)
        case [one]:
            return lambda w, r: run(w, one(w, r))
        case [one, two]:
            return lambda w, r: run(w, one(w, r), two(w, r))
        case _:
            return lambda w, r: run(w, *(each(w, r) for each in given))


def _choice_name(call: Call, site: Site) -> Text:
    name, outside = _choice_list(call, site)
    value = _text(call.given[0], site)
    if outside:
        return lambda w, r: w.outside_label(name, value(w, r))
    labels = {row["name"]: row.get("label", "") for row in site.shape.rows(name)}
    return lambda w, r: labels.get(value(w, r), "")


def _pulled(call: Call, site: Site) -> Text:
    name, column, key = (_literal(call, place) for place in range(3))
    value = _text(call.given[3], site)
    if site.shape.outside(name):
        return lambda w, r: w.outside_label(name, value(w, r))
    found: dict[str, str] = {}
    for row in site.shape.rows(name):
        found.setdefault(row.get(key, ""), row.get(column, ""))
    return lambda w, r: found.get(value(w, r), "")


def _indexed(call: Call, site: Site) -> Text:
    """indexed-repeat(what, repeat, place, inner repeat, place ...)."""
    target, *pairs = call.given
    assert isinstance(target, Path)
    way = _resolve(target, site)
    assert isinstance(way, _Way)
    places: dict[str, Number] = {}
    for repeat, place in zip(pairs[::2], pairs[1::2], strict=True):
        assert isinstance(repeat, Path)
        stop = _resolve(repeat, site)
        assert isinstance(stop, _Way)
        places[_end(stop)] = _number(place, site)
    segments = _end(way).split("/")[1:]
    here = site.owner

    def value(w: World, r: Row) -> str:
        path, plain = "", ""
        for segment in segments:
            path, plain = f"{path}/{segment}", f"{plain}/{segment}"
            if plain in places:
                nth = places[plain](w, r)
                if not 1 <= nth <= w.instances(path):
                    return ""
                path = f"{path}[{int(nth)}]"
            elif site.shape.repeats(plain):
                path = f"{path}[{_index_along(here, plain)}]"
        return w.value(path)

    return value


def _index_along(here: str, repeat: str) -> int:
    """Which instance of a repeat a path runs through (the first when it does not)."""
    depth = repeat.count("/")
    along = "/".join(here.split("/")[: depth + 1])
    return index_of(along) if template(along) == repeat else 1


_BY_HAND: dict[str, Callable[[Call, Site], Text]] = {
    "jr:choice-name": _choice_name,
    "pulldata": _pulled,
    "indexed-repeat": _indexed,
}


def calls(source: str) -> frozenset[str]:
    """The names of the functions that an expression calls."""
    return frozenset(call.name for call in _calls(parse(source)))


def may_hang(source: str) -> bool:
    """True for a condition with a pattern that is refused today: a form of before may have one."""
    return any(call.name == "regex" and not _is_quick(call) for call in _calls(parse(source)))


def _is_quick(call: Call) -> bool:
    match call.given:
        case (_, Words(pattern)):
            return ends_soon(pattern)
        case _:
            return False


def _calls(tree: Tree) -> Iterator[Call]:
    match tree:
        case Figure() | Words():
            return
        case Pair(_, left, right):
            yield from _calls(left)
            yield from _calls(right)
        case Minus(of):
            yield from _calls(of)
        case Call(_, given, _):
            yield tree
            for each in given:
                yield from _calls(each)
        case Path(start, steps, _):
            if isinstance(start, Call):
                yield from _calls(start)
            for step in steps:
                for condition in step.conditions:
                    yield from _calls(condition)
        case _:
            assert_never(tree)
