"""The people who talk with a bot, and the Bot API that the bot talks to.

A step is measured from the moment it is due (a person presses or types) until the bot's card has
arrived and the webhook was answered 200, whichever comes last.
"""

import asyncio
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter, time
from typing import Any
from urllib.parse import parse_qsl

from benchmarks.talk import Move
from benchmarks.wire import Hook, Served

#: The two things that a person waits for.
CARD, OK = 1, 2
#: Steps under way at once, at which a load is called too much.
TOO_MANY = 1000
#: Of the steps that were due, how many must be done for a rate to count as held.
HELD = 0.98
#: Seconds that what is under way may still take when a load ends.
CALM_SECONDS = 5
#: Seconds between two looks at what is due.
TICK = 0.002
FIRST_CHAT = 1_000_000
#: What a bot may put before a label to show whether it is chosen.
MARKS = "☐☑✓✅ "
TRUE = b'{"ok":true,"result":true}'
ME: dict[str, Any] = {"id": 123456, "is_bot": True, "first_name": "bench", "username": "bench_bot"}


class Wrong(Exception):
    """A bot said something else than the talk has at this place."""


@dataclass(slots=True)
class Person:
    """Somebody in the middle of the talk."""

    chat: int
    at: int = 0
    due: float = 0.0
    missing: int = 0
    card: int = 0
    keyboard: list[list[dict[str, str]]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a load came to."""

    steps: int
    seconds: float
    #: Seconds that each step took, sorted.
    took: list[float] = field(repr=False)
    #: False when the bot fell so far behind that the load was broken off.
    held: bool = True

    @property
    def per_second(self) -> float:
        """Steps a second."""
        return self.steps / self.seconds

    def percentile(self, part: float) -> float:
        """Seconds within which this part of the steps was done; of no steps, none."""
        if not self.took:
            return 0.0
        return self.took[min(len(self.took) - 1, int(len(self.took) * part))]


class Crowd:
    """People and the Bot API, for one bot."""

    def __init__(self, moves: tuple[Move, ...], *, after: int = 0) -> None:
        """``after``: what a database that is used again has heard is not said once more."""
        self._moves = moves
        self._people: dict[int, Person] = {}
        self._took: list[float] | None = None
        self._after: Callable[[Person], None] = self._rest
        self._hook: Hook | None = None
        self._hook_info: dict[str, Any] = {}
        self._hooked = asyncio.Event()
        self._wrong: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._chats = FIRST_CHAT + after
        self._updates = after
        self._messages = 0
        self._under_way = 0
        self._server: asyncio.Server | None = None
        #: Steps done since the beginning.
        self.steps = 0
        #: How often each Bot API method was called, and calls within a webhook's answer.
        self.calls: dict[str, int] = {}

    async def serve(self) -> str:
        """Serve the Bot API; its root."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Served(self._answer), "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def hooked(self, within: float) -> None:
        """Return when the bot has set its webhook and listens."""
        async with asyncio.timeout(within):
            await self._hooked.wait()
            while True:
                self._hook = Hook(
                    self._hook_info["url"],
                    self._hook_info.get("secret_token", ""),
                    int(self._hook_info.get("max_connections", 40)),
                )
                try:
                    return await self._hook.open()
                except OSError:
                    await asyncio.sleep(0.05)

    def close(self) -> None:
        """Hang up; what is still under way is no fault of the bot."""
        self._wrong.cancel()
        if self._hook is not None:
            self._hook.close()
        if self._server is not None:
            self._server.close()

    # -- loads ----------------------------------------------------------------------------------

    async def talk_at_once(self, people: int, *, warm: float, seconds: float) -> Measured:
        """So many people, each beginning the next step as soon as one is done."""

        def go_on(person: Person) -> None:
            self._start(person if person.at else self._newcomer(), perf_counter())

        self._after = go_on
        for _ in range(people):
            self._start(self._newcomer(), perf_counter())
        await self._go(warm)
        self._took, began = [], perf_counter()
        await self._go(seconds)
        took, elapsed = self._took, perf_counter() - began
        await self._calm_down()
        return Measured(steps=len(took), seconds=elapsed, took=sorted(took))

    async def talk_at_rate(
        self, rate: float, people: int, *, warm: float, seconds: float
    ) -> Measured:
        """So many steps a second, whether or not the bot keeps up."""
        idle: deque[Person] = deque(self._newcomer() for _ in range(people))

        def wait(person: Person) -> None:
            idle.append(person if person.at else self._newcomer())

        self._after = wait
        began, issued, held = perf_counter(), 0, True
        measured_from = began + warm
        while (now := perf_counter()) < measured_from + seconds:
            if self._took is None and now >= measured_from:
                self._took = []
            for _ in range(int((now - began) * rate) - issued):
                due = began + issued / rate
                self._start(idle.popleft() if idle else self._newcomer(), due)
                issued += 1
            if self._under_way > TOO_MANY:
                held = False
                break
            await self._go(TICK)
        elapsed = perf_counter() - measured_from
        took = self._took or []
        await self._calm_down()
        held = held and len(took) >= HELD * rate * seconds
        return Measured(steps=len(took), seconds=elapsed, took=sorted(took), held=held)

    async def leave_open(self, people: int, moves: int, *, at_once: int, within: float) -> int:
        """So many people make the first moves and say nothing more; how many did in that time."""
        began, until = self._chats, perf_counter() + within

        def go_on(person: Person) -> None:
            if person.at < moves:
                self._start(person, perf_counter())
            elif self._chats - began < people and perf_counter() < until:
                self._start(self._newcomer(), perf_counter())

        self._after = go_on
        for _ in range(at_once):
            self._start(self._newcomer(), perf_counter())
        while self._under_way:
            await self._go(0.05)
        self._after = self._rest
        return self._chats - began

    async def _go(self, seconds: float) -> None:
        """Let so many seconds pass; raises Wrong."""
        await asyncio.wait([self._wrong], timeout=seconds)
        if self._wrong.done():
            self._wrong.result()

    async def _calm_down(self) -> None:
        """Let what is under way end, uncounted."""
        self._took, self._after = None, self._rest
        until = perf_counter() + CALM_SECONDS
        while self._under_way and perf_counter() < until:
            await self._go(0.01)

    def _rest(self, person: Person) -> None:
        """Nobody goes on."""

    # -- one person's step ----------------------------------------------------------------------

    def _newcomer(self) -> Person:
        self._chats += 1
        person = self._people[self._chats] = Person(self._chats)
        return person

    def _start(self, person: Person, due: float) -> None:
        if self._wrong.done():
            return
        assert self._hook is not None
        person.due, person.missing = due, CARD | OK
        self._under_way += 1
        update = self._update(person, self._moves[person.at])
        body = json.dumps(update, ensure_ascii=False, separators=(",", ":")).encode()

        def answered(status: int, answer: bytes) -> None:
            if b'"method"' in answer:  # a call within the answer, as Telegram takes it
                self.calls["within"] = self.calls.get("within", 0) + 1
            if status == 200:
                self._got(person, OK)
            else:
                self._fail(f"webhook answered {status}")

        self._hook.post(body, answered)

    def _got(self, person: Person, what: int) -> None:
        person.missing &= ~what
        if person.missing:
            return
        self._under_way -= 1
        self.steps += 1
        if self._took is not None:
            self._took.append(perf_counter() - person.due)
        person.at += 1
        if person.at == len(self._moves):
            del self._people[person.chat]
            person.at = 0
        self._after(person)

    def _fail(self, why: str) -> None:
        if not self._wrong.done():
            self._wrong.set_exception(Wrong(why))

    # -- what Telegram sends --------------------------------------------------------------------

    def _update(self, person: Person, move: Move) -> dict[str, Any]:
        self._updates += 1
        user = {"id": person.chat, "is_bot": False, "first_name": "p", "language_code": "zh-hans"}
        chat = {"id": person.chat, "type": "private", "first_name": "p"}
        if not move.presses:
            self._messages += 1
            message = {
                "message_id": self._messages,
                "from": user,
                "chat": chat,
                "date": int(time()),
                "text": move.words,
            }
            if move.words.startswith("/"):
                message["entities"] = [
                    {"type": "bot_command", "offset": 0, "length": len(move.words)}
                ]
            return {"update_id": self._updates, "message": message}
        card = {"message_id": person.card, "from": ME, "chat": chat, "date": int(time())}
        return {
            "update_id": self._updates,
            "callback_query": {
                "id": str(self._updates),
                "from": user,
                "chat_instance": "1",
                "message": card,
                "data": self._data(person, move.words),
            },
        }

    def _data(self, person: Person, label: str) -> str:
        for row in person.keyboard:
            for button in row:
                if button["text"].lstrip(MARKS).startswith(label):
                    return button["callback_data"]
        labels = [button["text"] for row in person.keyboard for button in row]
        self._fail(f"no button {label!r} among {labels}")
        return "none"

    # -- what Telegram serves -------------------------------------------------------------------

    def _answer(self, method: str, body: bytes) -> bytes:
        self.calls[method] = self.calls.get(method, 0) + 1
        match method:
            case "sendMessage":
                self._messages += 1
                return self._shown(_read(body), self._messages)
            case "editMessageText":
                params = _read(body)
                return self._shown(params, int(params["message_id"]))
            case "setWebhook":
                self._hook_info = _read(body)
                self._hooked.set()
                return TRUE
            case "getWebhookInfo":
                return _result(
                    {**self._hook_info, "has_custom_certificate": False, "pending_update_count": 0}
                )
            case "getMe":
                return _result(ME)
            case _:
                return TRUE

    def _shown(self, params: dict[str, Any], message: int) -> bytes:
        chat = int(params["chat_id"])
        person = self._people.get(chat)
        if person is not None:
            self._see(person, message, params["text"], params.get("reply_markup"))
        # Telegram's answer holds the text and the keyboard again: left out, for all alike.
        return (
            b'{"ok":true,"result":{"message_id":%d,"date":%d,"chat":{"id":%d,"type":"private"}}}'
            % (message, int(time()), chat)
        )

    def _see(self, person: Person, message: int, text: str, markup: Any) -> None:
        if not person.missing & CARD:
            return
        hears = self._moves[person.at].hears
        if hears not in text:
            self._fail(f"heard {text!r} instead of {hears!r}")
        if isinstance(markup, str):
            markup = json.loads(markup)
        person.card = message
        person.keyboard = markup.get("inline_keyboard", []) if markup else []
        # After the answer is on its way, as a person would: not within the bot's own call.
        asyncio.get_running_loop().call_soon(self._got, person, CARD)


def _read(body: bytes) -> dict[str, Any]:
    """Parameters, sent as JSON or as a form."""
    if body.startswith(b"{"):
        found: dict[str, Any] = json.loads(body)
        return found
    return dict(parse_qsl(body.decode()))


def _result(value: dict[str, Any]) -> bytes:
    return json.dumps({"ok": True, "result": value}).encode()
