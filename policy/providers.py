"""Who can be asked to help a child: the county's directory of services."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of service: 医疗, 心理 ..."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One of them."""

    name: str
    #: Kinds of the table.
    kinds: tuple[str, ...]
    #: The name of the place that it serves; "" for the whole county.
    area: str = ""
    phone: str = ""
    contact: str = ""
    #: It is not offered any more.
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Providers:
    """The tables of providers.toml."""

    kinds: Mapping[str, Kind] = field(default_factory=dict)
    providers: Mapping[str, Provider] = field(default_factory=dict)

    def near(self, places: Collection[str]) -> dict[str, str]:
        """Those that serve a place, by the names of all that it lies in; the nearest first."""
        serving = [
            key
            for key, one in self.providers.items()
            if not one.closed and (not one.area or one.area in places)
        ]
        serving.sort(key=lambda key: not self.providers[key].area)
        return {key: self.label(key) for key in serving}

    def label(self, key: str) -> str:
        """县人民医院（医疗、心理）; "" for one that the table does not know."""
        one = self.providers.get(key)
        if one is None:
            return ""
        kinds = "、".join(self.kinds[kind].name for kind in one.kinds if kind in self.kinds)
        return f"{one.name}（{kinds}）" if kinds else one.name
