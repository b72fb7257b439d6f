"""A site in this process, with the village behind it, and browsers that talk to it."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.webchat import address_of
from bot.site import server
from tests.bot.site.village import Village
from tests.fakes.bounds import bounds

Client = TestClient[web.Request, web.Application]


@dataclass(slots=True)
class Browser:
    """One person's browser: keeps its cookie and names what it says."""

    client: Client
    number: int = 0
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def own(self) -> dict[str, str]:
        """What every browser says of where it stands."""
        origin = f"http://{self.client.host}:{self.client.port}"
        return {"Sec-Fetch-Site": "same-origin", "Origin": origin} | self.extra

    async def opens(self) -> str:
        """Begin (or renew) the session; the address that the store knows it by."""
        response = await self.client.post("/chat/session", headers=self.own)
        assert response.status == 200
        jar = self.client.session.cookie_jar.filter_cookies(self.client.make_url("/"))
        return address_of(jar["chat"].value)

    async def says(self, text: str, **more: object) -> ClientResponse:
        """A typed message."""
        return await self.sends(kind="text", text=text, **more)

    async def sends(self, **said: object) -> ClientResponse:
        """Anything, under a fresh name unless it has one."""
        self.number += 1
        body = {"client_id": f"client-{self.number:04}", **said}
        return await self.client.post("/chat/say", json=body, headers=self.own)

    async def gives(self, body: bytes, name: str, mime: str) -> ClientResponse:
        """A file."""
        headers = self.own | {"X-Name": name, "Content-Type": mime}
        return await self.client.post("/chat/files", data=BytesIO(body), headers=headers)

    async def polls(self, after: int = 0) -> list[dict[str, Any]]:
        """One long poll."""
        response = await self.client.get(f"/chat/events?after={after}")
        assert response.status == 200
        events: list[dict[str, Any]] = (await response.json())["events"]
        return events

    @asynccontextmanager
    async def listens(self, last: int | None = None, network: str = "") -> AsyncIterator["Stream"]:
        """An open event stream, as a browser resumes it."""
        headers = {"Accept": "text/event-stream"}
        if network:
            headers["X-Forwarded-For"] = network
        if last is not None:
            headers["Last-Event-ID"] = str(last)
        async with self.client.get("/chat/events", headers=headers) as response:
            assert response.status == 200
            yield Stream(response)


@dataclass(slots=True)
class Stream:
    """Events as they come."""

    response: ClientResponse

    async def next(self) -> dict[str, str]:
        """One event's lines."""
        lines: dict[str, str] = {}
        async for line in self.response.content:
            key, _, value = line.decode().rstrip("\n").partition(": ")
            if not key:
                return lines
            lines[key] = value
        raise EOFError

    async def cards(self) -> list[dict[str, Any]]:
        """The next batch of cards."""
        while "event" in (event := await self.next()):
            pass
        events: list[dict[str, Any]] = json.loads(event["data"])["events"]
        return events


@pytest.fixture
def village() -> Village:
    """What stands behind the site."""
    return Village()


@pytest.fixture
async def serve(village: Village) -> AsyncIterator[Callable[..., Any]]:
    """Builds a served site with the settings that a test wants, and a browser for it."""
    clients: list[Client] = []

    async def begin(**settings: Any) -> Browser:
        await village.channel.start(village)
        site = server.build(
            channel=village.channel,
            history=village,
            drawer=village,
            presence=village,
            vitals=village,
            **{"bounds": bounds(), **settings},
        )
        client: Client = TestClient(TestServer(site))
        await client.start_server()
        clients.append(client)
        return Browser(client)

    yield begin
    for client in clients:
        await client.close()


@pytest.fixture
async def browser(serve: Callable[..., Any]) -> Browser:
    """A browser at the usual site, with its session begun."""
    begun: Browser = await serve()
    await begun.opens()
    return begun


def texts(events: list[Mapping[str, Any]] | list[dict[str, Any]]) -> list[str]:
    """First lines of cards."""
    return [event["text"].split("\n")[0] for event in events]
