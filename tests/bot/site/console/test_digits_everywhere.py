"""Where a county wants six digits, no page and no file of the desk says who a child is before.

Somebody of the county walks over everything that the pages offer, every link and every button,
in a county in which people worked for three weeks. What is walked is read off the pages: a new
page or button is walked, too, and a route that is not reached fails.
"""

import re
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import aiohttp
import pytest
from aiohttp import FormData
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select

from policy.register.columns import COLUMNS
from storage.tables import person
from storage.work import Reading
from tests.bot.site.console.conftest import Console, site_of
from tests.bot.site.console.test_authenticator import MINE, sets_up, shows, wants
from tests.fakes.files import words_in
from tests.fakes.house import House, open_house
from tests.handlers.test_evidence import alarm
from tests.screens import county

#: Pages of one kind, and times that one button is pressed.
PAGES, PRESSES = 4, 2
#: The way in and out, and what is there for those who said the digits alone.
NOT_WALKED = {
    "/console/enter": "the door",
    "/console/demo": "the door",
    "/console/leave": "the door",
    "/console/static/{version}/console.css": "a style sheet",
    "/console/files/{name}": "a file that was made after the digits",
    "/console/changes/{name}": "a change that was proposed after the digits",
    "/console/changes": "the same",
    "/console/proposals/{name}": "a form that was proposed after the digits",
    "/console/proposals": "the same",
    "/console/claim": "what a list says of one child, which stands on a page after the digits",
    "/console/admin/again": "a card that did not arrive: nothing of a child is on it",
    "/console/admin/hooks/{name}": "somebody who is told since the digits",
    "/console/admin/hooks/switch": "the same",
    "/console/admin/hooks/again": "the same",
    "/console/admin/programs/end": "a token that was given after the digits",
}


@dataclass(slots=True)
class Form:
    """A form of a page: where it goes, its fields, and its buttons."""

    action: str
    multipart: bool
    fields: dict[str, str] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)


class Page(HTMLParser):
    """The links and forms of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select = self._label = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in told:
            self.links.append(told["href"])
        elif tag == "form" and told.get("method") == "post":
            self._form = Form(told["action"], "multipart" in told.get("enctype", ""))
            self.forms.append(self._form)
        elif self._form is not None:
            self._take(tag, told, self._form)

    def _take(self, tag: str, told: dict[str, str], form: Form) -> None:
        name, kind = told.get("name", ""), told.get("type", "text")
        match tag:
            case "input" if kind == "file":
                form.files.append(name)
            case "input" if kind in ("checkbox", "radio"):
                form.fields.setdefault(name, told.get("value", "on"))
            case "input" if name:
                form.fields[name] = told.get("value", "") or "核对名单"
            case "textarea":
                form.fields[name] = "核对名单"
            case "select":
                self._select = name
            case "option" if self._select:
                form.fields.setdefault(self._select, told.get("value", ""))
            case "button":
                form.buttons.append((name, told.get("value", ""), ""))
            case _:
                pass

    def handle_data(self, data: str) -> None:
        if self._form and self._form.buttons and data.strip():
            name, value, label = self._form.buttons[-1]
            self._form.buttons[-1] = (name, value, label or data.strip())

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""


class Secrets:
    """Words that nobody should read; thousands are looked for on each of thousands of pages."""

    def __init__(self, words: Iterable[str]) -> None:
        self._by_start: dict[str, set[str]] = defaultdict(set)
        for word in words:
            self._by_start[word[:2]].add(word)

    def found(self, text: str) -> set[str]:
        """Those that a text has: few begin as any two of its characters do."""
        starts = self._by_start.keys() & set(map("".join, pairwise(text)))
        return {word for start in starts for word in self._by_start[start] if word in text}


@dataclass(slots=True)
class Walk:
    """Everything that can be reached, and what of it said who somebody is."""

    console: Console
    secrets: "Secrets"
    #: The newest case, to which something was sent, before others of its kind.
    paths: deque[str] = field(
        default_factory=lambda: deque(["/console/cases?only=new", "/console"])
    )
    walked: Counter[str] = field(default_factory=Counter)
    reached: set[str] = field(default_factory=set)
    told: dict[str, set[str]] = field(default_factory=dict)

    async def go(self, until: Callable[[], bool] = lambda: False) -> None:
        while self.paths and not until():
            path = self.paths.popleft()
            self.reached.add(urlsplit(path).path)
            response = await self.console.client.get(path, allow_redirects=False)
            await self._read(path, response)

    def was_at(self, route: str) -> bool:
        """True for a route that was reached."""
        pattern = re.compile(route.replace("{name}", r"[\w-]+"))
        return any(pattern.fullmatch(path) for path in self.reached)

    async def _read(self, path: str, response: aiohttp.ClientResponse) -> None:
        text = words_in(await response.read())
        if found := self.secrets.found(text):
            self.told.setdefault(re.sub(r"[\w-]{20,}", "…", path), set()).update(found)
        if "Location" in response.headers:
            self._note(response.headers["Location"])
        if response.content_type != "text/html":
            return
        page = Page(text)
        for link in page.links:
            self._note(urljoin(path, link))
        for form in page.forms:
            await self._send(path, form)

    def _note(self, path: str) -> None:
        parts = urlsplit(path)
        if not parts.path.startswith("/console") or "/static/" in parts.path:
            return
        kind = re.sub(r"[\w-]{20,}", "…", parts.path)
        query = re.sub(r"=[^&]*", "", parts.query)
        self.walked[f"{kind}?{query}"] += 1
        if self.walked[f"{kind}?{query}"] <= PAGES:
            self.paths.append(parts._replace(fragment="").geturl())

    async def _send(self, path: str, form: Form) -> None:
        if NOT_WALKED.get(form.action) == "the door" or "code" in form.fields:
            return
        for name, value, label in form.buttons or [("", "", "")]:
            press = f"{form.action} {sorted(form.fields)} {name} {label or value}"
            self.walked[press] += 1
            if self.walked[press] > PRESSES:
                continue
            said = form.fields | ({name: value} if name else {})
            body: FormData | dict[str, str] = said
            if form.multipart:
                body = FormData(said, default_to_multipart=True)
                for file in form.files:
                    body.add_field(file, "姓名,村\n钱小试,河湾村\n".encode(), filename="表.csv")
            response = await self.console.client.post(
                form.action, data=body, headers=self.console.own, allow_redirects=False
            )
            self.reached.add(form.action)
            await self._read(f"{form.action} {label} on {path}", response)


def identities(reading: Reading) -> Iterator[str]:
    """Names, numbers and telephones of every child and of its people, who are no colleagues."""
    keys = COLUMNS.identities - {"address", "guardian_address"}
    children = [
        child
        for root in reading.areas.roots()
        for child in reading.children.in_areas(reading.areas.descendants(root.id))
    ]
    people = [row[0] for row in reading.db.all(select(person.c.id))]
    known = {row.name for row in reading.places.load()}
    known |= {*reading.people.names_of(people).values()}
    for child in children:
        values = (child.values.get(key, "") for key in keys)
        yield from (one for one in values if len(one) > 1 and one not in known)


@pytest.fixture
async def lived(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=county.BEGAN) as house:
        await county.live(house)
        await alarm(house)
        house.rules.policy.limits["authenticator_asked"] = 1  # type: ignore[index]
        yield house


async def test_no_page_and_no_file_says_who_a_child_is_before_the_digits(lived: House) -> None:
    secrets = Secrets(await lived.store.read(lambda reading: [*identities(reading)]))
    server = TestServer(await site_of(lived, people=county.PEOPLE))
    client = TestClient(server, cookie_jar=aiohttp.CookieJar(unsafe=True))
    async with server, client:
        console = Console(client, lived)
        await console.posts("/console/demo", {"person": county.OFFICER.key})
        key = await sets_up(console)
        walk = Walk(console, secrets)
        await walk.go()
        assert walk.told == {}
        routes = {
            route.resource.canonical
            for route in server.app.router.routes()
            if route.resource and route.resource.canonical.startswith("/console")
        }
        assert {one for one in routes if not walk.was_at(one)} == set(NOT_WALKED)
        # Else nothing would be proved: with the digits the same walk reads names.
        await wants(console, MINE, {"do": "prove", "code": shows(console, key)})
        again = Walk(console, secrets)
        there = ("/console/claim/…", "/console/children/…", "/console/export")

        def missing() -> list[str]:
            return [one for one in there if not any(path.startswith(one) for path in again.told)]

        await again.go(until=lambda: not missing())
        assert missing() == [], sorted(again.told)
