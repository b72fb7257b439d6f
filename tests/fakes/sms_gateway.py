"""A strict SMS gateway over HTTP: it takes what its contract says, and signs what it brings."""

import asyncio
import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

SECRET = "gateway-secret-1"
ACCOUNT, KEY = "yunling", "Bearer k-123"
#: What a real one takes in one message.
MOST = 300

#: The table of a gateway that speaks JSON, and of one that speaks forms.
JSON_TABLE = """
signature = "【相伴】"

[send]
url = "{url}/send"
body = "json"
to = "mobile"
text = "content"
id = "seq"
fields = {{ account = "yunling" }}
headers = {{ Authorization = "Bearer k-123" }}

[send.answer]
code = "result.code"
took = ["0"]
gone = ["BLACK"]
refused = ["WORDS"]
id = "result.msgid"

[hear]
body = "json"
sender = "from.mobile"
text = "content"
id = "msgid"
answer = '{{"code":0}}'
answer_type = "application/json"

[hear.sign]
header = "X-Signature"
secret = "gateway-secret-1"
prefix = "sha256="
time = "X-Time"

[bounds]
chars = 300
parts = 4
per_number = 1000
overall = 1000
"""
FORM_TABLE = """
signature = "【相伴】"

[send]
url = "{url}/send"
body = "form"
to = "mobile"
text = "content"
id = "seq"
fields = {{ account = "yunling" }}
headers = {{ Authorization = "Bearer k-123" }}
seconds = 1

[send.answer]
code = "result.code"

[hear]
body = "form"
sender = "from.mobile"
text = "content"
id = "msgid"

[hear.sign]
header = "X-Signature"
secret = "gateway-secret-1"
written = "base64"
by = "hmac-sha1"

[bounds]
per_number = 1000
overall = 1000
"""


@dataclass(slots=True, kw_only=True)
class Text:
    """A message that somebody's phone shows."""

    to: str
    text: str
    seq: str


@dataclass(slots=True)
class FakeGateway:
    """The gateway, and the phones behind it."""

    kind: str = "json"
    #: Where it brings what people write.
    hook: str = ""
    sent: list[Text] = field(default_factory=list)
    #: What it says instead of taking the next messages: a status, or a code.
    troubles: list[int | str] = field(default_factory=list)
    #: Seconds that its answer takes, after the message went out.
    slow: float = 0
    #: Characters that it says besides.
    chatter: int = 0
    broken: list[str] = field(default_factory=list)
    _count: int = 0
    _server: Any = None
    _session: Any = None
    _more: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> Self:
        site = web.Application()
        site.router.add_post("/send", self._send)
        self._server = TestServer(site)
        await self._server.start_server()
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()
        await self._server.close()

    @property
    def url(self) -> str:
        return str(self._server.make_url("")).rstrip("/")

    def table(self, folder: Path, more: str = "") -> Path:
        """Its table, as a county writes it."""
        file = folder / "sms.toml"
        told = JSON_TABLE if self.kind == "json" else FORM_TABLE
        file.write_text(told.format(url=self.url) + more, "utf-8")
        file.chmod(0o600)
        return file

    def person(self, number: int) -> "Phone":
        return Phone(self, f"138{number:08}")

    async def _send(self, request: web.Request) -> web.Response:
        told = await self._fields(request)
        wrong = self._wrong(request, told)
        if wrong:
            self.broken.append(wrong)
            return web.json_response({"result": {"code": "BAD"}})
        trouble = self.troubles.pop(0) if self.troubles else None
        if isinstance(trouble, int) and trouble != 200:
            return web.Response(status=trouble, headers={"Retry-After": "1"})
        if isinstance(trouble, str):
            return web.json_response({"result": {"code": trouble}})
        self.sent.append(Text(to=told["mobile"], text=told["content"], seq=told["seq"]))
        self._more.set()
        if self.slow:
            await asyncio.sleep(self.slow)
        taken = {"code": 0, "msgid": f"m{len(self.sent)}", "more": "x" * self.chatter}
        return web.json_response({"result": taken})

    async def _fields(self, request: web.Request) -> Mapping[str, str]:
        if self.kind == "json":
            return dict(await request.json()) if request.content_type.endswith("json") else {}
        return {name: str(value) for name, value in (await request.post()).items()}

    def _wrong(self, request: web.Request, told: Mapping[str, str]) -> str:
        if request.headers.get("Authorization") != KEY:
            return "key"
        if set(told) != {"account", "mobile", "content", "seq"} or told["account"] != ACCOUNT:
            return f"fields {sorted(told)}"
        if not re.fullmatch(r"1[0-9]{10}", told["mobile"]):
            return "number"
        if not told["content"].startswith("【相伴】") or len(told["content"]) > MOST:
            return f"content of {len(told['content'])}"
        return "" if told["content"].isprintable() or "\n" in told["content"] else "signs"

    # -- what people write ----------------------------------------------------------------------

    def message(self, number: str, text: str, msgid: str = "") -> tuple[bytes, dict[str, str]]:
        """A call to our program, signed."""
        self._count += 1
        msgid = msgid or f"in-{self._count}"
        if self.kind == "json":
            told = {"from": {"mobile": f"+86{number}"}, "content": text, "msgid": msgid}
            body = json.dumps(told).encode()
            digest = hmac.new(SECRET.encode(), b"99." + body, hashlib.sha256).hexdigest()
            return body, {"X-Time": "99", "X-Signature": f"sha256={digest}"}
        body = urlencode({"from.mobile": number, "content": text, "msgid": msgid}).encode()
        signed = hmac.new(SECRET.encode(), body, hashlib.sha1).digest()
        return body, {
            "X-Signature": base64.b64encode(signed).decode(),
            "Content-Type": "application/x-www-form-urlencoded",
        }

    async def brings(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        """Call our program; its status and answer."""
        async with self._session.post(self.hook, data=body, headers=headers) as answer:
            return answer.status, await answer.text()


@dataclass(slots=True)
class Phone:
    """A plain phone: words out, words in, numbers for choices."""

    gateway: FakeGateway
    number: str
    read: int = 0
    _waiting: "asyncio.Task[None] | None" = None

    def shown(self) -> list[Text]:
        return [one for one in self.gateway.sent if one.to == self.number]

    def screen(self) -> str:
        return "\n".join(one.text for one in self.shown())

    def says(self, text: str) -> None:
        self._waiting = asyncio.ensure_future(self._say(text))

    async def _say(self, text: str) -> None:
        status, _ = await self.gateway.brings(*self.gateway.message(self.number, text))
        assert status == 200

    async def hears(self, words: str) -> Text:
        """A new message with these words; what came before it is read."""
        async with asyncio.timeout(30):
            while True:
                new = self.shown()[self.read :]
                for at, one in enumerate(new, 1):
                    if words in "".join(each.text for each in new[:at]):
                        self.read += at
                        return one
                self.gateway._more.clear()
                try:
                    async with asyncio.timeout(0.5):
                        await self.gateway._more.wait()
                except TimeoutError:
                    continue

    def taps(self, label: str) -> None:
        """Answer with the number that the newest choices give these words, or with the words."""
        lines = "\n".join(one.text for one in self.shown()).splitlines()
        found = [
            line.split(" ", 1)[0]
            for line in lines
            if re.fullmatch(rf"\d+ {re.escape(label)}(（已选）)?", line.strip())
        ]
        self.says(found[-1] if found else label)
