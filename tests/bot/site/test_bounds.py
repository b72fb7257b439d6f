"""One visitor fills neither memory nor disk, and whoever comes from the same place is heard."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from bot.channels.crowd import Crowd
from bot.channels.webchat import Saying
from bot.site.chat import Bounds
from bot.site.rates import KNOWN, Buckets, came_from
from conversation.incoming import Said
from tests.bot.site.conftest import Browser
from tests.bot.site.village import Village

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
LIMITS = {
    "chat_per_minute_session": 3,
    "chat_per_minute_network": 6,
    "chat_file_bytes_session": 100,
    "chat_file_bytes_network": 150,
}


def few(moment: list[datetime]) -> Bounds:
    return Bounds(limits=lambda: LIMITS, now=lambda: moment[0])


async def test_who_says_too_much_is_asked_to_come_again_and_is_then_heard(
    serve: Callable[..., Any],
) -> None:
    moment = [NOW]
    browser: Browser = await anew(serve, moment)
    assert [(await browser.says("孩子挨打")).status for _ in range(4)] == [200, 200, 200, 429]
    refused = await browser.says("孩子挨打")
    assert (refused.status, refused.headers["Retry-After"]) == (429, "20")
    assert "110" in (await refused.json())["say"]
    moment[0] += timedelta(seconds=20)
    assert (await browser.says("孩子挨打")).status == 200


async def test_another_place_is_not_slowed(serve: Callable[..., Any]) -> None:
    moment = [NOW]
    browser: Browser = await anew(serve, moment)
    statuses: list[int] = []
    for visitor in range(4):
        browser.client.session.cookie_jar.clear()
        await browser.opens()
        browser.extra = {"X-Forwarded-For": "203.0.113.7"}
        statuses += [(await browser.says(f"{visitor}")).status for _ in range(2)]
    assert statuses == [200] * 6 + [429] * 2
    browser.extra = {"X-Forwarded-For": "198.51.100.4"}
    assert (await browser.says("孩子挨打")).status == 200


async def test_files_are_bounded_by_their_bytes(serve: Callable[..., Any]) -> None:
    moment = [NOW]
    browser: Browser = await anew(serve, moment)
    photo = b"\xff\xd8\xff\xe0" + b"x" * 56
    assert (await browser.gives(photo, "a.jpg", "image/jpeg")).status == 200
    slowed = await browser.gives(photo, "a.jpg", "image/jpeg")
    assert slowed.status == 429
    assert (await browser.says("孩子挨打")).status == 200
    moment[0] += timedelta(minutes=30)
    assert (await browser.gives(photo, "a.jpg", "image/jpeg")).status == 200


@pytest.mark.parametrize(
    ("peer", "said", "network"),
    [
        ("203.0.114.5", ["198.51.100.4"], "203.0.114.5"),
        ("10.0.0.2", [], None),
        ("10.0.0.2", ["198.51.100.4, 203.0.114.5"], "203.0.114.5"),
        # A proxy that adds a line of its own behind what the asker claims.
        ("10.0.0.2", ["198.51.100.4", "203.0.114.5"], "203.0.114.5"),
        ("10.0.0.2", ["2001:4860:1:2:3::4"], "2001:4860:1:2::/64"),
        # IPv4 as machines write it that listen for both: not one place for all.
        ("10.0.0.2", ["::ffff:203.0.114.5"], "203.0.114.5"),
        ("::ffff:203.0.114.5", ["198.51.100.4"], "203.0.114.5"),
        ("10.0.0.2", ["unknown"], None),
    ],
)
def test_where_somebody_comes_from_is_said_by_our_own_proxy_alone(
    peer: str, said: list[str], network: str | None
) -> None:
    headers = CIMultiDict([("X-Forwarded-For", one) for one in said])
    request = make_mocked_request("POST", "/chat/say", headers=headers).clone(remote=peer)
    assert came_from(request) == network


def test_strangers_fill_no_memory() -> None:
    buckets = Buckets(lambda: NOW)
    for number in range(KNOWN * 2):
        buckets.take(number, 10)
    assert len(buckets._left) == KNOWN


async def test_of_too_many_open_pages_the_silent_go_and_no_worker_and_no_other_place_does(
    serve: Callable[..., Any], village: Village
) -> None:
    village.channel.crowd = Crowd(most=5, most_of_one=3)
    browser: Browser = await serve()

    async def opens(stack: AsyncExitStack, network: str) -> str:
        """Another session opens the page there; its address."""
        browser.client.session.cookie_jar.clear()
        await browser.opens()
        browser.extra = {"X-Forwarded-For": network}
        before = {*village.channel._pages}
        await stack.enter_async_context(browser.listens(network=network))
        (new,) = {*village.channel._pages} - before
        return new

    async def stay(*expected: str) -> None:
        await asyncio.sleep(0.05)
        assert {*village.channel._pages} == {*expected}

    async with AsyncExitStack() as stack:
        worker = await opens(stack, "203.0.113.7")
        village.posts.add(worker)
        first = await opens(stack, "203.0.113.7")
        second = await opens(stack, "203.0.113.7")
        third = await opens(stack, "203.0.113.7")
        await stay(worker, second, third)
        elsewhere = await opens(stack, "198.51.100.4")
        other = await opens(stack, "198.51.100.5")
        await stay(worker, second, third, elsewhere, other)
        late = await opens(stack, "198.51.100.6")  # of the place of which the most are open
        await stay(worker, third, elsewhere, other, late)
        assert first not in village.channel._pages
        # Whoever says something is not silent.
        village.channel.crowd.most = 9
        fourth = await opens(stack, "203.0.113.7")
        await village.channel.take(Saying(client_id="1", incoming=Said(text="喂")), third)
        fifth = await opens(stack, "203.0.113.7")
        await stay(worker, third, fifth, elsewhere, other, late)
        assert fourth not in village.channel._pages


async def anew(serve: Callable[..., Any], moment: list[datetime]) -> Browser:
    browser: Browser = await serve(bounds=few(moment))
    await browser.opens()
    return browser
