"""A roster on its way into the register: read in the jail, compared, staged, put in or undone."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path

from bot.tables import ReadRoster, TableFaults, mark_roster, read_roster
from policy.areas import AreaRow, AreaTree
from policy.register.comparing import Compared, Known, Outcome, compare
from policy.register.keepers import match_keepers
from policy.words import Words
from storage.children import Child
from storage.responsibilities import PRIMARY
from storage.rosters import Applied, NotPossible, RosterRowIn, Stale, Undone
from storage.store import Store
from storage.work import Reading, Work

#: Children read, and rows staged, in one go, so that nobody waits for them.
READ_AT_ONCE, STAGED_AT_ONCE = 1000, 200
#: Who did it, in the audit, when nobody in the talk did.
PROGRAM = 0
#: What somebody is who answers for children and holds no post yet.
RESPONSIBLE = "responsible"

#: What is told while it goes on: how much of it is done, of how much.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a roster would change; nothing is written yet."""

    read: ReadRoster = field(repr=False)
    compared: tuple[Compared, ...] = field(repr=False)
    tree: AreaTree = field(repr=False)
    #: How many children come into other hands; only counted for lists of who answers for whom.
    moves: int = 0

    @property
    def counts(self) -> Mapping[Outcome, int]:
        """How many rows would do what."""
        return Counter(one.outcome for one in self.compared)

    @property
    def area_id(self) -> int:
        """The smallest place that holds all rows."""
        return _common(self.tree, {one.row.area for one in self.compared if one.row.area})


async def preview(
    store: Store,
    file: Path,
    today: date,
    words: Words,
    *,
    progress: Progress = lambda done, of: None,
) -> Preview:
    """What the roster would change; raises TableFaults when it cannot be read as one."""
    areas: list[AreaRow] = list(await store.read(lambda reading: reading.places.load()))
    if not areas:
        raise TableFaults([words("roster.no_areas")])
    progress(0, 3)
    read = await asyncio.to_thread(read_roster, file, areas, today, words)
    unusable = [one.sentence() for one in read.roster.faults if one.grade == "bad"]
    if unusable:
        raise TableFaults(unusable)
    progress(1, 3)
    known = await _register(store)
    progress(2, 3)
    compared = await asyncio.to_thread(compare, read.roster.rows, known)
    progress(3, 3)
    return Preview(read=read, compared=compared, tree=AreaTree.build(areas))


async def preview_keepers(store: Store, file: Path, today: date, words: Words) -> Preview:
    """What a list of who answers for whom would change; raises TableFaults like a roster."""
    areas: list[AreaRow] = list(await store.read(lambda reading: reading.places.load()))
    read = await asyncio.to_thread(read_roster, file, areas, today, words)
    whole = [one for one in read.roster.faults if one.code != "missing-column"]
    if unusable := [one.sentence() for one in whole if one.grade == "bad"]:
        raise TableFaults(unusable)
    tree = AreaTree.build(areas)
    held, colleagues = await store.read(lambda reading: (_held(reading), _colleagues(reading)))
    known = await _register(store, only_active=True)
    compared = match_keepers(
        read.roster.rows, known, lambda area: _village(tree, area), colleagues
    )
    roster = replace(read.roster, rows=tuple(one.row for one in compared), faults=tuple(whole))
    marked = await asyncio.to_thread(mark_roster, file, roster)
    return Preview(
        read=ReadRoster(roster=roster, marked=marked),
        compared=compared,
        tree=tree,
        moves=sum(
            one.known is not None
            and one.outcome == "same"
            and held.get(one.known.id) != colleagues.get(_responsible_of(one), 0)
            for one in compared
        ),
    )


async def stage(
    store: Store,
    seen: Preview,
    name: str,
    by: int,
    *,
    progress: Progress = lambda done, of: None,
) -> int:
    """Keep the rows sealed until somebody confirms them; the import's id."""
    roster_id = await store.write(lambda work: work.rosters.stage(seen.area_id, name, by=by))
    people = await store.write(lambda work: _responsible(work, seen))
    families = await store.write(lambda work: _households(work, seen.compared))
    rows = [_row(one, people, families) for one in seen.compared]
    for at, part in _parts(rows):
        await store.write(partial(_add, roster_id=roster_id, rows=part, by=by))
        progress(at + len(part), len(rows))
    return roster_id


def put_in(work: Work, roster_id: int, by: int) -> Applied | Stale | NotPossible:
    """All that is good of a staged import, or nothing; who answers for a child holds a post."""
    done = work.rosters.apply(roster_id, by=by)
    if isinstance(done, Applied):
        _give_posts(work, roster_id)
    return done


def undo(work: Work, roster_id: int, by: int) -> Undone | NotPossible:
    """A whole import taken back."""
    return work.rosters.undo(roster_id, by=by)


# -- reading ------------------------------------------------------------------------------------


async def _register(store: Store, *, only_active: bool = False) -> list[Known]:
    known: list[Known] = []
    after = 0
    while page := await store.read(partial(_page, after=after)):
        wanted = (one for one in page if one.status == "active" or not only_active)
        known += map(_known, wanted)
        after = page[-1].id
    return known


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
    named = {_responsible_of(one) for one in seen.compared if one.outcome != "bad"} - {("", "")}
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


def _responsible_of(one: Compared) -> tuple[str, str]:
    name = one.row.text("responsible_name")
    return (name, one.row.text("responsible_phone")) if name else ("", "")


def _give_posts(work: Work, roster_id: int) -> None:
    after = 0
    while rows := work.rosters.rows(
        roster_id, ("new", "changed", "same"), after=after, count=STAGED_AT_ONCE
    ):
        after = rows[-1].number
        for row in rows:
            person = row.responsible_id
            if person is None or row.area_id is None or work.people.roles(person):
                continue
            work.people.add_role(person, RESPONSIBLE, _village(work.areas, row.area_id))


def _village(tree: AreaTree, area: int) -> int:
    villages = [row.id for row in tree.path(area) if row.kind == "village"]
    return villages[0] if villages else area


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
