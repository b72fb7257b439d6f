"""What Telegram is asked to show, and what its answers mean for us."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.channel import Delivery, Gone, Refused, Sent, TryLater, Unclear
from bot.channels.telegram.client import Answer, Declined, Done, Lost, Unreached, understand
from bot.channels.telegram.sending import (
    LIMITS,
    delivery,
    edit_delivery,
    edited_message,
    new_message,
)
from bot.channels.telegram.words import Words
from conversation.cards import Card
from tests.bot.channels.telegram_bench import button, card, outgoing
from tests.fakes.telegram.spec import spec

WORDS = Words.load()


def rows(shown: Card) -> list[list[str]]:
    keyboard = new_message(outgoing(7, shown), WORDS)["reply_markup"]["inline_keyboard"]
    return [[each["text"] for each in row] for row in keyboard]


def test_a_new_message_is_plain_protected_and_without_previews() -> None:
    asked = new_message(outgoing(7, card("孩子安全吗？", "安全", "不安全"), quiet=True), WORDS)
    assert asked == {
        "chat_id": "7",
        "text": "孩子安全吗？",
        "protect_content": True,
        "disable_notification": True,
        "link_preview_options": {"is_disabled": True},
        "reply_markup": {
            "inline_keyboard": [
                [{"text": "安全", "callback_data": "t" * 22 + ".0"}],
                [{"text": "不安全", "callback_data": "t" * 22 + ".1"}],
            ]
        },
    }


def test_a_message_without_buttons_has_no_keyboard_but_an_edit_takes_the_old_one_away() -> None:
    assert "reply_markup" not in new_message(outgoing(7, card("好")), WORDS)
    edited = edited_message(outgoing(7, card("好"), replaces="9"), WORDS)
    assert edited["reply_markup"] == {"inline_keyboard": []}
    assert edited["message_id"] == "9"


def test_a_message_that_may_have_come_before_says_so_and_an_edit_does_not() -> None:
    again = outgoing(7, card("收到"), replaces="9", perhaps_again=True)
    assert new_message(again, WORDS)["text"] == "（可能重复）收到"
    assert edited_message(again, WORDS)["text"] == "收到"


def test_a_card_that_asks_for_a_place_tells_how_to_send_one() -> None:
    text = new_message(outgoing(7, card("在哪里？", wants_place=True)), WORDS)["text"]
    assert text == f"在哪里？\n{WORDS.wants_place}"


def test_a_dangerous_button_is_red() -> None:
    shown = Card(text="？", rows=((button("孩子现在有危险", style="danger"),),))
    [[danger]] = new_message(outgoing(7, shown), WORDS)["reply_markup"]["inline_keyboard"]
    assert danger["style"] == "danger"


def test_short_buttons_stand_side_by_side_and_long_ones_below_each_other() -> None:
    short = ("上一步", "稍后继续", "取消")
    long = ("家里没有大人照看", "家里没有大人照看孩子", "不知道")
    shown = Card(text="？", rows=tuple(tuple(map(button, row)) for row in (short, long)))
    assert rows(shown) == [list(short), *([label] for label in long)]


@given(st.lists(st.lists(st.text(min_size=1, max_size=30), max_size=12), max_size=8))
def test_however_rows_are_cut_each_button_keeps_its_number(labels: list[list[str]]) -> None:
    shown = Card(text="？", rows=tuple(tuple(map(button, row)) for row in labels))
    asked = new_message(outgoing(7, shown), WORDS).get("reply_markup", {"inline_keyboard": []})
    data = [each["callback_data"] for row in asked["inline_keyboard"] for each in row]
    assert data == [f"{'t' * 22}.{at}" for at in range(len(shown.buttons()))]


@given(
    text=st.text(min_size=1),
    times=st.integers(1, 200),
    label=st.text(min_size=1),
    again=st.booleans(),
    place=st.booleans(),
)
def test_whatever_is_said_obeys_the_limits_and_the_description_of_the_bot_api(
    text: str, times: int, label: str, again: bool, place: bool
) -> None:
    shown = card(text * times, label * 20, wants_place=place)
    sent = outgoing(7, shown, perhaps_again=again, replaces="9")
    for method, params in (
        ("sendMessage", new_message(sent, WORDS)),
        ("editMessageText", edited_message(sent, WORDS)),
    ):
        spec().check(method, spec().decode(method, params))
        assert len(params["text"].encode("utf-16-le", "surrogatepass")) // 2 <= 4096
        [[only]] = params["reply_markup"]["inline_keyboard"]
        assert len(only["callback_data"].encode()) <= 64
        assert len(only["text"].encode("utf-16-le", "surrogatepass")) // 2 <= LIMITS.label


LATER = TryLater(after=timedelta(minutes=1), this_chat_only=False)


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        (Done({"message_id": 42}), Sent(external_id="42")),
        (Done({}), Unclear()),
        (Lost("SocketTimeoutError"), Unclear()),
        (Unreached("X"), TryLater(after=timedelta(seconds=5), this_chat_only=False)),
        (Declined(status=429, retry_after=17), TryLater(after=timedelta(seconds=17))),
        (Declined(status=429), TryLater(after=timedelta(seconds=1))),
        (Declined(status=403, why="Forbidden: bot was blocked by the user"), Gone()),
        (Declined(status=403, why="Forbidden: user is deactivated"), Gone()),
        (Declined(status=400, why="Bad Request: chat not found"), Gone()),
        (Declined(status=400, why="Bad Request: PEER_ID_INVALID"), Gone()),
        (Declined(status=401, why="Unauthorized"), LATER),
        (Declined(status=404, why="Not Found"), LATER),
        (
            Declined(status=400, why="Bad Request: message is too long"),
            Refused(code="telegram-text-too-long"),
        ),
        (
            Declined(status=400, why="Bad Request: message text is empty"),
            Refused(code="telegram-text-empty"),
        ),
        (
            Declined(status=400, why="Bad Request: BUTTON_DATA_INVALID"),
            Refused(code="telegram-button_data_invalid"),
        ),
        (
            Declined(status=400, why="Bad Request: can't parse entities: 张小明"),
            Refused(code="telegram-400"),
        ),
        (Declined(status=413, why="Request Entity Too Large"), Refused(code="telegram-413")),
    ],
)
def test_each_answer_to_a_new_message_has_one_meaning(answer: Answer, meaning: Delivery) -> None:
    assert delivery(answer) == meaning


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        (Done({"message_id": 9}), Sent(external_id="9")),
        (Done(True), Sent(external_id="9")),
        (
            Declined(status=400, why="Bad Request: message is not modified: specified new"),
            Sent(external_id="9"),
        ),
        (Declined(status=400, why="Bad Request: message to edit not found"), None),
        (Declined(status=400, why="Bad Request: message can't be edited"), None),
        (Declined(status=400, why="Bad Request: MESSAGE_ID_INVALID"), None),
        (Declined(status=429, retry_after=3), TryLater(after=timedelta(seconds=3))),
        (Declined(status=403, why="Forbidden: bot was blocked by the user"), Gone()),
        (Lost("http-500"), Unclear()),
    ],
)
def test_each_answer_to_an_edit_has_one_meaning(answer: Answer, meaning: Delivery | None) -> None:
    assert edit_delivery(answer, "9") == meaning


@pytest.mark.parametrize(
    ("status", "body", "answer"),
    [
        (200, {"ok": True, "result": True}, Done(True)),
        (200, {"ok": True, "result": None}, Done(None)),
        (200, {"ok": True}, Lost("http-200")),
        (200, [], Lost("http-200")),
        (
            429,
            {"ok": False, "description": "x", "parameters": {"retry_after": 5}},
            Declined(status=429, why="x", retry_after=5.0),
        ),
        (400, {"ok": False, "parameters": None}, Declined(status=400)),
        (500, {"ok": False, "description": "Internal Server Error"}, Lost("http-500")),
        (302, {"ok": True, "result": True}, Lost("http-302")),
    ],
)
def test_http_answers_are_understood(status: int, body: Any, answer: Answer) -> None:
    assert understand(status, json.dumps(body).encode()) == answer


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
answers = st.fixed_dictionaries(
    {"ok": st.booleans() | anything},
    optional={
        "result": st.fixed_dictionaries({"message_id": st.integers()}) | anything,
        "description": st.text(max_size=40) | anything,
        "parameters": st.fixed_dictionaries({"retry_after": st.integers() | anything}) | anything,
    },
)


@given(st.integers(100, 599), st.binary(max_size=60) | answers.map(json.dumps).map(str.encode))
def test_whatever_a_server_answers_has_a_meaning(status: int, body: bytes) -> None:
    answer = understand(status, body)
    assert isinstance(delivery(answer), Sent | TryLater | Unclear | Gone | Refused)
    assert edit_delivery(answer, "9") is None or edit_delivery(answer, "9")


@pytest.mark.parametrize("body", [b"<html>502</html>", b'{"ok":true,"resu', b"", b"[" * 99_999])
def test_an_answer_that_cannot_be_read_is_lost(body: bytes) -> None:
    assert understand(200, body) == Lost("unreadable-200")
