"""Five thousand duties due at one instant, and APScheduler with one job each in the same run.

    nice -n 15 python -m benchmarks.duties [--duties 5000] [--idle 200000] [--runs 3] [--write]

Ours: open cases of an invented county, each with a duty whose step for its owner is due now; a
ring reads the case, takes the step, writes it down and puts a card for a named person, sealed.
``--idle`` duties that are not due lie beside them. The peer stores one job a duty in SQLite
(SQLAlchemyJobStore) and its job writes one row. Lateness is from the instant to the commit.
"""

import argparse
import asyncio
import json
import sqlite3
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from benchmarks import results
from storage.cases import Owner
from storage.duties import DutyIn
from storage.reports import ReportIn
from storage.work import Reading, Work
from tests.fakes.house import House, open_house

BEGAN = datetime(2026, 11, 20, 2, tzinfo=UTC)
AT_ONCE = 250
PEOPLE = 200
IDLE_AT_ONCE = 5000


# -- ours ---------------------------------------------------------------------------------------


def measure_ours(count: int, idle: int) -> dict[str, float]:
    """Seconds until the first, the middle and the last step are committed; and an idle beat."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_ours(Path(folder), count, idle))


async def _ours(folder: Path, count: int, idle: int) -> dict[str, float]:
    async with open_house(folder, began=BEGAN) as house:
        for at in range(0, count, AT_ONCE):
            await house.store.write(lambda work, at=at: _settle(work, at))  # type: ignore[misc]
        for at in range(0, idle, IDLE_AT_ONCE):
            await house.store.write(lambda work, at=at: _idle(work, at))  # type: ignore[misc]
        began = time.perf_counter()
        for _ in range(20):
            await house.intake.ring_duties()
        beat = (time.perf_counter() - began) / 20
        house.clock.moment[0] += timedelta(minutes=11)
        began = time.perf_counter()
        ringing = asyncio.create_task(house.intake.ring_duties())
        seen: list[tuple[int, float]] = []
        while not ringing.done():
            await asyncio.sleep(0.05)
            seen.append((await house.store.read(_left), time.perf_counter() - began))
        await ringing
        last = time.perf_counter() - began
        if await house.store.read(_left):
            raise RuntimeError("some did not ring")
        sent_from = time.perf_counter()
        await _sent(house)
        # Of the others most wait: so many reminders a day are nobody's.
        told = sum(one.card.text.startswith("快到时间") for one in house.paper.sent)
        if told < count / 2:
            raise RuntimeError(f"{told} cards were sent")
        return {
            "middle": next((at for left, at in seen if left <= count / 2), last),
            "last": last,
            "sent_after": time.perf_counter() - sent_from,
            "idle_beat_ms": beat * 1000,
        }


async def _sent(house: House) -> None:
    while await house.delivery.claim():
        await house.delivery.idle()


def _left(reading: Reading) -> int:
    return len(reading.duties.ringing(reading.now, 1_000_000))


def _settle(work: Work, at: int) -> None:
    """Some cases with their duty, due in a quarter of an hour."""
    area = work.areas.search("青石镇青石村")[0]
    town = work.areas.path(area.id)[1].id
    form = work.forms.current("report")
    assert form is not None
    for number in range(at, at + AT_ONCE):
        met = work.people.meet("paper", f"owner-{number % PEOPLE}")
        if number < PEOPLE:
            work.people.set_name(met.person_id, f"干部{number}")
            work.people.add_role(met.person_id, "child_supervisor", town)
        grade = ("red", "yellow")[number % 2]
        filed = work.reports.file(
            ReportIn(
                kind="report",
                area_id=area.id,
                form_version=form.version,
                answers="{}",
                grade=grade,
                anonymous=True,
            )
        )
        owner = Owner(role="child_supervisor", area_id=town, person_id=met.person_id)
        case = work.cases.open(filed, owner, stage="received", child_id=None)
        work.cases.add_member(case.id, met.person_id, "told", by=0, role="child_supervisor")
        work.duties.set(
            DutyIn(
                key=f"bench:{number}",
                kind="acknowledge",
                subject="case",
                subject_id=case.id,
                area_id=area.id,
                grade=grade,
                person_id=met.person_id,
                role="child_supervisor",
                due_at=work.now + timedelta(minutes=15),
                rings_at=work.now + timedelta(minutes=10),
            )
        )


def _idle(work: Work, at: int) -> None:
    """Duties of next year."""
    area = work.areas.search("青石镇青石村")[0].id
    far = work.now + timedelta(days=365)
    work.duties.set_many(
        [
            DutyIn(
                key=f"idle:{number}",
                kind="plan_item",
                subject="idle",
                subject_id=number,
                area_id=area,
                grade="yellow",
                person_id=None,
                due_at=far,
                rings_at=far,
            )
            for number in range(at, at + IDLE_AT_ONCE)
        ]
    )


# -- the peer -----------------------------------------------------------------------------------

_fired: list[float] = []
_done = threading.Event()
_ledger: dict[str, Any] = {}
_lock = threading.Lock()


def fire(number: int, wanted: int) -> None:
    """What a job does: one row, committed."""
    with _lock:
        _ledger["db"].execute("INSERT INTO fired VALUES (?)", (number,))
        _ledger["db"].commit()
        _fired.append(time.time())
        if len(_fired) == wanted:
            _done.set()


def measure_peer(count: int) -> dict[str, float]:
    """The same of APScheduler: one job a duty, all at one instant."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(sqlite3.connect(f"{folder}/fired.db", check_same_thread=False)) as ledger,
    ):
        ledger.execute("PRAGMA journal_mode=WAL")
        ledger.execute("PRAGMA synchronous=FULL")
        ledger.execute("CREATE TABLE fired (number INTEGER PRIMARY KEY)")
        _ledger["db"] = ledger
        return _peer(folder, count)


def _peer(folder: str, count: int) -> dict[str, float]:
    _fired.clear()
    _done.clear()
    store = SQLAlchemyJobStore(url=f"sqlite:///{folder}/jobs.db")
    scheduler = BackgroundScheduler(
        jobstores={"default": store},
        job_defaults={"misfire_grace_time": None, "coalesce": True},
        timezone=UTC,
    )
    scheduler.start(paused=True)
    instant = datetime.now(UTC) + timedelta(seconds=5 + count / 200)
    for number in range(count):
        scheduler.add_job(fire, "date", run_date=instant, args=[number, count], id=str(number))
    wait = (instant - datetime.now(UTC)).total_seconds()
    time.sleep(max(0.0, wait - 0.5))
    scheduler.resume()
    is_whole = _done.wait(600)
    scheduler.shutdown(wait=False)
    late = sorted(at - instant.timestamp() for at in _fired)
    return {
        "middle": late[len(late) // 2] if late else 600.0,
        "last": late[-1] if is_whole else 600.0,
        "fired": float(len(late)),
    }


# -- figures ------------------------------------------------------------------------------------


def table(figures: dict[str, Any]) -> str:
    """Both, beside each other."""
    on, ours, peer = figures["machine"], figures["ours"], figures["apscheduler"]
    return "\n".join(
        [
            f"Measured {figures['at']} on {on['cores']} cores ({on['processor']}),",
            f"{on['memory_gb']} GB, {on['system']}, Python {on['python']}; load average at the",
            f"start {on['load_average']}, niceness {on['niceness']}.",
            f"Median of {figures['runs']} runs.",
            "",
            f"{figures['duties']:,} duties due at one instant, half of them red;",
            f"{figures['idle']:,} that are not due lie beside ours. Seconds from the instant to",
            "the commit. Goal: the last within 10 s.",
            "",
            "| | middle | last | cards sent after that | beat with nothing due |",
            "| --- | --- | --- | --- | --- |",
            f"| ours (case read, step and sealed card written) | {ours['middle']:.1f} "
            f"| {ours['last']:.1f} | {ours['sent_after']:.1f} | {ours['idle_beat_ms']:.1f} ms |",
            "| APScheduler, SQLAlchemyJobStore (one row written) "
            f"| {peer['middle']:.1f} | {peer['last']:.1f} | | |",
            "",
        ]
    )


def _median(runs: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: median(run[name] for run in runs) for name in runs[0]}


def main() -> None:
    """Measure, print, and keep where asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.duties", description=__doc__)
    parser.add_argument("--duties", type=int, default=5000)
    parser.add_argument("--idle", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    figures: dict[str, Any] = {
        "at": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": results.machine(),
        "duties": asked.duties,
        "idle": asked.idle,
        "runs": asked.runs,
    }
    both = [
        (measure_ours(asked.duties, asked.idle), measure_peer(asked.duties))
        for _ in range(asked.runs)
    ]
    figures["ours"] = _median([one for one, _ in both])
    figures["apscheduler"] = _median([other for _, other in both])
    text = table(figures)
    print(text)
    if asked.write:
        (results.RESULTS / "duties.json").write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
        (results.RESULTS / "duties.md").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
