"""The Bot API over the shared HTTP session, and what may become of a call."""

import json
import logging
from collections.abc import AsyncGenerator, Awaitable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypeAlias

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientHttpProxyError,
    ClientPayloadError,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    FormData,
    StreamReader,
)
from telegram import Bot
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData
from yarl import URL

from bot.channels.channel import FileGone
from bot.clock import steady

# The library writes whole requests and answers, that is what people said, at DEBUG.
logging.getLogger("telegram").setLevel(logging.WARNING)

TELEGRAM: Final = "https://api.telegram.org"
CONNECT_SECONDS: Final = 10.0
ANSWER_SECONDS: Final = 20.0
#: A file of 20 MB over a slow line; between two pieces no more than ``ANSWER_SECONDS``.
DOWNLOAD_SECONDS: Final = 600.0
#: A file of ours over a slow line; shorter than delivery's lease on it.
UPLOAD_SECONDS: Final = 540.0
#: Telegram has asked for hours; what is longer than a week is not meant.
LONGEST_RETRY_AFTER: Final = 7 * 86_400
#: A hundred updates of 64 KB, and room to spare.
MAX_ANSWER: Final = 16_000_000
_JSON: Final = {"Content-Type": "application/json"}
_encode: Final = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, slots=True)
class Done:
    """Telegram did it and answered so."""

    result: Any = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """Telegram read the call and said no, or not now."""

    status: int
    #: Telegram's own words; they may quote ours.
    why: str = field(default="", repr=False)
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Unreached:
    """The call surely did not leave: no connection was made."""

    how: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The call left and no readable answer came: it may have been done."""

    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file to send."""

    name: str = field(repr=False)
    mime: str
    content: bytes = field(repr=False)


Answer: TypeAlias = Done | Declined | Unreached | Lost


class Client:
    """Calls Bot API methods; the token never leaves it in an error, a log line or a ``repr``."""

    def __init__(
        self,
        session: ClientSession,
        token: str,
        *,
        api_root: str,
        proxy: str | None,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._session = session
        self._proxy = proxy
        self._methods = URL(f"{api_root.rstrip('/')}/bot{token}/")
        self._urls: dict[str, URL] = {}
        self._files = f"{api_root.rstrip('/')}/file/bot{token}/"
        self._answer_seconds = answer_seconds
        self._patience = _patience(answer_seconds)
        #: What Telegram's last answer said of the time, and the second of our own clock then.
        self._dated: tuple[str, float] = ("", 0.0)
        #: The library's client, for the calls that are not hot.
        self.bot = _bot(self, token, api_root.rstrip("/"))

    @property
    def told(self) -> tuple[datetime, float] | None:
        """What time Telegram said it was, and the second of our own clock at which it did."""
        said, at = self._dated
        try:
            return parsedate_to_datetime(said).astimezone(UTC), at
        except ValueError:
            return None

    async def call(
        self, method: str, params: Mapping[str, object], *, seconds: float | None = None
    ) -> Answer:
        """What became of one call; an answer is awaited for ``seconds``."""
        patience = None if seconds is None else _patience(seconds)
        return await _answered(self.post(self._url(method), params, patience))

    async def upload(
        self, method: str, params: Mapping[str, object], field_name: str, upload: Upload
    ) -> Answer:
        """What became of one call that brings a file; it has the time that a slow line takes."""
        # Not quoted: Telegram would show a name in Chinese as its percent signs.
        form = FormData(quote_fields=False)
        for name, value in params.items():
            form.add_field(name, value if isinstance(value, str) else _encode(value))
        form.add_field(field_name, upload.content, filename=upload.name, content_type=upload.mime)
        patience = _patience(self._answer_seconds, total=UPLOAD_SECONDS)
        return await _answered(self._send(self._url(method), form, {}, patience))

    async def download(self, path: str) -> AsyncGenerator[bytes]:
        """The pieces of a file; raises FileGone or OSError."""
        patience = ClientTimeout(
            total=DOWNLOAD_SECONDS, connect=CONNECT_SECONDS, sock_read=ANSWER_SECONDS
        )
        try:
            async with self._session.get(
                self._files + path, timeout=patience, proxy=self._proxy, allow_redirects=False
            ) as response:
                _check_download(response.status)
                async for piece in response.content.iter_chunked(65_536):
                    yield piece
        except (ClientError, TimeoutError) as error:
            # Without its cause: the library's errors may carry the address, and so the token.
            raise OSError(f"telegram download: {type(error).__name__}") from None

    async def post(
        self, url: URL | str, params: Mapping[str, object], patience: ClientTimeout | None = None
    ) -> tuple[int, bytes]:
        """The status and the body of the answer; raises what the HTTP library raises."""
        # Half of a surrogate pair is no character: Telegram would refuse the whole message.
        body = _encode(params).encode(errors="replace")
        return await self._send(url, body, _JSON, patience or self._patience)

    def _url(self, method: str) -> URL:
        return self._urls.get(method) or self._urls.setdefault(method, self._methods / method)

    async def _send(
        self,
        url: URL | str,
        body: bytes | FormData,
        headers: Mapping[str, str],
        patience: ClientTimeout,
    ) -> tuple[int, bytes]:
        async with self._session.post(
            url,
            data=body,
            headers=headers,
            timeout=patience,
            proxy=self._proxy,
            allow_redirects=False,
        ) as response:
            self._dated = (response.headers.get("Date", ""), steady())
            return response.status, await _read(response.content)


async def _read(content: StreamReader) -> bytes:
    """The body of an answer; raises ClientPayloadError for one that Telegram never gives."""
    body = b""
    while not content.at_eof():
        body += await content.readany()
        if len(body) > MAX_ANSWER:
            raise ClientPayloadError("too long")
    return body


async def _answered(sending: Awaitable[tuple[int, bytes]]) -> Answer:
    """What became of a call that is on its way."""
    try:
        status, payload = await sending
    except (ClientConnectorError, ConnectionTimeoutError, ClientHttpProxyError) as error:
        return Unreached(type(error).__name__)
    except (ClientError, TimeoutError, OSError) as error:
        return Lost(type(error).__name__)
    return understand(status, payload)


def understand(status: int, payload: bytes) -> Answer:
    """What Telegram's HTTP answer says."""
    try:
        said = json.loads(payload)
    except (ValueError, RecursionError):
        return Lost(f"unreadable-{status}")
    match said:
        case {"ok": True, "result": result} if status < 300:
            return Done(result)
        case {"ok": False} if status < 500:
            return _declined(status, said)
        case _:
            return Lost(f"http-{status}")


def _declined(status: int, said: Mapping[str, Any]) -> Declined:
    parameters = said.get("parameters")
    after = parameters.get("retry_after") if isinstance(parameters, dict) else None
    why = str(said.get("description", ""))
    return Declined(status=status, why=why, retry_after=_seconds(after))


def _seconds(given: object) -> float | None:
    match given:
        case int() | float() if 0 < given < LONGEST_RETRY_AFTER:
            return float(given)
        case _:
            return None


def _patience(seconds: float, total: float | None = None) -> ClientTimeout:
    # In all longer than it takes to connect: a connection that was never made must be told from
    # an answer that never came. Without it an answer that drips would hold its chat for ever.
    whole = total or CONNECT_SECONDS + 2 * seconds
    return ClientTimeout(total=whole, connect=CONNECT_SECONDS, sock_read=seconds)


def _check_download(status: int) -> None:
    if status in (400, 404):
        raise FileGone
    if status != 200:
        raise OSError(f"telegram download: http-{status}")


def _bot(client: Client, token: str, api_root: str) -> Bot:
    request = _Request(client)
    return Bot(
        token,
        base_url=f"{api_root}/bot",
        base_file_url=f"{api_root}/file/bot",
        request=request,
        get_updates_request=request,
    )


class _Request(BaseRequest):
    """Lets the library's ``Bot`` speak through our session: httpx costs seven times the time."""

    __slots__ = ("_client",)

    def __init__(self, client: Client) -> None:
        self._client = client

    @property
    def read_timeout(self) -> float:
        return ANSWER_SECONDS

    async def initialize(self) -> None:
        """The session is opened by whoever built it."""

    async def shutdown(self) -> None:
        """The session is closed by whoever built it."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        *timeouts: object,
        **named_timeouts: object,
    ) -> tuple[int, bytes]:
        try:
            return await self._client.post(url, request_data.parameters if request_data else {})
        except TimeoutError:
            raise TimedOut from None
        except (ClientError, OSError) as error:
            raise NetworkError(type(error).__name__) from None

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        # The library's own parser writes an unreadable answer to the log, whatever it holds.
        try:
            said = json.loads(payload)
        except ValueError:
            raise TelegramError("unreadable answer") from None
        return said if isinstance(said, dict) else {}
