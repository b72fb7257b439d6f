"""What the cells of one child say together, and what contradicts what."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date

from policy.register.birth_dates import BirthDate
from policy.register.cells import Cell, CellFault
from policy.register.columns import COLUMNS
from policy.register.identity import Identity, age_on
from policy.register.roster import RosterFault, RosterRow, Value
from policy.register.roster_places import FoundPlace

#: 国发 (2016) 13号: 留守儿童 are under sixteen; a county may say otherwise (policy/limits.toml).
LEAVES_AT = 16

#: What an identity number tells; a formula in such a column does no harm.
_TOLD_BY_NUMBER = ("sex", "birth_date")


def checked_row(
    row: int,
    cells: Mapping[str, Cell],
    place: FoundPlace,
    headings: Mapping[str, str],
    today: date,
    leaves_at: int,
) -> RosterRow:
    """One child of the cells, by key of the column; ``headings`` are as the file has them.

    At the age ``leaves_at`` a child leaves the register.
    """
    values: dict[str, Value] = {
        key: cell.value for key, cell in cells.items() if cell.value is not None
    }
    identity = cells["id_number"].identity if "id_number" in cells else None
    births = cells["birth_date"].births if "birth_date" in cells else ()
    found = [
        *_of_cells(cells, identity),
        *((key, fault) for key, fault in place.faults.items()),
        *_of_identity(identity, births, values),
        *_of_age(values, today, leaves_at),
        *_missing(cells, values, headings),
        *_contradictions(values),
    ]
    faults = tuple(_fault(row, key, fault, headings) for key, fault in found)
    return RosterRow(row=row, values=values, area=place.area, faults=faults)


def _of_cells(
    cells: Mapping[str, Cell], identity: Identity | None
) -> Iterator[tuple[str, CellFault]]:
    for key, cell in cells.items():
        for fault in cell.faults:
            derived = fault.code == "formula" and key in _TOLD_BY_NUMBER and identity is not None
            yield key, CellFault(code="formula-derived") if derived else fault


def _of_identity(
    identity: Identity | None, births: Iterable[BirthDate], values: dict[str, Value]
) -> Iterator[tuple[str, CellFault]]:
    """Compare with the number, which goes before; it fills in what is missing or short."""
    if identity is None:
        return
    if identity.birth is not None:
        if births and not any(birth.fits(identity.birth) for birth in births):
            yield "birth_date", CellFault(code="birth-differs")
        values["birth_date"] = identity.birth.isoformat()
    if identity.sex is not None:
        if values.get("sex", identity.sex) not in (identity.sex, "unknown"):
            yield "sex", CellFault(code="sex-differs")
        values["sex"] = identity.sex


def _of_age(
    values: Mapping[str, Value], today: date, leaves_at: int
) -> Iterator[tuple[str, CellFault]]:
    birth = values.get("birth_date")
    if not isinstance(birth, str):
        return
    # A child of whom only the year is known may be as young as its last day.
    year, month, day = (*(int(part) for part in birth.split("-")), 12, 28)[:3]
    age = age_on(date(year, month, day), today)
    if age >= leaves_at:
        yield "birth_date", CellFault(code="over-age", values={"age": age, "limit": leaves_at})


def _missing(
    cells: Mapping[str, Cell], values: Mapping[str, Value], headings: Mapping[str, str]
) -> Iterator[tuple[str, CellFault]]:
    """What a record needs and the roster has a column for."""
    for key, code in _NEEDED.items():
        if key in headings and key not in values and not cells[key].faults:
            yield key, CellFault(code=code)
    if "birth_date" not in values:
        yield "birth_date", CellFault(code="birth-missing")
    named = "guardian_name" in values or "guardian_name" not in headings
    if values.get("has_guardian") == "yes" and not named:
        yield "guardian_name", CellFault(code="guardian-missing")


def _contradictions(values: Mapping[str, Value]) -> Iterator[tuple[str, CellFault]]:
    if values.get("both_away") == values.get("one_away") == "yes":
        yield "", CellFault(code="contradiction")


def _fault(row: int, key: str, fault: CellFault, headings: Mapping[str, str]) -> RosterFault:
    said = RosterFault.of(fault.code, row=row, where=headings.get(key, ""), **fault.values)
    of_another = key in COLUMNS.table and bool(COLUMNS[key].person)
    if said.grade == "bad" and of_another and fault.code != "formula":
        # A wrong number of a parent or guardian is no reason to leave a child out.
        return replace(said, grade="doubtful")
    return said


_NEEDED = {
    "name": "name-missing",
    "id_number": "id-missing",
    "responsible_name": "responsible-missing",
}
