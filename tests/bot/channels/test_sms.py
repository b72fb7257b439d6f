"""The SMS channel alone: signed calls in, strict calls out, and cards as short messages."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from bot.channels.channel import (
    Arrival,
    Gone,
    NotStored,
    Outgoing,
    Refused,
    Sent,
    Stored,
    Taken,
    TryLater,
    Unclear,
)
from bot.channels.sms import SmsChannel
from bot.channels.sms.channel import MAX_BODY_BYTES, address_of
from bot.channels.sms.gateway import GatewayFaults, read_gateway
from bot.channels.sms.writing import Room, written
from conversation.cards import Action, Button, Card, Document
from conversation.incoming import Left, Said
from tests.fakes.sms_gateway import FakeGateway

NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)
NUMBER = "13800000077"
ROOM = Room(chars=100, parts=3, signature="【相伴】")


@dataclass(slots=True)
class Keeper:
    """Takes arrivals, or does not."""

    arrivals: list[Arrival] = field(default_factory=list)
    busy: int = 0

    async def take(self, arrival: Arrival) -> Taken:
        if self.busy:
            self.busy -= 1
            return NotStored()
        self.arrivals.append(arrival)
        return Stored()


@dataclass(slots=True)
class Line:
    """The gateway, our channel behind it, and what it heard."""

    gateway: FakeGateway
    channel: SmsChannel
    keeper: Keeper


@pytest.fixture(params=["json", "form"])
async def line(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Line]:
    async with FakeGateway(request.param) as gateway, aiohttp.ClientSession() as session:
        table = read_gateway(gateway.table(tmp_path))
        channel, keeper = SmsChannel(table, session, now=lambda: NOON), Keeper()
        site = web.Application()
        site.router.add_post("/sms", channel.hear)
        server = TestServer(site)
        await server.start_server()
        gateway.hook = str(server.make_url("/sms"))
        await channel.start(keeper)
        yield Line(gateway, channel, keeper)
        await server.close()


def card(text: str, *labels: str, verb: str = "form.choose") -> Card:
    rows = tuple((Button(label=label, action=Action(verb, label)),) for label in labels)
    asks = ((Button(label="取消", action=Action("form.cancel")),),) if labels else ()
    return Card(text=text, rows=rows + asks)


def outgoing(told: Card, **more: Any) -> Outgoing:
    return Outgoing(id=7, address=NUMBER, card=told, **more)


# -- in -------------------------------------------------------------------------------------------


async def test_what_was_stored_is_confirmed_in_the_words_that_the_gateway_wants(
    line: Line,
) -> None:
    status, said = await line.gateway.brings(*line.gateway.message(NUMBER, " 有个孩子没人管 "))
    assert (status, said) == (200, '{"code":0}' if line.gateway.kind == "json" else "ok")
    (heard,) = line.keeper.arrivals
    assert (heard.address, heard.incoming) == (NUMBER, Said(text="有个孩子没人管"))
    assert NUMBER not in repr(heard)


async def test_a_message_that_comes_twice_has_one_name(line: Line) -> None:
    for _ in range(2):
        await line.gateway.brings(*line.gateway.message(NUMBER, "喂", msgid="same"))
    assert len({one.key for one in line.keeper.arrivals}) == 1


@pytest.mark.parametrize("change", ["none", "other", "body", "twice"])
async def test_a_stranger_is_not_heard(line: Line, change: str) -> None:
    body, headers = line.gateway.message(NUMBER, "我是镇里的")
    match change:
        case "none":
            headers.pop("X-Signature")
        case "other":
            headers["X-Signature"] = "0" * 64
        case "body":
            body += b" "
        case _:
            body = body * 2
    assert (await line.gateway.brings(body, headers))[0] == 403
    assert line.keeper.arrivals == []


@pytest.mark.parametrize("line", ["json"], indirect=True)
async def test_a_strangers_header_of_any_bytes_is_no_fault_of_ours(line: Line) -> None:
    body, headers = line.gateway.message(NUMBER, "喂")
    headers |= {"X-Time": "\udcff\udcfe", "X-Signature": "\udcff"}
    host = URL(line.gateway.hook)
    reader, writer = await asyncio.open_connection(host.host, host.port)
    lines = [f"POST {host.path} HTTP/1.1", f"Host: {host.host}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    writer.write("\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape") + body)
    assert b" 403 " in await reader.readline()
    writer.close()


async def test_what_is_not_stored_is_to_be_brought_again(line: Line) -> None:
    line.keeper.busy = 1
    message = line.gateway.message(NUMBER, "有人在打孩子")
    assert (await line.gateway.brings(*message))[0] == 503
    assert (await line.gateway.brings(*message))[0] == 200
    await line.channel.stop()
    assert (await line.gateway.brings(*message))[0] == 503


@pytest.mark.parametrize(("number", "text"), [("12", "喂"), (NUMBER, "  "), ("x" * 11, "喂")])
async def test_what_is_no_message_is_refused(line: Line, number: str, text: str) -> None:
    assert (await line.gateway.brings(*line.gateway.message(number, text)))[0] == 400
    assert line.keeper.arrivals == []


async def test_a_body_without_end_is_cut_off(line: Line) -> None:
    message = line.gateway.message(NUMBER, "啊" * MAX_BODY_BYTES)
    assert (await line.gateway.brings(*message))[0] == 403
    assert line.keeper.arrivals == []


@pytest.mark.parametrize("word", ["退订", "td", "T"])
async def test_who_wants_no_more_gets_no_more(line: Line, word: str) -> None:
    assert (await line.gateway.brings(*line.gateway.message(NUMBER, word)))[0] == 200
    (heard,) = line.keeper.arrivals
    assert heard.incoming == Left(gone=True)
    assert not heard.hears_news


@pytest.mark.parametrize("written_as", ["+8613800000077", "86 138 0000 0077", "138-0000-0077"])
def test_a_number_has_one_form(written_as: str) -> None:
    assert address_of(written_as) == NUMBER


# -- out ------------------------------------------------------------------------------------------


async def test_a_card_goes_out_with_numbers_for_its_choices(line: Line) -> None:
    became = await line.channel.send(outgoing(card("孩子安全吗？", "☐ 安全", "☑ 不安全")))
    assert isinstance(became, Sent)
    (text,) = line.gateway.sent
    assert text.text == (
        "【相伴】孩子安全吗？\n回复数字：\n1 安全\n2 不安全（已选）\n也可以回：取消"
    )
    assert (text.to, text.seq) == (NUMBER, "7-1")


async def test_the_messages_of_a_card_go_on_where_they_stopped(line: Line) -> None:
    long = card("一句话。" * 120, "好")
    line.gateway.troubles = [200, 429]
    first = await line.channel.send(outgoing(long))
    assert isinstance(first, TryLater)
    assert first.after.total_seconds() == 1
    assert isinstance(await line.channel.send(outgoing(long, perhaps_again=True)), Sent)
    assert [one.seq for one in line.gateway.sent] == ["7-1", "7-2"]
    whole = "".join(one.text.partition(")")[2] for one in line.gateway.sent)
    assert whole.count("一句话。") == 120
    assert "可能重复" not in whole


async def test_a_lost_answer_is_unclear_and_the_next_try_says_so(line: Line) -> None:
    line.gateway.troubles = [500]
    assert isinstance(await line.channel.send(outgoing(card("您好"))), Unclear)
    await line.channel.send(outgoing(card("您好"), perhaps_again=True))
    assert line.gateway.sent[-1].text == "【相伴】（可能重复）您好"


@pytest.mark.parametrize("line", ["form"], indirect=True)
async def test_an_answer_that_takes_too_long_is_unclear(line: Line) -> None:
    line.gateway.slow = 1.5
    assert isinstance(await line.channel.send(outgoing(card("您好"))), Unclear)
    assert len(line.gateway.sent) == 1


async def test_an_answer_without_end_is_unclear_and_not_read_to_its_end(line: Line) -> None:
    line.gateway.chatter = 20 * MAX_BODY_BYTES
    assert isinstance(await line.channel.send(outgoing(card("您好"))), Unclear)
    assert len(line.gateway.sent) == 1


async def test_a_gateway_that_does_not_know_us_loses_nothing(line: Line) -> None:
    for trouble in (401, 302, "MONEY"):
        line.gateway.troubles = [trouble]
        became = await line.channel.send(outgoing(card("您好")))
        assert isinstance(became, TryLater)
        assert not became.this_chat_only


@pytest.mark.parametrize("line", ["json"], indirect=True)
async def test_codes_mean_what_the_table_says(line: Line) -> None:
    line.gateway.troubles = ["BLACK", "WORDS"]
    assert isinstance(await line.channel.send(outgoing(card("您好"))), Gone)
    assert await line.channel.send(outgoing(card("您好"))) == Refused(code="sms-WORDS")
    assert await line.channel.send(outgoing(card("您好"))) == Sent(external_id="m1")


async def test_a_gateway_that_is_away_is_asked_again(line: Line) -> None:
    await line.gateway._server.close()
    became = await line.channel.send(outgoing(card("您好")))
    assert isinstance(became, TryLater)
    assert not became.this_chat_only


async def test_of_a_file_it_is_said_where_it_is(line: Line) -> None:
    file = Document(id=1, name="回执.docx", mime="x/y", size=3)
    await line.channel.send(outgoing(replace(card("给您回执"), document=file)))
    assert line.gateway.sent[0].text.endswith("（有一个文件，短信发不了，请在相伴网页上看。）")


# -- cards as messages ----------------------------------------------------------------------------


@given(
    text=st.text(alphabet="孩子在家。，！？a1 😀\n", max_size=900),
    labels=st.lists(st.text(alphabet="河湾村好的☐☑ ▸", min_size=1, max_size=12), max_size=9),
)
def test_no_message_is_too_long_and_no_choice_is_lost(text: str, labels: list[str]) -> None:
    parts = written(card(text, *labels), ROOM)
    assert all(len(one) <= ROOM.chars for one in parts)
    assert len(parts) <= ROOM.parts + 1  # a cut may fall before a word that does not fit
    whole = "".join(one.removeprefix("【相伴】").partition(")")[2] or one for one in parts)
    if labels:
        # A message may end behind the number, and a choice of signs alone has nothing else.
        assert re.search(rf"(?<!\d){len(labels)}(?!\d)", whole)
        assert "取消" in whole
    assert "😀" not in whole


def test_a_long_text_is_cut_where_a_sentence_ends() -> None:
    told = "她家在河湾村二组，门口有一棵大榕树。" * 30
    *before, last = written(card(told), ROOM)
    assert last.endswith("……（太长，后面的请在相伴网页上看）")
    assert all(one.endswith("。") for one in before)
    assert last.removesuffix("……（太长，后面的请在相伴网页上看）").endswith("。")


def test_a_button_that_only_leads_home_costs_no_message() -> None:
    home = Card(text="记下了。", rows=((Button(label="回首页", action=Action("home")),),))
    assert written(home, ROOM) == ("【相伴】记下了。",)


# -- the table ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('to = "mobile"\n', "", "缺 send.to"),
        (
            'secret = "gateway-secret-1"',
            'secret = "x"',
            "hear.sign.secret 的值不对（至少要 8 个字），",
        ),
        ("chars = 300", "chars = 3", "bounds.chars 的值不对（不能小于 "),
        ("chars = 300", "char = 300", "没有 bounds.char 这一项"),
        ('url = "http', 'url = "ftp', "send.url 的值不对"),
        ("[bounds]", "[bounds", "写得不对"),
        ('id = "msgid"', 'id = ""', "hear.id 的值不对"),
    ],
)
async def test_each_fault_of_the_table_is_said(
    tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    async with FakeGateway() as gateway:
        file = gateway.table(tmp_path)
    file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(GatewayFaults) as wrong:
        read_gateway(file)
    assert sentence in str(wrong.value)
    assert "gateway-secret" not in str(wrong.value)


async def test_its_secrets_are_in_no_repr(tmp_path: Path) -> None:
    async with FakeGateway() as gateway:
        told = repr(read_gateway(gateway.table(tmp_path)))
    assert "gateway-secret" not in told
    assert "k-123" not in told
