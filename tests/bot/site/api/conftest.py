"""The interface over the county of canaries, and programs with tokens of every kind."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from bot.site import server
from bot.site.api.routes import ApiRoutes
from bot.site.console.references import References
from policy.areas import AreaTree
from policy.machines import KINDS, Kind
from tests.bot.site.console.conftest import BEGAN
from tests.bot.site.village import Village
from tests.fakes.bounds import bounds
from tests.fakes.house import House, open_house
from tests.handlers.canaries import County, settle


@dataclass(slots=True)
class Program:
    """Another office's program."""

    client: TestClient[web.Request, web.Application]
    token: str
    id: int = 0

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    async def gets(self, path: str, **query: str) -> Any:
        """What stands there."""
        response = await self.asks(path, **query)
        assert response.status == 200, await response.text()
        return await response.json()

    async def asks(self, path: str, **query: str) -> ClientResponse:
        """The answer, whatever it is."""
        return await self.client.get(f"/api/v1{path}", params=query, headers=self.headers)

    async def brings(self, body: object, key: str | None = "k1", **more: str) -> ClientResponse:
        """A report."""
        headers = self.headers | ({"Idempotency-Key": key} if key is not None else {}) | more
        return await self.client.post("/api/v1/reports", json=body, headers=headers)


@dataclass(slots=True)
class Office:
    """A house with the county of canaries, and the site with its interface."""

    house: House
    county: County
    references: References
    tree: AreaTree
    server: TestServer
    clients: list[TestClient[web.Request, web.Application]] = field(default_factory=list)

    async def program(
        self,
        role: str = "civil_affairs",
        at: str = "云岭县",
        kinds: Sequence[Kind] = KINDS,
        days: int = 30,
    ) -> Program:
        """A program with a token."""
        area, by = self.county.places[at], self.county.people["县民政"]
        made, token = await self.house.store.write(
            lambda work: work.machines.make(
                "县医院信息系统", role, area, kinds, timedelta(days=days), by=by
            )
        )
        return Program(self.client(), token, made)

    def client(self) -> TestClient[web.Request, web.Application]:
        """A fresh connection."""
        client = TestClient(self.server)
        self.clients.append(client)
        return client

    def ref(self, kind: str, number: int) -> str:
        """A row as programs name it."""
        return self.references.name(kind, number)

    def told(self, **more: object) -> Mapping[str, object]:
        """A report as a program brings it."""
        return {
            "area": self.ref("area", self.county.places["青石镇河湾村"]),
            "circumstances": ["alone"],
            "what": "孩子一个人住了一个星期。",
            **more,
        }


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_house(tmp_path, began=BEGAN) as house:
        county = await house.store.write(settle)
        references = await house.store.read(References.of)
        tree = await house.store.read(lambda reading: reading.areas)
        site = TestServer(site_of(house, references, house.delivery.look))
        await site.start_server()
        made = Office(house, county, references, tree, site)
        yield made
        for client in made.clients:
            await client.session.close()
        await site.close()


def site_of(house: House, references: References, look: Callable[[], None]) -> web.Application:
    village = Village()
    api = ApiRoutes(
        store=house.store,
        rules=house.rules,
        references=references,
        now=house.clock.now,
        look=look,
    )
    return server.build(
        channel=village.channel,
        history=village,
        drawer=village,
        presence=village,
        bounds=bounds(),
        vitals=village,
        extra_routes=api.routes(),
    )
