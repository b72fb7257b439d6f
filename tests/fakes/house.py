"""The whole house without its doors: store, rules, intake, delivery, on a clock of our own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from bot import wiring
from bot.bells import Bells
from bot.channels.console import ConsoleChannel
from bot.clock import Clock
from bot.commands.words import words
from bot.county.publisher import Source, compiled, sources
from bot.county.rules import read_rules
from bot.delivery import Delivery
from bot.demo.people import COUNTY, NAME
from bot.files import Files
from bot.intake import Intake
from bot.settings import HOME, read_settings
from bot.tables.sent_tables import SentTables
from bot.tables.tables import read_areas
from handlers.rules import Rules
from policy.areas import AreaRow
from storage.store import Store
from storage.work import Work
from tests.fakes.databases import open_memory
from tests.fakes.paper import Paper, Visitor

#: Who lives in the stories: name, role, place.
PEOPLE = {
    "教师": ("teacher", "青石镇青石村"),
    "网格员": ("grid_worker", "青石镇河湾村"),
    "儿童主任": ("child_director", "青石镇河湾村"),
    "督导员": ("child_supervisor", "青石镇"),
    "县民政": ("civil_affairs", "云岭县"),
}
#: Who comes to live there only in the stories that speak of them.
LATER = {
    "县公安": ("police", "云岭县"),
    "县领导": ("county_leader", "云岭县"),
    "管理员": ("administrator", "云岭县"),
    "云峰儿童主任": ("child_director", "云峰乡"),
    "云峰督导员": ("child_supervisor", "云峰乡"),
    "副镇长": ("township_head", "青石镇"),
    "村主任": ("village_head", "青石镇河湾村"),
    "李老师": ("teacher", "青石镇青石村"),
    "校长": ("school_head", "青石镇"),
    "派出所": ("police_station", "青石镇"),
    "县教育": ("education", "云岭县"),
}


class OwnClock(Clock):
    """A clock that stands until it is moved."""

    def __init__(self, began: datetime) -> None:
        self.moment = [began]

    def now(self) -> datetime:
        return self.moment[0]


@dataclass(slots=True, kw_only=True)
class House:
    """Everything that a story needs."""

    folder: Path
    store: Store
    clock: OwnClock
    paper: Paper
    #: The chat page, as if everything that it is sent stood there.
    page: Paper
    office: ConsoleChannel
    intake: Intake
    bells: Bells
    delivery: Delivery
    files: Files
    rules: Rules
    tables: SentTables
    visitors: dict[str, Visitor] = field(default_factory=dict)

    async def visitor(self, name: str) -> Visitor:
        """Somebody, known or not; a worker gets the role that the table above says."""
        if name not in self.visitors:
            if name in PEOPLE | LATER:
                await self.store.write(lambda work: _settle(work, name))
            self.visitors[name] = Visitor(self.paper, self.intake, name, self.clock.moment)
        return self.visitors[name]

    def name_of(self, address: str) -> str:
        """On paper an address is a name."""
        return address

    async def settled(self) -> None:
        """Until all that was said is sent."""
        for _ in range(3):
            await self.delivery.claim()
            await self.delivery.idle()

    async def wait(self, duration: timedelta) -> None:
        """Let time pass in small steps, ringing the bells as the ticks would."""
        until = self.clock.moment[0] + duration
        while self.clock.moment[0] < until:
            await self.leap(min(timedelta(minutes=10), until - self.clock.moment[0]))
        await self.settled()

    async def leap(self, span: timedelta) -> None:
        """Let time pass at once, as after an outage, and ring what should have rung."""
        self.clock.moment[0] += span
        await self.bells.wake_due()
        await self.bells.morning()
        await self.bells.ask_families()
        await self.bells.plan_visits()
        await self.bells.send_digests()
        await self.bells.ring_duties()
        await self.bells.look_after()
        await self.bells.call_up()
        await self.bells.spread()
        await self.bells.ring_carers()
        await self.bells.ask_schools()
        await self.files.fetch_due()
        await self.tables.work_off()


@asynccontextmanager
async def open_house(
    folder: Path, *, began: datetime, url: str | None = None
) -> AsyncIterator[House]:
    """A house in a folder, with the demo county and our own forms."""
    settings = read_settings(
        database_url=url or f"sqlite:///{folder / 'data' / 'house.db'}",
        key_file=folder / "keys" / "house.keys",
    )
    clock = OwnClock(began)
    store = await asyncio.to_thread(open_memory, settings, clock)
    await asyncio.to_thread(prepare)
    await store.write(settle_county)
    paper, page = Paper(), Paper(name="web")
    metrics = wiring.metrics()
    office = ConsoleChannel(now=clock.now)
    delivery = Delivery(store, [paper, page, office], clock, metrics)
    rules = read_rules(settings)
    intake = Intake(store, rules, delivery, clock, metrics)
    await office.start(intake)
    house = House(
        folder=folder,
        store=store,
        clock=clock,
        paper=paper,
        page=page,
        office=office,
        intake=intake,
        bells=Bells(store, rules, delivery, clock, intake),
        delivery=delivery,
        files=Files(store, clock, rules, intake.speak_to, {"paper": paper}),
        rules=rules,
        tables=SentTables(
            store=store, rules=rules, intake=intake, clock=clock, owner=delivery.owner
        ),
    )
    for name in PEOPLE:
        await house.visitor(name)
    try:
        yield house
    finally:
        await delivery.stop()
        await asyncio.to_thread(store.close)
    unbearable = paper.unbearable + page.unbearable
    assert unbearable == [], unbearable


@cache
def _areas() -> list[AreaRow]:
    return read_areas(COUNTY / "areas.xlsx", words, NAME)


@cache
def _forms() -> list[tuple[Source, dict[str, Any]]]:
    files = sources(HOME / "forms")
    return list(zip(files, compiled(files), strict=True))


def prepare() -> None:
    """Read and compile, once in a test run: slow on a busy machine, and no turn may be."""
    _areas()
    _forms()


def settle_county(work: Work) -> None:
    """The places of the demo county, and our own forms, compiled once in a test run."""
    work.places.replace(_areas())
    _publish(work)


def _publish(work: Work) -> None:
    for file, form in _forms():
        work.forms.publish(
            form["form"], form["title"], form["compiled"], form["version"], file.hash
        )


def _settle(work: Work, name: str) -> None:
    role, place = (PEOPLE | LATER)[name]
    met = work.people.meet("paper", name)
    work.people.set_name(met.person_id, name)
    tree = work.areas
    roots = [root.id for root in tree.roots() if root.name == place]
    work.people.add_role(met.person_id, role, roots[0] if roots else tree.search(place)[0].id)
