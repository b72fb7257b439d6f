"""A case's file by its link on the chat page: for that session, while it may see the case."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.channel import Arrival
from bot.channels.webchat import address_of, new_session
from bot.site import server
from conversation.incoming import Chosen
from storage.work import Reading, Work
from tests.bot.site.village import Village
from tests.fakes.bounds import bounds
from tests.fakes.house import House, open_house
from tests.handlers.test_evidence import VOICE, alarm, files_of, written_of

BEGAN = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
Client = TestClient[web.Request, web.Application]


@dataclass(slots=True)
class Page:
    """A house whose files the chat page gives out."""

    house: House
    server: TestServer
    clients: list[TestClient[web.Request, web.Application]] = field(default_factory=list)

    async def sits(self, role: str = "", place: str = "") -> tuple[str, Client]:
        """Somebody at a browser of their own, with this post."""
        secret = new_session()
        client = TestClient(self.server, cookies={"chat": secret})
        self.clients.append(client)
        address = address_of(secret)

        def settle(work: Work) -> None:
            person = work.people.meet("web", address).person_id
            if role:
                work.people.add_role(person, role, work.areas.search(place)[0].id)

        await self.house.store.write(settle)
        return address, client

    async def asks(self, address: str, file_id: int) -> int:
        """Press the button of a file; the id of the card that answers."""
        arrival = Arrival(
            channel="web",
            key=f"web:{address}:{file_id}",
            address=address,
            incoming=Chosen(verb="case.file", arg=str(file_id)),
            at=self.house.clock.now(),
            raw=b"",
        )
        await self.house.intake.take(arrival)

        def newest(reading: Reading) -> int:
            speaker = reading.people.speaker("web", address)
            assert speaker is not None
            row = reading.outbox.newest_of(speaker)
            assert row is not None
            return row.id

        return await self.house.store.read(newest)


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    async with open_house(tmp_path, began=BEGAN) as house:
        village = Village()
        site = server.build(
            bounds=bounds(),
            channel=village.channel,
            history=village,
            drawer=house.files,
            presence=village,
            vitals=village,
        )
        served = TestServer(site)
        await served.start_server()
        made = Page(house, served)
        yield made
        for client in made.clients:
            await client.session.close()
        await served.close()


async def test_the_link_gives_the_file_to_its_session_alone(page: Page) -> None:
    await alarm(page.house)
    (voice,) = await files_of(page.house)
    address, client = await page.sits("child_supervisor", "青石镇")
    _, other = await page.sits("child_supervisor", "青石镇")
    card = await page.asks(address, voice.id)
    response = await client.get(f"/chat/cards/{card}/document")
    assert await response.read() == VOICE
    assert response.headers["Content-Disposition"].startswith("attachment;")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert response.headers["Content-Type"] == "audio/ogg"
    assert (await other.get(f"/chat/cards/{card}/document")).status == 404
    written = [verb for verb, _ in await written_of(page.house, voice.id)]
    assert written == ["file.stored", "file.opened", "file.opened"]


@pytest.mark.parametrize("how", ["post ended", "excluded", "another township"])
async def test_the_link_ends_with_the_right_to_see_the_case(page: Page, how: str) -> None:
    await alarm(page.house)
    (voice,) = await files_of(page.house)
    address, client = await page.sits("child_supervisor", "青石镇")
    card = await page.asks(address, voice.id)
    assert (await client.get(f"/chat/cards/{card}/document")).status == 200

    def end(work: Work) -> None:
        person = work.people.meet("web", address).person_id
        case = work.cases.of_report(voice.report_id or 0)
        assert case is not None
        if how == "excluded":
            work.cases.add_member(case.id, person, "excluded", by=0, basis="meant")
            return
        for post in work.people.roles(person):
            work.people.end_role(post.id)
        if how == "another township":
            far = work.areas.search("云峰乡")[0].id
            work.people.add_role(person, "child_supervisor", far)

    await page.house.store.write(end)
    before = await written_of(page.house, voice.id)
    assert (await client.get(f"/chat/cards/{card}/document")).status == 404
    assert await written_of(page.house, voice.id) == before
