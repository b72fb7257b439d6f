"""The text of an XForms expression: read into a tree, or refused with the place that is wrong."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal as OneOf
from typing import NoReturn, TypeAlias


@dataclass(eq=False)
class ExpressionFault(Exception):
    """An expression that cannot be used: the code of the reason, where, and about what."""

    code: str
    at: int
    about: str = ""


# -- the tree -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that is written out."""

    value: float


@dataclass(frozen=True, slots=True)
class Words:
    """A quoted text."""

    text: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two expressions and what stands between them."""

    sign: str
    left: "Tree"
    right: "Tree"


@dataclass(frozen=True, slots=True)
class Minus:
    """An expression with a minus before it."""

    of: "Tree"


@dataclass(frozen=True, slots=True)
class Call:
    """A function with what it is given."""

    name: str
    given: tuple["Tree", ...]
    at: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path: a name, ``.``, ``..`` or ``*``, and its conditions in brackets."""

    name: str
    conditions: tuple["Tree", ...]
    at: int


@dataclass(frozen=True, slots=True)
class Path:
    """A way to values: from the root, from here, or from what a call gives."""

    start: OneOf["root", "here"] | Call
    steps: tuple[Step, ...]
    at: int


Tree: TypeAlias = Figure | Words | Pair | Minus | Call | Path


# -- reading ------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d*)?|\.\d+)
    |(?P<words>"[^"]*"|'[^']*')
    |(?P<sign>//|::|\.\.|!=|<=|>=|[()\[\].,/|+\-*=<>@])
    |(?P<name>[^\W\d][\w.\-]*(?::[^\W\d][\w.\-]*)?))""",
    re.VERBOSE,
)
_LEVELS = (("or",), ("and",), ("=", "!="), ("<=", ">=", "<", ">"), ("+", "-"), ("*", "div", "mod"))
#: Deeper brackets than any person writes; it keeps the reader off Python's own limit.
MAX_DEPTH = 60


@dataclass(frozen=True, slots=True)
class _Token:
    kind: OneOf["number", "words", "sign", "name", "end"]
    text: str
    at: int


@lru_cache(maxsize=4096)
def parse(source: str) -> Tree:
    """The tree of an expression; raises ExpressionFault with the position of what is wrong."""
    reader = _Reader(tuple(_tokens(source)))
    tree = reader.expression()
    reader.expect_end()
    return tree


def _tokens(source: str) -> Iterator[_Token]:
    at = 0
    while source[at:].strip():
        found = _TOKEN.match(source, at)
        if not found:
            start = at + len(source[at:]) - len(source[at:].lstrip())
            raise ExpressionFault("unreadable", start, source[start])
        match found.lastgroup:
            case "number" | "words" | "sign" | "name" as kind:
                yield _Token(kind, found[kind], found.start(kind))
            case _:  # the pattern has no other group
                raise AssertionError(found)
        at = found.end()
    yield _Token("end", "", len(source))


class _Reader:
    """Goes through the tokens once, from left to right."""

    def __init__(self, tokens: tuple[_Token, ...]) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0

    def expression(self) -> Tree:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ExpressionFault("too-deep", self._peek().at)
        tree = self._pairs(0)
        self._depth -= 1
        return tree

    def expect_end(self) -> None:
        if self._peek().kind != "end":
            self._refuse()

    def _pairs(self, level: int) -> Tree:
        if level == len(_LEVELS):
            return self._signed()
        left = self._pairs(level + 1)
        while (token := self._peek()).text in _LEVELS[level] and token.kind in {"sign", "name"}:
            self._take()
            left = Pair(token.text, left, self._pairs(level + 1))
        return left

    def _signed(self) -> Tree:
        negative = False
        while self._skip("-"):
            negative = not negative
        tree = self._primary()
        if (token := self._peek()).kind == "sign" and token.text == "|":
            raise ExpressionFault("union", token.at, "|")
        return Minus(tree) if negative else tree

    def _primary(self) -> Tree:
        token = self._peek()
        match token.kind:
            case "number":
                return Figure(float(self._take().text))
            case "words":
                return Words(self._take().text[1:-1])
            case "name" if self._peek(1).text == "(" and self._peek(1).kind == "sign":
                return self._call_and_path()
            case "name":
                return self._path("here", token.at)
            case "sign" if token.text == "(":
                self._take()
                tree = self.expression()
                self._want(")")
                if self._peek().text in {"/", "["} and self._peek().kind == "sign":
                    self._refuse()
                return tree
            case "sign" if token.text == "/":
                self._take()
                return self._path("root", token.at)
            case "sign" if token.text in {".", "..", "*"}:
                return self._path("here", token.at)
            case _:
                return self._refuse()

    def _call_and_path(self) -> Tree:
        name = self._take()
        self._want("(")
        given: list[Tree] = []
        if not self._skip(")"):
            given.append(self.expression())
            while self._skip(","):
                given.append(self.expression())
            self._want(")")
        call = Call(name.text, tuple(given), name.at)
        if self._skip("/"):
            return self._path(call, name.at)
        return call

    def _path(self, start: OneOf["root", "here"] | Call, at: int) -> Path:
        steps = [self._step()]
        while self._skip("/"):
            steps.append(self._step())
        return Path(start, tuple(steps), at)

    def _step(self) -> Step:
        token = self._take()
        if token.kind != "name" and not (token.kind == "sign" and token.text in {".", "..", "*"}):
            self._next -= 1
            self._refuse()
        conditions = []
        while self._skip("["):
            conditions.append(self.expression())
            self._want("]")
        return Step(token.text, tuple(conditions), token.at)

    def _peek(self, ahead: int = 0) -> _Token:
        return self._tokens[min(self._next + ahead, len(self._tokens) - 1)]

    def _take(self) -> _Token:
        token = self._peek()
        self._next += 1
        return token

    def _skip(self, sign: str) -> bool:
        token = self._peek()
        if token.kind == "sign" and token.text == sign:
            self._next += 1
            return True
        return False

    def _want(self, sign: str) -> None:
        if not self._skip(sign):
            token = self._peek()
            raise ExpressionFault("missing", token.at, sign)

    def _refuse(self) -> NoReturn:
        token = self._peek()
        if token.kind == "end":
            raise ExpressionFault("unfinished", token.at)
        raise ExpressionFault("unexpected", token.at, token.text)
