"""Which columns the register has, and what a heading in somebody's roster means."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any, Literal, TypeAlias

from policy.sounds import plain

Kind: TypeAlias = Literal[
    "name", "id_number", "date", "phone", "choice", "choices", "area", "school", "text"
]
Group: TypeAlias = Literal["child", "father", "mother", "grandparents", "guardianship", "support"]

#: 未采集: known to be unknown, which is neither yes nor no nor an empty cell.
UNKNOWN = "unknown"
#: A column that says nothing about a child.
IGNORED = "ignored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of the register."""

    key: str
    heading: str
    group: Group
    kind: Kind
    also: tuple[str, ...] = ()
    #: The name of its list, for choices.
    codes: str = ""
    #: Whose it is, when not the child's; and which part of what is known of a person.
    person: str = ""
    part: str = ""
    #: A record needs it; the rest is filled in by visits.
    core: bool = False
    sealed: bool = False
    #: Two people who change it never overwrite each other silently.
    grave: bool = False
    #: How many characters are kept.
    limit: int = 200


@dataclass(frozen=True)
class Columns:
    """All columns by key, the lists of their choices, and the words of headings."""

    table: Mapping[str, Column]
    #: list -> code -> official word, then the others
    codes: Mapping[str, Mapping[str, tuple[str, ...]]]
    persons: Mapping[str, tuple[str, ...]]
    parts: Mapping[str, tuple[str, ...]]
    words: Mapping[str, tuple[str, ...]]

    def __getitem__(self, key: str) -> Column:
        return self.table[key]

    @property
    def core(self) -> tuple[str, ...]:
        """The keys of what a record needs."""
        return tuple(key for key, column in self.table.items() if column.core)

    @cached_property
    def identities(self) -> frozenset[str]:
        """The keys of what says who and where a child's family is, and how to reach them."""
        kinds = ("name", "id_number", "phone")
        return frozenset(
            key
            for key, column in self.table.items()
            if column.person != "responsible"
            and (
                column.kind in kinds or column.part == "address" or key in ("nickname", "address")
            )
        )

    def read_headings(self, above: Sequence[str], headings: Sequence[str]) -> list[str | None]:
        """The key of each heading: "ignored" when it tells nothing, None when it is not known.

        ``above`` is what stands over each of them in a header of two lines. A bare 联系电话 is
        that of the person named to its left.
        """
        keys: list[str | None] = []
        person = ""
        for over, heading in zip(above, headings, strict=True):
            key = self._read_heading(plain_heading(over), plain_heading(heading), person, keys)
            keys.append(key)
            if key is not None and key in self.table:
                person = self.table[key].person
        return keys

    def knows(self, heading: str) -> bool:
        """True for what can be a heading."""
        key = plain_heading(heading)
        return bool(key) and (key in self._by_heading or key in self._part_of)

    def code(self, codes: str, word: str) -> str | None:
        """The code of a word in a list; None when the list has no such word."""
        return self._by_word[codes].get(plain_heading(word))

    def word(self, codes: str, code: str) -> str:
        """The official word of a code."""
        return self.codes[codes][code][0] if code != UNKNOWN else self.words["not_collected"][0]

    # -- headings ------------------------------------------------------------------------------

    def _read_heading(
        self, over: str, heading: str, person: str, taken: Sequence[str | None]
    ) -> str | None:
        if not heading:
            return IGNORED
        # A cell merged over both lines of a header stands above itself.
        owner = "" if over == heading else self._person_over(over)
        if owner:
            return self._by_heading.get(owner + heading) or self._by_heading.get(over + heading)
        own = self._by_heading.get(heading)
        part = self._part_of.get(heading)
        if person and part and (own is None or own in taken or part in _OF_WHO_STANDS_BEFORE):
            return self._by_person.get((person, part), own if own not in taken else None)
        return own

    def _person_over(self, over: str) -> str:
        """The word for a person in the heading over a group of columns: 父亲 of 父亲情况."""
        stems = [over, *(over.removesuffix(word) for word in self.words["of_groups"])]
        known = {word for words in self.persons.values() for word in words}
        return next((stem for stem in stems if stem in known), "")

    @cached_property
    def _by_heading(self) -> dict[str, str]:
        known = {plain_heading(word): IGNORED for word in self.words["ignored"]}
        for column in self.table.values():
            for heading in (column.heading, *column.also, *self._composed(column)):
                known.setdefault(plain_heading(heading), column.key)
                known.setdefault(plain_heading(_without_brackets(heading)), column.key)
        return known

    def _composed(self, column: Column) -> Iterator[str]:
        for person in self.persons.get(column.person, ()):
            for part in self.parts.get(column.part, ()):
                yield person + part

    @cached_property
    def _part_of(self) -> dict[str, str]:
        return {plain_heading(word): part for part, words in self.parts.items() for word in words}

    @cached_property
    def _by_person(self) -> dict[tuple[str, str], str]:
        return {(c.person, c.part): c.key for c in self.table.values() if c.person}

    @cached_property
    def _by_word(self) -> dict[str, dict[str, str]]:
        unknown = {UNKNOWN: self.words["not_collected"]}
        return {
            name: {
                plain_heading(word): code
                for code, words in (unknown | dict(codes)).items()
                for word in words
            }
            for name, codes in self.codes.items()
        }


def plain_heading(text: str) -> str:
    """A heading or a choice without what offices vary; a mark alone (√) is itself."""
    return plain(text) or text.strip()


def _without_brackets(heading: str) -> str:
    return re.sub(r"\([^()]*\)", "", unicodedata.normalize("NFKC", heading))


#: A number that follows a person is that person's, wherever it could stand alone too.
_OF_WHO_STANDS_BEFORE = ("phone", "relation")


def _read_columns() -> Columns:
    folder = files("policy")
    raw: dict[str, Any] = tomllib.loads(
        folder.joinpath("register", "columns.toml").read_text("utf-8")
    )
    places = tomllib.loads(folder.joinpath("places.toml").read_text("utf-8"))["headers"]
    for key in ("town", "village", "group"):
        raw["column"][key]["also"] = places[key]
    return Columns(
        table={
            key: Column(key=key, **{name: _frozen(value) for name, value in told.items()})
            for key, told in raw["column"].items()
        },
        codes={
            name: {code: tuple(words) for code, words in codes.items()}
            for name, codes in raw["codes"].items()
        },
        persons={key: tuple(words) for key, words in raw["person"].items()},
        parts={key: tuple(words) for key, words in raw["part"].items()},
        words={key: tuple(words) for key, words in raw["words"].items()},
    )


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


COLUMNS = _read_columns()
