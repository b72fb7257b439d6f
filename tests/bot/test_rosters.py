"""A roster with planted faults, from the file to the register and back."""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from bot import rosters
from bot.demo.people import COUNTY, NAME
from bot.office_words import words
from bot.tables import TableFaults, read_areas
from storage.rosters import Applied, Undone
from storage.sealing import KeyRing
from storage.store import Store
from tests.fakes.clock import FakeClock

DATA = Path(__file__).parents[1] / "data"
TODAY = date(2026, 11, 23)


@pytest.fixture
def store(sqlite_url: str, keys: KeyRing, clock: FakeClock) -> Iterator[Store]:
    rows = read_areas(COUNTY / "areas.xlsx", words, NAME)
    opened = Store.open(sqlite_url, keys, clock, turn_seconds=60)
    opened.write(lambda work: work.places.replace(rows)).result()
    yield opened
    opened.close()


async def test_a_roster_goes_in_whole_comes_in_once_and_goes_out_whole(store: Store) -> None:
    seen = await rosters.preview(store, DATA / "roster-yunling.xlsx", TODAY, words)
    faulty = {one.row.text("name") for one in seen.compared if one.row.faults}
    assert _planted() - faulty == set()
    assert seen.counts["bad"] == len(seen.read.roster.rows_of("bad"))
    assert seen.counts["new"] + seen.counts["bad"] == len(seen.compared)
    assert await store.read(lambda reading: reading.children.page(0, 1)) == ()

    roster_id = await rosters.stage(store, seen, "roster.xlsx", rosters.PROGRAM)
    assert await store.read(lambda reading: reading.children.page(0, 1)) == ()
    done = await store.write(lambda work: rosters.put_in(work, roster_id, rosters.PROGRAM))
    assert isinstance(done, Applied)
    assert done.new == seen.counts["new"]

    again = await rosters.preview(store, DATA / "roster-yunling.xlsx", TODAY, words)
    assert again.counts.get("new", 0) == 0
    assert again.counts.get("changed", 0) == 0

    back = await store.write(lambda work: rosters.undo(work, roster_id, rosters.PROGRAM))
    assert back == Undone(back=done.new, kept=())
    assert await store.read(lambda reading: reading.children.page(0, 1)) == ()


async def test_a_table_that_is_no_roster_says_so_and_nothing_is_written(
    store: Store, tmp_path: Path
) -> None:
    file = tmp_path / "list.csv"
    file.write_text("种类,数量\n书,3\n", "utf-8")
    with pytest.raises(TableFaults) as caught:
        await rosters.preview(store, file, TODAY, words)
    assert len(caught.value.sentences) == 1


def _planted() -> set[str]:
    """The names of the children whose rows have planted faults; "" where it is the name."""
    with (DATA / "roster-yunling.faults.csv").open(encoding="utf-8-sig", newline="") as file:
        return {"".join(row["name"].split()) for row in csv.DictReader(file)}
