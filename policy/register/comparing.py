"""What a roster would change in the register: each row against the children who are known."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from policy.register.columns import COLUMNS, UNKNOWN
from policy.register.matching import Child, Likeness, find_same, keys_of
from policy.register.roster import RosterFault, RosterRow
from policy.register.roster_file import child_of

#: new, changed, same: taken; doubtful: perhaps a child we know; bad: not to be taken; outside: not
#: for whoever sent the roster.
Outcome: TypeAlias = Literal["new", "changed", "same", "doubtful", "bad", "outside"]

#: Said twice in one file: one row is enough.
_TWICE = frozenset({"row-doubled"})
#: Perhaps the child of another row of the file, or of the register.
_PERHAPS = frozenset({"child-doubled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A child of the register, as far as a roster can be compared with it."""

    id: int
    area: int
    household: int
    version: int
    values: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One row, and what it would do."""

    row: RosterRow
    outcome: Outcome
    #: What a record keeps of the row, each value as one text.
    values: Mapping[str, str] = field(repr=False)
    #: The child that it is, or perhaps is.
    known: Known | None = None
    #: Rows with the same number are brothers and sisters; None for a child alone.
    family: int | None = None


class Nearness:
    """Tells the children of a register whom rows of a table may mean: nobody else need be kept."""

    def __init__(self, rows: Sequence[RosterRow]) -> None:
        self._keys = frozenset[str]().union(*(keys_of(child_of(row)) for row in rows))
        self._years = frozenset(row.text("birth_date")[:4] for row in rows)

    def may_mean(self, known: Known) -> bool:
        """False for a child with whom no row has a key in common."""
        told = known.values
        if told.get("birth_date", "")[:4] not in self._years:  # how the name sounds is dear to ask
            return told.get("id_number", "") in self._keys
        named = Child(
            name=told.get("name", ""),
            id_number=told.get("id_number", ""),
            birth=told.get("birth_date", ""),
        )
        return not self._keys.isdisjoint(keys_of(named))


def compare(rows: Sequence[RosterRow], register: Iterable[Known]) -> tuple[Compared, ...]:
    """What each row would do; an empty cell never takes away what is known.

    Of the register those are enough whom the rows may mean.
    """
    by_key = by_key_of(register)
    families = _families(rows)
    return tuple(_compared(row, by_key, families.get(_family(row))) for row in rows)


def within(compared: Iterable[Compared], holds: Callable[[int], bool]) -> tuple[Compared, ...]:
    """The same for somebody whose places ``holds`` knows; what is not theirs changes nothing.

    A child whom another place keeps is not moved by a roster: that place hands them over.
    """
    return tuple(_within(one, holds) for one in compared)


def texts(row: RosterRow) -> dict[str, str]:
    """The record's part of a row: places and the responsible person are told elsewhere."""
    return {
        key: " ".join(row.several(key))
        for key in row.values
        if (column := COLUMNS.table.get(key)) is not None
        and column.kind != "area"
        and column.person != "responsible"
        and row.text(key)
    }


def _compared(
    row: RosterRow, by_key: Mapping[str, Sequence[tuple[Child, Known]]], family: int | None
) -> Compared:
    values = texts(row)
    codes = {fault.code for fault in row.faults}
    if row.grade == "bad" or row.area is None:
        return Compared(row=row, outcome="bad", values=values)
    if codes & _TWICE:
        return Compared(row=row, outcome="same", values=values)
    likeness, known = find_known(row, by_key)
    if likeness == "probable" or codes & _PERHAPS:
        return Compared(row=row, outcome="doubtful", values=values, known=known)
    if known is None:
        return Compared(row=row, outcome="new", values=values, family=family)
    differs = known.area != row.area or any(
        _differs(known.values.get(key, ""), value) for key, value in values.items()
    )
    return Compared(row=row, outcome="changed" if differs else "same", values=values, known=known)


def _differs(kept: str, told: str) -> bool:
    """未采集 where nothing is kept is what an export says there: it changes nothing."""
    return kept != told and bool(kept or told != UNKNOWN)


def _within(one: Compared, holds: Callable[[int], bool]) -> Compared:
    if one.row.area is not None and not holds(one.row.area):
        return _remarked(replace(one, outcome="outside", known=None), "outside")
    if one.outcome == "bad":
        return one
    if one.known is not None and not holds(one.known.area):
        if one.outcome != "doubtful":
            return _remarked(replace(one, outcome="outside", known=None), "elsewhere")
        return _remarked(replace(one, known=None), "perhaps-elsewhere")
    if one.outcome == "doubtful" and one.known is not None:
        return _remarked(one, "perhaps-known")
    return one


def _remarked(one: Compared, code: str) -> Compared:
    fault = RosterFault.of(code, row=one.row.row)
    return replace(one, row=replace(one.row, faults=(*one.row.faults, fault)))


def find_known(
    row: RosterRow, by_key: Mapping[str, Sequence[tuple[Child, Known]]]
) -> tuple[Likeness, Known | None]:
    """The known child that a row is, or perhaps is."""
    child = child_of(row)
    near = {known.id: (one, known) for key in keys_of(child) for one, known in by_key.get(key, ())}
    likeness, found = find_same(child, [one for one, _ in near.values()])
    return likeness, next((known for one, known in near.values() if one is found), None)


def by_key_of(register: Iterable[Known]) -> dict[str, list[tuple[Child, Known]]]:
    """The children, by what to look them up by."""
    by_key: dict[str, list[tuple[Child, Known]]] = {}
    for known in register:
        child = child_of_record(known.values, known.area)
        for key in keys_of(child):
            by_key.setdefault(key, []).append((child, known))
    return by_key


def child_of_record(values: Mapping[str, str], area: int) -> Child:
    """What tells the child of a record from others."""
    as_row = RosterRow(
        row=0,
        values={
            key: tuple(value.split()) if COLUMNS.table[key].kind == "phone" else value
            for key, value in values.items()
            if key in COLUMNS.table
        },
        area=area,
    )
    return child_of(as_row)


def _families(rows: Sequence[RosterRow]) -> dict[tuple[object, ...], int]:
    """Children of the same two parents in one place, who share a telephone or an address."""
    counted: dict[tuple[object, ...], list[int]] = {}
    for row in rows:
        family = _family(row)
        if family:
            counted.setdefault(family, []).append(row.row)
    return {family: members[0] for family, members in counted.items() if len(members) > 1}


def _family(row: RosterRow) -> tuple[object, ...]:
    father, mother = row.text("father_name"), row.text("mother_name")
    reached = row.text("guardian_phone") or row.text("father_phone") or row.text("address")
    return (row.area, father, mother, reached) if father and mother and reached else ()
