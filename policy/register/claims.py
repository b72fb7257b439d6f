"""Another office's list beside the register: who is in both, who in one, and what differs."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

from policy.register.comparing import Known, by_key_of, find_known, texts
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


def claims_of(
    rows: Sequence[RosterRow],
    register: Sequence[Known],
    source: Source,
    holds: Callable[[int], bool],
    headings: Collection[str],
) -> tuple[Claim, ...]:
    """Their rows in their order, then who is only ours; of places that ``holds`` knows.

    Only what stands under ``headings`` of theirs is compared, not what follows from it.
    A row whose place is not known is the business of whoever brought the list.
    """
    by_key = by_key_of(register)
    found: list[Claim] = []
    met: set[int] = set()
    for row in rows:
        likeness, known = find_known(row, by_key)
        if known is not None:
            met.add(known.id)
        place = known.area if known is not None else row.area
        if not row.text("name") or (place is not None and not holds(place)):
            continue
        found.append(_claim(row, known, headings, perhaps=likeness == "probable"))
    ours = (one for one in register if one.id not in met and holds(one.area))
    found += [
        Claim(kind="ours", row=0, child_id=one.id, area=one.area, values={})
        for one in ours
        if _EXPECTED[source](one.values)
    ]
    return tuple(found)


def counted(claims: Iterable[Claim]) -> dict[Kind, int]:
    """How many there are of each kind."""
    kinds = [one.kind for one in claims]
    return {kind: kinds.count(kind) for kind in KINDS}


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
