"""Telegram takes nothing, and the program is killed meanwhile: an alarm goes on all the same."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from sqlalchemy import create_engine, func, make_url, select
from sqlalchemy.pool import NullPool

from bot.clock import Clock
from storage.sealing import KeyRing
from storage.store import Store
from storage.tables import outbox, phone_call
from storage.work import Work
from tests.faults.conftest import Scene
from tests.faults.invariants import PERHAPS

Scenes = Callable[..., AbstractAsyncContextManager[Scene]]
ALARM = ("/start", "孩子现在有危险", "青石镇青石村", "有人拿刀追孩子")
SUPERVISOR, COUNTY, NEIGHBOUR = 900_001, 900_002, 60
#: The page of the supervisor.
PAGE = "a" * 64


async def test_while_telegram_takes_nothing_an_alarm_goes_to_the_page_and_to_the_telephone(
    scene: Scenes, tmp_path: Path
) -> None:
    async with scene(county=_impatient(tmp_path)) as one:
        await asyncio.to_thread(_give_page, one)
        await one.bot.start()
        await one.bot.ready()
        one.telegram.faults.mix(1, ("502", "reset-before"), retry_after=(1, 2))
        neighbour = one.telegram.person(NEIGHBOUR)
        for said in ALARM:
            neighbour.says(said)
            await asyncio.sleep(0.3)
        await _until(one, _is_kept)
        await one.bot.kill()
        await one.bot.start()
        await one.bot.ready()
        await _until(one, _has_gone_on)
        await one.bot.kill()
        await one.bot.start()
        await one.bot.ready()
        one.telegram.faults.clear()
        await one.telegram.person(COUNTY).hears("紧急", within=60)
        await one.at_rest()
        assert await one.bot.stop() == 0
        await one.judge(deaths=2)
        # Once on the page, once more where it was to go first; nobody stands on the list twice.
        for number in (SUPERVISOR, COUNTY):
            shown = [each.text.removeprefix(PERHAPS) for each in one.telegram.ledger.sent(number)]
            assert len({text for text in shown if text.startswith("紧急")}) == 1
        assert await asyncio.to_thread(_counted, one.url) == (1, 1, 2)


def _impatient(folder: Path) -> Path:
    """A county that looks after seconds."""
    tables = folder / "county" / "policy"
    tables.mkdir(parents=True)
    (tables / "reminders.toml").write_text('unshown = "1s"\n[unseen]\nred = "3s"\n', "utf-8")
    return tables.parent


def _give_page(one: Scene) -> None:
    def give(work: Work) -> None:
        person = work.people.meet("telegram", str(SUPERVISOR)).person_id
        assert work.people.add_contact(person, "web", PAGE)

    store = Store.open(one.url, KeyRing.load(one.keys), Clock().now, writers=1, readers=1)
    store.write(give).result(10)
    store.close()


def _counted(url: str) -> tuple[int, int, int]:
    """Alarms on the page, how many people stand on the list at most for one, and in all."""
    engine = create_engine(make_url(url), poolclass=NullPool)
    lines = select(func.count()).select_from(phone_call)
    with engine.connect() as db:
        page = select(func.count()).where(
            outbox.c.channel == "web", outbox.c.about.like("case:%"), outbox.c.state == "sent"
        )
        once = lines.group_by(phone_call.c.person_id, phone_call.c.about)
        most = max(db.execute(once).scalars(), default=0)
        return int(db.scalar(page) or 0), int(most), int(db.scalar(lines) or 0)


def _is_kept(url: str) -> bool:
    """The alarm stands in the outbox."""
    engine = create_engine(make_url(url), poolclass=NullPool)
    with engine.connect() as db:
        return bool(db.scalar(select(func.count()).where(outbox.c.about.like("case:%"))))


def _has_gone_on(url: str) -> bool:
    """The supervisor's card stands on the page, and somebody is to be called."""
    page, _, lines = _counted(url)
    return page == 1 and lines == 2


async def _until(one: Scene, true: Callable[[str], bool]) -> None:
    async with asyncio.timeout(60):
        while not await asyncio.to_thread(true, one.url):
            assert one.bot.is_alive(), one.bot.tail()
            await asyncio.sleep(0.1)
