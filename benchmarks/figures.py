"""The figures as a county grows: the official table, the page 分析, the first walk, the past.

    nice -n 15 python -m benchmarks.figures [sqlite:50000 postgresql:50000 ...] [--write]

Each child has a record, a visit made in each of the last three months, and the next one, which is
late for every fifth child; there is a report for every twenty. A look is what the desk does for
a page, without drawing it; the first walk opens every record once a process, a step at a time.
"""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, cast

import psutil  # type: ignore[import-untyped]
from sqlalchemy import insert

from benchmarks import register, sizes
from benchmarks.sizes import Figures
from bot.county.rules import read_rules
from bot.settings import read_settings
from handlers import talk
from handlers.children import summary
from handlers.office import analysis
from handlers.office import summary as office_summary
from handlers.office.periods import Period
from handlers.rules import Rules
from handlers.turn import Turn
from policy.summary_workbook import Taken, as_workbook
from storage.cases.case import Owner
from storage.children.child import Child
from storage.reporting.reports import ReportIn
from storage.sealing import KeyRing
from storage.store import Store
from storage.tables import duty, visit
from storage.work import Reading, Work

RUNS = ["sqlite:50000", "postgresql:50000", "sqlite:130000", "postgresql:130000"]
MONTHS, AT_ONCE = 3, 1000
MONTH, DAY = timedelta(days=30), timedelta(days=1)


async def measure(url: str, folder: Path, size: int) -> Figures:
    """What each page costs in a county of this size."""
    keys = KeyRing.create(folder / "keys.json")
    rules = read_rules(read_settings(database_url=url))
    ago = [2 * MONTH]  # the children were entered before the days that are counted
    clock = partial(_now, ago)
    with closing(Store.open(url, keys, clock, turn_seconds=120)) as store:
        groups, county = await store.write(partial(register._places, size=size))
        for first in range(0, size, AT_ONCE):
            enter = partial(register._enter, groups=groups, first=first, count=AT_ONCE)
            await store.write(enter)
        ago[0] = timedelta()
        await _busy(store)
        contact = await store.write(partial(_officer, county=county))
        figures: Figures = {"children": size}
        figures |= await _walk(store, rules)
        look = partial(_look, store, rules, contact)
        today = datetime.now(rules.zone).date()
        table = partial(_table, day=None)
        figures["table_first_ms"] = await _took(look(table))
        figures["table_ms"] = await _median(lambda: look(table))
        past = partial(_table, day=today - 40 * DAY)
        figures["past_ms"] = await _took(look(past))
        figures["shared_ms"] = await _median(lambda: look(partial(_table, day=None, shared=True)))
        figures["analysis_ms"] = await _median(lambda: look(partial(_analysis, period="30")))
        figures["analysis_year_ms"] = await _median(lambda: look(partial(_analysis, period="365")))
        figures["list_ms"] = await _median(lambda: look(_list))
        found = await look(table)
        began = time.perf_counter()
        as_workbook(found.table, rules.words, Taken(who="x", when="x"))
        figures["workbook_ms"] = round((time.perf_counter() - began) * 1000)
    return figures


def _now(ago: list[timedelta]) -> datetime:
    return datetime.now(UTC) - ago[0]


async def _walk(store: Store, rules: Rules) -> Figures:
    """The register counted for the first time; the longest that a look behind it would wait."""
    process = psutil.Process()
    gc.collect()
    before, began, longest, done = process.memory_info().rss, time.perf_counter(), 0.0, False
    while not done:
        step = time.perf_counter()
        done = await store.read(rules.ledger.step)
        longest = max(longest, time.perf_counter() - step)
    took = time.perf_counter() - began
    gc.collect()
    return {
        "walk_s": round(took, 1),
        "walk_step_ms": round(longest * 1000),
        "walk_mb": round((process.memory_info().rss - before) / 1e6),
    }


async def _look(store: Store, rules: Rules, contact: int, view: Callable[[Turn], Any]) -> Any:
    while not await store.read(rules.ledger.step):
        pass
    return await store.read(lambda reading: view(_turn(reading, rules, contact)))


def _turn(reading: Reading, rules: Rules, contact: int) -> Turn:
    speaker = reading.people.speaker_of(contact)
    assert speaker is not None
    return Turn(
        work=cast("Work", reading),
        rules=rules,
        speaker=speaker,
        at=reading.now.astimezone(rules.zone),
        finish=talk.finish,
        draft=None,
    )


def _table(turn: Turn, *, day: date | None, shared: bool = False) -> office_summary.Page:
    found = office_summary.page(turn, office_summary.Wanted(day=day, shared=shared))
    assert found is not None
    assert found.table.holds
    assert summary.places(turn)
    return found


def _analysis(turn: Turn, *, period: Period) -> analysis.Page:
    found = analysis.page(turn, analysis.Asked(period=period))
    assert found is not None
    return found


def _list(turn: Turn) -> analysis.List:
    asked = analysis.Asked(area=turn.roles[0].area_id)
    found = analysis.listed(turn, asked, "visits_done", 1000)
    assert found is not None
    return found


# -- a county at work -----------------------------------------------------------------------------


async def _busy(store: Store) -> None:
    after = 0
    while page := await store.read(partial(_page, after=after)):
        after = page[-1].id
        ids = [(child.id, child.area_id) for child in page]
        await store.write(partial(_visits, children=ids))
        await store.write(partial(_reports, children=ids[::20]))


def _page(reading: Reading, *, after: int) -> tuple[Child, ...]:
    return reading.children.page(after, AT_ONCE)


def _visits(work: Work, *, children: list[tuple[int, int]]) -> None:
    """By rows: a county makes them one at a time, and a benchmark cannot wait for that."""
    duties, visits = [], []
    for at, (child, area) in enumerate(children):
        for month in range(MONTHS + 1):
            due = work.now - MONTH * month + timedelta(hours=at % 600) - 5 * DAY
            is_open = month == 0
            duties.append(
                {
                    "id": work.new_id(),
                    "key": f"visit:{child}:{month}",
                    "kind": "visit",
                    "subject": "child",
                    "subject_id": child,
                    "area_id": area,
                    "grade": "yellow",
                    "person_id": None,
                    "role": "",
                    "what": None,
                    "set_at": due - MONTH,
                    "due_at": due,
                    "first_due_at": due,
                    "level": 0,
                    "rings_at": None,
                    "state": "open" if is_open else "done",
                    "ended_at": None if is_open else due + DAY * (at % 3 - 1),
                    "ended_by": None,
                }
            )
            if not is_open:
                visits.append(_visit(work, child, area, due, at))
    for table, rows in ((duty, duties), (visit, visits)):
        work.db.run_many(insert(table), rows)


def _visit(work: Work, child: int, area: int, due: datetime, at: int) -> dict[str, Any]:
    return {
        "id": work.new_id(),
        "child_id": child,
        "area_id": area,
        "kind": "home",
        "result": "done" if at % 10 else "failed",
        "reason": "",
        "seen": True,
        "alone": at % 2 == 0,
        "answers": b"x" * 120,
        "person_id": 1,
        "role": "",
        "source": "chat",
        "on_day": due.date(),
        "true_at": due,
        "entered_at": due,
        "next_on": None,
        "report_id": None,
    }


def _reports(work: Work, *, children: list[tuple[int, int]]) -> None:
    for _, area in children:
        filed = work.reports.file(
            ReportIn(
                kind="report",
                area_id=area,
                form_version="v",
                answers="{}",
                grade="yellow",
                anonymous=False,
                circumstances=("alone",),
            )
        )
        owner = Owner(role="child_supervisor", area_id=area, person_id=None)
        work.cases.open(filed, owner, stage="assessment", child_id=None)


def _officer(work: Work, *, county: int) -> int:
    met = work.people.meet("web", "officer")
    work.people.add_role(met.person_id, "civil_affairs", county)
    return work.people.contacts_of(met.person_id)[0].id


# -- figures --------------------------------------------------------------------------------------


async def _took(ask: Awaitable[object]) -> int:
    began = time.perf_counter()
    await ask
    return round((time.perf_counter() - began) * 1000)


async def _median(ask: Callable[[], Awaitable[object]], times: int = 5) -> int:
    return round(median([await _took(ask()) for _ in range(times)]))


#: Key, heading, and the unit.
LINES = (
    ("table_first_ms", "the official table of the county, first time after a change", "ms"),
    ("table_ms", "the same again", "ms"),
    ("past_ms", "the table of a day in the past, first time", "ms"),
    ("shared_ms", "the table with small numbers hidden", "ms"),
    ("workbook_ms", "the table as a workbook", "ms"),
    ("analysis_ms", "分析 of the county, 30 days", "ms"),
    ("analysis_year_ms", "分析 of the county, 365 days", "ms"),
    ("list_ms", "what a number counts, a page far behind", "ms"),
    ("walk_s", "the register counted at the start, in steps", "s"),
    ("walk_step_ms", "the longest step of it", "ms"),
    ("walk_mb", "what it takes in memory", "MB"),
)


def _measured(url: str, home: Path, size: int) -> Figures:
    return asyncio.run(measure(url, home, size))


if __name__ == "__main__":
    sizes.measured("figures", RUNS, _measured, partial(sizes.keep, "figures", LINES))
