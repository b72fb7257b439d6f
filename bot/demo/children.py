"""The invented children of the demo: its county's roster, imported as an office would."""

import asyncio
from datetime import datetime, tzinfo

from bot.channels.webchat import address_of
from bot.demo.people import COUNTY
from bot.tables import rosters
from handlers.children.rosters import put_in
from storage.audit import PROGRAM
from storage.store import Store
from storage.work import Work

ROSTER = COUNTY / "roster.xlsx"
#: Whom a visitor may act as, who hold the children of a village: one half each.
HOLDERS = ("demo-child_director", "demo-grid_worker")
VILLAGE = "青石镇河湾村"


async def bring(store: Store, now: datetime, zone: tzinfo) -> None:
    """Import the roster the first time; the bot talks meanwhile."""
    if await store.read(lambda reading: reading.children.page(0, 1)):
        return
    data = await asyncio.to_thread(ROSTER.read_bytes)
    today = now.astimezone(zone).date()
    seen = await rosters.preview(store, ROSTER.name, data, today)
    roster_id = await rosters.stage(store, seen, ROSTER.name, PROGRAM)
    await store.write(lambda work: _put_in(work, roster_id))


def _put_in(work: Work, roster_id: int) -> None:
    put_in(work, roster_id, PROGRAM)
    village = work.areas.search(VILLAGE)[0].id
    children = work.children.in_areas(work.areas.descendants(village))
    half = len(children) // 2
    for session, theirs in zip(HOLDERS, (children[:half], children[half:]), strict=True):
        person = work.people.meet("web", address_of(session)).person_id
        for child in theirs:
            work.responsibilities.assign(child.id, person, by=PROGRAM)
