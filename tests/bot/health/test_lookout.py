"""Whoever is dead tells nobody: another process does, and a place outside misses the signs."""

import shlex
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bot.__main__ import main
from bot.health import lookout
from bot.health.heartbeat import Heartbeat
from bot.health.lookout import Lookout, NotTold, asker, by_command, by_telegram
from bot.settings import SettingsFault, read_settings
from bot.site.health import Vital
from tests.faults.process import free_port

WELL = {"database": {"well": True, "reading": ""}, "ticks": {"well": True, "reading": ""}}


class Machine:
    """A program that is well or not, seconds that pass, and what the administrator was told."""

    def __init__(self) -> None:
        self.seconds = 5000.0
        self.wrong = ""
        self.told: list[str] = []
        self.is_cut = False
        self.lookout = Lookout(self.ask, [self.tell], steady=lambda: self.seconds)

    async def ask(self) -> str:
        return self.wrong

    async def tell(self, text: str) -> None:
        if self.is_cut:
            raise NotTold("cut")
        self.told.append(text)

    async def passes(self, seconds: int) -> None:
        for _ in range(seconds // 10):
            self.seconds += 10
            await self.lookout.look()


async def test_a_silence_is_told_within_two_minutes_and_so_is_its_end() -> None:
    machine = Machine()
    await machine.passes(3600)
    machine.wrong = "silence"
    await machine.passes(90)
    assert machine.told == []
    await machine.passes(30)
    assert len(machine.told) == 1
    assert "没有回应，已经 2 分钟" in machine.told[0]
    assert socket.gethostname() in machine.told[0]
    machine.wrong = ""
    await machine.passes(60)
    assert len(machine.told) == 2
    assert "恢复了，停了大约 2 分钟" in machine.told[1]


async def test_a_short_silence_is_nobodys_business() -> None:
    machine = Machine()
    for _ in range(20):
        machine.wrong = "ill"
        await machine.passes(80)
        machine.wrong = ""
        await machine.passes(10)
    assert machine.told == []


async def test_a_long_silence_is_told_once_an_hour_and_until_somebody_was_told() -> None:
    machine = Machine()
    machine.wrong, machine.is_cut = "silence", True
    await machine.passes(600)
    machine.is_cut = False
    await machine.passes(3 * 3600)
    assert len(machine.told) == 3
    assert "10 分钟" in machine.told[0]
    machine.wrong, machine.is_cut = "", True
    await machine.passes(60)
    machine.is_cut = False
    await machine.passes(60)
    assert len(machine.told) == 4
    assert "恢复了" in machine.told[-1]


@pytest.mark.parametrize(
    ("status", "body", "found"),
    [(200, WELL, ""), (503, WELL, "ill"), (200, {"hello": 1}, "ill"), (200, [], "ill")],
)
async def test_the_program_says_itself_how_it_is(status: int, body: object, found: str) -> None:
    async def ready(_: web.Request) -> web.Response:
        return web.json_response(body, status=status)

    async with site(ready) as listen, aiohttp.ClientSession() as session:
        assert await asker(session, listen)() == found


async def test_what_does_not_answer_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = socket.create_server(("127.0.0.1", 0))  # takes connections and never answers
    monkeypatch.setattr(lookout, "PATIENCE", 0.2)
    with stopped:
        port = stopped.getsockname()[1]
        async with aiohttp.ClientSession() as session:
            assert await asker(session, f"127.0.0.1:{port}")() == "silence"
            assert await asker(session, f"127.0.0.1:{free_port()}")() == "silence"


async def test_a_command_gets_the_words_and_none_of_our_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_TELEGRAM_TOKEN", "secret")
    said = tmp_path / "said"
    code = (
        f"import os,sys; open({str(said)!r}, 'w').write(sys.stdin.read() + str(dict(os.environ)))"
    )
    await by_command(shlex.join([sys.executable, "-c", code]))("程序没有回应")
    assert said.read_text().startswith("程序没有回应\n")
    assert "secret" not in said.read_text()
    with pytest.raises(NotTold, match="status 3"):
        await by_command(shlex.join([sys.executable, "-c", "raise SystemExit(3)"]))("x")
    with pytest.raises(NotTold, match="FileNotFoundError"):
        await by_command("/nowhere/at-all")("x")


async def test_the_administrators_chat_hears_past_the_program() -> None:
    heard: list[object] = []

    async def take(request: web.Request) -> web.Response:
        heard.append((request.path, await request.json()))
        return web.json_response({"ok": True})

    async with site(take) as listen, aiohttp.ClientSession() as session:
        settings = read_settings(
            telegram_api=f"http://{listen}", telegram_token="1:abc", alarm_chat="77"
        )
        await by_telegram(session, settings)("程序没有回应")
    assert heard == [("/bot1:abc/sendMessage", {"chat_id": "77", "text": "程序没有回应"})]
    async with aiohttp.ClientSession() as session:
        with pytest.raises(NotTold):
            await by_telegram(session, settings)("nobody listens")


def test_without_a_way_to_anybody_it_does_not_begin(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch"]) == 2
    assert "BOT_ALARM_COMMAND" in capsys.readouterr().err


async def test_signs_of_life_go_out_while_all_is_well_and_say_nothing_else() -> None:
    called: list[web.BaseRequest] = []
    status = [200]

    async def take(request: web.Request) -> web.Response:
        called.append(request)
        return web.Response(status=status[0], headers={"Location": "/elsewhere"})

    vitals = [Vital(name="telegram", well=False, stops=False), Vital(name="ticks", well=True)]

    async def check() -> Sequence[Vital]:
        return vitals

    async with site(take) as listen, aiohttp.ClientSession() as session:
        heart = Heartbeat(session, f"http://{listen}/ping/1", check)
        await heart.beat()
        assert [(one.method, one.path, one.can_read_body) for one in called] == [
            ("GET", "/ping/1", False)
        ]
        assert heart.trouble == ""
        status[0] = 302
        await heart.beat()
        assert [one.path for one in called] == ["/ping/1"] * 2
        assert heart.trouble == "status-302"
        vitals[1] = Vital(name="ticks", well=False)
        await heart.beat()
        assert len(called) == 2
        vitals[1] = Vital(name="ticks", well=True)
    async with aiohttp.ClientSession() as session:
        gone = Heartbeat(session, f"http://{listen}/ping/1", check)
        await gone.beat()
        assert gone.trouble == "ClientConnectorError"


@pytest.mark.parametrize("url", ["ftp://x/y", "hc-ping", "https://", "http:///x", "://"])
def test_a_wrong_address_for_signs_of_life_is_a_fault(url: str) -> None:
    with pytest.raises(SettingsFault, match="BOT_HEARTBEAT_URL"):
        read_settings(heartbeat_url=url)


@asynccontextmanager
async def site(answer: object) -> AsyncIterator[str]:
    """A site that answers everything so; its host and port."""
    app, listen = web.Application(), f"127.0.0.1:{free_port()}"
    app.router.add_route("*", "/{path:.*}", answer)  # type: ignore[arg-type]
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(listen.rpartition(":")[2])).start()
    try:
        yield listen
    finally:
        await runner.cleanup()
