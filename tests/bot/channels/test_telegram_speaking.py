"""Speaking to Telegram: what arrives, what is changed in place, and what each failure means."""

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import ClientSession

from bot.channels.channel import (
    Channel,
    Delivery,
    FileGone,
    FileTooLarge,
    Gone,
    Refused,
    Sent,
    TryLater,
    Unclear,
)
from bot.channels.telegram import TelegramChannel, client
from conversation.cards import Document
from tests.bot.channels.telegram_bench import NOW, Bench, card, outgoing, until
from tests.fakes.telegram import TOKEN, Person

IMPATIENT = 0.3


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with Bench(answer_seconds=IMPATIENT) as bench:
        yield bench


@pytest.fixture
def neighbour(bench: Bench) -> Person:
    person = bench.telegram.person(7)
    person.says("在吗")
    return person


def test_the_channel_keeps_the_protocol(bench: Bench) -> None:
    channel: Channel = bench.channel
    assert (channel.name, channel.limits.text, channel.limits.unit) == ("telegram", 4096, "utf16")


async def test_a_card_is_seen_with_its_buttons(bench: Bench, neighbour: Person) -> None:
    sent = await bench.channel.send(outgoing(7, card("孩子安全吗？", "安全", "不安全")))
    seen = neighbour.newest()
    assert sent == Sent(external_id=str(seen.message_id))
    assert (seen.text, seen.buttons) == ("孩子安全吗？", (("安全",), ("不安全",)))
    [message] = bench.telegram.ledger.sent(7)
    assert (message.protected, message.silent) == (True, False)


async def test_a_quiet_card_comes_without_sound(bench: Bench, neighbour: Person) -> None:
    await bench.channel.send(outgoing(7, card("明天走访"), quiet=True))
    assert bench.telegram.ledger.sent(7)[0].silent


async def test_a_card_takes_the_place_of_an_earlier_one(bench: Bench, neighbour: Person) -> None:
    first = await bench.channel.send(outgoing(7, card("第一问", "甲")))
    assert isinstance(first, Sent)
    second = await bench.channel.send(
        outgoing(7, card("第二问", "乙"), replaces=first.external_id)
    )
    assert second == first
    assert [str(seen) for seen in neighbour.sees()] == ["我：在吗", "机：第二问\n  [乙]"]


async def test_the_same_card_once_more_counts_as_sent(bench: Bench, neighbour: Person) -> None:
    first = await bench.channel.send(outgoing(7, card("第一问", "甲")))
    assert isinstance(first, Sent)
    again = outgoing(7, card("第一问", "甲"), replaces=first.external_id)
    assert await bench.channel.send(again) == first


@pytest.mark.parametrize("gone", ["deleted", "never there", "the person's own", "no number"])
async def test_what_cannot_be_changed_any_more_is_sent_anew(
    bench: Bench, neighbour: Person, gone: str
) -> None:
    first = await bench.channel.send(outgoing(7, card("第一问")))
    assert isinstance(first, Sent)
    messages = bench.telegram.ledger.messages
    if gone == "deleted":
        messages[7, int(first.external_id)].deleted = True
    replaced = {
        "deleted": first.external_id,
        "never there": "999999",
        "the person's own": str(neighbour.sees()[0].message_id),
        "no number": "abc",
    }[gone]
    sent = await bench.channel.send(outgoing(7, card("第二问"), replaces=replaced))
    assert sent == Sent(external_id=str(neighbour.newest().message_id))
    assert neighbour.newest().text == "第二问"


async def test_a_text_that_is_too_long_arrives_shortened(bench: Bench, neighbour: Person) -> None:
    sent = await bench.channel.send(outgoing(7, card("𠮷" * 5000), perhaps_again=True))
    assert isinstance(sent, Sent)
    assert neighbour.newest().text.startswith("（可能重复）𠮷")
    assert len(neighbour.newest().text.encode("utf-16-le")) // 2 in (4095, 4096)


async def test_half_a_character_does_not_cost_the_message(bench: Bench, neighbour: Person) -> None:
    assert isinstance(await bench.channel.send(outgoing(7, card("好\ud83d的"))), Sent)
    assert neighbour.newest().text == "好?的"


LIST = Document(id=1, name='名单 "1".xlsx', mime="application/x-list", size=5)


async def test_a_file_comes_with_its_words_and_buttons(bench: Bench, neighbour: Person) -> None:
    shown = card("给您名单。", "知道了", document=LIST)
    sent = await bench.channel.send(outgoing(7, shown, content=b"bytes", quiet=True))
    seen = neighbour.newest()
    assert sent == Sent(external_id=str(seen.message_id))
    assert (seen.text, seen.buttons, seen.document) == (
        "给您名单。",
        (("知道了",),),
        '名单 "1".xlsx',
    )
    assert neighbour.opens(seen) == b"bytes"
    [message] = bench.telegram.ledger.sent(7)
    assert (message.protected, message.silent) == (True, True)
    assert message.document["mime_type"] == "application/x-list"
    assert bench.telegram.ledger.misfits == []


async def test_a_files_words_are_cut_to_what_a_caption_holds(
    bench: Bench, neighbour: Person
) -> None:
    shown = card("名单" * 900, document=LIST)
    await bench.channel.send(outgoing(7, shown, content=b"x", perhaps_again=True))
    assert neighbour.newest().text.startswith("（可能重复）名单")
    assert len(neighbour.newest().text) == 1024


async def test_no_file_takes_the_place_of_a_card_and_no_card_that_of_a_file(
    bench: Bench, neighbour: Person
) -> None:
    first = await bench.channel.send(outgoing(7, card("第一")))
    assert isinstance(first, Sent)
    shown = card("给您名单。", document=LIST)
    second = await bench.channel.send(outgoing(7, shown, content=b"x", replaces=first.external_id))
    assert isinstance(second, Sent)
    await bench.channel.send(outgoing(7, card("第三"), replaces=second.external_id))
    assert [seen.text for seen in neighbour.sees()] == ["在吗", "第一", "给您名单。", "第三"]


async def test_files_that_telegram_would_refuse(bench: Bench, neighbour: Person) -> None:
    empty = await bench.channel.send(outgoing(7, card("给您名单。", document=LIST)))
    assert empty == Refused(code="telegram-400")
    large = outgoing(7, card("给您名单。", document=LIST), content=bytes(50_000_001))
    assert await bench.channel.send(large) == Refused(code="telegram-file-too-large")
    assert [call.outcome for call in bench.telegram.ledger.called("sendDocument")] == ["400"]


UNREACHED = TryLater(after=timedelta(seconds=5), this_chat_only=False)


@pytest.mark.parametrize(
    ("fault", "meaning", "arrives"),
    [
        ("500", Unclear(), False),
        ("502", Unclear(), False),
        ("403", Gone(), False),
        ("429", TryLater(after=timedelta(seconds=9)), False),
        ("timeout-before", Unclear(), False),
        ("reset-before", Unclear(), False),
        ("500-after", Unclear(), True),
        ("502-after", Unclear(), True),
        ("timeout-after", Unclear(), True),
        ("reset-after", Unclear(), True),
        ("truncated", Unclear(), True),
    ],
)
async def test_each_trouble_says_whether_the_message_may_have_arrived(
    bench: Bench, neighbour: Person, fault: str, meaning: Delivery, arrives: bool
) -> None:
    bench.telegram.faults.once("sendMessage", fault, retry_after=9, seconds=2 * IMPATIENT)
    assert await bench.channel.send(outgoing(7, card("收到了"))) == meaning
    assert [m.text for m in bench.telegram.ledger.sent(7)] == ["收到了"] * arrives


@pytest.mark.parametrize(
    ("fault", "meaning", "arrives"),
    [
        ("403", Gone(), False),
        ("429", TryLater(after=timedelta(seconds=9)), False),
        ("timeout-before", Unclear(), False),
        ("timeout-after", Unclear(), True),
        ("truncated", Unclear(), True),
    ],
)
async def test_a_file_meets_the_same_troubles(
    bench: Bench, neighbour: Person, fault: str, meaning: Delivery, arrives: bool
) -> None:
    bench.telegram.faults.once("sendDocument", fault, retry_after=9, seconds=2 * IMPATIENT)
    shown = card("给您名单。", document=LIST)
    assert await bench.channel.send(outgoing(7, shown, content=b"x")) == meaning
    assert [m.text for m in bench.telegram.ledger.sent(7)] == ["给您名单。"] * arrives


async def test_a_slow_answer_is_waited_for(bench: Bench, neighbour: Person) -> None:
    bench.telegram.faults.once("sendMessage", "slow", seconds=IMPATIENT / 3)
    assert isinstance(await bench.channel.send(outgoing(7, card("收到了"))), Sent)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Long: ",
    ],
    ids=["without length", "HTTP/1.0", "chunks", "headers"],
)
@pytest.mark.parametrize("drop", [b"1\r\n{\r\n", b"1\r\n{\r\n" * 500_000], ids=["drips", "floods"])
async def test_an_answer_without_an_end_is_given_up(
    answer: bytes, drop: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "CONNECT_SECONDS", 0.3)
    monkeypatch.setattr(client, "MAX_ANSWER", 1_000_000)
    hung_up = asyncio.Event()

    async def drip(_: asyncio.StreamReader, line: asyncio.StreamWriter) -> None:
        line.write(answer)
        with suppress(OSError):
            while not line.is_closing():
                line.write(drop)
                await line.drain()
                await asyncio.sleep(0.05)
        line.close()
        hung_up.set()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, ClientSession() as session:
        channel = TelegramChannel(
            TOKEN,
            session,
            now=lambda: NOW,
            api_root=f"http://127.0.0.1:{port}",
            answer_seconds=IMPATIENT,
        )
        async with asyncio.timeout(5):
            assert await channel.send(outgoing(7, card("在吗"))) == Unclear()
            await hung_up.wait()


async def test_a_flooded_chat_waits_alone(bench: Bench, neighbour: Person) -> None:
    bench.telegram.person(8).says("在吗")
    bench.telegram.faults.once("sendMessage", "429", chat_id=7, retry_after=30)
    late = await bench.channel.send(outgoing(7, card("一")))
    assert late == TryLater(after=timedelta(seconds=30), this_chat_only=True)
    assert isinstance(await bench.channel.send(outgoing(8, card("二"))), Sent)


async def test_somebody_who_blocked_us_is_gone(bench: Bench, neighbour: Person) -> None:
    neighbour.blocks()
    assert await bench.channel.send(outgoing(7, card("在吗"))) == Gone()
    neighbour.unblocks()
    assert isinstance(await bench.channel.send(outgoing(7, card("在吗"))), Sent)


async def test_somebody_who_never_spoke_to_us_is_gone(bench: Bench) -> None:
    assert await bench.channel.send(outgoing(404, card("在吗"))) == Gone()


async def test_a_card_without_words_is_refused_for_ever(bench: Bench, neighbour: Person) -> None:
    refused = Refused(code="telegram-text-empty")
    assert await bench.channel.send(outgoing(7, card(" \n "))) == refused


async def test_a_token_too_long_for_telegram_is_refused(bench: Bench, neighbour: Person) -> None:
    long = replace(outgoing(7, card("？", "甲")), token="t" * 65)
    assert await bench.channel.send(long) == Refused(code="telegram-button_data_invalid")


async def test_a_server_that_is_not_there_was_surely_not_reached(bench: Bench) -> None:
    lost = _channel(bench.session, "http://127.0.0.1:9")
    assert await lost.send(outgoing(7, card("在吗"))) == UNREACHED
    assert await lost.reach() == "NetworkError"


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", UNREACHED), (b"", Unclear())],
    ids=["refuses", "hangs up"],
)
async def test_a_proxy_that_lets_nothing_pass(
    bench: Bench, answer: bytes, meaning: Delivery
) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()
        await writer.wait_closed()

    proxy = await asyncio.start_server(refuse, "127.0.0.1", 0)
    behind = TelegramChannel(
        TOKEN,
        bench.session,
        now=lambda: NOW,
        api_root="https://api.telegram.invalid",
        proxy=f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}",
        answer_seconds=IMPATIENT,
    )
    assert await behind.send(outgoing(7, card("在吗"))) == meaning
    proxy.close()
    await proxy.wait_closed()


async def test_a_wrong_token_is_mended_by_people_not_by_haste(bench: Bench) -> None:
    wrong = _channel(bench.session, bench.telegram.url, token="1:wrong")
    later = TryLater(after=timedelta(minutes=1), this_chat_only=False)
    assert await wrong.send(outgoing(7, card("在吗"))) == later
    assert await wrong.reach() == "InvalidToken"


async def test_a_right_token_reaches_telegram(bench: Bench) -> None:
    assert await bench.channel.reach() == "ok"


# -- under fire ---------------------------------------------------------------------------------


async def test_under_fire_every_message_arrives_in_order_and_doubles_only_when_in_doubt(
    bench: Bench,
) -> None:
    """A sender that does what the deliveries tell it; a third of its calls go wrong."""
    telegram = bench.telegram
    kinds = ("500", "502", "429", "reset-before", "500-after", "502-after", "reset-after",
             "truncated")  # fmt: skip
    chats = range(1, 21)
    for chat in chats:
        telegram.person(chat).says("在吗")
    telegram.faults.mix(0.33, kinds, retry_after=(1, 1))

    async def speak(chat: int) -> None:
        for number in range(10):
            message = outgoing(chat, card(f"第{number}条"))
            while not isinstance(result := await bench.channel.send(message), Sent):
                assert isinstance(result, TryLater | Unclear)
                if isinstance(result, TryLater):
                    await asyncio.sleep(result.after.total_seconds())
                else:
                    message = replace(message, perhaps_again=True)

    await asyncio.gather(*map(speak, chats))
    assert telegram.ledger.early() == []
    doubtful = list(telegram.ledger.ambiguous())
    assert doubtful
    for chat in chats:
        texts = [
            message.text.removeprefix("（可能重复）") for message in telegram.ledger.sent(chat)
        ]
        in_doubt = sum(call.params["chat_id"] == chat for call in doubtful)
        assert list(dict.fromkeys(texts)) == [f"第{number}条" for number in range(10)]
        assert texts == sorted(texts)
        assert len(texts) == 10 + in_doubt


# -- files --------------------------------------------------------------------------------------


async def fetched(bench: Bench, source: str) -> bytes:
    return b"".join([piece async for piece in bench.channel.fetch(source)])


def last_file(bench: Bench) -> str:
    return list(bench.telegram.files)[-1]


async def test_a_file_is_fetched_in_pieces(bench: Bench, neighbour: Person) -> None:
    content = bytes(range(256)) * 2000
    neighbour.sends_document(content, "照片.jpg", "image/jpeg")
    pieces = [piece async for piece in bench.channel.fetch(last_file(bench))]
    assert b"".join(pieces) == content
    assert len(pieces) > 1


async def test_a_file_that_telegram_calls_too_big(bench: Bench, neighbour: Person) -> None:
    neighbour.sends_video(b"film", size=20_000_001)
    with pytest.raises(FileTooLarge):
        await fetched(bench, last_file(bench))


async def test_a_file_that_is_larger_than_it_says(bench: Bench, neighbour: Person) -> None:
    neighbour.sends_video(bytes(20_000_001), size=5)
    with pytest.raises(FileTooLarge):
        await fetched(bench, last_file(bench))


async def test_a_file_that_is_not_there_any_more(bench: Bench, neighbour: Person) -> None:
    with pytest.raises(FileGone):
        await fetched(bench, "AgAC-unknown")
    neighbour.sends_voice(b"voice")
    bench.telegram.faults.once("(download)", "403")
    with pytest.raises(FileGone):
        await fetched(bench, last_file(bench))


@pytest.mark.parametrize("fault", ["truncated", "502"])
async def test_a_file_that_comes_in_part_is_an_error_of_the_line(
    bench: Bench, neighbour: Person, fault: str
) -> None:
    neighbour.sends_photo(b"picture" * 10_000)
    bench.telegram.faults.once("(download)", fault)
    with pytest.raises(OSError, match="telegram download") as raised:
        await fetched(bench, last_file(bench))
    assert TOKEN not in "".join(traceback.format_exception(raised.value))


async def test_a_file_shorter_than_declared_is_an_error_of_the_line(
    bench: Bench, neighbour: Person
) -> None:
    neighbour.sends_photo(b"picture", size=99)
    with pytest.raises(OSError, match="7 of 99 bytes"):
        await fetched(bench, last_file(bench))


@pytest.mark.parametrize("fault", ["500", "timeout-before", "reset-before", "truncated"])
async def test_a_file_that_cannot_be_located_is_an_error_of_the_line(
    bench: Bench, neighbour: Person, fault: str
) -> None:
    neighbour.sends_photo(b"picture")
    bench.telegram.faults.once("getFile", fault, seconds=2 * IMPATIENT)
    with pytest.raises(OSError, match="telegram getFile"):
        await fetched(bench, last_file(bench))


async def test_the_bot_s_name_is_learned_for_the_links_of_invitations(bench: Bench) -> None:
    bench.telegram.faults.once("getMe", "truncated")
    assert await bench.channel.own_name() == ""
    await bench.listen()
    await until(lambda: bench.names == ["xiangban_test_bot"])


# -- secrets ------------------------------------------------------------------------------------


async def test_neither_token_nor_words_nor_people_reach_a_log(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """Everything that can go wrong goes wrong, with every logger as talkative as it can be."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("telegram.Bot").debug("the library is quiet even so")
    person = bench.telegram.person(987654321)
    person.says("秘密的话")
    person.sends_photo(b"picture", caption="秘密的话")
    telegram = bench.telegram
    for method in ("getUpdates", "setMyCommands", "getMe"):
        telegram.faults.once(method, "truncated")
    await bench.listen()
    await bench.memory.got(2)
    for fault in ("500", "403", "reset-after", "truncated", "timeout-before"):
        telegram.faults.once("sendMessage", fault, seconds=2 * IMPATIENT)
        await bench.channel.send(outgoing(987654321, card("秘密的话")))
    await bench.channel.reach()
    for channel in (
        _channel(bench.session, "http://127.0.0.1:9"),
        _channel(bench.session, telegram.url, token="1:" + "wrong" * 7),
    ):
        await channel.send(outgoing(987654321, card("秘密的话")))
        assert repr(channel) + str(await channel.reach())
        with pytest.raises(OSError, match="telegram getFile") as raised:
            [piece async for piece in channel.fetch("secret-file")]
        assert "wrong" * 7 not in "".join(traceback.format_exception(raised.value))
    # asyncio itself names the sockets, and the fake's person lives in this process too.
    ours = [record for record in caplog.records if record.name.split(".")[0] != "asyncio"]
    said = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in ours)
    assert ours
    for secret in (TOKEN, TOKEN.split(":")[1], "wrong" * 7, "秘密", "987654321"):
        assert secret not in said
    assert secret not in repr(bench.channel)


def _channel(session: ClientSession, api_root: str, token: str = TOKEN) -> TelegramChannel:
    return TelegramChannel(
        token, session, now=lambda: NOW, api_root=api_root, answer_seconds=IMPATIENT
    )
