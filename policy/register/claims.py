"""Another office's list beside the register: who is in both, who in one, and what differs."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

from policy.register.comparing import Known, Nearness, by_key_of, find_known, texts
from policy.register.roster import RosterRow

#: 学籍, 低保, 残联, 户籍
Source: TypeAlias = Literal["school", "minimum", "disabled", "household"]
SOURCES: tuple[Source, ...] = get_args(Source)
#: both: nothing differs; differs; theirs: only in their list; ours: only in the register;
#: perhaps: a human says whether it is one child.
Kind: TypeAlias = Literal["both", "differs", "theirs", "ours", "perhaps"]
KINDS: tuple[Kind, ...] = get_args(Kind)

#: Whom a list of this kind should have: the others are missing there by right.
_EXPECTED: Mapping[Source, Callable[[Mapping[str, str]], bool]] = {
    "school": lambda values: bool(values.get("school")),
    "minimum": lambda values: "minimum_living" in values.get("support", "").split(),
    "disabled": lambda values: (
        bool(values.get("disability")) or "disabled" in values.get("health", "").split()
    ),
    "household": lambda values: True,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What their list says of one child, beside what the register says."""

    kind: Kind
    #: The row as Excel counts it; 0 for who is not in their list.
    row: int
    #: The child of the register; None for who is not there.
    child_id: int | None
    #: Where the child lives, as far as it is known.
    area: int | None
    values: Mapping[str, str] = field(repr=False)
    #: Column -> what the register says, and what they say.
    differs: Mapping[str, tuple[str, str]] = field(default_factory=dict, repr=False)


@dataclass(slots=True, kw_only=True)
class Comparison:
    """Their rows beside the register, which comes a page at a time.

    No more of it is kept than the children whose names sound like one of the list's.
    """

    rows: Sequence[RosterRow] = field(repr=False)
    source: Source
    #: Whose children are compared: true for the places of whoever brought the list.
    holds: Callable[[int], bool]
    #: What stands in their table: what only follows from it is not compared.
    headings: Collection[str]
    #: The township in which a place lies.
    town_of: Callable[[int], int]
    near: list[Known] = field(default_factory=list, repr=False)
    _nearness: Nearness = field(init=False, repr=False)
    #: Of which schools, or else of which townships, the list is; nothing where it does not say.
    _schools: frozenset[str] = field(init=False, repr=False)
    _towns: frozenset[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._nearness = Nearness(self.rows)
        said = self.rows if self.source == "school" else ()
        self._schools = frozenset(filter(None, (row.text("school") for row in said)))
        self._towns = frozenset(self.town_of(row.area) for row in self.rows if row.area)

    def ours(self, page: Iterable[Known]) -> list[Claim]:
        """Who of a page of the register is only ours; who may be in the list is kept for it."""
        found: list[Claim] = []
        for known in page:
            if self._nearness.may_mean(known):
                self.near.append(known)
            else:
                found += self._missing(known)
        return found

    def theirs(self) -> Iterator[Claim]:
        """Their rows in their order, then who was near and is only ours.

        A row whose place is not known is the business of whoever brought the list.
        """
        by_key = by_key_of(self.near)
        met: set[int] = set()
        for row in self.rows:
            likeness, known = find_known(row, by_key)
            if known is not None:
                met.add(known.id)
            place = known.area if known is not None else row.area
            if row.text("name") and (place is None or self.holds(place)):
                yield _claim(row, known, self.headings, perhaps=likeness == "probable")
        for known in self.near:
            if known.id not in met:
                yield from self._missing(known)

    def _is_of(self, known: Known) -> bool:
        """A list of one school, or of one township, says nothing of the others."""
        if self._schools:
            return known.values.get("school", "") in self._schools
        return not self._towns or self.town_of(known.area) in self._towns

    def _missing(self, known: Known) -> Iterator[Claim]:
        expected = _EXPECTED[self.source](known.values) and self._is_of(known)
        if expected and self.holds(known.area):
            yield Claim(kind="ours", row=0, child_id=known.id, area=known.area, values={})


def _claim(
    row: RosterRow, known: Known | None, headings: Collection[str], *, perhaps: bool
) -> Claim:
    values = texts(row)
    if known is None:
        return Claim(kind="theirs", row=row.row, child_id=None, area=row.area, values=values)
    differs = {
        key: (known.values.get(key, ""), value)
        for key, value in values.items()
        if key in headings and known.values.get(key, "") != value
    }
    kind: Kind = "perhaps" if perhaps else "differs" if differs else "both"
    return Claim(
        kind=kind,
        row=row.row,
        child_id=known.id,
        area=known.area,
        values=values,
        differs=differs,
    )
