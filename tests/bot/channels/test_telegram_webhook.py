"""The webhook: a secret first, 200 only after the store, and no lane blocked by a bad update."""

import asyncio
import socket
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import make_mocked_request
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict

from bot.channels.channel import Arrival, NotStored
from bot.channels.telegram import webhook as webhook_module
from bot.channels.telegram.webhook import MAX_BODY_BYTES, SECRET_HEADER, derived_secret
from conversation.incoming import Pressed, Said, Unreadable
from tests.bot.channels.telegram_bench import Bench, card, outgoing, until
from tests.fakes.telegram import TOKEN


async def test_what_a_person_says_arrives_and_is_confirmed() -> None:
    async with Bench(webhook=True) as bench:
        await bench.listen()
        bench.telegram.person(7).says("孩子两天没来上学了")
        [arrival] = await bench.memory.got(1)
        assert arrival.incoming == Said(text="孩子两天没来上学了")
        await until(bench.telegram.ledger.confirmed)


async def test_a_press_is_answered_after_it_was_stored() -> None:
    async with Bench(webhook=True) as bench:
        bench.memory.toast = "记下了"
        await bench.listen()
        person = bench.telegram.person(7)
        person.says("在吗")
        await bench.memory.got(1)
        await bench.channel.send(outgoing(7, card("选一个", "甲", "乙")))
        person.taps("甲")
        await bench.memory.got(2)
        await until(lambda: person.toasts == ["记下了"])
        assert bench.memory.arrivals[1].incoming == Pressed(token="t" * 22, position=0)


async def test_what_could_not_be_stored_is_answered_503_and_comes_again() -> None:
    async with Bench(webhook=True) as bench:
        bench.telegram.roads.hurry = 0.01
        await bench.listen()
        number = bench.telegram.person(1).says("存不下")
        bench.memory.refusals[f"telegram:{number}:"] = 3
        bench.telegram.person(1).says("后一句")
        await bench.memory.got(2)
        assert [a.incoming for a in bench.memory.arrivals] == [
            Said(text="存不下"),
            Said(text="后一句"),
        ]
        assert bench.telegram.ledger.updates[number].attempts == 4


async def test_a_refusal_names_a_short_wait() -> None:
    async with Bench(webhook=True) as bench:
        await bench.listen()
        bench.memory.refusals["telegram:"] = 1
        answer = await bench.telegram.courier.bring(b'{"update_id": 5}')
        assert answer == (200, "")  # an update of no person needs no store
        answer = await bench.telegram.courier.bring(b"{")
        assert answer == (503, "1")


@pytest.mark.parametrize(("after", "named"), [(0.01, "1"), (2, "2"), (2.5, "3"), (3600, "5")])
def test_no_wait_is_so_long_that_a_press_expires(after: float, named: str) -> None:
    answer = webhook_module._answer(NotStored(after=timedelta(seconds=after)))
    assert (answer.status, answer.headers["Retry-After"]) == (503, named)


async def test_an_intake_that_fails_is_answered_503() -> None:
    async def breaks(arrival: Arrival) -> None:
        raise RuntimeError(arrival.key)

    async with Bench(webhook=True) as bench:
        await bench.listen()
        bench.memory.before = breaks
        assert await bench.telegram.courier.bring(b"{") == (503, "2")


async def test_before_it_listens_it_takes_nothing() -> None:
    async with Bench(webhook=True) as bench:
        url = f"{bench.site}{bench.channel.webhook_path}"
        async with bench.session.post(url, data=b"{}") as answer:
            assert answer.status == 503


SECRET = derived_secret(TOKEN, "webhook secret")


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(SECRET_HEADER, "")],
        [(SECRET_HEADER, SECRET[:-1])],
        [(SECRET_HEADER, SECRET + "0")],
        [(SECRET_HEADER, SECRET.upper())],
        [(SECRET_HEADER, "密" + SECRET)],
        [(SECRET_HEADER, SECRET), (SECRET_HEADER, SECRET)],
        [(SECRET_HEADER, "wrong"), (SECRET_HEADER, SECRET)],
        [("X-Telegram-Bot-Api-Secret", SECRET)],
    ],
    ids=["none", "empty", "short", "long", "case", "han", "twice", "one of two", "other name"],
)
async def test_a_stranger_gets_403_and_no_reason(headers: list[tuple[str, str]]) -> None:
    async with Bench(webhook=True) as bench:
        await bench.listen()
        status, body = await _post(bench, headers)
        assert (status, body) == (403, b"")
        assert bench.memory.arrivals == []


@settings(max_examples=300)
@given(st.integers(0, 64), st.integers(0, 64), st.text(max_size=3))
def test_no_near_miss_opens(begin: int, end: int, instead: str) -> None:
    guess = SECRET[:begin] + instead + SECRET[end:]
    request = make_mocked_request("POST", "/", headers={SECRET_HEADER: guess})
    assert webhook_module._knows(request, SECRET) == (guess == SECRET)


async def test_the_headers_name_is_read_in_any_case() -> None:
    async with Bench(webhook=True) as bench:
        await bench.listen()
        assert await _post(bench, [(SECRET_HEADER.lower(), SECRET)]) == (200, b"")


async def test_a_strangers_body_is_not_waited_for() -> None:
    """The answer comes, and the line is cut, before a single byte of the body was sent."""
    async with Bench(webhook=True) as bench:
        await bench.listen()
        assert bench.site
        host, port = urlsplit(bench.site).netloc.split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            f"POST {bench.channel.webhook_path} HTTP/1.1\r\nHost: x\r\n"
            f"{SECRET_HEADER}: guess\r\nContent-Length: 100000\r\n\r\n".encode()
        )
        async with asyncio.timeout(5):
            answer = await reader.readuntil(b"\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 403")
            writer.get_extra_info("socket").shutdown(socket.SHUT_WR)
            assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"", "malformed"),
        (b"{", "malformed"),
        (b"[1, 2]", "malformed"),
        (b"null", "malformed"),
        (b"\xff\xfe{}", "malformed"),
        (b'{"a":' * 100_000, "oversized"),
        (b"[" * 100_000, "malformed"),
        (b" " * (MAX_BODY_BYTES + 1), "oversized"),
    ],
    ids=["empty", "cut", "list", "null", "not UTF-8", "large", "deep", "blank"],
)
async def test_a_body_that_is_no_update_is_kept_and_confirmed(body: bytes, what: str) -> None:
    """Anything but 200 would silence that person's lane for a day."""
    async with Bench(webhook=True) as bench:
        await bench.listen()
        status, _ = await bench.telegram.courier.bring(body)
        assert status == 200
        [arrival] = bench.memory.arrivals
        assert (arrival.address, arrival.incoming) == ("", Unreadable(what=what))
        assert body.startswith(arrival.raw)


async def test_an_update_of_an_unknown_kind_is_confirmed() -> None:
    async with Bench(webhook=True) as bench:
        await bench.listen()
        body = b'{"update_id": 9, "telepathy": {"from": {"id": 1}}}'
        assert await bench.telegram.courier.bring(body) == (200, "")
        assert bench.memory.arrivals == []


async def test_twice_late_and_overtaking_updates_have_one_effect_each() -> None:
    async with Bench(webhook=True) as bench:
        bench.telegram.roads.duplicates = 0.5
        bench.telegram.roads.jitter = 0.05
        await bench.listen()
        for number in range(20):
            for person in (1, 2, 3):
                bench.telegram.person(person).says(f"第{number}句")
        await bench.memory.got(60)
        await until(lambda: len(bench.telegram.ledger.confirmed()) == 60)
        for address in ("1", "2", "3"):
            said = [a.incoming for a in bench.memory.arrivals if a.address == address]
            assert said == [Said(text=f"第{number}句") for number in range(20)]


async def test_a_burst_from_one_address_is_neither_throttled_nor_lost() -> None:
    async with Bench(webhook=True) as bench:
        await bench.listen()
        for number in range(1000):
            bench.telegram.person(1 + number % 100).says(f"第{number}句")
        await bench.memory.got(1000, within=60)
        await until(lambda: len(bench.telegram.ledger.confirmed()) == 1000)
        assert {made.attempts for made in bench.telegram.ledger.updates.values()} == {1}


async def test_more_than_telegram_ever_brings_at_once_is_asked_to_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held = asyncio.Event()

    async def hangs(arrival: Arrival) -> None:
        await held.wait()

    monkeypatch.setattr(webhook_module, "MAX_UNDER_WAY", 1)
    async with Bench(webhook=True) as bench:
        await bench.listen()
        bench.memory.before = hangs
        first = asyncio.create_task(bench.telegram.courier.bring(b"{"))
        await until(lambda: bench.channel._webhook and bench.channel._webhook._under_way)
        assert await bench.telegram.courier.bring(b"[") == (503, "2")
        held.set()
        assert await first == (200, "")


async def test_it_asks_for_the_four_kinds_and_never_drops_what_waits() -> None:
    async with Bench(webhook=True) as bench:
        bench.telegram.person(1).says("上线以前说的")
        await bench.listen()
        [arrival] = await bench.memory.got(1)
        assert arrival.incoming == Said(text="上线以前说的")
        [call] = bench.telegram.ledger.called("setWebhook")
        assert call.params["allowed_updates"] == [
            "message",
            "edited_message",
            "callback_query",
            "my_chat_member",
        ]
        assert call.params["max_connections"] == 100
        assert call.params["drop_pending_updates"] is False
        assert bench.telegram.ledger.misfits == []


async def test_a_webhook_that_somebody_moved_is_set_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(webhook_module, "WATCH_SECONDS", 0.05)
    async with Bench(webhook=True) as bench:
        await bench.listen()
        await until(lambda: not bench.channel.trouble)
        async with bench.session.post(
            f"{bench.telegram.url}/bot{TOKEN}/setWebhook", json={"url": "https://thief.example"}
        ) as answer:
            assert answer.status == 200
        await until(lambda: len(bench.telegram.ledger.webhooks) == 3)
        hook = bench.telegram.courier.hook
        assert hook
        assert hook.url == f"{bench.site}{bench.channel.webhook_path}"
        assert "changed by somebody" in caplog.text
        assert bench.channel.trouble == "webhook-changed"
        assert "thief" not in caplog.text


async def test_telegram_being_away_at_the_start_is_outlived() -> None:
    async with Bench(webhook=True) as bench:
        bench.telegram.faults.once("setWebhook", "502")
        bench.telegram.faults.once("setMyCommands", "reset-before")
        await bench.listen()
        bench.telegram.person(1).says("在吗")
        await bench.memory.got(1)
        await until(lambda: bench.telegram.commands)
        assert bench.channel.trouble == ""


async def _post(bench: Bench, headers: list[tuple[str, str]]) -> tuple[int, bytes]:
    async with (
        ClientSession() as stranger,
        stranger.post(
            f"{bench.site}{bench.channel.webhook_path}",
            data=b'{"update_id": 1}',
            headers=CIMultiDict(headers),
        ) as answer,
    ):
        return answer.status, await answer.read()
