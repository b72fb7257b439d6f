"""What PgBouncer does in its transaction mode: a few sessions of a server, lent to everybody."""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from threading import Thread
from typing import BinaryIO

import psycopg
from sqlalchemy import make_url

#: Requests that may come before the first message: for encryption of two kinds.
_ENCRYPTED = {80877103, 80877104}


@contextmanager
def pooled(url: str, *, size: int, drops: bool) -> Iterator[str]:
    """The address at which a server's database is lent; ``drops``: our limits are passed over.

    One after the other of the sessions, for a transaction each.
    """
    with socket.create_server(("127.0.0.1", 0)) as door:
        sessions: SimpleQueue[_Session] = SimpleQueue()
        opened = [_Session(url, drops=drops) for _ in range(size)]
        for one in opened:
            sessions.put(one)
        Thread(target=_welcome, args=(door, sessions), daemon=True).start()
        address = make_url(url).set(host="127.0.0.1", port=door.getsockname()[1], query={})
        yield address.render_as_string(hide_password=False)
        for one in opened:
            one.close()


class _Session:
    """A connection to the real server, and how it greets."""

    def __init__(self, url: str, *, drops: bool) -> None:
        at = make_url(url)
        with psycopg.connect(at.set(drivername="postgresql").render_as_string(False)) as real:
            host, port = real.info.host, real.info.port
        if host.startswith("/"):
            self._socket = socket.socket(socket.AF_UNIX)
            self._socket.connect(f"{host}/.s.PGSQL.{port}")
        else:
            self._socket = socket.create_connection((host, port))
        self._file = self._socket.makefile("rb")
        said = {"user": at.username or "postgres", "database": at.database or ""}
        if not drops:
            said["options"] = "-c lock_timeout=5000"
        body = b"".join(f"{name}\0{value}\0".encode() for name, value in said.items())
        self._socket.sendall(struct.pack("!ii", len(body) + 9, 196608) + body + b"\0")
        self.greeting, _ = self.answer()

    def tell(self, message: bytes) -> None:
        self._socket.sendall(message)

    def answer(self) -> tuple[bytes, bool]:
        """All of it, and whether a transaction is over."""
        said = b""
        while True:
            kind, body = _message(self._file)
            said += kind + struct.pack("!i", len(body) + 4) + body
            if kind == b"Z":
                return said, body == b"I"

    def close(self) -> None:
        self._file.close()
        self._socket.close()


def _welcome(door: socket.socket, sessions: "SimpleQueue[_Session]") -> None:
    with suppress(OSError):
        while True:
            client, _ = door.accept()
            Thread(target=_serve, args=(client, sessions), daemon=True).start()


def _serve(client: socket.socket, sessions: "SimpleQueue[_Session]") -> None:
    held: _Session | None = None
    try:
        with client, client.makefile("rb") as heard:
            size, kind = struct.unpack("!ii", heard.read(8))
            while kind in _ENCRYPTED:
                client.sendall(b"N")
                size, kind = struct.unpack("!ii", heard.read(8))
            heard.read(size - 8)
            greeter = sessions.get()
            sessions.put(greeter)
            client.sendall(greeter.greeting)
            while True:
                kind, body = _message(heard)
                if kind == b"X":
                    return
                held = held or sessions.get()
                held.tell(kind + struct.pack("!i", len(body) + 4) + body)
                if kind in b"QS":
                    said, is_over = held.answer()
                    client.sendall(said)
                    if is_over:
                        sessions.put(held)
                        held = None
    except (OSError, EOFError, ValueError):  # either side went
        return


def _message(file: BinaryIO) -> tuple[bytes, bytes]:
    head = file.read(5)
    if len(head) < 5:
        raise EOFError
    return head[:1], file.read(struct.unpack("!i", head[1:])[0] - 4)
