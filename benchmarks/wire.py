"""As little HTTP as two programs on one machine need: the driver must not be the limit."""

import asyncio
import re
from collections import deque
from collections.abc import Callable
from urllib.parse import urlsplit

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)


class BadWire(Exception):
    """The other side speaks an HTTP that is not read here."""


class Served(asyncio.Protocol):
    """The server's end of one connection: requests in, answers out, in order."""

    def __init__(self, answer: Callable[[str, bytes], bytes]) -> None:
        """``answer`` gets the path's last part and the body, and gives JSON."""
        self._answer = answer
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where the answers go."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        assert self._transport is not None
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head, start = self._buffer[: end + 2], end + 4
            found = _LENGTH.search(head)
            if _CHUNKED.search(head):
                raise BadWire("a chunked request")
            length = int(found[1]) if found else 0
            if len(self._buffer) < start + length:
                return
            body = self._buffer[start : start + length]
            self._buffer = self._buffer[start + length :]
            path = head.split(b" ", 2)[1].decode()
            payload = self._answer(path.rpartition("/")[2], body)
            self._transport.write(_ANSWER % (len(payload), payload))


class Hook:
    """The webhook's address, and at most so many connections to it, kept alive."""

    def __init__(self, url: str, secret: str, connections: int) -> None:
        where = urlsplit(url)
        assert where.hostname == "127.0.0.1"
        self.host, self.port = where.hostname, where.port or 80
        secret_line = f"X-Telegram-Bot-Api-Secret-Token: {secret}\r\n" if secret else ""
        self._head = (
            f"POST {where.path} HTTP/1.1\r\nHost: {where.netloc}\r\n{secret_line}"
            "Content-Type: application/json\r\nContent-Length: "
        ).encode()
        self._room = connections
        self._free: list[_Line] = []
        self._waiting: deque[tuple[bytes, Callable[[int, bytes], None]]] = deque()

    async def open(self) -> None:
        """Make all connections; raises OSError while nobody listens."""
        loop = asyncio.get_running_loop()
        while self._room:
            _, line = await loop.create_connection(lambda: _Line(self), self.host, self.port)
            self._free.append(line)
            self._room -= 1

    def post(self, body: bytes, done: Callable[[int, bytes], None]) -> None:
        """Send one update; ``done`` gets the status and the body of the answer."""
        request = b"%b%d\r\n\r\n%b" % (self._head, len(body), body)
        if self._free:
            self._free.pop().send(request, done)
        else:
            self._waiting.append((request, done))
            if self._room:
                self._room -= 1
                self._opening = asyncio.ensure_future(self._one_more())

    def release(self, line: "_Line") -> None:
        """The connection may carry the next update."""
        if self._waiting:
            line.send(*self._waiting.popleft())
        else:
            self._free.append(line)

    def lost(self, line: "_Line") -> None:
        """The connection is closed: another may be made."""
        if line in self._free:
            self._free.remove(line)
        self._room += 1

    def close(self) -> None:
        """Hang up, and let what waits go."""
        self._waiting.clear()
        for line in self._free:
            line.close()
        self._free.clear()

    async def _one_more(self) -> None:
        loop = asyncio.get_running_loop()
        _, line = await loop.create_connection(lambda: _Line(self), self.host, self.port)
        self.release(line)


class _Line(asyncio.Protocol):
    """The client's end of one connection, one request at a time."""

    def __init__(self, hook: Hook) -> None:
        self._hook = hook
        self._buffer = b""
        self._done: Callable[[int, bytes], None] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def send(self, request: bytes, done: Callable[[int, bytes], None]) -> None:
        assert self._transport is not None
        assert self._done is None
        self._done = done
        self._transport.write(request)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        whole = _response(self._buffer)
        done = self._done
        if whole is None or done is None:
            return
        self._buffer, self._done = b"", None
        self._hook.release(self)
        done(*whole)

    def connection_lost(self, exc: Exception | None) -> None:
        done, self._done = self._done, None
        self._hook.lost(self)
        if done is not None:
            done(0, b"")


def _response(data: bytes) -> tuple[int, bytes] | None:
    """The status and the body, once the answer is whole."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = data[: end + 2]
    body = data[end + 4 :]
    status = int(head[9:12])
    if _CHUNKED.search(head):
        return (status, body) if body.endswith(b"0\r\n\r\n") else None
    found = _LENGTH.search(head)
    if len(body) < (int(found[1]) if found else 0):
        return None
    return status, body
