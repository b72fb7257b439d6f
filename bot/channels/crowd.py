"""Open pages of all sessions, and which of too many goes first."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

P = TypeVar("P")

#: Pages that stay open at the same time, of all networks and of one (a school behind one address).
#: Each holds a file of the process; deploy/xiangban.service grants 65,536.
OPEN, OPEN_OF_ONE = 30_000, 1_000
#: Pages that are looked at for one to go.
LOOKED_AT = 100


@dataclass(slots=True)
class Crowd(Generic[P]):
    """Pages by network, whoever was silent the longest first."""

    most: int = OPEN
    most_of_one: int = OPEN_OF_ONE
    _networks: dict[str | None, dict[P, None]] = field(default_factory=dict, repr=False)
    _count: int = 0

    def add(self, page: P, network: str | None) -> None:
        """One more is open."""
        self._networks.setdefault(network, {})[page] = None
        self._count += 1

    def heard(self, page: P, network: str | None) -> None:
        """Its session said something."""
        pages = self._networks.get(network, {})
        if page in pages:
            del pages[page]
            pages[page] = None

    def drop(self, page: P, network: str | None) -> None:
        """It is closed; twice is once."""
        pages = self._networks.get(network, {})
        if page in pages:
            del pages[page]
            self._count -= 1
            if not pages:
                del self._networks[network]

    def too_many(self, network: str | None) -> Sequence[P]:
        """While one more from there is too many: those of which one may go, the first one first.

        They are of the same network, else of that of which the most are open.
        """
        own = self._networks.get(network, {})
        if network is not None and len(own) >= self.most_of_one:
            return [*own][:LOOKED_AT]
        if self._count >= self.most:
            return [*max(self._networks.values(), key=len)][:LOOKED_AT]
        return ()
