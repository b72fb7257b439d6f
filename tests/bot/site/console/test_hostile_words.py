"""Whatever stands in an address or in a form, each route answers as it answers anybody.

Routes are read off the site, and the names of what may be asked off the program's own text, so
that a new page and a new field are tried, too.
"""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientResponse, FormData
from aiohttp.test_utils import TestClient, TestServer

from bot.settings import HOME
from bot.site.console.references import References
from bot.site.console.sessions import mark, new_secret
from storage.work import Work
from tests.bot.site.console.conftest import BEGAN, Console, fields, site_of
from tests.fakes.house import open_house
from tests.handlers.canaries import County, settle

_ASKED = re.compile(r"""(?:query|form)(?:\.get\(|\[)"([\w.]+)\"""")
ASKED = sorted(
    {
        name
        for file in (HOME / "bot/site/console").glob("*.py")
        for name in _ASKED.findall(file.read_text("utf-8"))
    }
    - {"token", "code"}
)
WORDS = (
    "x",
    "0",
    "-1",
    "9" * 18,
    "9" * 120,
    "0001-01-01",
    "9999-12-31",
    "9999-12",
    "0001-01",
    "2026-W01-1",
    "１２",
    "a\r\nSet-Cookie: console=x",
    "\x00\x1b[31m",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}${7*7}",
    "=HYPERLINK(1)",
    "' OR 1=1 --",
    "%_%",
    "../../etc/passwd",
    "‮\ufeff\u200b",
    "😀" * 8,
    "propose",
    "agree",
    "accept",
    "discard",
)
ROLES = (("civil_affairs", "云岭县"), ("child_supervisor", "青石镇"))
OUT = frozenset({"/console/leave", "/console/enter", "/console/demo"})


@pytest.fixture
async def consoles(tmp_path: Path) -> AsyncIterator[tuple[list[Console], References, County]]:
    async with open_house(tmp_path, began=BEGAN) as house:
        county = await house.store.write(settle)
        secrets = {role: new_secret() for role, _ in ROLES}

        def sit(work: Work) -> None:
            for role, place in ROLES:
                person = work.people.meet("paper", role).person_id
                work.people.add_role(person, role, county.places[place])
                life = house.rules.policy.timing["console_ends"]
                work.console.begin(person, mark(secrets[role]), life, at_most=3)

        await house.store.write(sit)
        server = TestServer(await site_of(house))
        await server.start_server()
        clients = [TestClient(server, cookies={"console": secrets[role]}) for role, _ in ROLES]
        references = await house.store.read(References.of)
        yield [Console(client, house) for client in clients], references, county
        for client in clients:
            await client.session.close()
        await server.close()


async def test_no_word_in_an_address_or_a_form_makes_a_page_fall(
    consoles: tuple[list[Console], References, County],
) -> None:
    seats, references, county = consoles
    fell = []
    for seat, console in enumerate(seats):
        for method, path in _routes(console):
            own = fields(await console.gets()) if method == "POST" else {}
            for number, word in enumerate(WORDS):
                there = path.replace("{name}", _name(references, county, word))
                query = dict.fromkeys(ASKED, word)
                if method == "GET":
                    answers = [await _gets(console, there, query)]
                    if re.fullmatch(r"[-\d]+", word):  # of a day one looks no further
                        alone = [{name: word} for name in ("month", "before", "page")]
                        answers += [await _gets(console, there, one) for one in alone]
                else:
                    # What one of the two sends with a file, the other sends without.
                    with_file = (seat + number) % 2 == 0
                    answers = await _sent(console, there, own | query, with_file=with_file)
                for answer in answers:
                    page = await answer.text(errors="replace")  # the county's folder is no text
                    if answer.status >= 500 or "alert(1)<" in page or "<img src=x" in page:
                        fell.append((method, path, word[:20], answer.status))
                    assert "Set-Cookie" not in answer.headers, (path, word)
    assert fell == []


def _routes(console: Console) -> list[tuple[str, str]]:
    assert console.client.app is not None
    return [
        (route.method, route.resource.canonical)
        for route in console.client.app.router.routes()
        if route.resource
        and route.resource.canonical.startswith("/console")
        and route.method in ("GET", "POST")
        and "static" not in route.resource.canonical
        and route.resource.canonical not in OUT
    ]


def _name(references: References, county: County, word: str) -> str:
    """A row that is there, of whatever kind, or no name at all."""
    kind = ("child", "case", "person", "claim", "hook")[len(word) % 5]
    return references.name(kind, next(iter(county.homes))) if len(word) % 2 else "x"


async def _sent(
    console: Console, path: str, form: dict[str, str], *, with_file: bool
) -> list[ClientResponse]:
    """As a plain form and as one that may bring a file."""
    parts = FormData(form, default_to_multipart=True)
    if with_file:
        parts.add_field("file", b"PK\x03\x04junk", filename='a"b/../\u202ec.xlsx')
    return [await console.posts(path, form), await _posts(console, path, parts)]


async def _gets(console: Console, path: str, query: dict[str, str]) -> ClientResponse:
    return await console.client.get(path, params=query, allow_redirects=False)


async def _posts(console: Console, path: str, body: FormData) -> ClientResponse:
    return await console.client.post(path, data=body, headers=console.own, allow_redirects=False)
