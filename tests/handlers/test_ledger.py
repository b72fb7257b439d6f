"""What the register counted at every moment: kept step by step, and the same when counted anew."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import policy
from handlers.children.ledger import MAY_LACK, Ledger
from policy.summary import ALL, CALIBERS, Caliber, Counts, Traits, traits_of
from policy.tables import load_policy
from storage.sealing import KeyRing
from storage.store import Store
from storage.work import Reading, Work
from tests.fakes.clock import FakeClock
from tests.storage.village import Village, settled

TABLE = load_policy(Path(policy.__file__).parent).summary
ZONE = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
#: What a child may be: enough to fall into each group somehow.
RECORDS = (
    {"labels": "left_behind", "sex": "male", "birth_date": "2016-09-01", "schooling": "primary"},
    {"labels": "left_behind", "sex": "female", "birth_date": "2011-02", "schooling": "junior"},
    {"labels": "", "birth_date": "2023", "both_away": "yes", "guardian_relation": "爷爷奶奶"},
    {"labels": "in_hardship", "sex": "male", "birth_date": "2015-01-01"},
    {"labels": "left_behind", "support": "education other", "health": "disabled"},
    {"tier": "红色", "agreement_signed": "yes", "one_away": "yes", "schooling": "not_yet"},
)


def ledger() -> Ledger:
    return Ledger(TABLE, ZONE)


def known(reading: Reading, of: Ledger) -> Ledger:
    while not of.step(reading):
        pass
    return of


def recounted(
    reading: Reading, children: list[int], day: date, caliber: Caliber
) -> dict[int, dict[str, int]]:
    """The same by replaying each child on its own."""
    end = datetime.combine(day + DAY, datetime.min.time(), ZONE) - timedelta(microseconds=1)
    of_place: dict[int, list[Traits]] = {}
    for child_id in children:
        child = reading.children.as_of(child_id, end)
        codes = TABLE.codes(child.values) if child and child.status == "active" else None
        if child is not None and codes is not None:
            path = reading.areas.path(child.area_id)
            home = next((row.id for row in path if row.kind == "village"), child.area_id)
            of_place.setdefault(home, []).append(traits_of(child.values, codes))
    counts = {home: TABLE.counted(traits, day, caliber) for home, traits in of_place.items()}
    return {home: _filled(one) for home, one in counts.items() if one[ALL]}


def _filled(counts: Counts) -> dict[str, int]:
    return {key: count for key, count in counts.items() if count}


def counts_as_anew(reading: Reading, kept: Ledger, day: date) -> None:
    """What follows each change has the numbers of what is counted from nothing, at every step."""
    tree, fresh = reading.areas, known(reading, ledger())
    known(reading, kept)
    for on in (day, day - DAY):
        for caliber in CALIBERS:
            told = [one.counts(tree, on, caliber, reading.now) for one in (kept, fresh)]
            assert told[0] == told[1]
        assert kept.children(tree, on, reading.now) == fresh.children(tree, on, reading.now)
        places = [*fresh.children(tree, on, reading.now)]
        lacks = [one.lacks(tree, on, reading.now, places) for one in (kept, fresh)]
        assert lacks[0] == lacks[1]
        marks = [one.marks(tree, on, reading.now, places) for one in (kept, fresh)]
        assert marks[0] == marks[1]
        inside = frozenset(one for place in places for one in tree.descendants(place))
        assert Counter(mark for _, mark in kept.who(tree, on, inside)) == marks[0]


class Deed(Protocol):
    """Something that is done to the register."""

    def __call__(self, work: Work, here: Village, ids: list[int]) -> None: ...


def _enter(record: int, elsewhere: bool) -> Deed:
    def deed(work: Work, here: Village, ids: list[int]) -> None:
        at = here.elsewhere if elsewhere else here.group
        values = {"name": f"孩{len(ids)}", **RECORDS[record]}
        ids.append(work.children.add(at, values, source="roster", by=0))

    return deed


def _change(which: int, record: int) -> Deed:
    def deed(work: Work, here: Village, ids: list[int]) -> None:
        if ids:
            child = ids[which % len(ids)]
            work.children.change(child, RECORDS[record], source="visit", by=0)

    return deed


def _go(which: int, to: int) -> Deed:
    def deed(work: Work, here: Village, ids: list[int]) -> None:
        if not ids:
            return
        child = work.children.get(ids[which % len(ids)])
        assert child is not None
        if child.status == "left":
            work.children.come_back(child.id, by=0)
        elif child.status != "active":
            return
        elif to == 0:
            work.children.leave(child.id, "parents_back", work.now.date(), by=0)
        elif to == 1:
            work.children.move(child.id, here.elsewhere, by=0)
        elif ids[0] != child.id:
            work.children.merge(ids[0], child.id, by=0)

    return deed


FEW = st.integers(0, 4)
DEEDS = st.one_of(
    st.builds(_enter, FEW, st.booleans()),
    st.builds(_change, FEW, FEW),
    st.builds(_go, FEW, st.integers(0, 2)),
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=st.lists(st.tuples(DEEDS, st.integers(0, 30)), min_size=1, max_size=12))
def test_kept_step_by_step_it_is_what_a_recount_finds(
    deeds: list[tuple[Deed, int]], sqlite_store: Store, clock: FakeClock
) -> None:
    """Also for days that are past, whatever was entered since."""
    here = sqlite_store.write(settled).result()
    ids: list[int] = []
    kept = ledger()
    sqlite_store.read(lambda reading: known(reading, kept)).result()
    elder = sqlite_store.read(lambda reading: reading.timelines.page(0, 10_000)).result()
    seen = {one.id for one in elder}
    days = []
    for deed, hours in deeds:
        sqlite_store.write(partial(deed, here=here, ids=ids)).result()
        days.append(clock().astimezone(ZONE).date())
        sqlite_store.read(lambda reading: counts_as_anew(reading, kept, days[-1])).result()
        clock.passes(timedelta(hours=hours))

    def same(reading: Reading) -> None:
        tree = reading.areas
        fresh = known(reading, ledger())
        for day in {*days, days[0] - DAY}:
            for caliber in CALIBERS:
                told = recounted(reading, [*seen, *ids], day, caliber)
                for one in (kept, fresh):
                    counts = one.counts(tree, day, caliber, reading.now)
                    assert {home: _filled(of) for home, of in counts.items()} == told

    sqlite_store.read(same).result()


@pytest.fixture
def sqlite_store(sqlite_url: str, keys: KeyRing, clock: FakeClock) -> Iterator[Store]:
    opened = Store.open(sqlite_url, keys, clock, readers=1)
    yield opened
    opened.close()


async def test_a_day_that_is_past_never_changes(store: Store, clock: FakeClock) -> None:
    here = await store.write(settled)
    ids: list[int] = []
    await store.write(lambda work: _enter(0, elsewhere=False)(work, here, ids))
    today = clock().astimezone(ZONE).date()
    clock.passes(2 * DAY)
    kept = ledger()

    def table(reading: Reading) -> dict[int, dict[str, int]]:
        counts = known(reading, kept).counts(reading.areas, today, 16, reading.now)
        return {home: _filled(of) for home, of in counts.items()}

    before = await store.read(table)
    assert before[here.village][ALL] == 1
    await store.write(lambda work: _change(0, 3)(work, here, ids))
    await store.write(lambda work: _enter(0, elsewhere=False)(work, here, ids))
    await store.write(lambda work: _go(0, 0)(work, here, ids))
    assert await store.read(table) == before
    kept = ledger()
    assert await store.read(table) == before


async def test_an_import_counts_from_when_it_was_applied_until_it_was_undone(
    store: Store, clock: FakeClock
) -> None:
    from storage.children.roster import Applied, RosterRowIn
    from storage.children.roster_undo import Undone

    here = await store.write(settled)
    kept = ledger()
    row = RosterRowIn(
        number=2,
        kind="new",
        area_id=here.group,
        values={"name": "甲", "labels": "left_behind"},
        child_id=None,
        version=None,
    )

    def stage(work: Work) -> int:
        roster = work.rosters.stage(here.county, "名册.xlsx", by=1)
        work.rosters.add(roster, [row], by=1)
        return roster

    async def count(day: date) -> int:
        counts = await store.read(
            lambda reading: known(reading, kept).counts(reading.areas, day, 16, reading.now)
        )
        return sum(of[ALL] for of in counts.values())

    def today() -> date:
        return clock().astimezone(ZONE).date()

    roster = await store.write(stage)
    staged = today()
    assert await count(staged) == 0
    clock.passes(DAY)
    assert isinstance(await store.write(lambda work: work.rosters.apply(roster, by=1)), Applied)
    applied = today()
    assert (await count(staged), await count(applied)) == (0, 1)
    clock.passes(DAY)
    assert isinstance(await store.write(lambda work: work.roster_undo.undo(roster, by=1)), Undone)
    assert (await count(staged), await count(applied), await count(today())) == (0, 1, 0)


async def test_who_came_and_who_went_add_up_to_the_difference(
    store: Store, clock: FakeClock
) -> None:
    here = await store.write(settled)
    ids: list[int] = []
    for _ in range(3):
        await store.write(lambda work: _enter(0, elsewhere=False)(work, here, ids))
    first = clock().astimezone(ZONE).date() + DAY
    clock.passes(DAY)
    await store.write(lambda work: _go(0, 0)(work, here, ids))
    await store.write(lambda work: _go(1, 1)(work, here, ids))
    await store.write(lambda work: _enter(1, elsewhere=False)(work, here, ids))
    kept = ledger()
    changes = await store.read(
        lambda reading: sorted(
            (one.why, one.before, one.after) for one in known(reading, kept).changes(first, first)
        )
    )
    assert [why for why, _, _ in changes] == ["elsewhere", "new", "parents_back"]
    assert ("elsewhere", here.group, here.elsewhere) in changes
    assert ("parents_back", here.group, None) in changes


async def test_what_is_not_collected_is_counted_by_column(store: Store) -> None:
    here = await store.write(settled)
    ids: list[int] = []
    await store.write(lambda work: _enter(0, elsewhere=False)(work, here, ids))
    await store.write(lambda work: _enter(4, elsewhere=False)(work, here, ids))
    kept = ledger()

    def lacking(reading: Reading) -> Counts:
        today = reading.now.astimezone(ZONE).date()
        return known(reading, kept).lacks(reading.areas, today, reading.now, [here.village])

    lacks = await store.read(lacking)
    assert lacks["name"] == 0
    assert lacks["schooling"] == 1
    assert lacks["father_name"] == 2
    assert "village" not in MAY_LACK
