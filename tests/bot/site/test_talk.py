"""What a page says, and what it is shown."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.channels.channel import FileGone, Outgoing
from bot.channels.webchat import BACKLOG, PAGES, Shown, WebChannel, address_of, drawn, new_session
from bot.site.chat import AT_ONCE
from bot.site.sessions import DemoPerson
from conversation.incoming import Left, Pressed, Said, SharedPlace
from tests.bot.site.conftest import Browser, texts
from tests.bot.site.village import DANGER, HOME, NOON, Village, card

PEOPLE = (
    DemoPerson(key="neighbour", label="邻居", session="demo-neighbour"),
    DemoPerson(key="grid", label="网格员", session="demo-grid"),
)


async def test_what_is_said_is_stored_before_it_is_confirmed(
    browser: Browser, village: Village
) -> None:
    response = await browser.says("三组有个孩子没人管")
    assert (response.status, await response.json()) == (200, {"toast": None})
    assert village.heard() == ["三组有个孩子没人管"]


async def test_saying_the_same_thing_again_has_no_second_effect(
    browser: Browser, village: Village
) -> None:
    address = await browser.opens()
    for _ in range(3):
        response = await browser.sends(client_id="only-once", kind="text", text="喂")
        assert response.status == 200
    assert village.heard() == ["喂"]
    assert village.arrivals[0].key == f"web:{address}:only-once"


async def test_two_people_may_use_the_same_client_id(serve: Any, village: Village) -> None:
    one, other = await serve(), await serve()
    for each in (one, other):
        await each.opens()
        await each.sends(client_id="same-name", kind="text", text="喂")
    assert village.heard() == ["喂", "喂"]


async def test_what_could_not_be_stored_is_asked_for_again(
    browser: Browser, village: Village
) -> None:
    village.busy = 1
    refused = await browser.sends(client_id="try-again", kind="text", text="有人在打孩子")
    assert (refused.status, refused.headers["Retry-After"]) == (503, "2")
    again = await browser.sends(client_id="try-again", kind="text", text="有人在打孩子")
    assert (again.status, village.heard()) == (200, ["有人在打孩子"])


async def test_who_says_much_at_once_waits_and_nobody_else(serve: Any, village: Village) -> None:
    village.gate = asyncio.Event()
    one, other = await serve(), await serve()
    await one.opens()
    await other.opens()
    many = [
        asyncio.create_task(one.sends(client_id=f"client-one-{n}", kind="text", text=f"{n}"))
        for n in range(AT_ONCE + 3)
    ]
    refused, waiting = await asyncio.wait(many, timeout=5, return_when=asyncio.FIRST_COMPLETED)
    while len(refused) < 3:
        more, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        refused |= more
    assert [(task.result().status, task.result().headers["Retry-After"]) for task in refused] == [
        (503, "1")
    ] * 3
    heard = asyncio.create_task(
        other.sends(client_id="client-other", kind="text", text="孩子有危险")
    )
    await asyncio.sleep(0)
    village.gate.set()
    assert (await heard).status == 200
    assert [(await task).status for task in waiting] == [200] * AT_ONCE
    assert (await one.sends(client_id="client-one-9", kind="text", text="6")).status == 200
    assert "孩子有危险" in village.heard()
    assert len(village.heard()) >= AT_ONCE + 1


async def test_a_stopped_channel_confirms_nothing(browser: Browser, village: Village) -> None:
    await village.channel.stop()
    assert (await browser.says("喂")).status == 503
    assert village.heard() == []


async def test_a_toast_comes_with_the_answer(browser: Browser, village: Village) -> None:
    await browser.sends(kind="hello")
    village.toast = "已经选了"
    response = await browser.says("喂")
    assert await response.json() == {"toast": "已经选了"}


async def test_each_kind_of_saying_is_understood(browser: Browser, village: Village) -> None:
    await browser.sends(kind="hello")
    token = village.people[await browser.opens()].shown[0][0].token
    await browser.sends(kind="press", token=token, position=0, on="9007199254740993")
    await browser.sends(kind="place", latitude=28.123456, longitude=-112.5)
    assert [arrival.incoming for arrival in village.arrivals] == [
        Said(text="/start"),
        Pressed(token=token, position=0),
        SharedPlace(latitude=28.123456, longitude=-112.5),
    ]
    assert village.arrivals[1].replies_to == "9007199254740993"


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("ago", "at"),
    [
        (5 * HOUR / timedelta(milliseconds=1), NOON - 5 * HOUR),
        (-1, NOON),  # its clock was put right meanwhile
        (30 * 24 * HOUR / timedelta(milliseconds=1), NOON),
        (1e300, NOON),
        (float("nan"), NOON),
        (True, NOON),
        ("5", NOON),
        (None, NOON),
    ],
)
async def test_late_messages_carry_their_own_time_when_it_can_be_true(
    browser: Browser, village: Village, ago: object, at: datetime
) -> None:
    await browser.says("昨天看到的", ago=ago)
    assert village.arrivals[0].at == at


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "text", "text": ""},
        {"kind": "text", "text": "  \n"},
        {"kind": "text", "text": "长" * 4001},
        {"kind": "text", "text": 5},
        {"kind": "text"},
        {"kind": "press", "token": "t1", "position": -1},
        {"kind": "press", "token": "t1", "position": True},
        {"kind": "press", "token": "a b", "position": 1},
        {"kind": "press", "token": "t1"},
        {"kind": "place", "latitude": 91, "longitude": 0},
        {"kind": "place", "latitude": "28", "longitude": 0},
        {"kind": "file", "file": "../../key"},
        {"kind": "file", "file": "never-given"},
        {"kind": "left"},
        {"kind": "sudo"},
        {"kind": "text", "text": "喂", "client_id": "x"},
        {"kind": "text", "text": "喂", "client_id": "../../../etc"},
        {"kind": "text", "text": "喂", "on": "not-a-number"},
        {},
    ],
)
async def test_what_no_page_of_ours_says_is_refused_kindly(
    browser: Browser, village: Village, said: dict[str, object]
) -> None:
    response = await browser.sends(**said)
    assert response.status == 400
    assert (await response.json())["say"].endswith("。")
    assert village.heard() == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 50_000, b"NaN"])
async def test_a_body_that_is_not_json_is_refused(browser: Browser, body: bytes) -> None:
    response = await browser.client.post("/chat/say", data=body, headers=browser.own)
    assert response.status == 400


async def test_half_characters_and_nul_do_not_reach_the_store(
    browser: Browser, village: Village
) -> None:
    body = b'{"client_id":"half-a-pair","kind":"text","text":"\\ud83d \\u0000\xe5\xad\xa9"}'
    response = await browser.client.post("/chat/say", data=body, headers=browser.own)
    assert (response.status, village.heard()) == (200, ["? 孩"])


async def test_a_stranger_is_not_heard(serve: Any, village: Village) -> None:
    stranger = await serve()
    assert (await stranger.says("喂")).status == 401
    assert (await stranger.gives(b"x", "a.txt", "text/plain")).status == 401
    assert (await stranger.client.get("/chat/events")).status == 401
    assert village.heard() == []


# -- what it is shown -------------------------------------------------------------------------


async def test_a_page_that_opens_gets_what_was_sent_before(browser: Browser) -> None:
    await browser.sends(kind="hello")
    async with browser.listens() as stream:
        assert texts(await stream.cards()) == [HOME.text.split("\n")[0]]


async def test_a_page_that_stays_hears_at_once(browser: Browser) -> None:
    async with browser.listens() as stream:
        assert await stream.cards() == []
        await browser.says("喂")
        assert texts(await stream.cards()) == ["记下了：喂"]


async def test_a_page_that_comes_back_gets_exactly_what_it_missed(
    browser: Browser, village: Village
) -> None:
    address = await browser.opens()
    async with browser.listens() as stream:
        await stream.cards()
        await browser.says("一")
        last = int((await stream.next())["id"])
    for text in ("二", "三"):
        await village.send(address, card(text))
    async with browser.listens(last) as stream:
        assert texts(await stream.cards()) == ["二", "三"]


async def test_a_card_sent_while_the_history_is_read_is_shown_once(
    browser: Browser, village: Village
) -> None:
    address = await browser.opens()
    first = await village.send(address, card("一"), live=False)

    async def meanwhile() -> None:
        await village.channel.send(first)
        await village.send(address, card("二"))

    village.before_history = meanwhile
    async with browser.listens() as stream:
        assert texts(await stream.cards()) == ["一"]
        assert texts(await stream.cards()) == ["二"]


@pytest.mark.parametrize("told", ["", "abc", "-5", "9" * 30, "１２"])
async def test_a_last_id_that_is_none_means_from_the_beginning(
    browser: Browser, told: str
) -> None:
    await browser.sends(kind="hello")
    response = await browser.client.get("/chat/events", params={"after": told})
    assert len((await response.json())["events"]) == 1


async def test_a_line_without_news_gives_a_sign_of_life(serve: Any) -> None:
    browser = await serve(heartbeat=0.05)
    await browser.opens()
    async with browser.listens() as stream:
        await stream.next()
        assert await stream.next() == {"event": "beat", "data": "1"}


async def test_what_another_process_sent_is_found_when_asked_to_look_again(
    serve: Any, village: Village
) -> None:
    browser = await serve(heartbeat=0.05, recheck=True)
    address = await browser.opens()
    async with browser.listens() as stream:
        assert await stream.cards() == []
        await village.send(address, card("从别处来"), live=False)
        assert texts(await stream.cards()) == ["从别处来"]


async def test_without_a_stream_one_batch_at_a_time_is_brought(
    browser: Browser, village: Village
) -> None:
    address = await browser.opens()
    assert await browser.polls() == []
    await browser.sends(kind="hello")
    (home,) = await browser.polls()
    waiting = asyncio.create_task(browser.polls(int(home["id"])))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    await village.send(address, card("有消息"))
    assert texts(await waiting) == ["有消息"]


async def test_a_page_that_asks_by_batches_gets_what_was_on_its_way_when_it_asked(
    browser: Browser, village: Village
) -> None:
    address = await browser.opens()
    first = await village.send(address, card("一"))
    waiting = asyncio.create_task(browser.polls(first.id))
    await asyncio.sleep(0.05)
    await village.send(address, card("二"), live=False)
    await village.send(address, card("三"))
    assert texts(await waiting) == ["二", "三"]


async def test_nobody_hears_what_is_said_to_another(serve: Any, village: Village) -> None:
    one, other = await serve(), await serve()
    await one.opens()
    address = await other.opens()
    async with one.listens() as stream, other.listens() as others:
        await stream.cards()
        await others.cards()
        await village.send(address, card("只给他"))
        assert texts(await others.cards()) == ["只给他"]
        await one.says("我")
        assert texts(await stream.cards()) == ["记下了：我"]


async def test_a_card_goes_to_every_open_page_of_its_person(
    browser: Browser, village: Village
) -> None:
    address = await browser.opens()
    async with browser.listens() as one, browser.listens() as other:
        for stream in (one, other):
            await stream.cards()
        await village.send(address, card("有消息"))
        assert [texts(await stream.cards()) for stream in (one, other)] == [["有消息"]] * 2


async def test_one_page_too_many_closes_the_oldest(village: Village) -> None:
    channel, address = village.channel, address_of(new_session())
    pages = [channel.listen(address) for _ in range(PAGES + 1)]
    opened = [page.__enter__() for page in pages]
    assert await opened[0].next() is None
    await village.send(address, card("有消息"))
    assert isinstance(await opened[1].next(), Shown)
    for page in pages:
        page.__exit__(None, None, None)
    assert channel.open_pages() == 0


async def test_a_page_that_does_not_read_is_hung_up_on_and_holds_little(village: Village) -> None:
    address = address_of(new_session())
    with village.channel.listen(address) as page:
        for number in range(BACKLOG + 50):
            await village.send(address, card(str(number)))
        held = 0
        while await page.next() is not None:
            held += 1
    assert held == BACKLOG


async def test_stopping_ends_the_streams(browser: Browser, village: Village) -> None:
    async with browser.listens() as stream:
        await stream.cards()
        await village.channel.stop()
        with pytest.raises(EOFError):
            await stream.next()
    assert village.channel.open_pages() == 0


async def test_a_page_that_goes_away_is_forgotten(serve: Any, village: Village) -> None:
    browser = await serve(heartbeat=0.02)
    await browser.opens()
    async with browser.listens() as stream:
        await stream.cards()
        assert village.channel.open_pages() == 1
    for _ in range(100):
        if not village.channel.open_pages():
            return
        await asyncio.sleep(0.02)
    pytest.fail("the stream is still kept")


def test_a_card_is_drawn_with_ids_that_javascript_can_hold() -> None:
    shown = Shown(id=2**62 + 1, card=HOME, token="t", replaces="7", current=False, at=NOON)
    assert drawn(shown) == {
        "id": "4611686018427387905",
        "at": 1795406400000,
        "text": HOME.text,
        "token": "t",
        "rows": [
            [{"label": DANGER, "style": "danger"}],
            [{"label": "我要报告"}, {"label": "查进度"}],
            [{"label": "要不要报？"}, {"label": "帮助和热线"}],
        ],
        "calls": ["110", "120"],
        "replaces": "7",
        "old": True,
    }


async def test_a_step_costs_at_most_two_kilobytes(browser: Browser, village: Village) -> None:
    address = await browser.opens()
    options = [(f"☐ 选项{number}家里没有大人照看孩子",) for number in range(8)]
    full = card("问" * 200, *options, ("上一步", "稍后继续", "取消"))
    async with browser.listens() as stream:
        await stream.cards()
        await village.send(address, full)
        event = await stream.next()
    size = sum(len(f"{key}: {value}\n".encode()) for key, value in event.items())
    assert size <= 2048


async def test_the_channel_says_what_it_is() -> None:
    channel = WebChannel(now=lambda: NOON)
    assert (channel.name, channel.limits.file) == ("web", 20_000_000)
    with pytest.raises(FileGone):
        channel.fetch("f1")
    assert (await channel.send(Outgoing(id=5, address="nobody", card=HOME))).external_id == "5"


# -- sessions ---------------------------------------------------------------------------------


async def test_the_cookie_is_opaque_and_for_this_site_alone(serve: Any) -> None:
    browser = await serve()
    response = await browser.client.post("/chat/session", headers=browser.own)
    cookie = response.cookies["chat"]
    assert len(cookie.value) == 43
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/")
    assert cookie.value not in await response.text()


async def test_over_https_the_cookie_is_bound_to_this_host(serve: Any) -> None:
    browser = await serve(public_url="https://xiangban.example")
    browser.extra = {"Origin": "https://xiangban.example"}
    response = await browser.client.post("/chat/session", headers=browser.own)
    cookie = response.cookies["__Host-chat"]
    assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")


async def test_a_session_that_stands_is_kept(browser: Browser) -> None:
    assert await browser.opens() == await browser.opens()


async def test_a_secret_of_ones_own_making_opens_nothing(serve: Any) -> None:
    browser = await serve()
    browser.extra = {"Cookie": "chat=1"}
    assert (await browser.says("喂")).status == 401


async def test_a_link_from_elsewhere_begins_no_session(serve: Any) -> None:
    browser = await serve()
    response = await browser.client.get("/chat")
    assert "Set-Cookie" not in response.headers


async def test_who_wipes_the_chat_is_gone_for_what_comes_later(
    browser: Browser, village: Village
) -> None:
    await browser.says("喂")
    response = await browser.client.post("/chat/forget", headers=browser.own)
    assert response.status == 200
    assert village.arrivals[-1].incoming == Left(gone=True)
    assert (await browser.says("还在吗")).status == 401


async def test_the_session_is_kept_while_its_end_is_not_stored(
    browser: Browser, village: Village
) -> None:
    village.busy = 1
    response = await browser.client.post("/chat/forget", headers=browser.own)
    assert response.status == 503
    assert (await browser.says("还在")).status == 200


# -- who is there -----------------------------------------------------------------------------


async def test_an_open_page_is_known_to_be_open(serve: Any, village: Village) -> None:
    browser = await serve(heartbeat=0.05)
    address = await browser.opens()
    async with browser.listens() as stream:
        await stream.next()
        assert address in village.opened
        opened = village.opened.count(address)
        await asyncio.sleep(0.2)
        assert village.opened.count(address) > opened


async def test_a_page_that_polls_is_open_too(browser: Browser, village: Village) -> None:
    await browser.says("喂")
    await browser.polls()
    assert village.opened == [await browser.opens()]


async def test_a_page_tells_what_it_showed(browser: Browser, village: Village) -> None:
    address = await browser.opens()
    told = {"cards": ["9007199254740993", "7"]}
    response = await browser.client.post("/chat/shown", json=told, headers=browser.own)
    assert response.status == 200
    assert village.displayed == [(address, 9007199254740993), (address, 7)]


@pytest.mark.parametrize(
    "told", [[], {}, {"cards": "7"}, {"cards": [7]}, {"cards": ["x"]}, {"cards": ["7"] * 101}]
)
async def test_what_no_page_tells_shows_nothing(
    browser: Browser, village: Village, told: object
) -> None:
    await browser.opens()
    response = await browser.client.post("/chat/shown", json=told, headers=browser.own)
    assert (response.status, village.displayed) == (400, [])


async def test_what_it_showed_is_told_again_while_it_cannot_be_kept(
    browser: Browser, village: Village
) -> None:
    await browser.opens()
    village.busy = 1
    response = await browser.client.post("/chat/shown", json={"cards": ["7"]}, headers=browser.own)
    assert response.status == 503


def test_a_card_that_asks_says_so_to_the_page() -> None:
    plain = Shown(id=7, card=HOME, at=NOON)
    assert "asks" not in drawn(plain)
    assert drawn(replace(plain, asks=True))["asks"] is True


# -- the demo ---------------------------------------------------------------------------------


async def test_in_the_demo_a_visitor_acts_as_each_in_turn(serve: Any, village: Village) -> None:
    browser = await serve(demo_people=PEOPLE)
    for person in PEOPLE:
        said = {"client_id": "demo-hello", "kind": "text", "text": person.label}
        url = f"/chat/say?as={person.key}"
        assert (await browser.client.post(url, json=said, headers=browser.own)).status == 200
    assert {arrival.address: arrival.incoming for arrival in village.arrivals} == {
        address_of(person.session): Said(text=person.label) for person in PEOPLE
    }


async def test_the_demo_opens_as_its_first_person(serve: Any) -> None:
    browser = await serve(demo_people=PEOPLE)
    response = await browser.client.get("/chat", allow_redirects=False)
    assert (response.status, response.headers["Location"]) == (302, "/chat?as=neighbour")


async def test_the_demo_shows_who_else_was_told_something(serve: Any, village: Village) -> None:
    browser = await serve(demo_people=PEOPLE)
    headers = {"Accept": "text/event-stream"}
    async with browser.client.get("/chat/events?as=neighbour", headers=headers) as response:
        await response.content.readuntil(b"\n\n")
        await village.send(address_of("demo-grid"), card("石桥村有孩子有危险"))
        event = await response.content.readuntil(b"\n\n")
    assert event == b'data: {"events":[{"waiting":"grid"}]}\n\n'


async def test_outside_the_demo_nobody_can_be_played(serve: Any) -> None:
    browser = await serve()
    assert (await browser.client.get("/chat/events?as=grid")).status == 401
    assert "as=" not in await (await browser.client.get("/chat")).text()
