"""Which place a roster means by its 乡镇, 村 and 组, with what was wrong with the writing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from policy.areas import AreaRow, AreaTree
from policy.place_names import group_number, stem
from policy.register.cells import CellFault
from policy.register.roster import words
from policy.sounds import blur, plain, readings


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPlace:
    """The nearest place that is known, with a fault by column."""

    area: int | None
    faults: Mapping[str, CellFault]


class RosterPlaces:
    """The places of a county as one roster writes them; the same words are looked up once."""

    def __init__(self, tree: AreaTree):
        self._tree = tree
        self._found: dict[tuple[str, str, str], FoundPlace] = {}

    def find(self, town: str, village: str, group: str, address: str) -> FoundPlace:
        """The place of a row; the address is asked only where the columns leave it open."""
        key = (town, village, group)
        if key not in self._found:
            self._found[key] = self._find(town, village, group, "")
        found = self._found[key]
        is_open = found.area is None or not village
        return self._find(town, village, group, address) if is_open and address else found

    def _find(self, town: str, village: str, group: str, address: str) -> FoundPlace:
        faults: dict[str, CellFault] = {}
        at = self._known("town", town, None, faults) if town else None
        if town and at is None:
            return self._unknown("town", town, None, address, faults)
        if not village:
            return self._without_village(at, address, faults)
        found = self._known("village", village, at, faults)
        if found is None and "village" in faults:
            return FoundPlace(area=None, faults=faults)
        if found is None:
            return self._unknown("village", village, at, address, faults)
        nearest = self._known("group", group, found, faults) if group else found
        if nearest is None:
            faults["group"] = CellFault(code="group-unknown", values={"found": group[:20]})
        return FoundPlace(area=(nearest or found).id, faults=faults)

    def _known(
        self, kind: str, name: str, above: AreaRow | None, faults: dict[str, CellFault]
    ) -> AreaRow | None:
        """The place that a name says, or says nearly; None when there is none or several."""
        places = [row for row in self._below(above) if row.kind == kind]
        exact = [row for row in places if name == row.name]
        said = exact or self._nearly(name, kind, places)
        if len(said) == 1:
            if not exact:
                faults[kind] = _as(name, said[0], "place-mended")
            return said[0]
        if len(said) > 1:
            faults[kind] = CellFault(code="village-ambiguous", values={"found": name[:20]})
            return None
        alike = [row for row in places if _sounds_alike(name, row.name)]
        if len(alike) == 1 and above is not None:
            faults[kind] = _as(name, alike[0], "place-misspelt")
            return alike[0]
        return None

    def _nearly(self, name: str, kind: str, places: Iterable[AreaRow]) -> list[AreaRow]:
        """By an old name, without 村 or 镇, with another word for 组, after the town's name."""
        stem = _stem(name)
        by_name = [
            row
            for row in places
            if name in row.aliases
            or stem in (_stem(row.name), *map(_stem, row.aliases))
            or plain(name) in (plain(row.name), plain(self._tree.full_name(row.id)))
        ]
        return by_name or [row for row in places if kind == "group" and _numbers_it(name, row)]

    def _below(self, above: AreaRow | None) -> tuple[AreaRow, ...]:
        if above is not None:
            return self._tree.children(above.id)
        roots = self._tree.roots()
        towns = [row for root in roots for row in self._tree.children(root.id)]
        return (*towns, *(row for town in towns for row in self._tree.children(town.id)))

    def _without_village(
        self, town: AreaRow | None, address: str, faults: dict[str, CellFault]
    ) -> FoundPlace:
        meant = self._of_address(address, town)
        if meant is not None:
            full = self._tree.full_name(meant.id)
            faults["address"] = CellFault(code="area-from-address", values={"meant": full})
        elif town is None:
            faults[""] = CellFault(code="no-area")
        else:
            faults["village"] = CellFault(code="no-village")
        return FoundPlace(area=(meant.id if meant else town.id if town else None), faults=faults)

    def _unknown(
        self,
        kind: str,
        name: str,
        above: AreaRow | None,
        address: str,
        faults: dict[str, CellFault],
    ) -> FoundPlace:
        under = above.id if above else None
        meant = [row.name for row in self._tree.search(name, under, 3) if row.kind == kind]
        told = self._of_address(address, above)
        hint = ""
        if told is not None:
            hint = words()["address_says"].format(meant=self._tree.full_name(told.id))
        elif meant:
            hint = words()["meant"].format(meant=meant[0])
        values = {"found": name[:20], "hint": hint}
        faults[kind] = CellFault(code="village-unknown", values=values)
        return FoundPlace(area=None, faults=faults)

    def _of_address(self, address: str, under: AreaRow | None) -> AreaRow | None:
        found = self._tree.search(address, under.id if under else None, 2) if address else ()
        sure = [row for row in found if row.kind in ("village", "group")]
        return sure[0] if len(found) == 1 and sure else None


def _numbers_it(name: str, row: AreaRow) -> bool:
    """True for 3组, 第三组 and 三 of 三组."""
    number = group_number(row.name)
    return number is not None and number in (group_number(name), group_number(name + row.name[-1]))


def _as(name: str, row: AreaRow, code: str) -> CellFault:
    return CellFault(code=code, values={"found": name[:20], "meant": row.name})


def _stem(name: str) -> str:
    return stem(plain(name))


def _sounds_alike(name: str, other: str) -> bool:
    return not _blurred(_stem(name)).isdisjoint(_blurred(_stem(other)))


def _blurred(name: str) -> set[str]:
    return {blur(" ".join(syllables)) for syllables in readings(name)}
