"""The console over a whole house, and officers who come in by the chat."""

import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.webchat import address_of
from bot.county.rule_tables import RuleTables
from bot.exporting.takeout import Takeout
from bot.settings import HOME, read_settings
from bot.site import server
from bot.site.console.desk import Desk
from bot.site.console.front import Office
from bot.site.console.references import References
from bot.site.console.site import routes as console_pages
from bot.site.sessions import DemoPerson
from storage.work import Work
from tests.bot.site.village import Village
from tests.fakes.bounds import bounds
from tests.fakes.house import House, open_house

BEGAN = datetime(2026, 11, 20, 2, tzinfo=UTC)
DEMO = DemoPerson(key="supervisor", label="督导员 小赵", session="demo-supervisor", has_desk=True)
_CODE = re.compile(r'id="code">(\w{3}) (\w{3})<')
_FIELD = re.compile(r'name="(token|once|back)" value="([^"]*)"')
_DEED = re.compile(r'name="(deed|press)" value="([^"]+)"(?: aria-label="[^"]*")?>([^<]+)<')


@dataclass(slots=True)
class Console:
    """A browser at the console."""

    client: TestClient[web.Request, web.Application]
    house: House

    @property
    def own(self) -> dict[str, str]:
        """What a browser says of where it stands."""
        origin = f"http://{self.client.host}:{self.client.port}"
        return {"Sec-Fetch-Site": "same-origin", "Origin": origin}

    async def gets(self, path: str = "/console") -> str:
        """A page that is there."""
        response = await self.client.get(path)
        assert response.status == 200, path
        return await response.text()

    async def posts(self, path: str, form: Mapping[str, str] | None = None) -> ClientResponse:
        """A form, sent from a page of ours, and once more where the site asks for it.

        No other redirect is followed.
        """
        sent, headers = dict(form or {}), self.own
        response = await self.client.post(path, data=sent, headers=headers, allow_redirects=False)
        if response.status != 307:
            return response
        again = response.headers["Location"]
        return await self.client.post(again, data=sent, headers=headers, allow_redirects=False)

    async def code(self) -> str:
        """The code that the door shows."""
        found = _CODE.search(await self.gets())
        assert found is not None
        return found[1] + found[2]

    async def comes_in(self, name: str) -> str:
        """Somebody confirms the code in the chat and enters; their first page."""
        visitor = await self.house.visitor(name)
        code = await self.code()
        await visitor.says(f"{code[:3].lower()} {code[3:].lower()}")
        await self.house.settled()
        await visitor.taps("是我，让它进来")
        assert (await self.posts("/console/enter")).status == 303
        return await self.gets()

    async def does(self, path: str, label: str) -> str:
        """Press a button of a page, or of the talk beside it; the page afterwards."""
        page = await self.gets(path)
        found = next(one for one in _DEED.findall(page) if one[2].strip() == label)
        return await self.sends(page, {found[0]: found[1]})

    async def says(self, path: str, text: str) -> str:
        """Write something beside a page; the page afterwards."""
        return await self.sends(await self.gets(path), {"text": text})

    async def sends(self, page: str, said: Mapping[str, str]) -> str:
        """A form of a page; the page that it leads to."""
        response = await self.posts("/console/talk", {**fields(page), **said})
        assert response.status == 303
        return await self.gets(response.headers["Location"].partition("#")[0])

    def cookie(self, name: str) -> str | None:
        """What the browser keeps."""
        jar = self.client.session.cookie_jar.filter_cookies(self.client.make_url("/"))
        return jar[name].value if name in jar else None


def fields(page: str) -> dict[str, str]:
    """The hidden fields of a page's forms."""
    found = _FIELD.findall(page)
    return {name: value.replace("&amp;", "&") for name, value in found}


def deeds(page: str) -> list[str]:
    """The labels of all that can be pressed."""
    return [label.strip() for _, _, label in _DEED.findall(page)]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Everything behind the console."""
    async with open_house(tmp_path, began=BEGAN) as opened:
        await opened.store.write(settle_demo)
        yield opened


def settle_demo(work: Work) -> None:
    """One of the demo's people, who keeps the register of a township."""
    met = work.people.meet("web", address_of(DEMO.session))
    work.people.add_role(met.person_id, "child_supervisor", work.areas.search("青石镇")[0].id)


@pytest.fixture
async def browser(house: House) -> AsyncIterator[Callable[[], Console]]:
    """Opens browsers at the console's site; each keeps its own cookies."""
    site = await site_of(house)
    origin = TestServer(site)
    await origin.start_server()
    clients: list[TestClient[web.Request, web.Application]] = []

    def new() -> Console:
        client = TestClient(origin, cookie_jar=aiohttp.CookieJar(unsafe=True))
        clients.append(client)
        return Console(client, house)

    yield new
    for client in clients:
        await client.close()
    await origin.close()


def takeout_of(house: House) -> Takeout:
    """What writes the long lists of a house."""
    database = house.folder / "data" / "house.db"
    keys = house.folder / "keys" / "house.keys"
    return Takeout(read_settings(database_url=f"sqlite:///{database}", key_file=keys))


async def site_of(
    house: House, *, public_url: str = "", people: Sequence[DemoPerson] = (DEMO,)
) -> web.Application:
    """The site of a house."""
    village = Village()
    console = Office(
        desk=Desk(house.store, house.rules),
        channel=house.office,
        references=await house.store.read(References.of),
        rules=house.rules,
        now=house.clock.now,
        https=public_url.startswith("https://"),
        replay=house.intake.replay,
        tables=RuleTables(store=house.store, rules=house.rules, ours=HOME / "policy", county=None),
        takeout=takeout_of(house),
        people=tuple(people),
    )
    return server.build(
        channel=village.channel,
        history=village,
        drawer=village,
        presence=village,
        bounds=bounds(),
        vitals=village,
        console_routes=console_pages(console),
        public_url=public_url,
    )


@pytest.fixture
async def console(browser: Callable[[], Console]) -> Console:
    """One browser."""
    return browser()
