"""Duties by the real clock: in time, after a kill, after three days away, and by two processes.

Every step of a ladder is recorded once, with the time when it should have been taken.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.clock import Clock
from storage.cases.case import Owner
from storage.cases.duties import Climb, DutyIn
from storage.reporting.reports import ReportIn
from storage.sealing import KeyRing
from storage.store import Store
from storage.work import Reading, Work
from tests.faults.conftest import Scene, on_postgresql
from tests.faults.process import Bot, free_port

Scenes = Callable[..., AbstractAsyncContextManager[Scene]]
#: What the program promises.
NORMALLY, AFTER_A_RESTART = timedelta(seconds=5), timedelta(seconds=15)
#: The owner of a red case hears so long before its duty is due.
BEFORE = timedelta(minutes=5)
#: A process is surely up by then, also on a busy machine.
UP = timedelta(seconds=20)
OFFICER = "900001"


async def test_a_step_is_taken_within_seconds_and_within_fifteen_after_a_kill(
    scene: Scenes,
) -> None:
    async with scene() as one:
        began = datetime.now(UTC)
        running = [began + UP + timedelta(seconds=at) for at in range(4)]
        killed = running[-1] + NORMALLY
        missed = [killed + timedelta(seconds=at) for at in (1, 2)]
        await asyncio.to_thread(_settle, one, [*running, *missed])
        await one.bot.start()
        await one.bot.ready()
        await _until(killed)
        await one.bot.kill()
        await _until(missed[-1] + timedelta(seconds=1))
        again = datetime.now(UTC)
        await one.bot.start()
        await _until(again + AFTER_A_RESTART)
        assert await one.bot.stop() == 0
        taken = await asyncio.to_thread(_taken, one)
        assert [[step.level for step in steps] for steps in taken] == [[1]] * 6
        for [step] in taken[:4]:
            assert timedelta() <= step.fired_at - step.passed_at <= NORMALLY
        for [step] in taken[4:]:
            assert again <= step.fired_at <= again + AFTER_A_RESTART
        heard = [one.date for one in one.telegram.ledger.sent(int(OFFICER))]
        assert len(heard) == 6
        for wanted, at in zip([*running, again, again], sorted(heard), strict=True):
            allowed = NORMALLY if wanted != again else AFTER_A_RESTART
            assert datetime.fromtimestamp(at, UTC) <= wanted + allowed


@on_postgresql
async def test_of_two_processes_one_takes_each_step_whoever_is_killed_meanwhile(
    scene: Scenes,
) -> None:
    async with scene(webhook=True) as one:
        bots = (one.bot, _second(one))
        at_once = datetime.now(UTC) + UP
        # Half of them ring at one instant; the others were missed for three days.
        await asyncio.to_thread(_settle, one, [at_once] * 30)
        ago = datetime.now(UTC) - timedelta(hours=73)
        await asyncio.to_thread(_settle, one, [ago + timedelta(minutes=20)] * 30, ago)
        try:
            await asyncio.gather(*(bot.start() for bot in bots))
            await asyncio.gather(*(bot.ready() for bot in bots))
            await _until(at_once + timedelta(seconds=0.3))
            await bots[0].kill()
            await bots[0].start()
            await bots[0].ready()
            await one.at_rest()
            assert [await bot.stop() for bot in bots] == [0, 0]
        finally:
            await asyncio.gather(*(bot.kill() for bot in bots if bot.process is not None))
        taken = await asyncio.to_thread(_taken, one)
        away, once = taken[:30], taken[30:]
        assert [[step.level for step in steps] for steps in once] == [[1]] * 30
        assert [[step.level for step in steps] for steps in away] == [[1, 2, 3, 4]] * 30
        due = ago + timedelta(minutes=25)
        passed = [due - BEFORE, due, due + timedelta(minutes=15), due + timedelta(hours=1)]
        assert all([step.passed_at for step in steps] == passed for steps in away)
        # Each card went out, and a second time only with a mark, where a kill hid the answer.
        await one.judge(deaths=1)


def _second(one: Scene) -> Bot:
    folder = one.folder / "second"
    folder.mkdir()
    return replace(one.bot, folder=folder, port=free_port())


async def _until(moment: datetime) -> None:
    await asyncio.sleep(max(0, (moment - datetime.now(UTC)).total_seconds()))


# -- what is to be done -------------------------------------------------------------------------


def _settle(one: Scene, rings: Sequence[datetime], since: datetime | None = None) -> None:
    """A red case for each moment, whose owner is to hear then that time is running out."""
    began = since or datetime.now(UTC) - timedelta(hours=1)

    def settle(work: Work) -> None:
        for at in rings:
            _case(work, at)

    store = _open(one.url, one.keys, lambda: began)
    try:
        store.write(settle).result(60)
    finally:
        store.close()


def _case(work: Work, rings_at: datetime) -> None:
    area = work.areas.search("青石镇青石村")[0]
    form = work.forms.current("report")
    assert form is not None
    owner = Owner(
        role="child_supervisor",
        area_id=work.areas.town_of(area.id),
        person_id=work.people.meet("telegram", OFFICER).person_id,
    )
    report = work.reports.file(
        ReportIn(
            draft_id=work.new_id(),
            kind="report",
            area_id=area.id,
            form_version=form.version,
            answers="{}",
            grade="red",
            anonymous=True,
        )
    )
    case = work.cases.open(report, owner, stage="received", child_id=None)
    work.duties.set(
        DutyIn(
            key=f"rings:{case.id}",
            kind="contact",
            subject="case",
            subject_id=case.id,
            area_id=area.id,
            grade="red",
            person_id=owner.person_id,
            role=owner.role,
            due_at=rings_at + BEFORE,
            rings_at=rings_at,
        )
    )


def _taken(one: Scene) -> list[tuple[Climb, ...]]:
    """The steps of each duty, by the time when it was set; no process runs any more."""
    store = _open(one.url, one.keys, Clock().now)
    try:
        return store.read(_steps).result(60)
    finally:
        store.close()


def _steps(reading: Reading) -> list[tuple[Climb, ...]]:
    area = reading.areas.search("青石镇青石村")[0].id
    cases = sorted(one.id for one in reading.cases.below(area, 1000))
    return [
        reading.duties.climbs(duty.id)
        for case in cases
        for duty in reading.duties.of("case", case)
    ]


def _open(url: str, keys: Path, now: Callable[[], datetime]) -> Store:
    return Store.open(url, KeyRing.load(keys), now, writers=1, readers=1)
