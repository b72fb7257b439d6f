"""The official table of one place and one day, as it is shown and handed on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from policy.summary import ALL, Caliber, Check, SummaryColumn, SummaryTable, percent

Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One place of the table."""

    area: int
    name: str
    #: None for what is hidden; 0 where a column is not there.
    counts: Mapping[str, int | None] = field(repr=False)
    #: 占总统计量, of a hundred.
    share: str
    #: It has a table of its own.
    opens: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A heading over columns."""

    name: str
    columns: tuple[SummaryColumn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The relations of one row."""

    name: str
    checks: tuple[Check, ...]

    @property
    def broken(self) -> tuple[Check, ...]:
        """Those that do not hold."""
        return tuple(one for one in self.checks if not one.holds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The table."""

    place: str
    day: date
    #: False while the day is not over.
    is_final: bool
    caliber: Caliber
    groups: tuple[Group, ...]
    total: Row
    rows: tuple[Row, ...]
    #: Of the total, then of each row.
    checked: tuple[Checked, ...]
    #: Small numbers are not shown.
    is_shared: bool
    #: The rows' numbers add up to the total's in every column.
    adds_up: bool

    @property
    def columns(self) -> tuple[SummaryColumn, ...]:
        """All columns after that of everybody."""
        return tuple(column for group in self.groups for column in group.columns)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of all columns, everybody's first."""
        return (ALL, *(column.key for column in self.columns))

    @property
    def holds(self) -> bool:
        """True when every relation of every row holds, and the rows add up."""
        return self.adds_up and not any(one.broken for one in self.checked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place and its numbers, before anything is hidden."""

    area: int
    name: str
    counts: Counts = field(repr=False)
    hidden: frozenset[str] = frozenset()
    opens: bool = False


def make(
    table: SummaryTable,
    whole: Place,
    parts: Sequence[Place],
    *,
    day: date,
    is_final: bool,
    caliber: Caliber,
    is_shared: bool,
) -> Summary:
    """The table of a place by its parts."""
    keys = table.keys(caliber)
    all_of = whole.counts.get(ALL, 0)
    known = ALL not in whole.hidden
    return Summary(
        place=whole.name,
        day=day,
        is_final=is_final,
        caliber=caliber,
        groups=tuple(
            Group(
                name=group.name,
                columns=tuple(one for one in group.columns if one.caliber <= caliber),
            )
            for group in table.groups.values()
        ),
        total=_row(whole, keys, all_of if known else None),
        rows=tuple(_row(one, keys, all_of if known else None) for one in parts),
        checked=tuple(
            Checked(name=one.name, checks=table.checks(one.counts, caliber))
            for one in (whole, *parts)
        ),
        is_shared=is_shared,
        adds_up=not parts
        or all(
            whole.counts.get(key, 0) == sum(one.counts.get(key, 0) for one in parts)
            for key in keys
        ),
    )


def _row(place: Place, keys: Sequence[str], all_of: int | None) -> Row:
    counts = {key: None if key in place.hidden else place.counts.get(key, 0) for key in keys}
    mine = counts[ALL]
    return Row(
        area=place.area,
        name=place.name,
        counts=counts,
        share="-" if mine is None or all_of is None else percent(mine, all_of),
        opens=place.opens,
    )
