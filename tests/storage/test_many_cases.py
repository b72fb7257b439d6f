"""Whoever owns many cases, and is in them, sees their list after work that grows with it alone."""

import sqlite3
from collections.abc import Callable
from functools import partial

from storage.cases.case import Owner
from storage.reporting.reports import ReportIn
from storage.sealing import KeyRing
from storage.store import Store
from storage.work import Reading, Work
from tests.fakes.clock import FakeClock

FEW, MANY = 50, 200


def _owns(work: Work, person: int, count: int) -> None:
    owner = Owner(role="civil_affairs", area_id=None, person_id=person)
    for _ in range(count):
        filed = work.reports.file(
            ReportIn(
                kind="report",
                area_id=None,
                form_version="",
                answers="{}",
                grade="red",
                anonymous=False,
                circumstances=(),
            )
        )
        opened = work.cases.open(filed, owner, stage="received", child_id=None)
        work.cases.add_member(opened.id, person, "receiver", by=0)


def _work_of(reading: Reading, look: Callable[[Reading], object]) -> int:
    """In steps of SQLite's machine, hundreds of them."""
    steps = [0]

    def count() -> int:
        steps[0] += 1
        return 0

    raw = reading.cases._db.raw
    assert isinstance(raw, sqlite3.Connection)
    raw.set_progress_handler(count, 100)
    look(reading)
    raw.set_progress_handler(None, 0)
    return steps[0]


async def test_it_is_no_square_of_how_many_they_are(
    sqlite_url: str, keys: KeyRing, clock: FakeClock
) -> None:
    store = Store.open(sqlite_url, keys, clock)
    try:
        person = await store.write(lambda work: work.people.meet("web", "county").person_id)

        def list_them(reading: Reading) -> int:
            return len(reading.cases.owned_by([person], seer=person))

        took = []
        for add in (FEW, MANY - FEW):
            await store.write(partial(_owns, person=person, count=add))
            took.append(await store.read(lambda reading: _work_of(reading, list_them)))
        assert await store.read(list_them) == MANY
        assert took[1] < took[0] * (MANY / FEW) * 1.5
    finally:
        store.close()
