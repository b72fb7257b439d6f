"""The fake keeps Telegram's promises: what Telegram refuses, it refuses in Telegram's words."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest
from aiohttp import ClientError, ClientSession, FormData, web

from tests.bot.channels.telegram_bench import until
from tests.fakes.telegram import TOKEN, FakeTelegram

Call = Callable[..., Coroutine[Any, Any, Any]]


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as telegram:
        telegram.person(7).says("在吗")
        yield telegram


@pytest.fixture
async def call(telegram: FakeTelegram) -> AsyncIterator[Call]:
    async with ClientSession() as session:

        async def call(method: str, token: str = TOKEN, **params: Any) -> Any:
            url = f"{telegram.url}/bot{token}/{method}"
            async with session.post(url, json=params) as answer:
                said = await answer.json()
                assert answer.status == said.get("error_code", 200)
                return said["result"] if said["ok"] else said["description"]

        yield call


def keyboard(*buttons: dict[str, Any]) -> dict[str, Any]:
    return {"inline_keyboard": [[button] for button in buttons]}


REFUSED = [
    ({"text": "x"}, "Bad Request: chat_id is empty"),
    ({"chat_id": 7}, "Bad Request: message text is empty"),
    ({"chat_id": 7, "text": " \n"}, "Bad Request: message text is empty"),
    ({"chat_id": 7, "text": "孩" * 4097}, "Bad Request: message is too long"),
    ({"chat_id": 7, "text": "𠮷" * 2049}, "Bad Request: message is too long"),
    ({"chat_id": 8, "text": "x"}, "Bad Request: chat not found"),
    ({"chat_id": "@nobody", "text": "x"}, "Bad Request: chat not found"),
    (
        {"chat_id": 7, "text": "x", "disable_notifications": True},
        "Bad Request: sendMessage has no field disable_notifications",
    ),
    (
        {"chat_id": 7, "text": "x", "protect_content": 1},
        "Bad Request: sendMessage.protect_content must be of type Boolean",
    ),
    (
        {"chat_id": 7, "text": "<b>x", "parse_mode": "HTML"},
        "Bad Request: the fake parses no entities; plain text only",
    ),
    (
        {
            "chat_id": 7,
            "text": "x",
            "reply_markup": keyboard({"text": "a", "callback_data": "汉" * 22}),
        },
        "Bad Request: BUTTON_DATA_INVALID",
    ),
    (
        {"chat_id": 7, "text": "x", "reply_markup": keyboard({"text": "110", "url": "tel:110"})},
        "Bad Request: inline keyboard button URL 'tel:110' is invalid: Wrong HTTP URL",
    ),
    (
        {"chat_id": 7, "text": "x", "reply_markup": keyboard({"text": "a"})},
        "Bad Request: can't parse inline keyboard button:"
        " Text buttons are unallowed in the inline keyboard",
    ),
    (
        {
            "chat_id": 7,
            "text": "x",
            "reply_markup": keyboard(*[{"text": "a", "callback_data": "b"}] * 101),
        },
        "Bad Request: reply markup is too long",
    ),
]


@pytest.mark.parametrize(("params", "words"), REFUSED, ids=[str(at) for at in range(len(REFUSED))])
async def test_a_message_that_telegram_refuses(
    call: Call, params: dict[str, Any], words: str
) -> None:
    assert await call("sendMessage", **params) == words


@pytest.mark.parametrize(
    ("fields", "content", "words"),
    [
        ({"chat_id": "7"}, None, "Bad Request: there is no document in the request"),
        ({"chat_id": "7"}, b"", "Bad Request: file must be non-empty"),
        (
            {"chat_id": "7", "document": "https://example.org/a"},
            None,
            "Bad Request: wrong file identifier/HTTP URL specified",
        ),
        (
            {"chat_id": "7", "caption": "孩" * 1025},
            b"x",
            "Bad Request: message caption is too long",
        ),
        ({"chat_id": "8"}, b"x", "Bad Request: chat not found"),
        (
            {"chat_id": "7", "text": "x"},
            b"x",
            "Bad Request: sendDocument has no field text",
        ),
    ],
)
async def test_a_file_that_telegram_refuses(
    telegram: FakeTelegram, fields: dict[str, str], content: bytes | None, words: str
) -> None:
    form = FormData(fields)
    if content is not None:
        form.add_field("document", content, filename="a.xlsx")
    url = f"{telegram.url}/bot{TOKEN}/sendDocument"
    async with ClientSession() as session, session.post(url, data=form) as answer:
        assert (answer.status, (await answer.json())["description"]) == (400, words)


async def test_a_wrong_token_and_an_unknown_method(call: Call) -> None:
    assert await call("getMe", token="1:x") == "Unauthorized"
    assert await call("getMe", token="x") == "Not Found"
    assert await call("sendThought") == "Not Found"


async def test_forms_and_json_say_the_same(telegram: FakeTelegram) -> None:
    form = FormData(
        {
            "chat_id": "7",
            "text": "好",
            "disable_notification": "True",
            "reply_markup": '{"inline_keyboard":[[{"text":"甲","callback_data":"a.0"}]]}',
        }
    )
    async with (
        ClientSession() as session,
        session.post(f"{telegram.url}/bot{TOKEN}/sendMessage", data=form) as answer,
    ):
        assert (await answer.json())["ok"]
    [message] = telegram.ledger.sent(7)
    assert (message.silent, message.keyboard) == (True, [[{"text": "甲", "callback_data": "a.0"}]])


async def test_an_edit_that_changes_nothing_and_one_of_nothing(call: Call) -> None:
    sent = await call("sendMessage", chat_id=7, text="一")
    number = sent["message_id"]
    edit = {"chat_id": 7, "message_id": number}
    assert (await call("editMessageText", **edit, text="二"))["text"] == "二"
    same = await call("editMessageText", **edit, text="二 ")
    assert same.startswith("Bad Request: message is not modified")
    none = await call("editMessageText", chat_id=7, message_id=1, text="二")
    assert none == "Bad Request: message to edit not found"
    assert await call("deleteMessage", **edit) is True
    gone = await call("editMessageText", **edit, text="三")
    assert gone == "Bad Request: message to edit not found"


async def test_a_press_is_answered_once_and_in_time(telegram: FakeTelegram, call: Call) -> None:
    now = 1000.0
    telegram.clock = lambda: now
    await call("sendMessage", chat_id=7, text="？", reply_markup=keyboard(A))
    person = telegram.person(7)
    old = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    first, second = (_query(telegram, person.taps("甲")) for _ in range(2))
    assert await call("answerCallbackQuery", callback_query_id=first, text="好") is True
    assert await call("answerCallbackQuery", callback_query_id=first) == old
    now += 151
    assert await call("answerCallbackQuery", callback_query_id=second) == old
    assert person.toasts == ["好"]


async def test_somebody_who_blocked_the_bot(telegram: FakeTelegram, call: Call) -> None:
    telegram.person(7).blocks()
    refused = await call("sendMessage", chat_id=7, text="在吗")
    assert refused == "Forbidden: bot was blocked by the user"


async def test_limits_hold_per_chat_and_in_all(telegram: FakeTelegram, call: Call) -> None:
    now = 1000.0
    telegram.clock = lambda: now
    telegram.pace.on, telegram.pace.burst, telegram.pace.overall = True, 2, 5
    for number in range(8, 12):
        telegram.person(number).says("在吗")

    async def send(chat_id: int) -> str:
        said = await call("sendMessage", chat_id=chat_id, text="话")
        return "ok" if isinstance(said, dict) else str(said)

    flood = "Too Many Requests: retry after 1"
    assert [await send(7) for _ in range(3)] == ["ok", "ok", flood]
    now += 0.5
    assert await send(7) == flood
    assert len(telegram.ledger.early()) == 1
    now += 0.6
    assert await send(7) == "ok"
    assert [await send(chat) for chat in (8, 8, 9, 9, 10)] == ["ok"] * 4 + [flood]


async def test_a_forced_429_bans_the_chat_until_its_time(
    telegram: FakeTelegram, call: Call
) -> None:
    telegram.faults.once("sendMessage", "429", chat_id=7, retry_after=60)
    telegram.person(8).says("在吗")
    assert await call("sendMessage", chat_id=7, text="一") == "Too Many Requests: retry after 60"
    await call("sendMessage", chat_id=7, text="二")
    assert [each.params["text"] for each in telegram.ledger.early()] == ["二"]
    assert (await call("sendMessage", chat_id=8, text="三"))["text"] == "三"


async def test_the_offset_confirms_and_only_the_offset(telegram: FakeTelegram, call: Call) -> None:
    telegram.person(7).says("二")
    both = await call("getUpdates")
    assert [each["message"]["text"] for each in both] == ["在吗", "二"]
    assert await call("getUpdates") == both
    assert telegram.ledger.confirmed() == []
    assert await call("getUpdates", offset=both[1]["update_id"]) == both[1:]
    assert [each.update_id for each in telegram.ledger.confirmed()] == [both[0]["update_id"]]
    assert await call("getUpdates", offset=both[1]["update_id"] + 1) == []


async def test_the_newer_of_two_pollers_wins(telegram: FakeTelegram, call: Call) -> None:
    offset = (await call("getUpdates"))[0]["update_id"] + 1
    older = asyncio.create_task(call("getUpdates", offset=offset, timeout=20))
    await until(lambda: len(telegram.ledger.called("getUpdates")) == 2)
    newer = asyncio.create_task(call("getUpdates", offset=offset, timeout=20))
    assert (await older).startswith("Conflict: terminated by other getUpdates request")
    telegram.person(7).says("给新的")
    assert [each["message"]["text"] for each in await newer] == ["给新的"]


async def test_no_polling_beside_a_webhook(call: Call) -> None:
    plain = await call("setWebhook", url="http://example.org/x")
    assert plain == "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"
    assert await call("setWebhook", url="https://127.0.0.1:9/x", allowed_updates=["message"])
    assert (await call("getUpdates")).startswith("Conflict: can't use getUpdates method while")
    info = await call("getWebhookInfo")
    assert (info["url"], info["allowed_updates"]) == ("https://127.0.0.1:9/x", ["message"])
    assert await call("deleteWebhook")
    assert len(await call("getUpdates")) == 1


async def test_what_was_dropped_is_on_the_record(telegram: FakeTelegram, call: Call) -> None:
    await call("deleteWebhook", drop_pending_updates=True)
    assert await call("getUpdates") == []
    assert [each.dropped for each in telegram.ledger.updates.values()] == [True]


async def test_a_press_is_dropped_after_its_150_seconds_and_a_message_is_not(
    telegram: FakeTelegram, call: Call
) -> None:
    await call("sendMessage", chat_id=7, text="？", reply_markup=keyboard(A))
    number = telegram.person(7).taps("甲")
    now = telegram.clock() + 151
    telegram.queue._clock = lambda: now
    assert ["message" in each for each in await call("getUpdates")] == [True]
    assert telegram.ledger.updates[number].expired


A = {"text": "甲", "callback_data": "token.0"}


def _query(telegram: FakeTelegram, number: int) -> str:
    query: str = telegram.ledger.updates[number].body["callback_query"]["id"]
    return query


# -- the webhook's lanes ------------------------------------------------------------------------


class Hook:
    """A webhook that answers as it is told and remembers what it was brought."""

    def __init__(self) -> None:
        self.brought: list[int] = []
        self.answer: Callable[[int], tuple[int, str]] = lambda number: (200, "")
        self.held: dict[int, asyncio.Event] = {}

    async def handle(self, request: web.Request) -> web.Response:
        number = (await request.json())["update_id"]
        self.brought.append(number)
        if number in self.held:
            await self.held[number].wait()
        status, after = self.answer(number)
        return web.Response(status=status, headers={"Retry-After": after} if after else {})


@pytest.fixture
async def hook(telegram: FakeTelegram, call: Call) -> AsyncIterator[Hook]:
    hook = Hook()
    application = web.Application()
    application.router.add_post("/hook", hook.handle)
    runner = web.AppRunner(application, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    telegram.roads.hurry = 0.01
    await call("setWebhook", url=f"http://127.0.0.1:{runner.addresses[0][1]}/hook")
    await until(telegram.ledger.confirmed)
    hook.brought.clear()
    yield hook
    await runner.cleanup()


async def test_a_lane_waits_for_its_head_and_others_go_on(
    telegram: FakeTelegram, hook: Hook
) -> None:
    first = telegram.person(1).says("一")
    hook.held[first] = asyncio.Event()
    second = telegram.person(1).says("二")
    other = telegram.person(2).says("别人")
    await until(lambda: len(hook.brought) == 2)
    assert hook.brought == [first, other]
    hook.held[first].set()
    await until(lambda: len(hook.brought) == 3)
    assert hook.brought == [first, other, second]


async def test_a_press_overtakes_a_message_that_is_stuck(
    telegram: FakeTelegram, call: Call, hook: Hook
) -> None:
    await call("sendMessage", chat_id=7, text="？", reply_markup=keyboard(A))
    stuck = telegram.person(7).says("卡住的")
    hook.held[stuck] = asyncio.Event()
    press = telegram.person(7).taps("甲")
    await until(lambda: hook.brought == [stuck, press])
    hook.held[stuck].set()


async def test_a_refused_update_comes_again_until_it_is_taken(
    telegram: FakeTelegram, hook: Hook
) -> None:
    answers = iter([(500, ""), (503, "2"), (302, ""), (204, "")])
    hook.answer = lambda number: next(answers)
    number = telegram.person(1).says("一")
    await until(lambda: telegram.ledger.updates[number].confirmed_at)
    assert hook.brought == [number] * 4


async def test_a_retry_after_beyond_its_life_drops_a_press(
    telegram: FakeTelegram, call: Call, hook: Hook
) -> None:
    await call("sendMessage", chat_id=7, text="？", reply_markup=keyboard(A))
    hook.answer = lambda number: (503, "200")
    number = telegram.person(7).taps("甲")
    await until(lambda: telegram.ledger.updates[number].expired)
    assert hook.brought == [number]


async def test_the_same_update_may_be_brought_several_times(
    telegram: FakeTelegram, hook: Hook
) -> None:
    telegram.roads.duplicates = 1.0
    number = telegram.person(1).says("一")
    await until(lambda: telegram.ledger.updates[number].confirmed_at and len(hook.brought) > 1)
    assert set(hook.brought) == {number}


# -- faults and the process ---------------------------------------------------------------------


async def test_the_same_seed_brings_the_same_faults() -> None:
    def fates(seed: int) -> list[str]:
        faults = FakeTelegram(seed=seed).faults
        faults.mix(0.5)
        chosen = (faults.choose("sendMessage", 7) for _ in range(200))
        return [fault.kind if fault else "" for fault in chosen]

    assert fates(3) == fates(3)
    assert fates(3) != fates(4)
    assert 60 < sum(map(bool, fates(3))) < 140


async def test_a_cut_line_after_the_effect_is_counted_as_ambiguous(
    telegram: FakeTelegram, call: Call
) -> None:
    telegram.faults.once("sendMessage", "reset-after")
    with pytest.raises(ClientError):
        await call("sendMessage", chat_id=7, text="到了")
    assert [each.text for each in telegram.ledger.sent(7)] == ["到了"]
    assert len(list(telegram.ledger.ambiguous())) == 1


async def test_as_a_process_of_its_own_it_is_moved_over_http() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.fakes.telegram", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    try:
        url, token = (await process.stdout.readline()).decode().split()
        async with ClientSession() as session:
            acts = [
                {"person": 7, "act": "says", "args": ["在吗"]},
                {"person": 7, "act": "sends_photo", "args": [{"base64": "AAEC"}]},
                {"group": -5, "act": "adds_bot", "by": 7},
            ]
            async with session.post(f"{url}/control/acts", json=acts) as answer:
                assert len(await answer.json()) == 3
            wish = {"once": {"method": "sendMessage", "kind": "500"}}
            async with session.post(f"{url}/control/faults", json=wish) as answer:
                assert answer.status == 200
            said = {"chat_id": 7, "text": "在的"}
            statuses = []
            for _ in range(2):
                async with session.post(f"{url}/bot{token}/sendMessage", json=said) as answer:
                    statuses.append(answer.status)
            assert statuses == [500, 200]
            async with session.get(f"{url}/control/hears?person=7&text=在的") as answer:
                assert await answer.text() == "机：在的"
            async with session.get(f"{url}/control/screen?person=7") as answer:
                assert await answer.text() == "我：在吗\n我：(photo)\n机：在的"
            async with session.get(f"{url}/control/ledger") as answer:
                assert len((await answer.json())["updates"]) == 3
    finally:
        process.terminate()
        await process.wait()
