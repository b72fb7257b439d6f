"""The real program as a child process: started, killed, stopped and started again."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import ClientError, ClientSession

ROOT = Path(__file__).parents[2]
START_SECONDS = 30.0


@dataclass(slots=True, kw_only=True)
class Bot:
    """``python -m bot run``; what it logs in all its lives is in ``log``."""

    folder: Path
    settings: Mapping[str, object]
    #: What runs in place of ``-m bot``.
    entry: Sequence[str] = ("-m", "bot")
    #: What its environment has besides.
    surroundings: Mapping[str, str] = field(default_factory=dict)
    port: int = 0
    lives: int = 0
    process: asyncio.subprocess.Process | None = None
    tracer: asyncio.subprocess.Process | None = None

    @property
    def log(self) -> Path:
        return self.folder / "bot.log"

    @property
    def config(self) -> Path:
        return self.folder / "bot.toml"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Begin a life and return at once."""
        assert self.process is None
        self.configure()
        command = [sys.executable, *self.entry, "--config", str(self.config), "run"]
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *command,
                cwd=self.folder,
                env={**clean_environment(), **self.surroundings},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.lives += 1

    async def ready(self) -> float:
        """Wait until it answers; the seconds that took. It must not die before."""
        began = time.monotonic()
        async with ClientSession() as session:
            while time.monotonic() - began < START_SECONDS:
                assert self.is_alive(), f"the bot died at its start:\n{self.tail()}"
                try:
                    async with session.get(f"{self.url}/healthz") as answer:
                        if answer.status == 200:
                            return time.monotonic() - began
                except ClientError:
                    await asyncio.sleep(0.02)
        raise AssertionError(f"the bot does not answer:\n{self.tail()}")

    def configure(self) -> None:
        """Write the settings file."""
        settings = {**self.settings, "listen": f"127.0.0.1:{self.port}"}
        self.config.write_text(_toml(settings), "utf-8")

    def is_alive(self) -> bool:
        return self.process is not None and self.process.returncode is None

    async def kill(self) -> None:
        """SIGKILL to all that this life started."""
        await self.send(signal.SIGKILL)
        await self.death()

    async def kill_at(self, call: str, when: int) -> None:
        """SIGKILL just before the n-th such system call of any one thread, where strace is."""
        if self.process is not None and (strace := shutil.which("strace")):
            inject = f"inject={call}:signal=SIGKILL:when={when}"
            self.tracer = await asyncio.create_subprocess_exec(
                strace, "-f", "-qq", "-p", str(self.process.pid),
                "-e", f"trace={call}", "-e", inject, "-o", "/dev/null",
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )  # fmt: skip

    async def stop(self, within: float = 15) -> int:
        """SIGTERM; the exit status."""
        await self.send(signal.SIGTERM)
        return await self.death(within)

    async def send(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.returncode is None:
            os.killpg(self.process.pid, number)

    async def death(self, within: float = 15) -> int:
        """Wait for the end of this life; its status."""
        status = await self.lives_for(within)
        assert status is not None, f"the bot did not end:\n{self.tail()}"
        return status

    async def lives_for(self, seconds: float) -> int | None:
        """Let it live so long at most; its status if it ended by itself, else it is killed."""
        process, self.process = self.process, None
        assert process is not None
        try:
            return await asyncio.wait_for(process.wait(), seconds)
        except TimeoutError:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
            return None
        finally:
            if self.tracer is not None:
                await self.tracer.wait()  # it ends with what it traces
                self.tracer = None

    async def died(self) -> None:
        """Return when this life has ended by itself."""
        assert self.process is not None
        await self.process.wait()

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run another command of the program with the same settings. Blocks."""
        return subprocess.run(
            [sys.executable, *self.entry, "--config", str(self.config), *words],
            cwd=self.folder,
            env={**clean_environment(), **self.surroundings},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def tail(self, lines: int = 30) -> str:
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:])


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def clean_environment() -> dict[str, str]:
    """The environment without anything that is meant for another bot."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BOT_")}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}


def _toml(settings: Mapping[str, object]) -> str:
    return "".join(f"{name} = {_value(value)}\n" for name, value in settings.items())


def _value(value: object) -> str:
    if isinstance(value, int | float):
        return str(value)
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
