"""The demo's clock: it leaps when told, by what the page offers, and never goes back."""

from datetime import UTC, timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.channel import Arrival, Stored, Taken
from bot.channels.webchat import Saying, WebChannel
from bot.demo.clock import DemoClock, routes
from conversation.incoming import Said


async def test_a_visitor_lets_an_hour_pass() -> None:
    clock = DemoClock()
    before = clock.now()
    assert await _forward(clock, "60") == 200
    assert timedelta(minutes=60) <= clock.now() - before < timedelta(minutes=61)


@pytest.mark.parametrize("minutes", ["", "-60", "7", "1e9", "sixty"])
async def test_only_what_the_page_offers_is_taken(minutes: str) -> None:
    clock = DemoClock()
    before = clock.now()
    assert await _forward(clock, minutes) == 400
    assert clock.now() - before < timedelta(minutes=1)


def test_it_is_never_before_what_was_written_last() -> None:
    clock = DemoClock()
    written = clock.now() + timedelta(days=3)
    clock.not_before(written)
    assert clock.now() >= written
    clock.not_before(written - timedelta(days=9))
    clock.not_before(None)
    assert clock.now() >= written


async def test_after_a_leap_a_phone_that_stayed_behind_is_believed_how_long_ago_it_was() -> None:
    clock, heard = DemoClock(), Heard()
    page = WebChannel(now=clock.now)
    await page.start(heard)
    said = Saying(client_id="a", incoming=Said(text="在吗"), ago=timedelta(minutes=5))
    clock.leap(timedelta(days=1))
    await page.take(said, "phone")
    [arrival] = heard.arrivals
    assert timedelta(minutes=5) <= clock.now() - arrival.at < timedelta(minutes=6)


class Heard:
    """Keeps what a channel brings."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []

    async def take(self, arrival: Arrival) -> Taken:
        self.arrivals.append(arrival)
        return Stored()


async def _forward(clock: DemoClock, minutes: str) -> int:
    site = web.Application()
    site.add_routes(routes(clock, UTC))
    async with TestClient(TestServer(site)) as browser:
        answer = await browser.post("/demo/forward", params={"minutes": minutes})
        return answer.status
