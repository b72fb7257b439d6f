"""What the words of a line say together: who is missing, why, and what was not understood."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from policy.absence_lines.names import NEVER, known_in, names_in, parts_of, trimmed
from policy.absence_lines.tokens import Token
from policy.absence_lines.words import REASONS, Excused, weightiest

#: After a whole run that stands in a list.
_ENDS = {"", "list", "mark", "open", "run", "absent", "cut", "colon", "sick", "personal", "leave"}
#: Words after which any short run is somebody.
_OF_ABSENCE = {"absent", "leave", "unexplained", "late"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """One who is missing: the name as written, without blanks; why; whether it is excused."""

    name: str = field(repr=False)
    #: A key of ``reason`` in absence_lines.toml; "" when none was given.
    reason: str = ""
    excused: Excused = "unknown"


@dataclass(slots=True)
class _Person:
    name: str
    reasons: list[str]
    is_there: bool = False


class Said:
    """What was heard so far."""

    def __init__(self, known: frozenset[str]) -> None:
        self._known = known
        self._people: list[_Person] = []
        self._left: list[str] = []
        #: Those of whom nothing was said yet, and those of whom something was said last.
        self._open: list[_Person] = []
        self._last: list[_Person] = []
        #: The reason of 缺: ("") or 病假: before the names; None without such a word.
        self._header: str | None = None
        self._listed: list[_Person] = []
        self._means_all = False
        self._in_bracket = False
        self.means_everybody = False

    @property
    def leftovers(self) -> tuple[str, ...]:
        """What was not understood."""
        return tuple(self._left)

    def absent(self) -> tuple[Absent, ...]:
        """Those who are missing, each once."""
        people: dict[str, list[str]] = {}
        for one in self._people:
            if not one.is_there:
                people.setdefault(one.name, []).extend(one.reasons)
        return tuple(_absent(name, reasons) for name, reasons in people.items())

    def hear(self, token: Token) -> None:
        """Take one word in."""
        match token.kind:
            case "run":
                self._hear_run(token)
            case "absent" | "reason":
                self._hear_why(token)
            case "present":
                self._tell_present()
            case "everybody":
                self.means_everybody = self.means_everybody or not self._open
                self._tell_present()
            case "all":
                self._means_all = True
            case "open":
                self._in_bracket = bool(self._people)
            case "close":
                if self._in_bracket:
                    self._last, self._open = self._people[-1:], []
                self._in_bracket = False
            case _:
                pass

    def _hear_run(self, token: Token) -> None:
        names, rest = self._names_in(token)
        if self._in_bracket:  # Who told it, more often than who is missing, too.
            names = tuple(name for name in names if name in self._known)
            rest = "" if names else token.text
        if rest := trimmed(rest):
            self._left.append(rest)
        for name in names:
            reasons = [self._header] if self._header else []
            person = _Person(name, reasons)
            self._people.append(person)
            (self._open if self._header is None else self._listed).append(person)

    def _names_in(self, token: Token) -> tuple[tuple[str, ...], str]:
        """The names in a run, and what of it is no name."""
        names = parts_of(token.text, self._known) or names_in(token.text)
        if names:
            return names, ""
        names, rest = known_in(token.text, self._known)
        if names:
            return names, rest
        if self._is_nickname(token):
            return (trimmed(token.text),), ""
        return (), token.text

    def _is_nickname(self, token: Token) -> bool:
        """毛毛没来; 缺:毛毛."""
        name = trimmed(token.text)
        if not (2 <= len(name) <= 5) or not token.is_first or name in NEVER:
            return False
        is_listed = self._header is not None and token.then in _ENDS
        return is_listed or token.then in _OF_ABSENCE

    def _hear_why(self, token: Token) -> None:
        if not self._in_bracket and self._is_header(token):
            self._header, self._listed, self._open = token.key, [], []
            self._means_all = False
            return
        for person in self._meant():
            if token.key:
                person.reasons.append(token.key)
        if self._open:
            self._last, self._open = self._open, []
        if not self._in_bracket:
            self._means_all = False

    def _is_header(self, token: Token) -> bool:
        if token.then == "colon":
            return True
        return not self._open and not self._listed_now() and token.then == "run"

    def _listed_now(self) -> bool:
        """A list that has begun goes on: 缺:王小明 发烧 李红."""
        return self._header == "" and bool(self._listed)

    def _meant(self) -> Sequence[_Person]:
        """Of whom a word tells that has no names after it."""
        if self._means_all:
            return self._listed or self._open or self._last
        if self._in_bracket:
            return self._people[-1:]
        if self._open:
            return self._open
        if self._header is not None and self._listed:
            return self._listed[-1:]
        return self._last

    def _tell_present(self) -> None:
        for person in self._open:
            person.is_there = True
        self._open = []


def _absent(name: str, reasons: Sequence[str]) -> Absent:
    reason = weightiest(reasons)
    excused: Excused = REASONS[reason]["excused"] if reason else "unknown"
    if "unexplained" in reasons:
        excused = "no"
    return Absent(name=name, reason=reason, excused=excused)
