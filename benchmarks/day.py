"""A day of a whole county: 50,000 children, 5,000 workers, 200,000 reminders, on two cores.

    nice -n 15 python -m benchmarks.day [--children 50000] [--workers 5000] [--reminders 200000]
                                        [--url postgresql+psycopg://…] [--write]

The process that is measured gets two cores and 4 GB and no more. The day is leapt through in
quarters of an hour from eight to eight: at each the clock is set on, what falls due is rung (the
case is read, the step taken, written down, and its card put for a named person, sealed), cards
are sent as fast as a channel takes them that has no pace, and workers write in meanwhile. Lateness
is from the quarter's beginning until the last of its steps is committed, and until the last card
is sent. A quarter that takes longer than a quarter of an hour would never be caught up with.
"""

import argparse
import asyncio
import json
import os
import resource
import tempfile
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update

from benchmarks import register, results
from bot import memory, wiring
from bot.bells import Bells
from bot.county.publisher import publish_new, sources
from bot.county.rules import read_rules
from bot.delivery import Delivery
from bot.intake import Intake
from bot.settings import HOME, read_settings
from storage.cases.case import Owner
from storage.cases.duties import DutyIn
from storage.reporting.reports import ReportIn
from storage.repository import given
from storage.sealing import KeyRing
from storage.store import Store
from storage.tables import duty, duty_climb
from storage.work import Reading, Work
from tests.fakes.house import OwnClock
from tests.fakes.paper import Paper, Visitor

#: Eight in the morning in Shanghai, and how many quarters of an hour follow.
BEGAN = datetime(2026, 11, 20, 0, tzinfo=UTC)
QUARTER, QUARTERS = timedelta(minutes=15), 48
#: Duties of one case, each of a kind with a step for whoever must do it.
KINDS = ("acknowledge", "contact", "see_child", "assess")
#: How long before its time whoever must do it is reminded (policy/duties.toml): red, orange.
BEFORE = (timedelta(minutes=5), timedelta(minutes=30))
#: How the answer to whoever talks begins.
HELP = "怎么用"
CASES_AT_ONCE, WORKERS_AT_ONCE = 250, 500
#: Of so many workers one writes something in each quarter.
TALKS = 50
GIGABYTES, CORES = 4, 2
_END_RUNG = (
    update(duty)
    .where(duty.c.state == "open", duty.c.level > 0)
    .values(state="done", ended_at=given("now"), ended_by=0)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class County:
    """How large it is."""

    children: int
    workers: int
    reminders: int


# -- the county ---------------------------------------------------------------------------------


def settle(url: str, keys: Path, county: County) -> None:
    """Children in their villages, workers with their posts, cases with what falls due today."""
    clock = [BEGAN - timedelta(days=2)]
    ring = KeyRing.load(keys)
    with closing(Store.open(url, ring, lambda: clock[0], turn_seconds=300)) as store:
        publish_new(store, sources(HOME / "forms"))
        groups, _ = store.write(partial(register._places, size=county.children)).result()
        for first in range(0, county.children, register.ENTERED_AT_ONCE):
            count = min(register.ENTERED_AT_ONCE, county.children - first)
            store.write(partial(register._enter, groups=groups, first=first, count=count)).result()
        people: list[tuple[int, int]] = []
        for first in range(0, county.workers, WORKERS_AT_ONCE):
            count = min(WORKERS_AT_ONCE, county.workers - first)
            people += store.write(partial(_hire, groups=groups, first=first, count=count)).result()
        cases = -(-county.reminders // len(KINDS))
        for first in range(0, cases, CASES_AT_ONCE):
            count = min(CASES_AT_ONCE, cases - first)
            store.write(partial(_open, people=people, first=first, count=count)).result()


def _hire(work: Work, *, groups: list[int], first: int, count: int) -> list[tuple[int, int]]:
    """Workers of villages: who, and where."""
    found = []
    for number in range(first, first + count):
        village = work.areas.path(groups[number * register.GROUPS % len(groups)])[-2].id
        person = work.people.meet("paper", f"worker-{number}").person_id
        work.people.set_name(person, f"干部{number}")
        work.people.add_role(person, "child_director", village)
        found.append((person, village))
    return found


def _open(work: Work, *, people: list[tuple[int, int]], first: int, count: int) -> None:
    """Cases, each with four duties whose first steps fall into the day."""
    form = work.forms.current("report")
    assert form is not None
    for number in range(first, first + count):
        person, village = people[number % len(people)]
        grade = ("red", "orange")[number % 2]
        filed = work.reports.file(
            ReportIn(
                kind="report",
                area_id=village,
                form_version=form.version,
                answers="{}",
                grade=grade,
                anonymous=True,
            )
        )
        owner = Owner(role="child_director", area_id=village, person_id=person)
        case = work.cases.open(filed, owner, stage="received", child_id=None)
        work.cases.add_member(case.id, person, "told", by=0, role="child_director")
        work.duties.set_many(
            [_duty(number, at, kind, case.id, people) for at, kind in enumerate(KINDS)]
        )


def _duty(number: int, at: int, kind: str, case_id: int, people: list[tuple[int, int]]) -> DutyIn:
    person, village = people[number % len(people)]
    rings = BEGAN + QUARTER * ((number * len(KINDS) + at) % QUARTERS) + QUARTER / 2
    return DutyIn(
        key=f"day:{number}:{kind}",
        kind=kind,
        subject="case",
        subject_id=case_id,
        area_id=village,
        grade=("red", "orange")[number % 2],
        person_id=person,
        role="child_director",
        due_at=rings + BEFORE[number % 2],
        rings_at=rings,
    )


# -- the day ------------------------------------------------------------------------------------


def measure(url: str, keys: str, county: County) -> dict[str, float]:
    """The day, in a process that has two cores and 4 GB."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {*sorted(os.sched_getaffinity(0))[:CORES]})
    most = GIGABYTES << 30
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    return asyncio.run(_day(url, Path(keys), county))


async def _day(url: str, keys: Path, county: County) -> dict[str, float]:
    clock = OwnClock(BEGAN)
    settings = read_settings(database_url=url, key_file=keys, turn_limit=60)
    store = memory.open_store(settings, clock)
    paper, metrics = Paper(), wiring.metrics()
    delivery = Delivery(store, [paper], clock, metrics)
    rules = read_rules(settings)
    intake = Intake(store, rules, delivery, clock, metrics)
    bells = Bells(store, rules, delivery, clock, intake)
    (await store.read(lambda reading: reading.areas)).prepare()
    rung, sent, answers = list[float](), list[float](), list[float]()
    cards, before = 0, time.process_time()
    try:
        for quarter in range(QUARTERS):
            clock.moment[0] = BEGAN + QUARTER * (quarter + 1)
            began = time.perf_counter()
            talking = asyncio.create_task(_talk(paper, intake, clock, county, quarter))
            while await store.read(partial(_rings, now=clock.now())):
                await bells.ring_duties()
            rung.append(time.perf_counter() - began)
            answers += await talking
            while await delivery.claim():
                await delivery.idle()
            sent.append(time.perf_counter() - began)
            cards += sum(not one.card.text.startswith(HELP) for one in paper.sent)
            paper.sent.clear()
            await store.write(_done)
        if (steps := await store.read(_steps)) < county.reminders:
            raise RuntimeError(f"{steps} steps were taken")
    finally:
        await delivery.stop()
        await asyncio.to_thread(store.close)
    answers.sort()
    return {
        "steps": float(steps),
        "cards": float(cards),
        "cpu_seconds": time.process_time() - before,
        "busy_seconds": sum(sent),
        "slowest_quarter": max(rung),
        "slowest_sent": max(sent),
        "answer_median_ms": answers[len(answers) // 2] * 1000,
        "answer_p99_ms": answers[len(answers) * 99 // 100] * 1000,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _rings(look: Reading, now: datetime) -> bool:
    return bool(look.duties.ringing(now, 1))


def _steps(look: Reading) -> int:
    return int(look.db.all(select(func.count()).select_from(duty_climb))[0][0])


def _done(work: Work) -> None:
    """Workers did what they were reminded of: nothing of it climbs on."""
    work.db.run(_END_RUNG, now=work.now)


async def _talk(
    paper: Paper, intake: Intake, clock: OwnClock, county: County, quarter: int
) -> list[float]:
    """Seconds that workers wait until what they wrote is stored, one after the other."""
    waited = []
    for number in range(quarter % TALKS, county.workers, TALKS):
        person = Visitor(paper, intake, f"worker-{number}", clock.moment, count=quarter * 10)
        began = time.perf_counter()
        await person.says("帮助")
        waited.append(time.perf_counter() - began)
    return waited


# -- figures ------------------------------------------------------------------------------------


def table(figures: Mapping[str, Any]) -> str:
    """What a day took."""
    on, county, day = figures["machine"], figures["county"], figures["day"]
    return "\n".join(
        [
            f"Measured {figures['at']} on {on['cores']} cores ({on['processor']}),",
            f"{on['memory_gb']} GB, {on['system']}, Python {on['python']}; load average at the",
            f"start {on['load_average']}, niceness {on['niceness']}; {figures['engine']}.",
            f"The process had {CORES} cores and {GIGABYTES} GB.",
            "",
            f"A county of {county['children']:,} children and {county['workers']:,} workers;",
            f"{county['reminders']:,} duties fall due between eight and eight, half of them red:",
            f"{day['steps']:,.0f} steps were taken and {day['cards']:,.0f} cards sent (what is",
            "not red and beyond the day's limit of a person waits for the next digest).",
            "",
            "| | measured | goal |",
            "| --- | ---: | ---: |",
            f"| busy, of twelve hours | {day['busy_seconds'] / 60:.1f} min | 720 min |",
            f"| processor time | {day['cpu_seconds'] / 60:.1f} min | |",
            "| the slowest quarter: last step committed "
            f"| {day['slowest_quarter']:.1f} s | 900 s |",
            f"| the slowest quarter: last card sent | {day['slowest_sent']:.1f} s | 900 s |",
            f"| what a worker writes meanwhile is stored after (median) "
            f"| {day['answer_median_ms']:.0f} ms | |",
            f"| … 99 in 100 | {day['answer_p99_ms']:.0f} ms | 1,000 ms |",
            f"| memory at most | {day['memory_mb']:.0f} MB | 4,096 MB |",
            "",
        ]
    )


def main() -> None:
    """Settle the county, leap through its day, print, and keep where asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.day", description=__doc__)
    parser.add_argument("--children", type=int, default=50_000)
    parser.add_argument("--workers", type=int, default=5_000)
    parser.add_argument("--reminders", type=int, default=200_000)
    parser.add_argument("--url", help="an empty PostgreSQL database; else SQLite in a new folder")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    county = County(children=asked.children, workers=asked.workers, reminders=asked.reminders)
    with tempfile.TemporaryDirectory(prefix="xiangban-bench-") as name:
        folder = Path(name)
        keys = folder / "keys" / "day.keys"
        keys.parent.mkdir()
        KeyRing.create(keys)
        (folder / "data").mkdir()
        url = asked.url or f"sqlite:///{folder / 'data' / 'day.db'}"
        settle(url, keys, county)
        figures: dict[str, Any] = {
            "at": f"{datetime.now(UTC):%Y-%m-%d}",
            "machine": results.machine(),
            "engine": "PostgreSQL" if asked.url else "SQLite",
            "county": {
                "children": county.children,
                "workers": county.workers,
                "reminders": county.reminders,
            },
        }
        with get_context("spawn").Pool(1) as alone:
            figures["day"] = alone.apply(measure, (url, str(keys), county))
    text = table(figures)
    print(text)
    if asked.write:
        (results.RESULTS / "day.json").write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
        (results.RESULTS / "day.md").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
