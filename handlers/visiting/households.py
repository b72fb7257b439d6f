"""The households of children whose visits are due, in the order of their list."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.cases.duties import Duty
from storage.children.child import Child
from storage.repository import in_parts
from storage.work import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The children of one household whose visits are due."""

    area_id: int
    children: tuple[Child, ...]
    duties: tuple[Duty, ...]

    @property
    def due(self) -> datetime:
        """The earliest of their times."""
        return min(duty.due_at for duty in self.duties)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Children and their next visits by child, read at once for everybody who hears of them."""

    children: dict[int, Child]
    duties: dict[int, Duty]

    def homes(self, child_ids: Iterable[int]) -> list[Home]:
        """The households of these children, by village, the most overdue first in each."""
        households: dict[int, list[Child]] = defaultdict(list)
        for child_id in sorted(frozenset(child_ids)):
            if child := self.children.get(child_id):
                households[child.household_id].append(child)
        homes = [
            Home(
                area_id=children[0].area_id,
                children=tuple(children),
                duties=tuple(
                    sorted((self.duties[one.id] for one in children), key=lambda duty: duty.due_at)
                ),
            )
            for children in households.values()
        ]
        first: dict[int, int] = {}
        for home in sorted(homes, key=lambda home: (home.due, home.area_id)):
            first.setdefault(home.area_id, len(first))
        return sorted(homes, key=lambda home: (first[home.area_id], home.due))


def read(work: Reading, child_ids: Sequence[int]) -> Seen:
    """These children and their next visits; who has none, or may not be seen, is left out."""
    seen = Seen(children={}, duties={})
    for some in in_parts(child_ids):
        duties = work.duties.visits_of(some)
        seen.duties.update(duties)
        seen.children.update((child.id, child) for child in work.children.some(duties))
    return seen
