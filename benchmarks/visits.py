"""The morning of a county: every next visit planned, whose is what, and a digest for each cadre.

    nice -n 15 python -m benchmarks.visits [sqlite:50000 postgresql:50000 ...] [--write]

Children are sealed records like those of a roster, ten in the hands of each cadre. All came with
one roster a week before, so that all first visits are due in one morning: the worst there is.
Beside it in the same run stands APScheduler 3 with its SQLAlchemy job store, one stored job for
each child. ``--write`` keeps the figures in results/visits.json and visits.md.
"""

import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from benchmarks import sizes
from benchmarks.register import VALUES
from benchmarks.sizes import Figures
from bot.bells import ABREAST
from bot.county.rules import read_rules
from bot.settings import read_settings
from handlers.rules import Rules
from handlers.turn import Turn
from handlers.visiting import digest, planning
from handlers.visiting.shares import Share
from handlers.visiting.shares import pages as pages_of
from policy.areas import AreaRow
from storage.children.child import Cause, NewChild
from storage.people.people import NOBODY
from storage.sealing import KeyRing
from storage.store import Store
from storage.work import Work

RUNS = ("sqlite:50000", "postgresql:50000", "sqlite:1000000", "postgresql:1000000")
OF_ONE = 10
#: Children of one page: what somebody who talks meanwhile waits for.
PAGE = 200
AT_ONCE = 2_000
#: Jobs that the scheduler is given: its cost grows with each, and it has no way to add many.
JOBS = 10_000
BEGAN = datetime(2026, 11, 23, 0, tzinfo=UTC)
MORNING = datetime(2026, 11, 30, 0, tzinfo=UTC)


class Now:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = BEGAN

    def __call__(self) -> datetime:
        return self.now


def measure(url: str, folder: Path, size: int) -> Figures:
    """What the morning of a county of that size costs."""
    clock, rules = Now(), read_rules(read_settings())
    figures: Figures = {"children": size}
    keys = KeyRing.create(folder / "keys.json")
    with closing(Store.open(url, keys, clock, turn_seconds=300)) as store:
        groups = store.write(_places).result()
        cadres = store.write(partial(_cadres, groups=groups, count=size // OF_ONE)).result()
        for first in range(0, size, AT_ONCE):
            count = min(AT_ONCE, size - first)
            store.write(
                partial(_enter, groups=groups, cadres=cadres, first=first, count=count)
            ).result()
        with _timed(figures, "plan_s"):
            figures["page_ms"] = round(_plan(store, rules) * 1000)
        store.write(partial(_stir, count=size // 100)).result()
        with _timed(figures, "replan_s"):
            _plan(store, rules)
        with _timed(figures, "strays_s"):
            store.read(lambda reading: reading.visits.strays(PAGE)).result()
        clock.now = MORNING
        day = MORNING.astimezone(rules.zone).date()
        with _timed(figures, "shares_s"):
            shares = store.read(lambda reading: digest.unsent(reading, rules, day)).result()
        figures["digests"] = len(shares)
        with _timed(figures, "digests_s"):
            pages = [*pages_of(shares)]
            for first in range(0, len(pages), ABREAST):
                pending = [
                    store.write(partial(_send, rules=rules, shares=page, day=day))
                    for page in pages[first : first + ABREAST]
                ]
                for one in pending:
                    one.result()
    figures["memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return figures


def _plan(store: Store, rules: Rules) -> float:
    """Plan page by page until nothing is stale; the longest page."""
    longest, page = 0.0, 0
    made_by = rules.tables
    while stale := store.read(lambda reading: reading.visits.stale(made_by, PAGE)).result():
        began = time.perf_counter()
        page += 1
        store.write(partial(_page, rules=rules, children=stale, page=page)).result()
        longest = max(longest, time.perf_counter() - began)
    return longest


def _stir(work: Work, *, count: int) -> None:
    """One child in a hundred changed during the night, as an import changes them."""
    rows = work.db.raw.execute(f"SELECT child_id FROM visit_plan LIMIT {count}").fetchall()
    work.visits.stir(row[0] for row in rows)
    work.stirred.clear()


def _page(work: Work, *, rules: Rules, children: tuple[int, ...], page: int) -> None:
    planning.plan_page(work, rules, children, page)
    work.stirred.clear()


def _send(work: Work, *, rules: Rules, shares: Mapping[int, Share], day: date) -> None:
    at = work.now.astimezone(rules.zone)
    turn = Turn(work=work, rules=rules, speaker=NOBODY, at=at, finish=lambda *_: None)
    digest.send(turn, shares, day)


def _places(work: Work) -> list[int]:
    rows = [AreaRow(id=1, parent_id=None, kind="county", name="云岭县")]
    number = 1
    for town in range(20):
        number += 1
        above = number
        rows.append(AreaRow(id=above, parent_id=1, kind="town", name=f"{town}镇"))
        for village in range(15):
            number += 1
            rows.append(
                AreaRow(id=number, parent_id=above, kind="village", name=f"{town}镇{village}村")
            )
    kept = work.places.replace(rows)
    return [kept[row.id] for row in rows if row.kind == "village"]


def _cadres(work: Work, *, groups: list[int], count: int) -> list[int]:
    people = []
    for number in range(count):
        person = work.people.meet("web", f"cadre{number}").person_id
        work.people.add_role(person, "responsible", groups[number % len(groups)])
        people.append(person)
    return people


def _enter(work: Work, *, groups: list[int], cadres: list[int], first: int, count: int) -> None:
    children = []
    for number in range(first, first + count):
        child_id = work.new_id()
        values = {**VALUES, "name": f"孩子{number}"}
        area = groups[number // OF_ONE % len(groups)]
        children.append(NewChild(id=child_id, area_id=area, household_id=child_id, values=values))
    work.children.add_many(
        children, Cause(source="roster", by=0, true_at=work.now), status="active"
    )
    for place, one in enumerate(children):
        work.responsibilities.assign(one.id, cadres[(first + place) // OF_ONE], by=0)
    work.stirred.clear()


def jobs(folder: Path) -> Figures:
    """APScheduler with one stored job a child: put in, one in a hundred moved, and read."""
    url = f"sqlite:///{folder / 'jobs.db'}"
    scheduler = BackgroundScheduler(jobstores={"default": SQLAlchemyJobStore(url)}, timezone=UTC)
    scheduler.start(paused=True)
    figures: Figures = {"jobs": JOBS}
    when = datetime.now(UTC) + timedelta(days=7)
    with _timed(figures, "jobs_in_s"):
        for number in range(JOBS):
            scheduler.add_job(
                "benchmarks.visits:remind", "date", run_date=when, args=[number], id=str(number)
            )
    with _timed(figures, "jobs_moved_s"):
        for number in range(JOBS // 100):
            scheduler.reschedule_job(str(number), trigger="date", run_date=when)
    with _timed(figures, "jobs_read_s"):
        scheduler.get_jobs()
    figures["jobs_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    scheduler.shutdown(wait=False)
    return figures


def remind(number: int) -> int:
    """What a stored job would call."""
    return number


@contextmanager
def _timed(figures: Figures, what: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    figures[what] = round(time.perf_counter() - began, 2)


# -- figures ------------------------------------------------------------------------------------

#: Key, heading, and the unit.
LINES = (
    ("plan_s", "every next visit planned", "s"),
    ("page_ms", "the longest that somebody who talks waits for it", "ms"),
    ("replan_s", "one child in a hundred changed: planned anew", "s"),
    ("strays_s", "the check for children whom nobody stirred", "s"),
    ("shares_s", "whose is what this morning", "s"),
    ("digests", "digests", ""),
    ("digests_s", "all of them written", "s"),
    ("memory_mb", "peak memory of the process", "MB"),
)


def _alone(what: Callable[..., Figures], *arguments: object) -> Figures:
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(what, arguments)


@cache
def _peer() -> Figures:
    with tempfile.TemporaryDirectory(prefix="xiangban-bench-") as folder:
        return _alone(jobs, Path(folder))


def _keep(runs: Sequence[Figures]) -> None:
    """Beside those of the peer, which is measured once, in the same run."""
    peer = _peer()
    said = (
        f"APScheduler 3 with {peer['jobs']:,} stored jobs on SQLite, in the same run: put in "
        f"{peer['jobs_in_s']} s, one in a hundred moved {peer['jobs_moved_s']} s, read "
        f"{peer['jobs_read_s']} s, peak memory {peer['jobs_mb']} MB."
    )
    sizes.keep("visits", LINES, runs, said=[said], peer=peer)


if __name__ == "__main__":
    sizes.measured("visits", RUNS, partial(_alone, measure), _keep)
