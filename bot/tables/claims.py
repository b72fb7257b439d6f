"""Another office's list on its way to the claims: read in the jail, compared, kept."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from bot.commands.words import words
from bot.tables.rosters import areas_of, pages_of_register, read_roster
from bot.tables.tables import TableFaults
from policy.areas import AreaRow, AreaTree
from policy.register.claims import Claim, Comparison, Kind, Source
from policy.register.roster import Roster
from storage.store import Store
from storage.work import Work

#: Claims kept in one go, so that nobody waits for them.
AT_ONCE = 200
#: What is written along with each part: the list, and how much of the work is done, in hundredths.
Beside = Callable[[Work, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A list that is kept, and what it says."""

    id: int
    counts: Mapping[Kind, int]


def _nothing(work: Work, list_id: int, percent: int) -> None:
    pass


async def bring(
    store: Store,
    name: str,
    data: bytes,
    source: Source,
    today: date,
    *,
    tops: Sequence[int],
    by: int,
    beside: Beside = _nothing,
) -> Brought:
    """Keep what the list says of the children of these places.

    Raises TableFaults when it cannot be read as one, Jailed and NoAreas. The register is read a
    page at a time, and what it says is written as it is found: memory is bounded by the list.
    """
    areas = await areas_of(store)
    roster = await read_roster(name, data, areas, today)
    _check(roster)
    comparison = await asyncio.to_thread(_comparison, roster, source, areas, tops)
    of = len(roster.rows) + await store.read(lambda reading: reading.children.count([*tops]))

    def begin(work: Work) -> int:
        list_id = work.claims.begin(source, tops[0], name, by=by)
        beside(work, list_id, 0)
        return list_id

    kept = _Kept(store=store, list_id=await store.write(begin), top=tops[0], of=of, beside=beside)
    async for page in pages_of_register(store, only_active=True):
        await kept.add(await asyncio.to_thread(comparison.ours, page), done=len(page))
    theirs = comparison.theirs()
    while some := await asyncio.to_thread(_some, theirs):
        await kept.add(some, done=len(some))
    await kept.finish(source, by)
    return Brought(id=kept.list_id, counts=kept.counts)


@dataclass(slots=True, kw_only=True)
class _Kept:
    """A list that is written as it is compared, and how far that is."""

    store: Store
    list_id: int
    top: int
    #: Children and rows that are compared in all.
    of: int
    beside: Beside
    counts: Counter[Kind] = field(default_factory=Counter)
    _done: int = 0

    async def add(self, claims: Sequence[Claim], *, done: int) -> None:
        """Write what was found in ``done`` more of them, and how far it is if nothing was."""
        self._done += done
        for at in range(0, max(1, len(claims)), AT_ONCE):
            await self._write(claims[at : at + AT_ONCE])

    async def _write(self, claims: Sequence[Claim]) -> None:
        percent = min(99, 100 * self._done // self.of)

        def write(work: Work) -> None:
            work.claims.add(self.list_id, claims, self.top)
            self.beside(work, self.list_id, percent)

        await self.store.write(write)
        self.counts.update(one.kind for one in claims)

    async def finish(self, source: Source, by: int) -> None:
        """All was compared."""
        of = self.counts.total()
        await self.store.write(lambda work: work.claims.finish(self.list_id, source, of, by=by))


def _check(roster: Roster) -> None:
    unusable = [
        one.sentence()
        for one in roster.faults
        if one.grade == "bad" and one.code != "missing-column"
    ]
    if unusable:
        raise TableFaults(unusable)
    if "name" not in roster.columns.values():
        raise TableFaults([words("claims.no_name")])


def _comparison(
    roster: Roster, source: Source, areas: Sequence[AreaRow], tops: Sequence[int]
) -> Comparison:
    tree = AreaTree.build(areas)
    held = {area for place in tops for area in tree.descendants(place)}
    return Comparison(
        rows=roster.rows,
        source=source,
        holds=held.__contains__,
        headings=frozenset(roster.columns.values()),
        town_of=lambda area: next((one.id for one in tree.path(area) if one.kind == "town"), area),
    )


def _some(claims: Iterator[Claim]) -> list[Claim]:
    return [*islice(claims, AT_ONCE)]
