"""Other offices' programs are told: signed, again after a failure, and never anywhere inside."""

import asyncio
import base64
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.hooks import (
    AGAIN,
    Hooks,
    NotOutside,
    Outside,
    is_outside,
    may_be_told,
    new_secret,
    signature,
)
from bot.site.console.references import References
from policy.happenings import HAPPENINGS, Happening
from storage.systems.hooks import Event
from storage.work import Work
from tests.bot.site.console.conftest import BEGAN
from tests.fakes.house import House, open_house
from tests.handlers.canaries import County, settle

DAY = timedelta(days=1)


@dataclass(slots=True)
class Receiver:
    """A program that is told; it takes nothing that is not signed, or that it took before."""

    server: TestServer
    secret: str = ""
    #: What it does instead of taking: once each, in this order.
    does: list[Callable[[web.Request], Awaitable[web.StreamResponse]]] = field(
        default_factory=list
    )
    taken: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def hears(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        body = (await request.read()).decode()
        name, moment = request.headers["webhook-id"], request.headers["webhook-timestamp"]
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        signed = hmac.digest(key, f"{name}.{moment}.{body}".encode(), "sha256")
        assert request.headers["webhook-signature"] == f"v1,{base64.b64encode(signed).decode()}"
        assert request.content_type == "application/json"
        assert "Cookie" not in request.headers
        if self.does:
            return await self.does.pop(0)(request)
        self.taken[name] = body
        return web.Response(status=204)


@dataclass(slots=True)
class Told:
    """A house with somebody who is told."""

    house: House
    county: County
    receiver: Receiver
    hooks: Hooks
    hook: int = 0

    async def is_told(
        self, at: str = "云岭县", kinds: tuple[Happening, ...] = HAPPENINGS, *, by: int = 0
    ) -> int:
        """Somebody is told of what happens there."""
        self.receiver.secret = self.receiver.secret or new_secret()
        url = str(self.receiver.server.make_url("/in"))
        area = self.county.places[at]
        self.hook = await self.house.store.write(
            lambda work: work.hooks.make("县教育局", url, self.receiver.secret, area, kinds, by=by)
        )
        return self.hook

    async def happens(self, number: int = 0) -> None:
        """A child of the register is another one now."""
        child = [*self.county.homes][number]
        await self.house.store.write(
            lambda work: work.children.change(
                child,
                {"notes": f"隐秘{self.house.clock.now()}"},
                source="correction",
                by=self.county.people["河湾主任"],
            )
        )

    async def log(self) -> tuple[Event, ...]:
        """What became of everything."""
        return await self.house.store.read(
            lambda reading: reading.hooks.log(self.hook, before=2**62, count=100)
        )

    async def passes(self, span: timedelta) -> None:
        """Time passes, and what waits is sent."""
        self.house.clock.moment[0] += span
        await self.hooks.send_due()

    async def stands(self) -> str:
        hook = await self.house.store.read(lambda reading: reading.hooks.get(self.hook))
        assert hook is not None
        return hook.state


@pytest.fixture
async def told(tmp_path: Path) -> AsyncIterator[Told]:
    receiver = Receiver(None)  # type: ignore[arg-type]
    site = web.Application()
    site.add_routes([web.post("/in", receiver.hears), web.post("/elsewhere", receiver.hears)])
    receiver.server = TestServer(site)
    await receiver.server.start_server()
    async with open_house(tmp_path, began=BEGAN) as house:
        county = await house.store.write(settle)
        hooks = Hooks(
            store=house.store,
            intake=house.intake,
            references=await house.store.read(References.of),
            clock=house.clock,
            fails=house.rules.policy.timing["hook_fails"],
            anywhere=True,
            seconds=1,
        )
        yield Told(house, county, receiver, hooks)
    await receiver.server.close()


async def test_what_happens_is_told_without_a_word_of_whom(told: Told) -> None:
    await told.is_told()
    await told.happens()
    await told.house.store.write(lambda work: _visited(work, told.county))
    await told.hooks.send_due()
    said = [json.loads(body) for body in told.receiver.taken.values()]
    assert {one["type"] for one in said} == {"child.changed", "visit.entered"}
    assert all(set(one["data"]) == {"subject", "id", "area"} for one in said)
    everything = "".join(told.receiver.taken.values())
    assert everything.isascii()
    assert not any(one in everything for one in told.county.secrets())
    assert {one.state for one in await told.log()} == {"sent"}
    await told.hooks.send_due()
    assert len(told.receiver.taken) == len(said)


def _visited(work: Work, county: County) -> None:
    from storage.visiting.visit import VisitIn

    work.visits.add(
        VisitIn(
            child_id=next(iter(county.homes)),
            kind="home",
            result="done",
            seen=True,
            answers="{}",
            person_id=county.people["河湾主任"],
            on_day=work.now.date(),
            true_at=work.now,
        )
    )


async def test_a_report_by_chat_and_its_case_are_told(told: Told) -> None:
    await told.is_told(kinds=("report.filed", "case.changed"))
    visitor = await told.house.visitor("路人")
    await visitor.says("你好")
    for label in ("孩子现在有危险", "青石镇 ▸", "河湾村"):
        await told.house.settled()
        await visitor.taps(label)
    await visitor.says("孩子一个人在水库边，喊不应")
    await told.house.settled()
    director = await told.house.visitor("河湾主任")
    await director.taps("我来处理")
    await told.hooks.send_due()
    kinds = [json.loads(body)["type"] for body in told.receiver.taken.values()]
    assert kinds == ["report.filed", "case.changed"]
    assert "水库" not in "".join(told.receiver.taken.values())


async def test_who_must_not_hear_of_a_case_is_not_told_by_what_they_had_connected(
    told: Told,
) -> None:
    maker, case = told.county.people["县公安"], told.county.told[0]
    await told.is_told(by=maker)

    def changes(work: Work) -> None:
        work.audit.write(0, "case.accept", "case", case.case)
        work.audit.write(0, "report.filed", "report", case.report)

    await told.house.store.write(changes)
    assert len(await told.log()) == 2
    await told.house.store.write(
        lambda work: work.cases.add_member(case.case, maker, "excluded", by=0)
    )
    await told.house.store.write(changes)
    assert len(await told.log()) == 2
    await told.happens()
    assert len(await told.log()) == 3


@pytest.mark.parametrize(
    ("at", "kinds", "hears"),
    [
        ("青石镇", HAPPENINGS, True),
        ("青石镇河湾村一组", HAPPENINGS, True),
        ("云峰乡", HAPPENINGS, False),
        ("青石镇河湾村二组", HAPPENINGS, False),
        ("云岭县", ("case.changed",), False),
    ],
)
async def test_who_is_told_is_of_the_place_and_wants_the_kind(
    told: Told, at: str, kinds: tuple[Happening, ...], hears: bool
) -> None:
    await told.is_told(at, kinds)
    await told.happens()
    await told.hooks.send_due()
    assert bool(told.receiver.taken) is hears


async def test_what_is_undone_is_told_to_nobody(told: Told) -> None:
    await told.is_told()

    def breaks(work: Work) -> None:
        child = next(iter(told.county.homes))
        work.children.change(child, {"notes": "x"}, source="visit", by=0)
        raise KeyError

    with pytest.raises(KeyError):
        await told.house.store.write(breaks)
    assert await told.log() == ()


async def _fails(_: web.Request) -> web.StreamResponse:
    return web.Response(status=500)


async def _redirects(_: web.Request) -> web.StreamResponse:
    return web.Response(status=307, headers={"Location": "/elsewhere"})


async def _sleeps(_: web.Request) -> web.StreamResponse:
    await asyncio.sleep(3)
    return web.Response(status=204)


async def _hangs_up(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return web.Response(status=204)


@pytest.mark.parametrize(
    ("does", "error", "status"),
    [
        (_fails, "status", 500),
        (_redirects, "redirect", 307),
        (_sleeps, "timeout", None),
        (_hangs_up, "lost", None),
    ],
)
async def test_what_is_not_taken_is_told_again(
    told: Told,
    does: Callable[[web.Request], Awaitable[web.StreamResponse]],
    error: str,
    status: int | None,
) -> None:
    await told.is_told()
    told.receiver.does = [does, does]
    await told.happens()
    await told.hooks.send_due()
    (event,) = await told.log()
    assert (event.state, event.attempts, event.error, event.status) == (
        "waiting",
        1,
        error,
        status,
    )
    await told.hooks.send_due()
    assert len(told.receiver.asked) == 1
    await told.passes(AGAIN[0])
    await told.passes(AGAIN[0])
    assert len(told.receiver.asked) == 2
    await told.passes(AGAIN[1])
    (event,) = await told.log()
    assert (event.state, event.attempts, event.error) == ("sent", 3, "")
    assert told.receiver.asked == ["/in"] * 3
    assert len(told.receiver.taken) == 1


async def test_who_takes_nothing_for_days_is_told_no_more_and_a_keeper_hears(told: Told) -> None:
    await told.is_told()
    await told.house.visitor("管理员")
    told.receiver.does = [_fails] * 100
    await told.happens()
    for wait in AGAIN:
        await told.passes(wait)
    await told.happens(1)
    await told.passes(3 * DAY)
    assert await told.stands() == "failed"
    await told.house.settled()
    heard = [out.card.text for out in told.house.paper.to("管理员")]
    assert sum("县教育局" in text for text in heard) == 1
    asked = len(told.receiver.asked)
    await told.happens(2)
    await told.passes(DAY)
    assert len(told.receiver.asked) == asked

    told.receiver.does = []
    assert await told.house.store.write(lambda work: work.hooks.to_state(told.hook, "on", by=0))
    await told.hooks.send_due()
    assert len(told.receiver.taken) == 2
    assert [one.state for one in await told.log()] == ["sent", "sent", "failed"]


async def test_who_says_gone_is_told_no_more_at_once(told: Told) -> None:
    async def gone(_: web.Request) -> web.StreamResponse:
        return web.Response(status=410)

    await told.is_told()
    told.receiver.does = [gone]
    await told.happens()
    await told.hooks.send_due()
    assert await told.stands() == "failed"


async def test_one_thing_or_a_span_is_told_again_under_its_own_name(told: Told) -> None:
    await told.is_told()
    for number in range(3):
        await told.happens(number)
        await told.passes(DAY)
    first = dict(told.receiver.taken)
    told.receiver.taken.clear()
    events = await told.log()
    work = told.house.store.write
    assert await work(lambda work: work.hooks.again(told.hook, events[0].id, by=0)) == 1
    await told.hooks.send_due()
    assert [*told.receiver.taken] == [[*first][-1]]
    span = BEGAN - timedelta(hours=1), BEGAN + 2 * DAY - timedelta(hours=1)
    assert await work(lambda work: work.hooks.again_since(told.hook, *span, by=0)) == 2
    await told.hooks.send_due()
    assert told.receiver.taken == first
    assert await work(lambda work: work.hooks.again(told.hook + 1, events[0].id, by=0)) == 0


async def test_two_processes_tell_it_once(told: Told) -> None:
    await told.is_told()
    await told.happens()
    await asyncio.gather(told.hooks.send_due(), told.hooks.send_due())
    assert len(told.receiver.asked) == 1


async def test_a_name_that_leads_inside_is_not_told(told: Told) -> None:
    told.hooks.anywhere = False
    receiver = told.receiver
    receiver.secret = new_secret()
    port = receiver.server.port
    for number, host in enumerate(("localhost", "127.0.0.1", "127.1")):
        url = f"https://{host}:{port}/in"
        told.hook = await told.house.store.write(
            lambda work, url=url: work.hooks.make(  # type: ignore[misc]
                "内", url, receiver.secret, told.county.places["云岭县"], HAPPENINGS, by=0
            )
        )
        await told.happens(number)
        await told.hooks.send_due()
        assert {(host, one.error) for one in await told.log()} == {(host, "address")}
    assert receiver.asked == []


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://hooks.example.cn/in", True),
        ("https://8.8.8.8/in", True),
        ("http://hooks.example.cn/in", False),
        ("https://127.0.0.1/in", False),
        ("https://10.1.2.3/", False),
        ("https://192.168.1.1/", False),
        ("https://169.254.169.254/latest", False),
        ("https://[::1]/", False),
        ("https://[fd00::1]/", False),
        ("https://[::ffff:10.0.0.1]/", False),
        ("https://user:pass@hooks.example.cn/", False),
        ("https:///in", False),
        ("ftp://hooks.example.cn/", False),
        ("https://hooks.example.cn:99999/", False),
        ("x", False),
        ("", False),
    ],
)
def test_an_address_is_one_of_the_open_internet(url: str, may: bool) -> None:
    assert may_be_told(url, anywhere=False) is may


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254"),
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0"),
        *("fd00::1", "ff02::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "x", ""),
        # Other ways in which IPv6 means an address of IPv4, or of a house.
        *("::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b:1::7f00:1", "fec0::1", "5f00::1"),
    ],
)
def test_what_is_inside(address: str) -> None:
    assert not is_outside(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "2400:3200::1"])
def test_what_is_outside(address: str) -> None:
    assert is_outside(address)


async def test_the_addresses_of_a_name_are_asked_once_and_all_of_them_count() -> None:
    with pytest.raises(NotOutside):
        await Outside().resolve("localhost", 443)


def test_the_signature_is_that_of_the_standard() -> None:
    """The example of the specification's own libraries."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = '{"test": 2432232314}'
    signed = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
