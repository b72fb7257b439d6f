"""A roster on its way into the register: read in the jail, compared, staged."""

import asyncio
from collections import Counter
from collections.abc import (
    AsyncIterator,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import partial

from bot import jail
from bot.tables.tables import TableFaults
from handlers.children.rosters import village_of
from policy.areas import AreaRow, AreaTree
from policy.register.comparing import Compared, Known, Nearness, Outcome, compare, within
from policy.register.keepers import match_keepers, named_in
from policy.register.roster import Roster, RosterFault
from policy.register.row_checks import LEAVES_AT
from storage.children.child import Child
from storage.children.responsibility import PRIMARY
from storage.children.roster import RosterRowIn
from storage.store import Store
from storage.work import Reading, Work

#: Children read, and rows staged, in one go, so that nobody waits for them.
READ_AT_ONCE, STAGED_AT_ONCE = 1000, 200

#: What is told while it goes on: how much of it is done, of how much.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a roster would change; nothing is written yet."""

    #: With what the comparison found, beside what is wrong in the file itself.
    roster: Roster = field(repr=False)
    compared: tuple[Compared, ...] = field(repr=False)
    tree: AreaTree = field(repr=False)
    #: How many children of the register come into other hands, or into somebody's for the first.
    moves: int = 0

    @property
    def counts(self) -> Mapping[Outcome, int]:
        """How many rows would do what."""
        return Counter(one.outcome for one in self.compared)

    @property
    def area_id(self) -> int:
        """The smallest place that holds all rows that may be taken."""
        wanted = {one.row.area for one in self.compared if one.outcome not in ("bad", "outside")}
        return _common(self.tree, {area for area in wanted if area})


class NoAreas(Exception):
    """There are no places yet in which a child could live."""


def _quiet(done: int, of: int) -> None:
    pass


async def preview(
    store: Store,
    name: str,
    data: bytes,
    today: date,
    *,
    places: Collection[int] | None = None,
    progress: Progress = _quiet,
    leaves_at: int = LEAVES_AT,
) -> Preview:
    """What the roster would change; raises TableFaults when it cannot be read as one.

    Raises Jailed when the child fell over it, and NoAreas without places to live in. Only rows at
    or below ``places`` are taken, where they are given. At the age ``leaves_at`` a child leaves.
    """
    areas = await areas_of(store)
    roster = await read_roster(name, data, areas, today, progress, leaves_at)
    _check(roster.faults)
    nearness = await asyncio.to_thread(Nearness, roster.rows)
    known = await near(store, nearness.may_mean)
    tree = AreaTree.build(areas)
    compared = await asyncio.to_thread(_compared, roster, known, tree, places)
    held, colleagues = await store.read(lambda reading: (_held(reading), _colleagues(reading)))
    progress(len(compared), len(compared))
    return Preview(
        roster=replace(roster, rows=tuple(one.row for one in compared)),
        compared=compared,
        tree=tree,
        moves=_moves(compared, held, colleagues),
    )


async def marked(seen: Preview, data: bytes) -> bytes:
    """The uploader's own file with what is wrong beside each row; raises jail.Jailed."""
    packed, told = await asyncio.to_thread(lambda: (jail.pack(data), seen.roster.to_json()))
    answer = await jail.ask("mark", data=packed, roster=told)
    return await asyncio.to_thread(jail.unpack, answer["marked"])


async def preview_keepers(
    store: Store, name: str, data: bytes, today: date, leaves_at: int = LEAVES_AT
) -> Preview:
    """What a list of who answers for whom would change; raises like ``preview``."""
    areas = await areas_of(store)
    roster = await read_roster(name, data, areas, today, _quiet, leaves_at)
    whole = tuple(one for one in roster.faults if one.code != "missing-column")
    _check(whole)
    tree = AreaTree.build(areas)
    held, colleagues = await store.read(lambda reading: (_held(reading), _colleagues(reading)))
    known = await near(store, named_in(roster.rows), only_active=True)
    compared = match_keepers(roster.rows, known, lambda area: village_of(tree, area), colleagues)
    return Preview(
        roster=replace(roster, rows=tuple(one.row for one in compared), faults=whole),
        compared=compared,
        tree=tree,
        moves=_moves(compared, held, colleagues),
    )


async def stage(
    store: Store,
    seen: Preview,
    name: str,
    by: int,
    *,
    begun: Callable[[Work, int], None] = lambda work, roster_id: None,
    progress: Progress = _quiet,
) -> int:
    """Keep the rows sealed until somebody confirms them; the import's id."""

    def begin(work: Work) -> int:
        roster_id = work.rosters.stage(seen.area_id, name, by=by)
        begun(work, roster_id)
        return roster_id

    roster_id = await store.write(begin)
    people = await store.write(lambda work: _responsible(work, seen))
    families = await store.write(lambda work: _households(work, seen.compared))
    rows = [_row(one, people, families) for one in seen.compared]
    for at, part in _parts(rows):
        await store.write(partial(_add, roster_id=roster_id, rows=part, by=by))
        progress(at + len(part), len(rows))
    return roster_id


# -- reading ------------------------------------------------------------------------------------


async def areas_of(store: Store) -> list[AreaRow]:
    """The places in which a child may live; raises NoAreas."""
    areas = list(await store.read(lambda reading: reading.places.load()))
    if not areas:
        raise NoAreas
    return areas


async def read_roster(
    name: str,
    data: bytes,
    areas: Sequence[AreaRow],
    today: date,
    progress: Progress = _quiet,
    leaves_at: int = LEAVES_AT,
) -> Roster:
    """The children in a table, read in the jail; raises TableFaults, and Jailed."""
    answer = await jail.ask(
        "roster",
        progress=progress,
        name=name,
        data=await asyncio.to_thread(jail.pack, data),
        areas=[asdict(row) for row in areas],
        today=today.isoformat(),
        leaves_at=leaves_at,
    )
    if "refused" in answer:
        raise TableFaults([answer["refused"]])
    return await asyncio.to_thread(Roster.from_json, answer["roster"])


def _check(faults: Iterable[RosterFault]) -> None:
    unusable = [one.sentence() for one in faults if one.grade == "bad"]
    if unusable:
        raise TableFaults(unusable)


def _compared(
    roster: Roster, known: Sequence[Known], tree: AreaTree, places: Collection[int] | None
) -> tuple[Compared, ...]:
    compared = compare(roster.rows, known)
    if places is None:
        return within(compared, lambda area: True)
    held = {area for place in places for area in tree.descendants(place)}
    return within(compared, held.__contains__)


async def near(
    store: Store, may_mean: Callable[[Known], bool], *, only_active: bool = False
) -> list[Known]:
    """The children of the register whom a table may mean."""
    found: list[Known] = []
    async for page in pages_of_register(store, only_active=only_active):
        found += await asyncio.to_thread(lambda some: [*filter(may_mean, some)], page)
    return found


async def pages_of_register(
    store: Store, *, only_active: bool = False
) -> AsyncIterator[list[Known]]:
    """All children a page at a time: a register need not fit into memory."""
    after = 0
    while page := await store.read(partial(_page, after=after)):
        yield [_known(one) for one in page if one.status == "active" or not only_active]
        after = page[-1].id


def _page(reading: Reading, after: int) -> tuple[Child, ...]:
    return reading.children.page(after, READ_AT_ONCE)


def _known(child: Child) -> Known:
    return Known(
        id=child.id,
        area=child.area_id,
        household=child.household_id,
        version=child.version,
        values=child.values,
    )


def _common(tree: AreaTree, areas: Iterable[int]) -> int:
    paths = [[row.id for row in tree.path(area)] for area in areas]
    if not paths:
        return tree.roots()[0].id
    shared = [row[0] for row in zip(*paths, strict=False) if len(set(row)) == 1]
    return shared[-1] if shared else tree.roots()[0].id


# -- staging ------------------------------------------------------------------------------------


def _row(
    one: Compared, people: Mapping[tuple[str, str], int], families: Mapping[int, int]
) -> RosterRowIn:
    return RosterRowIn(
        number=one.row.row,
        kind=one.outcome,
        area_id=one.row.area,
        values=one.values,
        child_id=one.known.id if one.known else None,
        version=one.known.version if one.known else None,
        household_id=families.get(one.family) if one.family is not None else None,
        responsible_id=people.get(_responsible_of(one)),
        faults=tuple(fault.sentence() for fault in one.row.faults),
    )


def _add(work: Work, roster_id: int, rows: Sequence[RosterRowIn], by: int) -> None:
    work.rosters.add(roster_id, rows, by=by)


def _households(work: Work, compared: Sequence[Compared]) -> dict[int, int]:
    families = {one.family for one in compared if one.family is not None}
    return {family: work.new_id() for family in sorted(families)}


def _responsible(work: Work, seen: Preview) -> dict[tuple[str, str], int]:
    """Who answers for the children, by name and telephone: people we know, else new ones."""
    taken = [one for one in seen.compared if one.outcome not in ("bad", "outside")]
    named = {_responsible_of(one) for one in taken} - {("", "")}
    known = _colleagues(work)
    found = {}
    for name, phone in sorted(named):
        person = known.get((name, phone))
        if person is None:
            person = work.people.add(name=name, phone=phone)
        found[name, phone] = person
    return found


def _colleagues(reading: Reading) -> dict[tuple[str, str], int]:
    people, root = reading.people, reading.areas.roots()[0].id
    held = {one.person_id for one in reading.responsibilities.in_area(root)}
    posts = people.in_posts(("responsible", *_POSTS), reading.areas.descendants(root))
    known = sorted(held | {post.person_id for post in posts})
    return {(people.name_of(one), people.phone_of(one)): one for one in known}


def _held(reading: Reading) -> dict[int, int]:
    """Child -> who answers for it first."""
    root = reading.areas.roots()[0].id
    held = reading.responsibilities.in_area(root)
    return {one.child_id: one.person_id for one in held if one.kind == PRIMARY}


def _moves(
    compared: Iterable[Compared],
    held: Mapping[int, int],
    colleagues: Mapping[tuple[str, str], int],
) -> int:
    return sum(
        one.known is not None
        and one.outcome in ("changed", "same")
        and any(named := _responsible_of(one))
        and held.get(one.known.id) != colleagues.get(named, 0)
        for one in compared
    )


def _responsible_of(one: Compared) -> tuple[str, str]:
    name = one.row.text("responsible_name")
    return (name, one.row.text("responsible_phone")) if name else ("", "")


def _parts(rows: Sequence[RosterRowIn]) -> Iterator[tuple[int, Sequence[RosterRowIn]]]:
    for at in range(0, len(rows), STAGED_AT_ONCE):
        yield at, rows[at : at + STAGED_AT_ONCE]


#: Posts of villages and schools whose holders answer for children.
_POSTS = (
    "child_director",
    "grid_worker",
    "village_head",
    "teacher",
    "kindergarten_teacher",
    "village_doctor",
    "social_worker",
)
