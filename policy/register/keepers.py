"""A list of who answers for whom, each row matched with a child of the register."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from policy.register.comparing import Compared, Known
from policy.register.matching import sounds_alike
from policy.register.roster import RosterFault, RosterRow

#: Who a person is by name and telephone, as far as they are known.
Colleagues = Mapping[tuple[str, str], int]

#: What is wrong with these cells matters here; what a record still lacks does not.
_OF_CELLS = frozenset(
    [
        *("formula", "name-missing", "name-blanks", "name-odd"),
        *("id-check", "id-birth", "id-length", "id-lost-digits", "id-mended", "id-old"),
        *("phone-length", "phone-odd", "phone-mended"),
    ]
)
#: And these only for a child who is named by the village.
_OF_PLACES = frozenset(
    ["no-area", "no-village", "village-unknown", "village-ambiguous", "place-misspelt"]
)


def match_keepers(
    rows: Sequence[RosterRow],
    register: Iterable[Known],
    village_of: Callable[[int], int],
    colleagues: Colleagues,
) -> tuple[Compared, ...]:
    """Each row with the child that it means; nothing of a record is changed by it."""
    matching = _Matching(register, village_of, colleagues)
    return tuple(matching.row(row) for row in rows)


def named_in(rows: Sequence[RosterRow]) -> Callable[[Known], bool]:
    """Tells the children of a register whom such rows may mean, by number or by name."""
    numbers = {row.text("id_number") for row in rows} - {""}
    names = {row.text("name") for row in rows}

    def may_mean(known: Known) -> bool:
        told = known.values
        return told.get("id_number", "") in numbers or told.get("name", "") in names

    return may_mean


class _Matching:
    """The children by number and by name, and who was named already."""

    def __init__(
        self, register: Iterable[Known], village_of: Callable[[int], int], colleagues: Colleagues
    ):
        self._village_of = village_of
        self._phones: dict[str, list[str]] = {}
        for name, phone in colleagues:
            self._phones.setdefault(name, []).append(phone)
        self._by_number: dict[str, Known] = {}
        self._by_name: dict[str, list[Known]] = {}
        for known in register:
            self._by_number[known.values.get("id_number", "")] = known
            self._by_name.setdefault(known.values.get("name", ""), []).append(known)
        self._by_number.pop("", None)
        #: Child -> the row that named it first.
        self._named: dict[int, int] = {}

    def row(self, row: RosterRow) -> Compared:
        """The row with the child it means, else with what is wrong."""
        cells = [fault for fault in row.faults if fault.code in _OF_CELLS]
        known, about_child = self._child(row)
        phone, about_keeper = self._keeper(row)
        if known is not None:
            first = self._named.setdefault(known.id, row.row)
            if first != row.row:
                about_child.append(RosterFault.of("child-twice", row=row.row, first=first))
        faults = (*cells, *about_child, *about_keeper)
        values = {**row.values, **({"responsible_phone": phone} if phone else {})}
        matched = replace(
            row, faults=faults, values=values, area=known.area if known else row.area
        )
        is_bad = known is None or matched.grade == "bad"
        return Compared(row=matched, outcome="bad" if is_bad else "same", values={}, known=known)

    def _child(self, row: RosterRow) -> tuple[Known | None, list[RosterFault]]:
        name, number = row.text("name"), row.text("id_number")
        known = self._by_number.get(number)
        if known is not None:
            if sounds_alike(name, known.values.get("name", "")):
                return known, []
            return None, [RosterFault.of("child-name-differs", row=row.row)]
        if row.area is None:
            places = [fault for fault in row.faults if fault.code in _OF_PLACES]
            return None, places or [RosterFault.of("child-unknown", row=row.row)]
        village = self._village_of(row.area)
        found = [
            one
            for one in self._by_name.get(name, ())
            if self._village_of(one.area) == village
            and not (number and one.values.get("id_number"))
        ]
        if len(found) == 1:
            return found[0], []
        code = "child-several" if found else "child-unknown"
        return None, [RosterFault.of(code, row=row.row)] if name else []

    def _keeper(self, row: RosterRow) -> tuple[str, list[RosterFault]]:
        """The telephone by which the person is known; a name that only one has needs none."""
        name, phone = row.text("responsible_name"), row.text("responsible_phone")
        if not name:
            return "", [RosterFault.of("keeper-missing", row=row.row)]
        if phone:
            return phone, []
        phones = self._phones.get(name, [])
        if len(phones) == 1:
            return phones[0], []
        return "", [RosterFault.of("keeper-no-phone", row=row.row, count=len(phones))]
