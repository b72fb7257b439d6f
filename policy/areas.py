"""The places of a county as a tree, and what a person who names a place may mean."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from policy.place_names import PlaceNames

#: 县, 乡镇, 村, 网格/组
Kind: TypeAlias = Literal["county", "town", "village", "group"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaRow:
    """One place."""

    id: int
    parent_id: int | None
    #: county, town, village or group
    kind: str
    name: str
    aliases: tuple[str, ...] = ()
    position: int = 0
    #: WGS-84 degrees, as GPS gives them; None where the county wrote none.
    latitude: float | None = None
    longitude: float | None = None
    #: The row of the table that it was read from, as Excel counts it; 0 for a known place.
    line: int = field(default=0, compare=False)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "AreaRow":
        """A row as asdict and JSON left it."""
        return cls(**{**told, "aliases": tuple(told["aliases"])})


#: A position means a village this near at most, and is asked about so many.
NEAR_KILOMETRES = 5.0
NEAREST = 3


def _kilometres(north: float, east: float, other_north: float, other_east: float) -> float:
    """How far apart two positions are: within a county the earth is flat enough."""
    width = math.cos(math.radians((north + other_north) / 2))
    return 111.2 * math.hypot(north - other_north, (east - other_east) * width)


class AreaTree:
    """All places of a county; it never changes."""

    def __init__(
        self,
        rows: Mapping[int, AreaRow],
        below: Mapping[int | None, tuple[int, ...]],
        merged: Mapping[int, int],
    ):
        self._rows = rows
        self._below = below
        self._merged = merged
        #: Of places that were asked for: a county's lists ask for each of its children.
        self._towns: dict[int, int] = {}
        self._paths: dict[int, tuple[AreaRow, ...]] = {}
        self._inside: dict[int, tuple[int, ...]] = {}

    @classmethod
    def build(
        cls, rows: Iterable[AreaRow], merged: Mapping[int, int] = MappingProxyType({})
    ) -> "AreaTree":
        """A tree of rows in any order; one whose parent is missing stands at the top.

        ``merged`` says which place another became part of: its id means that place from then on.
        """
        by_id = {row.id: row for row in rows}
        below: dict[int | None, list[int]] = {}
        for row in sorted(by_id.values(), key=lambda row: (row.position, row.id)):
            parent = row.parent_id if row.parent_id in by_id else None
            below.setdefault(parent, []).append(row.id)
        return cls(
            MappingProxyType(by_id),
            MappingProxyType({parent: tuple(ids) for parent, ids in below.items()}),
            merged,
        )

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, area: int) -> AreaRow | None:
        """The place with this id."""
        return self._rows.get(self.meant(area))

    def meant(self, area: int) -> int:
        """The id of the place that an old one became part of; else the id itself."""
        while area not in self._rows and area in self._merged:
            area = self._merged[area]
        return area

    def roots(self) -> tuple[AreaRow, ...]:
        """The places at the top: the county."""
        return self._named(self._below.get(None, ()))

    def children(self, area: int) -> tuple[AreaRow, ...]:
        """What lies right below a place, in the county's own order."""
        return self._named(self._below.get(self.meant(area), ()))

    def path(self, area: int) -> tuple[AreaRow, ...]:
        """From the county down to the place itself; empty for an unknown one."""
        path = self._paths.get(area)
        if path is None:
            path = self._path(area)
            if path:
                self._paths[area] = path
        return path

    def _path(self, area: int) -> tuple[AreaRow, ...]:
        path: list[AreaRow] = []
        row = self.get(area)
        while row is not None and row not in path:
            path.append(row)
            row = None if row.parent_id is None else self._rows.get(row.parent_id)
        return tuple(reversed(path))

    def town_of(self, area: int) -> int:
        """The township that a place lies in; 0 for the county itself and for an unknown place."""
        town = self._towns.get(area)
        if town is None:
            town = next((row.id for row in self.path(area) if row.kind == "town"), 0)
            self._towns[area] = town
        return town

    def ancestors(self, area: int) -> tuple[AreaRow, ...]:
        """What lies above a place, the nearest first."""
        return self.path(area)[-2::-1]

    def descendants(self, area: int) -> tuple[int, ...]:
        """The ids of a place and of everything below it."""
        inside = self._inside.get(area)
        if inside is None:
            place = self.get(area)
            found = [] if place is None else [place.id]
            for one in found:
                found.extend(self._below.get(one, ()))
            inside = tuple(found)
            if inside:
                self._inside[area] = inside
        return inside

    def is_within(self, area: int, scope: int) -> bool:
        """True when ``area`` is ``scope`` or lies below it."""
        above = self.meant(scope)
        return any(row.id == above for row in self.path(area))

    def full_name(self, area: int) -> str:
        """青石镇河湾村三组: from the township down; a county by its own name."""
        path = self.path(area)
        return "".join(row.name for row in path if row.kind != "county" or len(path) == 1)

    def search(self, text: str, under: int | None = None, limit: int = 8) -> tuple[AreaRow, ...]:
        """What a person may mean, best first; one place alone when there is no doubt."""
        return self._named(self._names.search(text, under, limit))

    def spoken_of(self, text: str) -> tuple[AreaRow, ...]:
        """The places whose whole names stand in what somebody told."""
        return self._named(self._names.spoken_of(text))

    def near(self, latitude: float, longitude: float) -> tuple[AreaRow, ...]:
        """The villages around a position, the nearest first; none where nobody knows where it is.

        A village is as near as the nearest of its groups.
        """
        nearest: dict[int, float] = {}
        for village, north, east in self._located:
            away = _kilometres(latitude, longitude, north, east)
            if away <= NEAR_KILOMETRES and away < nearest.get(village, NEAR_KILOMETRES + 1):
                nearest[village] = away
        return self._named(sorted(nearest, key=lambda one: (nearest[one], one))[:NEAREST])

    @cached_property
    def _located(self) -> tuple[tuple[int, float, float], ...]:
        """Each known position, and the village that it lies in."""
        return tuple(
            (row.parent_id if row.kind == "group" and row.parent_id else row.id, lat, lon)
            for row in self._rows.values()
            if row.kind in {"village", "group"}
            if (lat := row.latitude) is not None and (lon := row.longitude) is not None
        )

    def prepare(self) -> None:
        """Build the index of names now; the first search would (0.8 s for 10,000 places)."""
        self.search("")

    @cached_property
    def _names(self) -> PlaceNames:
        return PlaceNames.build([self._described(row) for row in self._rows.values()])

    def _described(self, row: AreaRow) -> tuple[AreaRow, Sequence[int]]:
        return row, tuple(above.id for above in self.ancestors(row.id))

    def _named(self, ids: Iterable[int]) -> tuple[AreaRow, ...]:
        return tuple(self._rows[one] for one in ids)
