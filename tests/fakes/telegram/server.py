"""A Bot API server that behaves as Telegram's own: people, chats, limits, faults and a ledger."""

import asyncio
import hashlib
import json
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Self

from aiohttp import web

from tests.fakes.telegram import methods
from tests.fakes.telegram.account import BOT, TOKEN
from tests.fakes.telegram.control import add_control
from tests.fakes.telegram.faults import Fault, Faults, Roads
from tests.fakes.telegram.ledger import Call, Ledger, Made, Message
from tests.fakes.telegram.outlets import Courier, Queue
from tests.fakes.telegram.pace import Pace
from tests.fakes.telegram.people import Group, Person
from tests.fakes.telegram.refusals import Refusal
from tests.fakes.telegram.spec import Misfit, Upload, spec


class FakeTelegram:
    """Telegram, served on a free port: ``async with FakeTelegram() as telegram: ...``."""

    def __init__(
        self,
        *,
        token: str = TOKEN,
        seed: int = 0,
        first_update: int = 100_000,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.token = token
        self.clock = clock
        self.ledger = Ledger()
        self.faults = Faults(seed)
        self.roads = Roads(seed=seed)
        self.pace = Pace()
        self.queue = Queue(clock)
        self.courier = Courier(self.queue, self.roads, clock, self._obey_answer)
        self.people: dict[int, Person] = {}
        self.groups: dict[int, Group] = {}
        #: The messages of each chat, oldest first.
        self.chats: dict[int, list[Message]] = defaultdict(list)
        #: Presses that wait for their answer: who pressed, and until when it may come.
        self.presses: dict[str, tuple[Person, float]] = {}
        #: What the bot may fetch: file id -> (path, bytes, declared size).
        self.files: dict[str, tuple[str, bytes, int]] = {}
        self.commands: list[dict[str, str]] = []
        self.url = ""
        self.next_update = first_update
        self._next_message = 1000
        self._events = 0
        self._watchers: set[asyncio.Future[None]] = set()
        self._runner: web.AppRunner | None = None

    # -- running --------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()

    async def start(self, port: int = 0) -> None:
        self._runner = web.AppRunner(self.application(), shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        await self.courier.stop()
        self.queue.terminate_polls("Conflict: the server stops")
        if self._runner:
            await self._runner.cleanup()

    def application(self) -> web.Application:
        application = web.Application(client_max_size=methods.MAX_UPLOAD)
        application.router.add_route("*", r"/bot{token}/{method}", self._serve)
        application.router.add_get(r"/file/bot{token}/{path:.+}", self._download)
        add_control(application, self)
        return application

    # -- people ---------------------------------------------------------------------------------

    def person(self, number: int, name: str = "张三") -> Person:
        """The person with this number; always the same one."""
        return self.people.setdefault(number, Person(self, number, name))

    def group(self, number: int = -100500) -> Group:
        return self.groups.setdefault(number, Group(self, number))

    # -- what happens (people and methods call these) -------------------------------------------

    def happen(
        self, kind: str, payload: dict[str, Any], *, chat_id: int, lane: int, lives: float
    ) -> int:
        """A new update, on its way to the bot; its number."""
        number = self.next_update
        self.next_update += 1
        now = self.clock()
        made = Made(
            update_id=number,
            kind=kind,
            chat_id=chat_id,
            lane=lane,
            body={"update_id": number, kind: payload},
            made_at=now,
            expires_at=now + lives,
        )
        self.ledger.updates[number] = made
        self.queue.put(made)
        self.courier.wake(lane)
        return number

    def write(self, message: Message) -> Message:
        """A message that now stands in its chat."""
        self.ledger.messages[message.chat_id, message.message_id] = message
        self.chats[message.chat_id].append(message)
        self.touch(message)
        return message

    def touch(self, message: Message) -> None:
        """The message has changed: whoever watches the chat sees it."""
        self._events += 1
        message.changed = self._events
        for watcher in self._watchers:
            if not watcher.done():
                watcher.set_result(None)
        self._watchers.clear()

    def events(self) -> int:
        """How many changes of messages there were."""
        return self._events

    async def changes(self) -> None:
        """Return when any message changes."""
        watcher = asyncio.get_running_loop().create_future()
        self._watchers.add(watcher)
        await watcher

    def message_number(self) -> int:
        self._next_message += 1
        return self._next_message

    def keep_file(self, content: bytes, path: str, *, size: int | None = None) -> str:
        """A file that a person sent; its id."""
        digest = hashlib.sha256(content).hexdigest()[:24]
        file_id = f"AgAC{len(self.files):06d}{digest}"
        declared = len(content) if size is None else size
        self.files[file_id] = (path.format(number=len(self.files)), content, declared)
        return file_id

    # -- HTTP -----------------------------------------------------------------------------------

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        try:
            self._check_token(request.match_info["token"])
            self._check_method(method)
            params = spec().decode(method, await self._params(request))
        except Refusal as refusal:
            return _refused(refusal)
        call = Call(method=method, params=params, at=self.clock())
        self.ledger.calls.append(call)
        fault = self.faults.choose(method, _chat(params))
        call.fault = fault.kind if fault else ""
        if fault and (answer := await self._before(call, fault, request)):
            return answer
        answer = await self._obey(call)
        return await self._after(call, fault, request, answer) if fault else answer

    async def _params(self, request: web.Request) -> dict[str, Any]:
        params: dict[str, Any] = dict(request.query)
        if request.content_type == "application/json":
            try:
                body = json.loads(await request.read() or b"{}")
            except ValueError:
                raise Refusal(400, "Bad Request: can't parse JSON object") from None
            if not isinstance(body, dict):
                raise Refusal(400, "Bad Request: can't parse JSON object")
            return params | body
        try:
            form = await request.post()
        except web.HTTPRequestEntityTooLarge:
            raise Refusal(413, "Request Entity Too Large") from None
        return params | {name: self._field(value) for name, value in form.items()}

    def _field(self, value: object) -> object:
        if not isinstance(value, web.FileField):
            return value
        with value.file as file:
            content = file.read()
        return Upload(
            file_id=self.keep_file(content, "documents/file_{number}"),
            file_name=value.filename,
            mime_type=value.content_type,
            file_size=len(content),
        )

    async def _obey_answer(self, answer: bytes) -> None:
        """Carry out the call in a webhook's answer; nobody hears what became of it."""
        said = json.loads(answer)
        method = said.pop("method")
        self._check_method(method)
        call = Call(method=method, params=spec().decode(method, said), at=self.clock())
        self.ledger.calls.append(call)
        await self._obey(call)

    def _check_token(self, token: str) -> None:
        if ":" not in token:
            raise Refusal(404, "Not Found")
        if token != self.token:
            raise Refusal(401, "Unauthorized")

    def _check_method(self, method: str) -> None:
        if not spec().knows(method):
            raise Refusal(404, "Not Found")

    async def _obey(self, call: Call) -> web.Response:
        try:
            self._check_pace(call)
            self._check_spec(call)
            result = METHODS[call.method](self, call.params)
            if isinstance(result, Awaitable):
                result = await result
        except Refusal as refusal:
            call.outcome, call.description = str(refusal.code), refusal.description
            return _refused(refusal)
        call.outcome, call.effect = "ok", True
        return web.json_response({"ok": True, "result": result})

    def _check_pace(self, call: Call) -> None:
        chat_id = _chat(call.params)
        if chat_id is None or not call.method.startswith(("send", "edit")):
            return
        now = self.clock()
        if (left := self.pace.banned_for(chat_id, now)) > 0:
            call.early = True
            raise Refusal.flood(int(left) + 1)
        if seconds := self.pace.take(chat_id, now):
            self.pace.ban(chat_id, seconds, now)
            raise Refusal.flood(seconds)

    def _check_spec(self, call: Call) -> None:
        if call.method not in METHODS:
            self.ledger.misfits.append(f"{call.method} is not played by the fake")
            raise Refusal(400, f"Bad Request: the fake does not play {call.method}")
        try:
            spec().check(call.method, call.params)
        except Misfit as misfit:
            self.ledger.misfits.append(str(misfit))
            raise Refusal(400, methods.words_for(call, str(misfit))) from None

    # -- faults ---------------------------------------------------------------------------------

    async def _before(
        self, call: Call, fault: Fault, request: web.Request
    ) -> web.StreamResponse | None:
        match fault.kind:
            case "500":
                call.outcome = "500"
                return _refused(Refusal(500, "Internal Server Error"))
            case "502":
                call.outcome = "502"
                return _bad_gateway()
            case "403":
                call.outcome = "403"
                return _refused(Refusal(403, "Forbidden: bot was blocked by the user"))
            case "429":
                call.outcome = "429"
                if (chat_id := _chat(call.params)) is not None:
                    call.early = self.pace.banned_for(chat_id, self.clock()) > 0
                    self.pace.ban(chat_id, fault.retry_after, self.clock())
                return _refused(Refusal.flood(fault.retry_after))
            case "timeout-before":
                return await _hang_up(request, call, fault.seconds)
            case "reset-before":
                return await _hang_up(request, call, 0)
            case _:
                return None

    async def _after(
        self, call: Call, fault: Fault, request: web.Request, answer: web.Response
    ) -> web.StreamResponse:
        match fault.kind:
            case "500-after":
                return _refused(Refusal(500, "Internal Server Error"))
            case "502-after":
                return _bad_gateway()
            case "timeout-after":
                return await _hang_up(request, call, fault.seconds)
            case "reset-after":
                return await _hang_up(request, call, 0)
            case "truncated":
                body = answer.body
                assert isinstance(body, bytes)
                return web.Response(body=body[: len(body) // 2], content_type="application/json")
            case _:
                await asyncio.sleep(fault.seconds)
                return answer

    async def _download(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != self.token:
            return _refused(Refusal(401, "Unauthorized"))
        path = request.match_info["path"]
        call = Call(method="(download)", params={"path": path}, at=self.clock(), outcome="ok")
        self.ledger.calls.append(call)
        content = next((each[1] for each in self.files.values() if each[0] == path), None)
        fault = self.faults.choose("(download)", None)
        if fault and fault.kind == "502":
            return _bad_gateway()
        if content is None or (fault and fault.kind == "403"):
            return web.Response(status=404, text="Not Found")
        if fault and fault.kind == "truncated":
            return await _cut_short(request, content)
        return web.Response(body=content, content_type="application/octet-stream")


METHODS: Mapping[str, Callable[[FakeTelegram, dict[str, Any]], Any]] = {
    "getMe": lambda server, params: BOT,
    "getUpdates": methods.get_updates,
    "setWebhook": methods.set_webhook,
    "deleteWebhook": methods.delete_webhook,
    "getWebhookInfo": methods.get_webhook_info,
    "setMyCommands": methods.set_my_commands,
    "sendMessage": methods.send_message,
    "sendDocument": methods.send_document,
    "editMessageText": methods.edit_message_text,
    "deleteMessage": methods.delete_message,
    "deleteMessages": methods.delete_messages,
    "answerCallbackQuery": methods.answer_callback_query,
    "getFile": methods.get_file,
    "leaveChat": methods.leave_chat,
}


def _chat(params: Mapping[str, Any]) -> int | None:
    chat_id = params.get("chat_id")
    return chat_id if isinstance(chat_id, int) else None


def _refused(refusal: Refusal) -> web.Response:
    return web.json_response(refusal.as_json(), status=refusal.code)


def _bad_gateway() -> web.Response:
    page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body></body>\r\n</html>"
    return web.Response(status=502, text=page, content_type="text/html")


async def _hang_up(request: web.Request, call: Call, seconds: float) -> web.Response:
    """Hold the line, then cut it without a word."""
    call.outcome = call.outcome or "no answer"
    await asyncio.sleep(seconds)
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _cut_short(request: web.Request, content: bytes) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": str(len(content))})
    await response.prepare(request)
    await response.write(content[: len(content) // 2])
    if request.transport is not None:
        request.transport.close()
    return response
