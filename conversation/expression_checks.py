"""Whether an expression can work at all, what it reads and what it calls.

It is asked when a form is published, so that nothing is left to fail while somebody answers.
"""

import re
from collections.abc import Iterator
from typing import assert_never

from conversation.functions import FUNCTIONS, OF_PATHS, Shape
from conversation.paths import (
    Column,
    Rows,
    Site,
    Way,
    choice_list,
    literal,
    resolve,
    template,
)
from conversation.patterns import ends_soon
from conversation.xpath import (
    Call,
    ExpressionFault,
    Figure,
    Minus,
    Pair,
    Path,
    Tree,
    Words,
    parse,
)


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
        choice_list(call, site)
    if call.name == "pulldata":
        _check_pulldata(call, site)
    if call.name == "jr:itext":
        literal(call, 0)
    if call.name == "regex" or call.name == "matches":
        _check_pattern(call)
    if call.name == "indexed-repeat":
        _check_indexed(call, site)
    for given in call.given:
        if call.name in OF_PATHS and not isinstance(given, Path):
            raise ExpressionFault("wants-path", call.at, call.name)
        _check(given, site, found)


def _check_path(path: Path, site: Site, found: set[str]) -> None:
    match resolve(path, site):
        case Column():
            pass
        case Rows(name, conditions, _):
            inner = Site(shape=site.shape, here=site.here, owner=site.owner, row_of=name)
            for condition in conditions:
                _check(condition, inner, found)
        case Way(base, down):
            here = template(base)
            for step in down:
                here = f"{here}/{step.name}"
                if site.shape.repeats(here):
                    found.add(here)
                inner = Site(shape=site.shape, here=here, owner=site.owner)
                for condition in step.conditions:
                    _check(condition, inner, found)
            found.add(here)


def _check_pulldata(call: Call, site: Site) -> None:
    name, column, key = (literal(call, place) for place in range(3))
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
    pattern = literal(call, 1)
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
    if not isinstance(target, Path) or not isinstance(resolve(target, site), Way):
        raise ExpressionFault("wants-path", call.at, call.name)
    for given in call.given[1::2]:
        way = resolve(given, site) if isinstance(given, Path) else None
        if not isinstance(way, Way) or not site.shape.repeats(way.end):
            raise ExpressionFault("not-a-repeat", call.at, call.name)


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
