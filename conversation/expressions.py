"""XForms expressions as closures: XPath 1.0 as XLSForms use it.

What could not be worked out is refused when a form is published (``expression_checks``).
Semantics follow ODK where it differs from plain XPath: an irrelevant value is "", dates count
days when numbers are wanted, and a node's truth is the truth of its text.
"""

import math
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias, assert_never
from typing import Literal as OneOf

from conversation.functions import FUNCTIONS, NO_ROW, Row, Shape, World
from conversation.paths import (
    Column,
    Rows,
    Site,
    Way,
    choice_list,
    forks,
    index_along,
    index_of,
    literal,
    resolve,
    template,
)
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
    way = resolve(tree, site) if isinstance(tree, Path) else None
    if not isinstance(way, Rows):
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
    if forks(left, site) or forks(right, site):
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
    if forks(left, site) or forks(right, site):
        some, others = _values(left, site), _values(right, site)
        return lambda w, r: any(
            holds(to_number(a, w.now.tzinfo), to_number(b, w.now.tzinfo))
            for a in some(w, r)
            for b in others(w, r)
        )
    one, other = _number(left, site), _number(right, site)
    return lambda w, r: holds(one(w, r), other(w, r))


def _values(tree: Tree, site: Site) -> Nodes:
    if isinstance(tree, Path):
        return _nodes(tree, site)
    one = _text(tree, site)
    return lambda w, r: [one(w, r)]


def _first(path: Path, site: Site) -> Text:
    match resolve(path, site):
        case Column(name):
            return lambda w, r: r.get(name, "")
        case Way(base, ()):
            return lambda w, r: w.value(base)
        case _:
            nodes = _nodes(path, site)
            return lambda w, r: next(iter(nodes(w, r)), "")


def _nodes(path: Path, site: Site) -> Nodes:
    """The values that a path leads to, in the order of the form."""
    way = resolve(path, site)
    match way:
        case Column(name):
            return lambda w, r: [r[name]] if name in r else []
        case Rows():
            found = _chosen_rows(way, site)
            column = way.column
            return lambda w, r: [row.get(column, "") for row in found(w)]
        case Way():
            places = _places(way, site)
            return lambda w, r: [w.value(place) for place in places(w)]
        case _:
            assert_never(way)


def _node(path: Path, site: Site) -> str:
    way = resolve(path, site)
    return way.base if isinstance(way, Way) and not way.down else site.here


def _places(way: Way, site: Site) -> Callable[[World], list[str]]:
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


def _chosen_rows(way: Rows, site: Site) -> Callable[[World], list[Row]]:
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
    name, outside = choice_list(call, site)
    value = _text(call.given[0], site)
    if outside:
        return lambda w, r: w.outside_label(name, value(w, r))
    labels = {row["name"]: row.get("label", "") for row in site.shape.rows(name)}
    return lambda w, r: labels.get(value(w, r), "")


def _pulled(call: Call, site: Site) -> Text:
    name, column, key = (literal(call, place) for place in range(3))
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
    way = resolve(target, site)
    assert isinstance(way, Way)
    places: dict[str, Number] = {}
    for repeat, place in zip(pairs[::2], pairs[1::2], strict=True):
        assert isinstance(repeat, Path)
        stop = resolve(repeat, site)
        assert isinstance(stop, Way)
        places[stop.end] = _number(place, site)
    segments = way.end.split("/")[1:]
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
                path = f"{path}[{index_along(here, plain)}]"
        return w.value(path)

    return value


_BY_HAND: dict[str, Callable[[Call, Site], Text]] = {
    "jr:choice-name": _choice_name,
    "pulldata": _pulled,
    "indexed-repeat": _indexed,
}
