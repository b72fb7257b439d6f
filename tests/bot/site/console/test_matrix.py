"""Every route of the console, by every post, from every place: nothing leaves, nothing is told.

What may be read is asked of the policy's own tables. A route that is missing here fails.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.county.rules import read_rules
from bot.settings import read_settings
from bot.site.console.references import References
from bot.site.console.sessions import mark, new_secret
from conversation.cards import Action
from handlers import doing
from policy.areas import AreaTree
from policy.managing import may_manage, seat
from policy.scope import may_see
from policy.tables import Policy
from storage.work import Work
from tests.bot.site.console.conftest import BEGAN, Console, deeds, fields, site_of
from tests.fakes.house import House, open_house
from tests.handlers.canaries import County, Told, may_read, settle

#: How each route is tried: what stands for {name}, and which part of the console it is of.
ROUTES = {
    ("GET", "/console"): "today",
    ("GET", "/console/cases"): "cases",
    ("GET", "/console/cases/{name}"): "case",
    ("GET", "/console/children"): "children",
    ("GET", "/console/children/{name}"): "child",
    ("GET", "/console/hands"): "hands",
    ("GET", "/console/hands/{name}"): "person",
    ("GET", "/console/visits"): "visits",
    ("GET", "/console/school"): "school",
    ("GET", "/console/staff"): "staff",
    ("GET", "/console/analysis"): "analysis",
    ("GET", "/console/analysis/list"): "analysis",
    ("GET", "/console/analysis/reach"): "analysis",
    ("GET", "/console/summary"): "summary",
    ("GET", "/console/looks"): "looks",
    ("GET", "/console/admin"): "admin",
    ("GET", "/console/admin/poison"): "admin",
    ("GET", "/console/admin/kept"): "admin",
    ("GET", "/console/admin/days"): "admin",
    ("GET", "/console/admin/opinions"): "admin",
    ("GET", "/console/admin/places"): "admin",
    ("GET", "/console/admin/burden"): "admin",
    ("GET", "/console/admin/programs"): "admin",
    ("GET", "/console/admin/hooks"): "admin",
    ("GET", "/console/admin/hooks/{name}"): "hook",
    ("GET", "/console/claims"): "claims",
    ("GET", "/console/claims/{name}"): "claims",
    ("GET", "/console/claim/{name}"): "claim",
    ("GET", "/console/files/{name}"): "card",
    ("GET", "/console/evidence/{name}"): "evidence",
    ("POST", "/console/children"): "children",
    ("POST", "/console/staff"): "staff",
    ("POST", "/console/talk"): "talk",
    ("POST", "/console/invite"): "invite",
    ("POST", "/console/export"): "export",
    ("POST", "/console/summary/file"): "summary",
    ("POST", "/console/analysis/file"): "analysis",
    ("GET", "/console/rules"): "rules",
    ("GET", "/console/rules/{name}"): "table",
    ("GET", "/console/changes/{name}"): "change",
    ("POST", "/console/rules"): "rules",
    ("POST", "/console/rules/folder"): "rules",
    ("POST", "/console/changes"): "rules",
    ("GET", "/console/authenticator"): "authenticator",
    ("POST", "/console/authenticator"): "authenticator",
    ("GET", "/console/authenticators"): "authenticators",
    ("POST", "/console/authenticators"): "authenticators",
    ("GET", "/console/forms"): "forms",
    ("GET", "/console/forms/{name}"): "form",
    ("GET", "/console/proposals/{name}"): "proposal",
    ("POST", "/console/tables"): "today",
    ("POST", "/console/forms"): "forms",
    ("POST", "/console/forms/try"): "forms",
    ("POST", "/console/forms/file"): "forms",
    ("POST", "/console/proposals"): "forms",
    ("POST", "/console/admin/again"): "admin",
    ("POST", "/console/admin/poison"): "admin",
    ("POST", "/console/admin/programs"): "admin",
    ("POST", "/console/admin/programs/end"): "admin",
    ("POST", "/console/admin/hooks"): "admin",
    ("POST", "/console/admin/hooks/switch"): "admin",
    ("POST", "/console/admin/hooks/again"): "admin",
    ("POST", "/console/claim"): "claim",
    ("POST", "/console/enter"): "door",
    ("POST", "/console/demo"): "door",
    ("POST", "/console/leave"): "door",
    ("GET", "/console/static/{version}/console.css"): "static",
}
#: Against a child or case of 青石镇河湾村一组: own, parent and above, sibling, foreign; and for
#: those of the other groups the same seats are what is left.
SEATS = (
    "青石镇河湾村一组",
    "青石镇河湾村",
    "青石镇",
    "云岭县",
    "青石镇河湾村二组",
    "青石镇青石村",
    "云峰乡",
)
ABSENT = 987654321
POLICY = read_rules(read_settings()).policy
ROLES = ("", *POLICY.roles)


@dataclass(slots=True)
class Place:
    """A house with the county of canaries, and its site."""

    house: House
    county: County
    references: References
    tree: AreaTree
    server: TestServer
    seats: int = 0
    clients: list[TestClient[web.Request, web.Application]] = field(default_factory=list)

    async def sits(self, role: str, at: str) -> Console:
        """Somebody with this post alone sits at a fresh browser."""
        self.seats += 1
        secret, name = new_secret(), f"watcher-{self.seats}"
        await self.house.store.write(lambda work: self._sit(work, name, role, at, secret))
        client = TestClient(self.server, cookies={"console": secret})
        self.clients.append(client)
        return Console(client, self.house)

    def _sit(self, work: Work, name: str, role: str, at: str, secret: str) -> None:
        person = work.people.meet("paper", name).person_id
        if role:
            work.people.add_role(person, role, self.county.places[at])
        work.console.begin(
            person, mark(secret), self.house.rules.policy.timing["console_ends"], at_most=3
        )

    def sees_child(self, role: str, at: str, child: int) -> bool:
        """What the table of rights says."""
        held = [(role, self.county.places[at])] if role else []
        home = self.county.homes[child]
        return bool(POLICY.rights.sight(held, home, self.tree, own=False))

    def sees_case(self, role: str, at: str, area: int) -> bool:
        """What the table of posts says."""
        return bool(role) and may_see(
            [(role, self.county.places[at])], area, self.tree, POLICY.roles
        )

    def may_read(self, role: str, at: str) -> set[str]:
        """The secrets that are none for this post."""
        held = [(role, self.county.places[at])] if role else []
        return may_read(self.county, POLICY, self.tree, held, ())

    def leaks(self, page: str, allowed: set[str]) -> list[str]:
        """The secrets on a page that are not its reader's."""
        return [one for one in self.county.secrets() if one in page and one not in allowed]


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with open_house(tmp_path, began=BEGAN) as house:
        county = await house.store.write(settle)
        references = await house.store.read(References.of)
        tree = await house.store.read(lambda reading: reading.areas)
        server = TestServer(await site_of(house))
        await server.start_server()
        made = Place(house, county, references, tree, server)
        yield made
        for client in made.clients:
            await client.session.close()
        await server.close()


def is_let_in(role: str, policy: Policy = POLICY) -> bool:
    described = policy.roles.get(role)
    return described is not None and bool(
        role in policy.rights.reading_posts() or described.reads_reports or described.manages
    )


def same(page: str) -> str:
    """A page without what is new each time."""
    return re.sub(r'value="[^"]*"', "", page)


# -- the table ----------------------------------------------------------------------------------


async def test_every_route_is_in_the_matrix(place: Place) -> None:
    known = {
        (route.method, route.resource.canonical)
        for route in place.server.app.router.routes()
        if route.resource
        and route.resource.canonical.startswith("/console")
        and route.method != "HEAD"
    }
    assert known == set(ROUTES)


GETS = [path for (method, path) in ROUTES if method == "GET"]
POSTS = [path for (method, path) in ROUTES if method == "POST"]


@pytest.mark.parametrize("path", [path for path in GETS if "static" not in path])
async def test_whoever_is_not_inside_sees_the_door(place: Place, path: str) -> None:
    client = TestClient(place.server)
    place.clients.append(client)
    name = place.references.name("child", next(iter(place.county.homes)))
    response = await client.get(path.replace("{name}", name), allow_redirects=False)
    if path == "/console":
        assert 'id="code"' in await response.text()
    else:
        assert (response.status, response.headers["Location"]) == (303, "/console")
    assert response.headers["Cache-Control"] == "no-store"
    assert place.leaks(await response.text(), set()) == []


ELSEWHERE: list[dict[str, str]] = [
    {},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
]


@pytest.mark.parametrize("path", POSTS)
async def test_no_form_from_elsewhere_changes_anything(place: Place, path: str) -> None:
    console = await place.sits("civil_affairs", "云岭县")
    form = fields(await console.gets()) | {"text": "我的"}
    for headers in ELSEWHERE:
        response = await console.client.post(path, data=form, headers=headers)
        assert response.status == 403, headers
    assert "退出" in await console.gets()


@pytest.mark.parametrize(
    "path",
    [
        "/console/talk",
        "/console/invite",
        "/console/export",
        "/console/summary/file",
        "/console/leave",
    ],
)
@pytest.mark.parametrize("token", ["", "0" * 64, "theirs"])
async def test_a_form_without_its_own_sessions_token_is_refused(
    place: Place, path: str, token: str
) -> None:
    console = await place.sits("civil_affairs", "云岭县")
    other = await place.sits("civil_affairs", "云岭县")
    told = fields(await other.gets())["token"] if token == "theirs" else token
    response = await console.posts(path, {"token": told, "text": "我的"})
    assert response.status == 403
    for bad in (b"{}", b"token=%00"):
        headers = console.own | {"Content-Type": "text/plain"}
        answered = await console.client.post(path, data=bad, headers=headers)
        assert answered.status == 415
    assert "退出" in await console.gets()


# -- looking ------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES, ids=[role or "nobody" for role in ROLES])
async def test_every_page_shows_what_the_tables_say_and_no_more(place: Place, role: str) -> None:
    for at in SEATS if role else SEATS[:1]:
        console = await place.sits(role, at)
        if not is_let_in(role):
            assert 'id="code"' in await console.gets()
            continue
        await _lists(place, console, role, at)
        absent = await _absent(place, console)
        await _children(place, console, role, at, absent)
        await _cases(place, console, role, at, absent)


async def _lists(place: Place, console: Console, role: str, at: str) -> None:
    names = {one.value for one in place.county.hidden if one.key == "name"}
    for (method, path), kind in ROUTES.items():
        if method != "GET" or "{" in path:
            continue
        response = await console.client.get(path)
        page = await response.text()
        assert response.status in (200, 404), path
        assert place.leaks(page, set()) == [], (role, at, kind)
        assert not any(name in page for name in names), (role, at, kind)
    for only in ("q=暗巷", "area=x", "tier=red&only=late", "status=left", "page=99999999999"):
        page = await (await console.client.get(f"/console/children?{only}")).text()
        assert place.leaks(page, set()) == [], (role, at, only)


async def _absent(place: Place, console: Console) -> str:
    """What is said of what is not there: the same for every kind, and for names we never made."""
    said = set()
    for kind, path in (
        ("case", "cases"),
        ("child", "children"),
        ("person", "hands"),
        ("change", "changes"),
        ("table", "rules"),
        ("form", "forms"),
        ("proposal", "proposals"),
        ("evidence", "evidence"),
    ):
        for name in (place.references.name(kind, ABSENT), "x", "A" * 32):
            response = await console.client.get(f"/console/{path}/{name}")
            assert response.status == 404
            said.add(same(await response.text()))
    (only,) = said
    return only


async def _children(place: Place, console: Console, role: str, at: str, absent: str) -> None:
    allowed = place.may_read(role, at)
    for child in [*place.county.homes][:5]:
        path = f"/console/children/{place.references.name('child', child)}"
        response = await console.client.get(path)
        page = await response.text()
        sees = place.sees_child(role, at, child)
        assert response.status == (200 if sees else 404), (role, at, child)
        if not sees:
            assert same(page) == absent, (role, at, child)
            continue
        assert place.leaks(page, set()) == [], (role, at, child)
        await console.does(path, "查看明文（要写原因）")
        page = await console.does(path, "处理线索")
        assert place.leaks(page, allowed) == [], (role, at, child)
        mine = [one for one in place.county.hidden if one.child == child and one.key == "name"]
        assert all(one.value in page for one in mine if one.value in allowed)


async def _cases(place: Place, console: Console, role: str, at: str, absent: str) -> None:
    allowed = place.may_read(role, at)
    for told, file in zip(place.county.told, place.county.files, strict=True):
        await _file(place, console, role, at, absent, told=told, file=file)
        path = f"/console/cases/{place.references.name('case', told.case)}"
        response = await console.client.get(path)
        page = await response.text()
        sees = place.sees_case(role, at, told.area)
        assert response.status == (200 if sees else 404), (role, at, told.case)
        if sees:
            assert place.leaks(page, allowed) == [], (role, at, told.case)
        else:
            assert same(page) == absent, (role, at, told.case)


async def _file(
    place: Place, console: Console, role: str, at: str, absent: str, *, told: Told, file: int
) -> None:
    """A recording, in each way that it may be asked for."""
    sees = place.sees_case(role, at, told.area)
    for asked in ("", "?version=copy", "?version=original", "?version=original&save=1"):
        name = place.references.name("evidence", file)
        response = await console.client.get(f"/console/evidence/{name}{asked}")
        if not sees:
            assert response.status == 404, (role, at, asked)
            assert same(await response.text()) == absent, (role, at, asked)
        elif "original" in asked:
            assert await response.read() == told.story.encode(), (role, at, asked)
        else:
            assert response.status == 409, (role, at, asked)


# -- doing --------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES, ids=[role or "nobody" for role in ROLES])
async def test_lists_leave_and_people_are_invited_only_where_the_tables_say(
    place: Place, role: str
) -> None:
    for at in SEATS if is_let_in(role) else ():
        console = await place.sits(role, at)
        form = fields(await console.gets())
        allowed = place.may_read(role, at)
        for what in ("cases", "children", "hands", "", "people"):
            response = await console.posts(
                "/console/export", form | {"what": what, "format": "csv"}
            )
            assert response.status in (200, 404), (role, at, what)
            body = await response.text()
            assert place.leaks(body, allowed) == [], (role, at, what)
        for area in SEATS[1:4] + SEATS[-1:]:
            await _invites(place, console, role, at, area)


async def _invites(place: Place, console: Console, role: str, at: str, area: str) -> None:
    form = fields(await console.gets())
    held = [(role, place.county.places[at])]
    for wanted in ("grid_worker", "child_supervisor", "civil_affairs"):
        described = POLICY.roles[wanted]
        sits = seat(described, place.county.places[area], place.tree)
        may = sits is not None and may_manage(held, described, sits, place.tree, POLICY.roles)
        named = place.references.name("area", place.county.places[area])
        response = await console.posts(
            "/console/invite", form | {"role": wanted, "area": named, "count": "1"}
        )
        body = await response.text()
        assert ('class="codes"' in body) is may, (role, at, area, wanted)


async def test_a_deed_of_another_person_is_none(place: Place) -> None:
    """Also one that we sealed ourselves, and one of a form's steps."""
    console = await place.sits("child_supervisor", "青石镇")
    other = await place.sits("child_supervisor", "青石镇")
    page = await other.gets("/console")
    deed = re.search(r'name="deed" value="([^"]+)"', page)
    assert deed is not None
    assert deeds(await console.sends(await console.gets(), {"deed": deed[1]})) == deeds(page)
    for forged in ("x", "A" * 44, place.references.name("child", 1)):
        page = await console.sends(await console.gets(), {"deed": forged})
        assert "我的工作台" in deeds(page), forged


async def test_no_step_of_a_form_can_be_chosen_by_a_deed(place: Place) -> None:
    console = await place.sits("child_supervisor", "青石镇")
    me = await place.house.store.read(
        lambda reading: next(
            one.id
            for one in reading.people.contacts_of(
                reading.people.speaker("paper", "watcher-1").person_id  # type: ignore[union-attr]
            )
            if one.channel == "console"
        )
    )
    for verb in doing.FORM_VERBS:
        deed = place.references.deed(Action(verb, "1"), me)
        assert (
            await console.posts("/console/talk", fields(await console.gets()) | {"deed": deed})
        ).status == 303


async def test_a_file_of_the_talk_is_given_to_nobody_else(place: Place) -> None:
    console = await place.sits("civil_affairs", "云岭县")
    other = await place.sits("civil_affairs", "云岭县")

    def give(work: Work) -> int:
        from conversation.cards import Card, Document, card_to_json
        from storage.reaching.owed import OutboxIn

        speaker = work.people.meet("paper", "watcher-1")
        mine = next(
            one for one in work.people.contacts_of(speaker.person_id) if one.channel == "console"
        )
        kept = work.attachments.give(mine.id, name="表.docx", mime="text/plain", content=b"words")
        card = Card(
            text="文件", document=Document(id=kept, name="表.docx", mime="text/plain", size=5)
        )
        return work.outbox.put(
            OutboxIn(
                contact_id=mine.id,
                channel="console",
                priority=1,
                card=card_to_json(card),
                token="t" * 22,
                turn=0,
                document_id=kept,
            )
        )

    row = await place.house.store.write(give)
    path = f"/console/files/{place.references.name('card', row)}"
    response = await console.client.get(path)
    assert await response.read() == b"words"
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert (await other.client.get(path)).status == 404


async def test_names_in_addresses_tell_nothing_of_their_neighbours(place: Place) -> None:
    names = [place.references.name("child", number) for number in range(1000, 3000)]
    assert len({name[:6] for name in names}) > 1900
    assert names != sorted(names)
    assert {place.references.number("child", name) for name in names} == set(range(1000, 3000))
    assert all(place.references.number("case", name) is None for name in names)
    tampered = [replace_last(name) for name in names]
    assert all(
        place.references.number("child", name) in (None, number + 1000)
        for number, name in enumerate(tampered)
    )


def replace_last(name: str) -> str:
    """One letter in the middle changed."""
    changed = "A" if name[12] != "A" else "B"
    return name[:12] + changed + name[13:]
