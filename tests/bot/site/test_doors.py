"""Headers, limits, checks and faults: the same behind every door."""

import json
import logging
import zlib
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.site.server import HEADERS
from bot.site.words import WORDS
from tests.bot.site.conftest import Browser
from tests.bot.site.village import Village

POSTS = ("/chat/session", "/chat/say", "/chat/files", "/chat/shown", "/chat/forget")
GETS = ("/", "/chat", "/chat/events", "/healthz", "/readyz", "/metrics", "/nothing-here")


@pytest.mark.parametrize("path", [*GETS, "/chat/static/old/chat.css"])
async def test_every_answer_is_protected(browser: Browser, path: str) -> None:
    response = await browser.client.get(path, allow_redirects=False)
    assert {name: response.headers.get(name) for name in HEADERS} == HEADERS
    assert response.headers["Server"] == "web"


def test_no_script_or_style_can_come_from_elsewhere_or_from_within() -> None:
    policy = dict(part.split(" ", 1) for part in HEADERS["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert (policy["script-src"], policy["style-src"]) == ("'self'", "'self'")
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in HEADERS["Content-Security-Policy"]


async def test_a_stream_is_protected_too(browser: Browser) -> None:
    async with browser.listens() as stream:
        headers = stream.response.headers
        assert headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert (headers["Cache-Control"], headers["X-Accel-Buffering"]) == ("no-store", "no")


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
@pytest.mark.parametrize("headers", ELSEWHERE, ids=str)
async def test_no_other_page_can_change_anything(
    browser: Browser, village: Village, path: str, headers: dict[str, str]
) -> None:
    response = await browser.client.post(path, data=b"{}", headers=headers)
    assert response.status == 403
    assert village.arrivals == []


async def test_every_door_that_changes_something_is_in_this_test(browser: Browser) -> None:
    app = browser.client.app
    assert app is not None
    unsafe = {
        route.resource.canonical
        for route in app.router.routes()
        if route.method not in {"GET", "HEAD"} and route.resource
    }
    assert unsafe == set(POSTS)


@pytest.mark.parametrize("headers", [{"Origin": ""}, {"Sec-Fetch-Site": "same-origin"}])
async def test_an_old_browser_that_sends_one_header_is_welcome(
    serve: Any, headers: dict[str, str]
) -> None:
    browser = await serve()
    own = {"Origin": browser.own["Origin"]} if "Origin" in headers else headers
    response = await browser.client.post("/chat/session", headers=own)
    assert response.status == 200


async def test_behind_a_proxy_the_public_name_counts(serve: Any) -> None:
    browser = await serve(public_url="https://xiangban.example")
    for origin, status in (
        ("https://xiangban.example", 200),
        (browser.own["Origin"], 403),
    ):
        response = await browser.client.post("/chat/session", headers={"Origin": origin})
        assert response.status == status


async def test_a_webhook_of_another_machine_needs_no_page(serve: Any) -> None:
    async def webhook(_: web.Request) -> web.Response:
        return web.Response(text="taken")

    browser = await serve(extra_routes=[web.post("/telegram/secret-path", webhook)])
    response = await browser.client.post("/telegram/secret-path", data=b"{}")
    assert (response.status, await response.text()) == (200, "taken")


async def test_a_body_that_is_too_long_is_refused(browser: Browser) -> None:
    response = await browser.client.post("/chat/say", data=b"x" * 70_000, headers=browser.own)
    assert response.status == 413
    assert (await response.json())["say"] == WORDS["answers"]["too-long"]


async def test_a_packed_bomb_is_refused(browser: Browser) -> None:
    packed = aiohttp.BytesPayload(_bomb())
    headers = browser.own | {"Content-Encoding": "deflate", "Content-Type": "application/json"}
    response = await browser.client.post("/chat/say", data=packed, headers=headers)
    assert response.status in {400, 413}


def _bomb() -> bytes:
    return zlib.compress(bytes(50_000_000))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nothing-here", 404), ("DELETE", "/chat", 403), ("GET", "/chat/say", 405)],
)
async def test_a_wrong_door_gets_a_sentence(
    browser: Browser, method: str, path: str, status: int
) -> None:
    response = await browser.client.request(method, path)
    assert response.status == status
    text = await response.text()
    assert (json.loads(text)["say"] if text.startswith("{") else text).endswith("。")


async def test_a_fault_of_ours_shows_and_logs_no_private_word(
    browser: Browser, village: Village, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken() -> None:
        raise RuntimeError("张小明 13800000000")

    village.before_history = broken
    with caplog.at_level(logging.DEBUG):
        response = await browser.client.get("/chat/events")
    assert response.status == 500
    assert await response.json() == {"code": "fault", "say": WORDS["answers"]["fault"]}
    (record,) = [each for each in caplog.records if each.levelno >= logging.ERROR]
    assert record.__dict__["error"] == "RuntimeError"
    assert record.__dict__["place"] == "test_doors.py:broken"
    assert "张小明" not in caplog.text


async def test_the_root_leads_to_the_chat(browser: Browser) -> None:
    response = await browser.client.get("/", allow_redirects=False)
    assert (response.status, response.headers["Location"]) == (302, "/chat")
