"""A roster with planted faults, from the file to the register and back."""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from bot.commands.words import words
from bot.demo.people import COUNTY, NAME
from bot.tables import rosters
from bot.tables.tables import TableFaults, read_areas
from handlers.children.rosters import put_in
from storage.audit import PROGRAM
from storage.children.roster import Applied
from storage.children.roster_undo import Undone
from storage.sealing import KeyRing
from storage.store import Store
from tests.fakes.clock import FakeClock

DATA = Path(__file__).parents[2] / "data"
YUNLING = (DATA / "roster-yunling.xlsx").read_bytes()
TODAY = date(2026, 11, 23)


@pytest.fixture
def store(sqlite_url: str, keys: KeyRing, clock: FakeClock) -> Iterator[Store]:
    rows = read_areas(COUNTY / "areas.xlsx", words, NAME)
    opened = Store.open(sqlite_url, keys, clock, turn_seconds=60)
    opened.write(lambda work: work.places.replace(rows)).result()
    yield opened
    opened.close()


async def test_a_roster_goes_in_whole_comes_in_once_and_goes_out_whole(store: Store) -> None:
    seen = await rosters.preview(store, "roster.xlsx", YUNLING, TODAY)
    faulty = {one.row.text("name") for one in seen.compared if one.row.faults}
    assert _planted() - faulty == set()
    assert seen.counts["bad"] == len(seen.roster.rows_of("bad"))
    assert seen.counts["new"] + seen.counts["bad"] == len(seen.compared)
    assert await store.read(lambda reading: reading.children.page(0, 1)) == ()

    roster_id = await rosters.stage(store, seen, "roster.xlsx", PROGRAM)
    assert await store.read(lambda reading: reading.children.page(0, 1)) == ()
    done = await store.write(lambda work: put_in(work, roster_id, PROGRAM))
    assert isinstance(done, Applied)
    assert done.new == seen.counts["new"]

    again = await rosters.preview(store, "roster.xlsx", YUNLING, TODAY)
    assert again.counts.get("new", 0) == 0
    assert again.counts.get("changed", 0) == 0

    back = await store.write(lambda work: work.roster_undo.undo(roster_id, by=PROGRAM))
    assert back == Undone(back=done.new, kept=())
    assert await store.read(lambda reading: reading.children.page(0, 1)) == ()


async def test_a_table_that_is_no_roster_says_so_and_nothing_is_written(
    store: Store,
) -> None:
    data = "种类,数量\n书,3\n".encode()
    with pytest.raises(TableFaults) as caught:
        await rosters.preview(store, "list.csv", data, TODAY)
    assert len(caught.value.sentences) == 1


def _planted() -> set[str]:
    """The names of the children whose rows have planted faults; "" where it is the name."""
    with (DATA / "roster-yunling.faults.csv").open(encoding="utf-8-sig", newline="") as file:
        return {"".join(row["name"].split()) for row in csv.DictReader(file)}
