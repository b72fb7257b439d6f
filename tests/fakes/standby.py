"""Two PostgreSQL servers, of which the second follows the first without holding it up."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

import psycopg
from sqlalchemy import URL

from tests.faults.process import free_port


class Pair:
    """A server and its standby; both keep their data in a folder of their own."""

    def __init__(self, bin_path: Path, user: str | None, folder: Path) -> None:
        self._bin, self._user, self._folder = bin_path, user, folder
        self._ports = {"first": free_port(), "second": free_port()}
        self._run("initdb", "-D", self._at("first"), "-A", "trust", "-U", "postgres", "-N")
        self._start("first")
        port = str(self._ports["first"])
        self._run(
            "pg_basebackup", "-D", self._at("second"), "-R", "-X", "stream", "-c", "fast",
            "-h", "127.0.0.1", "-p", port, "-U", "postgres",
        )  # fmt: skip
        self._start("second")

    @property
    def url(self) -> str:
        """Whichever of them takes what is written."""
        hosts = tuple(f"127.0.0.1:{port}" for port in self._ports.values())
        query = {"host": hosts, "target_session_attrs": "read-write"}
        at = URL.create("postgresql+psycopg", "postgres", database="postgres", query=query)
        return at.render_as_string(hide_password=False)

    def part(self) -> None:
        """The standby hears no more of what is written."""
        with self._in("second") as server:
            server.execute("ALTER SYSTEM SET primary_conninfo = ''")
            server.execute("SELECT pg_reload_conf()")
            while server.execute("SELECT 1 FROM pg_stat_wal_receiver").fetchone():
                pass

    def follow_at_once(self, names: str) -> None:
        """Nothing counts on the first before these standbys have it; "" for none."""
        with self._in("first") as server:
            server.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'".encode())
            server.execute("SELECT pg_reload_conf()")

    def fail_over(self) -> None:
        """The first is gone for good, and the second takes over."""
        self._tell("first", "-m", "immediate", "stop")
        self._tell("second", "promote")

    def stop(self) -> None:
        for name in self._ports:
            with suppress(subprocess.CalledProcessError):
                self._tell(name, "-m", "immediate", "stop")

    def _start(self, name: str) -> None:
        settings = f"-p {self._ports[name]} -k '' -c fsync=off -c listen_addresses=127.0.0.1"
        self._tell(name, "-o", settings, "-l", f"{self._folder}/{name}.log", "start")

    def _tell(self, name: str, *words: str) -> None:
        self._run("pg_ctl", "-w", "-D", self._at(name), *words)

    def _run(self, program: str, *words: str) -> None:
        subprocess.run(
            [self._bin / program, *words],
            user=self._user,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )

    def _in(self, name: str) -> psycopg.Connection:
        address = f"host=127.0.0.1 port={self._ports[name]} user=postgres dbname=postgres"
        return psycopg.connect(address, autocommit=True)

    def _at(self, name: str) -> str:
        return str(self._folder / name)


@contextmanager
def a_pair(bin_path: Path, user: str | None, under: Path) -> Iterator[Pair]:
    """Both, for as long as a test lasts."""
    folder = Path(mkdtemp(prefix="xiangban-pair-", dir=under))
    if user is not None:
        shutil.chown(folder, user)
    folder.chmod(0o755)
    pair = Pair(bin_path, user, folder)
    try:
        yield pair
    finally:
        pair.stop()
        shutil.rmtree(folder, ignore_errors=True)
