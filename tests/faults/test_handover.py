"""The bot is killed over a handover: all has moved or nothing, and both people are told once.

By one tap, at every way out of the process between the tap and its answer; and by one command, at
every one of the whole command (a few of them in the usual suite, tests/faults/sweeping.py).
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Select, create_engine, make_url, select
from sqlalchemy.pool import NullPool

from bot.clock import Clock
from storage.cases.case import Owner
from storage.cases.duties import DutyIn
from storage.reporting.reports import ReportIn
from storage.sealing import KeyRing
from storage.store import Store
from storage.tables import case_file, contact, draft, duty, leave, responsibility, role, shift
from storage.work import Work
from tests.faults.conftest import Scene
from tests.faults.invariants import PERHAPS
from tests.faults.kill_points import ENV
from tests.faults.sweeping import LIMIT, NEVER, Sweep, spread

Scenes = Callable[..., AbstractAsyncContextManager[Scene]]
ENTRY = ("-m", "tests.faults.kill_points")
#: The 儿童督导员 of the scene, who hands over what is in her township.
SUPERVISOR = 900_001
#: The posts of who leaves and of who takes over.
LEFT, OTHER = "child_director", "village_head"
#: Whom those who leave stand in for.
ABSENT = 4000
MONTH = timedelta(days=30)
#: All that is in the hands of a person, and in whose.
HANDS: Mapping[str, Select[int]] = {
    "post": select(role.c.person_id).where(role.c.role == LEFT, role.c.until.is_(None)),
    "child": select(responsibility.c.person_id).where(responsibility.c.until.is_(None)),
    "case": select(case_file.c.owner_id),
    "duty": select(duty.c.person_id),
    "shift": select(shift.c.person_id),
    "deputy": select(leave.c.deputy_id),
    "draft": select(contact.c.person_id).join_from(draft, contact).where(draft.c.state == "open"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Who leaves, who takes over: their numbers at Telegram, their names, their ids."""

    numbers: tuple[int, int]
    names: tuple[str, str]
    ids: tuple[int, int]


@pytest.mark.timeout(LIMIT)
async def test_wherever_it_dies_over_the_tap_all_has_moved_or_nothing(
    scene: Scenes, tmp_path: Path
) -> None:
    sweep = Sweep(tmp_path / "points")
    async with scene(entry=ENTRY) as one:
        one.bot.surroundings = {ENV: str(tmp_path / "points")}
        (first,) = await _settle(one, [0])
        await _live(one)
        await _ask(one, first)
        points = spread(await _tap(one, first, sweep, NEVER))
        assert await one.bot.stop() == 0
        pairs = await _settle(one, range(1, len(points) + 1))
        await _live(one)
        deaths = 0
        for point, pair in zip(points, pairs, strict=True):
            await _ask(one, pair)
            deaths += await _tap_over_a_death(one, pair, sweep, point)
        await one.at_rest()
        assert await one.bot.stop() == 0
        # A beat that came at another moment moves the last ones: they may lie behind the answer.
        assert deaths >= len(points) * 3 // 4
        assert (await one.judge(deaths=deaths)).poison == frozenset()
        for pair in (first, *pairs):
            _has_moved_and_both_were_told(one, pair)


@pytest.mark.timeout(LIMIT)
async def test_wherever_the_command_dies_all_has_moved_or_nothing(
    scene: Scenes, tmp_path: Path
) -> None:
    sweep = Sweep(tmp_path / "points")
    async with scene(entry=ENTRY) as one:
        one.bot.surroundings = {ENV: str(tmp_path / "points")}
        (first,) = await _settle(one, [0])
        one.bot.configure()
        sweep.arm(NEVER)
        assert await _command(one, first) == 0
        points = spread(sweep.disarm())
        pairs = await _settle(one, range(1, len(points) + 1))
        states: list[bool] = []
        for point, pair in zip(points, pairs, strict=True):
            sweep.arm(point)
            await _command(one, pair)
            sweep.disarm()
            states.append(_has_moved(one, pair))
            if not states[-1]:
                assert await _command(one, pair) == 0
        assert False in states
        await _live(one)
        await one.at_rest()
        assert await one.bot.stop() == 0
        assert (await one.judge()).poison == frozenset()
        for pair in (first, *pairs):
            _has_moved_and_both_were_told(one, pair)


# -- steps ---------------------------------------------------------------------------------------


async def _live(one: Scene) -> None:
    await one.bot.start()
    await one.bot.ready()


async def _ask(one: Scene, pair: Pair) -> None:
    """The supervisor says who leaves and who takes over, and is asked for one tap."""
    supervisor = one.telegram.person(SUPERVISOR)
    for said, heard in (
        ("交接工作", "谁不做了"),
        (pair.names[0], "交给谁"),
        (pair.names[1], "点一下"),
    ):
        supervisor.says(said)
        await supervisor.hears(heard, within=20)


async def _tap(one: Scene, pair: Pair, sweep: Sweep, point: int) -> int:
    """The tap, until all three have heard; how many points that was."""
    sweep.arm(point)
    supervisor = one.telegram.person(SUPERVISOR)
    supervisor.taps(f"{pair.names[0]}（")
    await supervisor.hears("交接好了", within=60)
    for number, said in zip(pair.numbers, ("谢谢您", "由您接着做"), strict=True):
        async with asyncio.timeout(60):
            while not _notes(one, number, said):
                await one.telegram.changes()
    return sweep.disarm()


async def _tap_over_a_death(one: Scene, pair: Pair, sweep: Sweep, point: int) -> bool:
    """One handover while the bot dies at this point; True when it did."""
    tapping = asyncio.create_task(_tap(one, pair, sweep, point))
    dying = asyncio.create_task(one.bot.died())
    await asyncio.wait({tapping, dying}, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.wait({dying}, timeout=0.3)
    dead = dying.done()
    sweep.disarm()
    if dead:
        await one.bot.death()
        await asyncio.to_thread(_has_moved, one, pair)
        await _live(one)
    dying.cancel()
    await tapping
    return dead


async def _command(one: Scene, pair: Pair) -> int:
    """Its exit status: done or killed, and nothing else."""
    leaver, successor = pair.names
    done = await asyncio.to_thread(
        one.bot.command, "hand-over", "--from", leaver, "--to", successor
    )
    assert done.returncode in (0, -9), done.stdout + done.stderr
    return done.returncode


def _has_moved(one: Scene, pair: Pair) -> bool:
    """Whether all of it is with the one who takes over; a part of it never is."""
    engine = create_engine(make_url(one.url), poolclass=NullPool)
    with engine.connect() as db:
        hands = {
            what: {person for person in db.scalars(query) if person in pair.ids}
            for what, query in HANDS.items()
        }
    engine.dispose()
    whose = next(iter(hands.values()))
    assert hands == dict.fromkeys(HANDS, whose)
    assert len(whose) == 1
    return whose == {pair.ids[1]}


def _has_moved_and_both_were_told(one: Scene, pair: Pair) -> None:
    assert _has_moved(one, pair)
    for number, said in zip(pair.numbers, ("谢谢您", "由您接着做"), strict=True):
        _, *more = _notes(one, number, said)
        # Where a kill hid the answer of a send, the second copy says that it may be one; so does
        # the first of a send that was cut off before it left, which nobody can tell from that.
        assert all(PERHAPS in note for note in more)
        assert len(more) <= 1


def _notes(one: Scene, number: int, said: str) -> list[str]:
    return [each.text for each in one.telegram.chats[number] if each.ours and said in each.text]


# -- what there is to hand over ------------------------------------------------------------------


async def _settle(one: Scene, numbers: Iterable[int]) -> list[Pair]:
    """So many pairs of people in one village, while no bot runs."""

    def settle(work: Work) -> list[Pair]:
        return [_pair(one, work, number) for number in numbers]

    def write() -> list[Pair]:
        store = Store.open(one.url, KeyRing.load(one.keys), Clock().now, writers=1, readers=1)
        try:
            return store.write(settle).result(60)
        finally:
            store.close()

    return await asyncio.to_thread(write)


def _pair(one: Scene, work: Work, number: int) -> Pair:
    village = work.areas.search("青石镇河湾村")[0].id
    group = work.areas.search("青石镇河湾村一组")[0].id
    numbers = (5000 + 2 * number, 5001 + 2 * number)
    names = (f"离开的{number}号", f"接手的{number}号")
    leaver, successor = (
        _worker(one, work, *each, village)
        for each in zip(numbers, names, (LEFT, OTHER), strict=True)
    )
    child = work.children.add(group, {"name": f"王小{number}"}, source="roster", by=0)
    work.responsibilities.assign(child, leaver, by=0)
    _case(work, village, leaver)
    work.shifts.add(village, LEFT, leaver, work.now, work.now + MONTH, by=0)
    absent = work.people.meet("telegram", str(ABSENT)).person_id
    work.deputies.plan(absent, leaver, work.now, work.now + MONTH, by=absent)
    return Pair(numbers=numbers, names=names, ids=(leaver, successor))


def _worker(one: Scene, work: Work, number: int, name: str, post: str, village: int) -> int:
    one.telegram.person(number, name).started = True
    person = work.people.meet("telegram", str(number)).person_id
    work.people.set_name(person, name)
    work.people.add_role(person, post, village)
    return person


def _case(work: Work, village: int, leaver: int) -> None:
    """A case of theirs, with something to do and a form that they had begun about it."""
    form = work.forms.current("report")
    assert form is not None
    report = work.reports.file(
        ReportIn(
            draft_id=work.new_id(),
            kind="report",
            area_id=village,
            form_version=form.version,
            answers="{}",
            grade="yellow",
            anonymous=True,
        )
    )
    owner = Owner(role=LEFT, area_id=village, person_id=leaver)
    case = work.cases.open(report, owner, stage="accepted", child_id=None)
    work.duties.set(
        DutyIn(
            key=f"handed:{case.id}",
            kind="contact",
            subject="case",
            subject_id=case.id,
            area_id=village,
            grade="yellow",
            person_id=leaver,
            due_at=work.now + MONTH,
            rings_at=None,
        )
    )
    (to,) = work.people.contacts_of(leaver)
    work.drafts.start(to.id, form.version, "{}", about=f"case:{case.id}")
