"""Another office's list on its way to the claims: read in the jail, compared, kept."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from bot.office_words import words
from bot.rosters import areas_of, read_roster, register_of
from bot.tables import TableFaults
from policy.areas import AreaTree
from policy.register.claims import Claim, Kind, Source, claims_of, counted
from storage.store import Store
from storage.work import Work

#: Claims kept in one go, so that nobody waits for them.
AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A list that is kept, and what it says."""

    id: int
    counts: Mapping[Kind, int]


async def bring(
    store: Store,
    name: str,
    data: bytes,
    source: Source,
    today: date,
    *,
    tops: Sequence[int],
    by: int,
) -> Brought:
    """Keep what the list says of the children of these places.

    Raises TableFaults when it cannot be read as one, Jailed and NoAreas.
    """
    areas = await areas_of(store)
    roster = await read_roster(name, data, areas, today)
    unusable = [
        one.sentence()
        for one in roster.faults
        if one.grade == "bad" and one.code != "missing-column"
    ]
    if unusable:
        raise TableFaults(unusable)
    if "name" not in roster.columns.values():
        raise TableFaults([words("claims.no_name")])
    tree = AreaTree.build(areas)
    known = await register_of(store, only_active=True)
    held = {area for place in tops for area in tree.descendants(place)}
    headings = frozenset(roster.columns.values())
    claims = await asyncio.to_thread(
        claims_of, roster.rows, known, source, held.__contains__, headings
    )
    list_id = await store.write(lambda work: work.claims.begin(source, tops[0], name, by=by))
    for at in range(0, len(claims), AT_ONCE):
        part = claims[at : at + AT_ONCE]
        await store.write(partial(_add, list_id=list_id, claims=part, place=tops[0]))
    await store.write(lambda work: work.claims.finish(list_id, source, len(claims), by=by))
    return Brought(id=list_id, counts=counted(claims))


def _add(work: Work, list_id: int, claims: Sequence[Claim], place: int) -> None:
    work.claims.add(list_id, claims, place)
