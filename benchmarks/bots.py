"""The bots that are measured: how each is set up and started, and stopped again."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]

HERE = Path(__file__).parent
HOME = HERE.parent
PEERS = HERE / "peers"
PYTHON = PEERS / ".venv" / "bin" / "python"
GRAMMY = PEERS / "grammy"
#: On the disk of the working tree: a temporary folder may lie in memory, where FULL costs nothing.
WORK = HOME / "build" / "bench"
TALK = WORK / "talk.json"
TOKEN = "123456:" + "A" * 35
STOP_SECONDS = 15
#: What the bots are not told of whoever measures them: settings of ours, and that nothing compiled
#: is to be kept, as in some places where programs are built. A start would compile all anew.
_OURS_ALONE = ("BOT_", "PYTHONDONTWRITEBYTECODE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """One bot, and what it keeps when its process is killed."""

    name: str
    keeps: str
    command: Sequence[str]
    setup: Sequence[str] = ()


OURS = Bot(
    name="相伴",
    keeps="every step, sealed, SQLite FULL",
    command=(sys.executable, "-m", "benchmarks.installed", "run"),
    setup=(sys.executable, "-m", "bot", "areas", "import", "bot/demo/county/areas.xlsx"),
)
FLOOR = Bot(
    name="floor (aiohttp, no logic)",
    keeps="nothing",
    command=(sys.executable, str(PEERS / "floor.py")),
)
PTB = Bot(
    name="python-telegram-bot ConversationHandler + PicklePersistence",
    keeps="what is older than a minute",
    command=(str(PYTHON), str(PEERS / "ptb_bot.py")),
)
AIOGRAM = Bot(
    name="aiogram FSM, MemoryStorage",
    keeps="nothing",
    command=(str(PYTHON), str(PEERS / "aiogram_bot.py")),
)
AIOGRAM_SQLITE = Bot(
    name="aiogram FSM, aiogram-sqlite-storage",
    keeps="every step, SQLite with its defaults (FULL)",
    command=(str(PYTHON), str(PEERS / "aiogram_bot.py"), "sqlite"),
)
GRAMMY_SESSIONS = Bot(
    name="grammY sessions, better-sqlite3",
    keeps="every step, SQLite FULL",
    command=("node", str(GRAMMY / "sessions.js")),
)
GRAMMY_CONVERSATIONS = Bot(
    name="grammY conversations, better-sqlite3",
    keeps="every step, SQLite FULL",
    command=("node", str(GRAMMY / "conversations.js")),
)
BOTS = (OURS, FLOOR, PTB, AIOGRAM, AIOGRAM_SQLITE, GRAMMY_SESSIONS, GRAMMY_CONVERSATIONS)


@dataclass(slots=True)
class Running:
    """A bot's process."""

    process: psutil.Popen
    url: str

    def memory(self) -> int:
        """Bytes of real memory, children included."""
        everyone = [self.process, *self.process.children(recursive=True)]
        return sum(one.memory_info().rss for one in everyone)

    def cpu(self) -> float:
        """Seconds of processor time so far."""
        times = self.process.cpu_times()
        return float(times.user + times.system)


def set_up_peers() -> list[Bot]:
    """Install the pinned peers beside the project, never into it; the bots that can be run."""
    if not PYTHON.exists():
        _run(sys.executable, "-m", "venv", str(PEERS / ".venv"))
    _run(str(PYTHON), "-m", "pip", "install", "--quiet", "-r", str(PEERS / "requirements.txt"))
    if shutil.which("node") is None or shutil.which("npm") is None:
        print("no Node.js: the grammY peers are left out")
        return [bot for bot in BOTS if bot.command[0] != "node"]
    if not (GRAMMY / "node_modules").exists():
        _run("npm", "ci", "--no-audit", "--no-fund", "--silent", cwd=GRAMMY)
    return list(BOTS)


@asynccontextmanager
async def started(bot: Bot, api: str, folder: Path, **others: str) -> AsyncIterator[Running]:
    """The bot in a process of its own, its files in ``folder``."""
    port = free_port()
    env = environment(api, port, folder) | others
    with (folder / "bot.log").open("ab") as log:
        if bot.setup:
            await asyncio.to_thread(_run, *bot.setup, env=env, stdout=log)
        process = psutil.Popen(bot.command, env=env, cwd=HOME, stdout=log, stderr=log)
    try:
        yield Running(process, f"http://127.0.0.1:{port}")
    finally:
        await asyncio.to_thread(_stop, process)


def environment(api: str, port: int, folder: Path) -> dict[str, str]:
    """What every bot is told, ours in its own words."""
    plain = {key: value for key, value in os.environ.items() if not key.startswith(_OURS_ALONE)}
    return plain | {
        "BENCH_API": api,
        "BENCH_TOKEN": TOKEN,
        "BENCH_PORT": str(port),
        "BENCH_FOLDER": str(folder),
        "BENCH_TALK": str(TALK),
        "BOT_TELEGRAM_API": api,
        "BOT_TELEGRAM_TOKEN": TOKEN,
        "BOT_TELEGRAM_PACE": "0",
        "BOT_TELEGRAM_CHAT_PACE": "0",
        "BOT_LISTEN": f"127.0.0.1:{port}",
        "BOT_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "BOT_DATABASE_URL": f"sqlite:///{folder / 'data' / 'bench.db'}",
        "BOT_KEY_FILE": str(folder / "keys" / "bench.keys"),
    }


def new_folder(name: str) -> Path:
    """An empty folder on disk."""
    folder = WORK / name
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "data").mkdir(parents=True)
    return folder


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run(*command: str, **how: object) -> None:
    subprocess.run(command, check=True, **{"cwd": HOME, **how})  # type: ignore[call-overload]


def _stop(process: psutil.Popen) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except psutil.TimeoutExpired:
        process.kill()
        process.wait()
