"""The lists that live outside the forms: places, and the register's own choices."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from conversation.dialogue import Option
from handlers.cases import helpers
from handlers.places import Places
from handlers.reporting.picking import Children
from handlers.turn import Turn
from policy.register.columns import COLUMNS, UNKNOWN

#: The lists of places and of colleagues.
AREAS = "areas"
PEOPLE = "people"
#: The county's directory of services, as far as they serve the case in hand.
PROVIDERS = "providers"
#: Children of the register, as far as the speaker may see them (``handlers.reporting.picking``).
CHILDREN = "children"
#: Forms that ask where somebody works: a whole township, where a report would be vague.
OF_PEOPLE = frozenset({"register", "invite", "broadcast"})
#: So many places that were told before are offered.
MOST_SPOKEN_OF = 2


class Known(Protocol):
    """A list of whom one person may see."""

    def browse(self) -> Sequence[Option]:
        """Those who are shown before anything is said."""
        ...

    def search(self, text: str) -> Sequence[Option]:
        """Who may be meant."""
        ...

    def label(self, value: str) -> str | None:
        """What somebody is called; None for whom the person may not see."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Every list a form may name: areas, people, tables, the codes of the register."""

    places: Places
    #: Lists of a table: name -> value -> words.
    tables: Mapping[str, Mapping[str, str]]
    #: Who can be asked to do something about the case in hand; and what anybody is called.
    people: Callable[[], Mapping[str, str]]
    called: Callable[[str], str]
    #: Who serves the place of the case in hand; and what any of them is called.
    providers: Callable[[], Mapping[str, str]]
    provider: Callable[[str], str]
    #: The children whom the speaker may see.
    children: Known

    def browse(self, name: str, under: str) -> Sequence[Option]:
        """The options right below ``under``; a code list has but one storey."""
        if name == CHILDREN:
            return () if under else self.children.browse()
        if self._is_flat(name):
            return [] if under else _options(self._table(name))
        if name not in COLUMNS.codes:
            return self.places.browse(name, under)
        return [] if under else [_option(name, code) for code in COLUMNS.codes[name]]

    def above(self, name: str, value: str) -> str:
        """The value one step up."""
        one_storey = name in COLUMNS.codes or self._is_flat(name) or name == CHILDREN
        return "" if one_storey else self.places.above(name, value)

    def search(self, name: str, text: str) -> Sequence[Option]:
        """What the text may mean; a code by any of its words, and 不清楚 is 未采集, never no."""
        if name == CHILDREN:
            return self.children.search(text)
        if name == PROVIDERS:  # 医疗 is no name: the only one of that kind is asked about
            found = [one for one in _options(self.providers()) if text.strip() in one.label]
            return [replace(one, sure=text.strip() in one.label.split("（")[0]) for one in found][
                :8
            ]
        if self._is_flat(name):
            return [one for one in _options(self._table(name)) if text.strip() in one.label][:8]
        if name not in COLUMNS.codes:
            return self.places.search(name, text)
        code = COLUMNS.code(name, text)
        return [_option(name, code)] if code else []

    def near(self, name: str, point: str) -> Sequence[Option]:
        """The places around a position; codes lie nowhere."""
        return self.places.near(name, point) if name == AREAS else ()

    def label(self, name: str, value: str) -> str | None:
        """The words for a value."""
        if name == CHILDREN:
            return self.children.label(value)
        if name == PEOPLE:
            return self.called(value) or None
        if name == PROVIDERS:
            return self.provider(value) or None
        if name in self.tables:
            return self.tables[name].get(value)
        if name not in COLUMNS.codes:
            return self.places.label(name, value)
        known = value == UNKNOWN or value in COLUMNS.codes[name]
        return COLUMNS.word(name, value) if known else None

    def _is_flat(self, name: str) -> bool:
        """True for what has neither branches nor codes."""
        return name in self.tables or name in (PEOPLE, PROVIDERS)

    def _table(self, name: str) -> Mapping[str, str]:
        match name:
            case "people":
                return self.people()
            case "providers":
                return self.providers()
            case _:
                return self.tables[name]


def lists(
    turn: Turn, form: str = "", about: str | None = None, *, said: Callable[[], str] = str
) -> Choices:
    """The lists as this speaker sees them, for what a form is about.

    Places that were ``said`` before they are asked for are offered first.
    """
    itself = "place.whole" if form in OF_PEOPLE else "place.itself"
    return Choices(
        places=Places(
            read=lambda: turn.work.areas,
            own=lambda: _likely(turn, said()),
            itself=lambda name: turn.words(itself, name=name),
        ),
        tables=turn.rules.policy.lifecycle.lists,
        people=lambda: helpers.near(turn, about or ""),
        called=lambda person_id: helpers.called(turn, person_id),
        providers=lambda: helpers.serving(turn, about or ""),
        provider=turn.rules.policy.providers.label,
        children=Children(turn),
    )


def _likely(turn: Turn, said: str) -> tuple[int, ...]:
    """The places that somebody spoke of, then those of the speaker's own posts."""
    spoken = [area.id for area in turn.work.areas.spoken_of(said)[:MOST_SPOKEN_OF]] if said else []
    return tuple(dict.fromkeys((*spoken, *(role.area_id for role in turn.roles))))


def _option(name: str, code: str) -> Option:
    return Option(value=code, label=COLUMNS.word(name, code))


def _options(table: Mapping[str, str]) -> list[Option]:
    return [Option(value=value, label=label) for value, label in table.items()]
